"""Uploads to the official API, and the files that its answers bring."""

import httpx
import pytest
from fastapi_poe.client import AttachmentUploadError, upload_file

from sandbox.poe import PoeSandbox
from tests.support.poe_api import ApiClient
from tests.support.poe_caller import FAST

PNG = b"\x89PNG\r\n\x1a\n"


async def upload(sandbox: PoeSandbox, name: str, data: bytes, key: str | None = None, tries: int = 1) -> str:
    """Upload with Poe's client, and return the address and the content type that Poe says."""
    base = sandbox.upload_url.removesuffix("/file_upload_3RD_PARTY_POST")
    attachment = await upload_file(
        data, None, name, key or sandbox.api_key, base_url=base, num_tries=tries, on_error=lambda _, __: None,
        retry_sleep_time=0,
    )  # fmt: skip
    return f"{attachment.url} {attachment.content_type}"


async def test_an_upload_is_recorded_and_served() -> None:
    """The name says the content type, whatever the client claims; everybody who has the address gets the bytes."""
    async with PoeSandbox(**FAST) as sandbox, httpx.AsyncClient() as http:
        url, content_type = (await upload(sandbox, "notes.txt", b"hello")).split()
        assert content_type == "text/plain"
        assert url.startswith(f"{sandbox.api_url}/base/text/")
        found = await http.get(url)
        assert (found.content, found.headers["Content-Type"]) == (b"hello", "text/plain")
        [record] = sandbox.uploads
        assert (record.name, record.data, record.status, record.url) == ("notes.txt", b"hello", 200, url)
        assert record.authorization == sandbox.api_key, "without Bearer"


@pytest.mark.parametrize(("key", "mood", "status"), [("wrong", None, 401), (None, "upload-status", 413)])
async def test_an_upload_may_be_refused(key: str | None, mood: str | None, status: int) -> None:
    """For its key or its size; the client tries twice unless told otherwise."""
    async with PoeSandbox(**FAST, switches=(mood,) if mood else ()) as sandbox:
        for tries in (1, 2):
            with pytest.raises(AttachmentUploadError, match=f"^{status} "):
                await upload(sandbox, "a.png", PNG, key, tries)
        assert [record.status for record in sandbox.uploads] == [status] * 3


async def test_an_upload_may_be_slow() -> None:
    """It is answered, later."""
    async with PoeSandbox(**FAST, switches=("upload-slow=0.05",)) as sandbox:
        assert "image/png" in await upload(sandbox, "a.png", PNG)


async def test_an_upload_by_address_is_not_simulated() -> None:
    """It is refused, not pretended."""
    async with PoeSandbox(**FAST) as sandbox, httpx.AsyncClient() as http:
        form = {"download_url": "http://127.0.0.1/a.png"}
        refused = await http.post(sandbox.upload_url, data=form, headers={"Authorization": sandbox.api_key})
        assert refused.status_code == 400


async def test_an_answer_may_bring_a_file() -> None:
    """An event with its address, name, type and reference, and a Markdown image that refers to it."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        heard = await client.ask("!file")
        [file] = heard.files
        assert (file.content_type, file.name, file.inline_ref) == ("image/png", "sand.png", "image_0")
        assert heard.text.endswith("![a square of sand][image_0]")
        found = await client.session.get(file.url)
        assert found.headers["Content-Type"] == "image/png"
        assert found.content.startswith(PNG)
        assert (await client.ask("!nameless-file")).cause == "KeyError"


@pytest.mark.parametrize(
    ("word", "status", "content_type", "size"),
    [
        ("!file-status=403", 403, None, 0),
        ("!file-status=404", 404, None, 0),
        ("!file-size=30", 200, "image/png", 30_000_000),
        ("!file-type", 200, "text/html", None),
        ("!file-slow=0.05", 200, "image/png", None),
        ("!file-redirect", 302, None, 0),
    ],
)
async def test_a_file_may_be_hard_to_get(word: str, status: int, content_type: str | None, size: int | None) -> None:
    """Gone, forbidden, huge, of another type, slow, elsewhere."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        heard = await client.ask(f"!file {word}")
        found = await client.session.get(heard.files[0].url)
        assert (found.status_code, found.headers.get("Content-Type")) == (status, content_type)
        assert size is None or len(found.content) == size
        assert ("localhost" in found.headers.get("Location", "")) == (status == 302)


async def test_an_unknown_file_is_not_found() -> None:
    """404."""
    async with PoeSandbox(**FAST) as sandbox, httpx.AsyncClient() as http:
        assert (await http.get(f"{sandbox.api_url}/base/image/ab?w=8&h=8")).status_code == 404
