"""What happens to a prompt: it is recorded, written to its chat, echoed and answered."""

import asyncio
import logging
import random
import time
from collections.abc import Callable

from sandbox.changes import Changes
from sandbox.poe.account import INCOMPLETE, Account, Chat, Message, MessageFile
from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import Forever, NextMessage, Pause, State, Step, Type
from sandbox.poe.answers.tempo import Tempo
from sandbox.poe.files import Files
from sandbox.poe.moods import catalogue
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.records import Sent, Stop, Uploaded
from sandbox.poe.site.playback import Playback
from sandbox.poe.site.scripts import Script, script_for
from sandbox.poe.wire.channel import Channel
from sandbox.poe.wire.publisher import Publisher

log = logging.getLogger(__name__)


class Prompts:
    """Receives prompts and Stops, and runs the answers."""

    def __init__(
        self,
        account: Account,
        channel: Channel,
        changes: Changes,
        rng: random.Random,
        tempo: Tempo,
        active: Callable[[str, list[str]], Moods],
        files: Files,
        *,
        noisy: bool,
    ) -> None:
        self._account = account
        self._channel = channel
        self._changes = changes
        self._rng = rng
        self._tempo = tempo
        self._active = active
        self._files = files
        self._noisy = noisy
        self._running: dict[asyncio.Task[None], Playback] = {}
        self._last_at: float | None = None
        self._faults: list[Exception] = []
        self.banned = False
        """Whether the rate guard has banned the account: prompts are accepted and never answered."""
        self.ledger: list[Sent] = []
        self.stops: list[Stop] = []
        self.scripts: list[Script] = []

    @property
    def running(self) -> int:
        """How many answers are being played now."""
        return len(self._running)

    def receive(self, text: str, handle: str, nonce: str, channel: str, files: Uploaded = ()) -> Sent:
        """Record a prompt, before anything is decided about it."""
        now = time.monotonic()
        names, data = tuple(name for name, _ in files), tuple(data for _, data in files)
        sent = Sent(text, handle, None, None, nonce, now, channel, attachments=names, uploads=data)
        sent.overlaps = bool(self._running)
        sent.gap = None if self._last_at is None else now - self._last_at
        sent.moods = self._active(handle, [text])
        least = sent.moods.get("rate-guard")
        self.banned |= least is not None and (sent.overlaps or (sent.gap is not None and sent.gap < least))
        self.ledger.append(sent)
        self._changes.notify()
        return sent

    def accept(self, sent: Sent, chat: Chat) -> Message:
        """Write a prompt to its chat, echo it on the wire and start its answer; returns the human message."""
        self._last_at = sent.at
        message = self._account.write(chat, "human", sent.text, "complete", sent.nonce)
        message.attachments = tuple(map(MessageFile, sent.attachments))
        sent.chat_id, sent.chat_code, sent.human_id = chat.chat_id, chat.code, message.message_id
        noisy = self._noisy and "quiet" not in sent.moods
        publisher = Publisher(self._channel, self._account, self._rng, chat, sent, noisy=noisy)
        script = script_for(self.scripts, sent.handle, sent.text)
        playback = Playback(sent, chat, self._account, publisher, self._channel, self._tempo, script, self._files)
        task = asyncio.create_task(self._perform(playback, publisher, message, self._steps(sent, script)))
        self._running[task] = playback
        task.add_done_callback(self._ended)
        return message

    def stop(self, message_id: int) -> Stop:
        """Stop the answer that this message belongs to, if it still runs."""
        message = self._account.message(message_id)
        effective = bool(message and message.state == INCOMPLETE)
        text = message.text if message else ""
        stop = Stop(message_id, message.chat_id if message else None, time.monotonic(), text, effective)
        self.stops.append(stop)
        for task, playback in list(self._running.items()):
            if message_id in playback.sent.bot_ids:
                task.cancel()
                playback.stop()
        self._changes.notify()
        return stop

    def give_up_stuck(self) -> None:
        """Lift the rate guard's ban, and end the answers that wait for ever."""
        self.banned = False
        for playback in self._running.values():
            playback.given_up.set()

    async def aclose(self) -> None:
        """End every answer that still runs.

        Raises:
            ExceptionGroup: Answers failed because of an error in the sandbox or in a test's script.
        """
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._faults:
            raise ExceptionGroup("answers of the sandbox failed", self._faults)

    async def _perform(self, playback: Playback, publisher: Publisher, echo: Message, steps: list[Step]) -> None:
        if self._rng.random() < 0.5:
            # Half of the echoes come after the reply to the send.
            await asyncio.sleep(0.01)
        publisher.created(echo)
        await playback.run(steps)

    def _steps(self, sent: Sent, script: Script | None) -> list[Step]:
        if self.banned:
            return [Forever()]
        if script:
            return script.steps
        text = answer_text.compose(sent.handle, sent.text, sent.attachments)
        plain: list[Step] = [NextMessage(), Pause(self._tempo.first_token), Type(text), State("complete")]
        return catalogue.apply(plain, sent.moods)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled() and (fault := task.exception()):
            log.error("an answer of the sandbox failed", exc_info=fault)
            self._faults.append(fault if isinstance(fault, Exception) else RuntimeError(repr(fault)))
        self._changes.notify()
