"""What Discord shows for one ask: its pages and its state line, always at the newest snapshot.

The only editor of messages. Reading an answer never waits for Discord: ``Reply.show`` only notes the newest snapshot,
and one task of the reply's own edits when its pace allows. That task is never cancelled, because discord.py would keep
the lock of an interaction's token (discord.md section 1).
"""

import asyncio
import logging
import re
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, Self

import discord

from bot.conversation import Snapshot, State
from bot.pacing import CHANNEL_GAP, INTERACTION_GAP, Pace
from bot.pages import plan, units

log = logging.getLogger(__name__)

_HANDOVER = timedelta(minutes=2)  # before an interaction's token dies, edits go on by bot token
_QUESTION = 300  # characters of the question that the reply repeats
_TRIES = 5  # failures of one edit after which the reply is given up: 30 s of waiting between them
_HEAD = re.compile(r"\A-# ❯ (.*)\n?")
_EMPTY = "The model gave an empty answer."
_TAIL = re.compile(rf"(?:^⚠️ .*\n^-# ◆ (?:.* · )?(?:failed|interrupted)|^⚠️ {_EMPTY}\n^-# ◆ .*|^-# ◆ .*)\Z", re.MULTILINE)


class Surface(Protocol):
    """Where a reply's messages are: page numbers from 0, in order. Raises discord.HTTPException."""

    gap: float

    async def write(self, page: int, content: str) -> None:
        """Make this page's message say ``content``; the message after the last one is made."""
        ...

    async def remove_last(self) -> None:
        """Take the last page's message away."""
        ...


class InteractionSurface:
    """The answer to a deferred interaction: edits by its token while that lives, by bot token afterwards."""

    gap = INTERACTION_GAP

    def __init__(self, interaction: discord.Interaction[discord.Client]) -> None:
        self._interaction = interaction
        self._messages: list[discord.InteractionMessage | discord.WebhookMessage] = []

    async def write(self, page: int, content: str) -> None:
        """See Surface."""
        if page < len(self._messages):
            await self._edit(page, content)
        elif page == 0:
            self._messages.append(await self._interaction.edit_original_response(content=content))
        else:
            sent = await self._interaction.followup.send(content, wait=True, suppress_embeds=True)
            self._messages.append(sent)

    async def _edit(self, page: int, content: str) -> None:
        message = self._messages[page]
        if discord.utils.utcnow() < self._interaction.expires_at - _HANDOVER:
            await message.edit(content=content)
        else:
            channel = self._interaction.client.get_partial_messageable(message.channel.id)
            await channel.get_partial_message(message.id).edit(content=content)

    async def remove_last(self) -> None:
        """See Surface."""
        await self._messages.pop().delete()


class ChannelSurface:
    """The answer to somebody's message: the first page replies to it, further pages follow."""

    gap = CHANNEL_GAP

    def __init__(self, asked: discord.Message) -> None:
        self._asked = asked
        self._messages: list[discord.Message] = []

    async def write(self, page: int, content: str) -> None:
        """See Surface."""
        if page < len(self._messages):
            await self._messages[page].edit(content=content, suppress=True)
        elif page == 0:
            reference = self._asked.to_reference(fail_if_not_exists=False)
            sent = await self._asked.channel.send(content, reference=reference, suppress_embeds=True)
            self._messages.append(sent)
        else:
            self._messages.append(await self._asked.channel.send(content, suppress_embeds=True, silent=True))

    async def remove_last(self) -> None:
        """See Surface."""
        await self._messages.pop().delete()


@dataclass(frozen=True, slots=True)
class _View:
    """All that the pages are made from."""

    snapshot: Snapshot = Snapshot()
    model: str = ""
    failure: str = ""
    seconds: float = 0.0


class Reply:
    """One ask's reply. Used as ``async with``; ``finish`` is called once, and leaving waits until it is shown.

    Args:
        surface: where the messages are.
        question: what the first page repeats, where readers can't see it otherwise; empty for nothing.
    """

    def __init__(self, surface: Surface, question: str = "") -> None:
        self._surface = surface
        self._head = f"-# ❯ {_one_line(question)}\n" if question else ""
        self._pace = Pace(surface.gap)
        self._newest = _View()
        self._changed = asyncio.Event()
        self._shown: list[str] = []
        self._editor: asyncio.Task[None] | None = None
        self._started = time.monotonic()

    async def __aenter__(self) -> Self:
        self._editor = asyncio.create_task(self._edit(), name="reply-editor")
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._newest.snapshot.state.final:
            self.finish(State.INTERRUPTED)
        if self._editor is not None:
            await asyncio.shield(self._editor)

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
        # Taken here and not when a page is made, so that the same view always makes the same pages.
        seconds = time.monotonic() - self._started if snapshot.state.final else 0.0
        self._newest = replace(self._newest, snapshot=snapshot, seconds=seconds, **changes)
        self._changed.set()

    async def _edit(self) -> None:
        failures = 0
        while True:
            await self._changed.wait()
            await asyncio.sleep(self._pace.delay(time.monotonic()))
            view, pages = self._newest, self._pages()
            self._changed.clear()
            try:
                if await self._step(pages):
                    self._changed.set()  # more pages may differ
                elif view.snapshot.state.final:
                    return
                failures = 0
            except Exception as error:  # noqa: BLE001 - whatever a request raises, the newest text is tried again
                failures += 1
                gone = isinstance(error, discord.NotFound | discord.Forbidden)
                log.warning("An edit failed: %s", _told(error))
                if gone or failures == _TRIES:
                    log.error("A reply was given up in state %s.", self._newest.snapshot.state)
                    return
                self._changed.set()
                await asyncio.sleep(2.0**failures)

    async def _step(self, pages: list[str]) -> bool:
        """Make one request towards these pages; returns whether one was needed."""
        stale = next((n for n, page in enumerate(pages) if self._shown[n : n + 1] != [page]), None)
        if stale is None and len(self._shown) == len(pages):
            return False
        self._pace.used(time.monotonic())
        if stale is None:
            await self._surface.remove_last()
            self._shown.pop()
        else:
            await self._surface.write(stale, pages[stale])
            self._shown[stale : stale + 1] = [pages[stale]]
        return True

    def _pages(self) -> list[str]:
        tail = self._state_line()
        pages = plan(self._newest.snapshot.text, first=units(self._head), last=units(tail) + 1)
        pages[0] = self._head + pages[0]
        pages[-1] = f"{pages[-1].rstrip()}\n{tail}" if pages[-1] else tail
        return pages

    def _state_line(self) -> str:
        snapshot, model = self._newest.snapshot, self._newest.model
        lines = {
            State.QUEUED: _waiting(snapshot),
            State.ASKING: f"asking {model}…" if model else "reading…",
            State.STREAMING: f"{model} is writing…" if snapshot.text else f"{model} is thinking…",
            State.DONE: f"{model} · {self._newest.seconds:.0f} s",
            State.STOPPED: f"{model} · stopped",
            State.FAILED: f"{model} · failed" if model else "failed",
            State.INTERRUPTED: f"{model} · interrupted" if model else "interrupted",
        }
        sentence = self._newest.failure
        if snapshot.state is State.INTERRUPTED:
            sentence = "Quoth was restarted before the answer was complete. Please ask again."
        elif snapshot.state is State.DONE and not snapshot.text.strip():
            sentence = _EMPTY
        line = f"-# ◆ {lines[snapshot.state]}"
        return f"⚠️ {sentence}\n{line}" if sentence else line


def _waiting(snapshot: Snapshot) -> str:
    rough = f"about {snapshot.wait:.0f} s" if snapshot.wait < 90 else f"about {snapshot.wait / 60:.0f} minutes"
    return f"waiting, {snapshot.ahead} ahead, {rough}" if snapshot.ahead else f"waiting {rough} to go easy on Poe"


def split_chrome(content: str, *, first: bool = True) -> tuple[str, str]:
    """Split what a reply's message says into the question that it repeats and the answer's own text.

    Args:
        content: the message's.
        first: whether it is the first page of a reply to a command; no other repeats a question, and a model that
            writes the same signs does not either.
    """
    head = _HEAD.match(content) if first else None
    text = content[head.end() :] if head else content
    return head[1] if head else "", _TAIL.sub("", text).strip()


def _told(error: Exception) -> str:
    """What an operator may read of a failed request: Discord's answer can repeat people's words."""
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}, code {error.code}"
    return type(error).__name__


def _one_line(question: str) -> str:
    line = " ".join(question.replace("```", "'''").split())
    return line if len(line) <= _QUESTION else line[: _QUESTION - 1] + "…"
