"""What Discord refuses or hides: invalid messages and commands, missing intents, and what the sandbox doesn't model."""

from typing import Any

import discord
import pytest
from aiohttp import ClientConnectionError
from discord import app_commands

from sandbox.discord import NO_ANSWER, UNLIMITED, DiscordSandbox
from tests.support.discord_bot import Bot, running
from tests.support.discord_rest import EVERYTHING, bare


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x" * 2001}, 50035),
        ({"content": "  "}, 50006),
        ({}, 50006),
        ({"content": "x", "nonce": "x" * 26}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035),
        (
            {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x" * 81, "custom_id": "a"}]}]},
            50035,
        ),
        ({"flags": 1 << 15, "content": "x"}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "x" * 2001}] * 2}, 50035),
    ],
)
async def test_bad_messages_are_refused(body: dict[str, Any], code: int) -> None:
    """Sizes and shapes of messages are checked as Discord checks them."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        status, _, refused = await rest("POST", f"/channels/{sandbox.world.channels.general.id}/messages", body)
        assert (status, refused["code"]) == (400, code)


async def test_a_dm_needs_a_server_in_common() -> None:
    """The bot may write to people of its servers and to those who installed it; to strangers it is 50007."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        stranger = sandbox.world.add_person("stranger")
        path = f"/channels/{sandbox.world.dm(stranger).id}/messages"
        status, _, refused = await rest("POST", path, {"content": "x"})
        assert (status, refused["code"]) == (403, 50007)
        sandbox.world.install(stranger)
        assert (await rest("POST", path, {"content": "x"}))[0] == 200


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": "Upper"}, "name"),
        ({"name": "two words"}, "name"),
        ({"description": ""}, "description"),
        ({"description": "x" * 101}, "description"),
        ({"options": [{"type": 3, "name": f"o{n}", "description": "d"} for n in range(26)]}, "options"),
        (
            {"options": [{"type": 3, "name": "o", "description": "d", "choices": [{"name": "n", "value": "v"}] * 26}]},
            "options",
        ),
        (
            {
                "options": [
                    {"type": 3, "name": "a", "description": "d"},
                    {"type": 3, "name": "b", "description": "d", "required": True},
                ]
            },
            "options",
        ),
        (
            {
                "options": [
                    {
                        "type": 3, "name": f"o{n}", "description": "d" * 100,
                        "choices": [{"name": f"{n}{m}" * 10, "value": "v" * 100} for m in range(15)],
                    }
                    for n in range(5)
                ]
            },
            "_errors",
        ),
    ],
)  # fmt: skip
async def test_bad_commands_are_refused(change: dict[str, Any], where: str) -> None:
    """A sync that exceeds a limit gets a 400 with 50035 at the command's index, and changes nothing."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        path = f"/applications/{sandbox.world.application_id}/commands"
        status, _, refused = await rest("PUT", path, [EVERYTHING, {**EVERYTHING, "name": "other", **change}])
        assert (status, refused["code"]) == (400, 50035)
        assert where in refused["errors"]["1"]
        assert [command.name for command in sandbox.world.commands()] == ["anything"]


async def test_sync_failure_reaches_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py raises CommandSyncFailure."""
    sandbox = DiscordSandbox(limits=UNLIMITED, forgiving=True)
    async with sandbox, running(sandbox, monkeypatch) as bot:

        @bot.tree.command(description="x" * 101)
        async def long(_: discord.Interaction) -> None:  # pyright: ignore[reportUnusedFunction] - registered above
            """Never used."""

        with pytest.raises(app_commands.CommandSyncFailure, match="description"):
            await bot.tree.sync()


async def test_content_is_stripped_without_the_intent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other people's content is empty on gateway and REST, except mentions, DMs and the target of a context menu."""
    async with (
        DiscordSandbox(message_content=False) as sandbox,
        running(sandbox, monkeypatch, Bot(message_content=False)) as bot,
    ):
        me = sandbox.world.bot.id
        room = sandbox.world.channels.general
        answer = (await sandbox.command("alice", room, "picky", animal="Ant")).response
        channel = bot.get_channel(room.id)
        assert isinstance(channel, discord.TextChannel)
        sent = await channel.send("By token")
        plain = await sandbox.say("bob", room, "Us")
        mention = await sandbox.say("bob", room, f"<@{me}> hello")
        to_answer = await sandbox.say("bob", room, "To the slash answer", reply_to=answer)
        to_sent = await sandbox.say("bob", room, "To the message", reply_to=room.messages[sent.id])
        seen = {message.id: message.content async for message in channel.history()}
        expected = {
            answer.id: "Ant", sent.id: "By token", plain.id: "", mention.id: mention.content,
            to_answer.id: "", to_sent.id: "To the message",
        }  # fmt: skip
        assert seen == expected
        await sandbox.say("bob", "dm", "Private")
        await sandbox.wait(lambda: len(sandbox.world.dm("bob").messages) == 2)
        heard = {message.id: message.content for message in bot.heard}
        assert {message_id: heard[message_id] for message_id in expected} == expected
        quoted = await sandbox.menu("alice", plain, "Quote")
        assert quoted.response.content == "> Us"


async def test_ordered_failures_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fail_next` fails as often as ordered; the library retries a 502 and gives up on a 403."""
    async with DiscordSandbox() as sandbox, running(sandbox, monkeypatch) as bot:
        channel = bot.get_channel(sandbox.world.channels.general.id)
        assert isinstance(channel, discord.TextChannel)
        sandbox.fail_next("POST", "/messages", 502)
        sent = await channel.send("Twice tried")
        assert [call.status for call in sandbox.ledger.to("POST", "/messages")] == [502, 200]
        sandbox.fail_next("PATCH", "/messages/", 403, body={"message": "Missing Access", "code": 50001})
        with pytest.raises(discord.Forbidden) as refused:
            await sent.edit(content="Never")
        assert refused.value.code == 50001
        assert (await sent.edit(content="At last")).content == "At last"


async def test_a_mistake_is_not_passed_over() -> None:
    """Leaving a Discord that answered 400 fails, unless that was ordered or forgiven."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    path = f"/channels/{sandbox.world.channels.general.id}/messages"
    async with bare(sandbox) as rest:
        sandbox.fail_next("POST", path, 400)
        assert (await rest("POST", path, {"content": "fine"}))[0] == 400
        assert sandbox.ledger.mistakes == []
        assert (await rest("POST", path, {"content": "x" * 2001}))[0] == 400
        sandbox.forgiving = False
        with pytest.raises(AssertionError, match="code=50035"):
            await sandbox.__aexit__(None, None, None)
        sandbox.forgiving = True


async def test_a_broken_connection_is_no_answer() -> None:
    """A call whose connection breaks on demand changes nothing."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        path = f"/channels/{sandbox.world.channels.general.id}/messages"
        sandbox.fail_next("POST", path, NO_ANSWER)
        with pytest.raises(ClientConnectionError):
            await rest("POST", path, {"content": "lost"})
        assert sandbox.world.messages("general") == []


async def test_what_is_not_modelled_is_refused_loudly(caplog: pytest.LogCaptureFixture) -> None:
    """Unknown routes get a 404, unknown features a 501; both are recorded and logged as errors."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        path = f"/channels/{sandbox.world.channels.general.id}/messages"
        assert (await rest("POST", f"{path}/bulk-delete", {}))[0] == 404
        unmodelled: list[dict[str, Any]] = [
            {"poll": {"question": {"text": "?"}}},
            {"embeds": [{"description": "x"}]},
            {"flags": 1 << 15, "components": [{"type": 12, "items": []}]},
        ]
        assert [(await rest("POST", path, body))[0] for body in unmodelled] == [501] * 3
        commands = f"/applications/{sandbox.world.application_id}/commands"
        assert (await rest("PUT", commands, [{"type": 2, "name": "User menu"}]))[0] == 501
        assert (await rest("GET", "/users/@me", token=False))[0] == 401
        assert len(sandbox.ledger.unknown) == 5
        assert [record.levelname for record in caplog.records] == ["ERROR"] * 5
