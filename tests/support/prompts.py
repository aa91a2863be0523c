"""Prompts that are hard to type exactly."""

PROMPTS = {
    "newlines": "one\ntwo\n\n\tfour \"quoted\" 'single' `code` \\n ${x}\nlast",
    "emoji": "😀 👩‍👩‍👧‍👦 🇩🇪 🧑‍🚀 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "right to left": "שלום עולם — مرحبا بالعالم — mixed",
    "20,000 characters": ("Lorem ipsum 😀 dolor שלום sit amet.\n" * 1000)[:20_000],
}
