"""What goes wrong at the official API's bot protocol on demand, as Poe's own client tells it."""

import json
from typing import Any

import aiohttp
import httpx
import pytest
from fastapi_poe.client import BotError, BotErrorNoRetry

from sandbox.poe import PoeSandbox
from sandbox.poe.answers import answer_text
from sandbox.poe.moods.catalogue import MOODS, Mood, handle_of
from tests.support.poe_api import ApiClient, Heard
from tests.support.poe_caller import FAST, finished, opened

NO_DONE = "Bot exited without sending 'done' event"


async def ask(prompt: str, bot: str = "GPT-4o") -> tuple[Heard, PoeSandbox]:
    """Ask a new sandbox once, and return what came and the sandbox, which is closed already."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        heard = await client.ask(prompt, bot)
        assert len(sandbox.api_calls) == 1, "an ask is one POST"
        return heard, sandbox


def whole(prompt: str) -> str:
    """Return the answer that a mood disturbs."""
    return answer_text.compose("GPT-4o", prompt)


async def posted(sandbox: PoeSandbox, prompt: str, **changes: Any) -> tuple[int, bytes]:
    """Post a query without a client, and return the status and the bytes."""
    query = [{"role": "user", "content": prompt}]
    ids = dict.fromkeys(("user_id", "conversation_id", "message_id"), "")
    body = {"version": "1.2", "type": "query", "query": query, **ids, **changes}
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        response = await http.post(f"{sandbox.api_url}/bot/GPT-4o", json=body)
        return response.status, await response.read()


async def test_the_bytes_are_those_of_the_protocol() -> None:
    """An event is a line with its name, a line with JSON and a blank line; meta is first and done last."""
    async with PoeSandbox(**FAST) as sandbox:
        status, found = await posted(sandbox, "hi")
        events = [event.split("\n") for event in found.decode().split("\n\n")]
        assert status == 200
        assert events[0] == ["event: meta", 'data: {"content_type": "text/markdown", "suggested_replies": true}']
        assert events[-2:] == [["event: done", "data: {}"], [""]]
        assert {lines[0] for lines in events[1:-5]} == {"event: text"}
        assert "".join(json.loads(lines[1][6:])["text"] for lines in events[1:-5]) == whole("hi")
        assert [lines[0] for lines in events[-5:-2]] == ["event: suggested_reply"] * 3


async def test_a_query_that_the_protocol_forbids_is_refused() -> None:
    """400 for another type, a role that Poe doesn't know, no messages, no JSON."""
    async with PoeSandbox(**FAST) as sandbox:
        assert (await posted(sandbox, "hi", type="question"))[0] == 400
        assert (await posted(sandbox, "hi", query=[{"role": "assistant", "content": "hi"}]))[0] == 400
        assert (await posted(sandbox, "hi", query=[]))[0] == 400
        assert (await posted(sandbox, "hi", version=None))[0] == 400


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 529])
async def test_the_api_may_refuse_with_a_status(status: int) -> None:
    """JSON instead of events, with Retry-After beside a 429."""
    heard, sandbox = await ask(f"!api-status={status}")
    assert (heard.cause, heard.items) == ("SSEError", [])
    assert sandbox.api_calls[0].status == status
    async with PoeSandbox(**FAST) as other:
        found = await posted(other, f"!api-status={status}")
        assert found[0] == status
        assert json.loads(found[1])["error"]["code"] == status


async def test_a_rate_limit_says_when_to_come_back() -> None:
    """In so many seconds."""
    async with PoeSandbox(**FAST, switches=("api-rate-limit=7",)) as sandbox, httpx.AsyncClient() as http:
        refused = await http.post(
            f"{sandbox.api_url}/bot/GPT-4o", json={}, headers={"Authorization": f"Bearer {sandbox.api_key}"}
        )
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    ("word", "text", "kind"),
    [
        ("!reached-limit", "do not have enough points", "insufficient_fund"),
        ("!balance=0", "do not have enough points", "insufficient_fund"),
        ("!insufficient-fund", "do not have enough points", "insufficient_fund"),
        ("!too-many-tokens", "too long", "user_message_too_long"),
        ("!too-long", "too long", "user_message_too_long"),
        ("!moderated", "refused", "user_caused_error"),
        ("!no-access", "Access denied", None),
        ("!not-found", "Bot does not exist", None),
    ],
)
async def test_refusals_are_events_inside_a_200(word: str, text: str, kind: str | None) -> None:
    """They forbid another try, and some have a type."""
    heard, sandbox = await ask(word)
    assert isinstance(heard.error, BotErrorNoRetry)
    error = json.loads(str(heard.error))
    assert (error["allow_retry"], error.get("error_type")) == (False, kind)
    assert text in error["text"]
    assert (sandbox.api_calls[0].status, heard.text) == (200, "")


@pytest.mark.parametrize(("word", "shown"), [("!error=0", 0), ("!error=50", 50), ("!server-error", 0)])
async def test_an_error_event_may_allow_another_try(word: str, shown: int) -> None:
    """First of all, or after text."""
    heard, _ = await ask(word)
    assert json.loads(str(heard.error)) == {"allow_retry": True, "text": "Internal server error"}
    assert not isinstance(heard.error, BotErrorNoRetry)
    assert heard.text == whole(word)[:shown]


@pytest.mark.parametrize("shown", [0, 50])
async def test_an_error_event_may_forbid_another_try(shown: int) -> None:
    """First of all, or after text."""
    heard, sandbox = await ask(f"!final-error={shown}")
    assert isinstance(heard.error, BotErrorNoRetry)
    assert heard.text == whole(f"!final-error={shown}")[:shown]
    assert sandbox.api_calls[0].state == "error"


@pytest.mark.parametrize("word", ["!silent-end=50", "!cancelled=50", "!silent-end=0"])
async def test_a_stream_may_end_without_done(word: str) -> None:
    """For the client that is no error; only `on_error` hears of it."""
    heard, _ = await ask(word)
    assert (heard.text, heard.error, heard.reports) == (whole(word)[:50] if "50" in word else "", None, [NO_DONE])


async def test_a_whole_answer_may_lack_its_done() -> None:
    """All of the text, and a report."""
    heard, sandbox = await ask("!no-done")
    assert (heard.text, heard.error, heard.reports) == (whole("!no-done"), None, [NO_DONE])
    assert [report["type"] for report in sandbox.api_reports] == ["report_error"], "and it is no ask"


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("!api-cut=50", "RemoteProtocolError"),
        ("!drop=50", "RemoteProtocolError"),
        ("!api-reset=50", "ReadError"),
        ("!broken-event=50", "BotErrorNoRetry"),
        ("!missing-key=50", "KeyError"),
    ],
)
async def test_a_stream_may_break_after_text(word: str, cause: str) -> None:
    """The text before it has arrived."""
    heard, sandbox = await ask(word)
    assert isinstance(heard.error, BotError)
    assert (heard.cause, heard.text) == (cause, whole(word)[:50])
    assert sandbox.api_calls[0].text.startswith(heard.text)  # the client may leave later than the text breaks


async def test_a_stream_may_break_before_text() -> None:
    """A FIN and a reset, each before anything else."""
    assert (await ask("!api-cut=0"))[0].cause == "RemoteProtocolError"
    assert (await ask("!api-reset=0"))[0].cause == "ReadError"


@pytest.mark.parametrize("word", ["!html", "!redirect"])
async def test_something_else_may_come_than_a_stream(word: str) -> None:
    """An HTML page with 200, or a redirect, which the client doesn't follow."""
    heard, sandbox = await ask(word)
    assert (heard.cause, heard.items) == ("SSEError", [])
    assert sandbox.api_calls[0].state == "refused"


async def test_a_client_that_follows_a_redirect_is_found_out() -> None:
    """The prompt arrives elsewhere, and the ledger says so."""
    async with PoeSandbox(**FAST) as sandbox, httpx.AsyncClient(follow_redirects=True) as http:
        await ApiClient(sandbox, http).ask("!redirect")
        assert [call.state for call in sandbox.api_calls] == ["refused", "astray"]
        assert sandbox.api_calls[1].messages[0]["content"] == "!redirect"


async def test_pings_may_come_for_ever() -> None:
    """They keep the connection busy, and the client yields nothing for them."""
    async with PoeSandbox(**FAST) as sandbox, httpx.AsyncClient(timeout=5) as http:
        heard = Heard()
        items = ApiClient(sandbox, http).items(("user", "!pings=20"), heard=heard)
        while len(heard.text) < 20:
            await anext(items)
        pinged = 0
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        await items.aclose()
        sandbox.switch("pings=0")
        body = sandbox.api_calls[0].body
        async with http.stream("POST", f"{sandbox.api_url}/bot/GPT-4o", json=body, headers=headers) as stream:
            async for line in stream.aiter_lines():
                pinged += line == "event: ping"
                if pinged == 3:
                    break


async def test_comments_fill_a_silence() -> None:
    """The answer goes on after it."""
    heard, _ = await ask("!comments=0.05")
    assert (heard.text, heard.error) == (whole("!comments=0.05"), None)
    async with PoeSandbox(**FAST) as sandbox:
        assert (await posted(sandbox, "!comments=0.05"))[1].count(b": ping\n\n") == 10


async def test_the_hardest_form_of_the_stream_is_still_the_answer() -> None:
    """Comments, all kinds of line ends, data over two lines, pieces that split characters."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        prompt = "!hard-sse 🦜 naïve"
        heard = await client.ask(prompt)
        assert (heard.text, heard.error, heard.reports) == (whole(prompt), None, [])
        _, found = await posted(sandbox, prompt)
        assert b"\r\n" in found
        assert b"\rdata: " in found
        assert b"\ndata: " in found


async def test_a_done_may_have_no_data() -> None:
    """The client takes that for an error, after the whole answer."""
    heard, _ = await ask("!empty-done")
    assert heard.text == whole("!empty-done")
    assert str(heard.error) == "Invalid JSON in 'done' event"


async def test_a_second_answer_may_come_in_between() -> None:
    """It has its own index."""
    heard, _ = await ask("!two-indices=50")
    assert (heard.text, heard.other) == (whole("!two-indices=50"), "A second answer.")


async def test_an_unknown_event_makes_the_client_report() -> None:
    """It posts a report to the same address, and goes on."""
    heard, sandbox = await ask("!unknown-event")
    assert (heard.text, heard.error) == (whole("!unknown-event"), None)
    assert [report["message"] for report in sandbox.api_reports] == ["Unknown event type: data"]


async def test_an_event_may_be_huge() -> None:
    """5 MB in one event."""
    heard, sandbox = await ask("!huge-event=5")
    assert len(heard.text) > 5_000_000
    assert heard.text == sandbox.api_calls[0].text


async def test_an_answer_may_be_replaced_with_nothing() -> None:
    """And end like that."""
    heard, sandbox = await ask("!replace-empty")
    assert (heard.text, heard.rewrites, heard.error, heard.reports) == ("", 1, None, [])
    assert sandbox.api_calls[0].text == ""


async def test_an_answer_may_have_no_event_but_done() -> None:
    """The client reports it."""
    heard, _ = await ask("!empty")
    assert (heard.items, heard.error, heard.reports) == ([], None, ["Bot returned no text in response"])


async def test_text_may_come_after_done() -> None:
    """On the wire; the client has left by then."""
    heard, _ = await ask("!after-done")
    assert heard.text == whole("!after-done")
    async with PoeSandbox(**FAST) as sandbox:
        _, found = await posted(sandbox, "!after-done")
        after = found.decode().partition("event: done")[2]
        assert "event: text" in after
        assert "event: replace_response" in after


async def test_answers_that_are_rewritten() -> None:
    """Progress lines are replaced; a helper's message stays."""
    heard, _ = await ask("!rewrite=0")
    assert (heard.text, heard.rewrites) == (whole("!rewrite=0"), 3)
    heard, _ = await ask("!several")
    assert heard.text == "Searched the sandbox and found **3 grains**.\n\n" + whole("!several")


async def test_a_server_may_go_down_in_the_middle() -> None:
    """The connection breaks; later the API is back at its address."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        heard = await client.ask("!outage=0.1")
        assert heard.cause == "ReadError"
        assert heard.text
        while (again := await client.ask("hi")).error:
            assert again.cause in ("ConnectError", "ReadError", "RemoteProtocolError")
        assert again.text == whole("hi")


@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood.row == 20], ids=handle_of)
async def test_each_mood_has_a_handle_that_the_page_serves_undisturbed(mood: Mood) -> None:
    """The steps that a mood adds for the API are skipped by the page."""
    async with opened(f"/{handle_of(mood)}") as (sandbox, page):
        await page.send("hi", handle_of(mood))
        await finished(sandbox, sandbox.ledger[0])
        assert sandbox.answer(sandbox.ledger[0]) == answer_text.compose(handle_of(mood), "hi")
