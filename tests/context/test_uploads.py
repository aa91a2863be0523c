"""Files that go to a model as they are: whose, which, and what is said about those that can't."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from bot.context.uploads import KINDS
from bot.conversation import FileKind, ResolvedLimits
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Message
from sandbox.poe.answers.made import square
from storage.preferences import Preferences
from tests.support.channel_history import attach, put
from tests.support.file_server import bomb, file_server
from tests.support.pictures import HEIC, exif, saved
from tests.support.quoth_in_sandbox import LIMIT, Answer, QuothInSandbox, quoth_in_sandbox
from tests.support.replies import buttons, posts

PNG = square()
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
CLIP = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(99)
OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(99)


def names(answer: Answer) -> list[str]:
    """Return the names of the files that went along."""
    return [file.name for file in answer.files]


async def told(quoth: QuothInSandbox, asked: Message, *parts: str) -> Message:
    """Wait until a message of Quoth's after another one says all of these."""

    def found() -> list[Message]:
        after = posts(quoth.discord, asked.channel, asked)
        return [post for post in after if all(part in post.content for part in parts)]

    return (await quoth.discord.wait(found, LIMIT))[-1]


@pytest.mark.parametrize(
    ("file", "name", "content_type"),
    [
        (File("fog.png", PNG), "fog.png", "image/png"),
        (File("fog.PNG", PNG), "fog.PNG", "image/png"),
        (File("fog.jpg", PNG), "fog.png", "image/png"),
        (File("IMG_0001.HEIC", HEIC), "IMG_0001.jpg", "image/jpeg"),
        (File("fog.webp", saved("WEBP")), "fog.jpg", "image/jpeg"),
        (File("paper.pdf", PDF), "paper.pdf", "application/pdf"),
        (File("song.mp3", b"ID3\x04" + bytes(99)), "song.mp3", "audio/mpeg"),
        (File("clip.mp4", CLIP), "clip.mp4", "video/mp4"),
    ],
)
async def test_a_file_goes_along(
    tmp_path: Path, discord: DiscordSandbox, file: File, name: str, content_type: str
) -> None:
    """A file of ``/ask`` reaches the model under its name, as what it is."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await quoth.ask(file=file)
        (found,) = answer.files
        assert (found.name, found.content_type) == (name, content_type)
        assert answer.prompt.endswith("Well?")


async def test_the_place_of_a_picture_stays_here(tmp_path: Path, discord: DiscordSandbox) -> None:
    """What a telephone writes into a picture does not reach Poe; the picture does."""
    picture = Image.effect_noise((64, 48), 50).convert("RGB")
    data = saved("JPEG", picture, exif=exif())
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await quoth.ask(file=File("me.jpg", data))
        assert [file.data for file in answer.files] == [saved("JPEG", picture)]


async def test_a_message_is_its_files(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A message without words asks about its files, which the prompt names."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await quoth.say("alice", "dm", "", files=[File("fog.png", PNG), File("paper.pdf", PDF)])
        assert names(answer) == ["fog.png", "paper.pdf"]
        assert answer.prompt.endswith("[picture: fog.png]\n[file: paper.pdf]")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (File("logo.svg", b"<svg/>"), "“logo.svg” is an SVG drawing"),
        (File("all.zip", b"PK\3\4"), "“all.zip” is an archive"),
        (File("all.tar.gz", b"\x1f\x8b"), "“all.tar.gz” is an archive"),
        (File("setup.exe", b"MZ"), "“setup.exe” is of a kind"),
        (File("data", bytes(9)), "“data” is of a kind"),
    ],
)
async def test_other_kinds_are_refused(tmp_path: Path, discord: DiscordSandbox, file: File, words: str) -> None:
    """Drawings, archives and programs are refused before anything is asked: in private, or in a reply."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        refused = await discord.command("alice", "general", "ask", prompt="Well?", file=file)
        assert words in refused.response.content
        assert refused.response.ephemeral
        asked = await discord.say("alice", "dm", "Well?", files=[file])
        await told(quoth, asked, words)
        assert quoth.poe.answers == []


BAD = {
    "a page": (File("fog.png", b"<html>"), "damaged, or isn't what its name says"),
    "a program": (File("song.mp3", b"MZ" + bytes(99)), "damaged, or isn't what its name says"),
    "an archive": (File("paper.pdf", b"PK\3\4" + bytes(99)), "damaged, or isn't what its name says"),
    "half a picture": (File("fog.webp", saved("WEBP")[:99]), "damaged, or isn't what its name says"),
    "many pixels": (File("fog.png", bomb(8_000)), "too many pixels"),
    "far too many": (File("fog.png", bomb(400_000)), "too many pixels"),
    "nothing": (File("fog.png", b""), "damaged, or isn't what its name says"),
}


@pytest.mark.parametrize(("file", "words"), BAD.values(), ids=BAD)
async def test_a_bad_file_is_named(tmp_path: Path, discord: DiscordSandbox, file: File, words: str) -> None:
    """A file that is not what it claims to be is never passed on; one press asks without it."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction = await discord.command("alice", "general", "ask", prompt="Well?", file=file)
        refused = await quoth.refused(interaction, f"“{file.filename}”", words)
        assert quoth.poe.answers == []
        await discord.press("alice", refused, buttons(refused)["Ask without it"])
        answer = await quoth.asked(0)
        assert (names(answer), answer.prompt) == ([], "Well?")


async def test_only_discord_is_asked(tmp_path: Path, discord: DiscordSandbox) -> None:
    """An attachment at any other address is not fetched, and a redirect is not followed."""
    async with file_server() as server, quoth_in_sandbox(tmp_path, discord) as quoth:
        elsewhere = server.add("fog", PNG, "image/png").replace("127.0.0.1", "localhost")
        for url in (elsewhere, "http://10.0.0.1/fog.png", "file:///etc/passwd", "http://127.0.0.1@10.0.0.1/x"):
            asked = put(discord, "alice", "dm", "Well?")
            attach(discord, asked, "fog.png", PNG, "image/png").url = url
            where = quoth.bot.get_partial_messageable(asked.channel.id)
            quoth.bot.dispatch("message", await where.fetch_message(asked.id))
            await told(quoth, asked, "“fog.png” can't be loaded from Discord anymore.")
        assert server.requests == []
        assert quoth.poe.answers == []


async def test_what_a_model_can_t_take_is_said_before(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Nothing is asked until the person says to ask without it; what the model takes is sent."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        files = [File("clip.mp4", CLIP), File("fog.png", PNG), File("notes.txt", b"rye")]
        asked = await discord.say("alice", "dm", "What is it?", files=files)
        answer = await quoth.asked(0)  # what the default model takes is not known
        assert names(answer) == ["clip.mp4", "fog.png"]
        answer.end("A film.")
        reply = await told(quoth, asked, "done")
        again = await discord.press("alice", reply, buttons(reply)["Ask another model"])
        assert again.modal is not None
        field = again.modal["components"][1]["component"]["custom_id"]
        given = await discord.submit("alice", again, {field: "GPT-4o-mini"})
        refused = await quoth.refused(given, "`GPT-4o-mini` reads no video. Ask without “clip.mp4”?")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        pressed = await discord.press("alice", refused, buttons(refused)["Ask without it"])
        answer = await quoth.asked(0)
        assert (answer.handle, names(answer)) == ("GPT-4o-mini", ["fog.png"])
        answer.end("Fog.")
        done = await quoth.shown(pressed.response, "done")
        read = await discord.press("alice", done, buttons(done)["What was read?"])
        assert "**Attached files:** notes.txt, fog.png" in read.response.content
        assert "**Not passed on:** clip.mp4" in read.response.content


async def test_texts_go_along_without_the_others(tmp_path: Path, discord: DiscordSandbox) -> None:
    """When a question is asked without a file that the model can't take, its text files are still there."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await quoth.bot.stores.preferences.change(
            "user", discord.world.users.alice.id, None, Preferences(model="GPT-4o")
        )
        files = [File("clip.mp4", CLIP), File("notes.txt", b"rye")]
        asked = await discord.say("alice", "dm", "What is it?", files=files)
        refused = await told(quoth, asked, "`GPT-4o` reads no video.")
        await discord.press("alice", refused, buttons(refused)["Ask without it"])
        answer = await quoth.asked(0)
        assert (names(answer), answer.prompt) == ([], 'File "notes.txt":\n  rye\n\nWhat is it?')


async def test_ask_says_it_to_the_asker_alone(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The same holds for a command, whose refusal only the asker sees, and whose answer everybody does."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        clip = File("clip.mp4", CLIP)
        asked = await discord.command("alice", "general", "ask", prompt="Well?", model="GPT-4o", file=clip)
        refused = await quoth.refused(asked, "`GPT-4o` reads no video. Ask without “clip.mp4”?")
        pressed = await discord.press("alice", refused, buttons(refused)["Ask without it"])
        answer = await quoth.asked(0)
        answer.end("Well.")
        assert not (await quoth.shown(pressed.response, "done")).ephemeral
        assert names(answer) == []


async def test_retry_passes_files_on_again(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Retry asks with the same files, also after a restart."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked, answer = await quoth.ask(file=File("fog.png", PNG))
        answer.end("Fog.")
        reply = await quoth.shown(asked.response, "done")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await discord.press("alice", reply, buttons(reply)["Retry"])
        assert [file.data for file in (await quoth.asked(0)).files] == [PNG]


async def test_files_of_what_a_question_replies_to(tmp_path: Path, discord: DiscordSandbox) -> None:
    """They go along, unless their author has opted out."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        shown = await discord.say("bob", "general", "My loaf", files=[File("loaf.png", PNG)])
        _, answer = await quoth.say("alice", "general", "What is wrong with it?", reply_to=shown, mention=True)
        assert names(answer) == ["loaf.png"]
        answer.end("It is flat.")
        await discord.command("bob", "general", "privacy opt-out")
        _, answer = await quoth.say("alice", "general", "And now?", reply_to=shown, mention=True)
        assert names(answer) == []
        assert "loaf" not in answer.prompt


async def test_files_of_quoth_s_own_answer(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A reply to a picture that Quoth attached shows it to the model."""
    async with file_server() as server, quoth_in_sandbox(tmp_path, discord, media_hosts=[server.host]) as quoth:
        asked, answer = await quoth.say("alice", "general", "Paint fog", mention=True)
        answer.end(f"![fog]({server.add('fog', PNG, 'image/png')})")
        reply = await told(quoth, asked, "done")
        await discord.wait(lambda: reply.attachments, LIMIT)
        _, answer = await quoth.say("alice", "general", "Make it blue", reply_to=reply)
        assert [file.data for file in answer.files] == [PNG]


@pytest.mark.parametrize("opted_out", [False, True])
async def test_files_of_the_message_that_is_asked_about(
    tmp_path: Path, discord: DiscordSandbox, opted_out: bool
) -> None:
    """*Ask about this* works for a message that is nothing but a picture, unless its author has opted out."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        shown = await discord.say("bob", "general", "", files=[File("loaf.png", PNG)])
        if opted_out:
            await discord.command("bob", "general", "privacy opt-out")
        opened = await discord.menu("alice", shown, "Ask about this")
        assert opened.modal is not None
        field = opened.modal["components"][0]["component"]["custom_id"]
        asked = await discord.submit("alice", opened, {field: "What is it?"})
        if opted_out:
            await quoth.refused(asked, "The author of that message has opted out.")
        else:
            assert names(await quoth.asked(0)) == ["loaf.png"]


@pytest.mark.parametrize(
    ("limits", "kinds", "files", "words"),
    [
        (
            ResolvedLimits(files=2),
            KINDS,
            ["a.png", "b.png", "c.png"],
            "You attached 3 files; 2 can go along with a question.",
        ),
        (ResolvedLimits(file_mb=1), KINDS, ["big.pdf"], "“big.pdf” has 1.1 MB; a file can have 1 MB here."),
        (ResolvedLimits(), ("file",), ["a.png"], "Images aren't passed on here."),
    ],
)
async def test_limits(
    tmp_path: Path,
    discord: DiscordSandbox,
    limits: ResolvedLimits,
    kinds: Sequence[FileKind],
    files: Sequence[str],
    words: str,
) -> None:
    """How many files go along, how large and of which kinds is the operator's choice; nothing is dropped silently."""
    data = {"big.pdf": PDF + bytes(1_100_000)}
    async with quoth_in_sandbox(tmp_path, discord, limits=limits, file_kinds=kinds) as quoth:
        given = [File(name, data.get(name, PNG)) for name in files]
        asked = await discord.say("alice", "dm", "What is it?", files=given)
        refused = await told(quoth, asked, words)
        await discord.press("alice", refused, buttons(refused)["Ask without it"])
        assert names(await quoth.asked(0)) == files[: limits.files]


async def test_a_server_has_its_own_limits(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Admins set how many files go along with a question in their server, and how large they can be."""
    async with quoth_in_sandbox(tmp_path, discord):
        told = await discord.command("admin", "general", "limits set", files=1, file_mb=1)
        assert "files per question: 1, MB per file: 1" in told.response.content
        files = [File("a.png", PNG), File("b.png", PNG)]
        asked = await discord.say("alice", "general", "What is it?", files=files, mention=True)
        await discord.wait(
            lambda: any("You attached 2 files; 1 can" in m.content for m in posts(discord, "general", asked))
        )


async def test_voice_messages(tmp_path: Path, discord: DiscordSandbox) -> None:
    """They are passed on to a model that hears, and to one of which nothing is known; else a sentence says it."""
    voice = [File("voice-message.ogg", OPUS)]
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await quoth.say("alice", "dm", "", files=voice)
        assert (names(answer), answer.prompt) == (["voice-message.ogg"], "[voice message]")
        answer.end("Hello.")
        world = discord.world
        for model, hears in (("GPT-4o", False), ("Gemini-3.1-Pro", True)):
            await quoth.bot.stores.preferences.change("user", world.users.alice.id, None, Preferences(model=model))
            if hears:
                _, answer = await quoth.say("alice", "dm", "", files=voice)
                assert (answer.handle, names(answer)) == (model, ["voice-message.ogg"])
            else:
                asked = await discord.say("alice", "dm", "", files=voice)
                refused = await told(quoth, asked, "`GPT-4o` can't listen to voice messages.")
                assert buttons(refused) == {}


async def test_pictures_where_every_message_is_answered(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A picture without words is no question there; with words it is sent too, and a voice message is one by itself."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        oven = discord.world.channels.oven
        everything = Preferences(every_message=True)
        await quoth.bot.stores.preferences.change("channel", oven.id, oven.guild.id if oven.guild else None, everything)
        await discord.say("bob", oven, "", files=[File("loaf.png", PNG)])
        _, answer = await quoth.say("bob", oven, "Is it done?", files=[File("loaf.png", PNG), File("all.zip", b"PK")])
        assert names(answer) == ["loaf.png"]
        answer.end("Yes.")
        _, answer = await quoth.say("bob", oven, "", files=[File("voice-message.ogg", OPUS)])
        assert names(answer) == ["voice-message.ogg"]
        assert len(quoth.poe.answers) == 2
