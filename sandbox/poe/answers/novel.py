"""A very long answer: at least 15 000 characters of chapters, lists, quotes and code."""

import random

MINIMUM = 15_000

_WHO = ("the raven", "a clerk", "the tide", "an old compiler", "my aunt", "the lighthouse", "nobody", "the second mate")
_DID = ("counted", "forgot", "translated", "carried home", "painted over", "apologised to", "weighed", "proof-read")
_WHAT = ("the harbour", "eleven letters", "a paper moon", "the last semicolon", "every clock", "a bag of 🍋", "the fog")
_WHEN = ("before breakfast", "without a word", "in the rain ☔", "twice", "as was the custom", "by mistake", "at noon")


def compose(seed: str) -> str:
    """Return the novel; the same seed always gives the same one."""
    rng = random.Random(seed)  # noqa: S311  # a story, not a secret
    parts = ["# The Harbour Office", "*Quoth's sandbox: no real model wrote this, and it shows.*"]
    chapter = 0
    while sum(map(len, parts)) < MINIMUM:
        chapter += 1
        parts += _chapter(rng, chapter)
    parts.append("## The end 🦜")
    return "\n\n".join(parts)


def _chapter(rng: random.Random, number: int) -> list[str]:
    parts = [f"## Chapter {number}: {rng.choice(_WHAT).capitalize()}", _paragraph(rng, 6)]
    match number % 4:
        case 0:
            parts += ["They agreed on three things:", "\n".join(f"{n}. {_sentence(rng)}" for n in range(1, 4))]
        case 1:
            parts += ["The log of that night:", _code(rng, number)]
        case 2:
            parts += [f"> {_sentence(rng)}\n> {_sentence(rng)}", "\n".join(f"- {_sentence(rng)}" for _ in range(4))]
        case _:
            parts.append(
                "\n".join(("| hour | event |", "|---|---|", *(f"| {h} | {_sentence(rng)} |" for h in range(3))))
            )
    return [*parts, _paragraph(rng, 5)]


def _code(rng: random.Random, number: int) -> str:
    rows = "\n".join(f'    ("{rng.choice(_WHO)}", {rng.randrange(900)}),' for _ in range(12))
    table = f"CHAPTER_{number} = (\n{rows}\n)"
    return f"```python\n{table}\n\n\nfor who, lemons in CHAPTER_{number}:\n    print(who, lemons)\n```"


def _paragraph(rng: random.Random, sentences: int) -> str:
    return " ".join(_sentence(rng) for _ in range(sentences))


def _sentence(rng: random.Random) -> str:
    words = f"{rng.choice(_WHO)} {rng.choice(_DID)} {rng.choice(_WHAT)} {rng.choice(_WHEN)}."
    return words[0].upper() + words[1:]
