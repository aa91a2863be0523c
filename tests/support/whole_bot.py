"""The unmodified bot between the stand-in Discord and the stand-in Poe, with a real database, by browser or API."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot import bootstrap
from bot.client import QuothBot
from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import Value
from sandbox.discord.world.entities import Channel, Interaction, Message
from sandbox.poe import Sent
from sandbox.poe.api.records import HUNG_UP
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import running_bot
from tests.support.bot_environment import bot_environment
from tests.support.rate_limits import REAL
from tests.support.replies import LIMIT, ended, final

FAST = 10_000.0  # characters a second


@dataclass
class WholeBot:
    """The running bot and the two sides that it stands between.

    Attributes:
        before: How many prompts Poe had when the test began.
    """

    discord: DiscordSandbox
    poe: PoeSandbox
    settings: bootstrap.Settings
    running: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    before: int = 0
    _bot: QuothBot | None = None

    @property
    def bot(self) -> QuothBot:
        """The bot that was started last."""
        assert self._bot is not None
        return self._bot

    @property
    def sent(self) -> list[Sent]:
        """The prompts that Poe got since the test began."""
        return self.poe.ledger[self.before :]

    @property
    def prompts(self) -> list[str]:
        """The prompts that Poe got since the test began, as texts, by whichever backend."""
        if self._by_api:
            return [call.prompt for call in self.poe.api_calls[self.before :]]
        return [sent.text for sent in self.sent]

    @property
    def left(self) -> int:
        """How many answers were left before their end since Poe was started."""
        if self._by_api:
            return sum(call.state == HUNG_UP for call in self.poe.api_calls)
        return len(self.poe.stops)

    @property
    def _by_api(self) -> bool:
        return self.settings.poe_backend == "api"

    async def start(self) -> None:
        """Start the bot, and wait until it is logged in."""
        self._bot = await self.running.enter_async_context(running_bot(self.settings, self.discord))

    async def ask(self, who: str, where: str | Channel, prompt: str, **options: Value) -> tuple[Interaction, str]:
        """Use /ask, and wait for the final state; return both."""
        asked = await self.discord.command(who, where, "ask", prompt=prompt, **options)
        return asked, await ended(self.discord, asked)

    async def answer_to(self, asked: Message) -> tuple[Message, str]:
        """Wait for the reply to a message and check that it shows Poe's answer; return it and the prompt."""

        def found() -> Message | None:
            replies = [m for m in self.discord.world.messages(asked.channel) if m.reference]
            return next((m for m in replies if m.reference and m.reference.target is asked and final(m)), None)

        reply = await self.discord.wait(found, LIMIT)
        assert reply is not None
        answer = self.poe.api_calls[-1].text if self._by_api else self.poe.answer(self.poe.ledger[-1])
        assert (final(reply), separate(reply.content).text) == ("done", convert(answer).strip())
        return reply, self.prompts[-1]

    async def say(self, who: str, where: str | Channel, content: str) -> tuple[Message, str]:
        """Write a message that Quoth answers; return the reply and the prompt that Poe got."""
        return await self.answer_to(await self.discord.say(who, where, content))


@contextlib.asynccontextmanager
async def whole_bot(folder: Path, extra: Callable[[PoeSandbox], dict[str, str]]) -> AsyncGenerator[WholeBot]:
    """Run the bot between stand-ins of its own; in the end no request may have been unknown, malformed or rate-limited.

    Args:
        folder: where its profile and its database are.
        extra: gives what else is in its environment.
    """
    async with PoeSandbox(speed=FAST, hydration=0.05) as poe, DiscordSandbox(limits=REAL) as discord:
        environment = bot_environment(poe, discord, folder) | extra(poe)
        whole = WholeBot(discord, poe, bootstrap.Settings.read(environment))
        async with contextlib.aclosing(whole.running):
            await whole.start()
            yield whole
        assert (discord.ledger.unknown, discord.ledger.with_status(400), discord.ledger.limited) == ([], [], [])
