"""One ask of the soak: what is asked and how, drawn from the seed and the ask's number alone, and what came of it."""

import asyncio
import random
import time
from dataclasses import dataclass

from bot.conversation import Asker, State
from bot.errors import QuothError
from bot.poe.client import PoeClient

_LIMIT = 960.0  # seconds after which an ask counts as never ended: more than Quoth's own limits come to together
_HANDLES = ("GPT-4", "GPT-3.5-Turbo", "Claude-Sonnet-4.5", "Llama-2-70b")
# Weights. What lets Quoth hold its whole queue (login, challenge, points used up, a slower pace asked for) is not here:
# nothing would be asked then.
_MOODS = {
    "": 40,
    "quiet": 3,
    "text-updates": 4,
    "long-poll": 2,
    "thinking": 3,
    "rewrite": 4,
    "image": 2,
    "placeholder": 3,
    "several": 4,
    "novel": 3,
    "oddities": 3,
    "empty": 2,
    "slow": 3,
    "drop": 4,
    "drop-for-good": 2,
    "silent-socket": 2,
    "missed": 4,
    "refetch": 4,
    "freeze": 1,
    "error": 3,
    "too-long": 2,
    "cancelled": 3,
    "stall": 2,
    "no-access": 1,
    "too-many-tokens": 2,
    "server-error": 2,
}
_LEAVING = 0.25  # part of the asks that are left early
_PATIENCE = 6.0  # seconds after which they are, at the most
_FILLER = ("Tell me about lemons 🍋.", "What did the raven say?", "Ein Satz mit ü.", "`code` and **bold**", "שלום")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one ask does."""

    number: int
    marker: str
    """Stands in this ask's prompt and in no other; answers that have words quote it."""
    asker: Asker
    handle: str
    prompt: str
    mood: str
    leave: float | None
    """Seconds after which it is left; None where it is read to its end."""


@dataclass(slots=True)
class Outcome:
    """What came of an ask."""

    plan: Plan
    began: float
    ended: float = 0.0
    text: str = ""
    state: State = State.QUEUED
    left: bool = False
    error: str = ""
    """The name of the error's class."""
    fault: str = ""
    """What must not happen: an error that is none of Quoth's, or no end at all."""


def plan(seed: int, number: int) -> Plan:
    """Draws the n-th ask."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311  # repeatable, no secret
    marker = f"mk{number:05d}x{rng.randrange(16**6):06x}"
    mood = rng.choices(list(_MOODS), list(_MOODS.values()))[0]
    lines = rng.choices(_FILLER, k=rng.choice((1, 2, 4, 80)))
    prompt = "\n".join((*lines, f"{marker} !{mood}" if mood else marker))
    leave = rng.uniform(0.0, _PATIENCE) if rng.random() < _LEAVING else None
    return Plan(number, marker, Asker(rng.randrange(3), rng.randrange(9)), rng.choice(_HANDLES), prompt, mood, leave)


async def ask(client: PoeClient, what: Plan) -> Outcome:
    """Asks, and notes what came of it whatever that is."""
    outcome = Outcome(what, time.monotonic())
    try:
        async with asyncio.timeout(_LIMIT):
            await _read(client, outcome)
    except QuothError as error:
        outcome.error = type(error).__name__
    except TimeoutError:
        outcome.fault = "never ended"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the soak looks for
        outcome.fault = repr(error)
    outcome.ended = time.monotonic()
    if not (outcome.fault or outcome.error or outcome.left or outcome.state.final):
        outcome.fault = f"ended in the state {outcome.state}"
    return outcome


async def _read(client: PoeClient, outcome: Outcome) -> None:
    what = outcome.plan
    async with client.stream(what.asker, what.handle, what.prompt) as snapshots:
        leaving = asyncio.timeout(what.leave)
        try:
            async with leaving:
                async for snapshot in snapshots:
                    outcome.text, outcome.state = snapshot.text, snapshot.state
        except TimeoutError:
            if not leaving.expired():
                raise
            outcome.left = True
