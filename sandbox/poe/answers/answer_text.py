"""The text of answers, which is built from the prompt, so that readers see which history arrived.

The same handle and prompt always give the same answer of some 700 to 2500 characters, with a heading, a quote, a
list, a code fence, a table, and emoji inside and outside the BMP.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LINE = re.compile(
    r"^(?:> ?|[-*] )*\**(?P<speaker>[^\s:*<>`|][^:*<>`|\n]{0,39}?)\**:\**[ \t]+(?P<words>\S.*)$", re.MULTILINE
)
"""A line with a speaker: `Alice: hello`, `> **Alice**: hello`, `- Alice: hello`."""
_ROLES = frozenset(("user", "assistant", "system"))

_CLOSINGS = (
    "That is all 🦜: a sandbox repeats what it received, it doesn't think. For real answers, run Quoth with your own "
    "Poe account; the README says how 👩🏽‍💻.",
    "That is all 🏳️‍🌈: no model read this. The sandbox counted your words and arranged them in the kinds of Markdown "
    "that real answers use, down to unusual letters: 𝔞𝔟𝔠.",
    "That is all 🧵. What is in the list above reached Poe, and what is missing from it didn't. If you wondered what a "
    "model gets to see of your channel, now you know 👨‍👩‍👧‍👦.",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the prompt."""

    speaker: str
    words: str
    start: int
    """Index in the prompt at which it begins."""


def turns_of(prompt: str) -> list[Heard]:
    """Split a prompt into turns.

    If lines begin with roles (`User: Alice: hello`), only those lines begin a turn, and a name after the role is the
    speaker's.
    """
    lines = [Heard(found["speaker"].strip(), found["words"].strip(), found.start()) for found in _LINE.finditer(prompt)]
    roles = [heard for heard in lines if heard.speaker.lower() in _ROLES]
    return [_named(heard) for heard in roles] or lines


def _named(heard: Heard) -> Heard:
    inner = _LINE.match(heard.words)
    return Heard(inner["speaker"], inner["words"], heard.start) if inner else heard


def digest_of(handle: str, prompt: str) -> str:
    """Return a short fingerprint of the handle and the prompt."""
    return hashlib.sha256(f"{handle}\0{prompt}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def compose(handle: str, prompt: str, files: Sequence[str] = ()) -> str:
    """Return the answer in Markdown; `files` are the names of the files that came with the prompt."""
    digest = digest_of(handle, prompt)
    turns = turns_of(prompt)
    parts = (
        f"## {handle} answers from the sandbox",
        "This is Quoth's sandbox: **no real model answered**. 🪶 This text is made from the prompt that arrived, "
        f"which has {len(prompt)} characters and the fingerprint `{digest}`.",
        "### The prompt's last words",
        _quote(prompt),
        "### Turns that I received",
        _bullets(turns),
        *_files(files),
        "```python\n" + _code(prompt, len(turns) or 1, digest) + "\n```",
        _table(turns, prompt),
        _CLOSINGS[int(digest, 16) % len(_CLOSINGS)],
    )
    return "\n\n".join(parts)


def followups(handle: str) -> tuple[str, ...]:
    """Return the replies that the site suggests below an answer."""
    return (f"Ask {handle} something else", "Say that again, shorter", "What did you receive?")


def _quote(prompt: str) -> str:
    lines = [line for line in prompt.splitlines() if line.strip()][-3:] or ["(nothing)"]
    return "\n".join(f"> {_cut(line, 120)}" for line in lines)


def _bullets(turns: list[Heard]) -> str:
    if not turns:
        return "- only yours: one question, without a history"
    lines = [f"- **{turn.speaker}**: {_cut(turn.words, 48)}" for turn in turns[-8:]]
    if len(turns) > 8:
        lines.insert(0, f"- … and {len(turns) - 8} earlier turns")
    return "\n".join(lines)


def _files(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield "### Files that I received"
        yield "\n".join(f"- {_cut(name, 80)}" for name in names)


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
    """Shorten a line; backticks are replaced, since a fence in it would hide the rest of the answer."""
    plain = text.strip().replace("`", "'").replace("|", "¦")
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
