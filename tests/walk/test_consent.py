"""/forget and /privacy change what a real browser types into Poe."""

import pytest

from tests.support.replies import buttons, confirm
from tests.support.whole_bot import WholeBot

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_forget_starts_over(walk: WholeBot) -> None:
    """After /forget in a DM nothing older reaches Poe."""
    await walk.say("alice", "dm", "My cat is called Lens")
    _, prompt = await walk.say("alice", "dm", "And my dog?")
    assert "My cat is called Lens" in prompt
    forgotten = await walk.discord.command("alice", "dm", "forget")
    confirmed = await confirm(walk.discord, "alice", forgotten, "Clear the context")
    await walk.discord.wait(lambda: confirmed.followups)
    assert confirmed.followups[0].content.startswith("-# ◆ ")
    _, prompt = await walk.say("alice", "dm", "What is my cat called?")
    assert prompt == "What is my cat called?"


async def test_an_opt_out_reaches_poe_and_the_list_of_sources(walk: WholeBot) -> None:
    """After /privacy opt-out Poe gets a gap in place of a person's words, and "What was read?" says so privately."""
    users = walk.discord.world.users
    await walk.ask("alice", "starter-talk", "Any news?")
    assert "User: Bob: my starter is called Gerald" in walk.sent[0].text
    out = await walk.discord.command("bob", "starter-talk", "privacy opt-out")
    assert out.response.viewer is users.bob
    interaction, _ = await walk.ask("alice", "starter-talk", "And now?")
    after = walk.sent[1].text
    assert "Gerald" not in after.partition("User: Alice: Any news?")[0]
    assert after.startswith("System: (1 message was left out here")
    assert "User: Alice: mine smells of apples" in after
    reply = interaction.replies[-1]
    pressed = await walk.discord.press("alice", reply, buttons(reply)["What was read?"])
    sources = pressed.response
    assert sources.viewer is users.alice
    assert "**Left out (author opted out or unknown): 2.**" in sources.content
    smells = next(m for m in walk.discord.world.messages("starter-talk") if "smells of apples" in m.content)
    assert f"/{smells.channel.id}/{smells.id})" in sources.content
    await walk.discord.command("bob", "starter-talk", "privacy opt-in")
