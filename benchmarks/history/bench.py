"""The figures of history: the time and the requests that it takes to turn a channel into a prompt."""

import tempfile
import time
from pathlib import Path
from statistics import median

import discord

from benchmarks.percentiles import ms, percentile
from benchmarks.table import Row, table
from bot.context.history import read_history
from bot.context.prompt import build
from bot.context.turns import Knowledge, Origin, to_turns
from bot.conversation import Place
from sandbox.discord.rest.buckets import UNLIMITED
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message, MessageType, Reference
from tests.support.quoth_in_sandbox import LIMIT, QuothInSandbox, quoth_in_sandbox

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
    """Measure and return the table."""
    with tempfile.TemporaryDirectory(prefix="quoth-bench-") as folder:
        async with DiscordSandbox(limits=UNLIMITED) as sandbox, quoth_in_sandbox(Path(folder), sandbox) as quoth:
            _fill(sandbox)
            seconds = [await _time_prompt(quoth) for _ in range(_ROUNDS)]
            requests = await _count_requests(quoth)
            before_edit = await _count_before_first_edit(quoth)
    rows = (
        Row(f"{_MESSAGES} messages → prompt: median", "ms", ms(median(seconds)), (), 5),
        Row(f"{_MESSAGES} messages → prompt: p95", "ms", ms(percentile(seconds, 95)), ()),
        Row(f"requests to read {_MESSAGES} messages", "", requests, (), 1),
        Row("history requests before the first edit, for a question that needs several", "", before_edit, (), 1),
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


def _origin(quoth: QuothInSandbox) -> Origin:
    channel = quoth.discord.world.channels.oven
    guild = channel.guild.id if channel.guild else None
    where = quoth.bot.get_partial_messageable(channel.id, guild_id=guild)
    now = discord.Object(max(channel.messages) + 1)
    return Origin(Place(1, channel.id, guild), where, now, quoth.bot.me)


async def _time_prompt(quoth: QuothInSandbox) -> float:
    """Return the seconds of CPU from messages as discord.py returns them, newly read, to the prompt."""
    origin = _origin(quoth)
    messages = [message async for message in origin.channel.history(limit=_MESSAGES, before=origin.before)]
    messages.reverse()
    started = time.process_time()
    turns = to_turns(messages, Knowledge(origin.me)).turns
    prompt = build(turns, "And tomorrow?", budget=20_000)
    seconds = time.process_time() - started
    if prompt.read != _MESSAGES:
        raise RuntimeError(f"only {prompt.read} of {_MESSAGES} messages are in the prompt")
    return seconds


async def _count_requests(quoth: QuothInSandbox) -> int:
    quoth.discord.ledger.calls.clear()
    history = await read_history(_origin(quoth), _MESSAGES, quoth.bot.stores, quoth.bot.attachments)
    if len(history.turns) != _MESSAGES:
        raise RuntimeError(f"only {len(history.turns)} of {_MESSAGES} messages were read")
    return len(quoth.discord.ledger.to("GET", _READ))


async def _count_before_first_edit(quoth: QuothInSandbox) -> int:
    """Ask in a thread, whose first message needs a request of its own, and count the requests before the first edit."""
    sandbox = quoth.discord
    starter = next(iter(sandbox.world.channels.oven.messages.values()))
    thread = sandbox.world.add_thread(sandbox.world.channels.oven, "thread", sandbox.world.users.bob, starter.id)
    sandbox.ledger.calls.clear()
    interaction, answer = await quoth.ask("alice", thread)
    answer.end("Fog.")
    await sandbox.wait(lambda: "done" in interaction.response.content, LIMIT)
    calls = sandbox.ledger.calls
    reads = [at for at, call in enumerate(calls) if call.method == "GET" and "messages" in call.route]
    if not reads:
        raise RuntimeError("nothing was read")
    edit = next(at for at, call in enumerate(calls) if call.method == "PATCH")
    return sum(at < edit for at in reads)
