"""One ask, from question to final state. The order of the walk is readable here and nowhere repeated."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import discord

from bot.conversation import Place, State
from bot.errors import QuothError
from bot.history import read_turns
from bot.ladder import Ladder
from bot.limits import Gate
from bot.models import Models
from bot.poe.catalogue import Model
from bot.poe.client import PoeClient
from bot.prompt import build
from bot.reply import Reply
from bot.surfaces import Surface
from bot.thinking import How
from storage.asks import AskRow, AsksStore

log = logging.getLogger(__name__)

_CLOSING = 10.0  # seconds for the last edits when Quoth ends
_OUTLIVED = "Discord lets Quoth write to this message for 15 minutes only. This is what had arrived by then."
_UNEXPECTED = "Something went wrong inside Quoth. Please try again."


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks what, and where.

    ``id`` is the id of the message or interaction that asks. History ends at ``before``: the same, or what an ask that
    is repeated had. ``visible`` says whether readers can see the question without the reply's help, ``private`` whether
    only the asker sees the reply.

    ``replies_to`` is the id of the message that the question replies to, in the same channel; ``material`` a message
    that was chosen to be asked about; ``files`` what was attached to the question. ``fresh`` leaves all history out.
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
    fresh: bool = False


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
        poe: PoeClient,
        ladder: Ladder,
        models: Models,
        gate: Gate,
        store: AsksStore,
    ) -> None:
        self._poe = poe
        self._ladder = ladder
        self._models = models
        self._gate = gate
        self._store = store
        self._running: dict[int, _Run] = {}
        self._closing = False

    async def run(self, ask: Ask, surface: Surface, me: int) -> None:
        """Take an ask to its final state, which its reader sees. Raises nothing but the caller's own cancellation."""
        try:
            manners = await self._ladder.manners(ask.place)
            question, ping = "" if ask.visible else ask.question, ask.place.user if manners.finish_ping else None
            async with Reply(surface, ask.id, question, thinking=_how(manners.thinking), ping=ping) as reply:
                if not self._closing:  # else the reply says that it was interrupted
                    await self._follow(ask, surface, reply, me)
        finally:
            self._running.pop(ask.id, None)  # not before its end is shown, for which closing waits

    async def _follow(self, ask: Ask, surface: Surface, reply: Reply, me: int) -> None:
        reading = asyncio.create_task(self._read(ask, reply, me), name="ask")
        run = self._running[ask.id] = _Run(ask, reply, reading)
        try:
            # A reply that can't be shown any more ends the ask: nobody would read the rest.
            over, _ = await asyncio.wait(
                {reading, reply.editor}, timeout=surface.lasts(), return_when=asyncio.FIRST_COMPLETED
            )
            if not over:
                reply.finish(State.STOPPED, _OUTLIVED)
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
        return await self._store.find(ask_id)

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

    async def _chosen(self, ask: Ask) -> Model:
        """Find the model, and remember the ask: its buttons need it, even where there is no such model."""
        name = ask.model or ""
        try:
            model, _ = await self._models.resolve(ask.place, ask.model)
            name = model.name
        finally:
            place = ask.place
            await self._store.remember(
                AskRow(ask.id, place.guild, place.channel, place.user, ask.before.id, ask.question, name, ask.private)
            )
        return model

    async def _read(self, ask: Ask, reply: Reply, me: int) -> None:
        try:
            model = await self._chosen(ask)
            async with self._gate.let_in(ask.id, ask.place, model.name) as use:
                limit = (await self._ladder.at(ask.place)).history
                turns = await read_turns(ask.channel, ask.before, limit, me)
                prompt = build(turns, ask.question)
                log.info("Asking %s with %d turns, %d left out.", model.handle, prompt.read, prompt.left_out)
                async with self._poe.stream(ask.place.asker, model.handle, prompt.text) as snapshots:
                    async for snapshot in snapshots:
                        use.state = snapshot.state
                        reply.show(snapshot, model.name)
            state = reply.snapshot.state
            reply.finish(state if state.final else State.DONE)
        except QuothError as error:
            log.warning("An ask failed: %s", error.operator_message)
            reply.finish(State.FAILED, error.user_message)
        except Exception:
            log.exception("An ask failed unexpectedly.")
            reply.finish(State.FAILED, _UNEXPECTED)


def _how(chosen: str | None) -> How:
    return "kept" if chosen == "kept" else "hidden" if chosen == "hidden" else "folded"
