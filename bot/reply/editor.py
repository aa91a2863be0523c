"""What Discord shows for one ask, always at the newest snapshot. The only editor of messages.

Reading an answer never waits for Discord: ``Reply.show`` only notes the newest snapshot, and one task of the reply's
own makes one request after the other when its surface lets it. That task is never cancelled, because discord.py would
keep the lock of an interaction's token (discord.md section 1).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Self

from bot.conversation import Snapshot, State
from bot.discord_errors import Remedy, described, remedy, wait
from bot.i18n.translate import later, t
from bot.markdown.reasoning import How
from bot.reply import status_line
from bot.reply.layout import Layout, View
from bot.reply.pacing import Lane
from bot.reply.posts import Post
from bot.reply.surfaces import Surface

log = logging.getLogger(__name__)

_LONG = 30.0  # seconds from which on the end of an ask is worth a ping, as edits notify nobody
_TRIES = 8  # failures in a row after which a final state is given up: some two minutes
_REFUSED = later("This server's AutoMod does not let the rest of the answer through.")


class Reply:
    """One ask's reply. Used as ``async with``; leaving waits until the final state is shown, or given up.

    Args:
        surface: where the messages are.
        ask: the ask's id, which the buttons carry.
        question: what the first page repeats, where readers can't see it otherwise; empty for nothing.
        about: the address of the message that the question is about, if there is one.
        thinking: what becomes of the thoughts before the answer.
        ping: who is told when an ask that took long is over; None for nobody.
        made: learns the id of each message that is made.
        ended: learns that the final state is shown.
    """

    def __init__(
        self,
        surface: Surface,
        ask: int,
        question: str = "",
        about: str = "",
        *,
        thinking: How = "folded",
        ping: int | None = None,
        made: Callable[[int], Awaitable[None]] | None = None,
        ended: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._surface = surface
        self._made = made
        self._ended = ended
        self._ask = ask
        self._layout = Layout(ask, status_line.head(question, about) if question else "", thinking)
        self._to_ping = ping
        self._newest = View()
        self._let_through = ""
        self._changed = asyncio.Event()
        self._shown: list[Post] = []
        self._view: View | None = None  # which was laid out last
        self._posts: list[Post] = []  # what its messages say
        self._gone: list[int] = []
        self._writing = (0, False)  # the page that a request is about, and whether it carries a file
        self._lane: Lane | None = None  # where a turn is waited for
        self._turns = set[Lane]()  # where there is one to use
        self._started = time.monotonic()
        self.editor = asyncio.create_task(self._edit(), name="reply-editor")
        """Ends when the final state is shown, or when nothing can be shown any more."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.finish(State.INTERRUPTED)
        await asyncio.shield(self.editor)

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._newest.snapshot

    def show(self, snapshot: Snapshot, model: str = "") -> None:
        """Note the newest snapshot; it is shown when its turn comes, or a newer one instead."""
        self._note(snapshot, model=model or self._newest.model)

    def finish(self, state: State, sentence: str = "") -> bool:
        """Note the final state, with a sentence for the reader where it needs one. The text so far is kept.

        Returns:
            Whether there was none yet.
        """
        return self._note(replace(self._newest.snapshot, state=state), failure=sentence)

    def deleted(self, message_id: int) -> None:
        """Know that somebody deleted a message: a further page is made anew, without its first one a reply ends."""
        if self._surface.page_of(message_id) == 0:
            self.finish(State.STOPPED)
        # It may be one whose making is under way, so that its id is not known yet: looked at when that is done.
        self._gone.append(message_id)
        self._changed.set()

    def _note(self, snapshot: Snapshot, **changes: str) -> bool:
        if self._newest.snapshot.state.final:
            return False  # there is exactly one
        # Taken here and not when a page is made, so that the same view always makes the same pages.
        seconds = time.monotonic() - self._started if snapshot.state.final else 0.0
        self._newest = replace(self._newest, snapshot=snapshot, seconds=seconds, **changes)
        self._changed.set()
        if snapshot.state.final and self._lane:
            self._lane.hurry(self)
        return True

    async def _edit(self) -> None:
        failures = 0
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                if self._emptied():
                    return
                if await self._settled():
                    break
                failures = 0
            except Exception as error:  # noqa: BLE001 - whatever a request raises, there is a rule for it
                failures += 1
                if not await self._mended(error, failures):
                    self._give_up(described(error))
                    return
                self._changed.set()
        if self._ended:
            await self._ended()
        await self._ping()

    async def _ping(self) -> None:
        """Tell who asked that a long ask is over, unless they ended it. One try: the reply itself says it all."""
        view, user = self._newest, self._to_ping
        if user is None or view.seconds < _LONG or view.snapshot.state not in (State.DONE, State.FAILED):
            return
        try:
            await self._turn(len(self._shown))
            await self._surface.ping(user, status_line.finished(user, view.snapshot.state))
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing more is to be done
            log.warning("The end of ask %d could not be announced: %s", self._ask, described(error))

    def _emptied(self) -> bool:
        """Take deleted messages off the pages; returns whether that left nothing."""
        found = False
        for message_id in self._gone:
            if (page := self._surface.page_of(message_id)) is not None:
                found = True
                self._forget(page)
        self._gone.clear()
        if found and not self._shown:
            self._give_up("its message was deleted")
            return True
        return False

    async def _settled(self) -> bool:
        """Make one request if the newest view needs one; returns whether the final state is shown."""
        known = self._stale(self._posts) if self._view == self._newest else max(0, len(self._shown) - 1)
        if known is None:
            self._turns.clear()
            return self._newest.snapshot.state.final
        self._writing = (len(self._shown), False)
        await self._turn(known)
        self._changed.set()  # more pages may differ, or have gone
        # Laid out only now: it is most of the work of an edit, and what is newest now was not there before.
        view = self._view = self._newest
        posts = self._posts = self._layout.posts(view)
        page = self._stale(posts)
        if page is not None and not self._gone and (lane := self._surface.lane(page)) in self._turns:
            self._turns.discard(lane)
            await self._request(posts, page)
        if self._stale(posts) is None:
            self._let_through = view.snapshot.text
        return False

    async def _turn(self, page: int) -> None:
        """Wait for a turn in this page's lane. One that is not used, as another page became due, is kept for later."""
        lane = self._lane = self._surface.lane(page)
        if lane not in self._turns:
            await lane.turn(self, final=self._newest.snapshot.state.final, cost=self._surface.cost)
            self._turns.add(lane)

    async def _request(self, posts: list[Post], page: int) -> None:
        if page == len(posts):
            self._writing = (len(self._shown) - 1, False)
            await self._surface.remove_last()
            self._shown.pop()
        else:
            self._writing = (page, posts[page].file is not None)
            new = page == len(self._shown)
            await self._surface.write(page, posts[page])
            self._shown[page : page + 1] = [posts[page]]
            if new and self._made:
                await self._made(self._surface.id_of(page))

    def _stale(self, posts: list[Post]) -> int | None:
        """The page to write next; one more than there are, where one has to go.

        A further page is made before the one above it gives up what moved there, so that no text vanishes meanwhile;
        not at the end, whose state is to be shown last.
        """
        shown, final = len(self._shown), self._newest.snapshot.state.final
        for page, post in enumerate(posts):
            if self._shown[page : page + 1] != [post]:
                return shown if page == shown - 1 and shown < len(posts) and not final else page
        return len(posts) if len(self._shown) > len(posts) else None

    async def _mended(self, error: Exception, failures: int) -> bool:
        """Do what can be done about a failed request; returns whether it can be tried again."""
        log.warning("A reply's request failed: %s", described(error))
        match remedy(error, attached=self._writing[1]):
            case Remedy.AGAIN:
                if failures >= _TRIES and self._newest.snapshot.state.final:
                    return False
                await asyncio.sleep(wait(error, failures))
                return True
            case Remedy.FORGET:
                return self._lost()
            case Remedy.HAND_OVER:
                return self._surface.hand_over()
            case Remedy.FULL:
                return self._surface.hand_over() or self._full()
            case Remedy.REOPEN:
                return failures == 1 and await self._reopened()
            case Remedy.UNATTACH:
                possible, self._layout.attaches = self._layout.attaches, False
                return possible
            case Remedy.CUT:
                return self._cut()
            case Remedy.NONE:
                return False

    def _lost(self) -> bool:
        """Take the page off whose message was not found."""
        page, _ = self._writing
        if page >= len(self._shown):
            return False
        self._forget(page)
        return bool(self._shown)

    def _forget(self, page: int) -> None:
        if page == 0:
            self.finish(State.STOPPED)
        # The next message takes its place and its text, and a new one is made at the end: the order stays.
        self._surface.forget(page)
        del self._shown[page]

    def _full(self) -> bool:
        """Make do with the messages that there are: the rest of a long answer comes as a file."""
        page, _ = self._writing
        self._layout.keep_to(len(self._shown))
        return 0 < page == len(self._shown)

    async def _reopened(self) -> bool:
        try:
            await self._surface.reopen()
        except Exception as error:  # noqa: BLE001 - a thread that can't be reopened ends the reply
            log.warning("A thread can't be reopened: %s", described(error))
            return False
        return True

    def _cut(self) -> bool:
        """End with the text that AutoMod let through."""
        if self._newest.failure == t(_REFUSED):
            return False
        snapshot = Snapshot(self._let_through, State.FAILED)
        seconds = time.monotonic() - self._started
        self._newest = replace(self._newest, snapshot=snapshot, failure=t(_REFUSED), seconds=seconds)
        return True

    def _give_up(self, why: str) -> None:
        self.finish(State.STOPPED)
        log.error("The reply to ask %d could not show its end, %s: %s.", self._ask, self._newest.snapshot.state, why)
