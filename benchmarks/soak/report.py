"""The checks at the end of the soak: each ask's outcome compared with what the site knows of it. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.soak.asks import LIMITED, MARKER, Outcome, ends_shown
from benchmarks.soak.faults import FaultInjector
from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.poe.answers.answer_text import digest_of
from sandbox.poe.records import Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.wire.noise import OTHER_TEXT

_TIME = re.compile(r"<t:\d+:R>")
_FAILING_MOODS = {
    "empty",
    "error",
    "too-long",
    "stall",
    "no-access",
    "too-many-tokens",
    "server-error",
    "freeze",
    "cancelled",
}


@dataclass(slots=True)
class Report:
    """What was counted, and what is wrong."""

    ends: Counter[str] = field(default_factory=Counter[str])
    """How the asks ended."""
    notes: Counter[str] = field(default_factory=Counter[str])
    """The sentences that explain an end."""
    unexplained: Counter[str] = field(default_factory=Counter[str])
    """Those of asks that no fault affected and whose mood doesn't fail: worth a look, but still a proper end."""
    broken: list[str] = field(default_factory=list[str])
    """Sentences about what must not happen."""


def report_on(outcomes: Iterable[Outcome], poe: PoeSandbox, faults: FaultInjector, limit: int) -> Report:
    """Check every ask; ``limit`` is how many questions the person with a limit has."""
    report = Report()
    prompts: dict[str, list[Sent]] = {}
    for sent in poe.ledger:
        if markers := MARKER.findall(sent.text):
            prompts.setdefault(markers[-1], []).append(sent)  # those before it are of the history
    limited: list[float] = []
    for outcome in outcomes:
        ask = outcome.ask
        accepted = [sent for sent in prompts.get(ask.marker, []) if sent.accepted]
        affected = faults.affected(outcome.began, outcome.ended)
        for sentence in _broken(outcome, accepted, poe, affected=affected):
            report.broken.append(f"ask {ask.number} ({ask.mood or 'plain'}, {ask.way}): {sentence}")
        report.ends[outcome.end or "lost"] += 1
        if note := _TIME.sub("…", outcome.note):
            report.notes[note] += 1
            if ask.mood not in _FAILING_MOODS and not affected and not outcome.left and ask.who != LIMITED:
                report.unexplained[f"{note} ({ask.mood or 'plain'})"] += 1
        if ask.who == LIMITED:
            limited += [sent.at for sent in accepted]
    report.broken += beyond_limit(limited, faults.jumps, limit)
    return report


def _broken(outcome: Outcome, accepted: Sequence[Sent], poe: PoeSandbox, *, affected: bool) -> Iterator[str]:
    ask, end = outcome.ask, outcome.end
    if outcome.unexpected:
        yield outcome.unexpected
    if not end and not affected and not outcome.left:
        yield "nobody saw an end"
    if ends_shown(outcome.pages) > 1:
        yield "its end is shown more than once"
    if end and any(page.loading for page in outcome.pages):
        yield "a message still says that Quoth is thinking"
    if len(accepted) > 1:
        yield f"its prompt was sent {len(accepted)} times"
    if end == "refused" and accepted:
        yield "it was refused, but its prompt was sent"
    if any(ask.prompt not in sent.text for sent in accepted):
        yield "its prompt arrived changed"
    if end == "done":
        yield from _wrong_answer(outcome, accepted[0], poe) if accepted else ["its prompt never reached the site"]


def _wrong_answer(outcome: Outcome, sent: Sent, poe: PoeSandbox) -> Iterator[str]:
    """Compare a complete answer with the site's; one on several pages, or with a file, only as far as is certain."""
    text = "\n".join(separate(page.content).text for page in outcome.pages)
    if OTHER_TEXT[:12] in text or any(
        digest_of(other.handle, other.text) in text for other in poe.ledger if other is not sent
    ):
        yield "its answer contains another chat's"
    letters, expected = _letters(text), _letters(separate(convert(poe.answer(sent))).text)
    if len(outcome.pages) == 1 and not outcome.pages[0].attachments and letters != expected:
        yield _difference(letters, expected)


def beyond_limit(sent: Sequence[float], jumps: Sequence[float], limit: int) -> Iterator[str]:
    """Compare the times of prompts with a limit in 24 hours, which a jump of the wall clock may begin anew.

    One more may have been on its way when the clock jumped.
    """
    for begin, end in pairwise((0.0, *jumps, float("inf"))):
        if (count := sum(begin <= at < end for at in sent)) > limit + bool(begin):
            yield f"{count} prompts were sent for somebody who has {limit}"


def _difference(letters: str, expected: str) -> str:
    """Return where an answer differs from the site's. Neither contains what a person wrote."""
    at = next((at for at, (one, other) in enumerate(zip(letters, expected, strict=False)) if one != other), 0)
    around = slice(max(0, at - 20), at + 40)
    return (
        f"its answer has {len(letters)} letters and is not the site's {len(expected)}: "
        f"{letters[around]!r} instead of {expected[around]!r} at letter {at}"
    )


def _letters(text: str) -> str:
    """Return the letters and digits, which are the same in raw Markdown and in the page's text."""
    return "".join(filter(str.isalnum, text))
