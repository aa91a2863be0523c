"""What models make, from Poe to Discord's attachments, by both ways to Poe."""

import pytest

from tests.support.replies import LIMIT
from tests.support.whole_bot import WholeBot

MADE = {"!image=0": "a lemon in the fog.png", "!sound=0": "audio.wav", "!file": "sand.png"}


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize(("prompt", "name"), MADE.items())
async def test_a_file_is_attached(prompt: str, name: str, either: WholeBot) -> None:
    """A picture, a sound and a file apart from the text come in place of their links, and nothing is said about it."""
    interaction, state = await either.ask("alice", "logbook", prompt, model="GPT-4", fresh=True)
    assert state == "done"
    reply = interaction.response
    await either.discord.wait(lambda: reply.attachments, LIMIT)
    assert [each.filename for each in reply.attachments] == [name]
    assert "/base/" not in reply.content
    assert "⚠️" not in reply.content
    if name == "audio.wav":
        assert "Caption: a fog horn" in reply.content
