"""Quoth's messages on the stand-in Discord: find them, and wait for their final state."""

import re

from bot.markdown.own_lines import separate
from sandbox.discord.ledger import Call
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Channel, Interaction, Message, MessageFlag

LIMIT = 60.0  # seconds that a reply may take; it takes a few
_JITTER = 0.45  # seconds by which a busy machine may hold a request up
FINAL = re.compile(r"^-# ◆ (?:.* · )?(done|stopped|failed|interrupted)$", re.MULTILINE)


def final(message: Message) -> str:
    """Return the final state that a message shows, empty while it shows none."""
    found = FINAL.search(message.content)
    return found[1] if found else ""


async def ended(discord: DiscordSandbox, interaction: Interaction) -> str:
    """Wait for the final state of the reply to an interaction, and return it."""
    return await discord.wait(lambda: final(interaction.replies[-1]), LIMIT)


def posts(discord: DiscordSandbox, where: str | Channel, after: Message | None = None) -> list[Message]:
    """Return Quoth's messages in a channel, oldest first."""
    mine = [m for m in discord.world.messages(where) if m.author is discord.world.bot]
    return [m for m in mine if after is None or m.id > after.id]


def buttons(message: Message) -> dict[str, str]:
    """Return the buttons of a message: label → custom_id."""
    return {each["label"]: each["custom_id"] for row in message.components for each in row["components"]}


async def confirm(discord: DiscordSandbox, who: str, asked: Interaction, label: str) -> Interaction:
    """Press the button that does what somebody was asked about, by its label."""
    await discord.wait(lambda: asked.response.components, LIMIT)
    return await discord.press(who, asked.response, buttons(asked.response)[label])


def assert_paced(calls: list[Call], gap: float) -> None:
    """Check that calls kept a gap of so many seconds on average, and left a token in every bucket."""
    assert calls[-1].at - calls[0].at >= (len(calls) - 1) * gap - _JITTER
    assert all(call.remaining for call in calls if call.remaining is not None)


def question_and_text(content: str) -> tuple[str, str]:
    """Return the question that a message of a reply repeats, and the answer's own text in it."""
    parts = separate(content)
    return parts.question, parts.text


def assert_no_previews(discord: DiscordSandbox) -> None:
    """Check that no message of Quoth's shows link previews: neither a reply, nor what others in a channel see."""
    every = [m for channel in discord.world.channels_by_id.values() for m in posts(discord, channel)]
    shown = [m for m in every if m.content and not m.loading and (not m.ephemeral or m.components)]
    assert [m for m in shown if not m.flags & MessageFlag.SUPPRESS_EMBEDS] == []
