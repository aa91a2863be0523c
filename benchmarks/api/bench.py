"""The figures of asking by Poe's official API: Quoth's client compared with llmcord's loop, on the same stand-in."""

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import psutil

from benchmarks.api.clients import LlmcordClient, QuothApiClient
from benchmarks.api.whole_bot import memory_of_a_bot
from benchmarks.percentiles import ms, percentile
from benchmarks.poe.clients import Client
from benchmarks.poe.measurements import Streamed, stream, times_until_sent
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.processes import Memory
from benchmarks.table import Row, table

_FEW, _MANY = 8, 64
_MIXED = 1000
_MEMORY_UPDATES = 60
_PROMPT = re.compile(r"\[mix \d+\]")
_FAILED = {1: "AnswerCut", 4: "AnswerFailed", 7: "AnswerCut"}  # how the answers of a mix end, by their last digit


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one client. Times are seconds."""

    until_sent: list[float]
    few: Streamed
    many: Streamed
    memory: float
    """MB for a further simultaneous ask."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """Asks of which some are cut or fail: how many had exactly their one end, another's text, more than one request."""

    ended: int
    mixed: int
    twice: int


async def run(updates: int, sends: int) -> str:
    """Measure both, one after the other, and return the table."""
    async with PoeProcess() as poe:
        print("Quoth: a whole bot …", file=sys.stderr)
        bot = await memory_of_a_bot(poe)
        async with QuothApiClient(poe, _MANY) as quoth:
            ours = await _measure(quoth, poe, updates, sends)
            print(f"Quoth: {_MIXED} asks, some cut …", file=sys.stderr)
            mixed = await _mix(quoth, poe)
        theirs = await _measure(LlmcordClient(*await poe.open_api()), poe, updates, sends)
    return table(list(_rows(ours, theirs, bot, mixed)), ["llmcord's loop"], list(_notes(ours, theirs, bot)))


async def _measure(client: Client, poe: PoeProcess, updates: int, sends: int) -> Measured:
    print(f"{client.name}: asks until they are sent …", file=sys.stderr)
    until_sent = await times_until_sent(client, poe, sends)
    print(f"{client.name}: {_FEW} and {_MANY} answers at once …", file=sys.stderr)
    few, many = await stream(client, poe, _FEW, 200, updates), await stream(client, poe, _MANY, 200, updates)
    used = [(await stream(client, poe, count, 1000, _MEMORY_UPDATES, _memory)).sample for count in (1, _MANY)]
    return Measured(until_sent, few, many, (used[1] - used[0]) / (_MANY - 1))


async def _mix(client: QuothApiClient, poe: PoeProcess) -> Mixed:
    prompts = [f"[mix {number}]" for number in range(_MIXED)]
    await poe.mix(prompts)
    found = await asyncio.gather(*(client.ends(number, prompt) for number, prompt in enumerate(prompts)))
    ended = sum(ends == [_FAILED.get(number % 10, "done")] for number, (_, ends) in enumerate(found))
    texts = [set(_PROMPT.findall(text)) - {prompt} for prompt, (text, _) in zip(prompts, found, strict=True)]
    return Mixed(ended, sum(map(bool, texts)), sum(count > 1 for count in await poe.times_asked(prompts)))


def _rows(ours: Measured, theirs: Measured, bot: tuple[Memory, Memory], mixed: Mixed) -> Iterator[Row]:
    for count, fast, slow in ((_FEW, ours.few, theirs.few), (_MANY, ours.many, theirs.many)):
        text = f"event on the wire → snapshot, {count} asks at once, 20 updates a second each"
        yield Row(f"{text}: median", "ms", ms(median(fast.ages)), (ms(median(slow.ages)),), 2)
        yield Row(f"{text}: p95", "ms", ms(percentile(fast.ages, 95)), (ms(percentile(slow.ages, 95)),), 10)
    sent, their_sent = ms(median(ours.until_sent)), ms(median(theirs.until_sent))
    yield Row("ask handed over → request sent, warm: median", "ms", sent, (their_sent,), 15)
    yield Row("memory per further simultaneous ask", "MB", ours.memory, (theirs.memory,), 1)
    yield Row("memory of the whole bot without a browser, before the first ask", "MB", bot[0].rss, (None,), 75)
    yield Row("memory of the whole bot without a browser, after 20 asks", "MB", bot[1].rss, (None,), 100)
    text = f"{_MIXED:,} asks, {_MANY} at once, of ten answers two cut and one with an error"
    yield Row(f"{text}: with exactly one final state, the right one", "", mixed.ended, (None,), least=_MIXED)
    yield Row(f"{text}: with another ask's text", "", mixed.mixed, (None,), 0)
    yield Row(f"{text}: sent twice", "", mixed.twice, (None,), 0)


def _notes(ours: Measured, theirs: Measured, bot: tuple[Memory, Memory]) -> Iterator[str]:
    yield f"- As PSS the whole bot has {bot[0].pss:.1f} MB before the first ask, {bot[1].pss:.1f} MB after 20."
    for name, client in (("Quoth", ours), ("llmcord's loop", theirs)):
        yield (
            f"- {name}: asks until they were sent: {len(client.until_sent)}, p95 "
            f"{ms(percentile(client.until_sent, 95)):.1f} ms; CPU of a core with {_MANY} at once: "
            f"{100 * client.many.cpu / client.many.duration:.0f} %, of which the sandbox's own process took another "
            f"{100 * client.many.site_cpu / client.many.duration:.0f} %."
        )


def _memory() -> float:
    return psutil.Process().memory_full_info().uss / 1e6
