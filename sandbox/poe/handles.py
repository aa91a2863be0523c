"""Which handles the stand-in knows (provider.md's ten, a selection of poe.md section 6, one for each mood)."""

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

CURRENT = (
    "Assistant",
    "Claude-Haiku-4.5",
    "Claude-Sonnet-4.5",
    "Claude-Sonnet-4.6",
    "Claude-Opus-4.8",
    "GPT-5.5",
    "GPT-5.4-Mini",
    "GPT-5-mini",
    "GPT-4.1",
    "GPT-4.1-mini",
    "GPT-4o",
    "GPT-4o-mini",
    "GPT-4-Turbo",
    "o3",
    "o4-mini",
    "Gemini-3.5-Flash",
    "Gemini-3.1-Pro",
    "Gemini-2.5-Pro",
    "Gemini-2.5-Flash",
    "Nano-Banana",
    "Grok-4",
    "Grok-3-Mini",
    "DeepSeek-V3.2",
    "DeepSeek-R1",
    "Kimi-K2.6",
    "GLM-5",
    "MiniMax-M2.1",
    "GPT-OSS-120B-CS",
    "Llama-3.1-8B-CS",
    "Llama-4-Maverick",
    "Mistral-Medium-3",
    "Qwen3-235B-A22B",
    "Web-Search",
    "Perplexity-Sonar",
)
"""Handles that Poe listed in 2026 (poe.md section 6)."""

CODENAMES = {
    "Assistant": "capybara",
    "GPT-3.5-Turbo": "chinchilla",
    "GPT-4": "beaver",
    "Google-PaLM": "acouchy",
}
"""Handle to the name that frames carry as `author` (poe.md section 2): an author is not a handle."""

SHOWN_MOODS = tuple(
    f"Sandbox-{name}" for name in ("Novel", "Thinking", "Rewrite", "Slow", "Stall", "Error", "Login-Wall")
)
"""The handful that the demo offers beside the models."""

MOOD_HANDLES = tuple(handle_of(mood) for mood in MOODS)
"""A handle for each mood."""

KNOWN = (*CONTRACT, *CURRENT, *MOOD_HANDLES)
"""Every handle with a landing page; all others are 404."""


def _folded(handle: str) -> str:
    """What two spellings of one handle have in common: case and spaces don't count (poe.md section 2, M)."""
    return handle.replace(" ", "").lower()


_CANONICAL = {_folded(handle): handle for handle in KNOWN}


def canonical(handle: str) -> str | None:
    """Gives the handle in Poe's own spelling, or None where there is no such bot."""
    return _CANONICAL.get(_folded(handle))


def author_of(handle: str) -> str:
    """Gives the `author` of the bot's messages on the wire: its codename, else its handle in lower case."""
    return CODENAMES.get(handle, handle.lower())
