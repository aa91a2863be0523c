"""What Discord shows for one ask, always at the newest snapshot. The only editor of messages.

Reading an answer never waits for Discord: ``Reply.show`` only notes the newest snapshot, and one task of the reply's
own edits when its pace allows. That task is never cancelled, because discord.py would keep the lock of an interaction's
token (discord.md section 1).
"""

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import Self

import discord

from bot import frame
from bot.conversation import Snapshot, State
from bot.pacing import Pace
from bot.pages import plan, units
from bot.surfaces import Surface

log = logging.getLogger(__name__)

_TRIES = 5  # failures in a row after which a reply is given up: some 30 s


@dataclass(frozen=True, slots=True)
class _View:
    """All that the pages are made from."""

    snapshot: Snapshot = Snapshot()
    model: str = ""
    failure: str = ""
    seconds: float = 0.0


class Reply:
    """One ask's reply. Used as ``async with``; leaving waits until the final state is shown, or given up.

    Args:
        surface: where the messages are.
        question: what the first page repeats, where readers can't see it otherwise; empty for nothing.
    """

    def __init__(self, surface: Surface, question: str = "") -> None:
        self._surface = surface
        self._head = frame.head(question) if question else ""
        self._pace = Pace()
        self._newest = _View()
        self._changed = asyncio.Event()
        self._shown: list[str] = []
        self._started = time.monotonic()
        self.editor = asyncio.create_task(self._edit(), name="reply-editor")
        """Ends when the final state is shown, or when nothing can be shown any more."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.finish(State.INTERRUPTED)
        await asyncio.shield(self.editor)

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._newest.snapshot

    def show(self, snapshot: Snapshot, model: str = "") -> None:
        """Note the newest snapshot; it is shown when the pace allows, or a newer one instead."""
        self._note(snapshot, model=model or self._newest.model)

    def finish(self, state: State, failure: str = "") -> None:
        """Note the final state, with the sentence for the reader where it failed. The text so far is kept."""
        self._note(replace(self._newest.snapshot, state=state), failure=failure)

    def _note(self, snapshot: Snapshot, **changes: str) -> None:
        if self._newest.snapshot.state.final:
            return  # there is exactly one
        # Taken here and not when a page is made, so that the same view always makes the same pages.
        seconds = time.monotonic() - self._started if snapshot.state.final else 0.0
        self._newest = replace(self._newest, snapshot=snapshot, seconds=seconds, **changes)
        self._changed.set()

    async def _edit(self) -> None:
        failures = 0
        while True:
            await self._changed.wait()
            await asyncio.sleep(self._pace.delay(time.monotonic()))
            view = self._newest
            self._changed.clear()
            try:
                if await self._step(self._pages(view)):
                    self._changed.set()  # more pages may differ
                elif view.snapshot.state.final:
                    return
                failures = 0
            except Exception as error:  # noqa: BLE001 - whatever a request raises, the newest text is tried again
                failures += 1
                log.warning("An edit failed: %s", _told(error))
                if failures == _TRIES or not self._mended(error):
                    log.error("A reply was given up in state %s.", self._newest.snapshot.state)
                    return
                self._changed.set()
                await asyncio.sleep(2.0 ** (failures - 1) - 1.0)

    def _mended(self, error: Exception) -> bool:
        """Whether trying again has a sense: not without permission, and not where the whole reply was deleted."""
        if isinstance(error, discord.NotFound) and len(self._shown) > 1:
            # Somebody deleted one of the further pages: they are made anew. Were it the first, that fails in turn.
            del self._shown[1:]
            self._surface.forget(1)
            return True
        return not isinstance(error, discord.NotFound | discord.Forbidden)

    async def _step(self, pages: list[str]) -> bool:
        """Make one request towards these pages; returns whether one was needed."""
        stale = next((n for n, page in enumerate(pages) if self._shown[n : n + 1] != [page]), None)
        if stale is None and len(self._shown) == len(pages):
            return False
        self._pace.used(time.monotonic(), self._surface.gap)
        if stale is None:
            await self._surface.remove_last()
            self._shown.pop()
        else:
            await self._surface.write(stale, pages[stale])
            self._shown[stale : stale + 1] = [pages[stale]]
        return True

    def _pages(self, view: _View) -> list[str]:
        tail = frame.tail(view.snapshot, view.model, view.failure, view.seconds)
        pages = plan(view.snapshot.text, first=units(self._head), last=units(tail) + 1)
        pages[0] = self._head + pages[0]
        pages[-1] = f"{pages[-1].rstrip()}\n{tail}" if pages[-1] else tail
        return pages


def _told(error: Exception) -> str:
    """What an operator may read of a failed request: Discord's answer can repeat people's words."""
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}, code {error.code}"
    return type(error).__name__
