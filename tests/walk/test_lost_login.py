"""The operator learns when Quoth is logged out of Poe, and when it is logged in again."""

import pytest

from bot.errors import LoginRequired
from bot.poe import schedule
from tests.support.replies import LIMIT, posts
from tests.support.whole_bot import WholeBot

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_lost_login_and_its_return_reach_the_operator(walk: WholeBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two asks meet Poe's login page: one DM and another presence. The next one does not: one DM, the usual one."""
    monkeypatch.setitem(schedule.__dict__["_HOLDS"], LoginRequired, (0.2, 0.2))
    discord, poe, world = walk.discord, walk.poe, walk.discord.world

    def notices() -> list[str]:
        return [m.content for m in posts(discord, world.dm("admin")) if not m.ephemeral]

    async def presence(state: str) -> None:
        def states() -> list[str]:
            return [activity["state"] for activity in (world.presence or {"activities": []})["activities"]]

        await discord.wait(lambda: states() == [state], LIMIT)

    before = len(notices())
    asked, state = await walk.ask("alice", "oven", "hi", model="Sandbox-Login-Wall")
    assert state == "failed"
    assert "⚠️ Quoth isn't logged in to Poe;" in asked.response.content
    poe.switch("login-wall")
    assert (await walk.ask("alice", "oven", "hi", model="gpt-4"))[1] == "failed"
    await presence("Not logged in to Poe")
    await discord.wait(lambda: notices()[before:], LIMIT)
    status = (await discord.command("admin", "dm", "status")).response
    assert "Quoth may not be logged in to Poe" in status.content
    assert "**Browser:** running" in status.content
    poe.switch("login-wall", on=False)
    assert (await walk.ask("alice", "oven", "hi", model="gpt-4"))[1] == "done"
    await presence("/ask any model on Poe")
    await discord.wait(lambda: len(notices()) > before + 1, LIMIT)
    assert ["login" in notice for notice in notices()[before:]] == [True, False]
    assert len(walk.sent) == 1
