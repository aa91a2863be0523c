"""PoeSandbox: the stand-in as tests, benchmarks and the demo use it."""

import random
import secrets
from collections.abc import Callable, Iterable
from typing import Self, TypeVar

from aiohttp import web

from sandbox.poe import moods
from sandbox.poe.account import Account, Message
from sandbox.poe.changes import Changes
from sandbox.poe.channel import CLOSE_NORMAL, Channel
from sandbox.poe.graphql import GraphQL
from sandbox.poe.moods import Moods
from sandbox.poe.performing import Tempo
from sandbox.poe.records import Frame, Sent, Stop, Visit
from sandbox.poe.scripts import Script
from sandbox.poe.sending import Sending
from sandbox.poe.site import Site
from sandbox.poe.steps import Step
from sandbox.poe.updates import Updates
from sandbox.poe.visitors import Visitors
from sandbox.poe.visits import Visits

T = TypeVar("T")


class PoeSandbox:
    """A chat site on 127.0.0.1 that agrees with poe.md, for as long as the `async with` block runs.

    Args:
        port: 0 takes a free one.
        seed: makes class names, ids and noise repeatable; None takes a new one at each start.
        speed: how fast answers grow, in characters a second.
        update_interval: seconds between two updates of one answer on the wire.
        first_token: seconds before an answer's first text.
        hydration: seconds until the page's script has taken over what the server sent.
        login: whether visitors must sign in; otherwise everybody counts as logged in.
        noise: whether the wire carries disorder and other chats besides the answer.
        switches: moods that are on for the whole site (`moods.py`), e.g. `("stall=300",)`.
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
        switches: Iterable[str] = (),
    ) -> None:
        self.seed = secrets.randbits(32) if seed is None else seed
        rng = random.Random(self.seed)  # noqa: S311  # repeatable noise, no secrets
        self._port = port
        self._switches: Moods = {}
        for word in switches:
            self.switch(word)
        self.tempo = Tempo(speed, update_interval, first_token)
        self._changes = Changes()
        self._account = Account(rng)
        self._channel = Channel(rng, self._changes)
        self._sending = Sending(self._account, self._channel, self._changes, rng, self.tempo, self._active, noisy=noise)
        self._visitors = Visitors(rng, login=login)
        self._graphql = GraphQL(self._account, self._channel, self._sending, rng)
        build = f"{rng.getrandbits(64):x}"
        self._visits = Visits(
            self._account, self._graphql, self._visitors, self._active, self._changes, build=build, hydration=hydration
        )
        self._site = Site(self._account, self._graphql, Updates(self._channel), self._visitors, self._visits)
        self._runner: web.AppRunner | None = None
        self.url = ""
        """Address of the running site, e.g. "http://127.0.0.1:8080"."""

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.go_down()
        finally:
            await self._sending.aclose()

    async def come_back(self) -> None:
        """Listens again after `go_down`, at the same address and with everything as it was."""
        app = web.Application(client_max_size=16 * 1024**2)
        app.add_routes([web.get("/__ledger", self._show_ledger), web.get("/__trace", self._show_trace)])
        app.add_routes(self._site.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._channel.is_down = False
        self._runner = runner
        self._port = int(runner.addresses[0][1])
        self.url = f"http://127.0.0.1:{self._port}"

    async def go_down(self) -> None:
        """Stops listening and closes every connection, as a server that dies; answers go on meanwhile."""
        self._channel.is_down = True
        self._channel.close(CLOSE_NORMAL)
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()

    @property
    def ledger(self) -> list[Sent]:
        """Every prompt that reached the site, in order, accepted or not."""
        return self._sending.ledger

    @property
    def stops(self) -> list[Stop]:
        """Every StopMessage mutation that reached the site."""
        return self._sending.stops

    @property
    def visits(self) -> list[Visit]:
        """Every page that was asked for, in order; a reload is one more."""
        return self._visits.log

    @property
    def trace(self) -> list[Frame]:
        """What went over the account's channel and when; the oldest half goes when there are 10 000."""
        return self._channel.trace

    @property
    def purchases(self) -> list[str]:
        """What visitors have bought or confirmed in dialogs; a careful driver leaves this empty."""
        return self._graphql.purchases

    @property
    def banned(self) -> bool:
        """Whether the rate guard has silently banned the account."""
        return self._sending.banned

    @property
    def running(self) -> int:
        """How many answers are being played now."""
        return self._sending.running

    @property
    def listeners(self) -> int:
        """How many pages listen to the channel now."""
        return self._channel.listeners()

    def messages(self, sent: Sent) -> list[Message]:
        """Gives the bot messages that answer a prompt, as they are now."""
        return self._account.messages(sent.bot_ids)

    def answer(self, sent: Sent) -> str:
        """Gives the whole text of the answer so far; several messages are joined by blank lines."""
        return "\n\n".join(message.text for message in self.messages(sent))

    def state(self, sent: Sent) -> str:
        """Gives the state of the answer's newest message: "incomplete", "complete", …; "" where there is none yet."""
        messages = self.messages(sent)
        return messages[-1].state if messages else ""

    async def wait(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109  # the API's word
        """Waits until the predicate gives something true, and gives that; looks again at every change here.

        Raises:
            TimeoutError: it didn't within `timeout` seconds.
        """
        return await self._changes.until(predicate, timeout)

    def script(self, target: str, steps: Iterable[Step], *, by_hand: bool = False) -> Script:
        """Lets prompts to a handle, or prompts that contain a marker, be answered by these steps.

        The newest script that matches a prompt counts. The echo comes by itself, and so does the first (empty) bot
        message unless the steps begin with a NextMessage; a script that sets no final state leaves its answer
        incomplete for ever. With `by_hand` every step waits for `Script.release` or `await Script.step()`.
        """
        script = Script(target, steps, self._changes, by_hand=by_hand)
        self._sending.scripts.append(script)
        return script

    def switch(self, word: str, *, on: bool = True) -> None:
        """Turns a mood on or off for the whole site: `stall`, or with an amount `stall=300`.

        Raises:
            KeyError: there is no such mood.
            ValueError: the amount isn't a number.
        """
        mood = moods.parse(word)
        if on:
            self._switches |= mood
        else:
            for name in mood:
                self._switches.pop(name, None)

    def log_out(self) -> None:
        """Lets every login that the site has seen expire."""
        self._visitors.log_out()

    def _active(self, handle: str, prompts: list[str]) -> Moods:
        return self._switches | moods.of_handle(handle) | moods.of_prompts(prompts)

    async def _show_ledger(self, request: web.Request) -> web.Response:
        sent = [
            record.as_json() | {"answer": self.answer(record), "state": self.state(record)} for record in self.ledger
        ]
        return web.json_response({"sent": sent, "stops": [stop.as_json() for stop in self.stops]})

    async def _show_trace(self, request: web.Request) -> web.Response:
        return web.json_response([frame.as_json() for frame in self.trace])
