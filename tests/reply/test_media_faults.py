"""Every file of an answer that can't be attached: a link with a word, and no request anywhere else."""

import gzip
from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio
from aiohttp import ClientTimeout

from bot import downloads
from bot.conversation import AnswerFile
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from tests.support.file_server import FileServer, bomb, file_server, picture
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox
from tests.support.rate_limits import REAL

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncGenerator[FileServer]:
    """A server of files; the stranger beside it must hear nothing."""
    async with file_server() as made:
        yield made
        assert made.heard == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quoth(tmp_path_factory: pytest.TempPathFactory, server: FileServer) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that fetches files from that server alone, and has little patience."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "_PATIENCE", ClientTimeout(total=3.0))
        async with DiscordSandbox(limits=REAL) as discord:
            async with quoth_in_sandbox(tmp_path_factory.mktemp("files"), discord, media_hosts=[server.host]) as made:
                yield made
            assert (discord.ledger.unknown, discord.ledger.with_status(400), discord.ledger.limited) == ([], [], [])


def _html(server: FileServer) -> str:
    return server.add("html", b"<!doctype html><title>Gone</title>", "text/html")


BAD_FILES: dict[str, tuple[Callable[[FileServer], str], str]] = {
    "a page": (_html, "unsupported kind"),
    "a page that claims to be a picture": (lambda s: s.add("x", b"<html>", "image/png"), "unsupported kind"),
    "a picture that claims to be a page": (lambda s: s.add("x", picture(), "text/html"), "unsupported kind"),
    "a picture that claims to be sound": (lambda s: s.add("x", picture(), "audio/mpeg"), "unsupported kind"),
    "a picture of unknown type": (lambda s: s.add("x", picture(), "application/octet-stream"), "unsupported kind"),
    "half a picture's header": (lambda s: s.add("x", picture()[:12], "image/png"), "unsupported kind"),
    "a drawing with scripts": (lambda s: s.add("x", b"<svg><script/></svg>", "image/svg+xml"), "unsupported kind"),
    "a program": (lambda s: s.add("x", b"MZ" + bytes(99), "application/octet-stream"), "unsupported kind"),
    "nothing": (lambda s: s.add("x", b"", "image/png"), "unsupported kind"),
    "many pixels": (lambda s: s.add("x", bomb(8_000), "image/png"), "unsupported kind"),
    "far too many pixels": (lambda s: s.add("x", bomb(400_000), "image/png"), "unsupported kind"),
    "a missing file": (lambda s: f"http://{s.host}/base/image/none", "couldn't be downloaded"),
    "an error": (lambda s: s.add("x", picture(), "image/png", status=500), "couldn't be downloaded"),
    "no whole file": (lambda s: s.add("x", picture(), "image/png", status=206), "couldn't be downloaded"),
    "a redirect elsewhere": (
        lambda s: s.add("x", b"", "image/png", status=302, headers={"Location": s.stranger}),
        "couldn't be downloaded",
    ),
    "a redirect to a file": (
        lambda s: s.add("x", b"", "image/png", status=307, headers={"Location": "file:///etc/passwd"}),
        "couldn't be downloaded",
    ),
    "a compressed one": (
        lambda s: s.add("x", gzip.compress(picture()), "image/png", headers={"Content-Encoding": "gzip"}),
        "couldn't be downloaded",
    ),
    "a slow one": (lambda s: s.add("x", picture(), "image/png", held=True), "couldn't be downloaded"),
    "30 MB": (lambda s: s.add("x", picture() + bytes(30_000_000), "image/png"), "too large"),
    "more than is said": (lambda s: s.add("x", picture() + bytes(11_000_000), "image/png", held=True), "too large"),
    "another port": (lambda s: f"{s.stranger}/base/image/x", "isn't from Poe"),
    "another name of this host": (lambda s: f"http://localhost:{s.host.partition(':')[2]}/x", "isn't from Poe"),
    "this host as a number": (lambda s: f"http://2130706433:{s.host.partition(':')[2]}/x", "isn't from Poe"),
    "this host as IPv6": (lambda s: f"http://[::ffff:127.0.0.1]:{s.host.partition(':')[2]}/x", "isn't from Poe"),
    "a user name": (lambda s: f"http://{s.host}@{s.stranger.removeprefix('http://')}/x", "isn't from Poe"),
    "a password": (lambda s: f"http://a:b@{s.host}/x", "isn't from Poe"),
    "a backslash": (lambda s: f"http://{s.stranger.removeprefix('http://')}\\a@{s.host}/x", "isn't from Poe"),
    "a port that is none": (lambda s: f"http://{s.host}9999/x", "isn't from Poe"),
    "a private address": (lambda _: "http://10.0.0.1/base/image/x", "isn't from Poe"),
    "a cloud's own address": (lambda _: "http://169.254.169.254/latest/meta-data", "isn't from Poe"),
    "a data URL": (lambda _: "data:image/png;base64,iVBORw0KGgo=", "isn't from Poe"),
    "another protocol": (lambda s: f"ftp://{s.host}/x", "isn't from Poe"),
}


@pytest.mark.parametrize("brought", [False, True], ids=["linked", "brought"])
@pytest.mark.parametrize(("make", "words"), BAD_FILES.values(), ids=BAD_FILES)
async def test_a_bad_file_stays_a_link_with_a_word(
    make: Callable[[FileServer], str],
    words: str,
    brought: bool,
    quoth: QuothInSandbox,
    server: FileServer,
) -> None:
    """Whatever is wrong with a file, the reader gets the text, the link and a sentence; nothing else is asked."""
    url = make(server)
    interaction, answer = await quoth.ask(fresh=True)
    answer.end("Look:", AnswerFile(url, "image/png", "x.png")) if brought else answer.end(f"Look:\n\n![a fox]({url})")
    reply = await quoth.shown(interaction.response, words, "done")
    assert reply.attachments == []
    assert separate(reply.content).text.startswith("Look:")
    if url.startswith("http"):
        assert f"](<{url}>)" in reply.content.replace("%5C", "\\")
    assert all(request.path.startswith("/base/image/") for request in server.requests)


async def test_a_file_address_is_shown_as_text(quoth: QuothInSandbox) -> None:
    """An address that Markdown's reader does not take for one is neither a link nor a file."""
    interaction, answer = await quoth.ask(fresh=True)
    answer.end("![x](file:///etc/passwd)")
    reply = await quoth.shown(interaction.response, "done", "file:///etc/passwd")
    assert not reply.attachments
    assert "](<" not in reply.content
