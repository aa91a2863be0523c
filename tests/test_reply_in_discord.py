"""How a reply is edited, in real discord.py on the stand-in Discord: its pace, its hand-over, and the ends it meets."""

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot import surfaces
from bot.frame import unframe
from sandbox.discord.entities import Message
from sandbox.discord.ledger import Call
from sandbox.discord.lifecycle import Lives
from sandbox.discord.sandbox import DiscordSandbox
from tests.dictated import Answer, Dictated, buttons, dictated, posts, until

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
            assert all(gap >= 0.44 for gap in gaps(calls)[:-1])
            assert len(calls) >= 3
        assert sorted(late)[2] <= 0.15 + LATENCY
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
        assert all(gap >= 1.0 for gap in gaps(streamed))
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


async def written(quoth: Dictated, answer: Answer, pages: int) -> list[Message]:
    """Let an answer fill some pages."""
    answer.say("word " * (350 * pages))
    discord = quoth.discord
    await discord.wait(lambda: len(posts(discord, "general")) == pages and buttons(posts(discord, "general")[-1]))
    return posts(discord, "general")


async def test_deleting_the_reply_stops_the_ask(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its message a reply has no end to show: Poe is left, the log says why, and nothing new appears."""
    async with dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.people.delete(discord.world.users.admin, interaction.response)
        await until(lambda: answer.left)
        assert posts(discord, "general") == []
    assert [r.message for r in caplog.records if "could not show its end" in r.message] == [
        f"The reply to ask {interaction.id} could not show its end, stopped: its message was deleted."
    ]


async def test_deleting_the_first_of_several_pages_stops_the_ask(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The pages that are left show the text and the end."""
    async with dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        await written(quoth, answer, 3)
        discord.people.delete(discord.world.users.admin, interaction.response)
        await until(lambda: answer.left)
        await discord.wait(lambda: "stopped" in posts(discord, "general")[-1].content)
        assert sum(unframe(page.content)[1].count("word") for page in posts(discord, "general")) == 350 * 3


async def test_a_further_page_is_made_anew(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A further page that somebody deletes is shown again, in the right order, and the ask goes on."""
    async with dictated(tmp_path, discord) as quoth:
        _, answer = await quoth.ask()
        _, second, _ = await written(quoth, answer, 3)
        discord.people.delete(discord.world.users.admin, second)
        answer.end(" ".join(f"w{number}" for number in range(1000)))
        await discord.wait(lambda: "done" in posts(discord, "general")[-1].content)
        pages = posts(discord, "general")
        text = " ".join(unframe(page.content)[1] for page in pages)
        assert text.split() == [f"w{number}" for number in range(1000)]
        assert not answer.left


async def test_deleting_the_prompt_stops_the_ask(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A DM that its writer takes back is not answered further; what was said stays, with its state."""
    async with dictated(tmp_path, discord) as quoth:
        asked = await discord.say("alice", "dm", "Well?")
        answer = await quoth.asked(0)
        answer.say("Half of")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "Half of" in m.content])
        discord.people.delete(discord.world.users.alice, asked)
        (reply,) = posts(discord, dm, asked)
        await quoth.shown(reply, "Half of", "stopped")
        await until(lambda: answer.left)
