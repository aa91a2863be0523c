"""One ask, from question to final state. The order of the walk is readable here and nowhere repeated."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import discord

from bot.context.history import History, read_history
from bot.context.material import read_material
from bot.context.prompt import Prompt, build
from bot.context.turns import Origin
from bot.conversation import Place, Quotation, Snapshot, Source, State, Turn
from bot.errors import InMaintenance, QuothError
from bot.i18n.translate import later, t
from bot.markdown.reasoning import Thinking
from bot.poe.catalogue import Model
from bot.poe.client import PoeAccess
from bot.policy.conversation_queue import Waiting, WaitingLines
from bot.policy.limits import Gate
from bot.policy.models import Models
from bot.policy.preferences import Ladder
from bot.reply.editor import Reply
from bot.reply.surfaces import Surface
from bot.ui.failures import sentence
from storage.asks import AskRow
from storage.database import DatabaseFailure
from storage.prompt_sources import ReadingRow
from storage.stores import Stores

log = logging.getLogger(__name__)

_CLOSING = 10.0  # seconds for the last edits when Quoth ends
_OUTLIVED = later("Discord lets Quoth write to this message for 15 minutes only. This is what had arrived by then.")


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks what, and where.

    ``id`` is the id of the message or interaction that asks. History ends at ``before``: the same, or what an ask that
    is repeated had. ``visible`` says whether readers can see the question without the reply's help, ``private`` whether
    only the asker sees the reply.

    ``replies_to`` is the id of the message that the question replies to, in the same channel; ``material`` a message
    that was chosen to be asked about; ``files`` what was attached to the question, ``attached`` the names and texts of
    what was read from it already. ``fresh`` leaves all history out.

    ``in_turn`` lets it wait until the same person's earlier ones in the same place are over, so that their answers are
    part of its history.
    """

    id: int
    place: Place
    channel: discord.abc.Messageable
    before: discord.abc.Snowflake
    question: str
    model: str | None = None
    visible: bool = False
    private: bool = False
    replies_to: int | None = None
    material: discord.Message | None = None
    files: Sequence[discord.Attachment] = ()
    attached: Sequence[tuple[str, str]] = ()
    fresh: bool = False
    in_turn: bool = False


@dataclass(slots=True)
class _Run:
    ask: Ask
    reply: Reply
    reading: asyncio.Task[None]
    left: bool = False

    def leave(self) -> None:
        """Leave Poe, which presses its Stop. Once: a second cancellation would not wait for that."""
        if not self.left:
            self.left = True
            self.reading.cancel()


class Asks:
    """Runs asks. Owned by the bot, which closes it before its connection."""

    def __init__(
        self,
        poe: PoeAccess,
        ladder: Ladder,
        models: Models,
        gate: Gate,
        stores: Stores,
    ) -> None:
        self._poe = poe
        self._ladder = ladder
        self._models = models
        self._gate = gate
        self._stores = stores
        self._lines = WaitingLines()
        self._running: dict[int, _Run] = {}
        self._closing = False
        self.refusal: str | None = None
        """In maintenance, what whoever asks is told instead; empty for the usual sentence."""

    async def run(self, ask: Ask, surface: Surface, me: int) -> None:
        """Take an ask to its final state, which its reader sees. Raises nothing but the caller's own cancellation."""
        conversation = (ask.place.channel, ask.place.user) if ask.in_turn else ask.id
        try:
            await self._remember(ask, ask.model or "")  # before there is a page, which is remembered as its reply's
            manners = await self._ladder.manners(ask.place)
            # The next one's turn comes when this one's end is shown: only then can it be read as history.
            with self._lines.join(conversation) as waiting:
                async with Reply(
                    surface,
                    ask.id,
                    "" if ask.visible else ask.question,
                    ask.material.jump_url if ask.material else "",
                    thinking=_how(manners.thinking),
                    ping=ask.place.user if manners.finish_ping else None,
                    made=partial(self._made, ask),
                    ended=partial(self.ended, ask.id),
                ) as reply:
                    if not self._closing:  # else the reply says that it was interrupted
                        await self._follow(ask, surface, reply, waiting, me)
        finally:
            self._running.pop(ask.id, None)  # not before its end is shown, for which closing waits

    async def _follow(self, ask: Ask, surface: Surface, reply: Reply, waiting: Waiting, me: int) -> None:
        reading = asyncio.create_task(self._read(ask, reply, waiting, me), name="ask")
        run = self._running[ask.id] = _Run(ask, reply, reading)
        try:
            # A reply that can't be shown any more ends the ask: nobody would read the rest.
            over, _ = await asyncio.wait(
                {reading, reply.editor}, timeout=surface.lasts(), return_when=asyncio.FIRST_COMPLETED
            )
            if not over:
                reply.finish(State.STOPPED, t(_OUTLIVED))
        finally:
            run.leave()
            await asyncio.wait({reading})

    def stop(self, ask_id: int) -> bool:
        """Stop an ask, keeping the text so far; returns whether it was running."""
        run = self._running.get(ask_id)
        if run is None or not run.reply.finish(State.STOPPED):
            return False
        run.leave()
        return True

    def asker_of(self, ask_id: int) -> int | None:
        """Return who asked what runs, if it does."""
        run = self._running.get(ask_id)
        return run.ask.place.user if run else None

    def deleted(self, message_ids: Collection[int]) -> None:
        """Know that somebody deleted messages: an ask whose prompt or reply is among them is stopped."""
        for run in self._running.values():
            if run.ask.id in message_ids:
                self.stop(run.ask.id)
            for message_id in message_ids:
                run.reply.deleted(message_id)

    async def remembered(self, ask_id: int) -> AskRow | None:
        """Return what was asked, if Quoth still knows."""
        return await self._stores.asks.find(ask_id)

    async def ended(self, ask_id: int) -> None:
        """Remember that an ask's reader was shown its end."""
        try:
            await self._stores.asks.end(ask_id)
        except DatabaseFailure as error:
            log.error("That an ask is over can't be remembered: %s", error)

    async def reading(self, ask_id: int) -> ReadingRow | None:
        """Return which messages were read for an ask, if Quoth still knows."""
        return await self._stores.readings.find(ask_id)

    async def close(self) -> None:
        """End all asks as interrupted: first their readers see it, then Poe is left. Later asks end at once."""
        self._closing = True
        runs = list(self._running.values())
        for run in runs:
            run.reply.finish(State.INTERRUPTED)
            run.leave()
        if runs:
            await asyncio.wait({run.reply.editor for run in runs}, timeout=_CLOSING)
            await asyncio.wait({run.reading for run in runs}, timeout=_CLOSING)

    async def _remember(self, ask: Ask, model: str, attached: Sequence[tuple[str, str]] = ()) -> None:
        """Remember an ask: the buttons of its reply need it, even where there is no such model."""
        place = ask.place
        row = AskRow(
            ask.id,
            place.guild,
            place.channel,
            place.user,
            ask.before.id,
            ask.question,
            model,
            ask.private,
            ask.replies_to,
            ask.material.id if ask.material else None,
            ask.fresh,
            attached or ask.attached,
        )
        try:
            await self._stores.asks.remember(row)
        except DatabaseFailure as error:
            log.error("An ask is answered but not remembered, so its buttons won't work: %s", error)

    async def _made(self, ask: Ask, message: int) -> None:
        try:
            await self._stores.pages_of.remember(message, ask.id)
        except DatabaseFailure as error:
            log.error("A reply's message can't be remembered: %s", error)

    async def _prepare(self, ask: Ask, model: Model, me: int) -> Prompt:
        """Read what goes along, and remember which messages that were."""
        origin = Origin(ask.place, ask.channel, ask.before, me)
        fetched = await read_material(origin, ask.material, ask.files, self._stores)
        files = [(each.name, each.text) for each in fetched if each.kind == "File"]
        await self._remember(ask, model.name, files)
        history = History(why="fresh")
        if not ask.fresh:
            limit = (await self._ladder.at(ask.place)).history
            history = await read_history(origin, limit, self._stores, ask.replies_to)
        kept = [Quotation("File", name, text) for name, text in ask.attached]
        prompt = build(history.turns, ask.question, [*fetched, *kept])
        taken, cut = _places(prompt.taken), _places(prompt.cut)
        try:
            await self._stores.readings.remember(ReadingRow(ask.id, taken, cut, history.hidden, history.why))
        except DatabaseFailure as error:
            log.error("What was read for an ask can't be remembered: %s", error)
        log.info("Asking %s with %d turns, %d left out.", model.handle, prompt.read, prompt.left_out)
        return prompt

    async def _read(self, ask: Ask, reply: Reply, waiting: Waiting, me: int) -> None:
        try:
            model, _ = await self._models.resolve(ask.place, ask.model)
            if self.refusal is not None:
                raise InMaintenance(sentence=self.refusal)
            await waiting.over(lambda ahead: reply.show(Snapshot(state=State.QUEUED, ahead=ahead), model.name))
            async with self._gate.let_in(ask.id, ask.place, model.name) as use:
                reply.show(Snapshot(), model.name)  # its reader need not wait for what is read
                prompt = await self._prepare(ask, model, me)
                async with self._poe.stream(ask.place.asker, model.handle, prompt.text) as snapshots:
                    async for snapshot in snapshots:
                        use.state = snapshot.state
                        reply.show(snapshot, model.name)
            state = reply.snapshot.state
            reply.finish(state if state.final else State.DONE)
        except QuothError as error:
            log.warning("An ask failed: %s", error.operator_message)
            reply.finish(State.FAILED, error.user_message)
        except Exception as error:
            log.exception("An ask failed unexpectedly.")
            reply.finish(State.FAILED, sentence(error))


def _places(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    return [_place(source) for turn in turns for source in turn.sources]


def _place(source: Source) -> tuple[int, int]:
    return source.channel, source.message


def _how(chosen: str | None) -> Thinking:
    return "kept" if chosen == "kept" else "hidden" if chosen == "hidden" else "folded"
