"""The OpenAI form of the official API, read by OpenAI's own client."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from sandbox.poe import PoeSandbox
from sandbox.poe.answers import answer_text
from tests.support.poe_caller import FAST


@asynccontextmanager
async def opened(key: str | None = None) -> AsyncGenerator[tuple[PoeSandbox, openai.AsyncOpenAI]]:
    """A sandbox and a client that asks once, not thrice."""
    async with PoeSandbox(**FAST) as sandbox:
        url = f"{sandbox.api_url}/v1"
        async with openai.AsyncOpenAI(api_key=key or sandbox.api_key, base_url=url, max_retries=0, timeout=5) as client:
            yield sandbox, client


async def ask(
    client: openai.AsyncOpenAI, prompt: str, model: str = "GPT-4", more: dict[str, Any] | None = None
) -> str | None:
    """Return an answer that comes at once."""
    answer = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}], extra_body=more
    )
    return answer.choices[0].message.content


async def streamed(
    client: openai.AsyncOpenAI, prompt: str, model: str = "GPT-4", more: dict[str, Any] | None = None
) -> list[ChatCompletionChunk]:
    """Return an answer that comes in pieces."""
    stream = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}], stream=True, extra_body=more
    )
    return [chunk async for chunk in stream]


def text_of(chunks: list[ChatCompletionChunk]) -> tuple[str, str | None]:
    """Return the text of the pieces, and how they finished."""
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    return "".join(choice.delta.content or "" for choice in choices), choices[-1].finish_reason


async def test_an_answer_comes_in_pieces_or_whole() -> None:
    """Both give the site's answer and its usage; each is one POST, and nothing reaches the site."""
    async with opened() as (sandbox, client):
        whole = answer_text.compose("GPT-4", "hello")
        chunks = await streamed(client, "hello", "gpt-4", {"stream_options": {"include_usage": True}})
        assert text_of(chunks) == (whole, "stop")
        assert chunks[-1].choices == []
        assert chunks[-1].usage
        assert chunks[-1].usage.completion_tokens > 0
        assert await ask(client, "hello") == whole
        assert [(call.path, call.model, call.stream, call.state) for call in sandbox.api_calls] == [
            ("/v1/chat/completions", "gpt-4", True, "complete"), ("/v1/chat/completions", "GPT-4", False, "complete")
        ]  # fmt: skip
        assert sandbox.ledger == []
        assert sandbox.balance.history[-1].points == sandbox.api_calls[-1].cost > 0


async def test_a_stream_ends_with_done() -> None:
    """On the wire each piece is one line of data, and the last one is [DONE]."""
    async with PoeSandbox(**FAST) as sandbox, aiohttp.ClientSession() as http:
        request = {"model": "GPT-4", "messages": [{"role": "user", "content": "hello"}], "stream": True}
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        response = await http.post(f"{sandbox.api_url}/v1/chat/completions", json=request, headers=headers)
        assert (response.status, response.content_type) == (200, "text/event-stream")
        lines = (await response.text()).split("\n\n")
        assert all(line.startswith('data: {"id": "chatcmpl-') for line in lines[:-2])
        assert lines[-2:] == ["data: [DONE]", ""]


@pytest.mark.parametrize(
    ("prompt", "model", "status", "kind"),
    [
        ("!reached-limit", "GPT-4", 402, "insufficient_credits"),
        ("hi", "Sandbox-Limit-At", 402, "insufficient_credits"),
        ("!balance=0", "GPT-4", 402, "insufficient_credits"),
        ("hi", "Sandbox-Rate-Limit-Exceeded", 429, "rate_limit_error"),
        ("hi", "Sandbox-Not-Found", 404, "not_found_error"),
        ("hi", "No-Such-Bot", 404, "not_found_error"),
        ("!no-access", "GPT-4", 403, "moderation_error"),
        ("!moderated", "GPT-4", 403, "moderation_error"),
        ("!too-many-tokens", "GPT-4", 413, "request_too_large"),
        ("!server-error", "GPT-4", 500, "provider_error"),
        ("!unavailable", "GPT-4", 503, "upstream_error"),
        ("!login-wall", "GPT-4", 401, "authentication_error"),
        *[
            (f"!api-status={status}", "GPT-4", status, kind)
            for status, kind in (
                (400, "invalid_request_error"), (401, "authentication_error"), (402, "insufficient_credits"),
                (403, "moderation_error"), (404, "not_found_error"), (408, "timeout_error"),
                (413, "request_too_large"), (429, "rate_limit_error"), (500, "provider_error"),
                (502, "upstream_error"), (529, "overloaded_error"),
            )
        ],
    ],
)  # fmt: skip
async def test_refusals(prompt: str, model: str, status: int, kind: str) -> None:
    """Each has its documented status and type, by handle and by word, streaming or not."""
    async with opened() as (sandbox, client):
        for way in (ask, streamed):
            with pytest.raises(openai.APIStatusError) as refused:
                await way(client, prompt, model)
            assert (refused.value.status_code, refused.value.type) == (status, kind)
        assert [(call.status, call.state) for call in sandbox.api_calls] == [(status, "refused")] * 2


async def test_an_error_has_the_documented_form_or_the_recorded_one() -> None:
    """The code is the status, or a word beside a 400 alone."""
    async with opened() as (sandbox, client):
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client, "!api-status=400")
        assert refused.value.body == {
            "type": "invalid_request_error", "message": "Quoth's sandbox refuses with 400.", "code": 400, "metadata": {}
        }  # fmt: skip
        sandbox.switch("recorded-errors")
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client, "!api-status=400")
        assert (refused.value.code, refused.value.param) == ("model_not_found", None)
        with pytest.raises(openai.PermissionDeniedError) as forbidden:
            await ask(client, "!api-status=403")
        assert forbidden.value.body == {"type": "moderation_error", "message": "Quoth's sandbox refuses with 403."}


async def test_a_wrong_key_is_refused() -> None:
    """401; the site's points count here too."""
    async with opened("wrong") as (_, client):
        with pytest.raises(openai.AuthenticationError):
            await ask(client, "hi")
    async with opened() as (sandbox, client):
        sandbox.use_up_points(60)
        with pytest.raises(openai.APIStatusError) as refused:
            await ask(client, "hi")
        assert refused.value.status_code == 402


async def test_too_many_requests_say_when_to_come_back() -> None:
    """The 501st request in a minute is refused, with none remaining."""
    async with opened() as (sandbox, client):
        await ask(client, "hi")
        sandbox.api_calls.extend(sandbox.api_calls * 499)
        with pytest.raises(openai.RateLimitError) as refused:
            await ask(client, "hi")
        headers = refused.value.response.headers
        assert (headers["x-ratelimit-remaining-requests"], headers["Retry-After"]) == ("0", "30")
        with pytest.raises(openai.RateLimitError) as refused:
            await ask(client, "!api-rate-limit=7")


@pytest.mark.parametrize("field", [{"verbosity": "low"}, {"n": 2}])
async def test_undeclared_fields_are_refused(field: dict[str, Any]) -> None:
    """400, unless the model's entry in the list declares the field."""
    async with opened() as (_, client):
        with pytest.raises(openai.BadRequestError):
            await ask(client, "hi", "gpt-4o-mini", field)
        assert await ask(client, "hi", "gpt-4o", {"verbosity": "low"})


async def test_a_stream_may_end_in_silence() -> None:
    """Some characters, and no finish_reason; the client notices nothing."""
    async with opened() as (sandbox, client):
        whole = answer_text.compose("GPT-4", "!silent-end=50")
        assert text_of(await streamed(client, "!silent-end=50")) == (whole[:50], None)
        assert text_of(await streamed(client, "!no-done"))[1] is None
        with pytest.raises(openai.InternalServerError):
            await ask(client, "!silent-end=50")
        assert sandbox.api_calls[0].state == "incomplete"


async def test_an_answer_that_fails_sends_an_error_in_the_stream() -> None:
    """After the text there was."""
    async with opened() as (_, client):
        with pytest.raises(openai.APIError, match="Internal server error"):
            await streamed(client, "!error=40")
        with pytest.raises(openai.APIStatusError) as refused:
            await ask(client, "!too-long")
        assert refused.value.status_code == 413


@pytest.mark.parametrize("word", ["!api-cut=40", "!api-reset=40", "!drop=40"])
async def test_a_connection_may_be_cut(word: str) -> None:
    """In the middle of the body."""
    async with opened() as (sandbox, client):
        with pytest.raises(openai.APIConnectionError):
            await streamed(client, word)
        assert [call.state for call in sandbox.api_calls] == ["cut"]


async def test_answer_moods_hold_here_too() -> None:
    """Reasoning comes first; replaced texts are glued together, and only the whole answer lacks them."""
    async with opened() as (_, client):
        assert text_of(await streamed(client, "!thinking"))[0].startswith("*Thinking...*\n\n> ")
        assert text_of(await streamed(client, "!image=0"))[0].startswith("Generating image (1s elapsed)Generating")
        assert (await ask(client, "!image=0") or "").startswith("![a lemon")
        assert text_of(await streamed(client, "!empty")) == ("", "stop")


async def test_a_client_that_hangs_up_on_a_stalled_stream_leaves_nothing_behind() -> None:
    """The sandbox notes it, and closes at once."""
    async with opened() as (sandbox, client):
        stream = await client.chat.completions.create(
            model="GPT-4", messages=[{"role": "user", "content": "!stall=20"}], stream=True
        )
        await anext(aiter(stream))
        await stream.close()
        await sandbox.wait(lambda: sandbox.api_calls[0].state == "hung up")
