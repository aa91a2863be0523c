"""The bot query protocol of the official API, read by Poe's own client."""

import aiohttp
import pytest

from sandbox.poe import PoeSandbox
from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import Bytes, State, Text, Type
from tests.support.poe_api import ApiClient, Heard
from tests.support.poe_caller import FAST, finished, opened


async def ask(prompt: str, bot: str = "GPT-4o", key: str | None = None) -> tuple[Heard, PoeSandbox]:
    """Ask a new sandbox once, and return what came and the sandbox, which is closed already."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        return await client.ask(prompt, bot, key), sandbox


async def test_the_api_gives_the_page_s_answer() -> None:
    """The same text for the same prompt, with suggested replies; one POST, recorded with its key and messages."""
    async with opened() as (sandbox, page), ApiClient.opened(sandbox) as client:
        heard = await client.ask("What is a quine?", "gpt-4o")
        await page.settings("/GPT-4o")
        await page.send("What is a quine?", "GPT-4o")
        await finished(sandbox, sandbox.ledger[0])
        assert heard.text == sandbox.answer(sandbox.ledger[0])
        assert heard.suggested == list(answer_text.followups("GPT-4o"))
        assert (heard.error, heard.reports, heard.rewrites) == (None, [], 0)
        [call] = sandbox.api_calls
        assert (call.path, call.model, call.handle) == ("/bot/gpt-4o", "gpt-4o", "GPT-4o")
        assert call.authorization == f"Bearer {sandbox.api_key}"
        assert [(message["role"], message["content"]) for message in call.messages] == [("user", "What is a quine?")]
        assert (call.status, call.state, call.text) == (200, "complete", heard.text)
        assert call.progress[-1][1] == len(heard.text)


async def test_a_conversation_is_answered_as_on_the_page() -> None:
    """Roles user, bot and system become the lines that a page is asked."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        heard = Heard()
        turns = [("system", "Be brief."), ("user", "Alice: hello"), ("bot", "Hi."), ("user", "Bob: and now?")]
        async for _ in client.items(*turns, heard=heard):
            pass
        prompt = "System: Be brief.\nUser: Alice: hello\nAssistant: Hi.\nUser: Bob: and now?\nAssistant:"
        assert heard.text == answer_text.compose("GPT-4o", prompt)


async def test_a_wrong_key_is_refused() -> None:
    """401, and nothing else; the ask is recorded."""
    heard, sandbox = await ask("hi", key="wrong")
    assert heard.cause == "SSEError", "the client looks at no status: it misses the event stream"
    assert [(call.status, call.state) for call in sandbox.api_calls] == [(401, "refused")]


async def test_a_stream_that_is_left_is_recorded_so() -> None:
    """Leaving the iterator closes the connection, and the answer grows no further."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        items = client.items(("user", "!stall=20"), heard=(heard := Heard()))
        while not heard.text:
            await anext(items)
        await items.aclose()
        await sandbox.wait(lambda: sandbox.api_calls[0].state == "hung up")
        assert len(sandbox.api_calls) == 1


async def test_scripts_answer_here_too() -> None:
    """A replaced text comes as a rewrite; bytes come as they are."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        late = Bytes(b'event: text\ndata: {"text": " and bytes\\u2028"}\n\n')
        script = sandbox.script("GPT-4", [Text("One"), Type("Two"), late, State("complete")])
        heard = await client.ask("hi", "GPT-4")
        assert (heard.text, heard.rewrites) == ("Two and bytes\u2028", 1)
        assert script.played == 4
        sandbox.script("GPT-4", [Text("no end")])
        assert (await client.ask("hi", "GPT-4")).reports == ["Bot exited without sending 'done' event"]
        assert [call.state for call in sandbox.api_calls] == ["complete", "incomplete"]


async def test_points_are_spent_and_told() -> None:
    """The balance falls by what the newest row of the history says; rows come in pages, newest first."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        async with aiohttp.ClientSession(sandbox.api_url, headers=headers) as http:
            before = (await (await http.get("/usage/current_balance")).json())["current_point_balance"]
            await client.ask("hi", "Claude-Sonnet-5.5")
            after = (await (await http.get("/usage/current_balance")).json())["current_point_balance"]
            newest = await (await http.get("/usage/points_history?limit=1")).json()
            [row] = newest["data"]
            assert (newest["has_more"], newest["length"]) == (True, 1)
            assert (row["bot_name"], row["usage_type"], row["cost_points"]) == (
                "Claude-Sonnet-5.5", "API", before - after
            )  # fmt: skip
            assert row["cost_points"] == sandbox.api_calls[0].cost > 0
            rest = await (await http.get(f"/usage/points_history?starting_after={row['query_id']}")).json()
            assert [older["usage_type"] for older in rest["data"]] == ["Chat", "Canvas App"]
            assert not rest["has_more"]
            assert (await http.get("/usage/points_history?limit=0")).status == 400


@pytest.mark.parametrize("path", ["/usage/current_balance", "/usage/points_history"])
async def test_points_are_shown_only_with_the_key(path: str) -> None:
    """401 in the documented form."""
    async with PoeSandbox(**FAST) as sandbox, aiohttp.ClientSession(sandbox.api_url) as http:
        response = await http.get(path)
        error = (await response.json())["error"]
        assert (response.status, error["type"], error["code"]) == (401, "authentication_error", 401)


async def test_what_the_account_loses_it_loses_here_too() -> None:
    """Used-up points and an ended login are the account's, until all is well again."""
    async with PoeSandbox(**FAST) as sandbox, ApiClient.opened(sandbox) as client:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        async with aiohttp.ClientSession(sandbox.api_url, headers=headers) as http:
            sandbox.use_up_points(60)
            assert "do not have enough points" in str((await client.ask("hi")).error)
            assert (await (await http.get("/usage/current_balance")).json())["current_point_balance"] == 0
            sandbox.reset()
            sandbox.log_out()
            assert (await client.ask("hi")).cause == "SSEError"
            assert (await http.get("/usage/current_balance")).status == 401
            sandbox.log_in()
            assert (await client.ask("hi")).error is None


async def test_models_are_listed_for_everybody() -> None:
    """Ids are in lower case and display names aren't; prices and contexts may be null; the retired aren't listed."""
    async with PoeSandbox(**FAST) as sandbox, aiohttp.ClientSession(sandbox.api_url) as http:
        listed = (await (await http.get("/v1/models")).json())["data"]
        by_id = {model["id"]: model for model in listed}
        assert all(model["id"] == model["metadata"]["display_name"].lower() for model in listed)
        assert by_id["claude-sonnet-5.5"]["metadata"]["display_name"] == "Claude-Sonnet-5.5"
        assert by_id["kimi-k3"]["pricing"] is by_id["kimi-k3"]["context_window"] is None
        assert by_id["gpt-4o"]["pricing"]["prompt"] == "0.0000022"
        assert by_id["veo-3.1"]["architecture"]["output_modalities"] == ["video"]
        assert "assistant" in by_id
        assert "gpt-3.5-turbo" not in by_id
        sandbox.api_models.clear()
        assert (await (await http.get("/v1/models")).json())["data"] == []
        sandbox.switch("models-down")
        assert (await http.get("/v1/models")).status == 503


async def test_an_unlisted_model_answers() -> None:
    """The list is no full catalogue; a bot that there isn't gets an error event."""
    heard, _ = await ask("hi", "gpt-3.5-turbo")
    assert heard.text == answer_text.compose("GPT-3.5-Turbo", "hi")
    heard, sandbox = await ask("hi", "No-Such-Bot")
    assert "Bot does not exist" in str(heard.error)
    assert [(call.status, call.state) for call in sandbox.api_calls] == [(200, "refused")]
