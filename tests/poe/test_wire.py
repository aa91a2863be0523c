"""What the page's socket carried becomes one answer: each trap of poe.md section 3 by itself."""

import json

import pytest

from bot.conversation import AnswerFile, Snapshot, State
from bot.poe.web.answer.assembler import Answer
from bot.poe.web.answer.wire import Receipt, read_frame, read_receipt
from tests.support.poe_frames import CHAT, NONCE, OTHER, added, echo, frame, stated, texted, update, without_authors


def fed(*frames: str, answer: Answer | None = None) -> Answer:
    """Return an answer that expects our nonce and has read these frames."""
    if answer is None:
        answer = Answer()
        answer.expect(NONCE)
    for item in frames:
        answer.feed(item)
    return answer


def test_every_message_of_a_frame_is_read() -> None:
    """All messages of a frame count, not only its first."""
    answer = fed(frame(echo(1), added(2, "Hel"), added(2, "Hello", "complete")))
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_inner_messages_may_be_objects() -> None:
    """An inner message that is an object instead of a JSON string is read too."""
    answer = fed(json.dumps({"messages": [echo(1), json.dumps(added(2, "Hello"))], "min_seq": "3"}))
    assert answer.text == "Hello"


@pytest.mark.parametrize(
    "noise",
    [
        '{"type": "pong"}',
        '{"error": "missed_messages"}',
        '{"messages": null}',
        '{"messages": ["{\\"message_type\\": \\"refetchChannel\\"}"]}',
        frame(update("messageAdded", CHAT, None)),
        frame({"message_type": "subscriptionUpdate", "payload": {"unique_id": f"messageAdded:{CHAT}", "data": None}}),
        frame({"message_type": "subscriptionUpdate", "payload": None}),
        frame(update("viewerStateUpdated", CHAT, {"viewer": {"text": "not a message", "state": "complete"}})),
        frame(update("chatTitleUpdated", CHAT, {"chatId": CHAT, "title": "A title"})),
        frame(update("jobCostUpdated", CHAT, {"trigger": {"message": {"chat": {"chatId": CHAT}}}})),
        frame(added(3, "old context", author="chat_break")),
        "",
        "[]",
        "no JSON at all",
    ],
)
def test_noise_changes_no_answer(noise: str) -> None:
    """Frames without a message of the answer change and break nothing."""
    answer = fed(frame(echo(1), added(2, "Hello")), noise)
    assert answer.snapshot() == Snapshot("Hello", State.STREAMING)


@pytest.mark.parametrize("depth", [50, 900, 990, 1500, 3000, 9000, 100_000])
def test_depth_is_no_danger(depth: int) -> None:
    """A frame nested deeper than Python's stack is read as far as possible, or not at all."""
    inside = json.dumps(echo(1)["payload"]["data"]["messageAdded"])
    nested = '{"message":' * depth + inside + "}" * depth
    frames = [
        f'{{"messages": [{{"payload": {{"unique_id": "x:10", "data": {{"messageAdded": {nested}}}}}}}]}}',
        f'{{"messages": [{{"payload": {{"unique_id": {"[" * depth}{"]" * depth}, "data": {{"x": {inside}}}}}}}]}}',
    ]
    assert all({message.id for message in read_frame(item)} <= {1} for item in frames)


def test_unheard_of_subscriptions_count() -> None:
    """Anything with a message id and a text or a state counts, whatever its subscription is called."""
    member = {"message": {"node": {"messageId": "2", "text": "Hello", "state": "complete"}}}
    answer = fed(frame(echo(1)), frame(update("messageShapeOf2027", CHAT, member)))
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_text_updates_without_author() -> None:
    """Text and state may come alone, also for a message whose author was missed."""
    answer = fed(frame(echo(1)), frame(texted(2, "Hel")), frame(texted(2, "Hello"), stated(2, "complete")))
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_nonce_binds_the_chat_of_its_echo() -> None:
    """Of two chats that echo the same prompt, the one with our nonce answers."""
    frames = [frame(echo(1, chat=OTHER, nonce="theirs"), echo(2)), frame(added(3, "theirs", chat=OTHER))]
    answer = fed(*frames, frame(added(4, "ours")))
    assert (answer.chat, answer.echo, answer.text) == (CHAT, 2, "ours")


@pytest.mark.parametrize("bind", ["nonce", "receipt"])
def test_the_echo_is_known_without_an_author(bind: str) -> None:
    """By its nonce or by the id in Poe's reply to the prompt; another prompt is known by having a nonce."""
    answer = Answer()
    if bind == "nonce":
        answer.expect(NONCE)
    else:
        answer.bind_echo(2, CHAT)
    inners = [
        *(echo(1, chat=OTHER, nonce="theirs"), echo(2), added(3, "theirs", chat=OTHER), added(4, "ours", "complete")),
        *(echo(5, "another question", nonce="later"), added(6, "Other")),
    ]
    fed(*(frame(inner) for inner in without_authors(inners)), answer=answer)
    assert (answer.chat, answer.echo, answer.snapshot()) == (CHAT, 2, Snapshot("ours", State.DONE))


def test_an_answer_with_an_author_is_no_echo_whatever_its_nonce() -> None:
    """Where a model's message repeats its prompt's nonce, it stays the answer."""
    answer = fed(frame(added(2, "Hello", clientNonce=NONCE), echo(1)))
    assert (answer.echo, answer.text) == (1, "Hello")


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("bind", ["nonce", "receipt", "page"])
def test_binding_works_before_and_after_the_frames(early: bool, bind: str) -> None:
    """Frames that arrived before the chat was known count once it is known."""
    answer = Answer()
    frames = [frame(echo(1)), frame(added(2, "Hello", "complete"), added(3, "theirs", chat=OTHER))]
    if not early:
        fed(*frames, answer=answer)
        assert answer.text == ""
    if bind == "nonce":
        answer.expect(NONCE)
    else:
        answer.bind_echo(1, CHAT if bind == "receipt" else None)
    if early:
        fed(*frames, answer=answer)
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_shown_messages_count_without_an_echo() -> None:
    """Messages that the asking page shows belong to the answer, even if the socket missed the echo."""
    answer = fed(frame(texted(2, "Hello"), texted(3, "theirs", chat=OTHER)), answer=Answer())
    answer.bind_shown(2)
    assert answer.text == "Hello"


def test_earlier_messages_never_count() -> None:
    """Messages from before the prompt never count, whatever their id and even if Poe sends them again."""
    answer = fed(frame(added(1, "an old answer", "complete"), added(9, "another", "complete")))
    answer.before = answer.known
    fed(frame(echo(5)), frame(added(1, "an old answer, again", "complete"), added(6, "Hello")), answer=answer)
    assert answer.snapshot() == Snapshot("Hello", State.STREAMING)


def test_a_later_prompt_ends_the_answer() -> None:
    """Messages after somebody's next prompt in the same chat belong to that one."""
    answer = fed(frame(echo(1), added(2, "Hello", "complete")))
    fed(
        frame(echo(3, "another question", nonce="later")),
        frame(added(4, "Other"), stated(3, "complete")),
        answer=answer,
    )
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_a_subscription_to_one_message_names_no_chat() -> None:
    """When a subscription's id ends in the message's number, the chat is learnt from another frame."""
    answer = fed(frame(echo(1)), frame(texted(2, "Hello", chat=2)))
    assert answer.text == ""
    fed(frame(stated(2, "complete")), answer=answer)
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_several_bot_messages_are_one_answer() -> None:
    """A search helper's message and the answer are shown together, in the order of their ids."""
    answer = fed(frame(echo(1)), frame(added(3, "Answer")), frame(added(2, "Searching", "complete", author="pacarana")))
    assert answer.snapshot() == Snapshot("Searching\n\nAnswer", State.STREAMING)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("incomplete", State.STREAMING),
        ("complete", State.DONE),
        ("cancelled", State.STOPPED),
        ("error_user_message_too_long", State.FAILED),
        ("error_unheard_of", State.FAILED),
    ],
)
def test_states(state: str, shown: State) -> None:
    """Each of Poe's states has one of ours, and the text so far stays."""
    answer = fed(frame(echo(1), added(2, "Hel"), stated(2, state)))
    assert answer.snapshot() == Snapshot("Hel", shown)


def test_rewrites_replace() -> None:
    """A text that begins differently, or becomes shorter in a later frame, replaces the one before."""
    texts = ["Generating image… 3s", "Generating", "![image](https://example.org/a.png)", "![image"]
    answer = fed(frame(echo(1), seq=1))
    for seq, text in enumerate(texts, start=2):
        fed(frame(added(2, text), seq=seq), answer=answer)
        assert answer.text == text


def test_late_frames_change_nothing() -> None:
    """Older frames that arrive late or twice neither shorten an answer nor reopen it."""
    late = [frame(added(2, "He"), stated(2, "error_x"), seq=2), frame(texted(2, "Hel"), seq=3)]
    unnumbered = [frame(added(2, "He")), frame(texted(2, "H"))]
    answer = fed(frame(echo(1), seq=1), frame(added(2, "Hello", "complete"), seq=9), *late, *unnumbered)
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_a_state_may_overtake_the_text() -> None:
    """The last text counts even if it arrives after the frame that completes the message."""
    answer = fed(frame(echo(1), texted(2, "Hel"), seq=1), frame(stated(2, "complete"), seq=3))
    fed(frame(texted(2, "Hello"), seq=2), answer=answer)
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_an_end_counts_whatever_its_number() -> None:
    """After a new connection frames may be numbered anew: the end still counts, and its text."""
    answer = fed(frame(echo(1), added(2, "Hel"), seq=1000), frame(added(2, "Hello", "complete"), seq=3))
    assert answer.snapshot() == Snapshot("Hello", State.DONE)


def test_frames_after_the_end_may_edit() -> None:
    """After "complete" a changed text is used, and suggested replies leave the text alone."""
    answer = fed(frame(echo(1), added(2, "Hello", "complete"), seq=1))
    fed(frame(added(2, "Hello", "complete", suggestedReplies=["More?"]), seq=2), answer=answer)
    assert answer.text == "Hello"
    fed(frame(texted(2, "Hello, edited"), seq=3), answer=answer)
    assert answer.snapshot() == Snapshot("Hello, edited", State.DONE)


def test_feed_tells_what_is_news() -> None:
    """A frame is news once; the same frame again is not."""
    answer = fed(frame(echo(1)))
    assert [answer.feed(frame(added(2, "Hello"))) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (
            {
                "data": {
                    "messageEdgeCreate": {
                        "status": "success",
                        "message": {"node": {"messageId": 7}},
                        "chat": {"chatId": 10, "chatCode": "abc"},
                    }
                }
            },
            Receipt("success", 7, 10),
        ),
        ({"data": {"messageEdgeCreate": {"status": "reached_limit", "message": None}}}, Receipt("reached_limit")),
        ({"data": None, "errors": [{"message": "Server Error"}]}, Receipt("server_error")),
        ({"data": None}, Receipt()),
        ([], Receipt()),
    ],
)
def test_receipts(body: object, receipt: Receipt) -> None:
    """Poe's answer to a send tells its status, the echo and the chat, or that it failed."""
    assert read_receipt(json.dumps(body)) == receipt


def test_files_of_an_answer_are_read() -> None:
    """Attachments come with the message, or apart from it, even after its end; each counts once, others' don't."""
    stored = {"mimeType": "image/png", "size": 9, "url": "https://x/a", "thumbnailUrl": None}
    picture = {"attachmentId": "1", "name": "a.png", "url": "https://x/a", "isInline": False, "file": stored}
    sound = {"name": "b", "file": {"mimeType": "audio/mpeg", "url": "https://x/b"}}
    listed = {"messageId": 2, "attachments": [picture, sound, None, {"url": 7}, "x"]}
    asked = echo(1)["payload"]["data"]["messageAdded"] | {"attachments": [{"name": "a.txt", "url": "https://x/a.txt"}]}
    answer = fed(
        frame(update("messageAdded", CHAT, asked)),
        frame(added(2, "Hi", attachments=[picture])),
        frame(added(2, "Hi", "complete", attachments=[picture])),
        frame(update("messageAttachmentAdded", CHAT, listed)),
        frame(update("messageAttachmentAdded", CHAT, {"messageId": 2, "attachment": sound})),
        frame(update("messageAttachmentAdded", OTHER, {"messageId": 3, "attachment": {"url": "https://x/c"}})),
    )
    files = AnswerFile("https://x/a", "image/png", "a.png"), AnswerFile("https://x/b", "audio/mpeg", "b")
    assert answer.snapshot() == Snapshot("Hi", State.DONE, files=files)
