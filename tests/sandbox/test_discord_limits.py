"""Rate limits, as discord.md section 1 describes them."""

import time
from dataclasses import replace
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.discord import LIMITS, UNLIMITED, DiscordSandbox, Limits, Rule
from sandbox.discord.rest.buckets import Buckets
from tests.support.discord_bot import running
from tests.support.discord_rest import Clock, Rest, bare, begin, callback, followups


def test_sliding_bucket_gives_tokens_back_one_by_one() -> None:
    """Five edits at once, then one a second; Reset-After is for the full bucket, Retry-After for the next token."""
    clock = Clock(0.0)
    buckets = Buckets(LIMITS, clock)
    grants = [buckets.take("edit", "room") for _ in range(6)]
    assert [grant.remaining for grant in grants if grant] == [4, 3, 2, 1, 0, 0]
    assert [grant.reset_after for grant in grants if grant][:5] == pytest.approx([1, 2, 3, 4, 5])
    refused = grants[-1]
    assert refused is not None
    assert (refused.allowed, refused.retry_after) == (False, pytest.approx(1.0))
    clock.now = 1.0
    again, other = buckets.take("edit", "room"), buckets.take("edit", "elsewhere")
    assert again is not None
    assert other is not None
    assert (again.allowed, again.remaining, other.remaining) == (True, 0, 4)


def test_fixed_window_gives_all_tokens_back_at_once() -> None:
    """The window begins with its first request."""
    clock = Clock(0.0)
    buckets = Buckets(LIMITS.all_fixed(), clock)
    assert [grant.allowed for _ in range(6) if (grant := buckets.take("edit", "room"))] == [True] * 5 + [False]
    clock.now = 4.9
    late = buckets.take("edit", "room")
    assert late is not None
    assert (late.allowed, late.retry_after) == (False, pytest.approx(0.1))
    clock.now = 5.0
    fresh = buckets.take("edit", "room")
    assert fresh is not None
    assert (fresh.allowed, fresh.remaining) == (True, 4)


async def test_429_is_waited_out_by_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """When another client has emptied the bucket, discord.py waits as told and tries again."""
    async with DiscordSandbox(limits=replace(LIMITS, send=Rule(2, 1))) as sandbox, running(sandbox, monkeypatch) as bot:
        channel = bot.get_channel(sandbox.world.channels.general.id)
        assert isinstance(channel, discord.TextChannel)
        async with aiohttp.ClientSession() as session:
            rest = Rest(session, sandbox)
            for number in range(2):
                await rest("POST", f"/channels/{channel.id}/messages", {"content": str(number)})
        assert (await channel.send("Third")).content == "Third"
        (limited,) = sandbox.ledger.limited
        assert limited.bucket == "send"
        assert [call.status for call in sandbox.ledger.to("POST", "/messages")] == [200, 200, 429, 200]


async def test_answers_carry_the_traps() -> None:
    """The content type is exact, limits come with headers, and a 429 has Via, retry_after and its scope."""
    async with bare(DiscordSandbox()) as rest:
        status, headers, _ = await rest("GET", "/gateway/bot")
        assert (status, headers["Content-Type"]) == (200, "application/json")
        told = [headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset-After")]
        assert told == ["2", "1", "2.500"]
        await rest("GET", "/gateway/bot")
        status, headers, body = await rest("GET", "/gateway/bot")
        assert (status, headers["X-RateLimit-Scope"], body["global"]) == (429, "user", False)
        assert 2 < body["retry_after"] <= 2.5
        assert headers["Retry-After"] == "3"
        assert headers["Via"]


async def test_global_limit_spares_interactions() -> None:
    """Fifty calls with the bot's token in a second, then a global 429; interaction routes are exempt."""
    sandbox = DiscordSandbox(limits=replace(UNLIMITED, everything=LIMITS.everything), monotonic=Clock(0.0))
    async with bare(sandbox) as rest:
        interaction = begin(sandbox)
        statuses = [(await rest("GET", "/users/@me"))[0] for _ in range(50)]
        assert statuses == [200] * 49 + [429]
        _, headers, body = await rest("GET", "/users/@me")
        assert (headers["X-RateLimit-Global"], headers["X-RateLimit-Scope"], body["global"]) == ("true", "global", True)
        assert (await rest("POST", callback(interaction), {"type": 5}, token=False))[0] == 204


async def test_hidden_limit_on_followups_is_shared_by_a_channel() -> None:
    """Thirty followups a minute in one channel, over all interactions; no header announces this limit."""
    sandbox = DiscordSandbox(limits=replace(UNLIMITED, webhook_creates=LIMITS.webhook_creates))
    async with bare(sandbox) as rest:
        answers: list[tuple[int, Any, Any]] = []
        for _ in range(2):
            interaction = begin(sandbox)
            await rest("POST", callback(interaction), {"type": 4, "data": {"content": "First"}}, token=False)
            path = followups(sandbox, interaction)
            answers += [await rest("POST", path, {"content": "More"}, token=False) for _ in range(16)]
        assert [status for status, _, _ in answers] == [200] * 30 + [429] * 2
        _, headers, body = answers[-1]
        assert headers["X-RateLimit-Scope"] == "shared"
        assert "X-RateLimit-Remaining" not in headers
        assert 50 < body["retry_after"] <= 60


async def test_old_messages_are_edited_slowly() -> None:
    """Three edits in six seconds once a message is older than an hour, then code 30046."""
    clock = Clock(time.time())
    sandbox = DiscordSandbox(clock=clock, limits=replace(UNLIMITED, old_edit=LIMITS.old_edit))
    async with bare(sandbox) as rest:
        room = sandbox.world.channels.general
        _, _, message = await rest("POST", f"/channels/{room.id}/messages", {"content": "0"})
        path = f"/channels/{room.id}/messages/{message['id']}"
        young = [(await rest("PATCH", path, {"content": str(number)}))[0] for number in range(4)]
        clock.now += 3601
        old = [await rest("PATCH", path, {"content": str(number)}) for number in range(4)]
        assert young + [status for status, _, _ in old] == [200] * 7 + [429]
        assert old[-1][2]["code"] == 30046
        assert old[-1][2]["retry_after"] > 0


def test_limits_can_be_switched_off() -> None:
    """A rule that is None allows everything, without headers."""
    assert Buckets(Limits(edit=None), Clock(0.0)).take("edit", "room") is None
