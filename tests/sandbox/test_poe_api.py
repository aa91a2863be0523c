"""The official API, as any OpenAI client would use it."""

import json
from typing import Any

import aiohttp
import pytest

from sandbox.poe import PoeSandbox
from sandbox.poe.answers import answer_text
from tests.support.poe_caller import FAST


def client(sandbox: PoeSandbox, key: str | None = None) -> aiohttp.ClientSession:
    """A client with a key."""
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {key or sandbox.api_key}"})


def body(prompt: str, model: str = "GPT-4", **more: object) -> dict[str, Any]:
    """Request a completion."""
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **more}


async def refused(sandbox: PoeSandbox, request: dict[str, Any], key: str | None = None) -> tuple[int, str]:
    """Return the status and code of a refusal."""
    async with client(sandbox, key) as http:
        response = await http.post(f"{sandbox.api_url}/chat/completions", json=request)
        error = (await response.json())["error"]
        assert error["message"]
        assert error["type"]
        return response.status, error["code"]


async def streamed(sandbox: PoeSandbox, prompt: str, model: str = "GPT-4") -> tuple[str, str | None, bool]:
    """Return a streamed answer: its text, its finish_reason, whether [DONE] came."""
    async with client(sandbox) as http:
        response = await http.post(f"{sandbox.api_url}/chat/completions", json=body(prompt, model, stream=True))
        assert (response.status, response.content_type) == (200, "text/event-stream")
        lines = (await response.text()).split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line not in ("", "data: [DONE]")]
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    return text, chunks[-1]["choices"][0]["finish_reason"], "data: [DONE]" in lines


async def test_models_are_listed_for_everybody() -> None:
    """Handles are ids; Assistant isn't served."""
    async with PoeSandbox(**FAST) as sandbox, aiohttp.ClientSession() as http:
        listed = await (await http.get(f"{sandbox.api_url}/models")).json()
        ids = [model["id"] for model in listed["data"]]
        assert "Claude-Opus-4.8" in ids
        assert "Assistant" not in ids
        assert sandbox.api_url.rpartition(":")[2] != sandbox.url.rpartition(":")[2]


async def test_an_answer_comes_in_pieces_or_whole() -> None:
    """Both give the site's answer; the call is recorded, and the limits are in the headers."""
    async with PoeSandbox(**FAST) as sandbox, client(sandbox) as http:
        text, reason, done = await streamed(sandbox, "hello", "gpt-4")
        assert (text, reason, done) == (answer_text.compose("GPT-4", "hello"), "stop", True)
        response = await http.post(f"{sandbox.api_url}/chat/completions", json=body("hello"))
        whole = await response.json()
        assert whole["choices"][0] == {
            "index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"
        }  # fmt: skip
        assert response.headers["x-ratelimit-limit-requests"] == "500"
        assert response.headers["x-ratelimit-remaining-requests"] == "498"
        assert [(call.model, call.stream, call.status) for call in sandbox.api_calls] == [
            ("gpt-4", True, 200), ("GPT-4", False, 200)
        ]  # fmt: skip
        assert sandbox.ledger == [], "nothing reached the site"


@pytest.mark.parametrize(
    ("prompt", "model", "expected"),
    [
        ("!reached-limit", "GPT-4", (402, "insufficient_quota")),
        ("hi", "Sandbox-Limit-At", (402, "insufficient_quota")),
        ("hi", "Sandbox-Rate-Limit-Exceeded", (429, "rate_limit_exceeded")),
        ("hi", "Sandbox-Not-Found", (404, "model_not_found")),
        ("hi", "No-Such-Bot", (400, "model_not_found")),
        ("hi", "Assistant", (400, "model_not_found")),
        ("!no-access", "GPT-4", (403, "no_access")),
        ("!server-error", "GPT-4", (500, "internal_error")),
        ("!unavailable", "GPT-4", (503, "unavailable")),
    ],
)
async def test_refusals(prompt: str, model: str, expected: tuple[int, str]) -> None:
    """Each has its status and code, by handle and by word, streaming or not."""
    async with PoeSandbox(**FAST) as sandbox:
        for stream in (True, False):
            assert await refused(sandbox, body(prompt, model, stream=stream)) == expected
        assert [call.status for call in sandbox.api_calls] == [expected[0]] * 2


async def test_a_wrong_key_is_refused() -> None:
    """401 invalid_api_key; the site's points count here too."""
    async with PoeSandbox(**FAST) as sandbox:
        assert await refused(sandbox, body("hi"), "wrong") == (401, "invalid_api_key")
        sandbox.use_up_points(60)
        assert await refused(sandbox, body("hi")) == (402, "insufficient_quota")


async def test_too_many_requests_say_when_to_come_back() -> None:
    """The 501st request in a minute is refused, with none remaining."""
    async with PoeSandbox(**FAST) as sandbox, client(sandbox) as http:
        await http.post(f"{sandbox.api_url}/chat/completions", json=body("hi"))
        sandbox.api_calls.extend(sandbox.api_calls * 499)
        response = await http.post(f"{sandbox.api_url}/chat/completions", json=body("hi"))
        assert response.status == 429
        assert response.headers["x-ratelimit-remaining-requests"] == "0"
        assert int(response.headers["x-ratelimit-reset-requests"]) > 0


async def test_a_stream_may_end_in_silence() -> None:
    """Some characters, no finish_reason and no [DONE]; so does one whose answer fails."""
    async with PoeSandbox(**FAST) as sandbox:
        whole = answer_text.compose("GPT-4", "!silent-end=50")
        assert await streamed(sandbox, "!silent-end=50") == (whole[:50], None, False)
        assert (await streamed(sandbox, "!error=40"))[1:] == (None, False)
        assert await refused(sandbox, body("!silent-end=50")) == (500, "internal_error")


async def test_answer_moods_hold_here_too() -> None:
    """Reasoning comes first, an image is all there is, an empty answer is complete."""
    async with PoeSandbox(**FAST) as sandbox:
        assert (await streamed(sandbox, "!thinking"))[0].startswith("*Thinking...*\n\n> ")
        assert (await streamed(sandbox, "!image=0"))[0].startswith("![a lemon")
        assert await streamed(sandbox, "!empty") == ("", "stop", True)


async def test_whoever_hangs_up_on_a_stalled_stream_leaves_nothing_behind() -> None:
    """The sandbox closes at once."""
    async with PoeSandbox(**FAST) as sandbox, client(sandbox) as http:
        response = await http.post(f"{sandbox.api_url}/chat/completions", json=body("!stall=20", stream=True))
        assert await response.content.readline()
        response.close()
