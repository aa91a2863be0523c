"""Limits on the stand-in Discord: asks at the same time, Retry, personal apps, and a database that fails."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.conversation import ResolvedLimits
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction
from storage import database
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
            return saying(asked, "You can have only 2 questions running at a time here.")

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
        again = pressed.response
        pressed = await discord.press("alice", again, buttons(again)["Retry"])
        await quoth.refused(pressed, "You've reached today's limit of 2 questions. Try again <t:", "failed")
        assert len(quoth.poe.answers) == 2


def saying(asked: list[Interaction], words: str) -> int:
    """Count the interactions with a reply that says this."""
    return sum(any(words in reply.content for reply in interaction.replies) for interaction in asked)


@pytest.mark.parametrize("limits", [ResolvedLimits(per_person=1), ResolvedLimits(per_person_total=1)])
async def test_servers_where_quoth_is_a_guest_count_as_one(
    tmp_path: Path, discord: DiscordSandbox, limits: ResolvedLimits
) -> None:
    """Anybody can make servers for their personal app: in all of them together a limit holds once."""
    world = discord.world
    world.install("alice")
    async with quoth_in_sandbox(tmp_path, discord, limits=limits) as quoth:
        asked: list[Interaction] = []
        for number in range(5):
            server = world.add_guild(f"Puffins {number}", world.users.alice, with_bot=False)
            channel = world.add_channel(server, "burrow")
            asked.append(await discord.command("alice", channel, "ask", prompt="Well?"))
        await discord.wait(lambda: saying(asked, "You've reached today's limit of 1 question") == 4)
        (await quoth.asked(0)).end("Well.")
        await discord.wait(lambda: saying(asked, "done") == 1)
        assert len(quoth.poe.answers) == 1


async def test_a_total_holds_in_servers_and_dms_together(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The operator's total counts a person's questions in a server and in a DM, and no admin can lift it."""
    async with quoth_in_sandbox(tmp_path, discord, limits=ResolvedLimits(per_person_total=2)) as quoth:
        await quoth.bot.stores.limits.change(server(discord), EVERYBODY, Limits(per_person=0))
        for where in ("general", "dm"):
            interaction, answer = await quoth.ask("alice", where)
            answer.end("Well.")
            await quoth.shown(interaction.response, "done")
        refused = await discord.command("alice", "lamp-room", "ask", prompt="Well?")
        await quoth.refused(refused, "You've reached today's limit of 2 questions in all servers and DMs together.")
        _, answer = await quoth.ask("bob", "lamp-room")
        shown = await discord.command("alice", "general", "usage")
        await quoth.shown(shown.response, "questions per person in 24 hours in all servers and DMs: 2")


async def test_a_database_that_can_t_be_written_opens_no_limit(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another program keeps the database from being written, one of ten questions is let in, and it counts."""
    monkeypatch.setattr(database, "_BUSY", 20)
    async with quoth_in_sandbox(tmp_path, discord, limits=ResolvedLimits(per_person=1)) as quoth:
        with closing(sqlite3.connect(tmp_path / "quoth.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asked = [await discord.command("alice", "general", "ask", prompt="Well?") for _ in range(10)]
            await discord.wait(lambda: saying(asked, "You've reached today's limit of 1 question.") == 9)
            (await quoth.asked(0)).end("Well.")
            await discord.wait(lambda: saying(asked, "done") == 1)
        again = await discord.command("alice", "general", "ask", prompt="Well?")
        await quoth.refused(again, "You've reached today's limit of 1 question.")
        assert len(quoth.poe.answers) == 1


@pytest.mark.parametrize("limited", [True, False])
async def test_a_database_that_can_t_be_read_opens_no_limit(
    tmp_path: Path, discord: DiscordSandbox, limited: bool
) -> None:
    """Where nothing can be counted, questions are refused with a sentence if there is a limit, and answered if not."""
    limits = ResolvedLimits(cooldown=60) if limited else ResolvedLimits()
    async with quoth_in_sandbox(tmp_path, discord, limits=limits) as quoth:
        with closing(sqlite3.connect(tmp_path / "quoth.sqlite3")) as other:
            other.execute("DROP TABLE uses")
        asked = await discord.command("alice", "general", "ask", prompt="Well?")
        if limited:
            await quoth.refused(asked, "Quoth can't check today's limits right now", "failed")
        else:
            (await quoth.asked(0)).end("Well.")
            await quoth.shown(asked.response, "Well.", "done")
        assert len(quoth.poe.answers) == (not limited)
