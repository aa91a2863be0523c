"""Which of the messages that the page shows belong to an ask. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from bot.poe.web.answer.reconcile import letters
from bot.poe.web.browser.tab import Look, Shown

_COMPARED = 300  # signs of a prompt that are compared: enough to tell two apart
_AT_LEAST = 40  # signs that have to be there, where a long prompt is shown only in part
_ALIKE = 0.6  # how much of these have to agree: rendering hides signs of Markdown and adds labels of its own
_NEWEST = 5  # new messages of a person among which the prompt is looked for


class Rows(NamedTuple):
    """The prompt as the page shows it, and the model's messages after it."""

    asked: Shown
    answer: tuple[Shown, ...]


def rows_of(prompt: str, before: Look, now: Look, echo: int | None = None) -> Rows | None:
    """Find the prompt and its answer on the page; None while the page does not show them.

    Older messages of the same conversation may be on the page, and may appear on it late; a send may lead to another
    page that has only the new ones.

    Args:
        prompt: what was sent.
        before: the page as it was before.
        now: the page.
        echo: the prompt's number, where Poe told it.
    """
    rows = now.messages
    numbered = all(row.id is not None for row in rows)
    if echo is not None and numbered:
        place = next((index for index, row in enumerate(rows) if row.id == echo), None)
    else:
        place = next((index for index in _new_from_a_person(before, now) if _says(rows[index], prompt)), None)
    if place is None:
        return None
    # What follows somebody's next prompt in the same chat answers that one.
    return Rows(rows[place], tuple(takewhile(lambda row: not row.own, rows[place + 1 :])))


def _new_from_a_person(before: Look, now: Look) -> Iterator[int]:
    """The places of the newest messages of a person that were not there before, newest first."""
    numbers = {row.id for row in before.messages if row.id is not None}
    # Without numbers the messages of the same document only become more.
    counted = len(before.messages) if now.document == before.document else 0
    new = [
        index
        for index, row in enumerate(now.messages)
        if row.own and (row.id not in numbers if row.id is not None else index >= counted)
    ]
    return reversed(new[-_NEWEST:])


def _says(row: Shown, prompt: str) -> bool:
    shown = _signs(row.text or "")[:_COMPARED]
    sent = _signs(prompt)[: max(len(shown), _AT_LEAST)]
    return shown == sent or SequenceMatcher(None, shown, sent, autojunk=False).ratio() > _ALIKE


def _signs(text: str) -> Sequence[str]:
    return letters(text) or "".join(text.split())
