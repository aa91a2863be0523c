"""The stand-in Discord as one object: start it, act as people, read what happened."""

import asyncio
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.discord.cdn import serve_attachment
from sandbox.discord.gateway.connection import Op
from sandbox.discord.gateway.dispatch import Intent
from sandbox.discord.gateway.server import Gateway
from sandbox.discord.ledger import Ledger
from sandbox.discord.page.menu import Menu
from sandbox.discord.page.server import Page
from sandbox.discord.rest.buckets import LIMITS, Buckets, Limits
from sandbox.discord.rest.faults import Faults
from sandbox.discord.rest.requests import MAX_REQUEST_BYTES
from sandbox.discord.rest.routes_application import ApplicationRoutes
from sandbox.discord.rest.routes_channels import ChannelRoutes
from sandbox.discord.rest.routes_interactions import InteractionRoutes
from sandbox.discord.rest.routes_messages import MessageRoutes
from sandbox.discord.rest.server import API, Api
from sandbox.discord.world.command_options import File, Value
from sandbox.discord.world.entities import Channel, Choice, Interaction, Json, Message, User
from sandbox.discord.world.interactions import Interactions, Lives
from sandbox.discord.world.people import People
from sandbox.discord.world.permissions import readable_by
from sandbox.discord.world.posting import Posting
from sandbox.discord.world.seed import furnish
from sandbox.discord.world.store import World
from sandbox.sockets import listener, stop_accepting

T = TypeVar("T")
Who = User | str
Where = Channel | str
_SETTLE = 10.0
_REACTION = 0.05
"""Seconds in which nobody can have reacted to what they see. A guess, on the quick side."""


class DiscordSandbox:
    """A Discord on 127.0.0.1, for as long as its `async with` block lasts.

    Args:
        port: Where to listen; 0 takes a free port.
        latency: Seconds by which every REST answer is later, as the way to Discord is.
        message_content: Whether the bot's portal has the message-content intent switched on.
        guild_members: The same for the members intent. Presences are never on.
        limits: The rate limits in force; see also `UNLIMITED` and `Limits.all_fixed`.
        lives: How long interactions wait and live.
        clock: Unix time in seconds: ages of messages and interactions go by it.
        monotonic: Monotonic time in seconds: rate limits, revisions and the ledger go by it.
        furniture: Puts servers and people into the empty world.
        board: What a menu of the page switches outside of this Discord; without one there is no menu.
        forgiving: Whether leaving the block passes over requests that no bot should make (`ledger.mistakes`).

    Attributes:
        token: The bot's token.
        world: Servers, people, messages: `world.users.alice`, `world.channels["lamp-room"]`, `world.messages(…)`.
        ledger: Every REST call.
        gateway: The gateway and its sessions.
        people: What people do, without waiting for the bot.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency: float = 0.0,
        message_content: bool = True,
        guild_members: bool = False,
        limits: Limits = LIMITS,
        lives: Lives = Lives(),
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        furniture: Callable[[World], None] = furnish,
        board: Menu | None = None,
        forgiving: bool = False,
    ) -> None:
        self.forgiving = forgiving
        self._port = port
        self._latency = latency
        self._message_content = message_content
        self._lives = lives
        self.token = f"sandbox.{secrets.token_urlsafe(24)}"
        self.world = World(clock, monotonic)
        furniture(self.world)
        self.ledger = Ledger()
        privileged = Intent(0)
        privileged |= Intent.MESSAGE_CONTENT if message_content else Intent(0)
        privileged |= Intent.GUILD_MEMBERS if guild_members else Intent(0)
        self.gateway = Gateway(self.world, self.ledger, self.token, privileged)
        self._buckets = Buckets(limits, monotonic)
        self._faults = Faults()
        self._posting = Posting(self.world, lambda: f"{self.origin}/attachments")
        self._interactions = Interactions(self.world, lives)
        self.people = People(self.world, self._posting, self._interactions)
        self._page = Page(self.world, self.people, board)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        self._listening: socket.socket

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_get("/gateway", self.gateway.serve)
        # discord.py appends a slash to the gateway's address.
        app.router.add_get("/gateway/", self.gateway.serve)
        self._page.mount(app)
        app.router.add_get("/attachments/{channel_id}/{file_id}/{filename}", serve_attachment(self.world))
        readable = readable_by(self.world.bot, message_content=self._message_content)
        api = Api(self.world, self.token, self._buckets, self.ledger, self._faults, self._latency)
        api.mount(
            app,
            [
                *ApplicationRoutes(self.world, self.gateway, self._message_content).routes(),
                *ChannelRoutes(self.world).routes(),
                *MessageRoutes(self.world, self._posting, self._buckets, readable).routes(),
                *InteractionRoutes(self.world, self._interactions, self._posting, self._buckets, readable).routes(),
            ],
        )
        return app

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        self._listening = listener(self._port)
        await web.SockSite(self._runner, self._listening).start()
        self._port = int(self._listening.getsockname()[1])
        self.gateway.url = self.gateway_url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interactions.close()
        await self.gateway.close()
        await self._page.close()
        await stop_accepting(self._listening)
        await self._runner.cleanup()
        if error is None and not self.forgiving and self.ledger.mistakes:
            raise AssertionError(f"Discord answered 400: {self.ledger.mistakes}")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What `discord.http.Route.BASE` should be."""
        return f"{self.origin}{API}"

    @property
    def gateway_url(self) -> str:
        """What `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY` should be."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def page_url(self) -> str:
        """The page on which a person can use this Discord."""
        return f"{self.origin}/"

    # As in asyncio.wait_for, the caller names a limit and is told what was waited for.
    async def wait(self, found: Callable[[], T], timeout: float = _SETTLE) -> T:  # noqa: ASYNC109
        """Wait until `found()` is true, looking again at every change of this Discord; returns what it gave.

        Raises:
            TimeoutError: Not within `timeout` seconds.
        """
        try:
            return await self.world.events.changes.wait_for(found, timeout)
        except TimeoutError as error:
            calls = ", ".join(f"{call.method} {call.route} {call.status}" for call in self.ledger.calls[-5:])
            raise TimeoutError(f"{error}; last calls: {calls or 'none'}; not modelled: {self.ledger.unknown}") from None

    async def ready(self, timeout: float = _SETTLE) -> None:  # noqa: ASYNC109 - as wait
        """Wait until a bot has synced its commands and identified.

        Raises:
            TimeoutError: Not within `timeout` seconds.
        """
        await self.wait(lambda: self.gateway.connected and self._has_commands(), timeout)

    def _has_commands(self) -> bool:
        return self.world.global_commands is not None or bool(self.world.guild_commands)

    async def say(
        self,
        who: Who,
        where: Where,
        content: str,
        reply_to: Message | None = None,
        files: Sequence[File] = (),
        *,
        mention: bool = False,
        ping: bool = True,
    ) -> Message:
        """Write a message as a person.

        Args:
            who: The person.
            where: The channel.
            content: The text.
            reply_to: What it replies to.
            files: What is attached.
            mention: Whether it begins with a mention of the bot.
            ping: Whether a reply pings whom it replies to.
        """
        user, channel = self._place(who, where)
        text = f"<@{self.world.bot.id}> {content}" if mention else content
        return self.people.say(user, channel, text, reply_to, files, ping=ping)

    async def command(self, who: Who, where: Where, name: str, /, **options: Value) -> Interaction:
        """Use a slash command as a person ("model set" for a subcommand), and wait for the bot's first answer.

        The interaction may come back `failed`: the bot did not answer in time.
        """
        user, channel = self._place(who, where)
        return await self._settled(self.people.command(user, channel, name, options))

    async def autocomplete(self, who: Who, where: Where, name: str, focused: str, /, **options: Value) -> list[Choice]:
        """Type the option `focused` and get what the bot proposes.

        Raises:
            TimeoutError: The bot proposed nothing in time.
        """
        user, channel = self._place(who, where)
        interaction = await self._settled(self.people.autocomplete(user, channel, name, focused, options))
        if interaction.choices is None:
            raise TimeoutError(f"no proposals for {focused!r} of {name!r}")
        return interaction.choices

    async def menu(self, who: Who, target: Message | User, name: str, where: Where | None = None) -> Interaction:
        """Open a context menu on a message or a user, and wait for the bot's first answer.

        Args:
            who: Whose menu it is.
            target: What it is opened on.
            name: The command.
            where: The channel, needed for a user; a message's own channel otherwise.
        """
        place = target.channel if isinstance(target, Message) else where
        if place is None:
            raise ValueError("a user's menu needs to know where it is opened")
        user, channel = self._place(who, place)
        return await self._settled(self.people.menu(user, channel, name, target))

    async def press(self, who: Who, message: Message, custom_id: str, values: Sequence[str] = ()) -> Interaction:
        """Press a button or choose in a select, and wait for the bot's first answer."""
        await self._look(message.revisions[-1].at)
        return await self._settled(self.people.press(self.world.user(who), message, custom_id, values))

    async def submit(self, who: Who, modal: Interaction, values: dict[str, str]) -> Interaction:
        """Send the form that the bot showed as its answer to the interaction `modal`, and wait for the answer."""
        await self._look(modal.answered_at or 0.0)
        return await self._settled(self.people.submit(self.world.user(who), modal, values))

    def fail_next(self, method: str, route: str, status: int, times: int = 1, body: Json | None = None) -> None:
        """Let the next calls fail whose route template or path contains `route`; `NO_ANSWER` breaks the connection."""
        self._faults.order(method, route, status, times, body)

    async def drop_gateway(self, code: int = 4000) -> None:
        """Close the bot's gateway connections with a code."""
        await self.gateway.drop(code)

    async def request_reconnect(self) -> None:
        """Ask the bot to reconnect and resume (op 7)."""
        await self.gateway.send(Op.RECONNECT, None)

    async def invalidate_session(self, resumable: bool) -> None:
        """Tell the bot that its session is invalid (op 9), and whether it may try to resume it."""
        await self.gateway.send(Op.INVALID_SESSION, resumable)
        if not resumable:
            self.gateway.forget()

    def _place(self, who: Who, where: Where) -> tuple[User, Channel]:
        user = self.world.user(who)
        return user, self.world.channel(where, user)

    async def _look(self, shown_at: float) -> None:
        """Let a person see something before they act on it.

        A bot learns that its message was accepted over one connection and of a press over another; without this the
        press could overtake, which no person's hand does.
        """
        await asyncio.sleep(max(0.0, shown_at + _REACTION - self.world.monotonic()))

    async def _settled(self, interaction: Interaction) -> Interaction:
        await self.wait(lambda: interaction.settled, self._lives.answer_within + _SETTLE)
        return interaction
