"""What must hold at the end of the soak, and the summary. Pure over the outcomes and the site's own ledger."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.soak.asks import Outcome
from benchmarks.soak.mischief import Mischief
from bot.conversation import State
from sandbox.poe.records import Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.wire.noise import OTHER_TEXT

_MARKER = re.compile(r"mk\d{5}x[0-9a-f]{6}")
_FAILING = {
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
class Verdict:
    """What was counted, and what is broken."""

    counted: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    unprovoked: Counter[str] = field(default_factory=Counter[str])
    """Errors of asks that nobody disturbed and whose mood is none that fails: worth a look, but an end all the same."""
    broken: list[str] = field(default_factory=list[str])


def judge(outcomes: Iterable[Outcome], poe: PoeSandbox, mischief: Mischief) -> Verdict:
    """Holds every ask against what the site knows of it."""
    verdict = Verdict()
    sends: dict[str, list[Sent]] = {}
    for sent in poe.ledger:
        for marker in _MARKER.findall(sent.text):
            sends.setdefault(marker, []).append(sent)
    for outcome in outcomes:
        accepted = [sent for sent in sends.get(outcome.plan.marker, []) if sent.accepted]
        for sentence in _wrong(outcome, accepted, poe):
            verdict.broken.append(f"ask {outcome.plan.number} ({outcome.plan.mood or 'plain'}): {sentence}")
        verdict.counted[_end_of(outcome)] += 1
        if outcome.error:
            verdict.errors[outcome.error] += 1
            if outcome.plan.mood not in _FAILING and not mischief.touched(outcome.began, outcome.ended):
                verdict.unprovoked[f"{outcome.error} ({outcome.plan.mood or 'plain'})"] += 1
    return verdict


def _wrong(outcome: Outcome, accepted: list[Sent], poe: PoeSandbox) -> Iterator[str]:
    if outcome.fault:
        yield outcome.fault
    if len(accepted) > 1:
        yield f"its prompt was sent {len(accepted)} times"
    if any(sent.text.strip() != outcome.plan.prompt for sent in accepted):
        yield "its prompt arrived changed"
    if set(_MARKER.findall(outcome.text)) - {outcome.plan.marker} or OTHER_TEXT[:12] in outcome.text:
        yield "another chat's answer is in its own"
    if outcome.left or outcome.state not in (State.DONE, State.STOPPED) or outcome.error:
        return
    if not accepted:
        yield "it has an answer, but its prompt never reached the site"
    elif _letters(outcome.text) != _letters(poe.answer(accepted[0])):
        yield _difference(outcome.text, poe.answer(accepted[0]))


def _difference(text: str, whole: str) -> str:
    """Where an answer is not the site's: there are no words of people in either."""
    letters, wanted = _letters(text), _letters(whole)
    at = next((at for at, (one, other) in enumerate(zip(letters, wanted, strict=False)) if one != other), len(letters))
    around = slice(max(0, at - 20), at + 40)
    return (
        f"its answer has {len(text)} characters and is not the site's {len(whole)}: "
        f"{letters[around]!r} instead of {wanted[around]!r} at letter {at} of {len(wanted)}"
    )


def _end_of(outcome: Outcome) -> str:
    if outcome.fault:
        return "without an end"
    return "left" if outcome.left else "failed" if outcome.error else outcome.state.value


def _letters(text: str) -> str:
    """What is the same in raw Markdown and in what is read from the page: letters and digits."""
    return "".join(filter(str.isalnum, text))
