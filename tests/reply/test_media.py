"""Pictures, sound and files of answers become attachments, whatever is wrong with them, on the stand-in Discord."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation import AnswerFile, State
from bot.markdown.own_lines import separate
from bot.permissions import surely_lacks
from sandbox.discord.rest.faults import NO_ANSWER
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message
from sandbox.discord.world.permissions import Permission
from storage.preferences import Preferences
from tests.support.file_server import FileServer, file_server, picture
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import final, posts

WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
MP4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(99)


@pytest.fixture
async def server() -> AsyncGenerator[FileServer]:
    """A server of files."""
    async with file_server() as made:
        yield made


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox, server: FileServer) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that fetches files from that server alone."""
    async with quoth_in_sandbox(tmp_path, discord, media_hosts=[server.host]) as made:
        yield made
    assert server.heard == []


def names(message: Message) -> list[str]:
    """Return the names of a message's attachments."""
    return [each.filename for each in message.attachments]


async def test_a_picture_becomes_an_attachment(quoth: QuothInSandbox, server: FileServer) -> None:
    """The text is shown first, with a link; one more edit replaces the link by the picture."""
    url = server.add("lemon", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    answer.end(f"Here:\n\n![a lemon in the fog]({url})\n\n{url}")
    reply = await quoth.shown(interaction.response, "done", f"[a lemon in the fog](<{url}>)")
    assert not reply.attachments
    edits = len(reply.revisions)
    server.go.set()
    await quoth.discord.wait(lambda: reply.attachments)
    (attached,) = reply.attachments
    assert (attached.filename, attached.data, attached.description) == ("image.png", picture(), "a lemon in the fog")
    assert (separate(reply.content).text, final(reply), len(reply.revisions)) == ("Here:", "done", edits + 1)
    assert "⚠️" not in reply.content
    (request,) = server.requests
    assert not {"Cookie", "Referer", "Authorization"} & set(request.headers)


@pytest.mark.parametrize(
    ("content_type", "data", "name"),
    [
        ("image/jpeg", picture(kind="JPEG"), "image.jpg"),
        ("image/gif", picture(kind="GIF"), "image.gif"),
        ("image/webp", picture(kind="WEBP"), "image.webp"),
        ("audio/mpeg", b"ID3\x04" + bytes(99), "audio.mp3"),
        ("audio/wav", b"RIFF\x10\0\0\0WAVEfmt " + bytes(99), "audio.wav"),
        ("audio/ogg", b"OggS\0\2" + bytes(99), "audio.ogg"),
        ("video/mp4", MP4, "video.mp4"),
        ("audio/webm", WEBM, "video.webm"),
        ("application/pdf", b"%PDF-1.7\n" + bytes(99), "file.pdf"),
        ("text/csv", b"a,b\n1,2\n", "file.csv"),
        ("application/json", b"{}", "file.json"),
    ],
)
async def test_sound_video_and_files_are_attached(
    content_type: str, data: bytes, name: str, quoth: QuothInSandbox, server: FileServer
) -> None:
    """A bare address, as Poe gives sound and video, becomes a file that is named by its kind."""
    url = server.add("made", data, content_type)
    interaction, answer = await quoth.ask()
    answer.end(f"Caption: waves\n\n{url}")
    reply = interaction.response
    await quoth.discord.wait(lambda: reply.attachments)
    assert (names(reply), reply.attachments[0].data) == ([name], data)
    assert separate(reply.content).text == "Caption: waves"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Windows\\fox.png", "fox.png"),
        ("fox.gif", "fox.png"),
        ("Say hello….png", "Say hello….png"),
        ("v1.2", "v1.2.png"),
        (".png", "image.png"),
        ("a\n\0b.png", "ab.png"),
        ("x" * 300, f"{'x' * 60}.png"),
        ("", "image.png"),
        ("..", "image.png"),
        ("SPOILER_fox.png", "fox.png"),
    ],
)
async def test_a_file_s_name_has_no_folders(given: str, name: str, quoth: QuothInSandbox, server: FileServer) -> None:
    """A file that comes with the answer keeps its name, without folders and with the ending of what it is."""
    interaction, answer = await quoth.ask()
    answer.end("A fox.", AnswerFile(server.add("fox", picture(), "image/png"), "image/png", given))
    reply = interaction.response
    await quoth.discord.wait(lambda: reply.attachments)
    assert (names(reply), separate(reply.content).text) == ([name], "A fox.")


async def test_a_file_may_be_named_in_the_text(quoth: QuothInSandbox, server: FileServer) -> None:
    """A picture by reference is a link while it is written, and then the attachment."""
    url = server.add("fox", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    file = AnswerFile(url, "image/png", "fox.png", "image_0")
    answer.say("Here:\n\n![a fox][image_0]\n\nNice", State.STREAMING, file)
    await quoth.shown(interaction.response, f"[a fox](<{url}>)")
    answer.end("Here:\n\n![a fox][image_0]\n\nNice?", file)
    reply = await quoth.shown(interaction.response, "Nice?", f"[a fox](<{url}>)")
    server.go.set()
    await quoth.discord.wait(lambda: reply.attachments)
    assert (names(reply), reply.attachments[0].description) == (["fox.png"], "a fox")
    assert separate(reply.content).text == "Here:\n\nNice?"


async def test_twelve_pictures_and_the_same_ones_again(quoth: QuothInSandbox, server: FileServer) -> None:
    """A message has ten; the others stay links, with a word. What comes twice, by address or by content, comes once."""
    urls = [server.add(str(number), picture(number), "image/png") for number in range(12)]
    interaction, answer = await quoth.ask()
    answer.end("\n\n".join(f"![p{number}]({url})" for number, url in enumerate([*urls, *urls])))
    reply = await quoth.shown(interaction.response, "2 files aren't attached: a message can have 10.")
    assert [each.data for each in reply.attachments] == [picture(number) for number in range(10)]
    assert separate(reply.content).text.split() == [f"[p{n}](<{urls[n % 12]}>)" for n in (10, 11, 22, 23)]
    again, answer = await quoth.ask()
    copy = server.add("copy", picture(), "image/png")
    answer.end(f"![one]({urls[0]}) ![same]({copy})\n\n{urls[0]}")
    await quoth.discord.wait(lambda: again.response.attachments)
    assert len(again.response.attachments) == 1
    assert separate(again.response.content).text == ""
    assert "⚠️" not in again.response.content


async def test_a_long_description_is_shortened(quoth: QuothInSandbox, server: FileServer) -> None:
    """The description is Poe's, which is the whole question, in at most 100 characters."""
    interaction, answer = await quoth.ask()
    answer.end(f"![{'fog ' * 99}]({server.add('fog', picture(), 'image/png')})")
    await quoth.discord.wait(lambda: interaction.response.attachments)
    description = interaction.response.attachments[0].description or ""
    assert (len(description), description[-1]) == (100, "…")


@pytest.mark.parametrize(
    ("chosen", "attached"),
    [("shown", ["image.png", "audio.mp3"]), ("spoilers", ["SPOILER_image.png", "audio.mp3"]), ("links", [])],
)
async def test_files_are_shown_as_preferred(
    chosen: str, attached: list[str], quoth: QuothInSandbox, server: FileServer
) -> None:
    """Pictures can be spoilers, and files links only."""
    await quoth.bot.stores.preferences.change(
        "user", quoth.discord.world.users.alice.id, None, replace(Preferences(), files=chosen)
    )
    url, sound = server.add("fox", picture(), "image/png"), server.add("mp3", b"ID3\x04" + bytes(99), "audio/mpeg")
    interaction, answer = await quoth.ask()
    answer.end(f"![a fox]({url})\n\n{sound}")
    reply = await quoth.shown(interaction.response, "done")
    await quoth.discord.wait(lambda: len(reply.attachments) == len(attached))
    assert names(reply) == attached
    assert len(server.requests) == len(attached)


async def test_admins_can_hide_more_than_a_person_wants(quoth: QuothInSandbox, server: FileServer) -> None:
    """A person's choice is for everybody's eyes, so it counts where it hides more than the server's."""
    world, store = quoth.discord.world, quoth.bot.stores.preferences
    guild = world.channels["general"].guild
    assert guild
    await store.change("guild", guild.id, guild.id, replace(Preferences(), files="spoilers"))
    await store.change("user", world.users.alice.id, None, replace(Preferences(), files="shown"))
    interaction, answer = await quoth.ask()
    answer.end(f"![a fox]({server.add('fox', picture(), 'image/png')})")
    await quoth.discord.wait(lambda: interaction.response.attachments)
    assert names(interaction.response) == ["SPOILER_image.png"]


@pytest.mark.parametrize("way", ["command", "message"])
async def test_without_the_permission_it_stays_a_link(way: str, quoth: QuothInSandbox, server: FileServer) -> None:
    """Where Quoth may not attach files nothing is fetched, the link stays and a sentence says what to do."""
    discord, url = quoth.discord, server.add("fox", picture(), "image/png")
    discord.world.deny(discord.world.channels["general"], discord.world.bot, Permission.ATTACH_FILES)
    await until(lambda: "attach_files" in surely_lacks(quoth.bot.get_channel(discord.world.channels["general"].id)))
    if way == "command":
        _, answer = await quoth.ask()
    else:
        _, answer = await quoth.say("alice", "general", f"<@{discord.world.bot.id}> a fox?")
    answer.end(f"![a fox]({url})")
    await discord.wait(lambda: "Quoth needs *Attach Files* here." in posts(discord, "general")[-1].content)
    assert f"[a fox](<{url}>)" in posts(discord, "general")[-1].content
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (413, 40005, "too large to be attached here"),
        (403, 50013, "Quoth needs *Attach Files* here"),
        (400, 200000, "Discord didn't accept 1 file"),
        (400, 50035, "Discord didn't accept 1 file"),
    ],
)
async def test_what_discord_refuses_stays_a_link(
    status: int, code: int, words: str, quoth: QuothInSandbox, server: FileServer
) -> None:
    """If Discord does not take the file, the answer stays whole, with its link and a word."""
    url = server.add("fox", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    answer.end(f"A fox:\n\n![a fox]({url})")
    reply = await quoth.shown(interaction.response, "done")
    quoth.discord.fail_next("PATCH", "/messages/@original", status, body={"message": "no", "code": code})
    server.go.set()
    await quoth.shown(reply, words, f"A fox:\n\n[a fox](<{url}>)", "done")
    assert reply.attachments == []


async def test_a_lost_connection_is_tried_again(quoth: QuothInSandbox, server: FileServer) -> None:
    """A file whose upload Discord took, but didn't confirm, is there once."""
    url = server.add("fox", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    answer.end(f"![a fox]({url})")
    await quoth.shown(interaction.response, "done")
    for _ in range(2):
        quoth.discord.fail_next("PATCH", "/messages/@original", NO_ANSWER, applied=True)
    server.go.set()
    await until(lambda: not quoth.bot.asks.askers_of(interaction.id))
    assert len(interaction.response.attachments) == 1


async def test_long_answers_have_their_files_last(quoth: QuothInSandbox, server: FileServer) -> None:
    """An answer of several messages has its files below the last; the file of one that is cut stays beside them."""
    url = server.add("fox", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    answer.end(f"![a fox]({url})\n\n" + "word " * 4000)
    await quoth.discord.wait(lambda: names(interaction.replies[-1]) == ["answer.md"])
    (whole,) = interaction.replies[-1].attachments
    server.go.set()
    await quoth.discord.wait(lambda: names(interaction.replies[-1]) == ["answer.md", "image.png"])
    assert interaction.replies[-1].attachments[0] is whole  # kept, and not sent again
    await quoth.discord.wait(lambda: url not in interaction.response.content)
    assert final(interaction.replies[-1]) == "done"


async def test_a_deleted_reply_gets_no_files(
    quoth: QuothInSandbox, server: FileServer, caplog: pytest.LogCaptureFixture
) -> None:
    """When somebody deletes the answer before its picture has come, nothing comes back, and nothing failed."""
    url = server.add("fox", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    answer.end(f"![a fox]({url})")
    await quoth.shown(interaction.response, "done")
    quoth.discord.people.delete(quoth.discord.world.users.admin, interaction.response)
    server.go.set()
    await until(lambda: not quoth.bot.asks.askers_of(interaction.id))
    assert posts(quoth.discord, "general") == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_shutdown_does_not_wait_for_files(quoth: QuothInSandbox, server: FileServer) -> None:
    """A restart leaves the link, which is whole, and nothing says that the answer was interrupted."""
    url = server.add("fox", picture(), "image/png", held=True)
    interaction, answer = await quoth.ask()
    answer.end(f"![a fox]({url})")
    reply = await quoth.shown(interaction.response, "done")
    await quoth.bot.close()
    assert (final(reply), reply.attachments) == ("done", [])
    assert f"[a fox](<{url}>)" in reply.content


async def test_the_next_question_does_not_wait_for_files(quoth: QuothInSandbox, server: FileServer) -> None:
    """In a conversation the next question is asked as soon as the answer's text is shown."""
    url = server.add("fox", picture(), "image/png", held=True)
    _, first = await quoth.say("alice", "dm", "A fox?")
    await quoth.discord.say("alice", "dm", "And a hare?")
    first.end(f"![a fox]({url})")
    second = await quoth.asked(1)
    assert "[a fox]" in second.prompt
    second.end("No.")
    server.go.set()
    dm = quoth.discord.world.dm("alice")
    await quoth.discord.wait(lambda: [each for each in posts(quoth.discord, dm) if each.attachments])


async def test_a_private_answer_has_its_files(quoth: QuothInSandbox, server: FileServer) -> None:
    """What only the asker sees has attachments too."""
    interaction, answer = await quoth.ask(private=True)
    answer.end(f"![a fox]({server.add('fox', picture(), 'image/png')})")
    await quoth.discord.wait(lambda: interaction.response.attachments)


@pytest.mark.parametrize("way", ["command", "message"])
async def test_a_boosted_server_takes_larger_files(way: str, quoth: QuothInSandbox, server: FileServer) -> None:
    """The limit is the place's: what is too large elsewhere is attached in a boosted server."""
    discord, url = quoth.discord, server.add("fox", picture() + bytes(12_000_000), "image/png")
    guild = discord.world.channels["general"].guild
    assert guild
    guild.premium_tier = 2
    known = quoth.bot.get_guild(guild.id)
    assert known
    known.premium_tier = 2
    if way == "command":
        _, answer = await quoth.ask()
    else:
        _, answer = await quoth.say("alice", "general", f"<@{discord.world.bot.id}> a fox?")
    answer.end(f"![a fox]({url})")
    await discord.wait(lambda: posts(discord, "general")[-1].attachments)
