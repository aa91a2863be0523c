"""The process of the sandbox's Discord: `python -m benchmarks.reply.desk`.

Its other end is `benchmarks/reply/site.py`, which says what each command is for.
"""

import asyncio
from typing import Any

from benchmarks.other_process import serve
from benchmarks.reply.site import CHANNELS, COMMAND, LATENCY, PERSON
from sandbox.discord import DiscordSandbox, Message, World


def furnish(world: World) -> None:
    """Puts one server with the bench's channels and one person into an empty world."""
    owner = world.add_person("owner")
    guild = world.add_guild("The bench", owner)
    world.join(world.add_person(PERSON), guild)
    for number in range(CHANNELS):
        world.add_channel(guild, f"channel-{number}")


class Desk:
    """Does in the sandbox's process what the bench asks for; every answer is a JSON value."""

    def __init__(self, discord: DiscordSandbox) -> None:
        self._discord = discord

    async def where(self) -> dict[str, str]:
        """Gives the addresses and the bot's token."""
        discord = self._discord
        return {"api": discord.api_url, "gateway": discord.gateway_url, "token": discord.token}

    async def ready(self) -> None:
        """Waits until a bot is there with its commands."""
        await self._discord.ready()

    async def command(self, channel: int, number: int) -> None:
        """Lets the person use the command."""
        user, place = self._place(channel)
        self._discord.people.command(user, place, COMMAND, {"number": number})

    async def say(self, channel: int, number: int) -> None:
        """Lets the person write a message that asks the same."""
        user, place = self._place(channel)
        self._discord.people.say(user, place, str(number))

    def _place(self, channel: int) -> tuple[Any, Any]:
        world = self._discord.world
        return world.user(PERSON), world.channel(f"channel-{channel}")

    async def written(self, since: float) -> list[list[tuple[float, str]]]:
        """Gives what each of the bot's messages that was written to since then has said, and from when on."""
        world = self._discord.world
        messages = [message for channel in world.channels for message in world.messages(channel)]
        return [
            [(revision.at, revision.content) for revision in message.revisions]
            for message in messages
            if message.author is world.bot and _last(message) >= since
        ]

    async def answers(self) -> dict[str, Any]:
        """Gives how many calls were answered with 429 so far, and everything else that Discord refused."""
        ledger = self._discord.ledger
        refused = [f"{call.method} {call.route} {call.status} {call.code}" for call in ledger.refused]
        return {"limited": len(ledger.limited), "refused": refused + ledger.unknown}


def _last(message: Message) -> float:
    return message.revisions[-1].at if message.revisions else 0.0


async def _main() -> None:
    async with DiscordSandbox(latency=LATENCY, populate=furnish) as discord:
        await serve(Desk(discord))


if __name__ == "__main__":
    asyncio.run(_main())
