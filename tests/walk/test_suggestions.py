"""Replies that Poe suggests, from Poe to buttons and back, by both ways to Poe."""

import pytest

from sandbox.poe.answers.answer_text import followups
from tests.support.replies import LIMIT, buttons, ended
from tests.support.whole_bot import WholeBot


@pytest.mark.asyncio(loop_scope="package")
async def test_a_suggested_reply_is_asked(either: WholeBot) -> None:
    """Who presses a button asks its text, with the answer as history, and the new reply says who asks what."""
    discord, wanted = either.discord, followups("GPT-4")
    asked, _ = await either.ask("alice", "oven", "Is it foggy?", model="GPT-4")
    reply = asked.response
    await discord.wait(lambda: set(wanted) <= set(buttons(reply)), LIMIT)
    again = await discord.press("bob", reply, buttons(reply)[wanted[1]])
    assert await ended(discord, again) == "done"
    who = discord.world.users.bob.id
    assert again.response.content.startswith(f"-# ❯ <@{who}>: {wanted[1]}\n")
    lines = either.prompts[-1].split("\n")
    assert lines[-2:] == [f"User: Bob: {wanted[1]}", "Assistant:"]
    assert "User: Alice: Is it foggy?" in lines
    assert len(either.prompts) == 2
