"""The page's WebSocket: operations of one person come in, what that person sees goes out."""

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from typing import Any, cast

from aiohttp import WSMsgType, web

from sandbox.discord.page.menu import Menu, menu_frame, menu_operations
from sandbox.discord.page.operations import Malformed, Operations
from sandbox.discord.page.view import View
from sandbox.discord.rest.requests import MAX_REQUEST_BYTES
from sandbox.discord.world.entities import Interaction, InteractionType, Json, Message, User
from sandbox.discord.world.errors import ApiError, UnmodelledError
from sandbox.discord.world.events import (
    ChannelChanged,
    ChannelCreated,
    ChannelRemoved,
    CommandsChanged,
    Event,
    GuildJoined,
    GuildLeft,
    InteractionAnswered,
    InteractionFailed,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    PresenceChanged,
    ThreadCreated,
)
from sandbox.discord.world.people import People
from sandbox.discord.world.permissions import sees
from sandbox.discord.world.store import World

NO_ANSWER = "The application did not respond"
_REFUSALS = (ApiError, UnmodelledError, LookupError, PermissionError, ValueError, Malformed)


class PageSocket:
    """One page of one person.

    Args:
        world: The store.
        people: Does the actions.
        me: The page's person.
        menu: What the page's menu controls, if there is one.
    """

    def __init__(self, world: World, people: People, me: User, menu: Menu | None) -> None:
        self._world = world
        self._view = View(world, people, me)
        self._operations = Operations(world, people, me, self._view, menu_operations(menu) if menu else {})
        self._menu = menu
        self._me = me
        self._outbox = asyncio.Queue[Json]()
        self._autocompleting: dict[Interaction, object] = {}
        self._acting: set[asyncio.Task[None]] = set()
        self._socket = web.WebSocketResponse(heartbeat=30, max_msg_size=2 * MAX_REQUEST_BYTES)  # base64 grows

    async def close(self) -> None:
        """Close the WebSocket: the server is going away."""
        await self._socket.close(code=1001)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the page until it disconnects."""
        socket = self._socket
        await socket.prepare(request)
        self._send("WORLD", self._view.world())
        self._send_menu()
        menu_changes = self._menu.subscribed(self._send_menu) if self._menu else contextlib.nullcontext()
        with self._world.events.subscribed(self._on_event), menu_changes:
            pump = asyncio.create_task(self._pump(socket))
            try:
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        self._act(frame.data)
            finally:
                pump.cancel()
                await asyncio.wait([pump])
        return socket

    async def _pump(self, socket: web.WebSocketResponse) -> None:
        # Nothing needs to be sent to a page that has disconnected.
        with contextlib.suppress(ConnectionError):
            while True:
                await socket.send_str(json.dumps(await self._outbox.get()))

    def _send(self, kind: str, data: object) -> None:
        self._outbox.put_nowait({"t": kind, "d": data})

    def _send_menu(self) -> None:
        if self._menu:
            self._send("MENU", menu_frame(self._menu))

    def _reply(self, number: object, result: object = None, error: str | None = None) -> None:
        outcome: Json = {"ok": True, "result": result} if error is None else {"ok": False, "error": error}
        self._send("REPLY", {"n": number} | outcome)

    def _act(self, text: str) -> None:
        """Run one operation and send its result; an autocomplete's is sent once the bot has answered."""
        fields: Json = {}
        try:
            fields = cast("Json", json.loads(text))
            done = self._operations.do(fields)
        except _REFUSALS as error:
            self._reply(fields.get("n"), error=_sentence(error))
            return
        if isinstance(done, Interaction):
            self._autocompleting[done] = fields.get("n")
        elif isinstance(done, Coroutine):
            task = asyncio.create_task(self._finish(fields.get("n"), cast("Coroutine[Any, Any, object]", done)))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)
        else:
            self._reply(fields.get("n"), done)

    async def _finish(self, number: object, doing: Coroutine[Any, Any, object]) -> None:
        try:
            self._reply(number, await doing)
        except Exception as error:  # noqa: BLE001 - whatever failed, the person waits for a reply
            self._reply(number, error=_sentence(error))

    def _on_event(self, event: Event) -> None:
        """Send what this person may see."""
        match event:
            case MessageCreated(message):
                self._show("MESSAGE_CREATE", message)
            case MessageEdited(message):
                self._show("MESSAGE_UPDATE", message)
            case MessageDeleted(message):
                if sees(self._me, message):
                    self._send("MESSAGE_DELETE", {"id": str(message.id), "channel_id": str(message.channel.id)})
            case InteractionAnswered(interaction) | InteractionFailed(interaction):
                if interaction.user is self._me:
                    self._send_response(interaction)
            case (
                CommandsChanged()
                | ThreadCreated()
                | ChannelCreated()
                | ChannelChanged()
                | ChannelRemoved()
                | GuildJoined()
                | GuildLeft()
            ):
                self._send("WORLD", self._view.world())
            case PresenceChanged():
                self._send("PRESENCE", self._world.presence)
            case _:
                pass

    def _show(self, kind: str, message: Message) -> None:
        if sees(self._me, message):
            self._send(kind, self._view.message(message))

    def _send_response(self, interaction: Interaction) -> None:
        if interaction.type is InteractionType.AUTOCOMPLETE:
            self._send_choices(interaction)
            return
        body: Json = {"interaction_id": str(interaction.id)}
        if interaction.failed:
            self._send("INTERACTION_FAILED", body | {"channel_id": str(interaction.channel.id), "text": NO_ANSWER})
        elif interaction.modal is not None:
            self._send("MODAL", body | self._view.modal(interaction.modal, interaction.channel))
        else:
            self._send("INTERACTION_ANSWERED", body)

    def _send_choices(self, interaction: Interaction) -> None:
        # If a person has two pages open, only one of them asked.
        if interaction not in self._autocompleting:
            return
        number = self._autocompleting.pop(interaction)
        if interaction.choices is None:
            self._reply(number, error=NO_ANSWER)
        else:
            choices = [{"name": choice.name, "value": choice.value} for choice in interaction.choices]
            self._reply(number, {"choices": choices})


def _sentence(error: Exception) -> str:
    """Return the sentence that a person reads about an error."""
    if isinstance(error, ApiError) and error.errors is not None:
        return f"{error.message}: {json.dumps(error.errors)}"
    return error.message if isinstance(error, ApiError) else str(error.args[0] if error.args else error)
