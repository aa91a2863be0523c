"""Poe's pages and the statuses of sends over HTTP, without a browser."""

import re

import aiohttp
import pytest

from tests.support.poe_caller import opened

REFUSALS = {
    "reached-limit": "reached_limit",
    "too-many-tokens": "too_many_tokens",
    "no-access": "no_access",
    "rate-limit-exceeded": "rate_limit_exceeded",
    "concurrent-messages": "concurrent_messages",
    "unsupported-file-type": "unsupported_file_type",
    "file-too-large": "file_too_large",
    "price-mismatch": "message_points_display_price_mismatch",
}


@pytest.mark.parametrize(("mood", "status"), REFUSALS.items())
async def test_a_refused_send_is_written_down_and_does_nothing_else(mood: str, status: str) -> None:
    """The reply has the status and a sentence; there is no chat, no echo, no answer."""
    async with opened() as (sandbox, caller):
        edge = await caller.send(f"!{mood}")
        (sent,) = sandbox.ledger
        assert (edge["status"], edge["message"], edge["chat"]) == (status, None, None)
        assert edge["statusMessage"]
        assert (sent.status, sent.accepted, sent.chat_id, sent.bot_ids) == (status, False, None, [])
        assert sandbox.trace == []
        if mood == "price-mismatch":
            assert (await caller.send(f"!{mood}", price=edge["price"]))["status"] == "success"


async def test_server_errors_come_at_http_200() -> None:
    """By mood, and for a query with an outdated form key or hash."""
    async with opened() as (_, caller):
        error = {"data": None, "errors": [{"message": "Server Error"}], "extensions": {"is_final": True}}
        assert await caller.send("!server-error") == error
        assert await caller.query("ChatPageQuery", {"chatCode": "x"}, **{"poe-formkey": "stale"}) == error
        assert await caller.query("RegenerateMessageMutation", {}) == {"status": 501}, "what isn't modelled is loud"


async def test_the_same_seed_gives_the_same_class_names() -> None:
    """Class names change with every start, but not in between."""
    found: list[dict[str, str]] = []
    for seed in (1, 1, 2):
        async with opened(seed=seed) as (_, caller):
            found.append(caller.data["classes"])
    assert found[0] == found[1]
    assert re.fullmatch(r"GrowingTextArea_textArea__\w{5}", found[0]["prompt"])
    assert found[0]["prompt"] != found[2]["prompt"]


async def test_handles_and_other_addresses() -> None:
    """Handles may have any case; unknown ones get a 404 with a heading, unmodelled paths a 501."""
    async with opened() as (_, caller):
        assert (await caller.visit("/gpt-3.5-turbo")).status == 200
        assert caller.data["handle"] == "GPT-3.5-Turbo"
        assert (await caller.visit("/")).status == 200
        for path in ("/No-Such-Bot", "/chat/abcdefghijklmnopqr", "/GPT-4/extra"):
            response = await caller.visit(path)
            assert response.status == 404
            assert re.search(r"<h1 class=\"[^\"]*StatusCodeError_statusCode__", await response.text())
        assert (await caller.visit("/settings")).status == 501


async def test_every_page_says_that_it_is_a_sandbox() -> None:
    """Chat, login, challenge, not found, logged out and 503 all carry the notice."""
    async with opened() as (_, caller):
        places = ("GPT-4", "login", "Sandbox-Challenge", "nobody", "Sandbox-Logged-Out-Page", "Sandbox-Unavailable")
        for path in places:
            response = await caller.visit("/" + path)
            assert "no real model answers" in await response.text(), path


async def test_challenges_stand_before_the_page() -> None:
    """A challenge has 403 with cf-mitigated, the title and the ids; one may clear when its page requests it."""
    async with opened() as (_, caller):
        for path in ("/Sandbox-Challenge", "/Sandbox-Challenge-Clears"):
            response = await caller.visit(path)
            text = await response.text()
            assert (response.status, response.headers["cf-mitigated"]) == (403, "challenge")
            assert "<title>Just a moment...</title>" in text
            assert 'id="challenge-stage"' in text
            assert "/cdn-cgi/challenge-platform/" in text
        assert (await caller.visit("/cdn-cgi/challenge-platform/scripts/challenge.js")).status == 200


async def test_a_login_is_wanted_where_the_option_says_so() -> None:
    """Without the cookie: 307 to /login and 401 for data; any e-mail and 123456 give a persistent cookie."""
    async with opened(login=True) as (sandbox, caller):
        response = await caller.visit("/GPT-4")
        assert (response.status, response.headers["Location"]) == (307, "/login?redirect_url=%2FGPT-4")
        assert not response.cookies
        async with aiohttp.ClientSession(sandbox.url) as http:
            assert (await http.get("/api/settings")).status == 401
            assert (await http.post("/api/login", json={"email": "a@b", "code": "000000"})).status == 400
            given = (await http.post("/api/login", json={"email": "a@b", "code": "123456"})).cookies["p-b"]
            assert int(given["max-age"]) > 300 * 24 * 3600
            cookies = {"p-b": given.value}
            assert (await http.get("/GPT-4", cookies=cookies)).status == 200
            back = await http.get("/login?redirect_url=%2F%2Fevil.test", cookies=cookies, allow_redirects=False)
            assert back.headers["Location"] == "/"
            sandbox.log_out()
            assert (await http.get("/GPT-4", cookies=cookies, allow_redirects=False)).status == 307


async def test_a_login_wall_falls_for_a_person_who_signs_in() -> None:
    """Even without the login option the guest cookie isn't enough; the one from /login is."""
    async with opened("/Sandbox-Login-Wall") as (sandbox, caller):
        assert [(await caller.visit("/Sandbox-Login-Wall")).status for _ in range(2)] == [307, 307]
        assert (await caller.visit("/GPT-4")).status == 200
        await caller.sign_in()
        assert (await caller.visit("/Sandbox-Login-Wall")).status == 200
        assert [visit.status for visit in sandbox.visits] == [307, 307, 307, 200, 200]


async def test_a_false_logout_happens_once() -> None:
    """The first visit redirects to /login, the next one works."""
    async with opened() as (_, caller):
        statuses = [(await caller.visit("/Sandbox-False-Logout")).status for _ in range(3)]
        assert statuses == [307, 200, 200]
