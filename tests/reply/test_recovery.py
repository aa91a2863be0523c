"""Replies that a killed Quoth left without an end get one at the next start."""

import asyncio
import signal
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing

import discord

from bot.client import QuothBot
from bot.markdown.own_lines import separate
from bot.reply.buttons import button_view, buttons_after, buttons_while_running
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message
from sandbox.poe.sandbox import PoeSandbox
from storage.asks import AskRow
from tests.support.command_line import command
from tests.support.quoth_in_sandbox import until
from tests.support.replies import LIMIT, buttons, ended, final

Start = Callable[..., AbstractAsyncContextManager[QuothBot]]
ENDED = ["Retry", "Ask another model", "What was read?"]


def replies(sandbox: DiscordSandbox, channel: str) -> list[Message]:
    """Return the bot's messages in a channel."""
    world = sandbox.world
    return [m for m in world.messages(getattr(world.channels, channel)) if m.author is world.bot]


def texts(pages: list[Message]) -> list[str]:
    """Return the answer's own text on the pages of a reply."""
    return [separate(page.content).text for page in pages]


def stored_pages(path: str) -> int:
    """Return how many messages of replies a running Quoth has stored."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM pages").fetchone()[0])


async def all_ended(bot: QuothBot) -> None:
    """Wait until no ask is stored without an end."""
    async with asyncio.timeout(LIMIT):
        while await bot.stores.asks.unended():
            pass


async def test_a_killed_quoth_ends_its_replies_later(
    environment: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox, start: Start
) -> None:
    """Quoth is killed with one answer on its third page and another that waits.

    At the next start both say that they were interrupted, with their text kept and the buttons of an ask that is over,
    which work. The earlier pages are as they were.
    """
    async with command(environment, "bot", "run") as process:
        await discord.ready(LIMIT)
        await discord.command("alice", "oven", "ask", prompt="A long story !novel !stall=5000")
        await discord.wait(lambda: len(replies(discord, "oven")) == 3, LIMIT)
        asked = await discord.say("bob", "general", f"<@{discord.world.bot.id}> And now?")
        await discord.wait(lambda: [m for m in replies(discord, "general") if "Waiting, 1 ahead" in m.content], LIMIT)
        await until(lambda: stored_pages(environment["DATABASE_PATH"]) == 4)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    pages = replies(discord, "oven")
    before = texts(pages)
    *earlier, last = pages
    (waiting,) = [m for m in replies(discord, "general") if m.id > asked.id]
    assert list(buttons(last)) == list(buttons(waiting)) == ["Stop"]

    async with start() as bot:
        await discord.wait(lambda: final(waiting), LIMIT)  # the later one
        assert final(last) == final(waiting) == "interrupted"
        assert texts(pages) == before
        assert texts([waiting]) == [""]
        assert not any(final(page) or buttons(page) for page in earlier)
        assert list(buttons(last)) == list(buttons(waiting)) == ENDED
        again = await discord.press("bob", waiting, buttons(waiting)["Retry"])
        assert await ended(discord, again) == "done"
        assert "And now?" in poe.ledger[-1].text
        await all_ended(bot)


async def left(bot: QuothBot, channel: str, *contents: str, over: bool = False) -> list[discord.Message]:
    """Store a reply of these pages, with the buttons of one that runs or has ended."""
    where = next(each for each in bot.get_all_channels() if each.name == channel)
    assert isinstance(where, discord.TextChannel)
    ask = discord.utils.time_snowflake(discord.utils.utcnow())
    await bot.stores.asks.remember(AskRow(ask, where.guild.id, where.id, 7, ask, "Why?", "gpt-4"))
    below = button_view(buttons_after(ask) if over else buttons_while_running(ask))
    pages = [await where.send(content, view=below, suppress_embeds=True) for content in contents]
    for page in pages:
        await bot.stores.reply_messages.remember(page.id, ask)
    return pages


async def test_replies_without_an_end_get_one(discord: DiscordSandbox, start: Start) -> None:
    """Pages of a killed Quoth lose status line and buttons, and the last gets the end, in a message more if needed.

    A reply with an end is not changed, and one that is gone does not delay the others.
    """
    writing = "-# ◆ gpt-4 is writing…"
    text = "```python\n" + "lemons += 1\n" * 160 + "```"
    assert len(text) > 1900
    async with start() as bot:
        (gone,) = await left(bot, "logbook", writing)
        await gone.delete()
        (over,) = await left(bot, "logbook", "Because.\n-# ◆ gpt-4 · 2 s · done", over=True)
        await left(bot, "oven", f"The beginning.\n{writing}", f"{text}\n{writing}")
    async with start() as bot:
        await discord.wait(lambda: not buttons(replies(discord, "oven")[0]), LIMIT)
        beginning, page, end = replies(discord, "oven")
        assert beginning.content == "The beginning."
        assert not buttons(page)
        joined = separate(page.content).text + separate(end.content).text
        assert joined.count("lemons") == 160
        assert page.content.count("```") == 2
        assert final(end) == "interrupted"
        assert list(buttons(end)) == ENDED
        assert [m.content for m in replies(discord, "logbook") if m.id == over.id] == [over.content]
        await all_ended(bot)
