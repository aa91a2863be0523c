"""One prompt and its answer on an open chat page: sent once, then read from two witnesses until it is over.

The wire carries raw Markdown and is preferred; the page itself (message ids, ``data-complete``) is read where the wire
is silent. Either alone can finish an answer (design.md, "Two witnesses").
"""

import contextlib
import re
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from bot.conversation import Snapshot, State
from bot.errors import (
    AnswerFailed,
    AnswerStalled,
    LimitReached,
    ModelUnavailable,
    NotSent,
    PoeError,
    PromptTooLong,
    QuothError,
    RateLimited,
)
from bot.poe.chat_page import ChatPage
from bot.poe.tab import Look, Shown
from bot.poe.wire import Answer, read_receipt

_WAIT = 0.1  # seconds that one poll waits in the page for news: the contract's figure
_WIRE_SILENT = 2.0  # seconds without news of this answer after which the page is asked too
_SETTLED = 1.0  # seconds without a change after which an answer without an action bar is believed to be complete
_OVERRULED = 5.0  # seconds after which one witness alone is believed although the other disagrees
_EMPTIED = 2.0  # seconds after which an emptied composer counts as sent although nothing else says so
_STOPPING = 3.0  # seconds for Poe to confirm that an answer was stopped
_LIMIT_WORDS = re.compile(
    r"limit|used up|out of (?:messages|points)|(?:not enough|insufficient|more) points|upgrade", re.I
)
_PLACEHOLDERS = {"", "...", "…"}

# Why Poe refuses a prompt, as its own mutation names it (poe.md section 4).
_REFUSALS: dict[str, type[QuothError]] = {
    "reached_limit": LimitReached,
    "too_many_tokens": PromptTooLong,
    "no_access": ModelUnavailable,
    "rate_limit_exceeded": RateLimited,
    "concurrent_messages": RateLimited,
    "server_error": AnswerFailed,
}


class Exchange:
    """Sends ``prompt`` on ``page``, whose composer is ready, and reads the answer. Used once.

    Args:
        page: the model's page.
        prompt: what is sent.
        leaving: asked at every poll; once it is true the answer is left early.
    """

    def __init__(self, page: ChatPage, prompt: str, leaving: Callable[[], bool] = lambda: False) -> None:
        self._page = page
        self._leaving = leaving
        self._prompt = prompt
        self._answer = Answer()
        self._before = page.look()
        self._rows: list[Shown] = []
        self._sent = False
        self._over = False
        self._heard = time.monotonic()
        self._shown = Snapshot()

    def run(self) -> Generator[Snapshot]:
        """Give each new snapshot until the answer is over. Leaving it early presses Poe's Stop, once.

        Raises:
            PromptTooLong, NotSent, LimitReached, RateLimited, ModelUnavailable, AnswerFailed, AnswerStalled,
            SelectorsDrifted, BrowserFailed. What had arrived was given before.
        """
        self._page.type_prompt(self._prompt)
        self._collect(self._page.news(0))
        self._answer.before = self._answer.known
        self._page.press_send()
        try:
            yield self._shown  # pressed: from here on the prompt counts as sent
            self._confirm()
            yield from self._receive()
        finally:
            if not self._over:
                self._stop()

    def _confirm(self) -> None:
        """Wait for a sign that the prompt left the page. It is never sent a second time."""
        deadline = time.monotonic() + self._page.limits.send
        emptied: float | None = None
        while not self._sent and not self._leaving():
            self._collect(self._page.news(_WAIT))
            look = self._seen(self._page.look())
            if self._sent:
                return
            if look.limit or look.dialog is not None:
                self._over = True
                raise _refusal(look)
            if look.filled == 0:
                emptied = emptied or time.monotonic()
                if time.monotonic() - emptied > _EMPTIED:
                    return
            elif time.monotonic() > deadline:
                self._over = True
                raise NotSent

    def _receive(self) -> Generator[Snapshot]:
        started = changed = self._heard = time.monotonic()
        limits = self._page.limits
        reread = 0.0
        while not self._over and not self._leaving():
            self._collect(self._page.news(_WAIT))
            look = self._seen(self._page.look(texts=self._silent())) if self._needs_look() else None
            snapshot = self._snapshot(look)
            now = time.monotonic()
            if snapshot != self._shown:
                self._shown, changed = snapshot, now
                # Whether it is over is for both witnesses to say, below; its text is there already.
                yield replace(snapshot, state=State.STREAMING)
            if look is not None and self._finished(look, now - changed):
                self._over = True
                yield self._final()
                return
            patience = limits.silence if self._shown.text else limits.first_text
            if now - changed > patience or now - started > limits.total:
                raise AnswerStalled
            if now - changed > limits.reread and reread < changed:
                # The answer goes on on Poe's side even when this page lost its socket (poe.md section 3.6).
                self._page.reload()
                reread = now

    def _collect(self, news: list[dict[str, Any]]) -> None:
        for item in news:
            kind, data = item["kind"], item["data"]
            if kind in ("frame", "reread"):
                before = self._answer.text, self._answer.state
                (self._answer.feed if kind == "frame" else self._answer.reread)(data)
                if (self._answer.text, self._answer.state) != before:
                    self._heard = time.monotonic()
            elif kind == "sent" and data["query"].strip() == self._prompt.strip():
                self._sent = True
                if data["nonce"]:
                    self._answer.expect(data["nonce"])
            elif kind == "answered" and self._sent:
                self._accepted(data)

    def _accepted(self, body: str) -> None:
        """Read what Poe answered to the send: its chat, or why it was refused."""
        receipt = read_receipt(body)
        if receipt.status not in ("", "success"):
            self._over = True
            raise _REFUSALS.get(receipt.status, NotSent)(f"Poe refused the prompt: {receipt.status[:60]}.")
        if receipt.echo is not None and receipt.chat is not None:
            self._answer.bind_echo(receipt.echo, receipt.chat)

    def _seen(self, look: Look) -> Look:
        """Take from the page which messages are new on it: they belong to this ask and to no other."""
        ids = {row.id for row in self._before.messages}
        rows = [row for row in look.messages if row.id not in ids] if None not in ids else []
        if any(row.id is None for row in look.messages):
            rows = list(look.messages[len(self._before.messages) :])
        own = next((index for index, row in enumerate(rows) if row.own), None)
        if own is None:
            return look
        self._sent = True
        if (echo := rows[own].id) is not None:
            self._answer.bind_echo(echo)
        self._rows = [row for row in rows[own + 1 :] if not row.own]
        for row in self._rows:
            if row.id is not None:
                self._answer.bind_shown(row.id)
        if echo is None and self._silent():
            self._answer.bind_text(self._prompt)
        return look

    def _silent(self) -> bool:
        return time.monotonic() - self._heard > _WIRE_SILENT

    def _needs_look(self) -> bool:
        return not self._answer.parts or self._answer.state != "incomplete" or self._silent()

    def _snapshot(self, look: Look | None) -> Snapshot:
        wire = self._answer.snapshot()
        if look is None or not self._silent() or wire.state.final:
            text = wire.text
        else:
            text = self._fuller(wire.text, "\n\n".join(row.text for row in self._rows if row.text))
        running = not wire.state.final and not (self._rows and self._rows[-1].complete)
        return Snapshot("" if running and text.strip() in _PLACEHOLDERS else text, wire.state)

    def _fuller(self, wire: str, page: str) -> str:
        # Rendering drops and adds signs, so only letters and digits are compared; where they agree, the raw text wins.
        same = _letters(wire) == _letters(page)
        return wire if same or page.strip() in _PLACEHOLDERS else page

    def _finished(self, look: Look, quiet: float) -> bool:
        """Whether the answer is over: both witnesses agree, or one is sure and the other silent for long."""
        state = self._answer.state
        newest = self._rows[-1] if self._rows else None
        if state == "cancelled" or state.startswith("error") or (newest and newest.error and self._silent()):
            return True
        running = look.stop or (newest is not None and newest.complete is False)
        if state not in ("", "incomplete"):
            if running:
                return quiet > _OVERRULED
            return look.finished or quiet > _SETTLED
        complete = newest is not None and (newest.complete is True or (newest.complete is None and look.finished))
        if not complete or look.stop or not self._silent():
            return False
        return bool(newest and (newest.text or "").strip() not in _PLACEHOLDERS) or quiet > _OVERRULED

    def _final(self) -> Snapshot:
        state = self._answer.state
        if state.startswith("error") or (self._rows and self._rows[-1].error and not state):
            raise _failure(state)
        return Snapshot(self._shown.text, State.STOPPED if state == "cancelled" else State.DONE)

    def _stop(self) -> None:
        """Press Stop so that nothing is spent on text that nobody reads; wait shortly until Poe confirms it."""
        self._over = True
        pressed = False
        deadline = time.monotonic() + _STOPPING
        with contextlib.suppress(PoeError):
            while time.monotonic() < deadline and self._answer.state in ("", "incomplete"):
                pressed = pressed or self._page.press_stop()
                self._collect(self._page.news(_WAIT))
                if pressed and not self._page.look().stop:
                    return


def _refusal(look: Look) -> QuothError:
    if look.limit or _LIMIT_WORDS.search(look.dialog or ""):
        return LimitReached()
    return NotSent("Poe asked something in a dialog instead of sending the prompt.")


def _failure(state: str) -> QuothError:
    if state == "error_user_message_too_long":
        return PromptTooLong("Poe found the prompt too long for this model.")
    return AnswerFailed(f"Poe marked the answer as failed ({state[:60] or 'on the page'}).")


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
