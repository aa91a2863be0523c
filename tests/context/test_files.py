"""Which attached files are read, under which name, and what becomes of those that can't be."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.context import attachments, material
from bot.context.attachments import MATERIAL_CHARACTERS, shortened
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Interaction, Message, MessageFlag
from tests.support.channel_history import asks_about, attach, put, put_by_webhook
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox
from tests.support.replies import posts

ANSWERS = {
    "closed": b"",
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this",
    "garbled": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone",
    "silent": None,
}


@pytest.fixture(params=ANSWERS)
async def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[str]:
    """The address of a server whose downloads break, each time in the same way."""
    for limit in ("_HISTORY_SECONDS", "_MATERIAL_SECONDS"):
        monkeypatch.setattr(attachments, limit, 0.3)
    monkeypatch.setattr(material, "_SECONDS", 0.3)
    hanging = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        data = ANSWERS[request.param]
        if data is None:
            await hanging.wait()
        else:
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    hanging.set()
    server.close()


async def about(quoth: QuothInSandbox, chosen: Message, question: str = "Why?") -> tuple[Interaction, Answer]:
    """Let Alice ask about a message by its menu; returns what opened the form, and the answer."""
    before = len(quoth.poe.answers)
    opened = await quoth.discord.menu("alice", chosen, "Ask about this")
    assert opened.modal is not None
    field = opened.modal["components"][0]["component"]["custom_id"]
    await quoth.discord.submit("alice", opened, {field: question})
    return opened, await quoth.asked(before)


def note(opened: Interaction) -> str:
    """What a form says beside its fields."""
    assert opened.modal is not None
    return "".join(each["content"] for each in opened.modal["components"] if each["type"] == 10)


async def test_a_download_that_breaks_costs_only_its_file(tmp_path: Path, discord: DiscordSandbox, broken: str) -> None:
    """A file of history, or of the message that is asked about, is named as unreadable; all else is read and asked."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        message = put(discord, "bob", "oven", "here")
        attach(discord, message, "broken.txt", b"never seen").url = broken
        attach(discord, message, "whole.txt", b"rye")
        answer = await asks_about(quoth, message, reply=None)
        expected = (
            "[file: broken.txt]\n  (This file could not be read.)\n  [end of broken.txt]\n  [file: whole.txt]\n  rye"
        )
        assert expected in answer.prompt
        _, answer = await about(quoth, message)
        assert expected in answer.prompt


async def test_no_other_host_is_asked(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A text file at an address that is not Discord's is not fetched: neither a question's own nor one of history."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.2", 0)
    elsewhere = f"http://127.0.0.2:{server.sockets[0].getsockname()[1]}/"
    try:
        async with quoth_in_sandbox(tmp_path, discord) as quoth:
            chosen = put(discord, "bob", "oven", "my notes")
            attach(discord, chosen, "notes.txt", b"never seen").url = elsewhere
            _, answer = await quoth.ask("alice", "oven")
            assert "(This file could not be read.)" in answer.prompt
            answer.end("Yes.")
            _, answer = await about(quoth, chosen)
            assert "(This file could not be read.)" in answer.prompt
            answer.end("Yes.")
            asked = put(discord, "alice", "dm", "Why?")
            attach(discord, asked, "own.txt", b"never seen").url = elsewhere
            message = await quoth.bot.get_partial_messageable(asked.channel.id).fetch_message(asked.id)
            before = len(quoth.poe.answers)
            quoth.bot.dispatch("message", message)
            answer = await quoth.asked(before)
            assert "never seen" not in answer.prompt
            answer.end("Yes.")
    finally:
        server.close()
    assert heard == []


@pytest.mark.parametrize("question", ["What is it?", ""])
async def test_an_own_file_whose_download_breaks(
    tmp_path: Path, discord: DiscordSandbox, broken: str, question: str
) -> None:
    """A question is asked without its broken file, which the prompt names; nobody is asked about nothing at all."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked = put(discord, "alice", "dm", question)
        attach(discord, asked, "broken.txt", b"never seen").url = broken
        message = await quoth.bot.get_partial_messageable(asked.channel.id).fetch_message(asked.id)
        quoth.bot.dispatch("message", message)
        if question:
            prompt = (await quoth.asked(0)).prompt
            assert 'File "broken.txt":\n  (This file could not be read.)\n\nWhat is it?' in prompt
        else:
            named = "“broken.txt” can't be read"
            await discord.wait(lambda: any(named in post.content for post in posts(discord, asked.channel)), 15)
            assert quoth.poe.answers == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.ts", "video/mp2t"),
        ("paper.tex", "application/x-tex"),
        ("film.srt", "application/x-subrip"),
        ("script.pl", "application/x-perl"),
        ("script.rb", "application/x-ruby"),
        ("ci.yaml", "application/yaml"),
        ("app.js", "application/x-javascript"),
        ("main.mjs", "application/octet-stream"),
        ("Dockerfile", "application/octet-stream"),
        ("build.log", "application/octet-stream"),
        ("data", "application/vnd.api+json; charset=utf-8"),
    ],
)
async def test_a_known_ending_decides(tmp_path: Path, discord: DiscordSandbox, name: str, kind: str) -> None:
    """A file whose name says that it is text is read, whatever type Discord takes it for."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        message = put(discord, "bob", "oven", "here")
        attach(discord, message, name, b"some words", kind)
        answer = await asks_about(quoth, message, reply=None)
        assert f"[file: {name}]\n  some words" in answer.prompt


async def test_a_file_is_called_by_its_title(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Where Discord mangles a name in other letters, the title with the ending is the name, read or refused."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        message = put(discord, "bob", "oven", "here")
        attach(discord, message, "_.txt", b"some words").title = "отчёт"
        attach(discord, message, ".md", b"more words", "application/octet-stream").title = "итог.md"
        attach(discord, message, "_.png", b"\x89PNG", "image/png").title = "фото"
        answer = await asks_about(quoth, message, reply=None)
        for part in ("[file: отчёт.txt]\n  some words", "[file: итог.md]\n  more words", "[picture: фото.png]"):
            assert part in answer.prompt
        attach(discord, message, "_.zip", b"PK", "application/zip").title = "архив"
        message.attachments.pop(2)
        opened, answer = await about(quoth, message)
        assert note(opened) == "Quoth can't read: архив.zip."


async def test_everything_that_history_reads_can_be_asked_about(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A forward, a poll, texts of Components V2, a sticker, and files of bots and webhooks are read."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        world = discord.world
        poll = put(discord, "bob", "oven", "")
        poll.poll = {
            "question": {"text": "Rye?"},
            "answers": [{"answer_id": 1, "poll_media": {"text": "yes"}}],
            "expiry": "2100-01-01T00:00:00+00:00",
        }
        sticker = put(discord, "bob", "oven", "")
        sticker.stickers = [{"id": "5", "name": "Wave", "format_type": 1}]
        parts = put(discord, "bob", "oven", "")
        parts.flags = MessageFlag.COMPONENTS_V2
        parts.components = [{"type": 17, "id": 1, "components": [{"type": 10, "id": 2, "content": "In a box"}]}]
        logged = put_by_webhook(discord, "oven", "CI", "")
        attach(discord, logged, "build.log", b"error: no flour", "application/octet-stream")
        forward = discord.people.forward(world.users.alice, world.channels.oven, logged)
        expected = {
            poll: "[poll: Rye? yes]",
            sticker: "[sticker: Wave]",
            parts: "In a box",
            logged: "[file: build.log]\n  error: no flour",
            forward: "[forwarded] [file: build.log]\n  error: no flour",
        }
        for chosen, part in expected.items():
            opened, answer = await about(quoth, chosen)
            assert part in answer.prompt
            assert note(opened) == ""


async def test_what_can_t_be_read_is_said_before_asking(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The form names what is left out, and a long log of which only the beginning and the end are read."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        message = put(discord, "bob", "oven", "It fails.")
        attach(discord, message, "build.log", b"first line\n" + b"between\n" * 8_700 + b"last line")
        attach(discord, message, "loaf.svg", b"<svg/>", "image/svg+xml")
        attach(discord, message, "huge.log", b"x" * 90_000)
        opened, answer = await about(quoth, message)
        assert note(opened) == (
            "Quoth can't read: loaf.svg, huge.log. Only the beginning and the end may be read of: build.log."
        )
        for part in ("It fails.", "first line", "last line", "[picture: loaf.svg]", "[file: huge.log]", "[…]"):
            assert part in answer.prompt


async def test_a_message_of_which_nothing_can_be_read(tmp_path: Path, discord: DiscordSandbox) -> None:
    """It is refused before a form opens."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        chosen = await quoth.discord.say("bob", "general", "", files=[File("huge.log", b"x" * 90_000)])
        refused = await discord.menu("alice", chosen, "Ask about this")
        assert refused.response.content == "That message has no text to ask about."


@pytest.mark.parametrize("line", ["x\n", "word " * 30 + "\n", "\n", "x" * 100_000])
def test_a_long_text_is_cut_in_its_middle(line: str) -> None:
    """What is left has its beginning and its end, and fits also when its lines are indented."""
    text = "begin" + line * (100_000 // len(line)) + "end"
    cut = shortened(text, MATERIAL_CHARACTERS)
    assert cut.startswith("begin")
    assert cut.endswith("end")
    assert MATERIAL_CHARACTERS * 0.8 < len(cut.replace("\n", "\n    ")) <= MATERIAL_CHARACTERS
    assert shortened("short", 10) == "short"
