"""The operator's own commands, maintenance, and messages about Poe to the operator."""

import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord as library
import pytest

from bot.errors import BrowserFailed, ChallengeShown, InMaintenance, LimitReached, LoginRequired, PoeError, RateLimited
from bot.markdown.own_lines import separate
from bot.ops import poe_notices
from bot.ops.poe_notices import operators
from sandbox.discord import DiscordSandbox
from tests.support.quoth_in_sandbox import LIMIT, QuothInSandbox, quoth_in_sandbox, until
from tests.support.quoth_in_simcord import quoth_in_simcord
from tests.support.replies import posts

COMMANDS: dict[str, dict[str, str]] = {
    "status": {},
    "maintenance on": {"sentence": "Back at noon."},
    "maintenance off": {},
}
SECRET = "the words of a question"


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """Quoth with a database; the stand-in's application belongs to `admin`."""
    async with quoth_in_sandbox(tmp_path, discord) as running:
        await running.bot.wait_until_ready()
        yield running


def shown(discord: DiscordSandbox) -> tuple[str, str]:
    """Return Quoth's presence: status and text."""
    presence = discord.world.presence or {}
    words = [activity["state"] for activity in presence.get("activities", [])]
    return str(presence.get("status")), words[0] if words else ""


def told(discord: DiscordSandbox, who: str = "admin") -> list[str]:
    """Return Quoth's DMs to somebody."""
    return [message.content for message in posts(discord, discord.world.dm(who))]


async def presence(discord: DiscordSandbox, status: str, words: str) -> None:
    """Wait for this presence."""
    await discord.wait(lambda: shown(discord) == (status, words))


@pytest.mark.parametrize("command", COMMANDS)
async def test_others_are_refused(tmp_path: Path, command: str) -> None:
    """Anybody but the operator gets one private sentence, also in a DM; nothing changes."""
    async with quoth_in_simcord(tmp_path) as quoth:
        role = quoth.guild.create_role("crew", permissions=library.Permissions(administrator=True))
        eve = quoth.guild.add_member(quoth.env.create_user("eve"), roles=[role])
        for refused in (
            await eve.slash(quoth.channel, command, **COMMANDS[command]),
            await quoth.ada.user.slash(command, **COMMANDS[command]),
        ):
            assert refused.response is not None
            content = "Only the bot's operator can use this command."
            assert (refused.response.content, refused.ephemeral) == (content, True)
        assert quoth.bot.asks.refusal is None
        assert await quoth.bot.stores.maintenance.sentence() is None


@pytest.mark.parametrize("command", COMMANDS)
async def test_the_operator_is_obeyed_in_a_dm(tmp_path: Path, command: str) -> None:
    """The operator uses the commands in a DM, without a server, and gets private answers."""
    async with quoth_in_simcord(tmp_path) as quoth:
        quoth.bot.owner_ids = {quoth.ada.id}
        done = await quoth.ada.user.slash(command, **COMMANDS[command])
        assert done.response is not None
        assert done.ephemeral
        assert "operator" not in done.response.content
        assert await quoth.bot.stores.maintenance.sentence() == (
            "Back at noon." if command == "maintenance on" else None
        )


async def test_status_says_how_things_stand(tmp_path: Path, quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """/status shows queue, pace, Poe, browser, servers, database and the newest warnings, and nobody's words."""
    _, answer = await quoth.ask(prompt=SECRET)
    answer.steps.put_nowait(LimitReached())
    logging.getLogger("cogs").error("A *strange* failure. %s", "x" * 500)
    await until(lambda: any("strange" in entry.message for entry in quoth.bot.logbook.entries))
    status = (await discord.command("admin", "dm", "status")).response
    for part in (
        "2 waiting, 1 running",
        "**Poe account:** 7 questions in the last hour (hourly cap: 60)",
        "**Servers:** 2",
        "**Browser:** running",
        "KB",
        "no problems",
        "<t:",
        "ERROR: A \\*strange\\* failure.",
    ):
        assert part in status.content
    assert SECRET not in status.content
    assert status.ephemeral
    assert len(status.content) <= 2000


async def test_maintenance_outlives_a_restart(tmp_path: Path, discord: DiscordSandbox) -> None:
    """During maintenance new asks get the operator's sentence and running ones end; it lasts over a restart."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await presence(discord, "online", "/ask any model on Poe")
        running, answer = await quoth.ask()
        await discord.command("admin", "general", "maintenance on", sentence="Back at noon.")
        await presence(discord, "idle", "Under maintenance")
        refused = await discord.command("bob", "lamp-room", "ask", prompt="Well?")
        await quoth.refused(refused, "⚠️ Back at noon.", "failed")
        answer.end("All of it.")
        await quoth.shown(running.response, "All of it.", "done")
        assert len(quoth.poe.answers) == 1
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await presence(discord, "idle", "Under maintenance")
        direct = await discord.say("bob", "dm", "Well?")
        await discord.wait(lambda: any("Back at noon." in m.content for m in posts(discord, direct.channel, direct)))
        await discord.command("admin", "general", "maintenance on")
        again = await discord.command("bob", "lamp-room", "ask", prompt="Well?")
        await quoth.refused(again, InMaintenance().user_message)
        await discord.command("admin", "general", "maintenance off")
        await presence(discord, "online", "/ask any model on Poe")
        last, answer = await quoth.ask()
        answer.end("Yes.")
        await quoth.shown(last.response, "done")
        assert separate(last.response.content).text == "Yes."


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (LoginRequired(), "Not logged in to Poe"),
        (ChallengeShown(), "Poe is showing a CAPTCHA"),
        (LimitReached(), "Out of Poe points"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_the_operator_is_told_once_per_change(
    quoth: QuothInSandbox, discord: DiscordSandbox, trouble: PoeError, words: str
) -> None:
    """The operator gets one DM when Poe needs help, however many asks fail, and one when it is over."""
    for met in (trouble, type(trouble)(), type(trouble)()):
        quoth.poe.held.put_nowait(met)
    await presence(discord, "dnd", words)
    await discord.wait(lambda: told(discord))
    quoth.poe.held.put_nowait(None)
    await presence(discord, "online", "/ask any model on Poe")
    await discord.wait(lambda: len(told(discord)) == 2)
    assert "can't answer questions" in told(discord)[0]
    assert told(discord)[1] == "Poe is working again, and Quoth is answering questions."
    assert told(discord, "alice") == told(discord, "bob") == []


async def test_short_trouble_sends_no_dm(
    quoth: QuothInSandbox, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble that passes by itself sends no DM, and the same wall sends another DM only after a while."""
    for met in (RateLimited(), None, BrowserFailed(), None, LoginRequired(), None, LoginRequired(), None):
        quoth.poe.held.put_nowait(met)
    await discord.wait(lambda: len(told(discord)) == 2)
    await until(quoth.poe.held.empty)
    monkeypatch.setattr(poe_notices, "_QUIET", 0.0)
    quoth.poe.held.put_nowait(LoginRequired())
    await discord.wait(lambda: len(told(discord)) == 3)
    assert [("login" in text) for text in told(discord)] == [True, False, True]


async def test_a_closed_dm_is_only_logged(
    quoth: QuothInSandbox, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """If the operator's DMs are closed, the log says so and Quoth goes on."""
    discord.world.users.admin.closed = True
    quoth.poe.held.put_nowait(LoginRequired())
    await until(lambda: "Could not send a DM to the operator: HTTP 403, code 50007." in caplog.text)
    quoth.poe.held.put_nowait(None)
    await presence(discord, "online", "/ask any model on Poe")
    assert told(discord) == []


async def test_presence_is_shown_anew_with_each_session(
    quoth: QuothInSandbox, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quoth sets its presence again in each new session."""
    quoth.poe.held.put_nowait(LoginRequired())
    await presence(discord, "dnd", "Not logged in to Poe")

    async def at_once(_: int | None, *, initial: bool = False) -> None:
        """Spare the test the five seconds that discord.py waits before it identifies."""

    monkeypatch.setattr(quoth.bot, "before_identify_hook", at_once)
    await discord.invalidate_session(resumable=False)
    await discord.wait(lambda: discord.gateway.identifies == 2, LIMIT)
    await presence(discord, "dnd", "Not logged in to Poe")


def test_operators_of_a_team() -> None:
    """Of a team, its owner, admins and developers are operators; read-only and invited members are not."""
    accepted, invited = library.TeamMembershipState.accepted, library.TeamMembershipState.invited
    roles = library.TeamMemberRole
    members = [
        SimpleNamespace(id=1, role=roles.admin, membership_state=accepted),
        SimpleNamespace(id=2, role=roles.developer, membership_state=accepted),
        SimpleNamespace(id=3, role=roles.read_only, membership_state=accepted),
        SimpleNamespace(id=4, role=roles.admin, membership_state=invited),
    ]
    owner = SimpleNamespace(id=6)
    team = SimpleNamespace(owner_id=5, members=members)
    assert operators(cast("Any", SimpleNamespace(team=team, owner=owner))) == {1, 2, 5}
    assert operators(cast("Any", SimpleNamespace(team=None, owner=owner))) == {6}
