"""One prompt and its answer on an open chat page: sent once, then read from two witnesses until it is over.

The wire carries raw Markdown and is preferred; the page itself (message ids, ``data-complete``) is read where the wire
is silent. Either alone can finish an answer (design.md, "Two witnesses").
"""

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from bot.context.prompt import clean
from bot.conversation import Snapshot, State
from bot.errors import (
    AnswerCancelled,
    AnswerStalled,
    BrowserFailed,
    NotSent,
    PoeError,
    PoeUnreachable,
    PromptTooLong,
    SelectorsDrifted,
)
from bot.poe.web.answer.assembler import Answer
from bot.poe.web.answer.reconcile import fuller, is_placeholder, mended, not_cut
from bot.poe.web.answer.rows import rows_of
from bot.poe.web.answer.wire import read_receipt
from bot.poe.web.browser.tab import Look, Shown
from bot.poe.web.page.chat_page import ChatPage
from bot.poe.web.page.obstacles import declined, failed, refused, unsent

_WAIT = 0.1  # seconds that one poll waits in the page for news: the contract's figure
_WIRE_SILENT = 2.0  # seconds without news of this answer after which the page is asked too
_SETTLED = 2.0  # seconds without a change after which an answer without an action bar is believed to be complete
_NO_MORE = 0.5  # seconds in which another message of the same answer may begin after one that is complete
_OVERRULED = 5.0  # seconds after a second look at the whole page for one witness to be believed against the other
_STOPPING = 3.0  # seconds for Poe to confirm that an answer was stopped
_TYPABLE = 250_000  # characters: far more than any model takes, and seconds of work for a page
_REFUSED = 400  # HTTP: this and above is no success


class Exchange:
    """Sends ``prompt`` once and reads the answer.

    Args:
        prompt: what is sent, as far as a text area can hold it.
        leaving: asked at every poll; once it is true the answer is left early.
        pace: called before Send is pressed; comes back when the account may send again.

    Raises:
        PromptTooLong: no page is asked to take that much.
    """

    def __init__(
        self, prompt: str, leaving: Callable[[], bool] = lambda: False, pace: Callable[[], None] = lambda: None
    ) -> None:
        self._page: ChatPage
        self._leaving = leaving
        self._pace = pace
        self.begun = False
        self._prompt = clean(prompt)
        if len(prompt) > _TYPABLE:
            raise PromptTooLong(f"A prompt of {len(prompt)} characters is more than is typed into a page.")
        self._answer = Answer()
        self._before: Look
        self._rows: tuple[Shown, ...] = ()
        self._in_view = False
        self._silent = self._front = False
        self._sent = False
        self._posted = False  # the page has sent, and waits for Poe to answer that
        self._broken = False
        self._muted: set[int] = set()
        self._code = self._seen_at = ""
        self._over = False
        self._heard = time.monotonic()
        self._shown = Snapshot()

    def run(self, page: ChatPage) -> Generator[Snapshot]:
        """Give each new snapshot until the answer is over. Leaving it early presses Poe's Stop, once.

        ``page`` is the model's, its composer ready. Until ``begun`` nothing can have been sent.

        Raises:
            PromptTooLong, NotSent, LimitReached, RateLimited, ModelUnavailable, AnswerFailed, AnswerCancelled,
            AnswerStalled, SelectorsDrifted, BrowserFailed. What had arrived was given before.
        """
        self._page = page
        self._page.type_prompt(self._prompt)
        self._pace()
        if self._leaving():
            return
        self._collect(self._page.news(0))
        self._answer.before = self._answer.known
        self._before = self._page.look()
        self.begun = True
        self._page.press_send()
        try:
            yield self._shown  # pressed: from here on the prompt counts as sent
            self._confirm()
            yield from self._receive()
        except (BrowserFailed, PoeUnreachable):
            self._over = True  # nothing can be pressed any more
            raise
        finally:
            if not self._over:
                self._stop()

    @property
    def resumable(self) -> bool:
        """Whether the prompt was sent and its chat is known, so that another page can show the rest of its answer."""
        return self._sent and bool(self._code or self._seen_at) and not self._leaving()

    def resume(self, page: ChatPage) -> Generator[Snapshot]:
        """Go on reading on another page, where the browser failed under `run`. Nothing is sent.

        Raises:
            What `run` raises.
        """
        self._page, self._over = page, False
        self._load_again()
        try:
            yield from self._receive()
        finally:
            if not self._over:
                self._stop()

    def _confirm(self) -> None:
        """Wait for a sign that the prompt left the page. It is never sent a second time."""
        deadline = time.monotonic() + self._page.limits.send
        while not self._sent and not self._leaving():
            self._collect(self._page.news(_WAIT))
            look = self._seen(self._page.look())
            if self._sent or (look.answering(self._before) and not look.filled):
                return
            if look.limit is not None or look.dialog is not None:
                self._over = True
                raise unsent(look)
            if time.monotonic() > deadline:
                self._over = True
                raise NotSent

    def _receive(self) -> Generator[Snapshot]:
        started = changed = self._heard = time.monotonic()
        limits = self._page.limits
        reread = 0.0
        while not self._over and not self._leaving():
            self._collect(self._page.news(_WAIT))
            # Decided once for each round: what was looked at has to fit what is made of it.
            self._silent = time.monotonic() - self._heard > _WIRE_SILENT
            self._show()
            look = self._seen(self._page.look(texts=self._silent)) if self._needs_look() else None
            if self._silent:  # where all was held up, what the page shows is on its way here too
                self._collect(self._page.news(0))
            snapshot = self._snapshot(look)
            now = time.monotonic()
            if snapshot != self._shown:
                self._shown, changed = snapshot, now
                # Whether it is over is for both witnesses to say, below; its text is there already.
                yield replace(snapshot, state=State.STREAMING)
            if look is not None and self._finished(look, now - changed):
                self._over = True
                yield self._final(look)
                return
            patience = limits.silence if self._shown.text else limits.first_text
            # A model that thinks has been heard of: its page has had that long to show Stop.
            if now - max(changed, self._heard) > patience or now - started > limits.total:
                raise AnswerStalled
            if self._broken and not (self._in_view or self._shown.text) and now - started > limits.send:
                raise PoeUnreachable("The connection broke while the prompt was being sent; it was not sent again.")
            if now - max(changed, reread) > limits.reread and (reread < changed or not self._in_view):
                # The answer goes on on Poe's side even when this page lost its socket (poe.md section 3.6).
                self._load_again()
                reread = now

    def _load_again(self) -> None:
        self._posted = False
        self._muted.clear()
        self._page.reload(self._code, self._seen_at)

    def _collect(self, news: list[dict[str, Any]]) -> None:
        for item in news:
            kind, data = item["kind"], item["data"]
            if kind in ("frame", "reread"):
                before = self._answer.text, self._answer.state
                (self._answer.feed if kind == "frame" else self._answer.reread)(data)
                if (self._answer.text, self._answer.state) != before:
                    self._heard = time.monotonic()
            elif kind == "sent" and data["query"].strip() == self._prompt.strip():
                self._sent = self._posted = True
                if data["nonce"]:
                    self._answer.expect(data["nonce"])
            elif kind == "answered" and self._sent:
                self._accepted(**data)
        if foreign := self._answer.foreign - self._muted:
            self._muted |= foreign
            self._page.mute(foreign)

    def _accepted(self, status: int, body: str) -> None:
        """Read what Poe answered to the send: its chat, or why it was refused."""
        self._posted = False
        self._broken = not status  # nothing tells whether Poe has the prompt: its answer may come all the same
        if refusal := refused(status) or (NotSent if status >= _REFUSED else None):
            self._over = True
            raise refusal(f"Poe refused the prompt: HTTP {status}.")
        receipt = read_receipt(body)
        if refused_for := declined(receipt):
            self._over = True
            raise refused_for
        self._code = receipt.code
        if receipt.echo is not None and receipt.chat is not None:
            self._answer.bind_echo(receipt.echo, receipt.chat)

    def _seen(self, look: Look) -> Look:
        """Take from the page which messages on it belong to this ask and to no other."""
        if self._posted and self._answer.echo is None:
            return look  # Poe has not answered the send yet: a row that looks like the prompt is an older one
        rows = rows_of(self._prompt, self._before, look, self._answer.echo)
        self._in_view = rows is not None
        if rows is None:
            return look
        self._sent = True
        self._seen_at = look.url
        self._rows = rows.answer
        self._answer.bind_shown(*(row.id for row in rows.answer if row.id is not None), asked=rows.asked.id)
        return look

    def _show(self) -> None:
        """Leave the page in the background while the wire tells all: there it takes half the work.

        Where the wire fell silent there, that may be why: then it stays in the foreground.
        """
        self._front = self._front or self._silent
        self._page.foreground(self._front or self._needs_look())

    def _needs_look(self) -> bool:
        return not self._answer.parts or self._answer.state != "incomplete" or self._silent

    def _snapshot(self, look: Look | None) -> Snapshot:
        state = self._answer.snapshot().state
        newest = self._rows[-1] if self._rows else None
        running = not state.final and not (newest and newest.complete)
        text = self._text(look, running=running)
        return Snapshot("" if running and is_placeholder(text) else text, state)

    def _text(self, look: Look | None, running: bool) -> str:
        wire = self._answer.snapshot()
        if look is None or not self._silent or wire.state.final:
            return wire.text
        return fuller(wire.text, "\n\n".join(row.text for row in self._rows if row.text), running=running)

    def _finished(self, look: Look, quiet: float) -> bool:
        """Whether the answer is over: both witnesses agree, or one is sure and the other silent for long."""
        state = self._answer.state
        newest = self._rows[-1] if self._rows else None
        if state == "cancelled" or state.startswith("error") or (newest and newest.error and self._silent):
            return True
        running = look.answering(self._before) or (newest is not None and newest.complete is False)
        if state not in ("", "incomplete"):
            if running:
                return quiet > self._page.limits.reread + _OVERRULED
            return quiet > (_NO_MORE if look.finished and not self._answer.helped else _SETTLED)
        complete = newest is not None and (newest.complete is True or (newest.complete is None and look.finished))
        if not complete or look.answering(self._before) or not self._silent:
            return False
        return bool(newest and not is_placeholder(newest.text or "")) or quiet > _OVERRULED

    def _final(self, look: Look) -> Snapshot:
        state = self._answer.state
        if state.startswith("error") or (self._rows and self._rows[-1].error and state in ("", "incomplete")):
            raise failed(state)
        if state in ("", "incomplete") and self._rows and self._rows[-1].text is None:
            raise SelectorsDrifted("The text of the answer was not found on Poe's page.")
        if state == "cancelled":
            raise AnswerCancelled
        text = self._text(look, running=False) if self._shown.text else ""
        return Snapshot(self._not_cut(text), State.DONE)

    def _not_cut(self, text: str) -> str:
        """Mend what the wire lost, of each message by what the page shows of it, and of the end."""
        self._seen(self._page.look(texts=True))
        if text == self._answer.text:
            told = {part.id: part.text for part in self._answer.parts}
            others = self._answer.known - told.keys()
            rows = [(row.id, row.text or "") for row in self._rows if row.id is not None and row.id not in others]
            text = mended(told, {number: text for number, text in rows if not is_placeholder(text)})
        return not_cut(text, "\n\n".join(row.text for row in self._rows if row.text))

    def _stop(self) -> None:
        """Press Stop so that nothing is spent on text that nobody reads; wait shortly until Poe confirms it."""
        self._over = True
        pressed = False
        deadline = time.monotonic() + _STOPPING
        with contextlib.suppress(PoeError):
            while time.monotonic() < deadline and self._answer.state in ("", "incomplete"):
                pressed = pressed or self._page.press_stop(self._before)
                self._collect(self._page.news(_WAIT))
                if pressed and not self._page.look().answering(self._before):
                    return
