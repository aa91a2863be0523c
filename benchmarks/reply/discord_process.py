"""The sandbox's Discord in a process of its own: `DiscordProcess` in the bench's process, `_Server` in the other."""

import asyncio
import time
from typing import Any

from benchmarks.child_process import ChildProcess, serve
from sandbox.discord import DiscordSandbox, Message, World

LATENCY = 0.04
"""Seconds from a request to its answer: 20 ms to Discord and 20 ms back."""
COMMAND = "ask"
_CHANNELS = 32
_PERSON = "alice"


class DiscordProcess(ChildProcess):
    """The sandbox's Discord as the bench uses it. Used as `async with`."""

    module = "benchmarks.reply.discord_process"

    async def addresses(self) -> dict[str, str]:
        """Return the addresses `api` and `gateway`, and the bot's `token`."""
        return await self.call("addresses")

    async def wait_for_bot(self) -> None:
        """Wait until a bot is connected and its commands are registered."""
        await self.call("wait_for_bot")

    async def ask(self, channel: int, number: int, *, by_command: bool) -> None:
        """Ask for the answer of this number in a channel, by command or by message."""
        await self.call("use_command" if by_command else "send_message", channel, number)

    async def ask_quoth(self, channel: int, prompt: str, *, by_command: bool) -> float:
        """Ask Quoth itself in a channel, by command or by mention, and return when that was."""
        return await self.call("ask_quoth", channel, prompt, by_command)

    async def revisions(self, since: float) -> list[list[tuple[float, str]]]:
        """Return what each of the bot's messages that changed since then has said, and from when on.

        A deleted message is left out.
        """
        return await self.call("revisions", since)

    async def rate_limited(self) -> int:
        """Return how many requests were answered with 429 so far.

        Raises:
            RuntimeError: Discord refused something else, which makes the figures worthless.
        """
        counts = await self.call("refusals")
        if counts["other"]:
            raise RuntimeError(f"Discord refused: {counts['other'][:5]}")
        return counts["rate_limited"]


class _Server:
    """Does what `DiscordProcess` asks for; every result is a JSON value."""

    def __init__(self, discord: DiscordSandbox) -> None:
        self._discord = discord

    async def addresses(self) -> dict[str, str]:
        discord = self._discord
        return {"api": discord.api_url, "gateway": discord.gateway_url, "token": discord.token}

    async def wait_for_bot(self) -> None:
        await self._discord.ready()

    async def use_command(self, channel: int, number: int) -> None:
        person, place = self._person_and_channel(channel)
        self._discord.people.command(person, place, COMMAND, {"number": number})

    async def send_message(self, channel: int, number: int) -> None:
        person, place = self._person_and_channel(channel)
        self._discord.people.say(person, place, str(number))

    async def ask_quoth(self, channel: int, prompt: str, by_command: bool) -> float:
        person, place = self._person_and_channel(channel)
        asked = time.monotonic()
        if by_command:
            self._discord.people.command(person, place, COMMAND, {"prompt": prompt})
        else:
            self._discord.people.say(person, place, f"<@{self._discord.world.bot.id}> {prompt}")
        return asked

    def _person_and_channel(self, channel: int) -> tuple[Any, Any]:
        world = self._discord.world
        return world.user(_PERSON), world.channel(f"channel-{channel}")

    async def revisions(self, since: float) -> list[list[tuple[float, str]]]:
        world = self._discord.world
        messages = [message for channel in world.channels for message in world.messages(channel)]
        return [
            [(revision.at, revision.content) for revision in message.revisions]
            for message in messages
            if message.author is world.bot and _last_change(message) >= since
        ]

    async def refusals(self) -> dict[str, Any]:
        ledger = self._discord.ledger
        refused = [f"{call.method} {call.route} {call.status} {call.code}" for call in ledger.refused]
        return {"rate_limited": len(ledger.limited), "other": refused + ledger.unknown}


def _last_change(message: Message) -> float:
    return message.revisions[-1].at if message.revisions else 0.0


def _furnish(world: World) -> None:
    """Put a server with the bench's channels and one person into an empty world."""
    owner = world.add_person("owner")
    guild = world.add_guild("The bench", owner)
    world.join(world.add_person(_PERSON), guild)
    for number in range(_CHANNELS):
        world.add_channel(guild, f"channel-{number}")


async def _main() -> None:
    async with DiscordSandbox(latency=LATENCY, populate=_furnish) as discord:
        await serve(_Server(discord))


if __name__ == "__main__":
    asyncio.run(_main())
