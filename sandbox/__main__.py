"""``make demo``: the unmodified bot between a simulated Discord and a simulated Poe on this machine.

Without ``--ask`` it serves a page until Ctrl-C. With ``--ask`` it asks one question without the page, prints the answer
as it arrives, and prints JSON as the last line. No real model answers.
"""

import argparse
import asyncio
import contextlib
import errno
import json
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any, get_args

from bot.errors import QuothError
from sandbox.demo import running_demo
from sandbox.discord.world.entities import Interaction, Message
from sandbox.running_bot import Backend

_PORT = 8420
_LIMIT = 900.0  # seconds for one ask
_HEAD = re.compile(r"\A-# ❯ .*\n?")
_TAIL = re.compile(r"(?:^(?:-# )?⚠️ .*\n)?^-# ◆ (?P<line>.*)\Z", re.MULTILINE)
_CLOSERS = "*_~`| \n"  # what ends a growing text may close what is still open; the text goes on before it
_PROMPT = "What are the people in this channel talking about?"
_HELP = "Try Quoth without a Discord token and without a Poe account."


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=_HELP)
    parser.add_argument("--port", help=f"port of the page (default {_PORT}, or another one if it is taken)")
    parser.add_argument("--backend", help="how the bot asks Poe: browser (the default) or api")
    parser.add_argument("--ask", metavar="MODEL", help="ask one question without the page")
    parser.add_argument("--prompt", help=f"the question (default: {_PROMPT})")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # What it warns of is in the settings, such as an API that isn't Poe's; here they are as they should be.
    logging.getLogger("bot.bootstrap").setLevel(logging.ERROR)
    try:
        return asyncio.run(_until_told(_work(options)))
    except TimeoutError:
        print(f"demo: nothing happened for {_LIMIT / 60:.0f} minutes", file=sys.stderr)
    except (QuothError, OSError, ValueError) as error:
        print(f"demo: {error}", file=sys.stderr)
    return 1


def _work(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Return what the options ask for, not yet begun.

    Raises:
        ValueError: an option can't be used.
    """
    backend: Backend = options.backend or "browser"
    if backend not in get_args(Backend):
        raise ValueError(f"“{backend}” is not a backend: choose browser or api")
    if options.ask is None:
        if options.prompt is not None:
            raise ValueError("a prompt needs a model: make demo ASK=GPT-4o PROMPT='What are tides?'")
        return _serve(None if options.port is None else _port(options.port), backend)
    if options.prompt is not None and not options.prompt.strip():
        raise ValueError("the prompt is empty")
    return _ask(options.ask, options.prompt or _PROMPT, backend)


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not int(text) < 2**16:
        raise ValueError(f"“{text}” is not a port: choose a number from 1 to 65535")
    return int(text)


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
            if error.errno == errno.EACCES and port is not None:
                raise OSError(f"port {port} may not be used; choose one from 1024 to 65535") from error
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
        printer = _Printer()
        while not _final(interaction):
            await discord.wait(lambda: printer.print_edits(interaction) or _final(interaction), _LIMIT)
        printer.print_edits(interaction)
        result = _result(interaction, started) | {"rate_limited": len(discord.ledger.limited)}
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["state"] == "done" else 1


def _messages(interaction: Interaction) -> list[Message]:
    first = [interaction.original] if interaction.original else []
    return [message for message in (*first, *interaction.followups) if not message.deleted]


class _Printer:
    """Prints the answer as it grows: of each edit what is new, and status lines before the text and at the end."""

    def __init__(self) -> None:
        self._read: dict[int, int] = {}
        self._shown: dict[int, str] = {}
        self._status = ""
        self._at_line_start = True

    def print_edits(self, interaction: Interaction) -> bool:
        """Print what is new; returns whether there was any edit."""
        edited = False
        for message in _messages(interaction):
            for revision in message.revisions[self._read.get(message.id, 0) :]:
                edited = True
                text, tail = _answer(revision.content), _TAIL.search(revision.content)
                growing = tail is not None and not _state(tail)
                self._print_text(message.id, text.rstrip(_CLOSERS) if growing else text)
                self._print_status(tail)
            self._read[message.id] = len(message.revisions)
        return edited

    def _print_text(self, message_id: int, text: str) -> None:
        shown = self._shown.get(message_id)
        self._shown[message_id] = text
        known = os.path.commonprefix([shown or "", text])  # noqa: RUF071 - these are no paths
        if known == text:
            return  # its end is on the next page now
        if shown != known:  # a new message, or words that were shown have changed
            known = known[: known.rfind("\n") + 1]
            self._end_line()
        self._write(text[len(known) :])

    def _print_status(self, tail: re.Match[str] | None) -> None:
        if tail and tail[0] != self._status and (not any(self._shown.values()) or _state(tail)):
            self._status = tail[0]
            self._end_line()
            self._write(f"{tail[0]}\n")

    def _end_line(self) -> None:
        if not self._at_line_start:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            print(text, end="", flush=True)
            self._at_line_start = text.endswith("\n")


def _state(tail: re.Match[str]) -> str:
    """Return the final state that a status line names; "" if it is none."""
    word = tail["line"].rpartition(" · ")[2]
    return word if word in ("done", "stopped", "failed", "interrupted") else ""


def _final(interaction: Interaction) -> str:
    """Return the final state that a reader sees; "" while there is none."""
    revisions = [revision for message in _messages(interaction) for revision in message.revisions]
    tails = [_TAIL.search(revision.content) for revision in revisions if revision.content]  # it is empty while deferred
    if tails and not any(tails):
        return "failed"  # a refusal, which has no status line
    tail = next(filter(None, reversed(tails)), None)
    return _state(tail) if tail else "failed" if interaction.failed else ""


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
