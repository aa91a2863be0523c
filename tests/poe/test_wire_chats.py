"""Two chats on one channel never mix, whatever happens to their frames; and no frame breaks the reader."""

import json
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import Snapshot
from bot.poe.web.answer.assembler import Answer
from bot.poe.web.answer.wire import read_receipt
from tests.support.poe_frames import CHAT, OTHER, Inner, added, echo, frame, stated, texted, without_authors


@dataclass(frozen=True)
class Script:
    """What one chat will carry: its inner messages in order, each message's texts, and the answer at the end."""

    echo: int
    inners: list[Inner]
    texts: dict[int, set[str]]
    end: tuple[str, str]


@st.composite
def scripts(draw: st.DrawFn, chat: int, first: int, letters: str) -> Script:
    """One chat: the echo, one or two bot messages, and perhaps somebody's next question with its answer."""
    inners = [echo(first, chat=chat, nonce=f"nonce-{chat}")]
    texts: dict[int, set[str]] = {}
    finals: list[str] = []
    state = ""
    for message in range(first + 2, first + 2 + 2 * draw(st.integers(1, 2)), 2):
        versions = draw(st.lists(st.text(letters, max_size=4), min_size=1, max_size=5))
        if draw(st.booleans()):  # growing, as most answers do; the others are rewritten each time
            versions = ["".join(versions[: end + 1]) for end in range(len(versions))]
        state = draw(st.sampled_from(["complete", "cancelled", "error_x"]))
        style = draw(st.sampled_from(["added", "updates", "both"]))
        one = texted if style == "updates" else added
        inners += [one(message, version, chat=chat) for version in versions]
        inners += [added(message, versions[-1], state, chat)] if style == "added" else [stated(message, state, chat)]
        texts[message] = {"", *versions}
        finals.append(versions[-1])
    if draw(st.booleans()):
        inners += [echo(first + 90, chat=chat, nonce="later"), added(first + 92, "LATER", "incomplete", chat)]
    return Script(first, inners, texts, ("\n\n".join(filter(None, finals)), state))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[int, Script], list[str]]:
    """Two chats that ask the same, their frames merged, then partly repeated, delayed and mixed with noise."""
    chats = {CHAT: draw(scripts(CHAT, 100, "abc \n*")), OTHER: draw(scripts(OTHER, 101, "xyz \n*"))}
    queues = [list(script.inners) for script in chats.values()]
    merged: list[Inner] = []
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        merged.append(queue.pop(0))
    if draw(st.booleans()):
        merged = without_authors(merged)
    frames: list[str] = []
    while merged:
        size = draw(st.integers(1, 3))
        frames.append(frame(*merged[:size], seq=1000 + len(frames)))
        merged = merged[size:]
    places = [(place + draw(st.integers(0, 3)), item) for place, item in enumerate(frames)]
    again = draw(st.lists(st.sampled_from(places), max_size=4))
    places += [(place + draw(st.integers(0, 6)), item) for place, item in again]
    places += [(place, '{"type":"pong"}') for place in draw(st.lists(st.integers(0, 9), max_size=2))]
    return chats, [item for _, item in sorted(places, key=lambda placed: placed[0])]


@settings(deadline=None, max_examples=300)
@given(deliveries(), st.sampled_from(["nonce", "receipt", "page"]), st.integers(0, 40))
def test_chats_never_mix(delivery: tuple[dict[int, Script], list[str]], bind: str, moment: int) -> None:
    """However two chats are interleaved, repeated and reordered, each answer has its own texts and its own end."""
    chats, frames = delivery
    answers = {chat: Answer() for chat in chats}

    def bind_all() -> None:
        for chat, answer in answers.items():
            if bind == "nonce":
                answer.expect(f"nonce-{chat}")
            else:
                answer.bind_echo(chats[chat].echo, chat if bind == "receipt" else None)

    for index, item in enumerate(frames):
        if index == moment:
            bind_all()
        for chat, answer in answers.items():
            answer.feed(item)
            assert all(part.text in chats[chat].texts.get(part.id, ()) for part in answer.parts if part.id < 190)
    if moment >= len(frames):
        bind_all()
    assert {chat: (answer.text, answer.state) for chat, answer in answers.items()} == {
        chat: script.end for chat, script in chats.items()
    }


KEYS = ["messages", "min_seq", "payload", "data", "unique_id", "message", "node", "chat", "chatId"]
NAMES = st.sampled_from([*KEYS, "messageId", "text", "state", "author", "clientNonce"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=5) | st.just("human")
JSON = st.recursive(
    SCALARS | st.integers(10**18, 10**30),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=5) | inside.map(json.dumps),
    max_leaves=25,
)


@given(st.lists(st.text() | JSON.map(json.dumps) | st.dictionaries(NAMES, JSON).map(json.dumps), max_size=5))
def test_garbage_never_raises(frames: list[str]) -> None:
    """Whatever a frame contains, reading it raises nothing and the answer can still be read."""
    answer = Answer()
    answer.expect("0")
    for item in frames:
        answer.feed(item)
        read_receipt(item)
    answer.bind_echo(-5, 1)
    assert isinstance(answer.snapshot(), Snapshot)
