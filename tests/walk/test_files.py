"""What models make, from Poe to Discord's attachments, by both ways to Poe."""

import pytest

from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction
from tests.support.replies import LIMIT
from tests.support.whole_bot import WholeBot

MADE = {"!image=0": "a lemon in the fog.png", "!sound=0": "audio.wav", "!file": "sand.png"}


async def attached(discord: DiscordSandbox, interaction: Interaction, name: str) -> None:
    """Check that a reply gets a file in place of its link, and that nothing else is said about it."""
    reply = interaction.response
    await discord.wait(lambda: reply.attachments, LIMIT)
    assert [each.filename for each in reply.attachments] == [name]
    assert "/base/" not in reply.content
    assert "⚠️" not in reply.content


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize(("prompt", "name"), MADE.items())
async def test_by_the_browser(prompt: str, name: str, walk: WholeBot) -> None:
    """A picture, a sound and a file apart from the text arrive as attachments."""
    interaction, state = await walk.ask("alice", "logbook", prompt, model="GPT-4", fresh=True)
    assert state == "done"
    await attached(walk.discord, interaction, name)


@pytest.mark.parametrize(("prompt", "name"), MADE.items())
async def test_by_the_api(prompt: str, name: str, api_walk: WholeBot) -> None:
    """So they do by the official API, whose text refers to its files by names."""
    interaction, state = await api_walk.ask("alice", "logbook", prompt, model="GPT-4")
    assert state == "done"
    await attached(api_walk.discord, interaction, name)
    if name == "audio.wav":
        assert separate(interaction.response.content).text == "Caption: a fog horn"
