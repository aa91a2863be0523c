"""Hostile answers in real discord.py on the stand-in Discord: shown, or replaced by a sentence."""

from pathlib import Path

import pytest

from bot.markdown.own_lines import separate
from bot.reply import pacing
from sandbox.discord import UNLIMITED, Pings
from sandbox.discord.sandbox import DiscordSandbox
from tests.support.quoth_in_sandbox import quoth_in_sandbox
from tests.support.replies import posts

EMPTY = "⚠️ The model returned an empty answer."
BAD = {
    "empty": "",
    "white space": " \n\t\u2003\r\n",
    "word": "x" * 100_000,
    "fences": "```\n" * 3000,
    "unclosed": "||**a `b\n> ```py\n[x](http",
    "everyone": "@everyone @here <@{bob}> <@&{role}> `@everyone` [@here](https://x.y)\n```\n@everyone\n```",
    "invites": "https://discord.gg/abc discord.gg/abc [join](https://discord.gg/abc)",
    "marks": "a" + "\u0301" * 3000,
    "reversed": "\u202e\u2066abc\u202d" * 300,
    "nul": "a\0b",
    "only nul": "\0\0",
    "surrogates": "\ud83d \ude00 \ud83d",
    "invisible": "\u200b\u2060\ufeff",
    "rows": "| a | b |\n|---|---|\n" + "| x |\n" * 2000,
    "thoughts": "*Thinking...*\n\n> hm\n" * 400,
    "lines": "\n".join("-# ◆ done ❯" for _ in range(400)),
    "heading": "# " * 1500,
}
NOTHING_LEFT = ("empty", "white space", "only nul", "invisible", "thoughts")


async def test_bad_answers_are_shown_somehow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a model sends, no request is refused, nobody is pinged, and the final state is shown."""
    monkeypatch.setattr(pacing, "INTERACTION_GAP", 0.0)
    async with DiscordSandbox(limits=UNLIMITED) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        world = discord.world
        role = next(iter(next(iter(world.guilds)).roles))
        asked = {name: (await quoth.ask("alice", "general"), text) for name, text in BAD.items()}
        for (_, answer), text in asked.values():
            answer.say(text[: len(text) // 2])
            answer.end(text.replace("{bob}", str(world.users.bob.id)).replace("{role}", str(role)))
        for name, ((interaction, _), _) in asked.items():
            # Awaited before the loop goes on.
            await discord.wait(lambda: "· done" in interaction.replies[-1].content)  # noqa: B023
            said = "".join(separate(page.content).text for page in interaction.replies)
            assert any(map(str.isprintable, said)) == (name not in NOTHING_LEFT), name
            assert (EMPTY in interaction.replies[-1].content) == (name in NOTHING_LEFT), name
        for message in posts(discord, "general"):
            assert message.pings == Pings(), message.content
            assert all(len(revision.content) <= 2000 for revision in message.revisions)
    assert discord.ledger.refused == []
