"""One prompt and its answer on a chat page: the prompt is sent once, then the answer is read until it is over.

There are two sources. The page's socket carries raw Markdown and is preferred; the page itself (message ids,
``data-complete``) is read when the socket is silent. Either alone can finish an answer (design.md, "Decisions").
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from bot.conversation import PromptFile, Snapshot, State, clean
from bot.errors import (
    AnswerCancelled,
    AnswerStalled,
    BrowserFailed,
    NotSent,
    PoeError,
    PoeUnreachable,
    PromptTooLong,
    QuothError,
    SelectorsDrifted,
)
from bot.poe.web.answer.assembler import Answer
from bot.poe.web.answer.reconcile import is_placeholder, merged, more_complete, with_lost_end
from bot.poe.web.answer.rows import find_rows
from bot.poe.web.answer.wire import read_receipt
from bot.poe.web.browser.tab import PageMessage, PageState
from bot.poe.web.page.chat_page import ChatPage, TimeLimits, code_in
from bot.poe.web.page.composer import without_mentions
from bot.poe.web.page.obstacles import answer_error, http_error, not_sent_error, refusal

_POLL = 0.1  # seconds that one poll waits in the page for events: the contract's figure
_SOCKET_SILENT = 2.0  # seconds without news of this answer after which the page is read too
_SETTLED = 2.0  # seconds without a change after which an answer without an action bar is taken as complete
_NEXT_MESSAGE = 0.5  # seconds in which another message of the same answer may begin after a complete one
_OVERRULED = 5.0  # seconds after which one source is believed although the other disagrees
_AFTERWARDS = 6.0  # seconds in which Poe adds suggested replies to a complete answer (next.md section B5)
_LOOKING = 1.0  # seconds between two looks at the page for them, where the socket has none
_ENOUGH = 3  # suggested replies after which no more are waited for
_STOPPING = 3.0  # seconds for Poe to confirm that an answer was stopped
_LONGEST = 250_000  # characters of a prompt: far more than any model takes, and seconds of work for a page
_HTTP_ERROR = 400  # this status and above is no success
_RUNNING = ("", "incomplete")  # states of an answer that may still grow


class Stage(Enum):
    """How far the prompt got."""

    UNSENT = auto()
    """Typed at most. Nothing can have been sent."""
    PRESSED = auto()
    """Send was pressed; from here on the prompt counts as sent. The page has not shown yet that it did."""
    POSTED = auto()
    """The page has posted the prompt and waits for Poe's reply."""
    UNCONFIRMED = auto()
    """The connection broke before Poe replied, so Poe may or may not have the prompt."""
    SENT = auto()
    """Poe has the prompt, as far as the page shows."""
    OVER = auto()
    """The answer is complete or failed: there is nothing to stop."""


_LEFT_PAGE = (Stage.POSTED, Stage.UNCONFIRMED, Stage.SENT)


class Exchange:
    """Sends ``prompt`` once and reads the answer.

    Args:
        prompt: the text to send. Characters that can't be typed are replaced, and other bots are not mentioned.
        leaving: called at every poll; once it returns True, the answer is stopped.
        pace: called right before Send is pressed; returns when the account may send.
        files: go along with the prompt.
        chat_code: the chat that goes on, by its name in Poe's addresses; empty for a new one.

    Raises:
        PromptTooLong: it is too long to be typed into a page.
    """

    def __init__(
        self,
        prompt: str,
        leaving: Callable[[], bool] = lambda: False,
        pace: Callable[[], None] = lambda: None,
        files: Sequence[PromptFile] = (),
        chat_code: str = "",
    ) -> None:
        if len(prompt) > _LONGEST:
            raise PromptTooLong(f"The prompt has {len(prompt)} characters, more than Quoth types into a page.")
        self._prompt = without_mentions(clean(prompt))
        self._files = files
        self._leaving = leaving
        self._pace = pace
        self._stage = Stage.UNSENT
        self._answer = Answer()
        self._shown: Snapshot = Snapshot()
        self._before = PageState()
        self._rows: tuple[PageMessage, ...] = ()
        self._prompt_in_view = False
        self._keep_in_foreground = False
        self._ignored_chats: set[int] = set()
        self._chat_code, self._seen_at = chat_code, ""
        self._last_news = time.monotonic()
        self._disconnected: float | None = None  # when the page lost its last socket

    @property
    def begun(self) -> bool:
        """Whether Send was pressed. Until then nothing can have been sent."""
        return self._stage is not Stage.UNSENT

    @property
    def chat_code(self) -> str:
        """The chat's name in Poe's addresses, empty while it is not known."""
        return self._chat_code or code_in(self._seen_at)

    @property
    def recoverable(self) -> bool:
        """Whether another page can go on: by `run` if nothing was sent, by `resume` if the answer's chat is known."""
        chat_known = bool(self._chat_code or self._seen_at)
        return not self.begun or (self._stage in _LEFT_PAGE and chat_known and not self._leaving())

    def run(self, page: ChatPage) -> Generator[Snapshot]:
        """Send the prompt and give each new snapshot until the answer is over. Closing it early presses Stop, once.

        Args:
            page: the model's page, opened.

        Raises:
            UploadRefused, PromptTooLong, NotSent, LimitReached, RateLimited, ModelUnavailable, AnswerFailed,
            AnswerCancelled, AnswerStalled, SelectorsDrifted, BrowserFailed. What had arrived was given before.
        """
        page.type_prompt(self._prompt)
        if self._files:
            page.attach(self._files)
            page.type_prompt(self._prompt)  # Send is ready again, and the text is still there
        self._pace()
        if self._leaving():
            return
        self._handle_events(page, page.tab.events(0))
        self._answer.before = self._answer.known
        self._before = page.tab.state()
        self._stage = Stage.PRESSED
        page.press_send()
        yield from self._stop_unless_over(page, self._confirm_and_read(page))

    def resume(self, page: ChatPage) -> Generator[Snapshot]:
        """Go on reading on another page after the browser failed in `run`. Nothing is sent.

        Raises:
            What `run` raises.
        """
        yield from self._stop_unless_over(page, self._reload_and_read(page))

    def afterwards(self, page: ChatPage) -> Generator[Snapshot]:
        """Give the complete answer again whenever Poe adds suggested replies or files to it, for some seconds.

        Nothing is sent or stopped, and nothing raised: the answer is whole without it.
        """
        now = time.monotonic()
        ends, look = now + _AFTERWARDS, now
        with contextlib.suppress(PoeError):
            while self._shown.state is State.DONE and not self._leaving() and time.monotonic() < ends:
                suggested = self._answer.suggestions or self._shown.suggestions
                if not suggested and time.monotonic() >= look:
                    look = time.monotonic() + _LOOKING
                    suggested = self._suggestions_on(page)
                snapshot = replace(self._shown, suggestions=suggested, files=self._answer.files)
                if snapshot != self._shown:
                    self._shown = snapshot
                    yield snapshot
                if len(suggested) >= _ENOUGH:
                    return
                self._handle_events(page, page.tab.events(_POLL))

    def _suggestions_on(self, page: ChatPage) -> tuple[str, ...]:
        """Return the replies that the page suggests, if they are below this answer."""
        state = page.tab.state()
        self._bind_rows(state)
        newest = self._newest_row
        below = newest is not None and state.messages[-1].id == newest.id and not state.messages[-1].own
        return state.suggestions if below else ()

    def _stop_unless_over(self, page: ChatPage, snapshots: Generator[Snapshot]) -> Generator[Snapshot]:
        """Give the snapshots. If they end, for whatever reason, before the answer is over, press Stop."""
        page_lost = False
        try:
            yield from snapshots
        except (BrowserFailed, PoeUnreachable):
            page_lost = True
            raise
        finally:
            if self._stage is not Stage.OVER and not page_lost:
                self._stop(page)
                self._stage = Stage.OVER

    def _confirm_and_read(self, page: ChatPage) -> Generator[Snapshot]:
        yield self._shown
        self._wait_until_sent(page)
        yield from self._read(page)

    def _reload_and_read(self, page: ChatPage) -> Generator[Snapshot]:
        self._reload(page)
        yield from self._read(page)

    def _wait_until_sent(self, page: ChatPage) -> None:
        """Wait for a sign that the prompt left the page. It is never sent a second time."""
        deadline = time.monotonic() + page.limits.send
        while self._stage is Stage.PRESSED and not self._leaving():
            self._handle_events(page, page.tab.events(_POLL))
            state = page.tab.state()
            self._bind_rows(state)
            if self._stage is not Stage.PRESSED or (state.answering(self._before) and not state.typed):
                return
            if state.limit is not None or state.dialog is not None:
                self._stage = Stage.OVER
                raise not_sent_error(state)
            if time.monotonic() > deadline:
                self._stage = Stage.OVER
                raise NotSent

    def _read(self, page: ChatPage) -> Generator[Snapshot]:
        limits = page.limits
        started = changed = self._last_news = time.monotonic()
        reloaded = 0.0
        while not self._leaving():
            self._handle_events(page, page.tab.events(_POLL))
            # Decided once for each round, so that the state of the page fits what is concluded from it.
            silent = time.monotonic() - self._last_news > _SOCKET_SILENT
            state = self._look_if_needed(page, silent)
            snapshot = self._snapshot(silent)
            now = time.monotonic()
            if snapshot != self._shown:
                self._shown, changed = snapshot, now
                # Both sources have a say in whether it is over, below; its text is shown already.
                yield replace(snapshot, state=State.STREAMING)
            if state is not None and self._is_over(page, state, now - changed, silent):
                final = self._final(page, silent)
                self._stage, self._shown = Stage.OVER, final
                yield final
                return
            self._check_limits(page, now, started, max(changed, self._last_news))
            if self._is_reload_due(limits, now, max(changed, reloaded)) and (
                reloaded < changed or not self._prompt_in_view
            ):
                # The answer goes on at Poe even if this page lost its socket (poe.md section 3.6).
                self._reload(page)
                reloaded = now

    def _is_reload_due(self, limits: TimeLimits, now: float, since: float) -> bool:
        """Whether the page has to be loaded again, after no change ``since`` a moment."""
        lost = self._disconnected
        return now - since > limits.reread or (lost is not None and now - max(since, lost) > limits.reconnect)

    def _check_limits(self, page: ChatPage, now: float, started: float, last_news: float) -> None:
        """Raise an error if the answer took too long.

        Raises:
            AnswerStalled: there were no news for too long, or the answer takes too long as a whole.
            PoeUnreachable: the prompt probably never reached Poe.
        """
        limits = page.limits
        # A model that thinks gives news without text: its page has that long to show Stop.
        if now - last_news > (limits.silence if self._shown.text else limits.first_text):
            raise AnswerStalled
        if now - started > limits.total:
            raise AnswerStalled
        answering = self._prompt_in_view or self._shown.text
        if self._stage is Stage.UNCONFIRMED and not answering and now - started > limits.send:
            raise PoeUnreachable("The connection was lost while the prompt was being sent; it was not sent again.")

    def _reload(self, page: ChatPage) -> None:
        if self._stage is Stage.POSTED:
            self._stage = Stage.SENT  # the reloaded page will not get the reply
        self._ignored_chats.clear()
        self._disconnected = None
        page.reload(self._chat_code, self._seen_at)

    def _handle_events(self, page: ChatPage, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            kind, data = event["kind"], event["data"]
            if kind in ("frame", "reread"):
                before = self._answer.snapshot(), self._answer.state
                (self._answer.feed if kind == "frame" else self._answer.reread)(data)
                if (self._answer.snapshot(), self._answer.state) != before:
                    self._last_news = time.monotonic()
            elif kind == "sockets":
                self._disconnected = None if data else time.monotonic()
            elif kind == "sent" and self.begun and data["query"].strip() == self._prompt.strip():
                self._stage = Stage.POSTED
                if data["nonce"]:
                    self._answer.expect(data["nonce"])
            elif kind == "answered" and self._stage in _LEFT_PAGE:
                self._handle_reply(**data)
        if foreign := self._answer.foreign - self._ignored_chats:
            self._ignored_chats |= foreign
            page.tab.ignore_chats(foreign)

    def _handle_reply(self, status: int, body: str) -> None:
        """Read Poe's reply to the prompt: the chat that it is in, or why it was refused. Status 0 is for no reply."""
        receipt = read_receipt(body)
        error: QuothError | None = refusal(receipt.status, receipt.sentence)
        if kind := http_error(status) or (NotSent if status >= _HTTP_ERROR else None):
            error = kind(f"Poe rejected the prompt: HTTP {status}.")
        if error is not None:
            self._stage = Stage.OVER
            raise error
        self._stage = Stage.SENT if status else Stage.UNCONFIRMED
        self._chat_code = receipt.code or self._chat_code
        if receipt.echo is not None and receipt.chat is not None:
            self._answer.bind_echo(receipt.echo, receipt.chat)

    def _look_if_needed(self, page: ChatPage, silent: bool) -> PageState | None:
        """Look at the page, unless the socket has everything: then the page stays in the background, at half the cost.

        The background may be the reason for a silent socket. Once it was silent, the page stays in the foreground.
        """
        needed = silent or not self._answer.parts or self._answer.state != "incomplete"
        self._keep_in_foreground = self._keep_in_foreground or silent
        page.tab.set_foreground(self._keep_in_foreground or needed)
        if not needed:
            return None
        state = page.tab.state(texts=silent)
        self._bind_rows(state)
        if silent:  # if everything was held up, events for what the page shows are on their way
            self._handle_events(page, page.tab.events(0))
        return state

    def _bind_rows(self, state: PageState) -> None:
        """Learn from the page which messages on it belong to this prompt and to no other."""
        if self._stage is Stage.POSTED and self._answer.echo is None:
            return  # before Poe's reply, a message like the prompt is an older one
        rows = find_rows(self._prompt, self._before, state, self._answer.echo)
        self._prompt_in_view = rows is not None
        if rows is None:
            return
        if self._stage is Stage.PRESSED:
            self._stage = Stage.SENT
        self._seen_at = state.url
        self._rows = rows.answer
        self._answer.bind_shown(*(row.id for row in rows.answer if row.id is not None), asked=rows.prompt.id)

    @property
    def _newest_row(self) -> PageMessage | None:
        return self._rows[-1] if self._rows else None

    @property
    def _page_text(self) -> str:
        return "\n\n".join(row.text for row in self._rows if row.text)

    def _snapshot(self, silent: bool) -> Snapshot:
        state = self._answer.snapshot().state
        running = not state.final and not (self._newest_row and self._newest_row.complete)
        text = self._text(silent, running=running)
        return Snapshot("" if running and is_placeholder(text) else text, state, files=self._answer.files)

    def _text(self, silent: bool, *, running: bool) -> str:
        wire = self._answer.snapshot()
        if not silent or wire.state.final:
            return wire.text
        return more_complete(wire.text, self._page_text, running=running)

    def _is_over(self, page: ChatPage, state: PageState, unchanged: float, silent: bool) -> bool:
        """Whether the answer is over: both sources say so, or one does and the other stays silent.

        Args:
            page: the page.
            state: what is on it now.
            unchanged: seconds since the last new snapshot.
            silent: whether the socket is silent.
        """
        wire, newest = self._answer.state, self._newest_row
        if wire == "cancelled" or wire.startswith("error") or (newest and newest.error and silent):
            return True
        stop_shown = state.answering(self._before)
        if wire not in _RUNNING:
            if stop_shown or (newest is not None and newest.complete is False):
                return unchanged > page.limits.reread + _OVERRULED
            last = state.action_bar and not self._answer.ends_with_search
            return unchanged > (_NEXT_MESSAGE if last else _SETTLED)
        complete = newest is not None and (newest.complete is True or (newest.complete is None and state.action_bar))
        if not complete or stop_shown or not silent:
            return False
        # A page that was loaded again shows a message before its new socket brings the raw text.
        return unchanged > (_OVERRULED if newest and is_placeholder(newest.text or "") else _NEXT_MESSAGE)

    def _final(self, page: ChatPage, silent: bool) -> Snapshot:
        """Return the last snapshot of an answer that is over, or raise the error with which it ended."""
        if error := self._error():
            self._stage = Stage.OVER
            raise error
        text = self._text(silent, running=False) if self._shown.text else ""
        return Snapshot(self._completed(page, text), State.DONE, files=self._answer.files)

    def _error(self) -> QuothError | None:
        wire, newest = self._answer.state, self._newest_row
        if wire.startswith("error") or (newest and newest.error and wire in _RUNNING):
            return answer_error(wire)
        if wire in _RUNNING and newest and newest.text is None:
            return SelectorsDrifted("The answer's text was not found on Poe's page.")
        return AnswerCancelled() if wire == "cancelled" else None

    def _completed(self, page: ChatPage, text: str) -> str:
        """Return a text with what the socket lost of it, from what the page shows of each message."""
        self._bind_rows(page.tab.state(texts=True))
        if text == self._answer.text:
            wire = {part.id: part.text for part in self._answer.parts}
            others = self._answer.known - wire.keys()
            rows = [(row.id, row.text or "") for row in self._rows if row.id is not None and row.id not in others]
            text = merged(wire, {number: text for number, text in rows if not is_placeholder(text)})
        return with_lost_end(text, self._page_text)

    def _stop(self, page: ChatPage) -> None:
        """Press Stop, so that no points are spent on text that nobody reads, and wait shortly until Poe confirms it."""
        pressed = False
        deadline = time.monotonic() + _STOPPING
        with contextlib.suppress(PoeError):
            while time.monotonic() < deadline and self._answer.state in _RUNNING:
                pressed = pressed or page.press_stop(self._before)
                self._handle_events(page, page.tab.events(_POLL))
                if pressed and not page.tab.state().answering(self._before):
                    return
