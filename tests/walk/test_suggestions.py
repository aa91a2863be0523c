"""Replies that Poe suggests, from Poe to buttons and back, by both ways to Poe."""

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction
from sandbox.poe.answers.answer_text import followups
from tests.support.replies import LIMIT, buttons, ended
from tests.support.whole_bot import WholeBot


async def pressed(discord: DiscordSandbox, asked: Interaction) -> Interaction:
    """Wait for the suggested replies, have bob press the second and wait for the end of its reply."""
    reply, wanted = asked.response, followups("GPT-4")
    await discord.wait(lambda: set(wanted) <= set(buttons(reply)), LIMIT)
    again = await discord.press("bob", reply, buttons(reply)[wanted[1]])
    assert await ended(discord, again) == "done"
    who = discord.world.users.bob.id
    assert again.response.content.startswith(f"-# ❯ <@{who}>: {wanted[1]}\n")
    return again


@pytest.mark.asyncio(loop_scope="package")
async def test_by_the_browser(walk: WholeBot) -> None:
    """Who presses a button asks its text, with the answer as history."""
    asked, _ = await walk.ask("alice", "oven", "Is it foggy?", model="GPT-4")
    await pressed(walk.discord, asked)
    lines = walk.sent[-1].text.split("\n")
    assert lines[-2:] == [f"User: Bob: {followups('GPT-4')[1]}", "Assistant:"]
    assert "User: Alice: Is it foggy?" in lines
    assert walk.sent[-1].handle == "GPT-4"


async def test_by_the_api(api_walk: WholeBot) -> None:
    """So they do by the official API, where the conversation has roles."""
    asked, _ = await api_walk.ask("alice", "oven", "Is it foggy?", model="GPT-4")
    await pressed(api_walk.discord, asked)
    assert len(api_walk.poe.api_calls) == 2
    assert followups("GPT-4")[1] in api_walk.poe.api_calls[-1].prompt.split("\n")[-2]
