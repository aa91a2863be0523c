"""The whole walk of consent: /forget and /privacy change what a real browser types into Poe. One bot for all tests."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot import bootstrap
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import running_bot
from tests.support.replies import answered, buttons, ended

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Walk:
    """Both stand-ins, with the unmodified bot between them."""

    discord: DiscordSandbox
    poe: PoeSandbox

    async def ask(self, who: str, where: str, prompt: str) -> tuple[Interaction, str]:
        """Let somebody ask, and return what Poe was sent."""
        interaction = await self.discord.command(who, where, "ask", prompt=prompt)
        assert await ended(self.discord, interaction) == "done"
        return interaction, self.poe.ledger[-1].text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Walk]:
    """One bot, one browser and one database for this file."""
    folder = tmp_path_factory.mktemp("walk")
    async with PoeSandbox(speed=3000.0, hydration=0.05) as poe, DiscordSandbox() as discord:
        environment = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "POE_URL": poe.url,
            "POE_PROFILE_DIR": str(folder / "profile"),
            "DATABASE_PATH": str(folder / "quoth.sqlite3"),
            "POE_MIN_GAP": "0",
            "POE_HOURLY_CAP": "0",
        }
        async with running_bot(bootstrap.Settings.read(environment), discord):
            yield Walk(discord, poe)
        assert discord.ledger.unknown == []
        assert discord.ledger.with_status(400) == []


async def test_forget_starts_over(walk: Walk) -> None:
    """In a DM /forget makes the next question the first one; nothing older reaches Poe."""
    await answered(walk.discord, await walk.discord.say("alice", "dm", "My cat is called Lens"))
    await answered(walk.discord, await walk.discord.say("alice", "dm", "And my dog?"))
    assert "My cat is called Lens" in walk.poe.ledger[-1].text
    forgotten = await walk.discord.command("alice", "dm", "forget")
    assert forgotten.response.content.startswith("-# ◆ ")
    await answered(walk.discord, await walk.discord.say("alice", "dm", "What is my cat called?"))
    assert walk.poe.ledger[-1].text == "What is my cat called?"


async def test_whoever_opts_out_is_a_gap(walk: Walk) -> None:
    """After /privacy opt-out a person's words are a gap in what Poe gets, and "What was read?" says so privately."""
    _, before = await walk.ask("alice", "starter-talk", "Any news?")
    assert "User: Bob: my starter is called Gerald" in before
    out = await walk.discord.command("bob", "starter-talk", "privacy opt-out")
    assert out.response.viewer is walk.discord.world.users.bob
    interaction, after = await walk.ask("alice", "starter-talk", "And now?")
    assert "Gerald" not in after.partition("User: Alice: Any news?")[0]
    assert after.startswith("System: (A message was left out here")
    assert "User: Alice: mine smells of apples" in after
    pressed = await walk.discord.press(
        "alice", interaction.replies[-1], buttons(interaction.replies[-1])["What was read?"]
    )
    told = pressed.response
    assert told.viewer is walk.discord.world.users.alice
    assert "**Left out because not everybody wants to be read:** 2" in told.content
    smells = next(m for m in walk.discord.world.messages("starter-talk") if "smells of apples" in m.content)
    assert f"/{smells.channel.id}/{smells.id})" in told.content
    await walk.discord.command("bob", "starter-talk", "privacy opt-in")
