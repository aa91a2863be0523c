"""Gateway events that discord.py can't parse: each is skipped and named once, and everything else goes on."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import bootstrap, discord_errors
from bot.gateway_events import GatewayUnreadable
from sandbox.discord import DiscordSandbox
from sandbox.discord.gateway.sessions import Session
from sandbox.discord.world.entities import Json
from tests.support.quoth_in_sandbox import LIMIT, QuothInSandbox, quoth_in_sandbox, until

SECRET = "the words of a question"
MESSAGE: Json = {
    "id": "1543645035579310999",
    "type": 0,
    "content": SECRET,
    "author": {"id": "4", "username": "eve", "discriminator": "0", "avatar": None},
    "channel_id": "4",
    "attachments": [],
    "embeds": [],
    "mentions": [],
}


@asynccontextmanager
async def served(environment: dict[str, str], discord: DiscordSandbox) -> AsyncGenerator[asyncio.Task[None]]:
    """Run Quoth as ``quoth run`` does, until the block ends."""
    serving = asyncio.create_task(bootstrap.run(bootstrap.Settings.read(environment)))
    try:
        yield serving
    finally:
        serving.cancel()
        await asyncio.wait({serving})


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("MESSAGE_CREATE", MESSAGE | {"guild_id": ""}, "ValueError"),
        ("MESSAGE_CREATE", MESSAGE | {"author": {"id": "4"}}, "ValueError"),
        ("MESSAGE_CREATE", {key: value for key, value in MESSAGE.items() if key != "id"}, "KeyError"),
        ("MESSAGE_CREATE", MESSAGE | {"id": SECRET}, "ValueError"),
        ("MESSAGE_CREATE", None, "TypeError"),
        ("MESSAGE_UPDATE", [SECRET], "TypeError"),
        ("MESSAGE_DELETE", {}, "KeyError"),
        ("INTERACTION_CREATE", {"id": "5", "type": 2, "token": SECRET, "version": 1}, "KeyError"),
        ("GUILD_CREATE", {"id": "6", "channels": [{"id": SECRET}]}, ""),
        ("CHANNEL_UPDATE", SECRET, ""),
        ("THREAD_CREATE", {"guild_id": "x"}, ""),
        ("NEVER_HEARD_OF", {"a": SECRET}, None),
    ],
)
async def test_an_odd_event_is_skipped(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture, name: str, data: Any, kind: str | None
) -> None:
    """Whatever an event holds, the next one is handled; the log names its type and the error once, and no content."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        for _ in range(2):
            discord.deliver(name, data)
            await still_answers(quoth)
        named = [record.getMessage() for record in caplog.records if f"Discord sent a {name}" in record.getMessage()]
        assert len(named) == (0 if kind is None else 1)
        assert all(f"({kind}" in line for line in named)
        assert not any(SECRET in record.getMessage() or record.exc_info for record in caplog.records)


async def still_answers(quoth: QuothInSandbox) -> None:
    """Have a DM answered."""
    _, answer = await quoth.say("bob", "dm", "Are you there?")
    answer.end("Yes")


@pytest.mark.parametrize("lacks", ["user", "guilds", "session_id", "resume_gateway_url"])
async def test_ready_alone_may_end_the_start(
    environment: dict[str, str], discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    """A READY that can't be read ends the start with a sentence that says what to do."""
    whole = Session.dispatch

    def trimmed(session: Session, name: str, data: Any) -> int:
        if name == "READY":
            data = {key: value for key, value in data.items() if key != lacks}
        return whole(session, name, data)

    monkeypatch.setattr(Session, "dispatch", trimmed)
    async with served(environment, discord) as serving:
        with pytest.raises(GatewayUnreadable, match="pdate Quoth"):
            await asyncio.wait_for(asyncio.shield(serving), LIMIT)


@pytest.mark.parametrize(
    "frame", ["{", "[]", '{"op": 0, "t": "RESUMED", "s": 9, "d": null}', '{"op": 10, "d": null}', '"x"']
)
async def test_a_frame_that_can_not_be_read_costs_a_connection(
    environment: dict[str, str],
    discord: DiscordSandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    frame: str,
) -> None:
    """What is no event at all makes Quoth connect again, with one line in the log."""
    monkeypatch.setattr(discord_errors, "_FIRST_PAUSE", 0.01)
    caplog.set_level(logging.INFO)
    async with served(environment, discord):
        await discord.ready(LIMIT)
        before = discord.gateway.identifies
        (session,) = discord.gateway.connected
        await until(lambda: session.seq > 1)
        assert session.socket is not None
        await session.socket.send_str(frame)
        await discord.wait(lambda: discord.gateway.identifies > before and discord.gateway.connected, LIMIT)
        assert (await discord.command("bob", "general", "help")).response.content
    told = [record for record in caplog.records if "Quoth tries again until it works" in record.getMessage()]
    assert len(told) == 1
    assert "can't be read" in told[0].getMessage()
