"""What both doors of the API share: an ask is recorded, refused or answered, and charged."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import cast

from aiohttp import web

from sandbox.changes import Changes
from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import Cut, Event, NextMessage, Pause, State, Step, Type
from sandbox.poe.answers.tempo import Tempo
from sandbox.poe.api import errors
from sandbox.poe.api.balance import Balance
from sandbox.poe.api.errors import Refusal
from sandbox.poe.api.models import served
from sandbox.poe.api.playing import Grown, Part, Player
from sandbox.poe.api.records import CUT, HUNG_UP, RUNNING, ApiCall, text_of
from sandbox.poe.files import Files
from sandbox.poe.moods import catalogue
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.site.logins import Logins
from sandbox.poe.site.scripts import Script, script_for

_MINUTE = 60.0


class Asks:
    """Records asks, and answers them with the site's own texts, moods and scripts.

    Args:
        key: The one key that is accepted.
        files: Serves what answers bring.
        active: Returns the moods that are on for a handle and prompts.
        logins: Knows whether the account's keys are valid.
        tempo: How fast answers grow.
        scripts: The scripts of tests.
        changes: Told about everything that changes a record.
        on_outage: Takes the server down for so many seconds.
        per_minute: How many asks within a minute are not refused.
    """

    def __init__(
        self,
        key: str,
        files: Files,
        active: Callable[[str, list[str]], Moods],
        logins: Logins,
        tempo: Tempo,
        scripts: Sequence[Script],
        changes: Changes,
        on_outage: Callable[[float], None],
        per_minute: int,
    ) -> None:
        self._key = key
        self._per_minute = per_minute
        self._files = files
        self.active = active
        self._logins = logins
        self._tempo = tempo
        self._scripts = scripts
        self.changes = changes
        self._on_outage = on_outage
        self.balance = Balance()
        self.calls: list[ApiCall] = []
        self._given_up = asyncio.Event()

    def receive(self, request: web.Request, model: str, body: dict[str, object], *, stream: bool) -> ApiCall:
        """Record an ask, before anything is decided about it."""
        messages = cast("list[dict[str, object]]", body.get("query") or body.get("messages") or [])
        authorization = request.headers.get("Authorization", "")
        handle = served(model)
        call = ApiCall(request.path, authorization, model, handle, body, messages, stream, time.monotonic())
        call.moods = self.active(handle or "", [text_of(message) for message in messages[-1:]])
        self.calls.append(call)
        self.changes.notify()
        return call

    def give_up_stuck(self) -> None:
        """Cut off the answers that wait for ever."""
        self._given_up.set()
        self._given_up = asyncio.Event()

    def is_known(self, request: web.Request, moods: Moods) -> bool:
        """Return whether a request has the right key, and it is valid."""
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            return False
        return self._logins.keys_are_valid(walled="login-wall" in moods)

    def points(self, moods: Moods) -> int:
        """Return how many points the account has."""
        if errors.refusal(moods) is errors.NO_POINTS:
            return 0
        return int(moods["balance"]) if "balance" in moods else self.balance.points

    def refusal(self, request: web.Request, call: ApiCall, malformed: Refusal | None) -> Refusal | None:
        """Return why an ask isn't answered, such as that it is malformed, and record that."""
        refused = self._refusal(request, call) or malformed
        if refused:
            call.state = "refused"
            self.changes.notify()
        return refused

    async def answer(self, call: ApiCall) -> AsyncGenerator[Part]:
        """Yield the parts of an answer, record what is sent, and charge it in the end."""
        script = script_for(self._scripts, call.handle or "", call.prompt)
        steps = script.steps if script else self._steps(call)
        written = partial(self._files.written, moods=call.moods)
        parts = Player(steps, self._tempo, script, self._on_outage, written, self._given_up).parts()
        try:
            async with aclosing(parts):
                async for part in parts:
                    self._record(call, part)
                    yield part
            call.state = call.state or "incomplete"
        except (asyncio.CancelledError, GeneratorExit):
            call.state = call.state or HUNG_UP
            raise
        finally:
            call.cost = self.balance.charge(call.handle or call.model, call.prompt, call.text)
            self.changes.notify()

    def _refusal(self, request: web.Request, call: ApiCall) -> Refusal | None:
        if not self.is_known(request, call.moods):
            return errors.BAD_KEY
        if sum(earlier.at > time.monotonic() - _MINUTE for earlier in self.calls) > self._per_minute:
            return errors.refusal({"rate-limit-exceeded": 0})
        if call.handle is None:
            return errors.NO_BOT
        no_points = errors.NO_POINTS if self.points(call.moods) <= 0 else None
        return errors.refusal(call.moods) or no_points

    def _steps(self, call: ApiCall) -> list[Step]:
        text = answer_text.compose(call.handle or "", call.prompt, call.attachments)
        plain: list[Step] = [NextMessage(), Pause(self._tempo.first_token), Type(text), State("complete")]
        return catalogue.apply(plain, call.moods)

    def _record(self, call: ApiCall, part: Part) -> None:
        match part:
            case Grown(text):
                call.text = text
                call.progress.append((time.monotonic(), len(text)))
            case Event("replace_response", {"text": str(text)}) if call.state == RUNNING:
                call.text = text
            case Event("text", {"text": str(text), **rest}) if call.state == RUNNING and not rest:
                call.text += text
            case Event("error") if call.state == RUNNING:
                call.state = "error"
            case State(state) if call.state == RUNNING:
                call.state = state
            case Cut() if call.state == RUNNING:
                call.state = CUT
            case _:
                return
        self.changes.notify()
