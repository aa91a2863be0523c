"""A prompt that is hard to type exactly."""

_PIECE = """one \"quoted\" 'single' `code` \\n ${x}

\tfour 😀 👩\u200d👩\u200d👧\u200d👦 🇩🇪 🧑\u200d🚀 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢, שלום עולם — مرحبا بالعالم — mixed
"""
LONG_PROMPT = (_PIECE * 200)[:19_999] + "!"
"""20,000 characters, the limit of a prompt: newlines, tabs, quotes, emoji, letters beyond 16 bits, right to left."""
