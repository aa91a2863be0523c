"""Quoth in 10,000 servers of 30 channels on 4 shards, as a process between the two sandboxes, which are others."""

import asyncio
import tempfile
from pathlib import Path

from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.percentiles import ms
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.poe.scripted_answer import ScriptedAnswer
from benchmarks.quoth_process import QuothProcess
from benchmarks.scale.discord_process import ManyServers
from benchmarks.table import Row, table

SERVERS, CHANNELS, SHARDS = 10_000, 30, 4
_MARKER = "at-scale"
_SECONDS = 20.0  # that an answer streams
_SETTLING = 10.0  # seconds until a bot that has just started has nothing left to do
_MEANWHILE = 5.0  # seconds in which the other shards' answers are looked at
_LIMIT = 90.0
_POLL = 0.05


async def run(servers: int = SERVERS) -> str:
    """Measure and return the table."""
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
                resumed = await _cut_while_others_stream(discord, forget=False)
                anew = await _cut_while_others_stream(discord, forget=True)
                used = quoth.memory()
        refused = await discord.close()
    rows = [
        Row("memory of the bot, after its start", "MB", max(started), (), 300),
        Row("the same after its answers and the cuts", "MB", max(used), (), 300),
        Row("start → ready", "s", quoth.seconds, ()),
        *(
            Row(f"`/ask` on shard {shard}: acknowledged within", "ms", ms(max(times)), (), 100)
            for shard, times in enumerate(zip(resumed.acknowledged, anew.acknowledged, strict=True))
        ),
        Row("a shard was cut: answers on others that did not go on", "", resumed.halted + anew.halted, (), 0),
        Row("answers without their end", "", resumed.endless + anew.endless, (), 0),
        Row("a shard was cut → it has resumed", "s", resumed.seconds, ()),
        Row("its session was gone too → it shows its presence again", "s", anew.seconds, ()),
        Row("requests that Discord refused", "", len(refused), (), 0),
    ]
    notes = [
        f"- {servers:,} servers of {CHANNELS} channels on {SHARDS} shards. As PSS the memory is {min(started):.0f} and "
        f"{min(used):.0f} MB.",
    ]
    return table(rows, [], notes)


class _Cut:
    """What was seen around a cut."""

    def __init__(self) -> None:
        self.acknowledged: list[float] = []
        self.halted = 0
        self.endless = 0
        self.seconds = 0.0


async def _cut_while_others_stream(discord: ManyServers, *, forget: bool) -> _Cut:
    """Ask on each shard, cut the last one, and wait until it is back and all answers have ended."""
    seen, loop, last = _Cut(), asyncio.get_running_loop(), SHARDS - 1
    before = len(await discord.replies())
    for shard in range(SHARDS):
        seen.acknowledged.append(await discord.ask(shard, f"{_MARKER}: how many ravens?"))
    await asyncio.sleep(_MEANWHILE)
    changes = (await discord.replies())[before:]
    cut = loop.time()
    resumed = (await discord.shard(last))["resumed"]
    await discord.cut(last, forget=forget)
    async with asyncio.timeout(_LIMIT):
        while not await _is_back(discord, last, None if forget else resumed):  # noqa: ASYNC110  # it is in a process
            await asyncio.sleep(_POLL)
    seen.seconds = loop.time() - cut
    await asyncio.sleep(max(0.0, cut + _MEANWHILE - loop.time()))
    later = (await discord.replies())[before:]
    seen.halted = sum(new[1] <= old[1] for old, new in zip(changes, later, strict=True))
    async with asyncio.timeout(_LIMIT):
        while not await _have_ended(discord, before):  # noqa: ASYNC110  # as above
            await asyncio.sleep(_POLL)
    return seen


async def _is_back(discord: ManyServers, shard: int, resumed: int | None) -> bool:
    state = await discord.shard(shard)
    return state["connected"] and (state["presence"] if resumed is None else state["resumed"] > resumed)


async def _have_ended(discord: ManyServers, before: int) -> bool:
    return all(line.endswith("done") for _, _, line in (await discord.replies())[before:])
