"""Files that go along with a question to Poe's API (next.md section A3)."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from bot.conversation import Messages, PromptFile, Snapshot, State
from bot.errors import FileNotTaken, KeyRefused, LimitReached, QuothError
from bot.poe.api.backend import ApiBackend
from bot.poe.api.limits import TimeLimits
from bot.poe.schedule import Rules
from sandbox.poe import PoeSandbox
from sandbox.poe.answers.made import square
from tests.support.byte_server import byte_server
from tests.support.poe_caller import FAST

PICTURE = PromptFile("fog «1».png", "image/png", square())
PAPER = PromptFile("paper.pdf", "application/pdf", b"%PDF-1.7" + bytes(2_000_000))


@pytest.fixture
async def poe() -> AsyncGenerator[PoeSandbox]:
    """The stand-in API."""
    async with PoeSandbox(**FAST) as made:
        yield made


async def ask(
    poe: PoeSandbox, messages: Messages, upload_url: str = ""
) -> tuple[Sequence[Snapshot], QuothError | None]:
    """Ask once, with little patience for uploads; return all snapshots, and the error that ended them, if one did."""
    limits, url = TimeLimits(upload=1.0), upload_url or poe.upload_url
    backend, taken = ApiBackend(poe.api_url, poe.api_key, Rules(gap=0.0), limits, url), list[Snapshot]()
    try:
        async with backend.stream("GPT-4o", messages, lambda: 0.0) as snapshots:
            async for snapshot in snapshots:
                taken.append(snapshot)
    except QuothError as error:
        return taken, error
    finally:
        await backend.close()
    return taken, None


async def test_files_stay_with_their_message(poe: PoeSandbox) -> None:
    """Each is uploaded once, with the key and without "Bearer", and attached to the message that it came with."""
    earlier: Messages = [
        {"role": "user", "content": "What is it?", "files": [PAPER]},
        {"role": "assistant", "content": "A paper."},
        {"role": "user", "content": "And that?", "files": [PICTURE, PICTURE]},
    ]
    snapshots, error = await ask(poe, earlier)
    assert (snapshots[-1].state, error) == (State.DONE, None)
    (call,) = poe.api_calls
    urls = {each.url: each for each in poe.uploads}
    attached = [[urls[each["url"]] for each in message["attachments"]] for message in call.messages]  # type: ignore[attr-defined]
    assert [[(each.name, each.data) for each in files] for files in attached] == [
        [(PAPER.name, PAPER.data)],
        [],
        [(PICTURE.name, PICTURE.data), (PICTURE.name, PICTURE.data)],
    ]
    assert {each.authorization for each in poe.uploads} == {poe.api_key}


@pytest.mark.parametrize(
    ("mood", "kind", "words"),
    [
        ("upload-status=413", FileNotTaken, "“fog «1».png” is too large for Poe."),
        ("upload-status=415", FileNotTaken, "Poe didn't accept “fog «1».png”."),
        ("upload-status=400", FileNotTaken, "Poe didn't accept “fog «1».png”."),
        ("upload-status=429", FileNotTaken, "Poe couldn't take “fog «1».png”."),
        ("upload-status=500", FileNotTaken, "Poe couldn't take “fog «1».png”."),
        ("upload-status=401", KeyRefused, ""),
        ("upload-status=402", LimitReached, ""),
        ("upload-slow=3600", FileNotTaken, "Poe couldn't take “fog «1».png”."),
    ],
)
async def test_a_file_that_poe_refuses(mood: str, kind: type[QuothError], words: str, poe: PoeSandbox) -> None:
    """It is uploaded once and no more, and nothing is asked, so that nothing is charged."""
    poe.switch(mood)
    _, error = await ask(poe, [{"role": "user", "content": "Well?", "files": [PICTURE]}])
    assert isinstance(error, kind)
    assert words in error.user_message
    assert poe.api_calls == []
    assert len(poe.uploads) <= 1


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"mime_type": "image/png"}', b'{"attachment_url": 5}'])
async def test_a_reply_that_can_t_be_read(body: bytes, poe: PoeSandbox) -> None:
    """Without the file's address nothing is asked."""
    async with byte_server() as server:
        server.play(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        _, error = await ask(poe, [{"role": "user", "content": "Well?", "files": [PICTURE]}], f"{server.url}/upload")
    assert isinstance(error, FileNotTaken)
    assert poe.api_calls == []


async def test_a_key_is_not_sent_elsewhere(poe: PoeSandbox) -> None:
    """A redirect is not followed, and a server that is down is told as such."""
    messages: Messages = [{"role": "user", "content": "Well?", "files": [PICTURE]}]
    async with byte_server() as server, byte_server() as stranger:
        server.play(f"HTTP/1.1 307 Moved\r\nLocation: {stranger.url}/\r\nContent-Length: 0\r\n\r\n".encode())
        _, error = await ask(poe, messages, f"{server.url}/upload")
        assert isinstance(error, FileNotTaken)
        assert not stranger.requests
    _, error = await ask(poe, messages, f"{server.url}/upload")
    assert isinstance(error, FileNotTaken)
    assert poe.api_calls == []
