"""The buttons below a reply: their labels, and the ids that cogs/reply_buttons.py recognises."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import discord

from bot.i18n.translate import t

TEMPLATE = r"quoth:(?P<act>stop|retry|other|read):(?P<ask>\d{1,20})"
"""The pattern of every button's id."""

Act: TypeAlias = Literal["stop", "retry", "other", "read"]
"""What a button is for."""
AFTER: tuple[Act, ...] = ("retry", "other", "read")
"""What can be done about an ask that is over."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button; ``custom_id`` carries the ask's id, so that the button works after a restart."""

    label: str
    custom_id: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary


def buttons_while_running(ask: int) -> tuple[Button, ...]:
    """Return the buttons of an ask that is not over."""
    return (Button(t("Stop"), f"quoth:stop:{ask}", discord.ButtonStyle.danger),)


def buttons_after(ask: int, acts: tuple[Act, ...] = AFTER) -> tuple[Button, ...]:
    """Return the buttons of an ask in a final state."""
    labels = {"retry": t("Retry"), "other": t("Ask another model"), "read": t("What was read?")}
    return tuple(Button(labels[act], f"quoth:{act}:{ask}") for act in acts)


def has_stop_button(message: discord.Message) -> bool:
    """Whether a message has the button of an ask that is not over."""
    rows = (row.children for row in message.components if isinstance(row, discord.ActionRow))
    ids = (each.custom_id or "" for row in rows for each in row if isinstance(each, discord.Button))
    return any(each.startswith("quoth:stop:") for each in ids)


def button_view(buttons: tuple[Button, ...]) -> discord.ui.View:
    """Return buttons as discord.py sends them; the view does not listen, since the ids are enough."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        item: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=button.label, custom_id=button.custom_id, style=button.style
        )
        view.add_item(item)
    view.stop()
    return view
