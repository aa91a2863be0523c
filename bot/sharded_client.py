"""QuothBot on several gateway connections, each for a part of the servers (next.md section D)."""

import zlib
from typing import Any

import yarl
from discord.ext import commands

from bot.client import QuothBot

_LEFT = 4000  # a close code that ends no session
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, zlib.error)
"""What discord.py raises for a frame that it can't read."""


class ShardedQuothBot(QuothBot, commands.AutoShardedBot):
    """The bot on several shards. They are started one after the other, five seconds apart.

    Args:
        arguments: those of ``QuothBot``; likewise ``options``.
        shards: how many; None for as many as Discord recommends.
    """

    def __init__(self, *arguments: Any, shards: int | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if shards is not None:
            self.shard_count = shards

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard. It connects again after a frame that can't be read, which else would end all shards."""
        await super().launch_shard(gateway, shard_id, initial=initial)
        shard: Any = self.shards[shard_id]._parent  # pyright: ignore[reportPrivateUsage]  # there is no option for it
        connect_again = shard._handle_disconnect

        async def close_and_connect_again(error: Exception) -> None:
            if isinstance(error, _UNREADABLE):
                await shard.ws.close(code=_LEFT)
            await connect_again(error)

        shard._handle_disconnect = close_and_connect_again
        shard._handled_exceptions = (*shard._handled_exceptions, *_UNREADABLE)

    async def on_shard_ready(self, _: int) -> None:
        """Show how Poe is doing on a shard that identified anew: ``on_ready`` waits until all shards did."""
        await self.poe_notices.show()
