"""A client of the stand-in Poe that does on the wire what a page does, without a browser."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import aiohttp

from sandbox.poe import PoeSandbox, Sent

FAST: dict[str, Any] = {"speed": 20_000.0, "update_interval": 0.005, "first_token": 0.0, "hydration": 0.0}


class Caller:
    """Does on the wire what a page does: reads its data, listens, sends."""

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
        """Load a page, without following redirects, and read the data in it."""
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
        """Ask for one frame over HTTP."""
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
        """Send a prompt, and return the edge, or the whole response if there is none."""
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
    """Wait until an answer is no longer incomplete and no more than so many tasks still send."""
    await sandbox.wait(lambda: sandbox.state(sent) not in ("", "incomplete"), 10)
    await sandbox.wait(lambda: sandbox.running <= running, 10)
