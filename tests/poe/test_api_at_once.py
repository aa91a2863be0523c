"""Two people's texts never meet: 200 questions to Poe's API at once, with answers of every kind and end."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.conversation import Asker, Snapshot
from bot.errors import AnswerCut, AnswerFailed, LimitReached, ModelUnavailable, QuothError
from bot.poe.api.backend import ApiBackend
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from tests.support.prompts import prompt_of

AT_ONCE = 200
RULES = Rules(concurrency=AT_ONCE, gap=0.0, hourly=0)
ENDS: dict[str, type[QuothError] | None] = {
    "done": None,
    "close": AnswerCut,
    "reset": AnswerCut,
    "no done": AnswerCut,
    "error": AnswerFailed,
    "gone": ModelUnavailable,
    "left": None,  # by who asked
}


@dataclass
class Script:
    """One answer: its events with the text that there is after each, and how it ends."""

    end: str
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    texts: list[str] = field(default_factory=lambda: [""])


def script(number: int, random: Random) -> Script:
    """Return any answer to the question of a number, which is in everything that it says."""
    made, texts = Script(random.choice(list(ENDS))), {0: "", 1: ""}
    for step in range(random.randrange(1, 8)):
        said, index = f"<{number}.{step}>", random.randrange(2)
        match random.choice(["text", "text", "replace_response", "suggested_reply", "file", "ping", "unheard-of"]):
            case "text":
                texts[index] += said
                made.events.append(("text", {"text": said, "index": index}))
            case "replace_response":
                texts[0] = said
                made.events.append(("replace_response", {"text": said}))
            case "file":
                file = {"url": f"http://x/{said}", "content_type": "image/png", "name": said}
                made.events.append(("file", file))
            case other:
                made.events.append((other, {"text": said}))
        made.texts.append("\n\n".join(filter(None, texts.values())))
    return made


class Server:
    """Answers each question by its number, all of them in between each other."""

    def __init__(self, scripts: list[Script], random: Random) -> None:
        self.url = ""
        self.asked = Counter[int]()
        self._scripts = scripts
        self._random = random

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Play the script of a question."""
        number = int((await request.json())["query"][-1]["content"])
        self.asked[number] += 1
        played = self._scripts[number]
        if played.end == "gone":
            return web.json_response({"error": {"type": "not_found_error", "message": f"<{number}.0>"}}, status=404)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for kind, data in played.events:
            await asyncio.sleep(self._random.choice([0, 0, 0.001, 0.01]))
            await response.write(f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode())
        match played.end:
            case "done":
                await response.write(b"event: done\ndata: {}\n\n")
            case "error":
                await response.write(b'event: error\ndata: {"text": "Internal server error", "allow_retry": true}\n\n')
            case "close" if request.transport:
                request.transport.close()
            case "reset" if request.transport:
                request.transport.abort()
            case "left":
                await asyncio.sleep(30)
            case _:
                pass
        return response


@asynccontextmanager
async def serving(server: Server) -> AsyncGenerator[Server]:
    """Run a server."""
    app = web.Application()
    app.router.add_post("/bot/{handle}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


async def ask(client: PoeClient, number: int, played: Script) -> tuple[list[Snapshot], QuothError | None]:
    """Ask a question; return what was seen of its answer, and how it failed."""
    seen: list[Snapshot] = []
    try:
        async with client.stream(Asker(number, number), f"Model-{number % 3}", prompt_of(str(number))) as snapshots:
            async for snapshot in snapshots:
                seen.append(snapshot)  # what was seen before an error counts
                if played.end == "left" and snapshot.text == played.texts[-1] and snapshot.state.name == "STREAMING":
                    break
    except QuothError as error:
        return seen, error
    return seen, None


def of(snapshot: Snapshot) -> str:
    """Return all that an answer says."""
    return " ".join([snapshot.text, *snapshot.suggestions, *(file.name + file.url for file in snapshot.files)])


@settings(max_examples=5, deadline=None, phases=[Phase.generate])  # a smaller number is no simpler
@given(st.integers(0, 2**32))
def test_two_texts_never_meet(seed: int) -> None:
    """Each question is sent once, gets only what was said to it, and ends as its own answer did."""
    asyncio.run(check(Random(seed)))  # noqa: S311 - no secret


async def check(random: Random) -> None:
    """Ask all at once, and look at every answer."""
    scripts = [script(number, random) for number in range(AT_ONCE)]
    for played in scripts:
        if played.end == "left" and not played.texts[-1]:
            played.end = "done"  # there is no text to wait for
    async with (
        asyncio.timeout(60.0),
        serving(Server(scripts, random)) as server,
        PoeClient(ApiBackend(server.url, "key", RULES)) as client,
    ):
        found = await asyncio.gather(*(ask(client, number, played) for number, played in enumerate(scripts)))
    assert server.asked == dict.fromkeys(range(AT_ONCE), 1)
    for number, ((seen, error), played) in enumerate(zip(found, scripts, strict=True)):
        expected = ENDS[played.end]
        assert isinstance(error, expected) if expected else error is None
        assert not isinstance(error, LimitReached)
        assert {snapshot.text for snapshot in seen} <= set(played.texts)
        assert all(part.startswith(f"{number}.") for snapshot in seen for part in of(snapshot).split("<")[1:])
        if played.end not in ("gone", "reset"):  # a reset may overtake what was sent before it
            assert seen[-1].text == played.texts[-1]
