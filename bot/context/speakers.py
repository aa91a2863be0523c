"""What people are called in a prompt: two with the same display name are told apart. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from bot.context.impersonation import name_of

Speaker: TypeAlias = tuple[int, str]
"""A person's id and nothing, or a webhook's id and the name under which it spoke: one webhook can have many names."""

_LONGEST = 40  # characters of a name in a prompt
_DIGITS = range(4, 21)  # how many of an id's last digits tell people apart: as few as are enough


def distinct(names: Mapping[Speaker, str]) -> dict[Speaker, str]:
    """Return what speakers are called: where names look the same in a prompt, they get the last digits of the ids.

    So a person is called the same in every prompt, in whatever order people spoke.

    Args:
        names: the display names.
    """
    called, tagged, digits = dict(names), set[Speaker](), _DIGITS.start
    while (alike := _alike(called)) and digits in _DIGITS:
        digits += alike <= tagged
        tagged |= alike
        called |= {speaker: _tagged(names[speaker], speaker[0], digits) for speaker in tagged}
    return called


def _alike(names: Mapping[Speaker, str]) -> set[Speaker]:
    looks = {speaker: name_of(name).casefold() for speaker, name in names.items()}
    counts = Counter(looks.values())
    return {speaker for speaker, look in looks.items() if counts[look] > 1}


def _tagged(name: str, id_: int, digits: int) -> str:
    tag = f"#{str(id_)[-digits:]}"
    return f"{name_of(name, _LONGEST - len(tag)) or 'somebody'}{tag}"
