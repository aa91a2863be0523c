"""How a reply is edited, in real discord.py on the stand-in Discord: its pace, the end of its token, and errors."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.markdown.own_lines import separate
from bot.reply import pacing, surfaces
from sandbox.discord import NO_ANSWER, UNLIMITED, Permission
from sandbox.discord.rest.buckets import LIMITS, Rule
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.interactions import Deadlines
from tests.support.quoth_in_sandbox import Answer, quoth_in_sandbox, until
from tests.support.replies import assert_paced, posts

LIFE = timedelta(minutes=15)
LATER = 1000.0  # seconds after which an interaction's token is dead


async def grow(answer: Answer, seconds: float) -> str:
    """Let an answer grow 20 times a second, and return its text."""
    text = ""
    for number in range(int(seconds * 20)):
        text += f"word{number} "
        answer.say(text)
        await asyncio.sleep(0.05)
    return text.strip()


async def dictate(answer: Answer, seconds: float) -> str:
    """Let an answer grow and end, and return its text."""
    text = await grow(answer, seconds)
    answer.end(text)
    return text


async def test_edits_keep_the_gap(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Edits keep the interaction's gap, no text is sent twice, and Quoth never shows that it types."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        text = await dictate(answer, 2.4)
        await quoth.shown(interaction.response, text, "done")
        contents = [revision.content for revision in interaction.response.revisions]
        assert all(one != other for one, other in pairwise(contents))
        calls = discord.ledger.to("PATCH", "@original")
        assert len(calls) >= 3
        assert_paced(calls[:-1], pacing.INTERACTION_GAP)
        assert discord.ledger.to("POST", "/typing") == []


@pytest.mark.parametrize("how", ["interaction", "bot token"])
async def test_the_first_text_and_the_end_do_not_wait(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """However long the next edit would have to wait, the first text and the final state are shown at once."""
    monkeypatch.setattr(pacing, "INTERACTION_GAP", 600.0)
    monkeypatch.setattr(pacing, "CHANNEL_GAP", 600.0)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        quoth.poe.turns.clear()
        if how == "interaction":
            asked = await discord.command("alice", "general", "ask", prompt="Well?")
            reply = asked.response
        else:
            message = await discord.say("alice", "general", "Well?", mention=True)
            (reply,) = await discord.wait(lambda: posts(discord, "general", message))
        await quoth.shown(reply, "Waiting, 1 ahead")
        quoth.poe.turns.set()
        answer = await quoth.asked(0)
        if how == "bot token":  # the first edit, where the message was sent with "Waiting"
            await quoth.shown(reply, "Asking")
        answer.say("Half of")
        await quoth.shown(reply, "Half of")
        answer.say("Half of it")
        await until(answer.steps.empty)
        answer.end("Half of it all")
        await quoth.shown(reply, "Half of it all", "done")
        assert [separate(revision.content).text for revision in reply.revisions][-2:] == ["Half of", "Half of it all"]


async def test_headers_set_the_pace(tmp_path: Path) -> None:
    """When Discord allows half as many edits, in fixed windows, edits slow down before discord.py has to sleep."""
    limits = replace(LIMITS, interaction=Rule(5, 5)).all_fixed()
    async with DiscordSandbox(limits=limits) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        text = await dictate(answer, 5.0)
        await quoth.shown(interaction.response, text, "done")
        calls = discord.ledger.to("PATCH", "@original")
        assert len(calls) >= 5
        assert all(call.remaining for call in calls)
        assert discord.ledger.limited == []


async def test_replies_of_one_channel_share_it_fairly(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After their tokens' time, three replies of a channel share one edit a second fairly."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked = [await quoth.ask("alice", "general") for _ in range(3)]
        for interaction, answer in asked:
            answer.say("begun")
            await quoth.shown(interaction.response, "begun")
        monkeypatch.setattr(surfaces, "_HANDOVER", LIFE)
        texts = await asyncio.gather(*(grow(answer, 6.5) for _, answer in asked))
        ended = time.monotonic()
        for (_, answer), text in zip(asked, texts, strict=True):
            answer.end(text)
        for (interaction, _), text in zip(asked, texts, strict=True):
            await quoth.shown(interaction.response, text, "done")
        streamed = [call for call in discord.ledger.to("PATCH", "/channels/") if call.at < ended]
        assert_paced(streamed, pacing.CHANNEL_GAP)
        counts = [sum(str(interaction.response.id) in call.path for call in streamed) for interaction, _ in asked]
        assert min(counts) >= max(counts) - 1 >= 1


async def test_a_page_that_is_full_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While an answer grows over three pages, a page is edited at most once after the next one was sent."""
    monkeypatch.setattr(pacing, "INTERACTION_GAP", 0.0)
    async with DiscordSandbox(limits=UNLIMITED) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        words = [f"word{number:04}" for number in range(600)]
        for end in range(20, len(words) + 1, 20):
            answer.say(" ".join(words[:end]))
            # Awaited before the loop goes on.
            await discord.wait(lambda: interaction.replies and words[end - 1] in interaction.replies[-1].content)  # noqa: B023
        answer.end(" ".join(words))
        await discord.wait(lambda: "done" in interaction.replies[-1].content)
        pages = interaction.replies
        assert len(pages) == 3
        for page, following in pairwise(pages):
            made = following.revisions[0].at
            assert sum(revision.at > made for revision in page.revisions) <= 1


@pytest.mark.parametrize("early", [False, True])
async def test_the_hand_over_is_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early: bool) -> None:
    """Before the token expires edits go on by bot token in the same messages; an early expiry costs one refusal."""
    late = 0.0
    async with (
        DiscordSandbox(clock=lambda: time.time() + late) as discord,
        quoth_in_sandbox(tmp_path, discord) as quoth,
    ):
        interaction, answer = await quoth.ask()
        answer.say("begun")
        await quoth.shown(interaction.response, "begun")
        if not early:
            monkeypatch.setattr(surfaces, "_HANDOVER", LIFE)
        late = LATER
        answer.say("word " * 700)
        await discord.wait(lambda: len(posts(discord, "general")) == 2)
        answer.end("word " * 700 + "end")
        first, second = posts(discord, "general")
        await quoth.shown(second, "end", "done")
        assert first is interaction.response
        assert first.content.count("word") + second.content.count("word") == 700
        assert [call.code for call in discord.ledger.refused] == [50027] * early
        assert discord.ledger.limited == []


@pytest.mark.parametrize("private", [True, False])
async def test_what_can_t_be_handed_over_ends_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private: bool
) -> None:
    """A private answer, or one where Quoth has no access, ends with a sentence before its token expires."""
    monkeypatch.setattr(surfaces, "_HANDOVER", LIFE - timedelta(seconds=1.5))
    async with DiscordSandbox(deadlines=Deadlines(token=15.0)) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        if not private:
            discord.world.deny(discord.world.channels["general"], discord.world.bot, Permission.VIEW_CHANNEL)
        interaction, answer = await quoth.ask(private=private)
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of", "stopped")
        assert "⚠️ Discord allows edits for 15 minutes; the answer ends here." in reply.content
        await until(lambda: answer.left)
        assert [call for call in discord.ledger.refused if "/webhooks/" in call.route] == []


@pytest.mark.parametrize("ahead", [14 * 60.0, -20 * 60.0, 200 * 24 * 3600.0])
async def test_a_wrong_clock_changes_nothing(tmp_path: Path, ahead: float) -> None:
    """However wrong the clock of this machine is, an answer is shown in the response to the command."""
    async with (
        DiscordSandbox(clock=lambda: time.time() - ahead) as discord,
        quoth_in_sandbox(tmp_path, discord) as quoth,
    ):
        interaction, answer = await quoth.ask()
        answer.say("word " * 700)
        await discord.wait(lambda: len(interaction.replies) == 2)
        answer.end("word " * 700 + "end")
        await quoth.shown(interaction.replies[-1], "end", "done")
        assert interaction.replies[0] is interaction.response
        assert discord.ledger.refused == []


@pytest.mark.parametrize("ahead", [14 * 60.0, -20 * 60.0])
async def test_a_token_lasts_from_its_receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float) -> None:
    """A reply that only the token can edit lasts 13 minutes, whatever the clock says."""
    lasts: list[float | None] = []
    real = surfaces.InteractionSurface.lasts

    def noted(surface: surfaces.InteractionSurface) -> float | None:
        lasts.append(real(surface))
        return lasts[-1]

    monkeypatch.setattr(surfaces.InteractionSurface, "lasts", noted)
    async with (
        DiscordSandbox(clock=lambda: time.time() - ahead) as discord,
        quoth_in_sandbox(tmp_path, discord) as quoth,
    ):
        interaction, answer = await quoth.ask(private=True)
        answer.end("So it is.")
        await quoth.shown(interaction.response, "done")
    (seconds,) = lasts
    assert seconds
    assert 720.0 < seconds <= 780.0


async def test_further_pages_that_are_no_followups(tmp_path: Path) -> None:
    """When an interaction may have no more followups, further pages are normal messages, in the same order."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("begun")
        await quoth.shown(interaction.response, "begun")
        discord.fail_next("POST", "/webhooks/", 400, body={"message": "Too many follow-up messages", "code": 40094})
        answer.end("word " * 700)
        await discord.wait(lambda: "done" in posts(discord, "general")[-1].content)
        first, second = posts(discord, "general")
        assert (first, second.interaction) == (interaction.response, None)
        assert first.content.count("word") + second.content.count("word") == 700


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, None), (429, None), (429, {"message": "banned", "code": 0}), (NO_ANSWER, None)],
)
async def test_failing_edits_are_tried_again(tmp_path: Path, status: int, body: dict[str, object] | None) -> None:
    """Server errors, rate limits, Cloudflare bans and broken connections delay an edit but lose no text."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.fail_next("PATCH", "@original", status, times=2 if body else 1, body=body)
        answer.say("Half of it")
        answer.end("Half of it all")
        await quoth.shown(interaction.response, "Half of it all", "done")
        assert len(discord.ledger.with_status(status)) == (2 if body else 1)


async def test_messages_of_over_an_hour_are_edited_more_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages older than an hour, which Discord limits more strictly, are edited more slowly."""
    monkeypatch.setattr("bot.reply.surfaces._OLD", 0.0)  # for Discord the hour passes at once
    age = 3700.0
    async with DiscordSandbox(clock=lambda: time.time() - age) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        asked = await discord.say("alice", "dm", "Well?")
        answer = await quoth.asked(0)
        answer.say("begun")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "begun" in m.content])
        age = 0.0
        text = await dictate(answer, 5.0)
        (reply,) = posts(discord, dm, asked)
        await quoth.shown(reply, text, "done")
        assert len(discord.ledger.to("PATCH", "/messages/")) >= 3
        assert discord.ledger.limited == []


async def test_ending_quoth_waits_for_an_end_that_is_on_its_way(tmp_path: Path) -> None:
    """An answer that is complete when Quoth ends is shown as complete."""
    async with DiscordSandbox(latency=0.3) as discord:
        async with quoth_in_sandbox(tmp_path, discord) as quoth:
            interaction, answer = await quoth.ask()
            answer.say("Half of")
            await quoth.shown(interaction.response, "Half of")
            answer.end("Half of it all")
            await until(answer.steps.empty)
        assert interaction.response.content.endswith("· done")
