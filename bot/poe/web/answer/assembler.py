"""Assembles the answer to one prompt from the messages of all chats. Pure: no clock, no browser."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from bot.conversation import AnswerFile, Snapshot, State
from bot.poe.web.answer.wire import Order, WireMessage, read_document, read_frame

_UNNUMBERED: Order = (-1, 0)
_SEARCH_HELPERS = {"pacarana"}  # authors that search on behalf of the model (poe.md section 2)


@dataclass(slots=True)
class _Message:
    """What is known about one message from all frames so far."""

    id: int
    chat: int | None = None
    author: str | None = None
    text: str = ""
    state: str = "incomplete"
    nonce: str | None = None
    files: tuple[AnswerFile, ...] = ()
    suggestions: tuple[str, ...] = ()
    text_order: Order = _UNNUMBERED
    state_order: Order = _UNNUMBERED

    @property
    def human(self) -> bool:
        # Some of Poe's builds send every message with an empty author (next.md section 0); then only a person's has a
        # nonce.
        return self.author == "human" or (not self.author and self.nonce is not None)

    @property
    def over(self) -> bool:
        return self.state != "incomplete"

    def update(self, frame: WireMessage) -> bool:
        """Apply what a frame says; returns whether the text, the state or the files changed."""
        self.chat = self.chat or frame.chat
        self.author = self.author or frame.author
        self.nonce = self.nonce or frame.nonce
        before = (self.text, self.state, self.files)
        text_is_newer, state_is_newer = self._text_is_newer(frame), self._state_is_newer(frame)
        if frame.text is not None and text_is_newer:
            self.text, self.text_order = frame.text, frame.order or self.text_order
        if frame.state and state_is_newer:
            self.state, self.state_order = _final_or_running(frame.state), frame.order or self.state_order
        known = {file.url for file in self.files}
        self.files += tuple(file for file in frame.files if file.url not in known)
        self.suggestions = tuple(dict.fromkeys((*self.suggestions, *frame.suggestions)))
        return (self.text, self.state, self.files) != before

    # Frames may arrive twice and out of order, and a text and its state may come in different frames, so each has its
    # own order: the newer frame wins, even with a shorter text. A final state is always applied, and never taken back
    # by a running one (poe.md section 9(a) 3).

    def _text_is_newer(self, frame: WireMessage) -> bool:
        running = frame.state is not None and _final_or_running(frame.state) == "incomplete"
        if not self.over and frame.state is not None and not running:
            return True
        if self.over and running and (frame.order is None or frame.order >= self.state_order):
            # After the end the text can't start again, but more of the same text may still arrive.
            return frame.order is not None and (frame.text or "").startswith(self.text)
        if frame.order is not None and frame.order != self.text_order:
            return frame.order > self.text_order
        # Unnumbered: a text that is the beginning of the one that is known is older.
        return not self.text.startswith(frame.text or "")

    def _state_is_newer(self, frame: WireMessage) -> bool:
        late = frame.order is not None and frame.order < self.state_order
        return not self.over or (_final_or_running(frame.state or "") != "incomplete" and not late)


@dataclass(slots=True)
class Answer:
    """The answer to one prompt, out of everything that the account's channel carries.

    All chats of an account share the channel. A message belongs to this answer only once it is bound to it: by the chat
    in which the page's own prompt landed, or by an id that the page itself shows (``bind_*``). Until then it is only
    kept. ``before`` holds the ids of the messages from before the prompt, which never belong to the answer.
    """

    before: frozenset[int] = frozenset()
    chat: int | None = None
    echo: int | None = None
    nonce: str | None = None
    asked: int | None = None
    shown: set[int] = field(default_factory=set[int])
    _known: dict[int, _Message] = field(default_factory=dict[int, _Message])

    def feed(self, frame: object) -> bool:
        """Read a frame; returns whether it changed anything."""
        return self._take(read_frame(frame))

    def reread(self, body: str) -> bool:
        """Read what the page fetched again; returns whether it changed anything."""
        return self._take(read_document(body))

    def _take(self, messages: Iterable[WireMessage]) -> bool:
        changed = False
        for message in messages:
            known = self._known.get(message.id)
            if known is None:
                known = self._known[message.id] = _Message(message.id)
                changed = True
            changed = known.update(message) or changed
            if known.id == self.echo or (known.human and known.nonce and known.nonce == self.nonce):
                self.bind_echo(known.id, known.chat)
        return changed

    def expect(self, nonce: str) -> None:
        """Bind the chat by the nonce with which the page sent this prompt, as soon as its echo is known."""
        self.nonce = nonce
        for known in list(self._known.values()):
            if known.human and known.nonce == nonce:
                self.bind_echo(known.id, known.chat)

    def bind_echo(self, echo: int, chat: int | None = None) -> None:
        """Bind the chat by the id of this prompt's echo."""
        self.echo = echo
        known = self._known.get(echo)
        self.chat = self.chat or chat or (known.chat if known else None)

    def bind_shown(self, *messages: int, asked: int | None = None) -> None:
        """Bind the messages that the page shows as the answer, and the echo that it shows as ``asked``.

        Each call replaces the one before. An echo from `bind_echo` has precedence.
        """
        self.shown, self.asked = set(messages), asked

    @property
    def known(self) -> frozenset[int]:
        """The ids of all messages so far, of all chats."""
        return frozenset(self._known)

    @property
    def foreign(self) -> set[int]:
        """The other chats so far; none as long as this answer's own chat is unknown."""
        echo = self.asked if self.echo is None else self.echo
        home = None if echo is None else self._home(echo)
        return set() if home is None else {k.chat for k in self._known.values() if k.chat is not None} - {home}

    @property
    def parts(self) -> list[_Message]:
        """The messages of this answer, in order."""
        own = [known for _, known in sorted(self._known.items()) if self._belongs(known)]
        # Messages after somebody's next prompt in the same chat answer that one.
        return list(takewhile(lambda known: not known.human, own))

    @property
    def text(self) -> str:
        """The whole answer so far, as raw Markdown."""
        return "\n\n".join(part.text for part in self.parts if part.text)

    @property
    def files(self) -> tuple[AnswerFile, ...]:
        """The files that came with the answer so far."""
        return tuple(file for part in self.parts for file in part.files)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The replies that Poe suggests to the newest message."""
        parts = self.parts
        return parts[-1].suggestions if parts else ()

    @property
    def state(self) -> str:
        """Poe's name for the state of the newest message; empty before the first."""
        parts = self.parts
        return parts[-1].state if parts else ""

    @property
    def ends_with_search(self) -> bool:
        """Whether the newest message is a search helper's, after which the model's own follows."""
        return bool(self.parts) and self.parts[-1].author in _SEARCH_HELPERS

    def snapshot(self) -> Snapshot:
        """The answer so far."""
        final = {"complete": State.DONE, "cancelled": State.STOPPED}.get(self.state, State.STREAMING)
        return Snapshot(self.text, State.FAILED if self.state.startswith("error") else final, files=self.files)

    def _belongs(self, known: _Message) -> bool:
        if known.author == "chat_break" or known.state == "deleted" or known.id in self.before:
            return False
        echo = self.asked if self.echo is None else self.echo
        if echo is not None and known.id <= echo:
            return False
        return known.id in self.shown or (
            echo is not None and known.chat is not None and known.chat == self._home(echo)
        )

    def _home(self, echo: int) -> int | None:
        """Return the chat in which this prompt was sent, if it is known."""
        if self.chat is not None or echo not in self._known:
            return self.chat
        return self._known[echo].chat


def _final_or_running(state: str) -> str:
    """Return a state that ends a message, or "incomplete" for all others, known or not (poe.md section 3.3)."""
    return state if state in ("complete", "cancelled", "deleted") or state.startswith("error") else "incomplete"
