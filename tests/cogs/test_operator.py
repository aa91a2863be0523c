"""The operator's own commands, maintenance, and messages about Poe to the operator."""

import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord as library
import pytest

from bot.errors import (
    BrowserFailed,
    ChallengeShown,
    InMaintenance,
    KeyRefused,
    LimitReached,
    LoginRequired,
    PoeError,
    PriceNotAgreed,
    RateLimited,
)
from bot.markdown.own_lines import separate
from bot.ops import poe_notices
from bot.ops.poe_notices import operators
from bot.poe.api.account import Account
from bot.poe.api.points import Points
from sandbox.discord import DiscordSandbox, File
from sandbox.poe.api.balance import Charge
from sandbox.poe.sandbox import PoeSandbox
from storage.limits import Limits
from tests.support.quoth_in_sandbox import LIMIT, QuothInSandbox, quoth_in_sandbox, until
from tests.support.quoth_in_simcord import quoth_in_simcord
from tests.support.replies import buttons, posts

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
    for _ in range(12):
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
        "ERROR (12×): A \\*strange\\* failure.",
    ):
        assert part in status.content
    assert SECRET not in status.content
    assert status.ephemeral
    assert len(status.content) <= 2000


async def test_what_people_do_is_no_warning(quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """/status lists no slips of people as warnings: neither refused questions nor deleted replies."""
    world = discord.world
    await quoth.bot.stores.limits.change(world.guilds["Sourdough Society"].id, 0, Limits(cooldown=600))
    unknown = await discord.command("alice", "general", "ask", prompt="Well?", model="no such model")
    await quoth.refused(unknown, "There is no model called")
    await discord.command("alice", "general", "model allow", models="gpt-4")
    damaged = await discord.command("alice", "general", "ask", prompt="Well?", file=File("fog.png", b"\x89PNG"))
    await quoth.refused(damaged, "is damaged")
    _, answer = await quoth.ask("alice", "oven")
    answer.end("Well.")
    refused = await discord.command("alice", "oven", "ask", prompt="So soon?")
    await quoth.refused(refused, "Please wait")
    for seen in (True, False):
        interaction, answer = await quoth.ask("alice", "general")
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of")
        if seen:
            discord.people.delete(world.users.admin, reply)
        else:
            discord.fail_next("PATCH", "@original", 404, body={"message": "Unknown Message", "code": 10008})
            answer.say("Half of it")
        await until(lambda answer=answer: answer.left)
    status = (await discord.command("admin", "dm", "status")).response
    assert "**Recent warnings and errors:** none" in status.content


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


@pytest.mark.parametrize("place", ["status", "dm"])
async def test_the_operator_has_it_tried_again(quoth: QuothInSandbox, discord: DiscordSandbox, place: str) -> None:
    """While something holds Poe up, /status and the DM have a button that lets the next question try at once."""
    quiet = (await discord.command("admin", "general", "status")).response
    assert not quiet.components
    quoth.poe.held.put_nowait(LimitReached())
    await discord.wait(lambda: told(discord) and quoth.bot.poe_notices.trouble)
    if place == "dm":
        (message,) = posts(discord, discord.world.dm("admin"))
    else:
        message = (await discord.command("admin", "general", "status")).response
    (label,) = buttons(message)
    assert label == "Try again now"
    pressed = await discord.press("admin", message, buttons(message)[label])
    assert pressed.response.content == "Quoth tries again with the next question, without waiting."
    assert pressed.response.ephemeral
    assert quoth.poe.tried == 1
    quoth.poe.held.put_nowait(None)
    await discord.wait(lambda: "Poe is working again" in told(discord)[-1])
    if place == "dm":
        assert not message.components
        return
    pressed = await discord.press("admin", message, buttons(message)[label])
    assert pressed.response.content == "Nothing keeps Quoth from asking Poe."


async def test_others_have_nothing_tried_again(quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """The button does nothing for somebody else, who may run Quoth no more."""
    quoth.poe.held.put_nowait(LoginRequired())
    await discord.wait(lambda: told(discord))
    quoth.bot.owner_ids = {discord.world.users.bob.id}
    (message,) = posts(discord, discord.world.dm("admin"))
    pressed = await discord.press("admin", message, buttons(message)["Try again now"])
    assert pressed.response.content == "Only the bot's operator can use this command."
    assert quoth.poe.tried == 0


async def test_the_end_of_maintenance_lets_questions_go_on(quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """What was mended during maintenance is tried at once when it ends."""
    await discord.command("admin", "general", "maintenance on")
    assert quoth.poe.tried == 0
    await discord.command("admin", "general", "maintenance off")
    assert quoth.poe.tried == 1


@pytest.mark.parametrize("points", [0, 350])
async def test_a_price_is_told_to_asker_and_operator(
    quoth: QuothInSandbox, discord: DiscordSandbox, points: int
) -> None:
    """A model that costs more than was agreed to is told to the asker, and once to the operator, with the price."""
    for _ in range(2):
        interaction, answer = await quoth.ask("bob", "oven")
        error = PriceNotAgreed()
        error.points = points
        answer.steps.put_nowait(error)
        await quoth.shown(interaction.response, "the bot's operator hasn't agreed to spend", "failed")
        assert "again" not in interaction.response.content.lower().replace("retry", "")
    await discord.wait(lambda: told(discord))
    await heard_of_trouble(quoth, discord)
    (first, _) = told(discord)
    assert "`GPT-4`" in first
    assert ("350 points" in first) == bool(points)
    assert quoth.bot.poe_notices.trouble is not None  # only the later one


async def heard_of_trouble(quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """Wait until every DM so far has come, by having one more."""
    before = len(told(discord))
    quoth.poe.held.put_nowait(LoginRequired())
    await discord.wait(lambda: len(told(discord)) == before + 1)


async def test_quoth_warms_up_once(quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """After the start the page of the default model is made ready; a new session of the gateway changes nothing."""
    await until(lambda: quoth.poe.warm == ["GPT-4"])
    await discord.drop_gateway(4000)
    await discord.wait(lambda: discord.gateway.connected)
    await discord.command("alice", "general", "help")
    assert quoth.poe.warm == ["GPT-4"]


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


async def test_a_fallback_is_told_once_and_seen_by_nobody_else(
    quoth: QuothInSandbox, discord: DiscordSandbox, tmp_path: Path
) -> None:
    """While new questions go to the API, the operator's DM says so, and Quoth looks as it always does."""
    quoth.poe.falls_back = True
    for met in (LoginRequired(), LoginRequired(), BrowserFailed("The browser crashed.")):
        quoth.poe.held.put_nowait(met)
    await discord.wait(lambda: len(told(discord)) == 2)
    login, crash = told(discord)
    assert login.startswith("Quoth isn't logged in to Poe")
    assert crash.startswith("Quoth can't use the browser for now: The browser crashed.")
    assert all(text.endswith("Until then, new questions go to Poe's API.") for text in told(discord))
    await presence(discord, "online", "/ask any model on Poe")
    status = (await discord.command("admin", "dm", "status")).response
    assert "**Fallback:** new questions go to Poe's API for now" in status.content


async def test_points_are_for_the_operator(tmp_path: Path, discord: DiscordSandbox, poe: PoeSandbox) -> None:
    """A balance that gets low is a DM, and /status shows it with what was spent; members see neither."""
    poe.balance.points = 321
    poe.balance.history.append(Charge("GPT-4o", "API", 12))
    points = Points(Account(poe.api_url, poe.api_key), warning=1000)
    async with quoth_in_sandbox(tmp_path, discord, points=points) as quoth:
        await quoth.bot.wait_until_ready()
        assert "the points aren't known yet" in (await discord.command("admin", "general", "status")).response.content
        await points.refresh()
        await discord.wait(lambda: told(discord) == ["Quoth's Poe account has only 321 points left."])
        status = (await discord.command("admin", "general", "status")).response
        assert "**Poe's API:** 321 points left, 12 spent today" in status.content
        assert told(discord, "alice") == []


async def test_a_refused_key_is_a_state_of_its_own(quoth: QuothInSandbox, discord: DiscordSandbox) -> None:
    """The operator is told to replace the key, and Quoth's status says why nothing is answered."""
    quoth.poe.held.put_nowait(KeyRefused())
    await presence(discord, "dnd", "Poe doesn't accept the API key")
    await discord.wait(lambda: told(discord))
    assert "poe.com/api/keys" in told(discord)[0]


async def test_a_refused_key_of_the_fallback(tmp_path: Path, discord: DiscordSandbox, poe: PoeSandbox) -> None:
    """The operator is told once, at the start or when a question meets it, and the presence stays as it is."""
    points = Points(Account(poe.api_url, "wrong"))
    points.watch()
    async with quoth_in_sandbox(tmp_path, discord, points=points) as quoth:
        await discord.wait(lambda: told(discord))
        _, answer = await quoth.ask("alice")
        answer.steps.put_nowait(KeyRefused())
        _, second = await quoth.ask("bob")
        second.end("Yes.")
        assert [text.partition(",")[0] for text in told(discord)] == [
            "Poe doesn't accept the API key of Quoth's fallback"
        ]
        await presence(discord, "online", "/ask any model on Poe")
    await points.close()


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
