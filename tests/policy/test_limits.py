"""Limits on the stand-in Discord: asks at the same time, and Retry."""

import asyncio
from pathlib import Path

from sandbox.discord.sandbox import DiscordSandbox
from storage.limits import EVERYBODY, Limits
from tests.support.quoth_in_sandbox import quoth_in_sandbox
from tests.support.replies import buttons


def server(discord: DiscordSandbox) -> int:
    """Return the id of the server in which people ask here."""
    guild = discord.world.channel("general").guild
    assert guild is not None
    return guild.id


async def test_so_many_at_the_same_time(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Of a person's asks only so many run at once, however close they come; when one ends the next may start."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        guild = server(discord)
        await quoth.bot.stores.limits.change(guild, EVERYBODY, Limits(at_once=2))
        channels = ["general", "lamp-room", "general", "lamp-room"]
        asked = await asyncio.gather(*(discord.command("alice", each, "ask", prompt="Well?") for each in channels))

        def refused() -> int:
            return sum("You can have only 2 questions running at a time here." in a.response.content for a in asked)

        await discord.wait(lambda: refused() == 2)
        await quoth.asked(1)
        other, answer = await quoth.ask("bob")
        for each in quoth.poe.answers:
            each.end("So it is.")
        await discord.wait(lambda: sum("done" in a.response.content for a in [*asked, other]) == 3)
        again, answer = await quoth.ask("alice")
        answer.end("Well.")
        await quoth.shown(again.response, "done")


async def test_retry_counts_too(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Retry is one more question; an answer that was stopped counts too."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        guild = server(discord)
        await quoth.bot.stores.limits.change(guild, EVERYBODY, Limits(per_person=2))
        interaction, answer = await quoth.ask("alice")
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of")
        await discord.press("alice", reply, buttons(reply)["Stop"])
        await quoth.shown(reply, "stopped")
        pressed = await discord.press("alice", reply, buttons(reply)["Retry"])
        (await quoth.asked(1)).end("All of it.")
        await quoth.shown(pressed.response, "All of it.", "done")
        pressed = await discord.press("alice", reply, buttons(reply)["Retry"])
        await quoth.shown(pressed.response, "You've reached today's limit of 2 questions. Try again <t:", "failed")
        assert len(quoth.poe.answers) == 2
