"""Prompts for `PoeClient.stream`, and one that is hard to type exactly."""

from bot.conversation import Messages
from bot.poe.client import MakePrompt

_PIECE = """one \"quoted\" 'single' `code` \\n ${x}

\tfour 😀 👩\u200d👩\u200d👧\u200d👦 🇩🇪 🧑\u200d🚀 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢, שלום עולם — مرحبا بالعالم — mixed
"""
LONG_PROMPT = (_PIECE * 200)[:19_999] + "!"
"""20,000 characters, the limit of a prompt: newlines, tabs, quotes, emoji, letters beyond 16 bits, right to left."""


def prompt_of(text: str) -> MakePrompt:
    """Return a maker of a prompt that is one user's message."""

    async def make() -> Messages:
        return [{"role": "user", "content": text}]

    return make
