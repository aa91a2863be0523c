"""Play an answer's steps on the server, whether or not a page still listens."""

import asyncio
import json

from sandbox.poe.account import INCOMPLETE, Account, Chat, Message, MessageFile
from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import (
    Beat,
    Drop,
    File,
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
from sandbox.poe.answers.tempo import Tempo, Timing
from sandbox.poe.files import Files
from sandbox.poe.handles import author_of
from sandbox.poe.records import Sent
from sandbox.poe.site.scripts import Script
from sandbox.poe.wire.channel import CLOSE_FOR_GOOD, CLOSE_NORMAL, Channel
from sandbox.poe.wire.publisher import Publisher


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
        files: Files,
    ) -> None:
        self.sent = sent
        self._chat = chat
        self._account = account
        self._publisher = publisher
        self._channel = channel
        self._timing = Timing(tempo)
        self._script = script
        self._files = files
        self._messages: list[Message] = []
        self.given_up = asyncio.Event()
        """Set to end the answer where it would wait for ever, as the site's own time limit would."""

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
                await self._timing.beat(seconds)
            case Type(text):
                async for grown in self._timing.growing(self._messages[-1].text, text):
                    self._show(grown)
            case Text(text, file):
                self._show(self._files.written(text, file, self.sent.moods))
            case State(state, position):
                await self._set_state(self._messages[position], state)
            case NextMessage(author):
                self._begin(author or author_of(self._chat.handle))
            case Hold():
                await self._pass_hold()
            case _:
                await self._disturb(step)

    async def _disturb(self, step: Step) -> None:
        if isinstance(step, Drop | Silence):
            # A page that is only opening its socket would not lose it, and hear the rest of the answer.
            await self._channel.opened(self.sent.channel)
        match step:
            case File():
                self._attach(step)
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
            case Forever():
                await self.given_up.wait()
                if not self._messages:
                    self._begin(author_of(self._chat.handle))
                self.stop()
            case _:
                pass  # the official API's

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

    def _attach(self, step: File) -> None:
        """Announce a file apart from the text; the API's names for it are not the page's."""
        message, url = self._messages[-1], self._files.serve(step, self.sent.moods)
        file = MessageFile(step.name or "file", url, step.content_type, len(step.data))
        message.attachments = (*message.attachments, file)
        self._publisher.attached(message)

    async def _set_state(self, message: Message, state: str) -> None:
        if message is self._messages[-1] and state != INCOMPLETE:
            self._publisher.other_chat_finishes()
        message.state = state
        self._publisher.state(message)
        if message is self._messages[-1] and state == "complete":
            self._publisher.afterwards()
            if "no-suggestions" not in self.sent.moods:
                await asyncio.sleep(self.sent.moods.get("late-suggestions", 0))
                message.followups = answer_text.followups(self._chat.handle)
                self._publisher.suggested(message)
