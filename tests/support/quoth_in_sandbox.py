"""Quoth on the stand-in Discord over real discord.py, with a fake Poe whose answers a test writes step by step."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from discord.gateway import KeepAliveHandler

from bot import bootstrap
from bot.client import EVERYWHERE, QuothBot
from bot.context.uploads import KINDS
from bot.conversation import (
    AnswerFile,
    Asker,
    Continuation,
    FileKind,
    PoeChat,
    PromptFile,
    ResolvedLimits,
    Snapshot,
    State,
    format_messages,
)
from bot.errors import PoeError
from bot.poe.api.points import Points
from bot.poe.backend import Paid
from bot.poe.catalogue import Catalogue
from bot.poe.client import MakePrompt, PoeAccess
from bot.poe.queue import Figures
from bot.policy.access import AccessRules
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Channel, Interaction, Message
from storage.database import open_database
from storage.stores import Stores
from tests.support.quoth_in_simcord import NO_LIMITS, OPERATORS
from tests.support.replies import assert_no_previews

LIMIT = 20.0


@dataclass
class Answer:
    """One ask as Poe sees it; ``paid`` is what Quoth wants to be told about its cost.

    ``left`` tells whether Quoth left before the end, which presses Poe's Stop. An answer that is ``open`` goes on after
    its end, until `close`, because Poe may add something to it.
    """

    handle: str
    prompt: str = ""
    files: Sequence[PromptFile] = ()
    continues: Continuation | None = None
    over: bool = False
    left: bool = False
    paid: Paid | None = None
    open: bool = False
    steps: asyncio.Queue[Snapshot | Exception] = field(default_factory=asyncio.Queue[Snapshot | Exception])

    def say(self, text: str, state: State = State.STREAMING, *files: AnswerFile) -> None:
        """Make this the answer's text, and these its files."""
        self.steps.put_nowait(Snapshot(text, state, files=files))

    def suggest(self, text: str, *replies: str) -> None:
        """Add suggested replies to the answer, which has this text and has ended."""
        self.steps.put_nowait(Snapshot(text, State.DONE, suggestions=replies))

    def end_in(self, chat: PoeChat, *, continued: bool = False) -> None:
        """Complete the answer, which is in this chat on Poe."""
        self.steps.put_nowait(Snapshot(f"Answer {chat.code}", State.DONE, chat=chat, continued=continued))

    def close(self) -> None:
        """Add nothing more to the answer, which has ended."""
        self.open = False
        self.steps.put_nowait(Snapshot(state=State.DONE))

    def end(self, text: str, *files: AnswerFile) -> None:
        """Complete the answer with this text, and these files."""
        self.say(text, State.DONE, *files)


class FakePoe(PoeAccess):
    """In place of ``PoeClient``: every ask is an answer that the test dictates."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.turns = asyncio.Event()
        """Set while asks get their turn at once; a test clears it to let them wait."""
        self.turns.set()
        self.waiting = 0
        """How many asks had to wait so far."""
        self.held = asyncio.Queue[PoeError | None]()
        """What holds Poe up from now on, in the order in which it is to be told."""
        self.falls_back = False
        """Whether new asks would go another way."""
        self.told: PoeError | None = None
        self.tried = 0
        self.warm: list[str] = []
        self.warms_up = asyncio.Event()
        """Set while warming up takes no time; a test clears it to let it wait."""
        self.warms_up.set()

    def try_now(self) -> bool:
        """Count; something holds Poe up if it was told last."""
        self.tried += 1
        return self.told is not None

    async def warm_up(self, handle: str) -> None:
        """Note the handle."""
        self.warm.append(handle)
        await self.warms_up.wait()

    def figures(self) -> Figures:
        """A busy hour."""
        return Figures(2, 1, 7, 60, browser=True, falls_back=self.falls_back)

    def go_on(self) -> None:
        """Nothing is held up here."""

    async def holds(self) -> AsyncGenerator[PoeError | None]:
        """Give what the test puts there."""
        while True:
            self.told = await self.held.get()
            yield self.told

    @asynccontextmanager
    async def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None, account: str | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Begin an answer when its turn has come."""
        answer = Answer(handle, paid=paid)
        try:
            yield self._told(answer, make_prompt)
        finally:
            answer.left = not answer.over

    async def _told(self, answer: Answer, make_prompt: MakePrompt) -> AsyncIterator[Snapshot]:
        if not self.turns.is_set():
            self.waiting += 1
            yield Snapshot(state=State.QUEUED, ahead=1)
            await self.turns.wait()
        yield Snapshot(state=State.READING)
        messages = await make_prompt()
        answer.prompt = format_messages(messages)
        answer.continues = messages[-1].get("continues")
        answer.files = [file for message in messages for file in message.get("files", ())]
        self.answers.append(answer)
        while answer.open or not answer.over:
            step = await answer.steps.get()
            answer.over = isinstance(step, Exception) or step.state.final
            if isinstance(step, Exception):
                raise step
            yield step


@dataclass
class QuothInSandbox:
    """A Quoth that is logged in to the stand-in Discord."""

    bot: QuothBot
    poe: FakePoe
    discord: DiscordSandbox

    async def ask(
        self, who: str = "alice", where: str | Channel = "general", **options: Any
    ) -> tuple[Interaction, Answer]:
        """Use /ask, and wait until Poe was asked."""
        before = len(self.poe.answers)
        interaction = await self.discord.command(who, where, "ask", **({"prompt": "Well?"} | options))
        return interaction, await self.asked(before)

    async def say(self, who: str, where: str | Channel, content: str, **how: Any) -> tuple[Message, Answer]:
        """Write a message that Quoth answers, and wait until Poe was asked."""
        before = len(self.poe.answers)
        message = await self.discord.say(who, where, content, **how)
        return message, await self.asked(before)

    async def asked(self, before: int) -> Answer:
        """Wait until Poe was asked once more than before."""
        await until(lambda: len(self.poe.answers) > before)
        return self.poe.answers[before]

    async def refused(self, interaction: Interaction, *parts: str) -> Message:
        """Wait until a refusal says all of these to the asker alone, with no answer and no button but for models."""
        (told,) = await self.discord.wait(
            lambda: [
                message
                for message in interaction.replies
                if not message.deleted and all(part in message.content for part in parts)
            ],
            LIMIT,
        )
        assert told.ephemeral or told.channel.recipient is interaction.user
        assert [message for message in interaction.replies if not message.deleted] == [told]
        ids = [each["custom_id"] for row in told.components for each in row["components"]]
        acts = ("quoth:other:", "quoth:model:", "quoth:without:", "quoth:bare:")
        assert [id_ for id_ in ids if not id_.startswith(acts)] == []
        return told

    async def shown(self, message: Message, *parts: str) -> Message:
        """Wait until a message says all of these."""
        await self.discord.wait(lambda: all(part in message.content for part in parts), LIMIT)
        return message


async def _close_unfinished(bot: QuothBot) -> None:
    """Close what was still being made when the bot was closed, with its heartbeat: discord.py forgets it."""
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler) and thread.ws.__dict__["_connection"] is bot.__dict__["_connection"]:
            thread.stop()
            await thread.ws.socket.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something inside Quoth."""
    async with asyncio.timeout(LIMIT):
        for _ in iter(lambda: not true(), False):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def quoth_in_sandbox(
    folder: Path,
    discord: DiscordSandbox,
    *,
    message_content: bool = True,
    limits: ResolvedLimits = NO_LIMITS,
    access: AccessRules = EVERYWHERE,
    media_hosts: Sequence[str] = (),
    file_kinds: Collection[FileKind] = KINDS,
    points: Points | None = None,
    last_server: float = 0.05,  # discord.py waits 2 s for servers to come
    poe: FakePoe | None = None,
) -> AsyncGenerator[QuothInSandbox]:
    """Start Quoth with its database in ``folder``; starting it there again is a restart."""
    where = SimpleNamespace(discord_api_url=discord.api_url, discord_gateway_url=discord.gateway_url)
    bootstrap.point_discord_at(cast("Any", where))
    catalogue, poe = Catalogue(["My-Bot"]), poe or FakePoe()
    async with open_database(folder / "quoth.sqlite3") as connection:
        preferences, stores = replace(OPERATORS, model="gpt-4"), Stores.over(connection)
        made = QuothBot(
            poe,
            stores,
            catalogue,
            preferences,
            limits,
            access=access,
            message_content=message_content,
            media_hosts=media_hosts,
            file_kinds=file_kinds,
            points=points,
        )
        async with made as bot:
            bot.__dict__["_connection"].guild_ready_timeout = last_server
            serving = asyncio.create_task(bot.start(discord.token), name="bot")
            await discord.ready()
            try:
                yield QuothInSandbox(bot, poe, discord)
                assert_no_previews(discord)
            finally:
                await bot.close()
                await asyncio.wait({serving})
                await _close_unfinished(bot)
