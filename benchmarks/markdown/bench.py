"""The figures of Markdown: the CPU of a layout while an answer grows, and how much of it Discord shows as meant."""

import gc
import random
import time
from collections.abc import Sequence
from statistics import mean

from benchmarks.percentiles import ms, percentile
from benchmarks.table import Row, table
from bot.markdown.convert import Converter, convert
from bot.markdown.pages import Planner
from tests.support.markdown_documents import REALISTIC
from tests.support.npm import examples
from tests.support.visible import Seen, elsewhere, in_sandbox, meant, same, same_text

_UPDATE = 25  # characters that an answer grows by between two layouts
_CHARACTERS = 12_000
_LONG = 100_000
_STATUS = 80  # characters of the lines below an answer
_WORDS = "Some **bold** words, `code` and a [link](https://x.y/z) in it. "
_LARGE = {
    "table": "| Name | Qty | Why |\n|---|--:|---|\n" + "| item | 12 | some **words** |\n" * 400,
    "list": f"- {_WORDS}\n" * 200,
    "quote": f"> {_WORDS}\n" * 200,
    "paragraph": _WORDS * 200,
}
_NONE = (None, None)
_HOSTILE = ("[", "![", "**a ", "- a\n", "> > a\n", "|a", "<a b=", "[a][b] ", "`a ``b ", "\\[a\n")


async def run() -> str:
    """Measure and return the table."""
    grown, long = _layouts(_mixed(_CHARACTERS)), _layouts(_mixed(_LONG))
    rows = [
        Row("CPU for a layout, mixed answer to 12,000 characters: mean", "ms", ms(mean(grown)), _NONE, 1),
        Row("CPU for a layout, mixed answer to 12,000 characters: p95", "ms", ms(percentile(grown, 95)), _NONE, 3),
        Row("CPU for a layout, mixed answer to 12,000 characters: worst", "ms", ms(max(grown)), _NONE, 10),
        Row("CPU for a layout, mixed answer to 100,000 characters: mean", "ms", ms(mean(long)), _NONE, 1),
        Row("CPU for a layout, mixed answer to 100,000 characters: p95", "ms", ms(percentile(long, 95)), _NONE, 3),
        Row("CPU for a layout, mixed answer to 100,000 characters: worst", "ms", ms(max(long)), _NONE, 10),
    ]
    for kind, text in _LARGE.items():
        times = _layouts(text[:_CHARACTERS])
        rows.append(
            Row(f"CPU for a layout, one {kind} of 12,000 characters: p95", "ms", ms(percentile(times, 95)), _NONE, 8)
        )
    rows.append(Row("hostile texts: time for 10,000 characters to 1,000, worst", "times", _growth(), _NONE, 30))
    for source, answers in examples().items():
        messages = [convert(answer) for answer in answers]
        text, style = _fidelity(answers, [in_sandbox(message) for message in messages])
        others, raw = _fidelity(answers, elsewhere(messages)), _fidelity(answers, [in_sandbox(one) for one in answers])
        rows.append(Row(f"{source}'s examples whose text is shown as meant", "%", text, (others[0], raw[0]), least=99))
        rows.append(Row(f"{source}'s examples also with their styles", "%", style, (others[1], raw[1]), least=97))
    return table(rows, ("by another reading of Discord", "raw text"), ())


def _mixed(characters: int) -> str:
    order = random.Random(1)  # noqa: S311 - no secret
    parts: list[str] = []
    while sum(map(len, parts)) < characters:
        parts += order.sample(REALISTIC, len(REALISTIC))
    return "\n\n".join(parts)[:characters]


def _layouts(answer: str) -> Sequence[float]:
    """Return the seconds of CPU that each layout of a growing answer takes."""
    converter, planner = Converter(), Planner()
    times: list[float] = []
    gc.collect()
    for end in range(_UPDATE, len(answer) + 1, _UPDATE):
        started = time.thread_time()
        planner.plan(converter.convert(answer[:end], growing=True), last=_STATUS)
        times.append(time.thread_time() - started)
    return times


def _growth() -> float:
    """Return how much longer the worst hostile text takes at ten times the length."""

    def seconds(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            started = time.thread_time()
            convert(text)
            best = min(best, time.thread_time() - started)
        return best

    return max(seconds((piece * 10_000)[:10_000]) / seconds((piece * 1000)[:1000]) for piece in _HOSTILE)


def _fidelity(answers: Sequence[str], messages: Sequence[Seen]) -> tuple[float, float]:
    """Return how many of a hundred messages show the meant text, and how many also the meant styles."""
    pairs = [(meant(answer), seen) for answer, seen in zip(answers, messages, strict=True)]
    pairs = [(both, seen) for both, seen in pairs if both[0]]  # what means to show nothing can't be a message
    text = sum(any(same_text(one, seen) for one in both) for both, seen in pairs)
    style = sum(any(same(one, seen) for one in both) for both, seen in pairs)
    return 100 * text / len(pairs), 100 * style / len(pairs)
