"""Poe's wire over real sockets, without a browser."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

from sandbox.poe import Frame, PoeSandbox, Sent
from sandbox.poe.answers.steps import Drop, State, Text
from sandbox.poe.wire.noise import OTHER_TEXT
from tests.support.poe_caller import Caller, finished, opened


def members(sandbox: PoeSandbox, chat_id: int | None) -> list[dict[str, Any]]:
    """Return the data of every subscription update of a chat, in the order of the wire."""
    inners: list[dict[str, Any]] = [inner for frame in sandbox.trace for inner in frame.inners()]
    payloads: list[dict[str, Any]] = [inner["payload"] for inner in inners if inner.get("payload")]
    mine = [payload for payload in payloads if str(payload.get("unique_id", "")).endswith(f":{chat_id}")]
    return [member for payload in mine if payload["data"] for member in payload["data"].values() if member]


def told_of(sandbox: PoeSandbox, sent: Sent) -> list[tuple[int, dict[str, Any]]]:
    """Return the numbered whole messages that answer a prompt, in the order of the wire."""
    found: list[tuple[int, dict[str, Any]]] = []
    for frame in sandbox.trace:
        for inner in frame.inners():
            payload: dict[str, Any] = inner.get("payload") or {}
            data: dict[str, Any] = payload.get("data") or {}
            node: dict[str, Any] = data.get("messageAdded") or {}
            if node.get("messageId") in sent.bot_ids:
                found.append((frame.seq or 0, node))
    return found


async def test_a_prompt_arrives_as_it_was_and_is_echoed_and_answered() -> None:
    """The ledger has the exact text; the wire has the echo with its nonce, growing text, then complete."""
    async with opened(noise=False) as (sandbox, caller):
        text = "Alice: hi 🦜\n\ttab, \u200d, \u00a0 and \ud83d alone\n"
        async with await caller.listen():
            edge = await caller.send(text)
            (sent,) = sandbox.ledger
            await finished(sandbox, sent)
        assert (sent.text, sent.handle, sent.nonce, sent.accepted) == (text, "GPT-4", "n" * 16, True)
        assert edge["message"]["node"]["messageId"] == sent.human_id
        assert edge["chat"]["chatCode"] == sent.chat_code
        told = [member for member in members(sandbox, sent.chat_id) if "messageId" in member]
        echo, *rest = (member for member in told if "text" in member)
        assert (echo["author"], echo["text"], echo["clientNonce"], echo["state"]) == (
            "human",
            text,
            "n" * 16,
            "complete",
        )
        assert all(later["text"].startswith(earlier["text"]) for earlier, later in itertools.pairwise(rest))
        assert rest[0]["text"] == ""
        assert rest[0]["author"] == "beaver"
        assert rest[-1]["state"] == "complete"
        assert rest[-1]["text"] == sandbox.answer(sent)
        assert rest[-1]["suggestedReplies"], "they come after the message is complete"


DISORDER: dict[str, Callable[[list[Frame], list[int]], bool]] = {
    "one to three messages to a frame": lambda frames, _: {len(frame.inners()) for frame in frames} >= {1, 2, 3},
    "a frame twice": lambda _, seqs: len(set(seqs)) < len(seqs),
    "a frame late": lambda _, seqs: any(later < earlier for earlier, later in itertools.pairwise(seqs)),
    "a pong": lambda frames, _: any(frame.text == '{"type":"pong"}' for frame in frames),
    "an error": lambda frames, _: any('"error"' in frame.text and not frame.inners() for frame in frames),
    "an unknown subscription": lambda frames, _: any("sandboxUnheardOf" in frame.text for frame in frames),
    "no data": lambda frames, _: any('\\"data\\": null' in frame.text for frame in frames),
    "another chat": lambda frames, _: any(OTHER_TEXT in frame.text for frame in frames),
}


async def test_the_wire_is_as_disorderly_as_the_real_one() -> None:
    """All kinds of disorder occur within a few prompts; an update that names a chat has only that chat's messages."""
    missing = set(DISORDER)
    async with opened() as (sandbox, caller):
        for number in range(40):
            await caller.send(f"prompt {number}")
            await finished(sandbox, sandbox.ledger[-1])
            seqs = [frame.seq for frame in sandbox.trace if frame.seq is not None]
            missing = {name for name in missing if not DISORDER[name](sandbox.trace, seqs)}
            if not missing:
                break
        assert not missing
        for sent in sandbox.ledger:
            mine = [member for member in members(sandbox, sent.chat_id) if "messageId" in member]
            assert {member["messageId"] for member in mine} == {sent.human_id, *sent.bot_ids}


async def test_an_old_frame_may_come_after_the_last_and_nothing_is_left_untold() -> None:
    """Its number shows that it is old; by number, the wire always ends with the final answer."""
    late = 0
    for seed in range(6):
        async with opened(seed=seed) as (sandbox, caller):
            for prompt in ("hello", "!error=100", "!storm"):  # a storm brings every disorder, whatever is drawn
                await caller.send(prompt)
                sent = sandbox.ledger[-1]
                await finished(sandbox, sent)
                told = told_of(sandbox, sent)
                states = [node["state"] for _, node in told]
                late += "incomplete" in states[states.index(sandbox.state(sent)) :]
                newest = max(told, key=lambda numbered: numbered[0])[1]
                assert (newest["text"], newest["state"]) == (sandbox.answer(sent), sandbox.state(sent))
    assert late


async def test_what_is_stalled_has_been_told_before() -> None:
    """An answer that stops in the middle has all its text on the wire."""
    for seed in range(6):
        async with opened(seed=seed) as (sandbox, caller):
            await caller.send("!stall")
            await sandbox.wait(lambda: len(sandbox.answer(sandbox.ledger[0])) == 200)
            assert max(len(node["text"]) for _, node in told_of(sandbox, sandbox.ledger[0])) == 200


async def test_updates_come_in_the_other_dialect_too() -> None:
    """With text-updates there is no messageAdded for the answer, and its last text comes before its state."""
    async with opened("/Sandbox-Text-Updates") as (sandbox, caller):
        await caller.send("hello", "Sandbox-Text-Updates")
        (sent,) = sandbox.ledger
        await finished(sandbox, sent)
        assert not any(
            f'messageAdded:{sent.chat_id}\\", \\"data\\": {{\\"messageAdded\\": {{' in frame.text
            for frame in sandbox.trace
        )
        bot = [member for member in members(sandbox, sent.chat_id) if member.get("messageId") in sent.bot_ids]
        states = [at for at, member in enumerate(bot) if member.get("state") == "complete"]
        texts = [at for at, member in enumerate(bot) if member.get("text") == sandbox.answer(sent)]
        assert texts[0] < states[0]


async def test_stop_cancels_on_the_wire_and_in_the_history() -> None:
    """The mutation is recorded; the message is cancelled with the text it had; a second Stop changes nothing."""
    async with opened("/Sandbox-Stall", noise=False) as (sandbox, caller):
        await caller.send("hello", "sandbox-stall")
        (sent,) = sandbox.ledger
        await sandbox.wait(lambda: len(sandbox.answer(sent)) == 200)
        for _ in range(2):
            await caller.query("StopMessage_messageCancel_Mutation", {"messageId": sent.bot_ids[0]})
        assert [(stop.effective, len(stop.text)) for stop in sandbox.stops] == [(True, 200), (False, 200)]
        assert sandbox.state(sent) == "cancelled"
        assert any("messageCancelled" in frame.text for frame in sandbox.trace)
        reply = await caller.query("ChatPageQuery", {"chatCode": sent.chat_code})
        assert [node["state"] for node in reply["data"]["chatOfCode"]["messages"]] == ["complete", "cancelled"]


ENDS = {
    "stall": "incomplete",
    "error": "error_internal",
    "too-long": "error_user_message_too_long",
    "cancelled": "cancelled",
    "freeze": "complete",
    "novel": "complete",
    "oddities": "complete",
    "thinking": "complete",
    "empty": "complete",
    "image": "complete",
    "rewrite": "complete",
    "placeholder": "complete",
    "several": "complete",
    "drop": "complete",
    "drop-for-good": "complete",
    "silent-socket": "complete",
    "missed": "complete",
    "refetch": "complete",
    "slow": "complete",
}


async def test_every_answer_mood_ends_as_the_table_says() -> None:
    """All moods, by magic word and with short waits, end as expected."""
    async with opened(speed=60_000.0) as (sandbox, caller):
        timed = {"rewrite", "image", "placeholder", "slow"}
        async with asyncio.TaskGroup() as group:
            for name in ENDS:
                group.create_task(caller.send(f"please !{name}" + ("=0.02" if name in timed else "")))
        by_name = {next(iter(sent.moods)): sent for sent in sandbox.ledger}
        await sandbox.wait(lambda: all(sandbox.state(by_name[name]) == end for name, end in ENDS.items()), 20)
        assert len(sandbox.answer(by_name["stall"])) == 200
        assert sandbox.answer(by_name["empty"]) == ""
        assert len(sandbox.answer(by_name["novel"])) >= 15_000
        assert sandbox.answer(by_name["thinking"]).startswith("*Thinking...*\n\n> ")
        assert sandbox.answer(by_name["image"]).startswith("![")
        assert len(by_name["several"].bot_ids) == 2


async def test_only_the_granted_channel_can_be_heard() -> None:
    """A wrong hash, box or number is refused."""
    async with opened() as (_, caller):
        for wrong in ({"hash": "x"}, {"channel": "poe-chan"}, {"min_seq": "soon"}):
            assert (await caller.visit(caller.address(**wrong))).status == 403


async def test_long_poll_gives_a_frame_at_a_time() -> None:
    """The settings disable WebSockets; the same URL answers over HTTP and misses nothing."""
    async with opened("/Sandbox-Long-Poll", noise=False) as (sandbox, caller):
        assert caller.channel["enableWebsocket"] is False
        seq, state = int(caller.channel["minSeq"]), ""
        await caller.send("hello", "Sandbox-Long-Poll")
        (sent,) = sandbox.ledger
        while state != "complete":
            frame = await caller.poll(seq)
            seq = frame["min_seq"]
            inners = [json.loads(inner) for inner in frame["messages"]]
            nodes = [inner["payload"]["data"]["messageAdded"] for inner in inners]
            state = next((node["state"] for node in nodes if node["messageId"] in sent.bot_ids), "")


async def test_a_drop_closes_the_asking_page_alone() -> None:
    """The other page's socket stays; a page that reconnects gets its last frame twice and then the rest."""
    async with opened(noise=False) as (sandbox, caller):
        other = Caller(sandbox)
        await other.settings()
        async with other, await other.listen() as stays, await caller.listen() as drops:
            sandbox.script("GPT-4", [Text("one"), Drop(), Text("two"), State("complete")])
            await caller.send("hello")
            heard = [message async for message in drops]
            assert drops.close_code == 1001
            seq = json.loads(heard[-1].data)["min_seq"]
            await finished(sandbox, sandbox.ledger[0])
            caller.channel["minSeq"] = seq
            async with await caller.listen() as again:
                assert (await again.receive()).data == heard[-1].data
                assert '\\"two\\"' in (await again.receive()).data
            assert not stays.closed


async def test_the_rate_guard_bans_without_a_word() -> None:
    """Of two prompts in a row the second is accepted and echoed but never answered, and so is every later one."""
    async with opened(switches=["rate-guard=60"], noise=False) as (sandbox, caller):
        await caller.send("one")
        await finished(sandbox, sandbox.ledger[0])
        assert not sandbox.banned
        assert (await caller.send("two"))["status"] == "success"
        second = sandbox.ledger[1]
        await sandbox.wait(
            lambda: any(member.get("messageId") == second.human_id for member in members(sandbox, second.chat_id))
        )
        assert sandbox.banned
        assert second.gap is not None
        assert second.bot_ids == []
