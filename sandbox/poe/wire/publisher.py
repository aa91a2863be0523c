"""Publish what happens in a chat as frames, in one of two dialects, with the channel's usual disorder.

Disorder (poe.md section 9(b) rows 9 and 10): one to three inner messages in a frame with ours at any position, pongs
and errors in between, another chat's messages, the same frame twice, and an older frame after a newer one (by its
`min_seq`).
"""

import random

from sandbox.poe.account import Account, Chat, Message
from sandbox.poe.records import Sent
from sandbox.poe.wire import frames, noise
from sandbox.poe.wire.channel import Channel, Stamped
from sandbox.poe.wire.frames import Inner

TWICE = 0.08
LATE = 0.1
BARE = 0.08
OTHER = 0.35
ACCOMPANIED = 0.4
AGAIN = 0.3
OTHER_HANDLE = "GPT-4o-mini"


class Publisher:
    """Publishes one answer on the account's channel."""

    def __init__(
        self, channel: Channel, account: Account, rng: random.Random, chat: Chat, sent: Sent, *, noisy: bool
    ) -> None:
        self._channel = channel
        self._rng = rng
        self._chat = chat
        self._sent = sent
        self._noisy = noisy
        self._stormy = "storm" in sent.moods
        self._without_authors = "no-author" in sent.moods
        self._updates_only = "text-updates" in sent.moods
        self._held: Stamped | None = None
        self._recent: Stamped | None = None
        self._other = noise.OtherChat(account, OTHER_HANDLE, sent.text)

    def created(self, message: Message) -> None:
        """Publish a new message: the human's echo, or a bot's message that is still empty."""
        made = frames.created if self._updates_only else frames.added
        self._interrupt()
        self._say(made(message, self._chat))

    def text(self, message: Message) -> None:
        """Publish a message's text so far."""
        self._interrupt()
        inner = frames.text_updated(message) if self._updates_only else frames.added(message, self._chat)
        self._recent = self._stamp(self._accompanied([inner]), self._sent)
        if self._held is None and self._happens(LATE):
            self._held = self._recent
        else:
            self._deliver_once_or_twice(self._recent)

    def attached(self, message: Message) -> None:
        """Publish that a message has got a file."""
        self._say(frames.attached(message))

    def settle(self) -> None:
        """Deliver the frame that is held back, if any."""
        held, self._held = self._held, None
        if held:
            self._channel.deliver(held)

    def state(self, message: Message) -> None:
        """Publish a message's new state, together with its text if the dialect has whole messages."""
        if self._updates_only:
            # In this dialect the held frame may have the only copy of the last words, so it goes first.
            self.settle()
            self._say(frames.state_updated(message))
        else:
            self._say(frames.added(message, self._chat))
        if message.state == "cancelled":
            self._say(frames.cancelled(message))
        if self._recent and self._happens(AGAIN):
            # An old frame, in which the message is still incomplete, once more after the last one.
            self._deliver(self._recent)

    def afterwards(self) -> None:
        """Publish what follows a finished answer: its cost, often the chat's title."""
        self._say(frames.cost(self._chat.chat_id, self._rng.randrange(20, 400)))
        if self._rng.random() < 0.5:
            self._say(frames.title(self._chat))

    def suggested(self, message: Message) -> None:
        """Publish the replies that are suggested to a finished answer."""
        self._say(frames.followups(message))
        if not self._updates_only:
            self._say(frames.added(message, self._chat))

    def other_chat_finishes(self) -> None:
        """Complete the other chat's answer before this one."""
        if self._noisy:
            self._deliver(self._stamp([self._other.finish()]))

    def inner(self, inner: Inner) -> None:
        """Publish one inner message as it is."""
        self._deliver(self._stamp([inner], self._sent))

    def _say(self, inner: Inner) -> None:
        self._deliver_once_or_twice(self._stamp(self._accompanied([inner]), self._sent))

    def _stamp(self, inners: list[Inner], sent: Sent | None = None) -> Stamped:
        return self._channel.stamp(frames.without_authors(inners) if self._without_authors else inners, sent)

    def _deliver_once_or_twice(self, stamped: Stamped) -> None:
        self._deliver(stamped)
        if self._happens(TWICE):
            self._deliver(stamped)

    def _deliver(self, stamped: Stamped) -> None:
        self._channel.deliver(stamped)
        self.settle()

    def _accompanied(self, inners: list[Inner]) -> list[Inner]:
        if self._happens(ACCOMPANIED):
            for _ in range(self._rng.randint(1, 2)):
                inners.insert(self._rng.randint(0, len(inners)), noise.inner(self._rng, self._chat))
        return inners

    def _interrupt(self) -> None:
        if self._happens(BARE):
            self._channel.deliver_bare(noise.bare(self._rng))
        if self._happens(OTHER):
            self._channel.deliver(self._stamp([self._other.proceed()]))

    def _happens(self, chance: float) -> bool:
        """Return whether disorder with this probability happens now: never on a quiet wire, always in a storm."""
        return self._noisy and (self._stormy or self._rng.random() < chance)
