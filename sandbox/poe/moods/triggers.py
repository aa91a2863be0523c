"""What turns a mood on: a handle or a magic word.

A mood such as `stall` (`catalogue.py` has the table) is on for a prompt or a page in any of three ways:
- by handle: `/Sandbox-Stall`;
- by a magic word in the prompt's last turn: `!stall`, or with an amount `!stall=300`;
- for the whole site: `PoeSandbox(switches=("stall=300",))`, `sandbox.switch("stall=300")`, or the demo page's menu.

A mood of the page or of a visit that a prompt names is on for the next loads of that prompt's chat (price-dialog at
once). An open page asks which moods are on when somebody begins to write. A page can't crash its own tab: that needs
DevTools' Page.crash, and `hung-tab` comes closest.
"""

import re
from collections.abc import Iterable

from sandbox.poe.answers.answer_text import turns_of
from sandbox.poe.moods.catalogue import BY_NAME, MOODS, Moods, handle_of

_MAGIC = re.compile(r"(?<!\S)!(?P<word>[a-z][a-z0-9-]*(?:=\d+(?:\.\d+)?)?)(?!\S)")
_BY_HANDLE = {handle_of(mood): mood for mood in MOODS}


def parse(word: str) -> Moods:
    """Parse `stall` or `stall=300`.

    Raises:
        KeyError: There is no such mood.
        ValueError: The amount isn't a number.
    """
    name, _, amount = word.partition("=")
    default = BY_NAME[name].amount
    return {name: float(amount) if amount else default}


def of_handle(handle: str) -> Moods:
    """Return the mood that a handle stands for, if any."""
    mood = _BY_HANDLE.get(handle)
    return {mood.name: mood.amount} if mood else {}


def of_prompts(prompts: Iterable[str]) -> Moods:
    """Return the moods whose magic words are in the last turns of these prompts; unknown words are ignored."""
    found: Moods = {}
    for prompt in prompts:
        for match in _MAGIC.finditer(_last_turn(prompt)):
            if match["word"].partition("=")[0] in BY_NAME:
                found |= parse(match["word"])
    return found


def _last_turn(prompt: str) -> str:
    """Return the prompt from its last turn on: earlier turns are history, and their magic words are spent."""
    turns = turns_of(prompt)
    return prompt[turns[-1].start :] if len(turns) > 1 else prompt
