"""Quoth in 10,000 servers of 30 channels on 4 shards, as a process between the two sandboxes, which are others."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path

from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.percentiles import ms
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.poe.scripted_answer import ScriptedAnswer
from benchmarks.processes import Memory
from benchmarks.quoth_process import QuothProcess
from benchmarks.scale.discord_process import ManyServers
from benchmarks.table import Row, table

SERVERS, CHANNELS, SHARDS, CUTS = 10_000, 30, 4, 6
_MARKER = "at-scale"
_SECONDS = 20.0  # that an answer streams
_SETTLING = 10.0  # seconds until a bot that has just started has nothing left to do
_BEFORE = 7.0  # seconds from the questions to the cut
_STEADY = 4.0  # seconds before the cut in which the answers are edited as usual
_LEAST = 3.0  # seconds for which they are looked at after it, however soon the shard is back
_LIMIT = 90.0
_POLL = 0.05


async def run(servers: int = SERVERS, cuts: int = CUTS) -> str:
    """Measure and return the table.

    Args:
        servers: how many there are.
        cuts: how often a shard is cut, at least twice.
    """
    async with PoeProcess() as poe, ManyServers() as discord:
        await poe.script(ScriptedAnswer(_MARKER, 0, int(_SECONDS / UPDATE_INTERVAL), hold=False))
        url, key = await poe.open_api()
        addresses = await discord.open(servers, CHANNELS, SHARDS)
        environment = {
            "DISCORD_TOKEN": addresses["token"],
            "DISCORD_API_URL": addresses["api"],
            "DISCORD_GATEWAY_URL": addresses["gateway"],
            "POE_BACKEND": "api",
            "POE_API_URL": url,
            "POE_API_KEY": key,
            "API_PER_MINUTE": "0",
            "API_CONCURRENCY": "8",
            "SHARDS": str(SHARDS),
        }
        with tempfile.TemporaryDirectory() as folder:
            async with QuothProcess(environment, Path(folder)) as quoth:
                await asyncio.sleep(_SETTLING)
                started = quoth.memory()
                outages: list[_Outage] = []
                for number in range(cuts):
                    outages.append(await _cut_while_others_stream(discord, forget=bool(number % 2)))
                    outages[-1].memory = quoth.memory()
        refused = await discord.close()
    used = outages[-1].memory
    rows = [
        Row("memory of the bot, after its start", "MB", started.rss, (), 300),
        Row(f"the same after its answers and {cuts} cuts", "MB", used.rss, (), 300),
        Row("start → ready", "s", quoth.seconds, ()),
        *(
            Row(f"`/ask` on shard {shard}: acknowledged within", "ms", ms(max(times)), (), 100)
            for shard, times in enumerate(zip(*(outage.acknowledged for outage in outages), strict=True))
        ),
        Row("a shard was cut: answers on others that did not go on", "", sum(each.halted for each in outages), (), 0),
        Row(
            "longest pause between two edits of those, before it was cut", "s", max(o.pause_before for o in outages), ()
        ),
        Row("the same while it was gone", "s", max(outage.pause for outage in outages), ()),
        Row("answers without their end", "", sum(outage.endless for outage in outages), (), 0),
        Row("a shard was cut → it has resumed", "s", max(outage.seconds for outage in outages[::2]), ()),
        Row("its session was gone too → it shows its presence again", "s", max(o.seconds for o in outages[1::2]), ()),
        Row("requests that Discord refused", "", len(refused), (), 0),
    ]
    notes = [
        f"- {servers:,} servers of {CHANNELS} channels on {SHARDS} shards. As PSS the memory is {started.pss:.0f} and "
        f"{used.pss:.0f} MB.",
        "- Of every two cuts the second took the session too. The memory after each, with four answers streamed: "
        f"{', '.join(f'{outage.memory.rss:.0f}' for outage in outages)} MB.",
    ]
    return table(rows, [], notes)


@dataclass(slots=True)
class _Outage:
    """What was seen around a cut; times are seconds."""

    acknowledged: list[float]
    seconds: float = 0.0
    halted: int = 0
    endless: int = 0
    pause_before: float = 0.0
    pause: float = 0.0
    memory: Memory = Memory(0.0, 0.0)


def longest_pause(changes: Sequence[float], begin: float, end: float) -> float:
    """Return the longest time between two changes that ended after ``begin`` and began before ``end``."""
    return max(
        (later - earlier for earlier, later in pairwise(changes) if later > begin and earlier < end), default=inf
    )


async def _cut_while_others_stream(discord: ManyServers, *, forget: bool) -> _Outage:
    """Ask on each shard, cut the last one, and wait until it is back and all answers have ended."""
    last, before = SHARDS - 1, len(await discord.replies())
    outage = _Outage([await discord.ask(shard, f"{_MARKER}: how many ravens?") for shard in range(SHARDS)])
    await asyncio.sleep(_BEFORE)
    resumed = (await discord.shard(last))["resumed"]
    cut = time.monotonic()
    await discord.cut(last, forget=forget)
    async with asyncio.timeout(_LIMIT):
        while not await _is_back(discord, last, None if forget else resumed):  # noqa: ASYNC110  # it is in a process
            await asyncio.sleep(_POLL)
    back = time.monotonic()
    outage.seconds = back - cut
    until = time.monotonic() + _LIMIT
    while (endless := await _endless(discord, before)) and time.monotonic() < until:  # noqa: ASYNC110  # as above
        await asyncio.sleep(_POLL)
    outage.endless = endless
    seen = max(back, cut + _LEAST)
    others = [changes for shard, changes, _ in (await discord.replies())[before:] if shard != last]
    outage.halted = sum(not any(cut < at < seen for at in changes) for changes in others)
    outage.pause_before = max(longest_pause(changes, cut - _STEADY, cut) for changes in others)
    outage.pause = max(longest_pause(changes, cut, seen) for changes in others)
    return outage


async def _is_back(discord: ManyServers, shard: int, resumed: int | None) -> bool:
    state = await discord.shard(shard)
    return state["connected"] and (state["presence"] if resumed is None else state["resumed"] > resumed)


async def _endless(discord: ManyServers, before: int) -> int:
    return sum(not line.endswith("done") for _, _, line in (await discord.replies())[before:])
