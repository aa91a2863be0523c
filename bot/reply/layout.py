"""A view of an answer becomes messages: the question's line, the pages, the state line and the buttons."""

from dataclasses import dataclass, replace

from bot.conversation import Snapshot
from bot.markdown.convert import Shown
from bot.markdown.pages import Planner, units
from bot.markdown.reasoning import How
from bot.reply import status_line
from bot.reply.buttons import when_it_ended, while_it_runs
from bot.reply.posts import Post


@dataclass(frozen=True, slots=True)
class View:
    """All that the pages are made from."""

    snapshot: Snapshot = Snapshot()
    model: str = ""
    failure: str = ""
    seconds: float = 0.0


class Layout:
    """Lays the views of one growing answer out, one after another, reading only what is new.

    Args:
        ask: the ask's id, which the buttons carry.
        head: the line before the first page; empty for none.
        thinking: what becomes of the thoughts before the answer.
    """

    def __init__(self, ask: int, head: str, thinking: How) -> None:
        self._ask = ask
        self._head = head
        self._converted = Shown(thinking)
        self._planner = Planner()
        self.attaches = True
        """Whether what the pages don't show may come as a file."""

    def keep_to(self, most: int) -> None:
        """Make no more than so many pages from now on."""
        self._planner = Planner(most=most)

    def posts(self, view: View) -> list[Post]:
        """Everything that the messages should say."""
        pages, cut = self._pages(view)
        file = view.snapshot.text if cut and view.snapshot.state.final and self.attaches else None
        final = view.snapshot.state.final
        buttons = when_it_ended(self._ask) if final else while_it_runs(self._ask)
        return [*(Post(page) for page in pages[:-1]), Post(pages[-1], buttons, file)]

    def _pages(self, view: View) -> tuple[list[str], bool]:
        """Split the answer into pages, the state line on the last; also returns whether they don't show all of it."""
        text = self._converted.text(view.snapshot.text)
        shown = replace(view.snapshot, text=text)  # of what can't be shown nothing may be left
        tail = status_line.tail(shown, view.model, view.failure, view.seconds)
        pages = self._planned(text, tail, view)
        if cut := self._planner.more or self._converted.more:
            tail = status_line.tail(shown, view.model, view.failure, view.seconds, cut=True, attached=self.attaches)
            pages = self._planned(text, tail, view)
        pages[0] = self._head + pages[0]
        pages[-1] = f"{pages[-1].rstrip()}\n{tail}" if pages[-1] else tail
        return pages, cut

    def _planned(self, text: str, tail: str, view: View) -> list[str]:
        growing = not view.snapshot.state.final
        return self._planner.plan(text, first=units(self._head), last=units(tail) + 1, growing=growing)
