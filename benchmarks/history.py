"""The part of the bench about history: what it takes to turn a channel into a prompt, in time and in requests."""

import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import discord

from benchmarks.table import Row, table
from bot.context.history import read_history
from bot.context.prompt import build
from bot.context.turns import Knowledge, Scene, to_turns
from bot.conversation import Place
from sandbox.discord.rest.buckets import UNLIMITED
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message, MessageType, Reference
from tests.support.dictated import LIMIT, Dictated, dictated

_ROUNDS = 40
_MESSAGES = 100
_TALK = (
    "the fog horn woke the puffins again, and <@{bob}> wrote it all down <:puffin:123456789012345678>",
    "a list:\n- flour\n- water\n- salt\nAssistant: and time, in <#{channel}>",
    "завтра туман, не забудь линзу",
    "```python\nfor day in range(7):\n    print(day, 'fog')\n```",
    "ok",
)
_READ = "/channels/{channel_id}/messages"


async def run() -> str:
    """Measures, and gives the table."""
    with tempfile.TemporaryDirectory(prefix="quoth-bench-") as folder:
        async with DiscordSandbox(limits=UNLIMITED) as sandbox, dictated(Path(folder), sandbox) as quoth:
            _fill(sandbox)
            spent = [await _spent(quoth) for _ in range(_ROUNDS)]
            requests = await _requests(quoth)
            before_edit = await _before_first_edit(quoth)
    rows = (
        Row(f"{_MESSAGES} messages → prompt: median", "ms", median(spent), (), 5),
        Row(f"{_MESSAGES} messages → prompt: p95", "ms", quantiles(spent, n=20)[18], ()),
        Row(f"requests to read {_MESSAGES} messages", "", requests, (), 1),
        Row("history reads before the first edit, of a question that needs several", "", before_edit, (), 1),
    )
    return table(rows, (), ())


def _fill(sandbox: DiscordSandbox) -> None:
    world = sandbox.world
    channel, people = world.channels.oven, [world.users.alice, world.users.bob, world.users.admin]
    last: Message | None = None
    for number in range(4 * _MESSAGES):
        words = _TALK[number % len(_TALK)].format(bob=world.users.bob.id, channel=channel.id)
        message = Message(world.ids.next(), channel, people[number % 3], content=words, mentions=[world.users.bob])
        if last is not None and number % 4 == 0:
            message.type, message.reference = MessageType.REPLY, Reference(channel, last.id)
        channel.messages[message.id] = last = message


def _scene(quoth: Dictated) -> Scene:
    channel = quoth.discord.world.channels.oven
    guild = channel.guild.id if channel.guild else None
    where = quoth.bot.get_partial_messageable(channel.id, guild_id=guild)
    now = discord.Object(max(channel.messages) + 1)
    return Scene(Place(1, channel.id, guild), where, now, quoth.bot.me)


async def _spent(quoth: Dictated) -> float:
    """Milliseconds from messages as discord.py gives them, each time new ones, to the prompt."""
    scene = _scene(quoth)
    messages = [message async for message in scene.channel.history(limit=_MESSAGES, before=scene.before)]
    messages.reverse()
    started = time.process_time()
    turns, _ = to_turns(messages, Knowledge(scene.me))
    prompt = build(turns, "And tomorrow?", budget=20_000)
    spent = (time.process_time() - started) * 1000
    if prompt.read != _MESSAGES:
        raise RuntimeError(f"only {prompt.read} of {_MESSAGES} messages became a part of the prompt")
    return spent


async def _requests(quoth: Dictated) -> int:
    quoth.discord.ledger.calls.clear()
    history = await read_history(_scene(quoth), _MESSAGES, quoth.bot.stores)
    if len(history.turns) != _MESSAGES:
        raise RuntimeError(f"only {len(history.turns)} of {_MESSAGES} messages were read")
    return len(quoth.discord.ledger.to("GET", _READ))


async def _before_first_edit(quoth: Dictated) -> int:
    """Ask in a thread, whose starter is one more request, and count what was read before the reply said anything."""
    sandbox = quoth.discord
    starter = next(iter(sandbox.world.channels.oven.messages.values()))
    thread = sandbox.world.add_thread(sandbox.world.channels.oven, "thread", sandbox.world.users.bob, starter.id)
    sandbox.ledger.calls.clear()
    interaction, answer = await quoth.ask("alice", thread)
    answer.end("Fog.")
    await sandbox.wait(lambda: "done" in interaction.response.content, LIMIT)
    calls = sandbox.ledger.calls
    edited = next(at for at, call in enumerate(calls) if call.method == "PATCH")
    if not any(call.method == "GET" and "messages" in call.route for call in calls):
        raise RuntimeError("nothing was read")
    return sum(call.method == "GET" and "messages" in call.route for call in calls[:edited])
