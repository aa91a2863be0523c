"""The buttons below a reply: their labels, and the ids that cogs/reply_buttons.py recognises."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import discord

from bot.i18n.translate import t

TEMPLATE = r"quoth:(?P<act>stop|retry|other|read|without|bare|edited|edit):(?P<ask>\d{1,20})(?::(?P<page>\d{1,3}))?"
"""The pattern of the ids of an ask's own buttons."""
SUGGESTION = r"quoth:say:(?P<ask>\d{1,20}):(?P<number>\d)"
"""The pattern of the ids of suggested replies."""
NEAR = r"quoth:model:(?P<ask>\d{1,20}):(?P<model>.{1,66})"
"""The pattern of the ids of buttons that ask a model whose name is like a mistyped one."""
_LONGEST_NAME = 66  # characters of a model's name, which the id of its button carries: it has 100 at most
_SUGGESTIONS = 3  # of an answer's suggested replies, how many are shown
_LONGEST = 4000  # characters of a reply that is worth suggesting
_LABEL = 80  # characters of a button's label at most (discord.md section 5)

Act: TypeAlias = Literal["stop", "retry", "other", "read", "without", "bare", "edit", "edited"]
"""What a button is for."""
AFTER: tuple[Act, ...] = ("retry", "other", "read")
"""What can be done about an ask that is over, if its question is a message, which Discord lets its author edit."""
AFTER_COMMAND: tuple[Act, ...] = (*AFTER, "edit")
"""What can be done about one whose question is no message."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button; ``custom_id`` carries the ask's id, so that the button works after a restart."""

    label: str
    custom_id: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    row: int = 0


def buttons_while_running(ask: int) -> tuple[Button, ...]:
    """Return the buttons of an ask that is not over."""
    return (Button(t("Stop"), f"quoth:stop:{ask}", discord.ButtonStyle.danger),)


def buttons_after(ask: int, acts: tuple[Act, ...] = AFTER) -> tuple[Button, ...]:
    """Return the buttons of an ask in a final state."""
    labels = {
        "retry": t("Retry"),
        "other": t("Ask another model"),
        "read": t("What was read?"),
        "without": t("Ask without it"),
        "bare": t("Ask without it"),
        "edit": t("Edit question"),
        "edited": t("Ask again with the edit"),
    }
    return tuple(Button(labels[act], f"quoth:{act}:{ask}") for act in acts)


def near_buttons(ask: int, names: Iterable[str]) -> tuple[Button, ...]:
    """Return a button for each model that may have been meant."""
    return tuple(Button(name, f"quoth:model:{ask}:{name}") for name in names if len(name) <= _LONGEST_NAME)


def page_buttons(ask: int, page: int, pages: int) -> tuple[Button, ...]:
    """Return the buttons that turn the pages of what was read for an ask; pages count from 0."""
    labels = {page - 1: t("Previous"), page + 1: t("Next")}
    return tuple(Button(label, f"quoth:read:{ask}:{to}") for to, label in labels.items() if 0 <= to < pages)


def offered(suggestions: Iterable[str]) -> tuple[str, ...]:
    """Return the suggested replies that become buttons: a few, with words, each once."""
    replies = dict.fromkeys(reply.strip() for reply in suggestions if len(reply) <= _LONGEST)
    return tuple(reply for reply in replies if any(map(str.isalnum, reply)))[:_SUGGESTIONS]


def suggestion_buttons(ask: int, replies: Iterable[str]) -> tuple[Button, ...]:
    """Return a button for each suggested reply, which says as much of it as fits."""
    labels = (" ".join("".join(c if c.isprintable() else " " for c in reply).split()) for reply in replies)
    shown = (label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…" for label in labels)
    style = discord.ButtonStyle.primary  # they are what a person says, not what Quoth does
    return tuple(Button(label, f"quoth:say:{ask}:{number}", style, row=1) for number, label in enumerate(shown))


def has_button(message: discord.Message, act: Act) -> bool:
    """Whether a message has a button that is for this; only the reply to an ask that is not over has "stop"."""
    rows = (row.children for row in message.components if isinstance(row, discord.ActionRow))
    ids = (each.custom_id or "" for row in rows for each in row if isinstance(each, discord.Button))
    return any(each.startswith(f"quoth:{act}:") for each in ids)


def with_button(message: discord.Message, button: Button) -> discord.ui.View:
    """Return the buttons of a message and one more."""
    view = discord.ui.View.from_message(message, timeout=None)
    view.add_item(discord.ui.Button(label=button.label, custom_id=button.custom_id, style=button.style, row=0))
    view.stop()
    return view


def button_view(buttons: tuple[Button, ...]) -> discord.ui.View:
    """Return buttons as discord.py sends them; the view does not listen, since the ids are enough."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        item: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=button.label, custom_id=button.custom_id, style=button.style, row=button.row
        )
        view.add_item(item)
    view.stop()
    return view
