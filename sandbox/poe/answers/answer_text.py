"""The answers: built from the prompt itself, so that a reader sees which history arrived; pure.

The same handle and prompt always give the same answer of some 700 to 2500 characters, with a heading, a quote, a
list, a code fence, a table, and emoji inside and outside the BMP.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass

_LINE = re.compile(
    r"^(?:> ?|[-*] )*\**(?P<speaker>[^\s:*<>`|][^:*<>`|\n]{0,39}?)\**:\**[ \t]+(?P<words>\S.*)$", re.MULTILINE
)
"""A line in which somebody speaks: `Alice: hello`, `> **Alice**: hello`, `- Alice: hello`."""
_ROLES = frozenset(("user", "assistant", "system"))

_CLOSINGS = (
    "That is everything I can honestly say 🦜: a parrot repeats, it doesn't think. Where you expected knowledge, ask a "
    "model that has some; where you expected your own words back in good order, here they are 👩🏽‍💻.",
    "So far the echo 🏳️‍🌈. Nothing above was understood by anybody: the words were counted, cut to length and arranged "
    "into the kinds of Markdown that a real answer tends to use, 𝔣𝔬𝔯 𝔱𝔥𝔢 𝔰𝔞𝔨𝔢 𝔬𝔣 𝔱𝔥𝔢 𝔭𝔞𝔤𝔢𝔰.",
    "The end 🧵. If a word of your conversation is missing in the list, then it didn't reach the chat site; if it is "
    "there, it did. That is all this stand-in is good for, and it is glad to be of use 👨‍👩‍👧‍👦.",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the prompt as the stand-in understands it."""

    speaker: str
    words: str
    start: int
    """Where in the prompt it begins."""


def turns_of(prompt: str) -> list[Heard]:
    """Finds who spoke in a prompt.

    Where roles speak (`User: Alice: hello`), only lines of roles begin a turn, and a user's own name comes first in the
    words.
    """
    lines = [Heard(found["speaker"].strip(), found["words"].strip(), found.start()) for found in _LINE.finditer(prompt)]
    roles = [heard for heard in lines if heard.speaker.lower() in _ROLES]
    return [_named(heard) for heard in roles] or lines


def _named(heard: Heard) -> Heard:
    inner = _LINE.match(heard.words)
    return Heard(inner["speaker"], inner["words"], heard.start) if inner else heard


def digest_of(handle: str, prompt: str) -> str:
    """Gives a short fingerprint of what was asked of whom."""
    return hashlib.sha256(f"{handle}\0{prompt}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def compose(handle: str, prompt: str) -> str:
    """Gives the answer in Markdown."""
    digest = digest_of(handle, prompt)
    turns = turns_of(prompt)
    parts = (
        f"## {handle} answers from the sandbox",
        "This is Quoth's sandbox: **no real model answered**. 🪶 What you read is put together from the prompt that "
        f"arrived, which has {len(prompt)} characters and the fingerprint `{digest}`.",
        "### The prompt's last words",
        _quote(prompt),
        "### Turns that I received",
        _bullets(turns),
        "```python\n" + _code(prompt, len(turns), digest) + "\n```",
        _table(turns, prompt),
        _CLOSINGS[int(digest, 16) % len(_CLOSINGS)],
    )
    return "\n\n".join(parts)


def followups(handle: str) -> tuple[str, ...]:
    """Gives the replies that the site suggests below an answer."""
    return (f"Ask {handle} something else", "Say that again, shorter", "What did you receive?")


def _quote(prompt: str) -> str:
    lines = [line for line in prompt.splitlines() if line.strip()][-3:] or ["(nothing)"]
    return "\n".join(f"> {_cut(line, 120)}" for line in lines)


def _bullets(turns: list[Heard]) -> str:
    if not turns:
        return "- nobody but you: one question, without a history"
    lines = [f"- **{turn.speaker}**: {_cut(turn.words, 48)}" for turn in turns[-8:]]
    if len(turns) > 8:
        lines.insert(0, f"- … and {len(turns) - 8} earlier turns")
    return "\n".join(lines)


def _code(prompt: str, turns: int, digest: str) -> str:
    received = {"lines": prompt.count("\n") + 1, "turns": turns, "words": len(prompt.split())}
    return (
        f"received = {received}\n"
        f'fingerprint = "{digest}"  # 指紋\n'
        "\n"
        "def echo(words: list[str]) -> str:\n"
        '    return " ".join(words)  # nothing is made up'
    )


def _table(turns: list[Heard], prompt: str) -> str:
    counted = Counter(turn.speaker for turn in turns).most_common(4) or [("you", 1)]
    rows = [f"| {_cut(speaker, 24)} | {count} |" for speaker, count in counted]
    return "\n".join(("| speaker | turns |", "|---|---:|", *rows, f"| characters in all | {len(prompt)} |"))


def _cut(text: str, limit: int) -> str:
    """Cuts a line to length; a fence in a quoted line would swallow the rest of the answer, so backticks go."""
    plain = text.strip().replace("`", "'").replace("|", "¦")
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
