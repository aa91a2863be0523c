"""Faults on demand, which tests or people turn on in a running Poe; over HTTP, without a browser."""

import asyncio
import re
import time

import aiohttp
import pytest

from sandbox.poe import PoeSandbox
from sandbox.poe.site.points import clock_sentence, span_sentence
from tests.support.poe_caller import finished, opened


async def test_switches_notify_their_listeners() -> None:
    """A challenge is on until it is switched off, and listeners are called after both."""
    async with opened() as (sandbox, caller):
        heard: list[dict[str, float]] = []
        with sandbox.switches.subscribed(lambda: heard.append(sandbox.switches.current())):
            sandbox.switch("challenge")
            assert (await caller.visit("/GPT-4")).status == 403
            sandbox.reset()
        assert (await caller.visit("/GPT-4")).status == 200
        assert heard == [{"challenge": 0.0}, {}]


async def test_a_page_may_hang_until_all_is_well() -> None:
    """Nothing is answered while the mood is on; then the page loads."""
    async with opened() as (sandbox, caller):
        sandbox.switch("hang")
        visit = asyncio.create_task(caller.visit("/GPT-4"))
        await sandbox.wait(lambda: sandbox.hanging)
        assert not visit.done()
        sandbox.switch("hang", on=False)
        assert (await visit).status == 200


async def test_a_hanging_page_ends_with_its_time_and_with_the_server() -> None:
    """After the amount the page is served; a server that goes down leaves nobody waiting."""
    async with opened() as (sandbox, caller):
        sandbox.switch("hang=0.05")
        assert (await caller.visit("/GPT-4")).status == 200
        sandbox.switch("hang")
        visit = asyncio.create_task(caller.visit("/GPT-4"))
        await sandbox.wait(lambda: sandbox.hanging)
        await sandbox.go_down()
        await asyncio.wait([visit], timeout=20)
        assert visit.done()
        assert visit.exception() or visit.result()


@pytest.mark.parametrize(("word", "status"), [("unavailable", 503), ("unavailable=502", 502), ("not-found", 404)])
async def test_the_page_may_be_an_error(word: str, status: int) -> None:
    """Server errors, and a bot that is gone."""
    async with opened(switches=[word]) as (_, caller):
        assert (await caller.visit("/GPT-4")).status == status


async def test_all_sockets_can_be_dropped() -> None:
    """They close as when the server goes away, and a new one is taken at once."""
    async with opened() as (sandbox, caller):
        async with await caller.listen() as socket:
            await sandbox.wait(lambda: sandbox.listeners == 1)
            sandbox.drop_sockets()
            assert (await socket.receive(timeout=20)).data == 1001
        await sandbox.wait(lambda: sandbox.listeners == 0)
        async with await caller.listen():
            await sandbox.wait(lambda: sandbox.listeners == 1)


async def up(sandbox: PoeSandbox) -> bool:
    """Whether the site answers."""
    try:
        async with aiohttp.ClientSession(sandbox.url) as http:
            return (await http.get("/favicon.ico")).status == 204
    except aiohttp.ClientError:
        return False


async def test_the_server_goes_away_in_the_middle_of_an_answer() -> None:
    """The mood outage: sockets close, the site comes back by itself, the answer is whole."""
    async with opened() as (sandbox, caller):
        async with await caller.listen() as socket:
            await caller.send("!outage=0.1")
            assert [message async for message in socket], "the socket ended"
        (sent,) = sandbox.ledger
        await finished(sandbox, sent)
        async with asyncio.timeout(20):
            while not await up(sandbox):
                pass
        await caller.visit(f"/chat/{sent.chat_code}")
        assert caller.data["chat"]["messages"][-1]["state"] == "complete"


async def test_a_sandbox_may_end_while_its_server_is_away() -> None:
    """Closing doesn't wait for the outage to be over."""
    started = time.monotonic()
    async with opened() as (sandbox, _):
        sandbox.go_away(600)
    assert time.monotonic() - started < 10


async def test_every_login_can_expire() -> None:
    """Guest logins end too; signing in again works."""
    async with opened() as (sandbox, caller):
        assert (await caller.visit("/GPT-4")).status == 200
        sandbox.log_out()
        assert (await caller.visit("/GPT-4")).status == 307
        await caller.sign_in()
        assert (await caller.visit("/GPT-4")).status == 200


async def test_points_are_used_up_for_a_time() -> None:
    """Prompts are refused with the time at which points are back, until they are."""
    async with opened() as (sandbox, caller):
        sandbox.use_up_points(7200)
        edge = await caller.send("hello")
        assert edge["status"] == "reached_limit"
        assert re.search(r"Your points reset at [A-Z][a-z]{2} \d+, \d+:\d\d [AP]M\.", edge["statusMessage"])
        sandbox.reset()
        assert (await caller.send("hello"))["status"] == "success"


async def test_a_limit_for_one_prompt_is_over_with_it() -> None:
    """The magic word says when points would be back; the next prompt is accepted."""
    async with opened() as (_, caller):
        edge = await caller.send("!limit-in=5")
        assert (edge["status"], "reset in 5 hours." in edge["statusMessage"]) == ("reached_limit", True)
        assert (await caller.send("hello"))["status"] == "success"


def test_the_time_in_words() -> None:
    """Hours and minutes are counted, one is singular; the clock has twelve hours."""
    assert span_sentence(5).endswith("in 5 hours.")
    assert span_sentence(1).endswith("in 1 hour.")
    assert span_sentence(0.5).endswith("in 30 minutes.")
    assert span_sentence(0).endswith("in 1 minute.")
    assert re.search(r"at \w{3} \d{1,2}, (1[0-2]|[1-9]):\d\d [AP]M\.$", clock_sentence(5))


async def test_a_challenge_counts_anew_when_it_is_chosen_anew() -> None:
    """A visitor who has passed isn't challenged again until the mood is switched on again."""
    async with opened() as (sandbox, caller), aiohttp.ClientSession(sandbox.url) as http:
        for _ in range(2):
            sandbox.switch("challenge-clears=0.1")
            assert (await http.get("/GPT-4")).status == 403
            passed = await http.post("/cdn-cgi/challenge-platform/clear")
            cookies = {name: morsel.value for name, morsel in passed.cookies.items()}
            assert (await http.get("/GPT-4", cookies=cookies)).status == 200
        assert (await caller.visit("/GPT-4")).status == 403


async def test_a_storm_brings_all_disorder_at_once() -> None:
    """Every update comes with duplicate and late frames, other chats and pongs, and the answer is still complete."""
    async with opened() as (sandbox, caller):
        await caller.send("!storm")
        (sent,) = sandbox.ledger
        await finished(sandbox, sent)
        assert sandbox.state(sent) == "complete"
        numbers = [frame.seq for frame in sandbox.trace if frame.seq is not None]
        assert len(set(numbers)) < len(numbers), "twice"
        assert numbers != sorted(numbers), "late"
        assert None in [frame.seq for frame in sandbox.trace], "pongs"
        assert any("never be shown" in frame.text for frame in sandbox.trace), "another chat"


async def test_hashes_may_be_new_at_every_load() -> None:
    """The stems stay."""
    async with opened() as (_, caller):
        found: list[str] = []
        for path in ("/Sandbox-Rehash", "/Sandbox-Rehash", "/GPT-4", "/GPT-4"):
            await caller.visit(path)
            found.append(caller.data["classes"]["prompt"])
        assert found[0] != found[1] != found[2] == found[3]
        assert {name.rpartition("__")[0] for name in found} == {"GrowingTextArea_textArea"}


async def test_either_look_can_be_chosen() -> None:
    """A handle or a word has the usual look even where the whole site has the old one."""
    async with opened(switches=["skin-2023"]) as (_, caller):
        looks: list[str] = []
        for path in ("/GPT-4", "/Sandbox-Skin-2026", "/Sandbox-Skin-2023"):
            await caller.visit(path)
            looks.append(caller.data["skin"])
        assert looks == ["2023", "2026", "2023"]
