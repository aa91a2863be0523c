"""Poe's own client as Quoth uses it, on bytes: every event, and every trap of next.md sections A2 and A10."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from bot.conversation import AnswerFile, Messages, Snapshot, State
from bot.errors import (
    AnswerCut,
    AnswerFailed,
    AnswerRefused,
    AnswerStalled,
    KeyRefused,
    LimitReached,
    ModelOverloaded,
    ModelUnavailable,
    NotSent,
    PoeUnreachable,
    PromptTooLong,
    QuothError,
    RateLimited,
)
from bot.poe.api.backend import ApiBackend
from bot.poe.api.limits import TimeLimits
from tests.support.byte_server import DONE, END, EVENTS, ByteServer, Step, answer, byte_server, event, reply

KEY = "key-of-tests-5f0c"
SECRET = "what somebody asked"
MESSAGES: Messages = [{"role": "user", "content": SECRET}]
HALF = event("text", {"text": "Half an "})
QUICK = TimeLimits(first_text=0.2, silence=0.2, total=5.0)


@pytest.fixture
async def server() -> AsyncGenerator[ByteServer]:
    """A server that says what a test tells it; a test that hangs ends."""
    async with asyncio.timeout(30.0), byte_server() as made:
        yield made


async def ask(
    server: ByteServer, *, handle: str = "GPT-4o", key: str = KEY, limits: TimeLimits = TimeLimits()
) -> tuple[list[Snapshot], QuothError | None]:
    """Ask once by the API; return all snapshots, and the error that ended them, if one did."""
    backend, taken = ApiBackend(server.url, key, limits=limits), list[Snapshot]()
    try:
        async with backend.stream(handle, MESSAGES, lambda: 0.0) as snapshots:
            async for snapshot in snapshots:
                taken.append(snapshot)  # what was taken before an error counts
    except QuothError as error:
        return taken, error
    finally:
        await backend.close()
    return taken, None


async def test_an_answer_grows_and_is_asked_for_once(server: ByteServer) -> None:
    """Each text is a snapshot of all so far; one POST with the key and the conversation in Poe's own roles is sent."""
    server.play(*answer(event("meta", {"content_type": "text/markdown"}), HALF, event("text", {"text": "answer."})))
    backend = ApiBackend(server.url, KEY)
    messages: Messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Ada: Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Well?\ud83d"},
    ]
    async with backend.stream("GPT-4o", messages, lambda: 0.0) as snapshots:
        found = [snapshot async for snapshot in snapshots]
    await backend.close()
    assert found == [
        Snapshot("Half an ", State.STREAMING),
        Snapshot("Half an answer.", State.STREAMING),
        Snapshot("Half an answer.", State.DONE),
    ]
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/bot/GPT-4o")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert [(each["role"], each["content"]) for each in request.json["query"]] == [
        ("system", "Be brief."),
        ("user", "Ada: Hi"),
        ("bot", "Hello"),
        ("user", "Well?\ufffd"),
    ]
    assert KEY.encode() not in request.body


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([HALF, event("replace_response", {"text": "Done."})], "Done."),
        (
            [
                event("replace_response", {"text": "Thinking... (1s elapsed)"}),
                event("replace_response", {"text": "Thinking... (2s elapsed)"}),
                event("replace_response", {"text": "42"}),
                event("text", {"text": "!"}),
            ],
            "42!",
        ),
        ([HALF, event("replace_response", {"text": ""})], ""),
        ([], ""),
        ([HALF, event("ping", {}), event("text", {"text": "answer."})], "Half an answer."),
        ([HALF, event("data", {"metadata": "x"}), event("unheard-of", {}), event("text", {"text": "o"})], "Half an o"),
        ([HALF, event("json", {"choices": []}), event("meta", {"linkify": 7})], "Half an "),
        ([event("meta", {"linkify": 7}), HALF], "Half an "),
        ([HALF, END.replace(b"0", b"2\r\n:\n", 1)[:-2]], "Half an "),
        ([event("text", {"text": "a\u2028b\u0085c\rd"})], "a\u2028b\u0085c\rd"),
        ([event("text", {"text": "x" * 5_000_000})], "x" * 5_000_000),
        ([HALF, event("text", {"text": "B1 ", "index": 1}), event("text", {"text": "A"})], "Half an A\n\nB1 "),
        ([HALF, event("text", {"text": "B", "index": 1}), event("replace_response", {"text": "A"})], "A\n\nB"),
    ],
    ids=range(13),
)
async def test_every_event_has_its_meaning(events: list[bytes], text: str, server: ByteServer) -> None:
    """Texts are added or replaced, each in its own answer; what is no text changes nothing and causes no request."""
    server.play(*answer(*events))
    taken, error = await ask(server)
    assert error is None
    assert (taken[-1].text, taken[-1].state) == (text, State.DONE)
    assert len(server.requests) == 1


async def test_nothing_counts_after_the_end(server: ByteServer) -> None:
    """A text after ``done`` is not believed."""
    server.play(EVENTS, HALF, DONE, event("replace_response", {"text": "forged"}), END)
    taken, error = await ask(server)
    assert (taken[-1], error) == (Snapshot("Half an ", State.DONE), None)


async def test_suggestions_and_files_are_parts_of_the_answer(server: ByteServer) -> None:
    """Suggested replies and files come with the snapshot, in their order."""
    picture = {"url": "http://x/a?w=8", "content_type": "image/png", "name": "a.png", "inline_ref": "r1"}
    sound = {"url": "http://x/b", "content_type": "audio/mpeg", "name": "b.mp3"}
    events = [event("file", picture), event("text", {"text": "![a][r1]"}), event("file", sound)]
    events += [event("suggested_reply", {"text": "And then?"}), event("suggested_reply", {"text": "Why?"})]
    server.play(*answer(*events))
    taken, error = await ask(server)
    files = (AnswerFile("http://x/a?w=8", "image/png", "a.png", "r1"), AnswerFile("http://x/b", "audio/mpeg", "b.mp3"))
    end = Snapshot("![a][r1]", State.DONE, suggestions=("And then?", "Why?"), files=files)
    assert (taken[-1], error) == (end, None)
    assert taken[0] == replace(end, text="", state=State.STREAMING, suggestions=(), files=files[:1])


@pytest.mark.parametrize("before", [[], [HALF]], ids=["before the text", "after it"])
@pytest.mark.parametrize(
    "steps",
    [[END], ["close"], ["reset"], [event("ping", {}), "close"], [b"zzz\r\n", END]],
    ids=["no done", "cut", "reset", "cut after a ping", "broken chunks"],
)
async def test_an_answer_without_its_end_is_not_complete(
    before: list[Step], steps: list[Step], server: ByteServer
) -> None:
    """However an answer breaks off, what arrived is kept, it counts as cut, and it is not asked for again."""
    server.play(EVENTS, *before, *steps)
    taken, error = await ask(server)
    assert [snapshot.text for snapshot in taken] == ["Half an "] * len(before)
    assert type(error) is AnswerCut
    assert len(server.requests) == 1


@pytest.mark.parametrize("steps", [["close"], ["reset"]])
async def test_a_request_without_a_reply_is_not_sent_again(steps: list[Step], server: ByteServer) -> None:
    """Where nobody knows whether Poe took a question, it is not asked again."""
    server.play(*steps)
    taken, error = await ask(server)
    assert (taken, type(error), len(server.requests)) == ([], AnswerCut, 1)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"error_type": "insufficient_fund", "text": "x"}, LimitReached),
        ({"error_type": "user_message_too_long"}, PromptTooLong),
        ({"error_type": "privacy_authorization_error"}, ModelUnavailable),
        ({"error_type": "user_caused_error", "text": "Attach a picture."}, AnswerFailed),
        ({"text": "This bot needs more points to answer your request."}, LimitReached),
        ({"text": "You do not have enough points to message this bot."}, LimitReached),
        ({"text": "Bot does not exist"}, ModelUnavailable),
        ({"text": "Access denied"}, ModelUnavailable),
        ({"text": "Internal server error"}, AnswerFailed),
        ({"text": "Incorrect API key provided."}, KeyRefused),
        ({"text": None, "error_type": 7}, AnswerFailed),
        ({}, AnswerFailed),
    ],
)
@pytest.mark.parametrize("allow_retry", [True, False, None])
@pytest.mark.parametrize("before", [[], [HALF]], ids=["first", "after text"])
async def test_an_error_event_ends_the_answer(
    said: dict[str, object], kind: type[QuothError], allow_retry: bool | None, before: list[bytes], server: ByteServer
) -> None:
    """An error in the stream is the error that it stands for, and is never retried, whatever it allows."""
    said = said if allow_retry is None else said | {"allow_retry": allow_retry}
    server.play(EVENTS, *before, event("error", said), END)
    taken, error = await ask(server)
    assert [snapshot.text for snapshot in taken] == ["Half an "] * len(before)
    assert type(error) is kind
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "unreadable",
    [
        event("file", {"url": "http://x/a", "content_type": "image/png"}),
        event("text", {"words": "x"}),
        event("text", {"text": 7}),
        event("text", b"not json"),
        event("text", b'"a string"'),
        event("text", b"[" * 100_000),
        event("ping", b""),
        event("error", b"not json"),
    ],
    ids=["file without a name", "no text", "no string", "no JSON", "no object", "deep", "empty ping", "error"],
)
async def test_an_event_that_cannot_be_read_ends_the_answer(unreadable: bytes, server: ByteServer) -> None:
    """What arrived before is kept, the sentence is no traceback, and nothing else is sent."""
    server.play(*answer(HALF, unreadable))
    taken, error = await ask(server)
    assert ([snapshot.text for snapshot in taken], type(error)) == (["Half an "], AnswerFailed)
    assert len(server.requests) == 1


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"ok"])
async def test_an_end_is_an_end_whatever_its_data(data: bytes, server: ByteServer) -> None:
    """The client can't read a ``done`` without an object in it, but the answer is complete all the same."""
    server.play(EVENTS, HALF, event("done", data), END)
    taken, error = await ask(server)
    assert (taken[-1], error) == (Snapshot("Half an ", State.DONE), None)
    assert len(server.requests) == 1


def refused(code: object, type_: str, message: str = "x") -> dict[str, object]:
    """The documented body of a refusal."""
    return {"error": {"code": code, "type": type_, "message": message, "metadata": {}}}


@pytest.mark.parametrize(
    ("steps", "kind", "lasts"),
    [
        (reply("401 Unauthorized", refused(401, "authentication_error")), KeyRefused, 0),
        (reply("401 Unauthorized", b"no", media="text/html"), KeyRefused, 0),
        (reply("402 Payment Required", refused(402, "insufficient_credits")), LimitReached, 0),
        (reply("402 Payment Required", {"message": "x", "type": "insufficient_quota", "code": "q"}), LimitReached, 0),
        (reply("403 Forbidden", refused(403, "moderation_error")), AnswerRefused, 0),
        (reply("403 Forbidden", refused(403, "permission_error")), ModelUnavailable, 0),
        (reply("403 Forbidden", b"<html>", media="text/html"), PoeUnreachable, 0),
        (reply("404 Not Found", refused(404, "not_found_error")), ModelUnavailable, 0),
        (reply("400 Bad Request", refused("model_not_found", "invalid_request_error")), ModelUnavailable, 0),
        (reply("400 Bad Request", {"error": "The prompt is too long."}), PromptTooLong, 0),
        (reply("400 Bad Request", refused(400, "invalid_request_error")), NotSent, 0),
        (reply("400 Bad Request", []), NotSent, 0),
        (reply("408 Request Timeout", refused(408, "timeout_error")), AnswerStalled, 0),
        (reply("413 Too Large", refused(413, "request_too_large")), PromptTooLong, 0),
        (reply("422 Unprocessable", {"detail": [{"loc": ["body"]}]}), NotSent, 0),
        (reply("429 Too Many", refused(429, "rate_limit_error"), "Retry-After: 17"), RateLimited, 17),
        (reply("429 Too Many", b"", "Retry-After: soon"), RateLimited, 0),
        (reply("429 Too Many", b"", "Retry-After: -3"), RateLimited, 0),
        (reply("429 Too Many", b"", "Retry-After: 1e99"), RateLimited, 3600),
        (reply("429 Too Many", b"", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"), RateLimited, 0),
        (reply("429 Too Many", b"", "Retry-After: Fri, 31 Dec 2199 23:59:59 -0000"), RateLimited, 3600),
        (reply("500 Error", refused(500, "provider_error")), AnswerFailed, 0),
        (reply("502 Bad Gateway", refused(502, "upstream_error")), AnswerFailed, 0),
        (reply("502 Bad Gateway", b"<html>", media="text/html; charset=UTF-8"), PoeUnreachable, 0),
        (reply("503 Unavailable", refused(503, "overloaded_error"), "Retry-After: 5"), ModelOverloaded, 5),
        (reply("529 Overloaded", refused(529, "overloaded_error")), ModelOverloaded, 0),
        (reply("200 OK", b"<html>Log in", media="text/html"), PoeUnreachable, 0),
        (reply("200 OK", {"error": "x"}), PoeUnreachable, 0),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], PoeUnreachable, 0),
    ],
)
async def test_a_refusal_has_its_error(
    steps: list[Step], kind: type[QuothError], lasts: float, server: ByteServer
) -> None:
    """The client looks at no status, Quoth does: each refusal is its own error, and one request is made."""
    server.play(*steps)
    taken, error = await ask(server)
    assert (taken, type(error)) == ([], kind)
    assert getattr(error, "lasts", 0) == lasts
    assert len(server.requests) == 1


async def test_a_redirect_is_not_followed(server: ByteServer) -> None:
    """The question goes nowhere but to the address in the settings."""
    async with byte_server() as elsewhere:
        elsewhere.play(*answer(HALF))
        server.play(*reply("307 Temporary Redirect", b"", f"Location: {elsewhere.url}/bot/GPT-4o"))
        taken, error = await ask(server)
        assert (taken, type(error)) == ([], PoeUnreachable)
        assert elsewhere.requests == []


async def test_a_refusal_without_an_end_is_not_read_for_ever(server: ByteServer) -> None:
    """Of a refusal only the beginning is read."""
    part = b"x" * 50_000
    server.play(b"HTTP/1.1 500 Error\r\nContent-Type: application/json\r\n\r\n", part, part, "wait")
    _, error = await ask(server)
    assert type(error) is AnswerFailed


async def test_nobody_at_the_address(server: ByteServer) -> None:
    """A refused connection is the network's fault, and nothing was sent."""
    async with byte_server() as gone:
        pass
    _, error = await ask(gone)
    assert type(error) is PoeUnreachable


async def test_pings_are_no_news(server: ByteServer) -> None:
    """An endless stream of pings, which no read timeout ends, is a stalled answer after a while."""
    server.play(EVENTS, HALF, "pings")
    taken, error = await ask(server, limits=QUICK)
    assert ([snapshot.text for snapshot in taken], type(error)) == (["Half an "], AnswerStalled)


@pytest.mark.parametrize("steps", [["wait"], [EVENTS, "wait"], [EVENTS, HALF, "wait"]])
async def test_silence_is_not_waited_out(steps: list[Step], server: ByteServer) -> None:
    """Where nothing comes for too long the answer is stalled, and its connection is closed."""
    server.play(*steps)
    _, error = await ask(server, limits=QUICK)
    assert type(error) is AnswerStalled
    await server.left.wait()
    assert len(server.requests) == 1


async def test_an_answer_that_never_ends_ends(server: ByteServer) -> None:
    """An answer may last for so long and no longer, however much arrives."""
    server.play(EVENTS, HALF, "wait")
    _, error = await ask(server, limits=TimeLimits(first_text=9.0, silence=9.0, total=0.3))
    assert type(error) is AnswerStalled


async def test_an_answer_fills_no_memory(server: ByteServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without an end is not read for ever."""
    monkeypatch.setattr("bot.poe.api.query._LONGEST", 100_000)
    server.play(EVENTS, HALF, *[b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 4, "wait")
    taken, error = await ask(server)
    assert ([snapshot.text for snapshot in taken], type(error)) == (["Half an "], AnswerFailed)


async def test_leaving_closes_the_connection(server: ByteServer) -> None:
    """Who leaves an answer, or is cancelled, closes its stream before anything else happens."""
    server.play(EVENTS, HALF, "wait")
    backend = ApiBackend(server.url, KEY)
    async with backend.stream("GPT-4o", MESSAGES, lambda: 0.0) as snapshots:
        assert (await anext(snapshots)).text == "Half an "
    await server.left.wait()
    server.left.clear()

    async def read() -> None:
        async with backend.stream("GPT-4o", MESSAGES, lambda: 0.0) as snapshots:
            async for _ in snapshots:
                begun.set()

    begun = asyncio.Event()
    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    await asyncio.wait({reading})
    assert reading.cancelled()
    await server.left.wait()
    await backend.close()


async def test_closing_ends_what_still_runs(server: ByteServer) -> None:
    """An answer that runs while the backend is closed ends with an error."""
    server.play(EVENTS, HALF, "wait")
    backend = ApiBackend(server.url, KEY)
    async with backend.stream("GPT-4o", MESSAGES, lambda: 0.0) as snapshots:
        await anext(snapshots)
        rest = asyncio.ensure_future(anext(snapshots))
        await asyncio.sleep(0)
        await backend.close()
        with pytest.raises(AnswerCut):
            await rest


async def test_a_connection_is_used_again(server: ByteServer) -> None:
    """After a whole answer, also one whose end comes late, the next question needs no new connection."""
    server.play(*answer(HALF))
    backend = ApiBackend(server.url, KEY)
    for _ in range(3):
        async with backend.stream("GPT-4o", MESSAGES, lambda: 0.0) as snapshots:
            assert [snapshot async for snapshot in snapshots][-1].state is State.DONE
    await backend.close()
    assert [request.connection for request in server.requests] == [0, 0, 0]


@pytest.mark.parametrize("key", ["", "key ", "a key", "key\n", "key\r\nX: y", "schlüssel", "\x00"])
async def test_a_malformed_key_is_never_sent_nor_told(
    key: str, server: ByteServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that no header can carry is refused before its text gets into an error or a log."""
    server.play(*answer(HALF))
    _, error = await ask(server, key=key)
    assert type(error) is KeyRefused
    assert error.__cause__ is None
    assert not key.strip() or key.strip() not in f"{error!r}{caplog.text}".replace("API key", "").replace("a char", "")
    assert server.requests == []


@pytest.mark.parametrize(
    ("handle", "path"),
    [("My Bot", "/bot/My%20Bot"), ("a/../b?c#d", "/bot/a%2F..%2Fb%3Fc%23d"), ("Ünïcode", "/bot/%C3%9Cn%C3%AFcode")],
)
async def test_a_handle_is_one_part_of_the_address(handle: str, path: str, server: ByteServer) -> None:
    """Whatever is in a handle, the request goes to that bot."""
    server.play(*answer(HALF))
    await ask(server, handle=handle)
    assert [request.path for request in server.requests] == [path]


async def test_a_handle_of_dots_is_no_address(server: ByteServer) -> None:
    """Dots would be another address."""
    _, error = await ask(server, handle="..")
    assert (type(error), server.requests) == (ModelUnavailable, [])


async def test_nothing_is_printed_and_nothing_said_is_logged(
    server: ByteServer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client prints its errors; with Quoth nothing reaches the terminal, and neither key nor texts reach a log."""
    caplog.set_level(logging.INFO)
    for steps in (
        answer(HALF, event("data", {"text": SECRET})),
        [EVENTS, HALF, END],
        [EVENTS, event("error", {"text": SECRET}), END],
        reply("500 Error", refused(500, "provider_error", SECRET)),
        reply("400 Error", refused(SECRET, SECRET, SECRET)),
    ):
        server.steps.clear()
        server.play(*steps)
        _, error = await ask(server)
        said = error.operator_message + error.user_message if error else ""
        assert SECRET not in said
    assert "".join(capsys.readouterr()) == ""
    assert not any(secret in caplog.text for secret in (SECRET, KEY, "Half"))
