"""How far an ask is becomes the messages of its reply: pages with Quoth's own lines around them, buttons, a file."""

from dataclasses import dataclass, replace

from bot.conversation import Snapshot, State, Thinking
from bot.markdown.convert import Converter
from bot.markdown.media import definitions, link_lines
from bot.markdown.pages import Planner, units
from bot.reply.buttons import (
    AFTER,
    Act,
    Button,
    buttons_after,
    buttons_while_running,
    near_buttons,
    offered,
    suggestion_buttons,
)
from bot.reply.media import Gallery, MediaFile
from bot.reply.status_line import status_lines


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ask is: everything that the messages of its reply are made from.

    ``model`` is empty until a model was found, ``failure`` is the sentence for an end that needs one, and ``seconds``
    is how long the ask took, 0 until it is over. ``acts`` are what can be done once it is over; ``refused`` is whether
    it was never asked, by a rule, and ``near`` are models that may have been meant. ``gallery`` are the answer's files,
    once they were fetched. ``messages`` is of how many messages the question is made.
    """

    snapshot: Snapshot = Snapshot()
    model: str = ""
    failure: str = ""
    seconds: float = 0.0
    acts: tuple[Act, ...] = AFTER
    refused: bool = False
    near: tuple[str, ...] = ()
    gallery: Gallery = Gallery()
    messages: int = 1


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text to attach as a file."""

    text: str


@dataclass(frozen=True, slots=True)
class Post:
    """All of one message."""

    content: str
    buttons: tuple[Button, ...] = ()
    files: tuple[TextFile | MediaFile, ...] = ()


class Layout:
    """Lays out the messages of one growing answer again and again, and reads only what is new.

    Args:
        ask: the ask's id, which the buttons carry.
        heading: Quoth's own lines above the answer, each with its line's end; empty for none.
        thinking: how the model's reasoning is shown.
    """

    def __init__(self, ask: int, heading: str, thinking: Thinking) -> None:
        self._ask = ask
        self.heading = heading
        """Quoth's own lines above the answer."""
        self._converter = Converter(thinking)
        self._planner = Planner()
        self.attaches = True
        """Whether an answer that the pages don't show in full comes as a file."""

    def limit_pages(self, most: int) -> None:
        """Make at most so many pages from now on."""
        self._planner = Planner(most=most)

    def posts(self, progress: Progress) -> list[Post]:
        """Return what every message should say."""
        pages, cut = self._pages(progress)
        final = progress.snapshot.state.final
        files = (TextFile(_whole(progress.snapshot)),) if cut and final and self.attaches else ()
        buttons = self._buttons_after(progress) if final else buttons_while_running(self._ask)
        return [*(Post(page) for page in pages[:-1]), Post(pages[-1], buttons, (*files, *progress.gallery.files))]

    def _buttons_after(self, progress: Progress) -> tuple[Button, ...]:
        snapshot = progress.snapshot
        suggested = offered(snapshot.suggestions) if snapshot.state is State.DONE else ()
        return (
            *near_buttons(self._ask, progress.near),
            *buttons_after(self._ask, progress.acts),
            *suggestion_buttons(self._ask, suggested),
        )

    def _pages(self, progress: Progress) -> tuple[list[str], bool]:
        """Return the pages with Quoth's own lines, and whether they don't show all of the answer."""
        text = self._shown_text(progress)
        shown = replace(progress, snapshot=replace(progress.snapshot, text=text))
        below = self._below(shown, cut=False)
        pages = self._plan(shown, below)
        if cut := self._planner.more or self._converter.more:
            below = self._below(shown, cut=True)
            pages = self._plan(shown, below)
        pages[0] = self.heading + pages[0]
        pages[-1] = f"{pages[-1].rstrip()}\n{below}" if pages[-1] else below
        return pages, cut

    def _shown_text(self, progress: Progress) -> str:
        """Return the answer's text in Discord's dialect, with links to its files instead of what can't be shown yet."""
        snapshot = progress.snapshot
        self._converter.define(definitions(snapshot.files))
        if not snapshot.state.final:
            return self._converter.convert(snapshot.text, growing=True)
        self._converter.take_out(progress.gallery.addresses)
        return self._converter.convert(_whole(snapshot))

    def _below(self, shown: Progress, *, cut: bool) -> str:
        return status_lines(
            shown.snapshot,
            shown.model,
            shown.failure,
            shown.seconds,
            cut=cut,
            attached=self.attaches,
            gallery=shown.gallery,
            messages=shown.messages,
        )

    def _plan(self, shown: Progress, below: str) -> list[str]:
        return self._planner.plan(shown.snapshot.text, first=units(self.heading), last=units(below) + 1)


def _whole(snapshot: Snapshot) -> str:
    """Return an answer's text with links to the files that it does not mention."""
    return "\n\n".join(filter(None, (snapshot.text, link_lines(snapshot.text, snapshot.files))))
