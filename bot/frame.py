"""What Quoth adds around an answer: the question that it repeats, and the line that tells how far the answer is. Pure.

Both are Discord's subtext with a sign of Quoth's own, so that history can tell them from the answer.
"""

import re

from bot.conversation import Snapshot, State
from bot.thinking import MARK

_QUESTION = 300  # characters of the question that a reply repeats
_EMPTY = "The model gave an empty answer."
_INTERRUPTED = "Quoth was restarted before the answer was complete. Please ask again."
_UNATTACHED = "The answer is longer than this, but Quoth may not attach files here."
_CUT = "the whole answer is in the file · "
_CUTTING = "the rest comes as a file · "
_HEAD = re.compile(r"\A-# ❯ (.*)\n?")
_TAIL = re.compile(
    rf"(?:^⚠️ .*\n^-# ◆ (?:.* · )?(?:failed|interrupted)|^⚠️ (?:{_EMPTY}|{_UNATTACHED})\n^-# ◆ .*|^-# ◆ .*)\Z",
    re.MULTILINE,
)


def head(question: str) -> str:
    """Return the line that repeats a question where readers can't see it otherwise."""
    line = " ".join(question.replace("```", "'''").split())
    return f"-# ❯ {line if len(line) <= _QUESTION else line[: _QUESTION - 1] + '…'}\n"


def tail(
    snapshot: Snapshot, model: str, failure: str, seconds: float, *, cut: bool = False, attached: bool = True
) -> str:
    """Return the state line, after a sentence where there is something to explain.

    Args:
        snapshot: the answer as it stands, with the text as it is shown.
        model: the model's name; empty where none was found yet.
        failure: the sentence for a failure, or for an end that nobody asked for.
        seconds: how long the whole ask took, where it is over.
        cut: whether the pages don't show all of the answer.
        attached: whether such an answer comes as a file.
    """
    state = snapshot.state
    sentence = " ".join(failure.split())
    if state is State.INTERRUPTED:
        sentence = _INTERRUPTED
    elif state is State.DONE and _nothing(snapshot.text):
        sentence = _EMPTY
    elif cut and not attached:
        sentence = sentence or _UNATTACHED
    line = f"-# ◆ {_more(state) if cut and attached else ''}{_line(snapshot, model, seconds)}"
    return f"⚠️ {sentence}\n{line}" if sentence else line


def _nothing(text: str) -> bool:
    """Whether nothing of a text can be seen, or no more than what is left of a model's thoughts."""
    answer = text.partition("\n")[2] if text.startswith(MARK) else text
    return not any(character.isprintable() and character != " " for character in answer)


def _more(state: State) -> str:
    return _CUT if state.final else _CUTTING


def _line(snapshot: Snapshot, model: str, seconds: float) -> str:
    if snapshot.state.final:
        return " · ".join(filter(None, (model, f"{seconds:.0f} s", snapshot.state.value)))
    if snapshot.state is State.QUEUED:
        return _waiting(snapshot)
    if snapshot.state is State.ASKING:
        return f"asking {model}…" if model else "reading…"
    return f"{model} is {'thinking' if _nothing(snapshot.text) else 'writing'}…"


def _waiting(snapshot: Snapshot) -> str:
    rough = f"about {snapshot.wait:.0f} s" if snapshot.wait < 90 else f"about {snapshot.wait / 60:.0f} minutes"
    if snapshot.held:
        return f"{snapshot.held} This question waits, {rough}"
    return f"waiting, {snapshot.ahead} ahead, {rough}" if snapshot.ahead else f"waiting {rough} to go easy on Poe"


def finished(user: int, state: State) -> str:
    """Return what tells somebody that their answer is over; all of it is frame, none of it text of an answer."""
    return f"-# ◆ <@{user}> · the answer {'is complete' if state is State.DONE else 'ended early'}"


def unframe(content: str, *, first: bool = True) -> tuple[str, str]:
    """Split what a reply's message says into the question that it repeats and the answer's own text.

    Args:
        content: the message's.
        first: whether it is the first page of a reply to a command; no other repeats a question, and a model that
            writes the same signs does not either.
    """
    found = _HEAD.match(content) if first else None
    text = content[found.end() :] if found else content
    if text.startswith(MARK):  # what is left of a model's thoughts
        text = text.partition("\n")[2]
    return found[1] if found else "", _TAIL.sub("", text).strip()
