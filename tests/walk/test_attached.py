"""What people attach, from Discord to a model, by both ways to Poe."""

from typing import Any

import pytest

from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Interaction
from sandbox.poe.answers.made import square
from sandbox.poe.api.records import ApiCall
from tests.support.replies import LIMIT, buttons, final, posts
from tests.support.whole_bot import WholeBot

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
PICTURE = square()


def uploaded(walk: WholeBot, call: ApiCall) -> list[tuple[str, str, bytes]]:
    """Return the names, types and contents of the files of an ask by the API."""
    by_url = {each.url: each for each in walk.poe.uploads}
    messages: list[dict[str, Any]] = call.messages
    attachments = [each for message in messages for each in message.get("attachments") or ()]
    return [(each["name"], each["content_type"], by_url[each["url"]].data) for each in attachments]


@pytest.mark.asyncio(loop_scope="package")
async def test_files_of_a_question_by_the_browser(walk: WholeBot) -> None:
    """They are in the prompt that is sent, once: a picture byte for byte, and others."""
    files = [File("fog.png", PICTURE), File("paper.pdf", PDF), File("notes.txt", b"rye")]
    asked = await walk.discord.say("alice", "dm", "What is it?", files=files)
    await walk.answer_to(asked)
    (sent,) = walk.sent
    assert sent.attachments == ("fog.png", "paper.pdf")
    assert sent.uploads == (PICTURE, PDF)
    assert sent.text.endswith('File "notes.txt":\n  rye\n\nWhat is it?')


@pytest.mark.asyncio(loop_scope="package")
async def test_files_of_a_question_by_the_api(api_walk: WholeBot) -> None:
    """They are uploaded, and attached to the question's own message."""
    files = [File("fog.png", PICTURE), File("paper.pdf", PDF), File("notes.txt", b"rye")]
    asked = await api_walk.discord.say("alice", "dm", "What is it?", files=files)
    await api_walk.discord.wait(lambda: any(map(final, posts(api_walk.discord, asked.channel, asked))), LIMIT)
    (call,) = api_walk.poe.api_calls
    assert uploaded(api_walk, call) == [
        ("fog.png", "image/png", PICTURE),
        ("paper.pdf", "application/pdf", PDF),
    ]
    assert [bool(message.get("attachments")) for message in call.messages][-1:] == [True]
    assert "rye" in call.prompt


@pytest.mark.asyncio(loop_scope="package")
async def test_a_model_without_files_by_the_browser(walk: WholeBot) -> None:
    """What only Poe's page knows is told as well, and one press asks without the file."""
    picture, model = File("fog.png", PICTURE), "Sandbox-No-Files"
    asked = await walk.discord.command("alice", "logbook", "ask", prompt="What is it?", model=model, file=picture)
    await pressed(walk, asked, "This model takes no files on Poe.")
    (sent,) = walk.sent
    assert (sent.attachments, "What is it?" in sent.text) == ((), True)


@pytest.mark.asyncio(loop_scope="package")
async def test_a_file_that_is_refused_by_the_api(api_walk: WholeBot) -> None:
    """So it is by the API, which is asked nothing before."""
    api_walk.poe.switch("upload-status")
    asked = await api_walk.discord.command("alice", "logbook", "ask", prompt="Well?", file=File("fog.png", PICTURE))
    await pressed(api_walk, asked, "“fog.png” is too large for Poe.")
    (call,) = api_walk.poe.api_calls
    assert uploaded(api_walk, call) == []
    assert len(api_walk.poe.uploads) == 1


async def pressed(walk: WholeBot, asked: Interaction, words: str) -> None:
    """Wait for a refusal, ask without the file, and see the answer's end."""
    (told,) = await walk.discord.wait(
        lambda: [reply for reply in asked.replies if words in reply.content and reply.components], LIMIT
    )
    assert told.ephemeral
    again = await walk.discord.press("alice", told, buttons(told)["Ask without it"])
    await walk.discord.wait(lambda: any(map(final, again.replies)), LIMIT)
