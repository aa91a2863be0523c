"""The handles that the simulated Poe knows: provider.md's ten, Quoth's catalogue, some others, one for each mood."""

import tomllib
from pathlib import Path

from sandbox.poe.moods.catalogue import MOODS, handle_of

CONTRACT = (
    "Llama-2-7b",
    "Llama-2-13b",
    "Llama-2-70b",
    "Code-Llama-7b",
    "Code-Llama-13b",
    "Code-Llama-34b",
    "GPT-3.5-Turbo",
    "GPT-3.5-Turbo-Instruct",
    "GPT-4",
    "Google-PaLM",
)
"""The handles of the provider contract (provider.md)."""

_CATALOGUE = Path(__file__).parents[2] / "bot" / "poe" / "models.toml"

CURRENT = tuple(model["handle"] for model in tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))["model"])
"""The handles in Quoth's catalogue (poe.md section 6), so that none that Quoth suggests is unknown here."""

ELSEWHERE = (
    "Assistant",
    "DeepSeek-R1",
    "Llama-4-Maverick",
    "Mistral-Medium-3",
    "Qwen3-235B-A22B",
    "Web-Search",
    "Perplexity-Sonar",
)
"""Handles that Poe has or had and Quoth doesn't suggest (poe.md section 6)."""

CODENAMES = {
    "Assistant": "capybara",
    "GPT-3.5-Turbo": "chinchilla",
    "GPT-4": "beaver",
    "Google-PaLM": "acouchy",
}
"""What frames carry as `author` instead of the handle (poe.md section 2)."""

SHOWN_MOODS = tuple(
    f"Sandbox-{name}" for name in ("Novel", "Thinking", "Rewrite", "Slow", "Stall", "Error", "Login-Wall")
)
"""The moods that the demo offers beside the models."""

MOOD_HANDLES = tuple(handle_of(mood) for mood in MOODS)
"""One handle for each mood."""

KNOWN = tuple(dict.fromkeys((*CONTRACT, *CURRENT, *ELSEWHERE, *MOOD_HANDLES)))
"""Every handle with a landing page; all others get a 404."""


def _folded(handle: str) -> str:
    """Return what all spellings of a handle have in common: case and spaces are ignored (poe.md section 2, M)."""
    return handle.replace(" ", "").lower()


_CANONICAL = {_folded(handle): handle for handle in KNOWN}


def canonical(handle: str) -> str | None:
    """Return the handle in Poe's own spelling, or None if there is no such bot."""
    return _CANONICAL.get(_folded(handle))


def author_of(handle: str) -> str:
    """Return the `author` of the bot's messages on the wire: its codename, or else its handle in lower case."""
    return CODENAMES.get(handle, handle.lower())
