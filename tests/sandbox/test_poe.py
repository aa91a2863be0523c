"""PoeSandbox's Python API, and a caller that acts like a page, without a browser."""

import asyncio
from types import SimpleNamespace

import aiohttp
import pytest

from sandbox.poe import Sent
from sandbox.poe.answers import tempo
from sandbox.poe.answers.steps import Beat, Inner, NextMessage, Pause, Raw, State, Text, Type
from tests.support.poe_caller import finished, opened


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
    monkeypatch.setattr(tempo, "asyncio", SimpleNamespace(get_running_loop=lambda: clock, sleep=late))
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
