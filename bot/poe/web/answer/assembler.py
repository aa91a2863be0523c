"""The answer to one prompt, gathered from the messages of all chats. Pure: no clock, no browser."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from bot.conversation import Snapshot, State
from bot.poe.web.answer.wire import Order, WireMessage, read_document, read_frame

_UNNUMBERED: Order = (-1, 0)
_HELPERS = {"pacarana"}  # authors that search for the model (poe.md section 2)


@dataclass(slots=True)
class _Known:
    """What is known of one message, over all its frames."""

    id: int
    chat: int | None = None
    author: str | None = None
    text: str = ""
    state: str = "incomplete"
    nonce: str | None = None
    text_order: Order = _UNNUMBERED
    state_order: Order = _UNNUMBERED

    @property
    def human(self) -> bool:
        return self.author == "human"

    @property
    def over(self) -> bool:
        return self.state != "incomplete"

    def update(self, news: WireMessage) -> bool:
        """Take news in; returns whether the text or the state changed."""
        self.chat = self.chat or news.chat
        self.author = self.author or news.author
        self.nonce = self.nonce or news.nonce
        before = (self.text, self.state)
        text_counts, state_counts = self._text_counts(news), self._state_counts(news)
        if news.text is not None and text_counts:
            self.text, self.text_order = news.text, news.order or self.text_order
        if news.state and state_counts:
            self.state, self.state_order = _known_state(news.state), news.order or self.state_order
        return (self.text, self.state) != before

    # Frames arrive twice and out of order, and a text and its state may come apart, so each has an order of its own:
    # the newer frame wins, also with a shorter text. An end counts and is not taken back (poe.md section 9(a) 3).

    def _text_counts(self, news: WireMessage) -> bool:
        running = news.state is not None and _known_state(news.state) == "incomplete"
        if not self.over and news.state is not None and not running:
            return True
        if self.over and running and (news.order is None or news.order >= self.state_order):
            # No new beginning after the end; but more of the same text may follow it.
            return news.order is not None and (news.text or "").startswith(self.text)
        if news.order is not None and news.order != self.text_order:
            return news.order > self.text_order
        # Not numbered: of two texts the longer of one beginning is the newer.
        return not self.text.startswith(news.text or "")

    def _state_counts(self, news: WireMessage) -> bool:
        late = news.order is not None and news.order < self.state_order
        return not self.over or (_known_state(news.state or "") != "incomplete" and not late)


@dataclass(slots=True)
class Answer:
    """The answer to one prompt, gathered from all that the account's channel carries.

    All chats of an account share the channel, so a message counts only when it is bound to this ask: by the chat in
    which the page's own send landed, or by an id that the page itself shows (``bind_*``). Until then it is kept aside.
    ``before`` holds the ids that were there before the prompt was sent; they never count.
    """

    before: frozenset[int] = frozenset()
    chat: int | None = None
    echo: int | None = None
    nonce: str | None = None
    asked: int | None = None
    shown: set[int] = field(default_factory=set[int])
    _known: dict[int, _Known] = field(default_factory=dict[int, _Known])

    def feed(self, frame: object) -> bool:
        """Take a frame in; returns whether anything in it was news."""
        return self._take(read_frame(frame))

    def reread(self, body: str) -> bool:
        """Take in what the page read again; returns whether anything in it was news."""
        return self._take(read_document(body))

    def _take(self, messages: Iterable[WireMessage]) -> bool:
        changed = False
        for news in messages:
            known = self._known.get(news.id)
            if known is None:
                known = self._known[news.id] = _Known(news.id)
                changed = True
            changed = known.update(news) or changed
            if known.id == self.echo or (known.human and known.nonce and known.nonce == self.nonce):
                self.bind_echo(known.id, known.chat)
        return changed

    def expect(self, nonce: str) -> None:
        """Know the nonce with which the page sends this prompt; its echo binds the chat."""
        self.nonce = nonce
        for known in list(self._known.values()):
            if known.human and known.nonce == nonce:
                self.bind_echo(known.id, known.chat)

    def bind_echo(self, echo: int, chat: int | None = None) -> None:
        """Know which human message is this prompt's echo, and with it the chat that asked."""
        self.echo = echo
        known = self._known.get(echo)
        self.chat = self.chat or chat or (known.chat if known else None)

    def bind_shown(self, *messages: int, asked: int | None = None) -> None:
        """Know that the asking page itself shows these messages as the answer, and perhaps the echo as ``asked``.

        What the page shows may change; an echo that is known otherwise counts more.
        """
        self.shown, self.asked = set(messages), asked

    @property
    def known(self) -> frozenset[int]:
        """The ids of all messages that were heard of, of whatever chat."""
        return frozenset(self._known)

    @property
    def foreign(self) -> set[int]:
        """The chats that were heard of and are not the one that asked; none before that one is known."""
        echo = self.asked if self.echo is None else self.echo
        home = None if echo is None else self._home(echo)
        return set() if home is None else {k.chat for k in self._known.values() if k.chat is not None} - {home}

    @property
    def parts(self) -> list[_Known]:
        """The messages of this answer in their order."""
        own = [known for _, known in sorted(self._known.items()) if self._counts(known)]
        # What follows somebody's next prompt in the same chat answers that one.
        return list(takewhile(lambda known: not known.human, own))

    @property
    def text(self) -> str:
        """All of the answer so far, as raw Markdown."""
        return "\n\n".join(part.text for part in self.parts if part.text)

    @property
    def state(self) -> str:
        """The state of the newest message, as Poe names it; empty before the first."""
        parts = self.parts
        return parts[-1].state if parts else ""

    @property
    def helped(self) -> bool:
        """Whether the newest message is a search helper's: the model's own comes after it."""
        return bool(self.parts) and self.parts[-1].author in _HELPERS

    def snapshot(self) -> Snapshot:
        """The answer as it stands."""
        final = {"complete": State.DONE, "cancelled": State.STOPPED}.get(self.state, State.STREAMING)
        return Snapshot(self.text, State.FAILED if self.state.startswith("error") else final)

    def _counts(self, known: _Known) -> bool:
        if known.author == "chat_break" or known.state == "deleted" or known.id in self.before:
            return False
        echo = self.asked if self.echo is None else self.echo
        if echo is not None and known.id <= echo:
            return False
        return known.id in self.shown or (
            echo is not None and known.chat is not None and known.chat == self._home(echo)
        )

    def _home(self, echo: int) -> int | None:
        """The chat that asked."""
        if self.chat is not None or echo not in self._known:
            return self.chat
        return self._known[echo].chat


def _known_state(state: str) -> str:
    """The states that end a message; all others, known or not, leave it running (poe.md section 3.3)."""
    return state if state in ("complete", "cancelled", "deleted") or state.startswith("error") else "incomplete"
