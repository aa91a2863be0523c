"""The text of the lines that Quoth adds to a reply: the question, the status line, a note, the end's ping. Pure.

`bot.markdown.own_lines` gives them their form and tells them from the answer.
"""

from bot.conversation import Snapshot, State, clean
from bot.errors import AnswerFailed
from bot.i18n.numbers import duration
from bot.i18n.translate import later, nt, t
from bot.markdown.own_lines import Sign, own_line, without_links
from bot.markdown.reasoning import MARK
from bot.reply.media import Gallery

_QUESTION = 300  # characters of the question that a reply repeats
_EMPTY = later("The model returned an empty answer.")
_INTERRUPTED = later("Quoth restarted before this answer was complete. Press *Retry* to ask again.")
_UNATTACHED = later("The rest doesn't fit. Give Quoth *Attach Files* to get it as a file.")
_ENDS = {
    State.DONE: later("done"),
    State.STOPPED: later("stopped"),
    State.FAILED: later("failed"),
    State.INTERRUPTED: later("interrupted"),
}


def question_line(question: str, about: str = "", who: int | None = None) -> str:
    """Return the line that repeats a question where readers can't see it otherwise.

    Args:
        question: what was asked.
        about: the address of the message that it is about, if there is one.
        who: the user who asks, where Discord does not show it.
    """
    line = without_links(" ".join(clean(question).replace("```", "'''").split()))
    link = " · [" + t("about this message") + f"](<{about}>)" if about else ""
    asker = f"<@{who}>: " if who else ""
    return own_line(Sign.QUESTION, f"{asker}{line if len(line) <= _QUESTION else line[: _QUESTION - 1] + '…'}{link}")


def status_lines(
    snapshot: Snapshot,
    model: str,
    failure: str,
    seconds: float,
    *,
    cut: bool = False,
    attached: bool = True,
    gallery: Gallery = Gallery(),
    messages: int = 1,
) -> str:
    """Return the status line, below a note where there is something to explain.

    Args:
        snapshot: the answer as it stands, with its text as it is shown.
        model: the model's name; empty where none was found yet.
        failure: the sentence for a failure, or for an end that nobody asked for; empty for none.
        seconds: how long the whole ask took, once it is over.
        cut: whether the pages don't show all of the answer.
        attached: whether such an answer comes as a file.
        gallery: the answer's pictures and files, if they were fetched.
        messages: of how many messages the question is made.
    """
    note = _note(snapshot, failure, unattached=cut and not attached, shows_files=bool(gallery.files))
    note = " ".join(filter(None, (note, gallery.note)))
    file = _file(snapshot.state) if cut and attached else ""
    together = nt("{count} message", "{count} messages", messages) + " · " if messages > 1 else ""
    status = own_line(Sign.STATUS, file + together + _status(snapshot, model, seconds))
    return f"{own_line(Sign.NOTE, note)}\n{status}" if note else status


def end_line(user: int, state: State) -> str:
    """Return the line that tells somebody that their answer is over."""
    how = t("your answer is ready") if state is State.DONE else t("your answer ended early")
    return own_line(Sign.STATUS, f"<@{user}> · {how}")


def _note(snapshot: Snapshot, failure: str, *, unattached: bool, shows_files: bool) -> str:
    if snapshot.state is State.INTERRUPTED:
        return t(_INTERRUPTED)
    if snapshot.state is State.DONE and _shows_nothing(snapshot.text) and not shows_files:
        return t(_EMPTY)
    if failure:
        return failure
    if snapshot.state is State.FAILED:
        return t(AnswerFailed.sentence)
    return t(_UNATTACHED) if unattached else ""


def _shows_nothing(text: str) -> bool:
    """Whether nothing of an answer can be seen; the line of its reasoning does not count."""
    answer = text.partition("\n")[2] if text.startswith(MARK) else text
    return not any(character.isprintable() and character != " " for character in answer)


def _file(state: State) -> str:
    return (t("Full answer in the file") if state.final else t("The rest follows as a file")) + " · "


def _status(snapshot: Snapshot, model: str, seconds: float) -> str:
    way = t("by Poe's API") if snapshot.fallback else ""
    if snapshot.state.final:
        return " · ".join(filter(None, (model, way, duration(seconds), t(_ENDS[snapshot.state]))))
    return " · ".join(filter(None, (_progress(snapshot, model), way)))


def _progress(snapshot: Snapshot, model: str) -> str:
    if snapshot.state is State.QUEUED:
        return _queued(snapshot)
    if snapshot.state in (State.READING, State.ASKING):  # one text, so that no edit is spent between them
        doing = t("Asking {model}…", model=model)
    elif _shows_nothing(snapshot.text):
        doing = t("{model} is thinking…", model=model)
    else:
        doing = t("{model} is writing…", model=model)
    return " · ".join(filter(None, (doing, _silence(snapshot))))


def _silence(snapshot: Snapshot) -> str:
    """Return for how long there has been no news, and how long Quoth waits for some; empty while there are."""
    if not snapshot.quiet:
        return ""
    quiet = duration(snapshot.quiet)
    if not snapshot.left:
        return t("no news for {duration}", duration=quiet)
    return t("no news for {duration}, waiting {left} more", duration=quiet, left=duration(snapshot.left))


def _queued(snapshot: Snapshot) -> str:
    rough = t("about {duration}", duration=duration(snapshot.wait))
    if snapshot.held:
        return t("{reason} Retrying in {rough}", reason=snapshot.held, rough=rough)
    if snapshot.ahead and snapshot.wait:
        return t("Waiting, {count} ahead, {rough}", count=snapshot.ahead, rough=rough)
    if snapshot.ahead:
        return t("Waiting, {count} ahead", count=snapshot.ahead)
    return t("Starting in {rough} (rate limit)", rough=rough)
