"""How a reply is edited, in real discord.py on the stand-in Discord: its pace, its hand-over, and the ends it meets."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot import surfaces
from sandbox.discord.buckets import LIMITS, Limits, Rule
from sandbox.discord.ledger import Call
from sandbox.discord.lifecycle import Lives
from sandbox.discord.sandbox import DiscordSandbox
from tests.dictated import Answer, dictated, posts, until

LATENCY = 0.04
LIFE = timedelta(minutes=15)


async def dictate(answer: Answer, seconds: float) -> str:
    """Let an answer grow 20 times a second, and end; returns its text."""
    text = ""
    for number in range(int(seconds * 20)):
        text += f"word{number} "
        answer.say(text)
        await asyncio.sleep(0.05)
    answer.end(text)
    return text.strip()


def gaps(calls: list[Call]) -> list[float]:
    """Seconds between the arrivals of calls."""
    return [after.at - before.at for before, after in pairwise(calls)]


async def test_the_end_is_visible_at_once(tmp_path: Path) -> None:
    """Edits keep the interaction's gap, but the final one does not wait for it; no text is sent twice."""
    async with DiscordSandbox(latency=LATENCY) as discord, dictated(tmp_path, discord) as quoth:
        late: list[float] = []
        for _ in range(5):
            interaction, answer = await quoth.ask()
            text = await dictate(answer, 1.2)
            ended = time.monotonic()
            await quoth.shown(interaction.response, text, "done")
            late.append(interaction.response.revisions[-1].at - ended)
            contents = [revision.content for revision in interaction.response.revisions]
            assert all(one != other for one, other in pairwise(contents))
            calls = [call for call in discord.ledger.to("PATCH", "@original") if interaction.token in call.path]
            assert all(gap >= 0.4 for gap in gaps(calls)[:-1])
            assert len(calls) >= 3
        assert sorted(late)[2] <= 0.15 + LATENCY
        assert discord.ledger.limited == []


@pytest.mark.parametrize(
    "limits", [LIMITS.all_fixed(), replace(LIMITS, interaction=Rule(5, 5))], ids=["windows", "half as many"]
)
async def test_headers_set_the_pace(tmp_path: Path, limits: Limits) -> None:
    """Where Discord allows less than was thought, a stream slows down instead of freezing, and its end is quick."""
    async with DiscordSandbox(latency=LATENCY, limits=limits) as discord, dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        text = await dictate(answer, 10.0)
        ended = time.monotonic()
        await quoth.shown(interaction.response, text, "done")
        calls = discord.ledger.to("PATCH", "@original")
        assert max(gaps(calls)) < 1.5
        assert interaction.response.revisions[-1].at - ended < 0.6 + LATENCY
        assert discord.ledger.limited == []


async def test_replies_of_one_channel_share_it_fairly(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed over, four replies of a channel share one edit a second, and each gets its part of it."""
    async with dictated(tmp_path, discord) as quoth:
        asked = [await quoth.ask("alice", "general") for _ in range(4)]
        for interaction, answer in asked:
            answer.say("begun")
            await quoth.shown(interaction.response, "begun")
        monkeypatch.setattr(surfaces, "_HANDOVER", LIFE)
        texts = await asyncio.gather(*(dictate(answer, 9.0) for _, answer in asked))
        ended = time.monotonic()
        for (interaction, _), text in zip(asked, texts, strict=True):
            await quoth.shown(interaction.response, text, "done")
        calls = discord.ledger.to("PATCH", "/channels/")
        streamed = [call for call in calls if call.at < ended]
        assert all(gap >= 0.95 for gap in gaps(streamed))
        counts = [sum(str(interaction.response.id) in call.path for call in streamed) for interaction, _ in asked]
        assert sum(counts) >= 8
        assert min(counts) * 4 >= sum(counts) / 2
        assert calls[-1].at - ended < 1.6  # three ends at once, the fourth a gap later


async def test_the_hand_over_is_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the token dies edits go on by bot token in the same message, with a new page, and nothing is refused."""
    monkeypatch.setattr(surfaces, "_HANDOVER", LIFE - timedelta(seconds=1.5))
    async with DiscordSandbox(lives=Lives(token=2.5)) as discord, dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        text = await dictate(answer, 3.0)
        await quoth.shown(interaction.response, text, "done")
        answered = posts(discord, "general")
        assert answered == [interaction.response]
        assert discord.ledger.to("PATCH", "@original")
        assert discord.ledger.to("PATCH", "/channels/")
        assert discord.ledger.refused == []
        assert discord.ledger.limited == []


async def test_a_token_that_dies_early(tmp_path: Path) -> None:
    """Where Discord no longer knows the token, the very next request goes by bot token."""
    async with DiscordSandbox(lives=Lives(token=1.0)) as discord, dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        text = await dictate(answer, 2.0)
        await quoth.shown(interaction.response, text, "done")
        assert [call.code for call in discord.ledger.refused] == [50027]


async def test_a_private_answer_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be handed over ends with a sentence before its token dies; the text so far stays, Poe is left."""
    monkeypatch.setattr(surfaces, "_HANDOVER", LIFE - timedelta(seconds=1.5))
    async with DiscordSandbox(lives=Lives(token=3.0)) as discord, dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask(private=True)
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of", "stopped")
        assert "⚠️ Discord lets Quoth write to this message for 15 minutes only." in reply.content
        await until(lambda: answer.left)
        assert discord.ledger.refused == []


@pytest.mark.parametrize(
    ("status", "body"), [(500, None), (502, None), (429, None), (429, {"message": "banned", "code": 0})]
)
async def test_failing_edits_are_tried_again(tmp_path: Path, status: int, body: dict[str, object] | None) -> None:
    """Server errors, limits and bans by Cloudflare cost time, but no text: the end is shown."""
    async with DiscordSandbox() as discord, dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.fail_next("PATCH", "@original", status, times=2 if body else 1, body=body)
        answer.say("Half of it")
        answer.end("Half of it all")
        await quoth.shown(interaction.response, "Half of it all", "done")


async def test_messages_of_over_an_hour_are_edited_more_slowly(tmp_path: Path) -> None:
    """Discord takes half as many edits of old messages: no limit is met."""
    age = 3700.0
    async with DiscordSandbox(clock=lambda: time.time() - age) as discord, dictated(tmp_path, discord) as quoth:
        asked = await discord.say("alice", "dm", "Well?")
        answer = await quoth.asked(0)
        answer.say("begun")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "begun" in m.content])
        age = 0.0
        await dictate(answer, 9.0)
        (reply,) = posts(discord, dm, asked)
        await quoth.shown(reply, "word179", "done")
        assert len(discord.ledger.to("PATCH", "/messages/")) >= 4
        assert discord.ledger.limited == []


async def test_ending_quoth_waits_for_an_end_that_is_on_its_way(tmp_path: Path) -> None:
    """An answer that is complete when Quoth ends is shown as complete."""
    async with DiscordSandbox(latency=1.0) as discord:
        async with dictated(tmp_path, discord) as quoth:
            interaction, answer = await quoth.ask()
            answer.say("Half of")
            await quoth.shown(interaction.response, "Half of")
            answer.end("Half of it all")
            await until(lambda: answer.steps.empty())
        assert interaction.response.content.endswith("· done")
