"""One ask, from question to final state. The order of the walk is readable here and nowhere repeated."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Literal, TypeAlias

import discord

from bot.conversation import Asker, State
from bot.errors import QuothError, UnknownModel
from bot.history import read_turns
from bot.poe.catalogue import Catalogue, Model
from bot.poe.client import PoeClient
from bot.prompt import build
from bot.reply import Reply
from bot.surfaces import Surface
from storage.preferences import PreferencesStore

log = logging.getLogger(__name__)

Rule: TypeAlias = Literal["this ask", "this server", "Quoth's operator"]
_CLOSING = 10.0  # seconds for the last edits when Quoth ends
_UNEXPECTED = "Something went wrong inside Quoth. Please try again."


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks what, and where.

    ``before`` is the message or interaction that asks: history ends there. ``visible`` says whether readers can see the
    question without the reply's help.
    """

    asker: Asker
    guild_id: int | None
    channel: discord.abc.Messageable
    before: discord.abc.Snowflake
    question: str
    model: str | None = None
    visible: bool = False


class Asks:
    """Runs asks. Owned by the bot, which closes it before its connection."""

    def __init__(
        self,
        poe: PoeClient,
        preferences: PreferencesStore,
        catalogue: Catalogue,
        default_model: Model,
        history_limit: int,
    ) -> None:
        self._poe = poe
        self._preferences = preferences
        self._catalogue = catalogue
        self._default_model = default_model
        self._history_limit = history_limit
        self._running: dict[asyncio.Task[None], Reply] = {}
        self._closing = False

    async def resolve(self, guild_id: int | None, name: str | None = None) -> tuple[Model, Rule]:
        """Find which model answers and which rule chose it: the ask's own, the guild's, or the operator's.

        Raises:
            UnknownModel: the ask names a model that there isn't.
        """
        if name:
            return self._catalogue.find(name), "this ask"
        chosen = (await self._preferences.guild(guild_id)).default_model if guild_id else None
        if chosen:
            try:
                return self._catalogue.find(chosen), "this server"
            except UnknownModel:
                log.warning("Guild %s chose a model that is no longer offered.", guild_id)
        return self._default_model, "Quoth's operator"

    async def run(self, ask: Ask, surface: Surface, me: int) -> None:
        """Take an ask to its final state, which its reader sees. Raises nothing but the caller's own cancellation."""
        async with Reply(surface, "" if ask.visible else ask.question) as reply:
            if self._closing:
                return  # the reply says that it was interrupted
            reading = asyncio.create_task(self._read(ask, reply, me), name="ask")
            self._running[reading] = reply
            try:
                # A reply that can't be shown any more ends the ask: nobody would read the rest.
                await asyncio.wait({reading, reply.editor}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                reading.cancel()
                await asyncio.wait({reading})
                del self._running[reading]

    async def close(self) -> None:
        """End all asks as interrupted: first their readers see it, then Poe is left. Later asks end at once."""
        self._closing = True
        running = dict(self._running)
        for reading, reply in running.items():
            reply.finish(State.INTERRUPTED)
            reading.cancel()
        if running:
            await asyncio.wait({reply.editor for reply in running.values()}, timeout=_CLOSING)
            await asyncio.wait(running, timeout=_CLOSING)

    async def _read(self, ask: Ask, reply: Reply, me: int) -> None:
        try:
            model, _ = await self.resolve(ask.guild_id, ask.model)
            turns = await read_turns(ask.channel, ask.before, self._history_limit, me)
            prompt = build(turns, ask.question)
            log.info("Asking %s with %d turns, %d left out.", model.handle, prompt.read, prompt.left_out)
            async with self._poe.stream(ask.asker, model.handle, prompt.text) as snapshots:
                async for snapshot in snapshots:
                    reply.show(snapshot, model.name)
            state = reply.snapshot.state
            reply.finish(state if state.final else State.DONE)
        except QuothError as error:
            log.warning("An ask failed: %s", error.operator_message)
            reply.finish(State.FAILED, error.user_message)
        except Exception:
            log.exception("An ask failed unexpectedly.")
            reply.finish(State.FAILED, _UNEXPECTED)
