"""Link previews stay off through all edits of a reply, whichever way it is edited."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.reply import pacing, surfaces
from sandbox.discord import UNLIMITED, DiscordSandbox, Message
from sandbox.discord.world.entities import MessageFlag
from tests.support.discord_rest import bare
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox
from tests.support.replies import posts

LINK = "https://example.org/fog "
LIFE = timedelta(minutes=15)


async def asked(quoth: QuothInSandbox, way: str) -> Answer:
    """Ask in one of the ways, and return the answer that the test dictates."""
    if way == "dm":
        return (await quoth.say("alice", "dm", "Where?"))[1]
    if way == "mention":
        return (await quoth.say("alice", "general", "Where?", mention=True))[1]
    return (await quoth.ask("alice", "general", private=way == "private"))[1]


@pytest.mark.parametrize("way", ["dm", "mention", "slash", "private", "handed over"])
async def test_no_edit_brings_previews_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Each message of a reply has the flag at its first text and after every edit, also with the bot token."""
    monkeypatch.setattr(pacing, "INTERACTION_GAP", 0.0)
    monkeypatch.setattr(pacing, "CHANNEL_GAP", 0.0)
    async with DiscordSandbox(limits=UNLIMITED) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        where = discord.world.dm("alice") if way == "dm" else discord.world.channels["general"]

        def flagged() -> list[Message]:
            return [m for m in posts(discord, where) if MessageFlag.SUPPRESS_EMBEDS in m.flags]

        answer = await asked(quoth, way)
        answer.say(LINK)
        await discord.wait(lambda: [m for m in flagged() if LINK.strip() in m.content])
        if way == "handed over":
            monkeypatch.setattr(surfaces, "_HANDOVER", LIFE)
        answer.say(LINK * 2)
        await discord.wait(lambda: [m for m in flagged() if m.content.count("https:") == 2])
        answer.say(LINK * 120)
        await discord.wait(lambda: len(flagged()) == 2)
        answer.end(LINK * 120)
        await discord.wait(lambda: "done" in posts(discord, where)[-1].content)
        assert len(flagged()) == len(posts(discord, where)) == 2
        assert sum(m.content.count("https:") for m in flagged()) == 120


async def test_a_test_notices_previews_that_come_back() -> None:
    """A sandbox in which an edit cleared the flag fails the test that uses it."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        path = f"/channels/{sandbox.world.channels.general.id}/messages"
        _, _, sent = await rest("POST", path, {"content": LINK, "flags": 4})
        await rest("PATCH", f"{path}/{sent['id']}", {"content": "a", "flags": 4})
        await rest("PATCH", f"{path}/{sent['id']}", {"content": "b"})
        sandbox.forgiving = False
        await sandbox.__aexit__(None, None, None)
        await sandbox.__aenter__()
        await rest("PATCH", f"{path}/{sent['id']}", {"content": "c", "flags": 0})
        with pytest.raises(AssertionError, match="previews"):
            await sandbox.__aexit__(None, None, None)
        sandbox.forgiving = True
