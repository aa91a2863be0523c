"""PoeSandbox's Python API, and a caller that acts like a page, without a browser."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import aiohttp
import pytest

from sandbox.poe import PoeSandbox, Sent
from sandbox.poe.answers.steps import Beat, Inner, NextMessage, Pause, Raw, State, Text, Type
from sandbox.poe.site import playback

FAST: dict[str, Any] = {"speed": 20_000.0, "update_interval": 0.005, "first_token": 0.0, "hydration": 0.0}


class Caller:
    """What a page does on the wire: it reads its data, listens and sends."""

    def __init__(self, sandbox: PoeSandbox) -> None:
        self._sandbox = sandbox
        self._http = aiohttp.ClientSession(sandbox.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.data: dict[str, Any] = {}
        self.channel: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._http.close()

    async def visit(self, path: str) -> aiohttp.ClientResponse:
        """Load a page, without following redirects, and reads the data it holds."""
        response = await self._http.get(path, allow_redirects=False)
        found = re.search(r'<script id="__NEXT_DATA__"[^>]*>(.*?)</script>', await response.text(), re.DOTALL)
        self.data = json.loads(found[1])["props"]["pageProps"] if found else {}
        return response

    async def settings(self, path: str = "/") -> dict[str, Any]:
        """Get the channel of a page at this address."""
        response = await self._http.get("/api/settings", headers={"Referer": self._sandbox.url + path})
        self.channel = (await response.json())["tchannelData"]
        return self.channel

    def address(self, **changes: str) -> str:
        """Return the address of the updates, with parts of its query changed."""
        channel = self.channel
        query = {"min_seq": channel["minSeq"], "channel": channel["channel"], "hash": channel["channelHash"]} | changes
        return f"/up/{channel['boxName']}/updates?" + "&".join(f"{name}={value}" for name, value in query.items())

    async def listen(self) -> aiohttp.ClientWebSocketResponse[bool]:
        """Open the page's socket."""
        return await self._http.ws_connect(self.address())

    async def sign_in(self) -> None:
        """Go through the login page."""
        await self._http.post("/api/login", json={"email": "me@example.org", "code": "123456"})

    async def poll(self, seq: int) -> dict[str, Any]:
        """Request for one frame over HTTP."""
        return await (await self._http.get(self.address(min_seq=str(seq)))).json()

    async def query(self, name: str, variables: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Post a query with the page's form key and hash."""
        body = {"queryName": name, "variables": variables, "extensions": {"hash": self.data["hashes"].get(name)}}
        sent = {"poe-formkey": self.data["formKey"], "poe-queryname": name} | headers
        sent["poe-tchannel"] = self.channel.get("channel", "")
        response = await self._http.post("/api/gql_POST", json=body, headers=sent)
        return await response.json() if response.status == 200 else {"status": response.status}

    async def send(
        self, text: str, handle: str = "GPT-4", chat: int | None = None, price: int | None = None
    ) -> dict[str, Any]:
        """Send a prompt; gives the edge, or the whole reply where there is none."""
        variables = {"chatId": chat, "bot": handle, "query": text, "clientNonce": "n" * 16}
        variables["messagePointsDisplayPrice"] = price
        reply = await self.query("SendMessageMutation", variables)
        return reply["data"]["messageEdgeCreate"] if reply["data"] else reply


@asynccontextmanager
async def opened(path: str = "/GPT-4", **options: Any) -> AsyncGenerator[tuple[PoeSandbox, Caller]]:
    """Open a fast sandbox and a caller that has visited this page and knows its channel."""
    given: dict[str, Any] = {"seed": 7, **FAST, **options}
    async with PoeSandbox(**given) as sandbox, Caller(sandbox) as caller:
        await caller.visit(path)
        if caller.data:
            await caller.settings(path)
        yield sandbox, caller


async def finished(sandbox: PoeSandbox, sent: Sent, running: int = 0) -> None:
    """Wait until an answer has left the incomplete state and no more tasks than these still tell something."""
    await sandbox.wait(lambda: sandbox.state(sent) not in ("", "incomplete"), 10)
    await sandbox.wait(lambda: sandbox.running <= running, 10)


async def test_a_script_goes_step_by_step() -> None:
    """With by_hand nothing is played before it is released; raw frames are sent exactly as given."""
    async with opened(noise=False) as (sandbox, caller):
        raw = '{"messages": [not json'
        script = sandbox.script(
            "marker-7",
            [Text("one"), Raw(raw), Inner(lambda sent: {"hello": sent.nonce}), State("error_x")],
            by_hand=True,
        )
        await caller.send("with marker-7 inside")
        (sent,) = sandbox.ledger
        await sandbox.wait(lambda: script.waiting == 1)
        assert sandbox.answer(sent) == ""
        await script.step()
        assert sandbox.answer(sent) == "one"
        await script.step()
        assert sandbox.trace[-1].text == raw
        script.release(2)
        await finished(sandbox, sent)
        assert sandbox.state(sent) == "error_x"
        assert script.played == 4


async def test_a_script_may_answer_a_handle_in_several_messages() -> None:
    """A NextMessage as the first step sets the author; answer() joins the messages."""
    async with opened() as (sandbox, caller):
        steps = [
            NextMessage("pacarana"),
            Type("found"),
            NextMessage(),
            State("complete", 0),
            Pause(0),
            Type("so"),
            State("complete"),
        ]
        sandbox.script("gpt-4", steps)
        await caller.send("hello")
        (sent,) = sandbox.ledger
        await finished(sandbox, sent)
        assert [message.author for message in sandbox.messages(sent)] == ["pacarana", "beaver"]
        assert sandbox.answer(sent) == "found\n\nso"


async def test_beats_keep_time_whatever_is_done_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delays don't add up from beat to beat; a missed beat is skipped."""
    now, begun, works = 0, list[int](), [20, 20, 20, 170, 20, 20]

    async def late(seconds: float) -> None:
        nonlocal now
        now += round(1000 * seconds) + 4

    def work(_: Sent) -> dict[str, object]:
        nonlocal now
        begun.append(now)
        now += works[len(begun) - 1]
        return {}

    clock = SimpleNamespace(time=lambda: now / 1000)
    monkeypatch.setattr(playback, "asyncio", SimpleNamespace(get_running_loop=lambda: clock, sleep=late))
    async with opened(noise=False) as (sandbox, caller):
        sandbox.script("marker-8", [step for _ in works for step in (Raw(work), Beat(0.05))] + [State("complete")])
        await caller.send("with marker-8 inside")
        await finished(sandbox, sandbox.ledger[0])
    assert begun == [0, 74, 124, 174, 348, 398]


async def test_moods_add_up() -> None:
    """A switch, a handle and a magic word work together; a switch can be turned off."""
    async with opened("/Sandbox-Thinking", switches=["slow=0.01"]) as (sandbox, caller):
        await caller.send("!stall=50", "Sandbox-Thinking")
        (sent,) = sandbox.ledger
        assert sent.moods == {"slow": 0.01, "thinking": 0.0, "stall": 50.0}
        await sandbox.wait(lambda: len(sandbox.answer(sent)) == 50)
        assert sandbox.answer(sent).startswith("*Thinking...*")
        sandbox.switch("slow", on=False)
        await caller.send("plain")
        assert sandbox.ledger[-1].moods == {}
        with pytest.raises(KeyError):
            sandbox.switch("unheard-of")


async def test_overlapping_sends_are_written_down() -> None:
    """The second of two prompts knows that the first was still being answered."""
    async with opened() as (sandbox, caller):
        await caller.send("!stall")
        await caller.send("another")
        assert [sent.overlaps for sent in sandbox.ledger] == [False, True]


async def test_the_server_can_go_down_and_come_back() -> None:
    """Sockets close, nobody is served, and afterwards the chats are still there at the same URL."""
    async with opened() as (sandbox, caller):
        url = sandbox.url
        async with await caller.listen() as socket:
            await caller.send("hello")
            await finished(sandbox, sandbox.ledger[0])
            async with asyncio.TaskGroup() as group:
                group.create_task(sandbox.go_down())
                heard = [message async for message in socket]
        assert heard
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.visit("/GPT-4")
        await sandbox.come_back()
        assert sandbox.url == url
        assert (await caller.visit(f"/chat/{sandbox.ledger[0].chat_code}")).status == 200
        assert len(caller.data["chat"]["messages"]) == 2


async def test_other_processes_read_the_ledger_and_the_trace() -> None:
    """Both are JSON over HTTP, even if a prompt has a lone surrogate."""
    async with opened() as (sandbox, caller):
        await caller.send("\ud800 lone")
        await finished(sandbox, sandbox.ledger[0])
        async with aiohttp.ClientSession(sandbox.url) as http:
            (sent,) = (await (await http.get("/__ledger")).json())["sent"]
            trace = await (await http.get("/__trace")).json()
        assert sent["text"] == "\ud800 lone"
        assert sent["state"] == "complete"
        assert len(trace) == len(sandbox.trace)


async def test_a_faulty_script_is_loud() -> None:
    """A script that raises fails the block that opened the sandbox."""

    def broken(_: Sent) -> str:
        raise ZeroDivisionError

    async def play() -> None:
        async with opened() as (sandbox, caller):
            sandbox.script("GPT-4", [Raw(broken)])
            await caller.send("hello")
            await sandbox.wait(lambda: not sandbox.running)

    with pytest.raises(ExceptionGroup):
        await play()


async def test_waiting_has_a_limit() -> None:
    """Waiting for something that never happens raises TimeoutError."""
    async with opened() as (sandbox, _):
        with pytest.raises(TimeoutError, match="no change within"):
            await sandbox.wait(lambda: False, 0.01)
