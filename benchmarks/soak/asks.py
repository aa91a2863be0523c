"""One ask of the soak: drawn from the seed and its number alone, asked, and its outcome recorded."""

import asyncio
import random
import time
from dataclasses import dataclass

from bot.conversation import Asker, Messages, State
from bot.errors import QuothError
from bot.poe.client import PoeClient

_LIMIT = 960.0  # seconds after which an ask counts as endless: more than the sum of Quoth's own limits
_HANDLES = ("GPT-4", "GPT-3.5-Turbo", "Claude-Sonnet-4.5", "Llama-2-70b")
# Moods of the site and their weights. Those that hold the whole queue (login, challenge, limit, rate limit) are left
# out: nothing would be asked any more.
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
_LEFT_EARLY = 0.25  # share of the asks that are left early
_LEAVE_WITHIN = 6.0  # seconds
_FILLER = ("Tell me about lemons 🍋.", "What did the raven say?", "Ein Satz mit ü.", "`code` and **bold**", "שלום")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, and how."""

    number: int
    marker: str
    """A text that only this ask's prompt contains; answers with text quote it."""
    asker: Asker
    handle: str
    prompt: str
    mood: str
    leave: float | None
    """Seconds after which it is left; None if it is read to its end."""


@dataclass(slots=True)
class Outcome:
    """How an ask went. Times are `time.monotonic()` seconds."""

    ask: Ask
    began: float
    ended: float = 0.0
    text: str = ""
    state: State = State.QUEUED
    left: bool = False
    error: str = ""
    """The name of the error's class."""
    unexpected: str = ""
    """What must not happen: an error that isn't Quoth's, or no end at all."""


def draw_ask(seed: int, number: int) -> Ask:
    """Draw the ask of this number."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311  # repeatable, no secret
    marker = f"mk{number:05d}x{rng.randrange(16**6):06x}"
    mood = rng.choices(list(_MOODS), list(_MOODS.values()))[0]
    lines = rng.choices(_FILLER, k=rng.choice((1, 2, 4, 80)))
    prompt = "\n".join((*lines, f"{marker} !{mood}" if mood else marker))
    leave = rng.uniform(0.0, _LEAVE_WITHIN) if rng.random() < _LEFT_EARLY else None
    return Ask(number, marker, Asker(rng.randrange(3), rng.randrange(9)), rng.choice(_HANDLES), prompt, mood, leave)


async def run_ask(client: PoeClient, ask: Ask) -> Outcome:
    """Ask, and record every outcome, including the unexpected."""
    outcome = Outcome(ask, time.monotonic())
    try:
        async with asyncio.timeout(_LIMIT):
            await _read(client, outcome)
    except QuothError as error:
        outcome.error = type(error).__name__
    except TimeoutError:
        outcome.unexpected = "never ended"
    except Exception as error:  # noqa: BLE001  # this is what the soak looks for
        outcome.unexpected = repr(error)
    outcome.ended = time.monotonic()
    if not (outcome.unexpected or outcome.error or outcome.left or outcome.state.final):
        outcome.unexpected = f"ended in the state {outcome.state}"
    return outcome


async def _read(client: PoeClient, outcome: Outcome) -> None:
    ask = outcome.ask

    async def make_prompt() -> Messages:
        return [{"role": "user", "content": ask.prompt}]

    async with client.stream(ask.asker, ask.handle, make_prompt) as snapshots:
        leaving = asyncio.timeout(ask.leave)
        try:
            async with leaving:
                async for snapshot in snapshots:
                    outcome.text, outcome.state = snapshot.text, snapshot.state
        except TimeoutError:
            if not leaving.expired():
                raise
            outcome.left = True
