"""What Discord shows for one ask, always at the newest snapshot. The only editor of messages.

Reading an answer never waits for Discord: ``Reply.show`` only notes the newest snapshot. One task of the reply makes
one request after another, each when its rate limiter gives it a turn. The task is never cancelled, because discord.py
would keep the lock of the interaction's token (discord.md section 1).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Protocol, Self

import discord

from bot.conversation import AnswerFile, Snapshot, State, Thinking
from bot.discord_errors import Remedy, described, remedy, wait
from bot.downloads import Trouble
from bot.errors import QuothError
from bot.i18n.translate import later, t
from bot.reply.buttons import AFTER, Act, offered
from bot.reply.layout import Layout, Post, Progress
from bot.reply.media import MOST_FILES, Gallery
from bot.reply.pacing import RateLimiter, Urgency
from bot.reply.status_line import end_line, question_line
from bot.reply.surfaces import Surface

log = logging.getLogger(__name__)

_LONG = 30.0  # seconds after which the end of an ask is worth a ping: edits notify nobody
_TRIES = 8  # failures in a row, some two minutes, after which a final state is given up
_FILE_TRIES = 3  # likewise, before the files of an answer stay links
_TOO_LARGE = 413  # the status of a request that something before Discord's API refused
_REFUSED = later("AutoMod blocked the rest of this answer.")


class Phase(Enum):
    """How far a reply is. The last two are final."""

    GROWING = auto()
    """There may be newer snapshots."""
    ENDING = auto()
    """The final state is known and has to be shown."""
    ENDED = auto()
    """The final state is shown. Files and suggested replies may follow."""
    ADDING = auto()
    """Files or suggested replies have to be shown."""
    GIVEN_UP = auto()
    """Nothing more can be shown."""

    @property
    def final(self) -> bool:
        """Whether nothing follows this phase."""
        return self in (Phase.ENDED, Phase.GIVEN_UP)


class Observer(Protocol):
    """Is told how fast replies are."""

    def edited(self, age: float) -> None:
        """Note an edit, and how many seconds old was what it showed."""
        ...

    def ended(self, last: Snapshot, seconds: float, first_text: float | None) -> None:
        """Note an ask's last snapshot, and the seconds until then and until the first text (None if there was none)."""
        ...


class Reply:
    """One ask's reply. Used as ``async with``; leaving waits until the final state is shown, or given up.

    ``show`` and ``finish`` note the newest progress and move the reply from GROWING to ENDING. Everything else happens
    in the editor's task: it makes requests until the messages say the newest progress, and ends the reply.

    Args:
        surface: where the messages are.
        ask: the ask's id, which the buttons carry.
        question: what the first page repeats, where readers can't see it otherwise; empty for nothing.
        about: the address of the message that the question is about; empty for none.
        who: the user whom the first page names as the one who asks; None where readers see it otherwise.
        acts: what can be done once it is over.
        thinking: how the model's reasoning is shown.
        ping: the user who is notified when an ask that took long is over; None for nobody.
        gather: fetches the files of a whole answer, of so many bytes each at most and not at addresses that were
            fetched before; None where they stay links.
        made: called with the id of each message that is sent.
        ended: called when the final state is shown. The answer's files are added after that.
        observer: is told how fast the reply is.
    """

    def __init__(
        self,
        surface: Surface,
        ask: int,
        question: str = "",
        about: str = "",
        *,
        who: int | None = None,
        acts: tuple[Act, ...] = AFTER,
        thinking: Thinking = "folded",
        ping: int | None = None,
        gather: Callable[[Snapshot, int, frozenset[str]], Coroutine[None, None, Gallery]] | None = None,
        made: Callable[[int], Awaitable[None]] | None = None,
        ended: Callable[[], Awaitable[None]] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._ask = ask
        self._surface = surface
        self._messages = _Messages(
            surface, Layout(ask, f"{question_line(question, about, who)}\n" if question else "", thinking), made
        )
        self._ping_user = ping
        self._gather = gather
        self._gathering: asyncio.Task[Gallery] | None = None
        self._asked_for: tuple[AnswerFile, ...] = ()  # the files that it fetches
        self._fetched = frozenset[str]()
        self._held: list[Gallery] = []
        self._on_end = ended
        self._observer = observer
        self._first_text: float | None = None
        self._phase = Phase.GROWING
        self._progress = Progress(acts=acts)
        self._open = True  # whether Poe may add something to the answer
        self._added: Snapshot | None = None
        self._changed = asyncio.Event()
        self._deleted: list[int] = []
        self._waiting_for: RateLimiter | None = None
        self._turns = set[RateLimiter]()  # granted and not used yet
        self._started = self._noted = time.monotonic()
        self.editor = asyncio.create_task(self._edit(), name="reply-editor")
        """Ends when nothing more can be shown: neither a final state nor what follows it."""
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Is done when Poe need not go on, because the answer was not ended by Poe, or can't be shown."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.finish(State.INTERRUPTED)
        self._open = False
        self._changed.set()
        await asyncio.shield(self.editor)

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._progress.snapshot

    def show(self, snapshot: Snapshot, model: str = "") -> None:
        """Note the newest snapshot; it is shown at the next turn, unless there is a newer one by then.

        After the end, only the files and the suggested replies of a snapshot count.
        """
        if self._phase is not Phase.GROWING:
            self._added = snapshot
            self._changed.set()
            return
        self._note(replace(self._progress, snapshot=snapshot, model=model or self._progress.model))

    def finish(self, state: State, sentence: str = "") -> bool:
        """Note the final state, with a sentence for the reader where it needs one. The text so far is kept.

        Returns:
            Whether the reply had no final state before.
        """
        first = self._phase is Phase.GROWING
        self._note(replace(self._progress, snapshot=replace(self.snapshot, state=state), failure=sentence))
        return first

    def count(self, messages: int) -> None:
        """Note of how many messages the question is made, which is told if there are several."""
        if messages != self._progress.messages:
            self._note(replace(self._progress, messages=messages))

    def offer_edit(self) -> None:
        """Offer to ask the question as it was edited after the end."""
        if "edited" not in self._progress.acts:
            self._progress = replace(self._progress, acts=(*self._progress.acts, "edited"))
            self._changed.set()

    def leave_files(self) -> None:
        """Leave the files that are not attached yet as links, because Quoth shuts down."""
        self._gather = None
        if self._gathering:
            self._gathering.cancel()

    def refuse(self, sentence: str, *acts: Act, near: Sequence[str] = ()) -> None:
        """Note that the ask is refused by a rule: only the asker is told, wherever that is possible.

        Args:
            sentence: why.
            acts: what can be done about it.
            near: models that may have been meant.
        """
        refused = replace(self._progress, refused=True, acts=acts, near=tuple(near), failure=sentence)
        self._note(replace(refused, snapshot=replace(self.snapshot, state=State.FAILED)))

    def deleted(self, message_id: int) -> None:
        """Note that a message was deleted: a further page is sent again, without its first page a reply is stopped."""
        if self._surface.page_of(message_id) == 0:
            self.finish(State.STOPPED)
        # A message that is just being sent has no known id yet, so that the editor looks at this id later.
        self._deleted.append(message_id)
        self._changed.set()

    def _note(self, progress: Progress) -> None:
        """Note the newest progress, unless there is a final state already: there is exactly one."""
        if self._phase is not Phase.GROWING:
            return
        self._noted = time.monotonic()
        if progress.snapshot.text and self._first_text is None:
            self._first_text = self._noted - self._started
        if progress.snapshot.state.final:
            self._end_with(progress)
        else:
            self._progress = progress
            self._hurry()
        self._changed.set()

    def _end_with(self, progress: Progress) -> None:
        # The time is taken here and not by the layout, so that the same progress always makes the same pages.
        self._progress = replace(progress, seconds=time.monotonic() - self._started)
        self._phase = Phase.ENDING
        self._hurry()
        if not self._gathering:
            self._gathering = self._fetch(progress.snapshot)

    def _fetch(self, snapshot: Snapshot) -> asyncio.Task[Gallery] | None:
        """Begin to fetch an answer's files, unless Quoth shuts down."""
        if self._gather is None or snapshot.state is State.INTERRUPTED:
            return None
        self._asked_for = snapshot.files
        fetch = self._gather(snapshot, self._surface.file_limit, self._fetched)
        gathering = asyncio.create_task(fetch, name="files")
        gathering.add_done_callback(lambda _: self._changed.set())
        return gathering

    @property
    def _urgency(self) -> Urgency:
        """How urgent it is to show the newest progress."""
        if self._phase is Phase.ADDING and self._messages.shows(self._progress.gallery):
            return Urgency.GROWING  # buttons
        if self.snapshot.state.final:
            return Urgency.FINAL
        return Urgency.FIRST if self.snapshot.text and not self._messages.shown_text else Urgency.GROWING

    def _hurry(self) -> None:
        if self._waiting_for:
            self._waiting_for.hurry(self, self._urgency)

    async def _edit(self) -> None:
        await self._show_all()
        if self._phase is Phase.GIVEN_UP or self.snapshot.state is not State.DONE:
            self.closed.set_result(None)
        if self._observer:
            self._observer.ended(self.snapshot, time.monotonic() - self._started, self._first_text)
        if self._phase is Phase.ENDED:
            if self._on_end:
                await self._on_end()
            await self._ping()
            await self._show_additions()
        await self._drop_contents()
        if not self.closed.done():
            self.closed.set_result(None)

    async def _drop_contents(self) -> None:
        """Drop the contents of files that were attached, or are attached no more."""
        gathering = self._gathering
        if gathering and self._phase is Phase.GIVEN_UP:
            gathering.cancel()
            await asyncio.wait({gathering})
            if not gathering.cancelled() and not gathering.exception():
                self._held.append(gathering.result())
        while self._held:
            self._held.pop().close()

    async def _show_additions(self) -> None:
        """Show what comes after the end: the answer's files, and what Poe adds to it, until it adds no more."""
        while self._phase is Phase.ENDED:
            self._changed.clear()
            self._take_added()
            self._take_files()
            if self._messages.laid_out != self._progress:
                self._phase, self._noted = Phase.ADDING, time.monotonic()
                self._changed.set()
                await self._show_all()
                await self._drop_contents()
            elif self._gathering or (self._open and self.snapshot.state is State.DONE):
                await self._changed.wait()
            else:
                return

    def _take_added(self) -> None:
        """Take what Poe added to the answer after its end."""
        added, self._added = self._added, None
        if added and added.state is State.DONE and self.snapshot.state is State.DONE:
            snapshot = replace(self.snapshot, files=added.files, suggestions=offered(added.suggestions))
            self._progress = replace(self._progress, snapshot=snapshot)

    def _take_files(self) -> None:
        """Take files that were fetched, and begin to fetch those that came later."""
        gathering, self._gathering = self._gathering, None
        if gathering and not gathering.done():
            self._gathering = gathering
        elif gathering and not gathering.cancelled():
            if error := gathering.exception():
                log.error("The files of an answer can't be fetched.", exc_info=error)
            else:
                gallery = gathering.result()
                self._held.append(gallery)
                self._fetched |= gallery.seen
                room = MOST_FILES - len(self._messages.shown[-1].files)
                added = self._progress.gallery.plus(gallery.first(room, Trouble.TOO_MANY))
                self._progress = replace(self._progress, gallery=added)
        elif self._asked_for != self.snapshot.files:
            self._gathering = self._fetch(self.snapshot)

    async def _show_all(self) -> None:
        """Make requests until the messages say the final progress, or nothing more can be shown."""
        failures = 0
        while not self._phase.final:
            await self._changed.wait()
            self._changed.clear()
            try:
                self._forget_deleted()
                if not self._phase.final:
                    await self._step()
                failures = 0
            except Exception as error:  # noqa: BLE001 - there is a remedy for whatever a request raises
                failures += 1
                await self._recover(error, failures)

    async def _step(self) -> None:
        """Make one request if the messages don't say the newest progress yet."""
        messages = self._messages
        if self._must_hide:
            await self._hide()
            return
        page = messages.stale_page if messages.laid_out == self._progress else messages.last_page
        if page is None:
            self._turns.clear()
            if self._phase is not Phase.GROWING:
                self._phase = Phase.ENDED
            return
        await self._take_turn(page)
        self._changed.set()  # there may be more pages to write
        if self._must_hide:
            return  # refused meanwhile
        # Laid out only now: it is most of the work of an edit, and the progress may be newer than before the wait.
        messages.lay_out(self._progress)
        noted = self._noted
        page = messages.stale_page
        if page is not None and not self._deleted and (limiter := self._surface.limiter(page)) in self._turns:
            self._turns.discard(limiter)
            await messages.write(page)
            if self._observer:
                self._observer.edited(time.monotonic() - noted)

    async def _take_turn(self, page: int) -> None:
        """Wait for a turn for this page. A turn that is not used, because another page became due, is kept."""
        limiter = self._waiting_for = self._surface.limiter(page)
        if limiter not in self._turns:
            await limiter.turn(self, self._urgency, self._surface.cost)
            self._turns.add(limiter)

    @property
    def _must_hide(self) -> bool:
        """Whether everybody sees the reply to an ask of which a refusal is left to tell."""
        return self._progress.refused and self._surface.can_hide and not self._messages.shown_text

    async def _hide(self) -> None:
        """Delete what everybody sees; what is written next only the asker sees."""
        await self._take_turn(0)
        self._turns.clear()
        await self._surface.hide()
        self._messages.shown.clear()
        self._changed.set()

    def _forget_deleted(self) -> None:
        """Take deleted messages off the pages."""
        pages = {page for id_ in self._deleted if (page := self._surface.page_of(id_)) is not None}
        self._deleted.clear()
        if pages and self._phase is Phase.ADDING:
            self._give_up("a message was deleted")  # somebody does not want an answer that was there
            return
        for page in sorted(pages, reverse=True):
            self._forget(page)
        if pages and not self._messages.shown:
            self._give_up("its message was deleted", gone=True)

    def _forget(self, page: int) -> None:
        if page == 0:
            self.finish(State.STOPPED)
        self._messages.forget(page)

    async def _recover(self, error: Exception, failures: int) -> None:
        """Do what can be done about a failed request, so that it can be tried again; else give the reply up."""
        messages, page = self._messages, self._messages.writing
        found = remedy(error, attached=messages.attaching)
        gone = found is Remedy.FORGET
        log.log(logging.INFO if gone else logging.WARNING, "A request for a reply failed: %s", described(error))
        match found:
            case action if self._files_stay_links(action, error, failures):
                pass
            case Remedy.AGAIN if failures < _TRIES or self._phase is Phase.GROWING:
                await asyncio.sleep(wait(error, failures))
            case Remedy.FORGET if page < len(messages.shown) > 1 and self._phase is not Phase.ADDING:
                self._forget(page)
            case Remedy.HAND_OVER | Remedy.FULL if self._surface.can_hand_over:
                self._surface.hand_over()
            case Remedy.FULL if 0 < page == len(messages.shown):
                messages.layout.limit_pages(page)  # the rest of a long answer comes as a file
            case Remedy.REOPEN if failures == 1:
                await self._reopen(error)
            case Remedy.UNATTACH if messages.layout.attaches:
                messages.layout.attaches = False
            case Remedy.CUT if self._phase is not Phase.ADDING:
                self._cut(error)
            case Remedy.END if self._phase is not Phase.ADDING and self._progress.failure != t(QuothError.sentence):
                log.error("A reply can't be written.", exc_info=error)
                self._end_with_shown(t(QuothError.sentence))
            case _:
                self._give_up(described(error), gone=gone)
        self._changed.set()

    def _files_stay_links(self, action: Remedy, error: Exception, failures: int) -> bool:
        """Whether a failure means that the answer's files stay links; then its text is shown as before."""
        gallery = self._progress.gallery
        if not (self._messages.attaching and gallery.files):
            return False
        again = action is Remedy.AGAIN and failures < _FILE_TRIES
        moved = action is Remedy.FORGET or (action is Remedy.HAND_OVER and self._surface.can_hand_over)
        if again or moved or (action is Remedy.REOPEN and failures == 1):
            return False
        trouble = Trouble.REFUSED
        if isinstance(error, discord.HTTPException):
            codes = {50013: Trouble.UNPERMITTED, 40005: Trouble.TOO_LARGE}
            trouble = codes.get(error.code, Trouble.TOO_LARGE if error.status == _TOO_LARGE else trouble)
        self._progress = replace(self._progress, gallery=gallery.first(0, trouble))
        return True

    def _cut(self, error: Exception) -> None:
        """Leave out what AutoMod refuses: the question where nothing is shown yet, else what is new of the answer."""
        layout, ended = self._messages.layout, self._progress.failure == t(_REFUSED)
        if layout.heading and (ended or not self._messages.shown):
            layout.heading = ""
        elif not ended:
            self._end_with_shown(t(_REFUSED))
        else:
            self._give_up(described(error))

    def _end_with_shown(self, failure: str) -> None:
        """End the ask as failed, with the text that was shown last."""
        self.leave_files()
        snapshot = Snapshot(self._messages.shown_text, State.FAILED)
        self._end_with(replace(self._progress, snapshot=snapshot, failure=failure))

    async def _reopen(self, error: Exception) -> None:
        try:
            await self._surface.reopen()
        except Exception as refusal:  # noqa: BLE001 - a thread that can't be reopened ends the reply
            log.warning("Could not reopen a thread: %s", described(refusal))
            self._give_up(described(error))

    def _give_up(self, why: str, *, gone: bool = False) -> None:
        """Show nothing more; ``gone`` is whether somebody deleted the reply, which is no fault."""
        self.finish(State.STOPPED)
        if self._phase is Phase.ADDING:
            self._phase = Phase.GIVEN_UP
            log.warning("Could not add the files of ask %d to its answer: %s.", self._ask, why)
            return
        self._phase = Phase.GIVEN_UP
        level = logging.INFO if gone else logging.ERROR
        log.log(level, "Could not show the final state of ask %d (%s): %s.", self._ask, self.snapshot.state, why)

    async def _ping(self) -> None:
        """Tell the asker that a long ask is over, unless they stopped it. Tried once: the reply itself says it too."""
        state, user = self.snapshot.state, self._ping_user
        if user is None or self._progress.seconds < _LONG or state not in (State.DONE, State.FAILED):
            return
        try:
            await self._take_turn(len(self._messages.shown))
            await self._surface.ping(user, end_line(user, state))
        except Exception as error:  # noqa: BLE001 - nothing more can be done about it
            log.warning("Could not ping about the end of ask %d: %s", self._ask, described(error))


class _Messages:
    """What the messages of a reply say, and what they should say by the progress that was laid out last."""

    def __init__(self, surface: Surface, layout: Layout, made: Callable[[int], Awaitable[None]] | None) -> None:
        self._surface = surface
        self._made = made
        self._wanted: list[Post] = []
        self.layout = layout
        self.laid_out: Progress | None = None
        self.shown: list[Post] = []
        self.shown_text = ""
        """The answer's text when the messages last said all that they should."""
        self.writing = 0
        """The page that the last request was about."""
        self.attaching = False
        """Whether that request carried a file."""

    @property
    def last_page(self) -> int:
        """The last page that there is; 0 where there is none."""
        return max(0, len(self.shown) - 1)

    @property
    def stale_page(self) -> int | None:
        """The page to write next; one more than there should be, where one has to be deleted; None for none.

        A further page is sent before the page above it loses the text that moved there, so that no text disappears
        meanwhile. A final state is shown last.
        """
        shown, final = len(self.shown), self.laid_out is not None and self.laid_out.snapshot.state.final
        if 0 < shown == len(self._wanted) and self._wanted[-1].files != self.shown[-1].files:
            return shown - 1  # before the links to these files go
        for page, post in enumerate(self._wanted):
            if self.shown[page : page + 1] != [post]:
                return shown if page == shown - 1 and shown < len(self._wanted) and not final else page
        return len(self._wanted) if shown > len(self._wanted) else None

    def shows(self, gallery: Gallery) -> bool:
        """Whether the messages show these files, or say why they don't."""
        return self.laid_out is not None and self.laid_out.gallery == gallery

    def lay_out(self, progress: Progress) -> None:
        """Find out what every message should say."""
        self._wanted = self.layout.posts(progress)
        self.laid_out = progress
        self._note_shown()

    async def write(self, page: int) -> None:
        """Make the request about a stale page."""
        if page == len(self._wanted):
            self.writing, self.attaching = len(self.shown) - 1, False
            await self._surface.remove_last()
            self.shown.pop()
        else:
            post, new = self._wanted[page], page == len(self.shown)
            shown = None if new else self.shown[page]
            self.writing, self.attaching = page, post.files != (shown.files if shown else ())
            await self._surface.write(page, post, shown)
            self.shown[page : page + 1] = [post]
            if new and self._made:
                await self._made(self._surface.id_of(page))
        self._note_shown()

    def forget(self, page: int) -> None:
        """Note that this page's message is gone.

        The next message takes its place and its text, and a new one is sent at the end: the order stays.
        """
        self._surface.forget(page)
        del self.shown[page]

    def _note_shown(self) -> None:
        if self.laid_out and self.stale_page is None:
            self.shown_text = self.laid_out.snapshot.text
