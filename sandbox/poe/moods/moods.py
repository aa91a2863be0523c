"""Which moods are on: by handle, by magic word, by switch.

A mood named `stall` (the table is in `repertoire.py`) is on for a prompt or a page in any of three ways:
- by handle: `/Sandbox-Stall`;
- by a magic word in the prompt's last turn: `!stall`, with an amount `!stall=300`;
- for the whole site: `PoeSandbox(switches=("stall=300",))`, `sandbox.switch("stall=300")`, or the demo page's menu.

A mood of the page or of a visit that a prompt names is on for the next loads of that prompt's chat (price-dialog at
once). A tab is crashed from outside (DevTools' Page.crash), since a page can't; `hung-tab` is as near as it comes.
"""

import re
from collections.abc import Iterable

from sandbox.poe.answers.answer_text import turns_of
from sandbox.poe.answers.steps import Step
from sandbox.poe.moods.repertoire import MOODS, Mood

MAGIC = re.compile(r"(?<!\S)!(?P<word>[a-z][a-z0-9-]*(?:=\d+(?:\.\d+)?)?)(?!\S)")

Moods = dict[str, float]
"""Names of the moods that are on, with their amounts."""

BY_NAME = {mood.name: mood for mood in MOODS}


def handle_of(mood: Mood) -> str:
    """Gives the handle whose chats are always in this mood: `Sandbox-Login-Wall`."""
    return "-".join(("Sandbox", *(part.capitalize() for part in mood.name.split("-"))))


_BY_HANDLE = {handle_of(mood): mood for mood in MOODS}


def parse(word: str) -> Moods:
    """Reads `stall` or `stall=300`.

    Raises:
        KeyError: there is no such mood.
        ValueError: the amount isn't a number.
    """
    name, _, amount = word.partition("=")
    usual = BY_NAME[name].amount
    return {name: float(amount) if amount else usual}


def of_handle(handle: str) -> Moods:
    """Gives the mood that a handle stands for, if any."""
    mood = _BY_HANDLE.get(handle)
    return {mood.name: mood.amount} if mood else {}


def of_prompts(prompts: Iterable[str]) -> Moods:
    """Gives the moods whose magic words stand in these prompts; unknown words mean nothing."""
    found: Moods = {}
    for prompt in prompts:
        words = (match["word"] for match in MAGIC.finditer(last_turn(prompt)))
        for word in words:
            if word.partition("=")[0] in BY_NAME:
                found |= parse(word)
    return found


def last_turn(prompt: str) -> str:
    """Gives the prompt from its last spoken line on: earlier turns are history, and their magic has been done."""
    turns = turns_of(prompt)
    return prompt[turns[-1].start :] if len(turns) > 1 else prompt


def reshape(steps: list[Step], moods: Moods) -> list[Step]:
    """Lets every answer mood that is on change the steps, in the table's order."""
    for mood in MOODS:
        if mood.reshape and mood.name in moods:
            steps = mood.reshape(steps, moods[mood.name])
    return steps
