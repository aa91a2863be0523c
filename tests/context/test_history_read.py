"""History as real discord.py reads it on the stand-in Discord: reply chains, threads, files, gaps and refusals."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import discord as dpy
import pytest

from bot.asks import Ask
from bot.conversation import Place
from bot.reply.surfaces import ChannelSurface
from sandbox.discord.rest.buckets import UNLIMITED
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message, MessageType, Reference
from tests.support.channel_history import READS, asks_about, attach, lines, put
from tests.support.quoth_in_sandbox import LIMIT, Answer, QuothInSandbox, quoth_in_sandbox
from tests.support.replies import posts


@pytest.fixture
async def discord() -> AsyncGenerator[DiscordSandbox]:
    """A stand-in Discord without rate limits, where many messages can be read quickly."""
    async with DiscordSandbox(limits=UNLIMITED) as sandbox:
        yield sandbox
        assert sandbox.ledger.unknown == []
        assert sandbox.ledger.with_status(400) == []


def roles(answer: Answer) -> list[str]:
    """Return the roles of a prompt's turns."""
    return [line.partition(":")[0] for line in answer.prompt.splitlines() if line and not line.startswith("  ")]


async def test_a_chain_of_replies_is_the_conversation(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A reply to Quoth's answer continues that conversation, without the messages around it."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", "lamp-room", prompt="What " + "is " * 200 + "fog?")
        answer.end("First page. " + "word " * 500 + "Last page.")
        await discord.wait(lambda: interaction.followups and "done" in interaction.followups[-1].content, LIMIT)
        for number in range(30):
            put(discord, "bob", "lamp-room", f"noise {number}")
        answer = await asks_about(quoth, interaction.followups[0])
        assert answer.prompt.startswith("User: Alice: What is is is")
        assert answer.prompt.count("is ") >= 200
        assert "noise" not in answer.prompt
        assert "puffins" not in answer.prompt
        assert roles(answer) == ["User", "Assistant", "User", "Assistant"]
        assert "First page." in answer.prompt
        assert "Last page." in answer.prompt
        assert "◆" not in answer.prompt
        assert "❯" not in answer.prompt


async def test_pages_are_one_turn_with_others_between(tmp_path: Path, discord: DiscordSandbox) -> None:
    """All pages of a reply are one turn at the place of the first, whatever came in between, after a restart too."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", "oven", prompt="Go on?")
        answer.say("One. " + "word " * 300)
        await quoth.shown(interaction.response, "One.")
        await discord.say("bob", "oven", "in between")
        answer.end("One. " + "word " * 600 + "Two.")
        await discord.wait(lambda: interaction.followups and "done" in interaction.followups[-1].content, LIMIT)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, again = await quoth.ask("bob", "oven", prompt="Well?")
        again.end("Well.")
        assert roles(again) == ["User", "Assistant", "User", "User", "Assistant"]
        assert "Two." in again.prompt.partition("in between")[0]
        assert "\nUser: Bob: in between\n" in again.prompt


async def test_a_reply_to_somebody_else_brings_that_first(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The message that the question replies to is included however old it is, before the latest ones."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        old = put(discord, "bob", "oven", "the oldest")
        parent = put(discord, "alice", "oven", "in reply", old)
        for number in range(150):
            put(discord, "bob", "oven", f"noise {number}")
        answer = await asks_about(quoth, parent)
        assert lines(answer)[:2] == ["User: Bob: the oldest", "User: Alice: in reply"]
        assert lines(answer)[-1] == "User: Bob: noise 149"
        assert len(lines(answer)) == 20
        assert len(discord.ledger.to("GET", READS)) == 2  # the parent came with the question, but not its own


async def test_a_chain_of_a_thousand_replies_is_bounded(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Of a chain of 1,000 replies only as many are read as the history may hold, in one request."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        last = put(discord, "alice", "oven", "link 0")
        for number in range(1, 1000):
            last = put(discord, ("alice", "bob")[number % 2], "oven", f"link {number}", last)
        answer = await asks_about(quoth, last)
        assert lines(answer)[-1] == "User: Bob: link 999"
        assert len(lines(answer)) == 20
        assert len(discord.ledger.to("GET", READS)) == 1


async def test_a_scattered_chain_costs_few_requests(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Replies that lie far apart are fetched one by one, up to a limit."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        last = put(discord, "alice", "oven", "link 0")
        for number in range(1, 30):
            for _ in range(120):
                put(discord, "bob", "oven", "noise")
            last = put(discord, "alice", "oven", f"link {number}", last)
        answer = await asks_about(quoth, last)
        assert lines(answer)[-1].endswith("noise") or "link 29" in answer.prompt
        assert answer.prompt.count("link") >= 6
        assert len(discord.ledger.to("GET", READS)) <= 5


@pytest.mark.parametrize("how", ["deleted", "refused", "cycle"])
async def test_a_broken_chain_ends(tmp_path: Path, discord: DiscordSandbox, how: str) -> None:
    """A deleted parent, a refusal or a circle shortens the history, but doesn't empty it."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        first = put(discord, "bob", "oven", "first")
        second = put(discord, "bob", "oven", "second", first)
        third = put(discord, "bob", "oven", "third", second)
        if how == "deleted":
            del first.channel.messages[second.id]
        if how == "cycle":
            first.type, first.reference = MessageType.REPLY, Reference(first.channel, third.id)
        asked = put(discord, "alice", "oven", "Well?", third)
        own = await quoth.bot.get_partial_messageable(asked.channel.id).fetch_message(asked.id)
        if how == "refused":
            discord.fail_next("GET", READS, 403, times=9)
        answer = await run(quoth, own, third)
        assert answer.prompt.endswith("Well?\nAssistant:") or answer.prompt == "Well?"
        expected = {
            "deleted": ["User: Bob: first", "User: Bob: third"],
            "refused": ["User: Bob: third"],
            "cycle": ["User: Bob: first", "User: Bob: second", "User: Bob: third"],
        }
        assert lines(answer)[-3:] == expected[how]


async def run(quoth: QuothInSandbox, own: dpy.Message, parent: Message) -> Answer:
    """Ask by a message that was read before anything was refused; the reply ends, whatever Discord lets it show."""
    before = len(quoth.poe.answers)
    guild = own.guild.id if own.guild else parent.channel.guild and parent.channel.guild.id
    where = quoth.bot.get_partial_messageable(own.channel.id, guild_id=guild)
    place = Place(own.author.id, own.channel.id, guild)
    ask = Ask(own.id, place, where, own, own.content, visible=True, replies_to=parent.id)
    running = asyncio.create_task(quoth.bot.asks.run(ask, ChannelSurface(own, quoth.bot.rate_limiters), quoth.bot.me))
    answer = await quoth.asked(before)
    answer.end("So it is.")
    await asyncio.wait_for(running, LIMIT)
    return answer


async def test_a_thread_begins_with_its_starter(tmp_path: Path, discord: DiscordSandbox) -> None:
    """In a thread its first message is included, and nothing else of the parent channel."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        starter = await discord.say("bob", "oven", "Why does bread rise?")
        world = discord.world
        thread = world.add_thread(world.channels.oven, "bread", world.users.bob, starter.id)
        await discord.say("alice", "oven", "elsewhere")
        for number in range(25):
            put(discord, "alice", thread, f"guess {number}")
        interaction = await discord.command("alice", thread, "ask", prompt="Well?")
        answer = await quoth.asked(0)
        answer.end("Yeast.")
        await quoth.shown(interaction.response, "done")
        assert lines(answer)[0] == "User: Bob: Why does bread rise?"
        assert lines(answer)[-1] == "User: Alice: guess 24"
        assert len(lines(answer)) == 21
        assert "elsewhere" not in answer.prompt


async def test_everything_that_is_no_text_has_a_name(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Pictures, stickers, polls, emoji and embeds are named; a forwarded message is its content."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        world = discord.world
        picture = put(discord, "bob", "oven", "")
        attach(discord, picture, "loaf.png", b"\x89PNG\x00\x00", "image/png")
        strange = put(discord, "bob", "oven", "look <:loaf:123456789012345678> at </ask:123456789012345678> <t:0:R>")
        strange.stickers = [{"id": "5", "name": "Wave", "format_type": 1}]
        strange.embeds = [
            {"type": "rich", "title": "Menu", "description": "Rye", "fields": [{"name": "a", "value": "b"}]}
        ]
        strange.poll = {
            "question": {"text": "Rye?"},
            "answers": [{"answer_id": at, "poll_media": {"text": text}} for at, text in enumerate(("yes", "no"), 1)],
            "expiry": "2100-01-01T00:00:00+00:00", "allow_multiselect": False, "layout_type": 1,
        }  # fmt: skip
        forward = discord.people.forward(world.users.alice, world.channels.oven, strange)
        strange.type, strange.reference = MessageType.REPLY, Reference(world.channels.oven, forward.id)
        answer = await asks_about(quoth, forward, reply=None)
        assert answer.prompt.splitlines()[:9] == [
            "User: Bob: [picture: loaf.png]",
            "User: Bob: look :loaf: at /ask 1970-01-01 00:00 UTC",
            "  [embed] Menu",
            "  Rye",
            "  a: b",
            "  [sticker: Wave]",
            "  [poll: Rye? yes / no]",
            "User: Alice: [forwarded] look :loaf: at /ask 1970-01-01 00:00 UTC",
            "  [embed] Menu",
        ]


async def test_files_are_read_within_bounds(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Of 25 files the newest five are read, one of 25 MB is not, and broken encodings are read as far as possible."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        many = put(discord, "bob", "oven", "many")
        for number in range(25):
            attach(discord, many, f"{number}.txt", f"content {number}".encode())
        odd = put(discord, "bob", "oven", "odd")
        attach(discord, odd, "huge.txt", b"x" * 25_000_000)
        attach(discord, odd, "latin.txt", "caf\u00e9".encode("latin-1"))
        attach(discord, odd, "wide.txt", "ha\u0142o".encode("utf-16"))
        attach(discord, odd, "not.txt", bytes(range(32)) * 50)
        answer = await asks_about(quoth, odd, reply=None, replies_to=None)
        assert "[file: huge.txt]" in answer.prompt
        assert "caf\u00e9" in answer.prompt
        assert "ha\u0142o" in answer.prompt
        assert "[file: not.txt]" in answer.prompt
        assert answer.prompt.count("content") == 2
        assert answer.prompt.count("[file: ") == 29
        fetched = [call for call in discord.ledger.calls if "attachments" in call.path]
        assert fetched == []  # none by the bot's token


async def test_a_file_that_can_not_be_had(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A file that is gone is only named; everything else is read."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        message = put(discord, "bob", "oven", "here")
        file = attach(discord, message, "gone.txt", b"words")
        del discord.world.attachments[file.id]
        answer = await asks_about(quoth, message, reply=None)
        assert "User: Bob: here\n  [file: gone.txt]\n" in answer.prompt


async def test_what_came_late_is_read(tmp_path: Path, discord: DiscordSandbox) -> None:
    """An answer that came while the next question waited is in that question's history, all pages of it."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await discord.say("alice", "dm", "First?")
        answer = await quoth.asked(0)
        second = put(discord, "alice", "dm", "Second?")
        answer.end("Long ago. " + "word " * 500 + "The end.")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm) if "done" in m.content], LIMIT)
        own = await quoth.bot.get_partial_messageable(dm.id).fetch_message(second.id)
        answer = await run(quoth, own, second)
        assert roles(answer) == ["User", "Assistant", "User", "Assistant"]
        assert "Long ago." in answer.prompt
        assert "The end." in answer.prompt
