"""The figures of pictures in answers: what people wait for, and what Quoth has to bear meanwhile."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import discord
import psutil

from benchmarks.event_loop import LoopLag
from benchmarks.media.file_process import FileProcess, address
from benchmarks.percentiles import ms, percentile
from benchmarks.reply.client import BenchClient, Question, connected
from benchmarks.reply.discord_process import LATENCY, DiscordProcess
from benchmarks.reply.streamed_answer import StreamedAnswer
from benchmarks.table import Row, table
from bot.conversation import Snapshot, State
from bot.downloads import Downloads
from bot.reply.editor import Reply
from bot.reply.media import Media
from bot.reply.pacing import RateLimiters
from bot.reply.surfaces import ChannelSurface, InteractionSurface

_UPDATES = 10  # of an answer: half a second of text before its end
_SMALL, _LARGE = 1_000_000, 5_000_000  # bytes of a picture
_SLOW = 2.0  # seconds until the last byte of a picture arrives, where the text must not wait
_MANY, _EACH = 32, 4
_SAMPLE = 0.05  # seconds between two looks at the memory
_LIMIT = 180.0
_GAP = 1.5  # seconds between two answers, so that the pace of edits holds nothing up


class PictureReply:
    """Quoth's reply to an answer that ends with links to pictures.

    Attributes:
        pictures: the addresses, by the answer's number.
        ended: when the answer was complete.
    """

    name = "Quoth"
    answers_commands = True

    def __init__(self, host: str) -> None:
        self.pictures: dict[int, Sequence[str]] = {}
        self.ended: dict[int, float] = {}
        self._limiters = RateLimiters()
        self.downloads = Downloads([host])
        self._gather = partial(Media(self.downloads).gather, spoilers=False)

    async def show(self, question: Question, answer: StreamedAnswer) -> None:
        """See `Writer`."""
        async with self._reply(question, answer.number) as reply:
            text = ""
            async for text in answer.read():
                reply.show(Snapshot(text, State.STREAMING), "Sandbox")
            links = (f"![a raven]({url})" for url in self.pictures.get(answer.number, ()))
            reply.show(Snapshot("\n\n".join((text, *links)), State.STREAMING), "Sandbox")
            self.ended[answer.number] = time.monotonic()
            reply.finish(State.DONE)

    def _reply(self, question: Question, number: int) -> Reply:
        surface = (
            InteractionSurface(question, self._limiters)
            if isinstance(question, discord.Interaction)
            else ChannelSurface(question, self._limiters)
        )
        return Reply(surface, number, gather=self._gather)


@dataclass(slots=True)
class _Load:
    """What many pictures at once cost: the loop's lag, and memory (USS, MB) beyond what was used before."""

    lag: list[float] = field(default_factory=list[float])
    memory: float = 0.0
    seconds: float = 0.0


async def run(answers: int) -> str:
    """Measure and return the table.

    Args:
        answers: how many answers with a picture, and as many without one, are measured.
    """
    async with FileProcess() as files, DiscordProcess() as process, connected(process) as client:
        host = await files.host()
        writer = client.writer = PictureReply(host)
        print("Quoth: answers without and with a picture …", file=sys.stderr)
        without, slow, arrivals = list[float](), list[float](), list[float]()
        for number in range(answers):
            without.append((await _shown(client, process, writer, 2 * number))[0])
            writer.pictures[2 * number + 1] = [address(host, f"raven{number}", _SMALL, _SLOW)]
            text, picture = await _shown(client, process, writer, 2 * number + 1)
            slow.append(text)
            arrivals.append(picture - await files.sent_at(f"raven{number}") - LATENCY / 2)
        print(f"Quoth: {_MANY} answers with {_EACH} pictures …", file=sys.stderr)
        load = await _load(client, process, writer, host, 2 * answers)
        limited = await process.rate_limited()
        await writer.downloads.close()
    return table(list(_rows(without, slow, arrivals, load, limited)), [], list(_notes(without, slow, arrivals, load)))


async def _shown(
    client: BenchClient, process: DiscordProcess, writer: PictureReply, number: int
) -> tuple[float, float]:
    """Show one answer; return the seconds from its end to its last text, and when its last edit was visible."""
    before = time.monotonic()
    answer = client.answers[number] = StreamedAnswer(number, before + 0.2, _UPDATES)
    await process.ask(number % _MANY, number, by_command=True)
    await asyncio.wait_for(answer.shown, _LIMIT)
    (revisions,) = await process.revisions(before)
    done = next(at for at, content in revisions if content.endswith("done"))
    await asyncio.sleep(_GAP)
    return done - writer.ended[number] - LATENCY / 2, revisions[-1][0]


async def _load(client: BenchClient, process: DiscordProcess, writer: PictureReply, host: str, first: int) -> _Load:
    load, own = _Load(), psutil.Process()

    async def watch() -> None:
        before = own.memory_full_info().uss
        while True:
            load.memory = max(load.memory, (own.memory_full_info().uss - before) / 1e6)
            await asyncio.sleep(_SAMPLE)

    numbers = range(first, first + _MANY)
    for number in numbers:
        writer.pictures[number] = [address(host, f"{number}.{each}", _LARGE) for each in range(_EACH)]
    watching = asyncio.create_task(watch())
    async with LoopLag() as lag:
        started = time.monotonic()
        for number in numbers:
            client.answers[number] = StreamedAnswer(number, started + 1.0, _UPDATES)
            await process.ask(number - first, number, by_command=True)
        await asyncio.wait_for(asyncio.gather(*(client.answers[number].shown for number in numbers)), _LIMIT)
        load.seconds = time.monotonic() - started
    watching.cancel()
    load.lag = lag.seconds
    return load


def _rows(without: list[float], slow: list[float], arrivals: list[float], load: _Load, limited: int) -> Iterator[Row]:
    text = f"answers whose last text waited for a picture that takes {_SLOW:.0f} s"
    yield Row(text, "", sum(each > max(without) + _SLOW / 2 for each in slow), (), 0)
    yield Row(
        "answer complete → last text visible, without a picture, without latency: median", "ms", ms(median(without)), ()
    )
    yield Row("the same with a picture: median", "ms", ms(median(slow)), ())
    yield Row(
        "a picture's last byte → visible in Discord, 1 MB, without latency: median", "ms", ms(median(arrivals)), (), 300
    )
    text = f"{_MANY} answers at once with {_EACH} pictures of {_LARGE // 1_000_000} MB each"
    yield Row(f"{text}: event loop lag p99", "ms", ms(percentile(load.lag, 99)), (), 10)
    yield Row(f"{text}: further memory at most", "MB", load.memory, (), 100)
    yield Row("requests answered with 429", "", limited, (), 0)


def _notes(without: list[float], slow: list[float], arrivals: list[float], load: _Load) -> Iterator[str]:
    yield (
        f"- {len(without)} answers of each kind. Worst: {ms(max(without)):.0f} ms without a picture, "
        f"{ms(max(slow)):.0f} ms with one; a picture's last byte to visible: {ms(max(arrivals)):.0f} ms."
    )
    yield (
        f"- {_MANY} times {_EACH} pictures were fetched and uploaded in {load.seconds:.0f} s; worst lag "
        f"{ms(max(load.lag)):.0f} ms. The two stand-ins are processes of their own on the same cores."
    )
