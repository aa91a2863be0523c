"""The handles that the simulated Poe knows: provider.md's ten, a selection of poe.md section 6, one for each mood."""

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
"""What frames carry as `author` instead of the handle (poe.md section 2)."""

SHOWN_MOODS = tuple(
    f"Sandbox-{name}" for name in ("Novel", "Thinking", "Rewrite", "Slow", "Stall", "Error", "Login-Wall")
)
"""The moods that the demo offers beside the models."""

MOOD_HANDLES = tuple(handle_of(mood) for mood in MOODS)
"""One handle for each mood."""

KNOWN = (*CONTRACT, *CURRENT, *MOOD_HANDLES)
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
