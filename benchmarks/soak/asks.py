"""One ask of the soak: drawn from the seed and its number alone, asked in Discord, and its outcome recorded."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.components import walk
from sandbox.discord.world.entities import Channel, Interaction, Message

MARKER = re.compile(r"mk\d{5}x[0-9a-f]{6}")
PEOPLE = tuple(f"person{number}" for number in range(9))
PLACES = ("general", "lamp-room", "starter-talk", "oven", "dm")
LIMITED, LIMITED_PLACE = "mallory", "oven"
"""Somebody with a limit, who asks again and again, and where."""

_LIMIT = 960.0  # seconds after which an ask counts as endless: more than the sum of Quoth's own limits
_UNSEEN = 60.0  # seconds after which an ask has no reply, if it still has none: one that waits in the queue has one
_HANDLES = ("gpt-4", "gpt-3.5-turbo", "claude-sonnet-4.5", "llama-2-70b")
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
_WAYS: dict["Way", int] = {"command": 5, "mention": 4}
_LEFT_EARLY = 0.25  # share of the asks that are left early
_LEAVE_WITHIN = 6.0  # seconds
_FILLER = ("Tell me about lemons 🍋.", "What did the raven say?", "Ein Satz mit ü.", "`code` and **bold**", "שלום")
_STATUS = re.compile(r"^-# ◆ (?:.* · )?(?:(done|stopped|failed|interrupted)|.*)$", re.MULTILINE)
_NOTE = re.compile(r"^-# ⚠️ (.*)$", re.MULTILINE)

Way = Literal["command", "mention"]
End = Literal["", "done", "stopped", "failed", "interrupted", "refused"]
"""A final state; refused is a sentence without one; empty is none, as long as it isn't shown."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, and how."""

    number: int
    marker: str
    """A text that only this ask's prompt ends with."""
    who: str
    where: str
    way: Way
    model: str
    prompt: str
    mood: str
    leave: float | None
    """Seconds after which it is stopped; None if it is read to its end."""


@dataclass(slots=True)
class Outcome:
    """How an ask went. Times are `time.monotonic()` seconds."""

    ask: Ask
    began: float
    ended: float = 0.0
    id: int = 0
    """Of the interaction or the message that asks."""
    where: Channel | None = None
    interaction: Interaction | None = None
    question: Message | None = None
    pages: list[Message] = field(default_factory=list[Message])
    """The reply's messages, as far as they can be told from others; the last one is among them."""
    left: bool = False
    unexpected: str = ""
    """What must not happen: an error, or no end at all."""

    @property
    def end(self) -> End:
        """The final state that the reply shows."""
        return end_of(self.pages[-1]) if self.pages else ""

    @property
    def note(self) -> str:
        """The sentence that explains the end, if there is one."""
        found = _NOTE.search(self.pages[-1].content) if self.pages else None
        return found[1] if found else ""


def end_of(page: Message) -> End:
    """Return the final state that the last message of a reply shows."""
    if found := _STATUS.search(page.content):
        return found[1] or ""  # type: ignore[return-value]  # the pattern has nothing else
    return "refused" if page.content and not page.loading else ""


def ends_shown(pages: Iterable[Message]) -> int:
    """Return how many of these messages show a final state."""
    return sum(found is not None and bool(found[1]) for found in (_STATUS.search(page.content) for page in pages))


def draw_ask(seed: int, number: int) -> Ask:
    """Draw the ask of this number."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311  # repeatable, no secret
    mood = rng.choices(list(_MOODS), list(_MOODS.values()))[0]
    way, where = rng.choices(list(_WAYS), list(_WAYS.values()))[0], rng.choice(PLACES)
    leave = rng.uniform(0.0, _LEAVE_WITHIN) if rng.random() < _LEFT_EARLY else None
    model = rng.choice(_HANDLES) if way == "command" else ""
    return _ask(rng, number, rng.choice(PEOPLE), where, way, model, mood, leave)


def draw_limited_ask(seed: int, number: int) -> Ask:
    """Draw an ask of the person who has a limit."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311  # as above
    return _ask(rng, number, LIMITED, LIMITED_PLACE, rng.choice(list(_WAYS)), "", "", None)


def draw_plain_ask(seed: int, number: int) -> Ask:
    """Draw an ask that nothing keeps from being answered."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311  # as above
    return _ask(rng, number, PEOPLE[0], PLACES[0], "command", _HANDLES[0], "", None)


def _ask(
    rng: random.Random, number: int, who: str, where: str, way: Way, model: str, mood: str, leave: float | None
) -> Ask:
    marker = f"mk{number:05d}x{rng.randrange(16**6):06x}"
    lines = rng.choices(_FILLER, k=rng.choice((1, 2, 4, 60)))
    prompt = "\n".join((*lines, f"{marker} !{mood}" if mood else marker))
    return Ask(number, marker, who, where, way, model, prompt, mood, leave)


async def run_ask(discord: DiscordSandbox, ask: Ask) -> Outcome:
    """Ask, and wait for the end that people see; records every outcome, including the unexpected."""
    outcome = Outcome(ask, time.monotonic())
    try:
        async with asyncio.timeout(_LIMIT):
            await _run(discord, outcome)
    except TimeoutError:
        outcome.unexpected = "never ended"
    except Exception as error:  # noqa: BLE001  # this is what the soak looks for
        outcome.unexpected = repr(error)
    outcome.ended = time.monotonic()
    return outcome


async def _run(discord: DiscordSandbox, outcome: Outcome) -> None:
    ask, people = outcome.ask, discord.people
    who = discord.world.user(ask.who)
    where = outcome.where = discord.world.channel(ask.where, who)
    if ask.way == "command":
        options = {"prompt": ask.prompt} | ({"model": ask.model} if ask.model else {})
        outcome.interaction = people.command(who, where, "ask", options)
        outcome.id = outcome.interaction.id
    else:
        outcome.question = people.say(who, where, f"<@{discord.world.bot.id}> {ask.prompt}")
        outcome.id = outcome.question.id
    leaving = asyncio.create_task(_leave(discord, outcome)) if ask.leave is not None else None
    try:
        await _wait_for_end(discord, outcome)
    finally:
        if leaving:
            leaving.cancel()
            await asyncio.wait({leaving})


async def _wait_for_end(discord: DiscordSandbox, outcome: Outcome) -> None:
    def ended() -> bool:
        outcome.pages = find_pages(discord, outcome)
        return bool(outcome.end) or (outcome.interaction is not None and outcome.interaction.failed)

    with contextlib.suppress(TimeoutError):
        await discord.wait(lambda: ended() or any(not page.loading for page in outcome.pages), _UNSEEN)
    if outcome.pages and not outcome.pages[-1].loading:
        await discord.wait(ended, _LIMIT)


def find_pages(discord: DiscordSandbox, outcome: Outcome) -> list[Message]:
    """Return the messages that belong to an ask: the answer to its interaction, replies to it, and its buttons'."""
    found = {message.id: message for message in (outcome.interaction.replies if outcome.interaction else [])}
    for message in reversed(outcome.where.messages.values() if outcome.where else ()):
        if message.id < outcome.id:
            break
        replies = message.reference is not None and message.reference.message_id == outcome.id
        if message.author is discord.world.bot and (replies or _has_button(message, outcome.id)):
            found[message.id] = message
    return [found[id_] for id_ in sorted(found) if not found[id_].deleted]


def _has_button(message: Message, ask: int) -> bool:
    return any(each.get("custom_id", "").endswith(f":{ask}") for each in walk(message.components))


async def _leave(discord: DiscordSandbox, outcome: Outcome) -> None:
    """After a while press Stop, or delete the question."""
    ask, stop = outcome.ask, f"quoth:stop:{outcome.id}"
    who = discord.world.user(ask.who)
    await asyncio.sleep(ask.leave or 0.0)
    if outcome.question is not None and ask.number % 2:
        discord.people.delete(who, outcome.question)
        outcome.left = True
        return
    await discord.wait(lambda: _button(discord, outcome, stop), _LIMIT)
    if message := _button(discord, outcome, stop):
        discord.people.press(who, message, stop)
        outcome.left = True


def _button(discord: DiscordSandbox, outcome: Outcome, custom_id: str) -> Message | None:
    for message in find_pages(discord, outcome):
        if any(each.get("custom_id") == custom_id for each in walk(message.components)):
            return message
    return None
