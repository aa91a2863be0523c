"""The checks at the end of the soak: each ask's outcome compared with what the site knows of it. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.soak.asks import Outcome
from benchmarks.soak.faults import FaultInjector
from bot.conversation import State
from sandbox.poe.records import Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.wire.noise import OTHER_TEXT

_MARKER = re.compile(r"mk\d{5}x[0-9a-f]{6}")
_FAILING_MOODS = {
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
    errors: Counter[str] = field(default_factory=Counter[str])
    """The errors of all asks, by class."""
    unexplained: Counter[str] = field(default_factory=Counter[str])
    """The errors of asks that no fault affected and whose mood doesn't fail: worth a look, but still a proper end."""
    broken: list[str] = field(default_factory=list[str])
    """Sentences about what must not happen."""


def report_on(outcomes: Iterable[Outcome], poe: PoeSandbox, faults: FaultInjector) -> Report:
    """Check every ask."""
    report = Report()
    prompts: dict[str, list[Sent]] = {}
    for sent in poe.ledger:
        for marker in _MARKER.findall(sent.text):
            prompts.setdefault(marker, []).append(sent)
    for outcome in outcomes:
        ask = outcome.ask
        accepted = [sent for sent in prompts.get(ask.marker, []) if sent.accepted]
        for sentence in _broken(outcome, accepted, poe):
            report.broken.append(f"ask {ask.number} ({ask.mood or 'plain'}): {sentence}")
        report.ends[_end(outcome)] += 1
        if outcome.error:
            report.errors[outcome.error] += 1
            if ask.mood not in _FAILING_MOODS and not faults.affected(outcome.began, outcome.ended):
                report.unexplained[f"{outcome.error} ({ask.mood or 'plain'})"] += 1
    return report


def _broken(outcome: Outcome, accepted: list[Sent], poe: PoeSandbox) -> Iterator[str]:
    ask = outcome.ask
    if outcome.unexpected:
        yield outcome.unexpected
    if len(accepted) > 1:
        yield f"its prompt was sent {len(accepted)} times"
    if any(sent.text.strip() != ask.prompt for sent in accepted):
        yield "its prompt arrived changed"
    if set(_MARKER.findall(outcome.text)) - {ask.marker} or OTHER_TEXT[:12] in outcome.text:
        yield "its answer contains another chat's"
    if outcome.left or outcome.state not in (State.DONE, State.STOPPED) or outcome.error:
        return
    if not accepted:
        yield "it has an answer, but its prompt never reached the site"
    elif _letters(outcome.text) != _letters(poe.answer(accepted[0])):
        yield _difference(outcome.text, poe.answer(accepted[0]))


def _difference(text: str, expected: str) -> str:
    """Return where an answer differs from the site's. Neither contains what a person wrote."""
    letters, wanted = _letters(text), _letters(expected)
    at = next((at for at, (one, other) in enumerate(zip(letters, wanted, strict=False)) if one != other), len(letters))
    around = slice(max(0, at - 20), at + 40)
    return (
        f"its answer has {len(text)} characters and is not the site's {len(expected)}: "
        f"{letters[around]!r} instead of {wanted[around]!r} at letter {at} of {len(wanted)}"
    )


def _end(outcome: Outcome) -> str:
    if outcome.unexpected:
        return "unexpected"
    return "left" if outcome.left else "failed" if outcome.error else outcome.state.value


def _letters(text: str) -> str:
    """Return the letters and digits, which are the same in raw Markdown and in the page's text."""
    return "".join(filter(str.isalnum, text))
