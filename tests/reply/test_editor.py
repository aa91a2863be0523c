"""The reply's editor on a surface in memory: always the newest text, and a final state whatever Discord does."""

import asyncio
import logging
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.conversation import Snapshot, State, Thinking
from bot.markdown.own_lines import separate
from bot.reply import editor as reply_module
from bot.reply.editor import Reply
from bot.reply.layout import Post
from bot.reply.pacing import RateLimiter, Urgency

LIMIT = 10.0
_SECONDS = re.compile(r"(?<=◆ )\d+ s|(?<= · )\d+ s")


def refusal(kind: type[discord.HTTPException], status: int, code: int = 0) -> discord.HTTPException:
    """Return the error that discord.py raises for this status."""
    return kind(
        cast("Any", SimpleNamespace(status=status, reason="refused", headers={})), {"code": code, "message": "refused"}
    )


class Board:
    """A surface in memory: ``trouble`` is raised by the next writes, ``held`` holds them up, ``writes`` counts them."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.writes = 0
        self.held: asyncio.Event | None = None
        self.trouble: list[Exception | None] = []
        self.edits, self.sends = RateLimiter(0.0), RateLimiter(0.0)
        self.cost = 1.0

    def limiter(self, page: int) -> RateLimiter:
        """See Surface."""
        return self.sends if page >= len(self.pages) else self.edits

    @property
    def file_limit(self) -> int:
        """See Surface."""
        return 0

    async def write(self, page: int, post: Post, shown: Post | None = None) -> None:
        """See Surface."""
        if self.trouble and (error := self.trouble.pop(0)):
            raise error
        if self.held:
            await self.held.wait()
        self.writes += 1
        self.pages[page : page + 1] = [_SECONDS.sub("0 s", post.content)]

    async def remove_last(self) -> None:
        """See Surface."""
        self.pages.pop()

    def forget(self, page: int) -> None:
        """See Surface."""
        del self.pages[page]

    def page_of(self, message_id: int) -> int | None:
        """See Surface: on the board a page's number is its message's id."""
        return message_id if message_id < len(self.pages) else None

    def id_of(self, page: int) -> int:
        """See Surface."""
        return page

    @property
    def can_hand_over(self) -> bool:
        """See Surface."""
        return False

    def hand_over(self) -> None:
        """See Surface."""

    @property
    def can_hide(self) -> bool:
        """See Surface."""
        return False

    async def hide(self) -> None:
        """See Surface."""

    async def tell_alone(self, sentence: str) -> bool:
        """See Surface."""
        return False

    async def reopen(self) -> None:
        """See Surface."""

    def lasts(self) -> float | None:
        """See Surface."""
        return None

    async def ping(self, user: int, content: str) -> None:
        """See Surface."""

    @property
    def text(self) -> str:
        """The answer that the pages show."""
        return "\n".join(separate(page).text for page in self.pages)


def said(text: str) -> Snapshot:
    """Return an answer that is being written."""
    return Snapshot(text, State.STREAMING)


async def until(true: Callable[[], bool]) -> None:
    """Let the editor work until something is true."""
    async with asyncio.timeout(LIMIT):
        for _ in iter(lambda: not true(), False):
            await asyncio.sleep(0)


async def test_what_is_outdated_is_never_shown() -> None:
    """While Discord is slow the answer goes on; then only the newest text is written, and the end once."""
    board = Board()
    board.held = asyncio.Event()
    async with Reply(board, 1) as reply:
        for number in range(100):
            reply.show(said(f"word {number}"), "gpt-4")
            await asyncio.sleep(0)
        board.held.set()
        await until(lambda: board.text == "word 99")
        reply.finish(State.DONE)
    assert board.writes == 3  # the first word, the newest, the end
    assert board.pages == ["word 99\n-# ◆ gpt-4 · 0 s · done"]


class Gate(RateLimiter):
    """A limiter that counts how often a turn is asked for, and grants none until it is open."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.asked, self.open = 0, asyncio.Event()

    async def turn(self, who: object, urgency: Urgency = Urgency.GROWING, cost: float = 1.0) -> None:
        """See RateLimiter."""
        self.asked += 1
        await self.open.wait()


async def test_a_further_page_costs_no_edit_its_turn() -> None:
    """When a page becomes due while an edit waits, the page uses its own limiter, and both go."""
    board = Board()
    board.edits = gate = Gate()
    async with Reply(board, 1) as reply:
        reply.show(said("one"))
        await until(lambda: board.text == "one")
        reply.show(said("one two"))
        await until(lambda: gate.asked == 1)
        reply.show(said("\n\n".join(f"{number} " + "word " * 300 for number in range(2))))
        await asyncio.sleep(0)
        assert len(board.pages) == 1
        gate.open.set()
        await until(lambda: board.text.startswith("0 word"))
        assert len(board.pages) == 2
        assert gate.asked == 1


@pytest.mark.parametrize("error", [ConnectionResetError(), refusal(discord.DiscordServerError, 500), TimeoutError()])
async def test_a_failed_edit_is_tried_again_with_the_newest_text(error: Exception) -> None:
    """After a lost connection or a server error the final text and state are shown."""
    board = Board()
    board.trouble = [None, error, error]
    async with Reply(board, 1) as reply:
        reply.show(said("one"), "gpt-4")
        await until(lambda: board.text == "one")
        reply.show(said("one two"))
        reply.finish(State.DONE)
    assert board.pages == ["one two\n-# ◆ gpt-4 · 0 s · done"]


async def test_a_deleted_page_is_made_anew() -> None:
    """A further page that somebody deletes is sent again; the answer stays complete."""
    board = Board()
    text = "word " * 700
    async with Reply(board, 1) as reply:
        reply.show(said(text), "gpt-4")
        await until(lambda: len(board.pages) == 2)
        board.trouble = [refusal(discord.NotFound, 404, 10008)]
        reply.show(said(text + "end"))
        reply.finish(State.DONE)
    assert "".join(board.text.split()) == "".join((text + "end").split())
    assert board.pages[-1].endswith("-# ◆ gpt-4 · 0 s · done")


@pytest.mark.parametrize(
    ("error", "levels"),
    [
        (refusal(discord.NotFound, 404, 10008), ["INFO", "INFO"]),
        (refusal(discord.Forbidden, 403), ["WARNING", "ERROR"]),
    ],
)
async def test_a_reply_that_is_gone_ends_at_once(
    error: Exception, levels: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Without its message or permission nothing is tried again, and nobody waits for the editor.

    The log says why, once; that somebody deleted a message is no fault.
    """
    caplog.set_level(logging.INFO)
    board = Board()
    reply = Reply(board, 1)
    reply.show(said("one"), "gpt-4")
    await until(lambda: board.text == "one")
    board.trouble = [error]
    reply.show(said("one two"))
    await asyncio.wait_for(reply.editor, LIMIT)
    assert board.writes == 1
    assert [record.levelname for record in caplog.records] == levels


async def test_an_end_that_discord_never_takes_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After many failures the log says once which final state could not be shown, and why."""

    def at_once(error: Exception, failures: int) -> float:
        return 0.0

    monkeypatch.setattr(reply_module, "wait", at_once)
    board = Board()
    board.trouble = [None, *[refusal(discord.DiscordServerError, 503)] * 99]
    async with Reply(board, 7) as reply:
        reply.show(said("one"), "gpt-4")
        await until(lambda: board.text == "one")
        reply.finish(State.DONE)
    errors = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["Could not show the final state of ask 7 (done): HTTP 503, code 0."]


async def test_there_is_exactly_one_end() -> None:
    """The first final state stays; leaving without one shows that the ask was interrupted."""
    board = Board()
    async with Reply(board, 1) as reply:
        reply.show(said("half"), "gpt-4")
        reply.finish(State.FAILED, "Two\nlines.")
        reply.finish(State.DONE)
        reply.show(said("more"))
    assert board.pages == ["half\n-# ⚠️ Two lines.\n-# ◆ gpt-4 · 0 s · failed"]
    async with Reply(left := Board(), 1):
        pass
    assert left.pages[0].endswith("-# ◆ 0 s · interrupted")


async def test_a_rewrite_to_less_takes_pages_away() -> None:
    """When Poe replaces a long text by a short one, no page of the old text stays."""
    board = Board()
    async with Reply(board, 1) as reply:
        reply.show(said("word " * 700), "gpt-4")
        await until(lambda: len(board.pages) == 2)
        reply.show(said("short"))
        reply.finish(State.DONE)
    assert board.pages == ["short\n-# ◆ gpt-4 · 0 s · done"]


@pytest.mark.parametrize(
    ("thinking", "thought", "answered"),
    [
        ("kept", "*Thinking...*\n\n> One two.\n-# ◆ gpt-4 is writing…", "*Thinking...*\n\n> One two.\n\nThree."),
        ("folded", "-# 💭 One two.\n-# ◆ gpt-4 is thinking…", "-# 💭 Reasoning: 2 words\nThree."),
        ("hidden", "-# ◆ gpt-4 is thinking…", "Three."),
    ],
)
async def test_thoughts_are_shown_as_wanted(thinking: Thinking, thought: str, answered: str) -> None:
    """A model's reasoning is kept, folded or hidden, before and after its answer begins."""
    board = Board()
    async with Reply(board, 1, thinking=thinking) as reply:
        reply.show(said("*Thinking...*\n\n> One two."), "gpt-4")
        await until(lambda: board.pages == [thought])
        reply.show(said("*Thinking...*\n\n> One two.\n\nThree."))
        reply.finish(State.DONE)
    assert board.pages == [f"{answered}\n-# ◆ gpt-4 · 0 s · done"]
