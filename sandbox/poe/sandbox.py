"""PoeSandbox: a simulated Poe for tests, benchmarks and the demo."""

import asyncio
import random
import secrets
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from typing import Self, TypeVar

from aiohttp import web

from sandbox.changes import Changes
from sandbox.poe.account import Account, Message
from sandbox.poe.answers.steps import Step
from sandbox.poe.answers.tempo import Tempo
from sandbox.poe.api.balance import Balance
from sandbox.poe.api.errors import LIMIT
from sandbox.poe.api.records import ApiCall, Upload
from sandbox.poe.api.server import Api
from sandbox.poe.api.uploads import UPLOAD_PATH
from sandbox.poe.files import Files
from sandbox.poe.moods import triggers
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.moods.switches import Switches
from sandbox.poe.records import Frame, Sent, Stop, Visit
from sandbox.poe.server import Server
from sandbox.poe.site.graphql import GraphQL
from sandbox.poe.site.logins import Logins
from sandbox.poe.site.pages import Pages
from sandbox.poe.site.prompts import Prompts
from sandbox.poe.site.routes import Site
from sandbox.poe.site.scripts import Script
from sandbox.poe.wire.channel import CLOSE_NORMAL, Channel
from sandbox.poe.wire.updates import Updates

T = TypeVar("T")


class PoeSandbox:
    """A chat site on 127.0.0.1 that agrees with poe.md, for as long as the `async with` block lasts.

    Args:
        port: Where to listen; 0 takes a free port.
        seed: Makes class names, ids and noise repeatable; None chooses a new seed.
        speed: How fast answers grow, in characters a second.
        update_interval: Seconds between two updates of one answer on the wire.
        first_token: Seconds before an answer's first text.
        hydration: Seconds until the page's script has taken over the server's HTML.
        login: Whether visitors must sign in; otherwise everyone counts as logged in.
        noise: Whether the wire carries disorder and other chats besides the answer.
        api_per_minute: How many asks within a minute the API takes.
        switches: Moods that are on for the whole site (`moods/catalogue.py`), such as `("stall=300",)`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int | None = None,
        speed: float = 400.0,
        update_interval: float = 0.05,
        first_token: float = 0.1,
        hydration: float = 0.15,
        login: bool = False,
        noise: bool = True,
        api_per_minute: int = LIMIT,
        switches: Iterable[str] = (),
    ) -> None:
        self.seed = secrets.randbits(32) if seed is None else seed
        rng = random.Random(self.seed)  # noqa: S311  # repeatable noise, no secrets
        self._changes = Changes()
        self._switches = Switches(self._changes)
        for word in switches:
            self._switches.turn_on(word)
        self.tempo = Tempo(speed, update_interval, first_token)
        self._account = Account(rng)
        self._channel = Channel(rng, self._changes)
        self._files = Files()
        self._prompts = Prompts(
            self._account, self._channel, self._changes, rng, self.tempo, self._active, self._files, noisy=noise
        )
        self._logins = Logins(rng, self._switches.notify, login=login)
        self._graphql = GraphQL(self._account, self._channel, self._prompts, rng)
        build = f"{rng.getrandbits(64):x}"
        self._pages = Pages(
            self._account, self._graphql, self._logins, self._active, self._changes, build=build, hydration=hydration
        )
        self._site = Site(
            self._account, self._graphql, Updates(self._channel), self._logins, self._pages, self._changes
        )
        self._server = Server(self._application, port, self._on_server_change)
        self._channel.on_outage = self._server.go_away
        self._api = Api(
            self._files,
            self._active,
            self._logins,
            self.tempo,
            self._prompts.scripts,
            self._changes,
            lambda seconds: self._api_server.go_away(seconds),
            api_per_minute,
        )
        self._api_server = Server(self._api.application, 0, lambda _: None)

    async def __aenter__(self) -> Self:
        try:
            await self.come_back()
        except BaseException:
            await self._server.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._switches.clear()
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self._prompts.aclose)
            closing.push_async_callback(self._api_server.aclose)
            closing.push_async_callback(self._server.aclose)

    async def come_back(self) -> None:
        """Listen again after `go_down`, at the same address and with the same state."""
        await self._server.come_up()
        await self._api_server.come_up()
        self._files.base = self._api_server.url

    async def go_down(self) -> None:
        """Stop listening and close every connection, as a server that dies would; the page's answers go on."""
        await self._server.go_down()
        await self._api_server.go_down()

    def go_away(self, seconds: float) -> None:
        """Go down now, and come back by itself after so many seconds."""
        self._server.go_away(seconds)
        self._api_server.go_away(seconds)

    @property
    def url(self) -> str:
        """Address of the running site, e.g. "http://127.0.0.1:8080"."""
        return self._server.url

    @property
    def api_url(self) -> str:
        """Address of the official API, without a path: it serves `/bot/…`, `/v1/…` and `/usage/…` on its own port."""
        return self._api_server.url

    @property
    def upload_url(self) -> str:
        """The whole address of the API's upload endpoint."""
        return f"{self.api_url}{UPLOAD_PATH}"

    @property
    def media_host(self) -> str:
        """Host and port from which the files of answers are served, by the API's server."""
        return self.api_url.partition("//")[2]

    @property
    def api_key(self) -> str:
        """The one key that the API takes."""
        return self._api.key

    @property
    def api_calls(self) -> list[ApiCall]:
        """Every ask that reached the API, by either door, in order, accepted or not."""
        return self._api.asks.calls

    @property
    def api_reports(self) -> list[dict[str, object]]:
        """Every POST of type report_error; these are not asks."""
        return self._api.bot.reports

    @property
    def uploads(self) -> list[Upload]:
        """Every upload that reached the API, accepted or not."""
        return self._api.uploads.taken

    @property
    def api_models(self) -> list[dict[str, object]]:
        """What the API lists as models; may be changed."""
        return self._api.models

    @property
    def balance(self) -> Balance:
        """The account's points at the API, and what they were spent on; may be changed."""
        return self._api.asks.balance

    @property
    def ledger(self) -> list[Sent]:
        """Every prompt that reached the site, in order, accepted or not."""
        return self._prompts.ledger

    @property
    def stops(self) -> list[Stop]:
        """Every StopMessage mutation that reached the site."""
        return self._prompts.stops

    @property
    def visits(self) -> list[Visit]:
        """Every page request, in order, including reloads."""
        return self._pages.log

    @property
    def hanging(self) -> int:
        """How many page requests are kept waiting now (the mood `hang`)."""
        return self._pages.hanging

    @property
    def trace(self) -> list[Frame]:
        """What was sent on the account's channel and when; at 10 000 frames the older half is dropped."""
        return self._channel.trace

    @property
    def purchases(self) -> list[str]:
        """What visitors have bought or confirmed in dialogs; a careful driver leaves this empty."""
        return self._graphql.purchases

    @property
    def page_events(self) -> list[str]:
        """What pages have reported of themselves, such as "file_upload_begun"."""
        return self._site.events

    @property
    def down(self) -> bool:
        """Whether the site can't be reached now."""
        return self._channel.is_down

    @property
    def banned(self) -> bool:
        """Whether the rate guard has silently banned the account."""
        return self._prompts.banned

    @property
    def running(self) -> int:
        """How many answers are being played now."""
        return self._prompts.running

    @property
    def listeners(self) -> int:
        """How many pages listen to the channel now."""
        return self._channel.listeners()

    def messages(self, sent: Sent) -> list[Message]:
        """Return the bot messages that answer a prompt, as they are now."""
        return self._account.messages(sent.bot_ids)

    def answer(self, sent: Sent) -> str:
        """Return the text of the answer so far; several messages are joined by blank lines."""
        return "\n\n".join(message.text for message in self.messages(sent))

    def state(self, sent: Sent) -> str:
        """Return the state of the answer's newest message, such as "incomplete"; "" if there is none yet."""
        messages = self.messages(sent)
        return messages[-1].state if messages else ""

    async def wait(self, predicate: Callable[[], T], timeout: float = 20.0) -> T:  # noqa: ASYNC109  # the API's word
        """Wait until the predicate returns something true, checking at every change, and return that.

        Raises:
            TimeoutError: It did not within `timeout` seconds.
        """
        return await self._changes.wait_for(predicate, timeout)

    def script(self, target: str, steps: Iterable[Step], *, by_hand: bool = False) -> Script:
        """Answer prompts to a handle, or prompts that contain a marker, with these steps.

        The newest script that matches a prompt is used. The prompt's echo comes by itself, and so does the
        first (empty) bot message unless the steps begin with a NextMessage. A script without a final state leaves its
        answer incomplete. With `by_hand` every step waits for `Script.release` or `await Script.step()`.
        """
        script = Script(target, steps, self._changes, by_hand=by_hand)
        self._prompts.scripts.append(script)
        return script

    def switch(self, word: str, *, on: bool = True) -> None:
        """Turn a mood on or off for the whole site: `stall`, or with an amount `stall=300`.

        Raises:
            KeyError: There is no such mood.
            ValueError: The amount isn't a number.
        """
        if not on:
            self._switches.turn_off(word)
            return
        self._logins.forget_marks()
        self._switches.turn_on(word)

    @property
    def switches(self) -> Switches:
        """The moods that are on for the whole site."""
        return self._switches

    def delete_chat(self, code: str) -> None:
        """Delete a chat, as a person can on the site.

        Raises:
            KeyError: There is no such chat.
        """
        self._account.delete_chat(code)

    def hand_chat_over(self, code: str, handle: str) -> None:
        """Let another bot answer in a chat from now on, as a person can on the site.

        Raises:
            KeyError: There is no such chat.
        """
        self._account.hand_over(code, handle)

    def drop_sockets(self) -> None:
        """Close every socket and long-poll now; pages look for a new one at once."""
        self._channel.close(CLOSE_NORMAL)

    def log_out(self) -> None:
        """End every login that the site has seen, also of those who have not signed in; the API key is invalid too."""
        self._logins.log_out()
        self._switches.notify()

    def log_in(self) -> None:
        """Let everyone in who visits from now on, as after signing in on the login page."""
        self._logins.log_in()
        self._switches.notify()

    @property
    def login_wanted(self) -> bool:
        """Whether the last visitor was sent away for want of a login, or the next one would be after `log_out`."""
        return self._logins.wanted

    def use_up_points(self, seconds: float) -> None:
        """Refuse prompts for so many seconds, with a dialog that says when points are back; 0 gives them back."""
        self._graphql.points.use_up(seconds / 3600)
        self._switches.notify()
        asyncio.get_running_loop().call_later(seconds, self._switches.notify)

    @property
    def points_used_up(self) -> bool:
        """Whether there are no points now."""
        return self._graphql.points.hours_left() > 0

    def reset(self) -> None:
        """Make everything as usual: the next prompt is accepted, and answered, by the API too."""
        self._graphql.points.use_up(0)
        self._prompts.give_up_stuck()
        self._api.asks.give_up_stuck()
        self._logins.restore()
        self._server.end_outage()
        self._api_server.end_outage()
        self._switches.clear()

    def _active(self, handle: str, prompts: list[str]) -> Moods:
        hours = self._graphql.points.hours_left()
        limit = {"limit-at": hours} if hours else {}
        return self._switches.current() | triggers.of_handle(handle) | triggers.of_prompts(prompts) | limit

    def _on_server_change(self, up: bool) -> None:  # a callback with one argument
        self._channel.is_down = not up
        self._pages.is_down = not up
        if not up:
            self._channel.close(CLOSE_NORMAL)
        self._changes.notify()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=16 * 1024**2)
        app.add_routes([web.get("/__ledger", self._show_ledger), web.get("/__trace", self._show_trace)])
        app.add_routes(self._site.routes())
        return app

    async def _show_ledger(self, request: web.Request) -> web.Response:
        sent = [
            record.as_json() | {"answer": self.answer(record), "state": self.state(record)} for record in self.ledger
        ]
        return web.json_response({"sent": sent, "stops": [stop.as_json() for stop in self.stops]})

    async def _show_trace(self, request: web.Request) -> web.Response:
        return web.json_response([frame.as_json() for frame in self.trace])
