"""The soak's own parts: its mischief does what it says, and its checks find what is wrong."""

import asyncio
import itertools
from pathlib import Path

from benchmarks.soak.asks import Outcome, draw_ask, end_of, ends_shown
from benchmarks.soak.bot_process import BotProcess
from benchmarks.soak.report import beyond_limit
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message
from sandbox.poe.sandbox import PoeSandbox
from tests.support.bot_environment import bot_environment
from tests.support.replies import LIMIT

UNUSABLE = "Quoth can't use its database right now"


async def test_quoth_s_clock_and_database_are_in_the_soak_s_hands(
    tmp_path: Path, poe: PoeSandbox, discord: DiscordSandbox
) -> None:
    """A read-only database and a full disk refuse every change until they end, each in one line of the log.

    A killed Quoth starts again. Its wall clock goes wrong at once and stays wrong after a restart.
    """

    async def said(command: str, **options: str) -> str:
        return (await discord.command("admin", "dm", command, **options)).response.content

    async def database(*, usable: bool) -> None:
        async with asyncio.timeout(LIMIT):
            for number in itertools.count():
                if (UNUSABLE in await said("maintenance on", sentence=f"{usable} {number}")) != usable:
                    return

    bot = BotProcess(bot_environment(poe, discord, tmp_path), tmp_path)
    async with bot.running():
        await discord.ready(LIMIT)
        for turn in (bot.set_read_only, bot.set_disk_full):
            turn(on=True)
            await database(usable=False)
            turn(on=False)
            await database(usable=True)
        bot.move_clock(40 * 24 * 3600.0)
        starts, identifies = bot.starts, discord.gateway.identifies
        bot.kill()
        await discord.wait(lambda: discord.gateway.identifies > identifies, LIMIT)
        started = (await said("status")).partition("<t:")[2].partition(":")[0]
        assert int(started) > discord.world.clock() + 39 * 24 * 3600
    assert (bot.starts, bot.broken) == (starts + 1, [])


async def test_the_log_is_searched(tmp_path: Path) -> None:
    """A traceback and what people wrote are found in the log."""
    bot = BotProcess({}, tmp_path)
    bot.check(["2026-01-01 INFO bot: Asking gpt-4."])
    assert bot.broken == []
    bot.check(["2026-01-01 ERROR bot: Failed.", "Traceback (most recent call last):", "ValueError"])
    bot.check(["2026-01-01 INFO bot: mk00001x12ab9f"])
    assert ["traceback" in bot.broken[0], bot.broken[1]] == [True, "the log contains what people wrote"]


def test_only_a_jump_of_the_clock_begins_a_limit_anew() -> None:
    """More prompts than the limit are found; after a jump the count begins anew, with one that was on its way."""
    assert list(beyond_limit([1.0, 2.0], [], 2)) == []
    assert list(beyond_limit([1.0, 2.0, 3.0], [], 2)) == ["3 prompts were sent for somebody who has 2"]
    assert list(beyond_limit([1.0, 2.0, 6.0, 7.0, 8.0], [5.0], 2)) == []
    assert list(beyond_limit([6.0, 7.0, 8.0, 9.0], [5.0], 2)) != []


async def test_ends_are_read_from_messages(discord: DiscordSandbox) -> None:
    """A final state, a sentence without one and an answer that still grows are told apart."""
    channel = discord.world.channels["general"]

    def message(content: str) -> Message:
        return Message(1, channel, discord.world.bot, content=content)

    states = [message(f"Text\n-# ◆ {line}") for line in ("gpt-4 · 3 s · done", "stopped", "gpt-4 is writing…")]
    assert [end_of(each) for each in (*states, message("You can't."))] == ["done", "stopped", "", "refused"]
    assert ends_shown(states) == 2
    outcome = Outcome(draw_ask(1, 1), 0.0, pages=[message("Half\n-# ⚠️ Too long.\n-# ◆ failed")])
    assert (outcome.end, outcome.note) == ("failed", "Too long.")
    assert draw_ask(1, 1) == draw_ask(1, 1) != draw_ask(2, 1)
