"""The page's WebSocket: each person gets what they may see, and their operations are run."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from sandbox.discord import Deadlines, DiscordSandbox, Permission, User
from tests.support.discord_bot import Bot, running


class Page:
    """A page without a browser: the frames it received, and the replies to its operations."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.frames: list[tuple[str, Any]] = []

    async def hear(self, kind: str) -> Any:
        """Return the data of the next frame of a kind; frames before it are kept in `frames`."""
        while True:
            frame = json.loads((await self._socket.receive(timeout=5)).data)
            self.frames.append((frame["t"], frame["d"]))
            if frame["t"] == kind:
                return frame["d"]

    async def ask(self, op: str, **fields: object) -> Any:
        """Run an operation and return the reply."""
        self._number += 1
        await self._socket.send_json({"op": op, "n": self._number, **fields})
        answer = await self.hear("REPLY")
        assert answer["n"] == self._number
        return answer


@asynccontextmanager
async def page_of(sandbox: DiscordSandbox, person: User) -> AsyncGenerator[Page]:
    """One person's page."""
    url = f"{sandbox.page_url}page/socket?user={person.id}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        yield Page(socket)


@pytest.fixture
async def sandbox() -> AsyncGenerator[DiscordSandbox]:
    """A new Discord for every test."""
    async with DiscordSandbox() as running_sandbox:
        yield running_sandbox


@pytest.fixture
async def bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Bot]:
    """The bot, ready."""
    async with running(sandbox, monkeypatch) as running_bot:
        yield running_bot


def command_id(world: Any, name: str) -> str:
    """Return a command's id from a WORLD frame."""
    return next(command["id"] for command in world["commands"] if command["name"] == name)


async def test_page_and_assets_are_served(sandbox: DiscordSandbox) -> None:
    """The page and its files are served, and nothing else."""
    async with aiohttp.ClientSession() as session:
        async with session.get(sandbox.page_url) as page:
            assert page.content_type == "text/html"
        async with session.get(f"{sandbox.page_url}page/page.js") as script:
            assert script.status == 200
        async with session.get(f"{sandbox.page_url}page/%2e%2e/world.py") as outside:
            assert outside.status in (403, 404)


async def test_strange_pages_may_not_act(sandbox: DiscordSandbox) -> None:
    """A page of another origin gets no socket."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{sandbox.page_url}page/socket", origin="http://elsewhere.example")


async def test_world_shows_what_a_person_may_see(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Hidden channels and commands are absent; the notice says that no real model answers."""
    world = sandbox.world
    hidden = world.channels.logbook
    world.deny(hidden, world.users.alice, Permission.VIEW_CHANNEL)
    async with page_of(sandbox, world.users.alice) as page:
        seen = await page.hear("WORLD")
        names = {channel["name"] for guild in seen["guilds"] for channel in guild["channels"]}
        assert names == {"general", "lamp-room", "starter-talk", "oven"}
        assert seen["me"]["username"] == "alice"
        assert "no real model" in seen["notice"]
        assert {command["name"] for command in seen["commands"]} == {
            "stream", "picky", "buttons", "Quote", "secret", "silent"
        }  # fmt: skip
        assert not (await page.ask("history", channel_id=str(hidden.id)))["ok"]
        await sandbox.say("bob", hidden, "Nobody hears this")
        await sandbox.say("bob", "general", "Hello **all**")
        heard = await page.hear("MESSAGE_CREATE")
        assert heard["content"] == "Hello **all**"
        assert "<strong>all</strong>" in heard["html"]


async def test_person_uses_a_command(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Autocomplete suggests, the command responds, and an ephemeral response is shown only to its person."""
    world, room = sandbox.world, str(sandbox.world.channels.general.id)
    async with page_of(sandbox, world.users.alice) as page, page_of(sandbox, world.users.bob) as other:
        seen = await page.hear("WORLD")
        picky, secret = command_id(seen, "picky"), command_id(seen, "secret")
        fields = {"channel_id": room, "command_id": picky}
        proposed = await page.ask("autocomplete", **fields, options={"animal": "c"}, focused="animal")
        assert proposed["result"] == {"choices": [{"name": "The Cat", "value": "Cat"}]}
        missing = await page.ask("command", **fields, options={})
        assert (missing["ok"], missing["error"]) == (False, "required options are missing: ['animal']")
        await page.ask("command", channel_id=room, command_id=secret)
        assert (await page.hear("MESSAGE_CREATE"))["flags"] == 64
        begun = await page.ask("command", **fields, options={"animal": "Yak"})
        assert begun["ok"]
        message = await page.hear("MESSAGE_CREATE")
        assert message["interaction_metadata"]["id"] == begun["result"]["interaction_id"]
        assert (await other.hear("MESSAGE_CREATE"))["content"] == "Yak"


async def test_person_presses_and_submits(sandbox: DiscordSandbox, bot: Bot) -> None:
    """A button opens a form on the page of the person who pressed it; submitting it gets a response."""
    shown = (await sandbox.command("alice", "general", "buttons")).response
    async with page_of(sandbox, sandbox.world.users.bob) as page:
        target = {"channel_id": str(shown.channel.id), "message_id": str(shown.id)}
        await page.ask("press", **target, custom_id="again")
        modal = await page.hear("MODAL")
        assert modal["title"] == "Ask again"
        await page.ask("submit", interaction_id=modal["interaction_id"], values={"text": "Why?"})
        assert (await page.hear("MESSAGE_CREATE"))["content"] == "Asked: Why?"
        await page.ask("press", **target, custom_id="model", values=["Ant"])
        assert (await page.hear("MESSAGE_UPDATE"))["content"] == "Chosen: Ant"


async def test_person_writes_reads_and_deletes(sandbox: DiscordSandbox) -> None:
    """History is oldest first, fifty at a time; people may delete their own messages, not those of others."""
    room = sandbox.world.channels.general
    for number in range(60):
        await sandbox.say("bob", room, str(number))
    async with page_of(sandbox, sandbox.world.users.alice) as page:
        latest = (await page.ask("history", channel_id=str(room.id)))["result"]
        assert [message["content"] for message in latest] == [str(number) for number in range(10, 60)]
        earlier = (await page.ask("history", channel_id=str(room.id), before=latest[0]["id"]))["result"]
        assert [message["content"] for message in earlier] == [str(number) for number in range(10)]
        said = await page.ask("say", channel_id=str(room.id), content="Mine", reply_to=latest[-1]["id"])
        assert said["result"]["referenced_message"]["content"] == "59"
        target = {"channel_id": str(room.id), "message_id": said["result"]["id"]}
        assert (await page.ask("delete", **target))["ok"]
        refused = await page.ask("delete", channel_id=str(room.id), message_id=latest[0]["id"])
        assert (refused["ok"], refused["error"]) == (False, "alice lacks MANAGE_MESSAGES in general")
        assert [kind for kind, _ in page.frames if kind.startswith("MESSAGE")] == ["MESSAGE_CREATE", "MESSAGE_DELETE"]


async def test_silence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who gets no response in time is told so; invalid operations are refused with a sentence."""
    async with (
        DiscordSandbox(deadlines=Deadlines(answer_within=0.3)) as sandbox,
        running(sandbox, monkeypatch),
        page_of(sandbox, sandbox.world.users.alice) as page,
    ):
        world = await page.hear("WORLD")
        room = str(sandbox.world.channels.general.id)
        begun = await page.ask("command", channel_id=room, command_id=command_id(world, "silent"))
        assert (await page.ask("dance"))["error"] == "unknown operation 'dance'"
        assert not (await page.ask("say", channel_id=room))["ok"]
        failed = await page.hear("INTERACTION_FAILED")
        assert failed["interaction_id"] == begun["result"]["interaction_id"]
        assert failed["text"] == "The application did not respond"
