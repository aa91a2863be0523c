"""A Discord with many servers in a process of its own: `ManyServers` in the bench's process, `_Server` in the other."""

import asyncio
import time
from typing import Any

from benchmarks.child_process import ChildProcess, serve
from benchmarks.reply.discord_process import LATENCY
from bot.markdown.own_lines import separate
from sandbox.discord.gateway.sessions import Session
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Channel, Interaction
from sandbox.discord.world.store import World

_PERSON = "alice"
_IDENTIFY_GAP = 4.9  # seconds; Discord's 5, less what a timer may be early
_LEFT = 4000  # a close code that ends no session


class ManyServers(ChildProcess):
    """The sandbox's Discord as the bench uses it. Used as `async with`."""

    module = "benchmarks.scale.discord_process"

    async def open(self, servers: int, channels: int, shards: int) -> dict[str, str]:
        """Make so many servers with so many channels each, as many of them on each shard.

        Returns the addresses `api` and `gateway`, and the bot's `token`.
        """
        return await self.call("open", servers, channels, shards)

    async def ask(self, shard: int, prompt: str) -> float:
        """Ask in a server on a shard, and return the seconds until the bot acknowledged that.

        Raises:
            RuntimeError: it did not within 3 s.
        """
        if (seconds := await self.call("ask", shard, prompt)) is None:
            raise RuntimeError(f"the ask on shard {shard} was not acknowledged")
        return seconds

    async def cut(self, shard: int, *, forget: bool) -> None:
        """Break a shard's connection; unless the session is to be forgotten, it can be resumed."""
        await self.call("cut", shard, forget)

    async def shard(self, number: int) -> dict[str, Any]:
        """Return whether a shard is `connected`, how often it `resumed`, and whether it shows a `presence`."""
        return await self.call("shard", number)

    async def replies(self) -> list[tuple[int, list[float], str]]:
        """Return for each ask its shard, when its reply changed, and the last line of what it says."""
        return [(shard, changes, line) for shard, changes, line in await self.call("replies")]

    async def with_text(self) -> int:
        """Return how many asks' replies show a part of their answer."""
        return await self.call("with_text")

    async def close(self) -> list[str]:
        """Close it, and return what Discord refused."""
        return await self.call("close")


class _Server:
    """Does what `ManyServers` asks for; every result is a JSON value."""

    def __init__(self) -> None:
        self._discord: DiscordSandbox
        self._places: list[Channel] = []
        self._asked: list[tuple[int, Interaction]] = []
        self._shards = 0

    async def open(self, servers: int, channels: int, shards: int) -> dict[str, str]:
        self._shards = shards
        made: list[int] = []
        begun = time.time()

        def clock() -> float:
            """Tell servers apart by a millisecond, which decides on which shard they are."""
            return begun + len(made) / 1000 if len(made) < servers else time.time()

        def populate(world: World) -> None:
            person = world.add_person(_PERSON)
            for number in range(servers):
                guild = world.add_guild(f"Server {number}", person)
                for each in range(channels):
                    world.add_channel(guild, f"channel-{number}-{each}")
                made.append(guild.id)

        self._discord = DiscordSandbox(latency=LATENCY, populate=populate, clock=clock)
        discord = await self._discord.__aenter__()
        discord.gateway.identify_gap = _IDENTIFY_GAP
        by_shard = {(guild.id >> 22) % shards: guild for guild in discord.world.guilds}
        self._places = [next(iter(by_shard[shard].channels.values())) for shard in range(shards)]
        return {"api": discord.api_url, "gateway": discord.gateway_url, "token": discord.token}

    async def ask(self, shard: int, prompt: str) -> float | None:
        asked = time.monotonic()
        interaction = await self._discord.command(_PERSON, self._places[shard], "ask", prompt=prompt)
        self._asked.append((shard, interaction))
        return None if interaction.answered_at is None else interaction.answered_at - asked

    async def cut(self, shard: int, forget: bool) -> None:
        session = self._session(shard)
        if session is None or session.socket is None:
            raise RuntimeError(f"shard {shard} is not connected")
        if forget:
            del self._discord.gateway.sessions[session.id]
        socket, session.socket = session.socket, None
        await socket.close(code=_LEFT)

    async def shard(self, number: int) -> dict[str, Any]:
        session = self._session(number)
        return {
            "connected": session is not None and session.socket is not None,
            "resumed": session.resumed if session else 0,
            "presence": session is not None and session.presence is not None,
        }

    def _session(self, shard: int) -> Session | None:
        sessions = self._discord.gateway.sessions.values()
        return next((each for each in sessions if each.shard == (shard, self._shards)), None)

    async def replies(self) -> list[tuple[int, list[float], str]]:
        return [
            (
                shard,
                sorted(revision.at for message in interaction.replies for revision in message.revisions),
                interaction.replies[-1].content.rpartition("\n")[2] if interaction.replies else "",
            )
            for shard, interaction in self._asked
        ]

    async def with_text(self) -> int:
        shown = ["".join(reply.content for reply in interaction.replies) for _, interaction in self._asked]
        return sum(bool(separate(text).text) for text in shown)

    async def close(self) -> list[str]:
        ledger = self._discord.ledger
        refused = [f"{call.method} {call.route} {call.status} {call.code}" for call in ledger.refused]
        await self._discord.__aexit__(None, None, None)
        return refused + ledger.unknown


if __name__ == "__main__":
    asyncio.run(serve(_Server()))
