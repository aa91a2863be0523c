"""DiscordSandbox: start a Discord, act as people in it, and read what happened."""

import asyncio
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.discord.cdn import serve_attachment
from sandbox.discord.gateway.server import Gateway
from sandbox.discord.ledger import Ledger
from sandbox.discord.mischief import Mischief
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
from sandbox.discord.world.interactions import Deadlines, Interactions
from sandbox.discord.world.people import People
from sandbox.discord.world.permissions import readable_by
from sandbox.discord.world.posting import Posting
from sandbox.discord.world.seed import populate as populate_default
from sandbox.discord.world.store import World
from sandbox.sockets import listener, stop_accepting

T = TypeVar("T")
Who = User | str
Where = Channel | str
_WAIT = 10.0
_REACTION = 0.05
"""Seconds in which no person reacts to what they see. A guess, rather too short."""


class DiscordSandbox:
    """A Discord on 127.0.0.1, for as long as its `async with` block lasts.

    Args:
        port: Where to listen; 0 takes a free port.
        latency: Seconds that every REST call takes longer, as the way to Discord would.
        message_content: Whether the message content intent is enabled in the bot's developer portal. The other
            privileged intents never are.
        limits: The rate limits; see also `UNLIMITED` and `Limits.all_fixed`.
        deadlines: The deadlines of interactions.
        clock: Returns Unix time in seconds, for the ages of messages and interactions.
        monotonic: Returns monotonic time in seconds, for rate limits, revisions and the ledger.
        populate: Adds servers and people to the empty world.
        menu: What the page's menu controls outside of this Discord; without one there is no menu.
        forgiving: Whether leaving the block ignores requests that no bot should make (`ledger.mistakes`), and edits
            that bring link previews back.

    Attributes:
        token: The bot's token.
        world: Servers, people, messages: `world.users.alice`, `world.channels["lamp-room"]`, `world.messages(…)`.
        ledger: Every REST call.
        gateway: The gateway and its sessions.
        mischief: Faults that happen at random; none at first.
        people: Actions of people that don't wait for the bot.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency: float = 0.0,
        message_content: bool = True,
        limits: Limits = LIMITS,
        deadlines: Deadlines = Deadlines(),
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        populate: Callable[[World], None] = populate_default,
        menu: Menu | None = None,
        forgiving: bool = False,
    ) -> None:
        self.forgiving = forgiving
        self._port = port
        self._latency = latency
        self._message_content = message_content
        self._deadlines = deadlines
        self.token = f"sandbox.{secrets.token_urlsafe(24)}"
        self.world = World(clock, monotonic)
        populate(self.world)
        self.ledger = Ledger()
        self.mischief = Mischief()
        self.gateway = Gateway(self.world, self.ledger, self.token, self.mischief, message_content=message_content)
        self._buckets = Buckets(limits, monotonic)
        self._faults = Faults()
        self._posting = Posting(self.world, lambda: f"{self.origin}/attachments")
        self._interactions = Interactions(self.world, deadlines)
        self.people = People(self.world, self._posting, self._interactions)
        self._page = Page(self.world, self.people, menu)
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
        api = Api(self.world, self.token, self._buckets, self.ledger, self._faults, self.mischief, self._latency)
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
        if error is None and not self.forgiving and self._posting.unsuppressed:
            raise AssertionError(f"Edits without flags brought link previews back: {self._posting.unsuppressed}")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """The base URL of the REST API, for `discord.http.Route.BASE`."""
        return f"{self.origin}{API}"

    @property
    def gateway_url(self) -> str:
        """The gateway's URL, for `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY`."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def page_url(self) -> str:
        """The page on which people use this Discord."""
        return f"{self.origin}/"

    # The timeout is a parameter, as in asyncio.wait_for, so that the error can say what was waited for.
    async def wait(self, found: Callable[[], T], timeout: float = _WAIT) -> T:  # noqa: ASYNC109
        """Wait until `found()` returns something true, checking at every change of this Discord, and return that.

        Raises:
            TimeoutError: Not within `timeout` seconds.
        """
        try:
            return await self.world.events.changes.wait_for(found, timeout)
        except TimeoutError as error:
            calls = ", ".join(f"{call.method} {call.route} {call.status}" for call in self.ledger.calls[-5:])
            raise TimeoutError(f"{error}; last calls: {calls or 'none'}; not modelled: {self.ledger.unknown}") from None

    async def ready(self, timeout: float = _WAIT) -> None:  # noqa: ASYNC109 - as wait
        """Wait until a bot has synced its commands and identified.

        Raises:
            TimeoutError: Not within `timeout` seconds.
        """
        await self.wait(lambda: self.gateway.connected and self.world.global_commands is not None, timeout)

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
            reply_to: The message that it replies to.
            files: Attachments.
            mention: Whether it begins with a mention of the bot.
            ping: Whether a reply pings the author of what it replies to.
        """
        user, channel = self._resolve(who, where)
        text = f"<@{self.world.bot.id}> {content}" if mention else content
        return self.people.say(user, channel, text, reply_to, files, ping=ping)

    async def post(self, who: Who, forum: Where, title: str, content: str) -> Message:
        """Write a forum's post as a person; return its first message."""
        user, channel = self._resolve(who, forum)
        return self.people.post(user, channel, title, content)

    async def command(self, who: Who, where: Where, name: str, /, **options: Value) -> Interaction:
        """Use a slash command as a person ("model set" for a subcommand), and wait for the bot's first response.

        The interaction is `failed` if the bot did not respond in time.
        """
        user, channel = self._resolve(who, where)
        return await self._settled(self.people.command(user, channel, name, options))

    async def autocomplete(self, who: Who, where: Where, name: str, focused: str, /, **options: Value) -> list[Choice]:
        """Type into the option `focused`, and return the bot's suggestions.

        Raises:
            TimeoutError: The bot suggested nothing in time.
        """
        user, channel = self._resolve(who, where)
        interaction = await self._settled(self.people.autocomplete(user, channel, name, focused, options))
        if interaction.choices is None:
            raise TimeoutError(f"no suggestions for {focused!r} of {name!r}")
        return interaction.choices

    async def menu(self, who: Who, target: Message, name: str) -> Interaction:
        """Use a message's context menu command, and wait for the bot's first response."""
        return await self._settled(self.people.menu(self.world.user(who), name, target))

    async def press(self, who: Who, message: Message, custom_id: str, values: Sequence[str] = ()) -> Interaction:
        """Press a button or choose in a select menu, and wait for the bot's first response."""
        await self._look(message.revisions[-1].at)
        return await self._settled(self.people.press(self.world.user(who), message, custom_id, values))

    async def submit(self, who: Who, modal: Interaction, values: dict[str, str]) -> Interaction:
        """Submit the form that the bot showed as its response to the interaction `modal`, and wait for the response."""
        await self._look(modal.answered_at or 0.0)
        return await self._settled(self.people.submit(self.world.user(who), modal, values))

    def fail_next(
        self,
        method: str,
        route: str,
        status: int,
        times: int = 1,
        body: Json | None = None,
        *,
        applied: bool = False,
    ) -> None:
        """Make the next calls fail whose route template or path contains `route`; `NO_ANSWER` breaks the connection.

        Calls that are `applied` take effect all the same: only their answer is lost.
        """
        self._faults.order(method, route, status, times, body, applied=applied)

    def repeat(self, name: str, id_: int | None = None) -> None:
        """Deliver the newest event of a name, or of a name and an id, once more to every connected session.

        Raises:
            LookupError: There was none.
        """
        for session in self.gateway.connected:
            if (event := session.newest(name, id_)) is None:
                raise LookupError(f"there was no {name}")
            session.dispatch(name, event)

    def deliver(self, name: str, data: object) -> None:
        """Deliver an event of any content, such as one that no client can read, to every connected session."""
        for session in self.gateway.connected:
            session.dispatch(name, data)

    async def drop_gateway(self, code: int = 4000) -> None:
        """Close the bot's gateway connections with a code."""
        await self.gateway.drop(code)

    async def invalidate_session(self, resumable: bool) -> None:
        """Tell the bot that its session is invalid (op 9), and whether it may try to resume it."""
        await self.gateway.invalidate(resumable)

    def _resolve(self, who: Who, where: Where) -> tuple[User, Channel]:
        user = self.world.user(who)
        return user, self.world.channel(where, user)

    async def _look(self, shown_at: float) -> None:
        """Wait as long as a person needs to see something before they act on it.

        The bot learns over one connection that its message was accepted and over another that a button was pressed.
        Without this wait the press could arrive first, which no real person can cause.
        """
        await asyncio.sleep(max(0.0, shown_at + _REACTION - self.world.monotonic()))

    async def _settled(self, interaction: Interaction) -> Interaction:
        await self.wait(lambda: interaction.settled, self._deadlines.answer_within + _WAIT)
        return interaction
