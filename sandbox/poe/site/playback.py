"""Play an answer's steps on the server, whether or not a page still listens."""

import asyncio
import json
from dataclasses import dataclass

from sandbox.poe.account import INCOMPLETE, Account, Chat, Message
from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import (
    Beat,
    Drop,
    Forever,
    Hold,
    Inner,
    NextMessage,
    Outage,
    Pause,
    Raw,
    Silence,
    State,
    Step,
    Text,
    Type,
)
from sandbox.poe.handles import author_of
from sandbox.poe.records import Sent
from sandbox.poe.site.scripts import Script
from sandbox.poe.wire.channel import CLOSE_FOR_GOOD, CLOSE_NORMAL, Channel
from sandbox.poe.wire.publisher import Publisher


@dataclass(slots=True)
class Tempo:
    """How fast answers grow; may be changed while they do."""

    speed: float
    """Characters a second."""
    interval: float
    """Seconds between two updates of one answer."""
    first_token: float
    """Seconds between the bot's empty message and its first text."""


class Playback:
    """One answer, from the bot's first message to its last state."""

    def __init__(
        self,
        sent: Sent,
        chat: Chat,
        account: Account,
        publisher: Publisher,
        channel: Channel,
        tempo: Tempo,
        script: Script | None,
    ) -> None:
        self.sent = sent
        self._chat = chat
        self._account = account
        self._publisher = publisher
        self._channel = channel
        self._tempo = tempo
        self._script = script
        self._messages: list[Message] = []
        self._beat: float | None = None

    async def run(self, steps: list[Step]) -> None:
        """Play the steps in order."""
        for step in steps:
            await self._play(step)
            self._publisher.settle()
            if self._script:
                self._script.done(step)

    def stop(self) -> None:
        """Mark the incomplete messages as cancelled; the caller cancels the running task."""
        for message in self._messages:
            if message.state == INCOMPLETE:
                message.state = "cancelled"
                self._publisher.state(message)

    async def _play(self, step: Step) -> None:
        match step:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Beat(seconds):
                await self._await_beat(seconds)
            case Type(text):
                await self._type(text)
            case Text(text):
                self._show(text)
            case State(state, position):
                self._set_state(self._messages[position], state)
            case NextMessage(author):
                self._begin(author or author_of(self._chat.handle))
            case Hold():
                await self._pass_hold()
            case Forever():
                await asyncio.Event().wait()
            case Raw() | Inner() | Drop() | Silence() | Outage():
                await self._disturb(step)

    async def _disturb(self, step: Raw | Inner | Drop | Silence | Outage) -> None:
        if isinstance(step, Drop | Silence):
            # A page that is only opening its socket would not lose it, and hear the rest of the answer.
            await self._channel.opened(self.sent.channel)
        match step:
            case Raw(frame):
                made = frame(self.sent) if callable(frame) else frame
                self._channel.deliver_bare(made if isinstance(made, str) else json.dumps(made), self.sent)
            case Inner(make):
                self._publisher.inner(dict(make(self.sent)))
            case Drop(for_good):
                self._channel.close(CLOSE_FOR_GOOD if for_good else CLOSE_NORMAL, self.sent.channel)
            case Silence():
                self._channel.mute(self.sent.channel)
            case Outage(seconds):
                self._channel.on_outage(seconds)

    async def _await_beat(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        # A missed beat is skipped.
        self._beat = max(now if self._beat is None else self._beat, now - seconds) + seconds
        await asyncio.sleep(self._beat - now)

    async def _pass_hold(self) -> None:
        if self._script:
            await self._script.pass_hold()

    def _begin(self, author: str) -> None:
        message = self._account.write(self._chat, author, "", INCOMPLETE)
        self._messages.append(message)
        self.sent.bot_ids.append(message.message_id)
        self._publisher.created(message)

    def _show(self, text: str) -> None:
        self._messages[-1].text = text
        self._publisher.text(self._messages[-1])

    async def _type(self, text: str) -> None:
        """Grow the text by the clock: on a busy machine the steps are larger, but the answer is not slower."""
        clock = asyncio.get_running_loop().time
        current = self._messages[-1].text
        start = len(current) if text.startswith(current) else 0
        shown, began = start, clock()
        while shown < len(text):
            await asyncio.sleep(self._tempo.interval)
            due = int(min(len(text), start + (clock() - began) * self._tempo.speed))
            if due > shown:
                shown = due
                self._show(text[:shown])

    def _set_state(self, message: Message, state: str) -> None:
        if message is self._messages[-1] and state != INCOMPLETE:
            self._publisher.other_chat_finishes()
        message.state = state
        self._publisher.state(message)
        if message is self._messages[-1] and state == "complete":
            message.followups = answer_text.followups(self._chat.handle)
            self._publisher.afterwards(message)
