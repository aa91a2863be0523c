"""Messages: edits, files, nonces, threads and replies."""

import io
import json
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.discord import UNLIMITED, DiscordSandbox, File
from tests.support.discord_bot import running
from tests.support.discord_rest import Rest, bare, begin, callback, original

BUTTONS = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Press", "custom_id": "press"}]}]


@pytest.fixture
def sandbox() -> DiscordSandbox:
    """A Discord without limits, not yet started."""
    return DiscordSandbox(limits=UNLIMITED)


@pytest.fixture
async def rest(sandbox: DiscordSandbox) -> AsyncGenerator[Rest]:
    """A REST client without discord.py."""
    async with bare(sandbox) as client:
        yield client


@pytest.fixture
def path(sandbox: DiscordSandbox) -> str:
    """The path of a channel's messages."""
    return f"/channels/{sandbox.world.channels.general.id}/messages"


async def test_edited_follows_the_content_alone(rest: Rest, path: str) -> None:
    """New buttons or the same text leave edited_timestamp empty; another text sets it."""
    _, _, sent = await rest("POST", path, {"content": "One"})
    one = f"{path}/{sent['id']}"
    assert sent["edited_timestamp"] is None
    assert (await rest("PATCH", one, {"components": BUTTONS}))[2]["edited_timestamp"] is None
    assert (await rest("PATCH", one, {"content": "One"}))[2]["edited_timestamp"] is None
    _, _, changed = await rest("PATCH", one, {"content": "Two"})
    assert changed["edited_timestamp"] is not None
    assert changed["components"][0]["components"][0]["custom_id"] == "press"


async def test_first_fill_of_a_deferred_answer_does_not_show_as_edited(sandbox: DiscordSandbox, rest: Rest) -> None:
    """The second edit does. Untested against Discord, says discord.md section 3."""
    interaction = begin(sandbox)
    await rest("POST", callback(interaction), {"type": 5}, token=False)
    for text, edited in (("First", False), ("Second", True)):
        await rest("PATCH", original(sandbox, interaction), {"content": text}, token=False)
        assert (interaction.response.edited_at is not None) is edited


async def test_files_are_kept_only_when_listed(sandbox: DiscordSandbox, rest: Rest, path: str) -> None:
    """`attachments` of an edit lists the files to keep; without it all stay. The files are served."""
    said = sandbox.people.say(
        sandbox.world.users.bob, sandbox.world.channels.general, "", files=[File("ä b?.txt", b"A"), File("b.txt", b"B")]
    )
    assert [file.filename for file in said.attachments] == ["ä b?.txt", "b.txt"]
    async with aiohttp.ClientSession() as session:
        async with session.get(said.attachments[0].url) as file:
            assert await file.read() == b"A"
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({"attachments": [{"id": 0, "filename": "c.txt"}]}))
        form.add_field("files[0]", b"C", filename="whatever.txt", content_type="text/plain")
        headers = {"Authorization": f"Bot {sandbox.token}"}
        async with session.post(sandbox.api_url + path, data=form, headers=headers) as answer:
            sent = await answer.json()
        async with session.get(sent["attachments"][0]["url"]) as file:
            assert (sent["attachments"][0]["filename"], await file.read()) == ("c.txt", b"C")
    one = f"{path}/{sent['id']}"
    assert len((await rest("PATCH", one, {"content": "Still there"}))[2]["attachments"]) == 1
    assert (await rest("PATCH", one, {"attachments": []}))[2]["attachments"] == []


async def test_large_file_is_refused(sandbox: DiscordSandbox, path: str, rest: Rest) -> None:
    """More than 10 MiB get a 413 and 40005."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {sandbox.token}"}) as session:
        form = aiohttp.FormData()
        form.add_field("files[0]", io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), filename="large.bin")
        async with session.post(sandbox.api_url + path, data=form) as answer:
            assert (answer.status, (await answer.json())["code"]) == (413, 40005)


async def test_same_nonce_is_the_same_message(rest: Rest, path: str) -> None:
    """With enforce_nonce a second send returns the first message."""
    body = {"content": "Once", "nonce": "n-1", "enforce_nonce": True}
    sent = [(await rest("POST", path, body))[2]["id"] for _ in range(2)]
    assert len(set(sent)) == 1
    assert (await rest("POST", path, {**body, "enforce_nonce": False}))[2]["id"] not in sent


async def test_reply_survives_its_target(rest: Rest, path: str) -> None:
    """A reply's target becomes null when it is deleted; with fail_if_not_exists off it is then left out."""
    _, _, target = await rest("POST", path, {"content": "Target"})
    reference: dict[str, Any] = {"message_id": target["id"]}
    _, _, reply = await rest("POST", path, {"content": "Reply", "message_reference": reference})
    assert (reply["type"], reply["referenced_message"]["content"]) == (19, "Target")
    assert (await rest("DELETE", f"{path}/{target['id']}"))[0] == 204
    assert (await rest("GET", f"{path}/{reply['id']}"))[2]["referenced_message"] is None
    late = {"content": "Late", "message_reference": {**reference, "fail_if_not_exists": False}}
    assert (await rest("POST", path, late))[2]["type"] == 0


async def test_others_messages_are_not_ones_own(sandbox: DiscordSandbox, rest: Rest, path: str) -> None:
    """The bot can neither edit nor, without Manage Messages, delete them."""
    said = await sandbox.say("bob", "general", "Mine")
    status, _, body = await rest("PATCH", f"{path}/{said.id}", {"content": "Yours"})
    assert (status, body["code"]) == (403, 50005)
    status, _, body = await rest("DELETE", f"{path}/{said.id}")
    assert (status, body["code"]) == (403, 50013)


async def test_known_path_with_a_strange_method_is_unknown(sandbox: DiscordSandbox, rest: Rest, path: str) -> None:
    """It is recorded like any other unmodelled route."""
    assert (await rest("PUT", path, {}))[0] == 404
    assert len(sandbox.ledger.unknown) == 1


async def test_threads(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread has its message's id; an archived one takes no edits, and a new message reopens it."""
    async with sandbox, running(sandbox, monkeypatch) as bot:
        channel = bot.get_channel(sandbox.world.channels.general.id)
        assert isinstance(channel, discord.TextChannel)
        message = await channel.send("Let us talk")
        thread = await message.create_thread(name="Talk")
        assert thread.id == message.id
        room = sandbox.world.channels["Talk"]
        await sandbox.say("bob", room, "Hello in here")
        sent = await thread.send("Welcome")
        contents = [each.content async for each in thread.history(oldest_first=True)]
        assert contents == ["", "Hello in here", "Welcome"]
        room.archived = True
        with pytest.raises(discord.HTTPException) as refused:
            await sent.edit(content="Changed")
        assert refused.value.code == 50083
        await sandbox.say("bob", room, "Knock knock")
        assert not room.archived
        await bot.heard_text("Knock knock")
        assert sandbox.ledger.unknown == []
