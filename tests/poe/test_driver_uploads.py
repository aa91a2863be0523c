"""Files that go along with a prompt, through the file input of Poe's page in real Chromium (next.md section B1)."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.conversation import Messages, PromptFile, Snapshot, State
from bot.errors import FileNotTaken, QuothError
from bot.poe.client import PoeClient
from sandbox.poe.answers.made import square
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import ALICE, PROMPT, PoeBrowser, received, streamed

PICTURE = PromptFile("fog in the «harbour».png", "image/png", square())
LARGE = PromptFile("paper.pdf", "application/pdf", b"%PDF-1.7" + bytes(range(256)) * 4_000)  # in two parts
NOTHING = PromptFile("empty.mp3", "audio/mpeg", b"")


async def asked(
    client: PoeClient, files: Sequence[PromptFile], handle: str = "GPT-4"
) -> tuple[list[Snapshot], QuothError | None]:
    """Ask with files; return all snapshots, and the error that ended the ask, if one did."""

    async def make() -> Messages:
        return [{"role": "user", "content": PROMPT, "files": files}]

    taken: list[Snapshot] = []
    async with client.stream(ALICE, handle, make) as snapshots:
        try:
            async for snapshot in snapshots:
                taken.append(snapshot)  # noqa: PERF401 - what was taken before an error counts
        except QuothError as error:
            return taken, error
    return taken, None


@pytest.mark.parametrize(
    "mood",
    [
        *("quiet", "hydration=0.6", "late-send=0.6", "upload-slow=1.5", "rehash", "no-author"),
        *("upload-first", "upload-multipart"),
    ],
)
async def test_files_are_sent_with_the_prompt_once(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """The page has them whole and under their names before Send is pressed, however long that takes."""
    poe.switch(mood)
    async with poe_browser.client(poe) as client:
        snapshots, error = await asked(client, [PICTURE, LARGE, NOTHING])
    assert error is None
    assert snapshots[-1].text == poe.answer(poe.ledger[0])
    assert received(poe) == ([PROMPT], 0, [])
    assert poe.ledger[0].attachments == (PICTURE.name, LARGE.name, NOTHING.name)
    assert poe.ledger[0].uploads == (PICTURE.data, LARGE.data, NOTHING.data)


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("no-files", "This model takes no files on Poe."),
        ("upload-dropped", "Poe didn't accept a file of this question."),
        ("upload-slow=3600", "Poe took too long to accept a file."),
        ("unsupported-file-type", "This model doesn't read files of this kind."),
        ("file-too-large", "A file of this question is too large for Poe."),
    ],
)
async def test_a_file_that_poe_refuses(mood: str, words: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """The ask ends with a sentence, unanswered, and the next prompt on that page goes without the file."""
    poe.switch(mood)
    async with poe_browser.client(poe, upload=2.0) as client:
        _, error = await asked(client, [PICTURE])
        assert isinstance(error, FileNotTaken)
        assert words in error.user_message
        assert not any(sent.accepted for sent in poe.ledger)
        poe.switch(mood.partition("=")[0], on=False)
        snapshots, error = await streamed(client, "two")
    assert (snapshots[-1].state, error) == (State.DONE, None)
    assert (poe.ledger[-1].text, poe.ledger[-1].attachments) == ("two", ())


async def test_an_upload_before_the_prompt_that_fails(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """A file that Poe refuses while it is uploaded ends the ask with a sentence, and nothing is sent."""
    poe.switch("upload-first")
    poe.switch("upload-status")
    async with poe_browser.client(poe, upload=2.0) as client:
        _, error = await asked(client, [PICTURE])
    assert isinstance(error, FileNotTaken)
    assert "Poe didn't accept a file of this question." in error.user_message
    assert poe.ledger == []


@pytest.mark.parametrize("form", ["quiet", "upload-first"])
async def test_a_person_who_leaves_leaves_no_file_behind(form: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """When an ask is left while its file is uploaded, the next prompt on that page goes without it."""
    poe.switch("upload-slow=3")
    poe.switch(form)
    async with poe_browser.client(poe) as client:
        leaving = asyncio.create_task(asked(client, [PICTURE]))
        await poe.wait(lambda: "file_upload_begun" in poe.page_events)
        leaving.cancel()
        await asyncio.wait({leaving})
        _, error = await streamed(client, "two")
    assert error is None
    assert [(sent.text, sent.attachments) for sent in poe.ledger] == [("two", ())]
