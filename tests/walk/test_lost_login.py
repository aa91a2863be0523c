"""The whole walk of whoever runs Quoth: a real browser meets Poe's login page, and later does not."""

import pytest

from bot.client import QuothBot
from bot.errors import LoginRequired
from bot.poe import schedule
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from tests.support.replies import LIMIT, ended, posts


async def test_a_lost_login_reaches_the_operator_and_so_does_its_return(
    bot: QuothBot, discord: DiscordSandbox, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two asks meet the login page: one DM, and presence shows it. The login is back: one DM more, presence as ever."""
    monkeypatch.setitem(schedule.__dict__["_HOLDS"], LoginRequired, (0.2, 0.2))

    async def asked() -> str:
        return await ended(discord, await discord.command("alice", "oven", "ask", prompt="hi", model="gpt-4"))

    def told() -> list[str]:
        return [m.content for m in posts(discord, discord.world.dm("admin")) if not m.ephemeral]

    async def shown(words: str) -> None:
        def states() -> list[str]:
            presence = discord.world.presence or {"activities": []}
            return [activity["state"] for activity in presence["activities"]]

        await discord.wait(lambda: states() == [words], LIMIT)

    first = await discord.command("alice", "oven", "ask", prompt="hi", model="Sandbox-Login-Wall")
    assert await ended(discord, first) == "failed"
    assert "⚠️ Quoth is not logged in to Poe at the moment." in first.response.content
    poe.switch("login-wall")
    assert await asked() == "failed"
    await shown("Poe needs a login")
    await discord.wait(told, LIMIT)
    status = (await discord.command("admin", "dm", "status")).response
    assert "a login to Poe may be needed" in status.content
    assert "**Browser:** running" in status.content
    poe.switch("login-wall", on=False)
    assert await asked() == "done"
    await shown("/ask any model on Poe")
    await discord.wait(lambda: len(told()) > 1, LIMIT)
    assert ["login" in text for text in told()] == [True, False]
    assert len(poe.ledger) == 1
    assert bot.poe_notices.trouble is None
