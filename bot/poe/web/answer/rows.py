"""Finds a prompt and its answer among the messages on the page. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from bot.poe.web.answer.reconcile import letters
from bot.poe.web.browser.tab import PageMessage, PageState

_COMPARED = 300  # characters of a prompt that are compared: enough to tell two apart
_AT_LEAST = 40  # characters that have to be shown of a long prompt, which the page may cut
_ALIKE = 0.6  # share of them that has to agree, because rendering hides Markdown signs and adds labels
_NEWEST = 5  # new messages of a person among which the prompt is searched


class Rows(NamedTuple):
    """The prompt on the page, and the model's messages after it."""

    prompt: PageMessage
    answer: tuple[PageMessage, ...]


def find_rows(prompt: str, before: PageState, now: PageState, echo: int | None = None) -> Rows | None:
    """Find the prompt and its answer on the page; None while the page does not show the prompt.

    The page may also show older messages of the conversation, some of them late. After a send it may navigate to a page
    that has the new messages only.

    Args:
        prompt: what was sent.
        before: the page before the send.
        now: the page now.
        echo: the prompt's message id, if Poe gave it.
    """
    rows = now.messages
    numbered = all(row.id is not None for row in rows)
    if echo is not None and numbered:
        place = next((index for index, row in enumerate(rows) if row.id == echo), None)
    else:
        place = next((index for index in _new_from_a_person(before, now) if _is_prompt(rows[index], prompt)), None)
    if place is None:
        return None
    # Messages after somebody's next prompt in the same chat answer that one.
    return Rows(rows[place], tuple(takewhile(lambda row: not row.own, rows[place + 1 :])))


def _new_from_a_person(before: PageState, now: PageState) -> Iterator[int]:
    """Return the indexes of the newest messages of a person that were not there before, newest first."""
    newest = max((row.id for row in before.messages if row.id is not None), default=0)
    # Without ids: within one document, messages are only added.
    counted = len(before.messages) if now.document == before.document else 0
    new = [
        index
        for index, row in enumerate(now.messages)
        if row.own and (row.id > newest if row.id is not None else index >= counted)
    ]
    return reversed(new[-_NEWEST:])


def _is_prompt(row: PageMessage, prompt: str) -> bool:
    shown = _comparable(row.text or "")[:_COMPARED]
    sent = _comparable(prompt)[: max(len(shown), _AT_LEAST)]
    return shown == sent or SequenceMatcher(None, shown, sent, autojunk=False).ratio() > _ALIKE


def _comparable(text: str) -> Sequence[str]:
    return letters(text) or "".join(text.split())
