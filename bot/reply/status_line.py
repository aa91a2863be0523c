"""What Quoth adds around an answer: the question that it repeats, and the line that tells how far the answer is. Pure.

Both are Discord's subtext with a sign of Quoth's own, so that history can tell them from the answer.
"""

import re
from functools import cache

from bot.conversation import Snapshot, State
from bot.i18n.translate import LANGUAGES, later, nt, t, translated
from bot.markdown.reasoning import MARK

_QUESTION = 300  # characters of the question that a reply repeats
_EMPTY = later("The model gave an empty answer.")
_INTERRUPTED = later("Quoth was restarted before the answer was complete. Please ask again.")
_UNATTACHED = later("The answer is longer than this, but Quoth lacks the permission Attach Files here.")
_ENDS = {
    State.DONE: later("done"),
    State.STOPPED: later("stopped"),
    State.FAILED: later("failed"),
    State.INTERRUPTED: later("interrupted"),
}
_HEAD = re.compile(r"\A-# ❯ (.*?)(?: · \[[^\]\n]*\]\(<https://discord\.com/channels/\S+>\))?(?:\n|\Z)")


@cache
def _tail() -> re.Pattern[str]:
    """What ``tail`` makes, in whatever language."""

    def said(*sentences: str) -> str:
        return "|".join(re.escape(translated(each, language)) for language in LANGUAGES for each in sentences)

    ends = said(_ENDS[State.FAILED], _ENDS[State.INTERRUPTED])
    told = rf"^⚠️ .*\n^-# ◆ (?:.* · )?(?:{ends})|^⚠️ (?:{said(_EMPTY, _UNATTACHED)})\n^-# ◆ .*|^-# ◆ .*"
    return re.compile(rf"(?:{told})\Z", re.MULTILINE)


def head(question: str, about: str = "") -> str:
    """Return the line that repeats a question where readers can't see it otherwise.

    Args:
        question: what was asked.
        about: the address of the message that it is about, if there is one.
    """
    line = " ".join(question.replace("```", "'''").split())
    link = " · [" + t("about this message") + f"](<{about}>)" if about else ""
    return f"-# ❯ {line if len(line) <= _QUESTION else line[: _QUESTION - 1] + '…'}{link}\n"


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
        sentence = t(_INTERRUPTED)
    elif state is State.DONE and _nothing(snapshot.text):
        sentence = t(_EMPTY)
    elif cut and not attached:
        sentence = sentence or t(_UNATTACHED)
    line = f"-# ◆ {_more(state) if cut and attached else ''}{_line(snapshot, model, seconds)}"
    return f"⚠️ {sentence}\n{line}" if sentence else line


def _nothing(text: str) -> bool:
    """Whether nothing of a text can be seen, or no more than what is left of a model's thoughts."""
    answer = text.partition("\n")[2] if text.startswith(MARK) else text
    return not any(character.isprintable() and character != " " for character in answer)


def _more(state: State) -> str:
    return (t("the whole answer is in the file") if state.final else t("the rest comes as a file")) + " · "


def _line(snapshot: Snapshot, model: str, seconds: float) -> str:
    if snapshot.state.final:
        return " · ".join(filter(None, (model, t("{count} s", count=f"{seconds:.0f}"), t(_ENDS[snapshot.state]))))
    if snapshot.state is State.QUEUED:
        return _waiting(snapshot)
    if snapshot.state is State.ASKING:
        return t("asking {model}…", model=model) if model else t("reading…")
    if _nothing(snapshot.text):
        return t("{model} is thinking…", model=model)
    return t("{model} is writing…", model=model)


def _waiting(snapshot: Snapshot) -> str:
    if snapshot.wait < 90:
        rough = t("about {count} s", count=f"{snapshot.wait:.0f}")
    else:
        rough = nt("about {count} minute", "about {count} minutes", round(snapshot.wait / 60))
    if snapshot.held:
        return t("{reason} This question waits, {rough}", reason=snapshot.held, rough=rough)
    if snapshot.ahead and snapshot.wait:
        return t("waiting, {count} ahead, {rough}", count=snapshot.ahead, rough=rough)
    if snapshot.ahead:
        return t("waiting, {count} ahead", count=snapshot.ahead)
    return t("waiting {rough} to go easy on Poe", rough=rough)


def finished(user: int, state: State) -> str:
    """Return what tells somebody that their answer is over; all of it is frame, none of it text of an answer."""
    how = t("the answer is complete") if state is State.DONE else t("the answer ended early")
    return f"-# ◆ <@{user}> · {how}"


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
    return found[1] if found else "", untailed(text).strip()


def untailed(content: str) -> str:
    """Return what a reply's message says without its state line and the sentence above that."""
    return _tail().sub("", content).rstrip()
