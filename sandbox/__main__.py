"""``make demo``: the unmodified bot between a simulated Discord and a simulated Poe on this machine.

Without ``--ask`` it serves a page until Ctrl-C. With ``--ask`` it asks one question without the page, prints each edit
as it arrives, and prints JSON as the last line. No real model answers.
"""

import argparse
import asyncio
import contextlib
import errno
import json
import logging
import re
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any

from bot.errors import QuothError
from sandbox.demo import running_demo
from sandbox.discord.world.entities import Interaction, Message
from sandbox.running_bot import Backend

_PORT = 8420
_LIMIT = 900.0  # seconds for one ask
_HEAD = re.compile(r"\A-# ❯ .*\n?")
_TAIL = re.compile(r"(?:^(?:-# )?⚠️ .*\n)?^-# ◆ (?P<line>.*)\Z", re.MULTILINE)
_HELP = "Try Quoth without a Discord token and without a Poe account."


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=_HELP)
    parser.add_argument("--port", type=int, help=f"port of the page (default {_PORT}, or another one if it is taken)")
    parser.add_argument("--backend", choices=("browser", "api"), default="browser", help="how the bot asks Poe")
    parser.add_argument("--ask", metavar="MODEL", help="ask one question without the page")
    parser.add_argument("--prompt", default="What are the people in this channel talking about?")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # What it warns of is in the settings, such as an API that isn't Poe's; here they are as they should be.
    logging.getLogger("bot.bootstrap").setLevel(logging.ERROR)
    backend: Backend = options.backend
    work = _serve(options.port, backend) if options.ask is None else _ask(options.ask, options.prompt, backend)
    try:
        return asyncio.run(_until_told(work))
    except (QuothError, OSError, TimeoutError) as error:
        print(f"demo: {error or type(error).__name__}", file=sys.stderr)
        return 1


async def _until_told(work: Coroutine[Any, Any, int]) -> int:
    """Run the work until it ends or SIGINT or SIGTERM arrives, and close everything that it opened."""
    working = asyncio.ensure_future(work)
    with contextlib.suppress(NotImplementedError):  # Windows: there Ctrl-C cancels by itself
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        return await working
    except asyncio.CancelledError:
        return 0


async def _serve(port: int | None, backend: Backend) -> int:
    async with contextlib.AsyncExitStack() as stack:
        try:
            demo = await stack.enter_async_context(running_demo(_PORT if port is None else port, backend))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if port is not None:
                raise OSError(f"port {port} is taken; choose another one, or none to let the demo choose") from error
            demo = await stack.enter_async_context(running_demo(0, backend))
        print(f"Quoth's demo: {demo.discord.page_url}", flush=True)
        print("Open it and type /ask. No real model answers. Press Ctrl-C to stop.", flush=True)
        await asyncio.Event().wait()
    return 0


async def _ask(model: str, prompt: str, backend: Backend) -> int:
    async with running_demo(0, backend) as demo:
        discord = demo.discord
        started = time.monotonic()
        interaction = await discord.command("alice", "lamp-room", "ask", prompt=prompt, model=model)
        printed: dict[int, int] = {}
        while not _final(interaction):
            await discord.wait(lambda: _print_edits(interaction, printed, started) or _final(interaction), _LIMIT)
        _print_edits(interaction, printed, started)
        result = _result(interaction, started) | {"rate_limited": len(discord.ledger.limited)}
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["state"] == "done" else 1


def _messages(interaction: Interaction) -> list[Message]:
    first = [interaction.original] if interaction.original else []
    return [message for message in (*first, *interaction.followups) if not message.deleted]


def _print_edits(interaction: Interaction, printed: dict[int, int], started: float) -> bool:
    """Print the new revisions; returns whether there were any."""
    printed_any = False
    for number, message in enumerate(_messages(interaction), start=1):
        for revision in message.revisions[printed.get(message.id, 0) :]:
            printed_any = True
            seconds = revision.at - started
            print(f"--- {seconds:6.2f} s, message {number}, {len(revision.content)} characters")
            print(revision.content, flush=True)
        printed[message.id] = len(message.revisions)
    return printed_any


def _final(interaction: Interaction) -> str:
    """Return the final state that a reader sees; "" while there is none."""
    messages = _messages(interaction)
    tail = _TAIL.search(messages[-1].content) if messages else None
    word = tail["line"].rpartition(" · ")[2] if tail else ""
    if word in ("done", "stopped", "failed", "interrupted"):
        return word
    return "failed" if interaction.failed else ""


def _result(interaction: Interaction, started: float) -> dict[str, object]:
    messages = _messages(interaction)
    revisions = sorted((revision for message in messages for revision in message.revisions), key=lambda r: r.at)
    texts = [revision.at for revision in revisions if _answer(revision.content)]
    return {
        "state": _final(interaction),
        "edits": len(revisions),
        "first_text_ms": round((texts[0] - started) * 1000) if texts else None,
        "total_ms": round((revisions[-1].at - started) * 1000) if revisions else None,
        "text": _file(messages) or "\n".join(filter(None, (_answer(message.content) for message in messages))),
    }


def _file(messages: list[Message]) -> str:
    """Return the attached file with the whole answer, if it is too long for messages; else ""."""
    return next((file.data.decode() for message in messages for file in message.attachments), "")


def _answer(content: str) -> str:
    return _TAIL.sub("", _HEAD.sub("", content)).strip()


if __name__ == "__main__":
    sys.exit(main())
