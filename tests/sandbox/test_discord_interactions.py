"""The life of an interaction: its deadlines, its token, its answers, and whom they ping."""

import asyncio
import time
from typing import Any

from sandbox.discord import UNLIMITED, Deadlines, DiscordSandbox
from tests.support.discord_rest import Clock, bare, begin, callback, followups, original


async def test_interaction_dies_when_it_is_not_answered() -> None:
    """After three seconds the first response is too late: 404, 10062."""
    clock = Clock(time.time())
    sandbox = DiscordSandbox(clock=clock, limits=UNLIMITED)
    async with bare(sandbox) as rest:
        interaction = begin(sandbox)
        clock.now += 3.1
        status, _, body = await rest("POST", callback(interaction), {"type": 5}, token=False)
        assert (status, body["code"]) == (404, 10062)


async def test_token_dies_after_a_quarter_of_an_hour() -> None:
    """Then edits are refused with 401 and 50027, while the bot's own token still edits the message."""
    clock = Clock(time.time())
    sandbox = DiscordSandbox(clock=clock, limits=UNLIMITED)
    async with bare(sandbox) as rest:
        interaction = begin(sandbox)
        await rest("POST", callback(interaction), {"type": 5}, token=False)
        clock.now += 899
        assert (await rest("PATCH", original(sandbox, interaction), {"content": "Still"}, token=False))[0] == 200
        clock.now += 2
        status, _, body = await rest("PATCH", original(sandbox, interaction), {"content": "Late"}, token=False)
        assert (status, body["code"]) == (401, 50027)
        message = interaction.response
        path = f"/channels/{message.channel.id}/messages/{message.id}"
        assert (await rest("PATCH", path, {"content": "By the bot"}))[0] == 200
        assert message.content == "By the bot"


async def test_second_answer_is_refused() -> None:
    """A second response gets 400 and 40060; before the first one the webhook is unknown."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        interaction = begin(sandbox)
        status, _, body = await rest("GET", original(sandbox, interaction), token=False)
        assert (status, body["code"]) == (404, 10015)
        assert (await rest("POST", callback(interaction), {"type": 5}, token=False))[0] == 204
        status, _, body = await rest("POST", callback(interaction), {"type": 5}, token=False)
        assert (status, body["code"]) == (400, 40060)


async def test_first_followup_fills_the_deferred_message() -> None:
    """It stays ephemeral like the deferral; the next followup is a new message that refers to the original."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        interaction = begin(sandbox)
        path = f"{callback(interaction)}?with_response=1"
        _, _, told = await rest("POST", path, {"type": 5, "data": {"flags": 64}}, token=False)
        assert told["interaction"]["response_message_loading"]
        assert "resource" not in told
        _, _, loading = await rest("GET", original(sandbox, interaction), token=False)
        assert loading["flags"] == 64 | 128
        assert loading["interaction_metadata"]["user"]["username"] == "alice"
        _, _, first = await rest("POST", followups(sandbox, interaction), {"content": "One"}, token=False)
        _, _, second = await rest("POST", followups(sandbox, interaction), {"content": "Two"}, token=False)
        assert first["id"] == told["interaction"]["response_message_id"]
        assert (first["flags"], second["flags"]) == (64, 0)
        assert second["interaction_metadata"]["original_response_message_id"] == first["id"]
        assert [message.content for message in interaction.replies] == ["One", "Two"]


async def test_pings_are_recorded() -> None:
    """An ordinary message may ping everyone it mentions, an interaction's only users; code and none() ping nobody."""
    sandbox = DiscordSandbox(limits=UNLIMITED)
    async with bare(sandbox) as rest:
        bob = sandbox.world.users.bob.id
        role = next(role.id for role in sandbox.world.guilds["Lighthouse Keepers"].roles.values() if role.position)
        text = f"@everyone <@{bob}> <@&{role}>"
        path = f"/channels/{sandbox.world.channels.general.id}/messages"
        bodies: list[dict[str, Any]] = [
            {"content": text},
            {"content": text, "allowed_mentions": {"parse": []}},
            {"content": f"`{text}`"},
            {"content": text, "allowed_mentions": {"users": [str(bob)]}},
        ]
        sent = [(await rest("POST", path, body))[2] for body in bodies]
        pings = [sandbox.world.channels.general.messages[int(each["id"])].pings for each in sent]
        assert [(p.users, p.roles, p.everyone) for p in pings] == [
            ({bob}, {role}, True), (set(), set(), False), (set(), set(), False), ({bob}, set(), False),
        ]  # fmt: skip
        assert [bool(p) for p in pings] == [True, False, False, True]
        interaction = begin(sandbox)
        await rest("POST", callback(interaction), {"type": 5}, token=False)
        await rest("PATCH", original(sandbox, interaction), {"content": text}, token=False)
        pings = [interaction.response.pings]
        assert [(p.users, p.roles, p.everyone) for p in pings] == [({bob}, set(), False)]


async def test_latency_delays_every_answer() -> None:
    """Half of it passes before the call is read, half after."""
    sandbox = DiscordSandbox(limits=UNLIMITED, latency=0.1, deadlines=Deadlines(answer_within=0.05))
    async with bare(sandbox) as rest:
        interaction = begin(sandbox)
        started = asyncio.get_running_loop().time()
        status, _, body = await rest("POST", callback(interaction), {"type": 5}, token=False)
        assert asyncio.get_running_loop().time() - started >= 0.1
        assert (status, body["code"]) == (404, 10062)
