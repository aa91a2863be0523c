"""How a reply is edited, in real discord.py on the stand-in Discord: its pace, its hand-over, and the ends it meets."""

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot import surfaces
from bot.frame import unframe
from sandbox.discord.entities import ChannelType, Message
from sandbox.discord.ledger import Call
from sandbox.discord.lifecycle import Lives
from sandbox.discord.permissions import Permission
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
            assert all(gap >= 0.4 for gap in gaps(calls)[:-1])
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


async def test_lost_permission_ends_the_ask(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Where Quoth may no longer see the channel, the ask ends, with one reason in the log."""
    async with dictated(tmp_path, discord) as quoth:
        dm = discord.world.dm("alice")
        asked = await discord.say("alice", "dm", "Well?")
        answer = await quoth.asked(0)
        answer.say("Half of")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "Half of" in m.content])
        discord.fail_next("PATCH", "/messages/", 403, body={"message": "Missing Access", "code": 50001})
        answer.say("Half of it")
        await until(lambda: answer.left)
    assert [r.message for r in caplog.records if "could not show its end" in r.message] == [
        f"The reply to ask {asked.id} could not show its end, stopped: HTTP 403, code 50001."
    ]


@pytest.mark.parametrize("locked", [False, True])
async def test_an_archived_thread(tmp_path: Path, locked: bool, caplog: pytest.LogCaptureFixture) -> None:
    """An archived thread is opened again and the answer goes on; a locked one ends the ask, with one reason."""
    async with DiscordSandbox() as discord, dictated(tmp_path, discord) as quoth:
        parent = discord.world.channels["general"]
        alice = discord.world.users.alice
        thread = discord.world.add_thread(parent, "aside", alice, discord.world.ids.next(), ChannelType.PUBLIC_THREAD)
        interaction, answer = await quoth.ask("alice", "aside")
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        thread.archived, thread.locked = True, locked
        answer.end("Half of it all")
        if locked:
            await until(lambda: "could not show its end" in caplog.text)
        else:
            await quoth.shown(interaction.response, "Half of it all", "done")
        assert posts(discord, "aside") == [interaction.response]


@pytest.mark.parametrize("code", [200000, 240000])
async def test_what_automod_refuses(tmp_path: Path, code: int) -> None:
    """The text that AutoMod let through stays, with a sentence; the ask ends."""
    async with DiscordSandbox() as discord, dictated(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.fail_next("PATCH", "@original", 400, body={"message": "Blocked by AutoMod", "code": code})
        answer.say("Half of it")
        reply = await quoth.shown(interaction.response, "Half of", "failed")
        assert unframe(reply.content)[1] == "Half of"
        assert "⚠️ This server's AutoMod does not let the rest of the answer through." in reply.content
        await until(lambda: answer.left)


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_very_long_answer_comes_as_a_file(tmp_path: Path, allowed: bool) -> None:
    """Six pages, the last with the whole answer as a file at the end; without the permission for it, a sentence."""
    async with DiscordSandbox() as discord, dictated(tmp_path, discord) as quoth:
        channel = discord.world.channels["general"]
        if not allowed:
            discord.world.deny(channel, discord.world.bot, Permission.ATTACH_FILES)
        interaction, answer = await quoth.ask()
        text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(60))
        answer.say(text)
        await discord.wait(lambda: len(interaction.replies) == 6)
        last = await quoth.shown(interaction.replies[-1], "the rest comes as a file", "is writing…")
        assert last.attachments == []
        answer.end(text + "\n\nThe end.")
        await quoth.shown(last, "done")
        assert len(interaction.replies) == 6
        assert all(len(revision.content) <= 2000 for page in interaction.replies for revision in page.revisions)
        assert [page.attachments for page in interaction.replies[:-1]] == [[]] * 5
        if allowed:
            assert [(file.filename, file.data.decode()) for file in last.attachments] == [
                ("answer.md", text + "\n\nThe end.")
            ]
            assert "the whole answer is in the file · gpt-4" in last.content
        else:
            assert last.attachments == []
            assert "⚠️ The answer is longer than this, but Quoth may not attach files here." in last.content
        assert discord.ledger.with_status(400, 429) == []


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
