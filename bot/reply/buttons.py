"""The buttons below a reply: what they say and their ids. cogs/reply_buttons.py does their work."""

from dataclasses import dataclass

import discord

from bot.i18n.translate import t

TEMPLATE = r"quoth:(?P<act>stop|retry|other|read):(?P<ask>\d{1,20})"
"""What every button's id looks like."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button; ``custom_id`` carries the ask's id, so that it works after a restart."""

    label: str
    custom_id: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary


def while_it_runs(ask: int) -> tuple[Button, ...]:
    """The buttons of an ask that is not over."""
    return (Button(t("Stop"), f"quoth:stop:{ask}", discord.ButtonStyle.danger),)


def seems_to_run(message: discord.Message) -> bool:
    """Whether a message has the buttons of an ask that is not over."""
    rows = (row.children for row in message.components if isinstance(row, discord.ActionRow))
    ids = (each.custom_id or "" for row in rows for each in row if isinstance(each, discord.Button))
    return any(each.startswith("quoth:stop:") for each in ids)


def when_it_ended(ask: int) -> tuple[Button, ...]:
    """The buttons of an ask in a final state."""
    acts = {"retry": t("Retry"), "other": t("Ask another model"), "read": t("What was read?")}
    return tuple(Button(label, f"quoth:{act}:{ask}") for act, label in acts.items())


def view(buttons: tuple[Button, ...]) -> discord.ui.View:
    """Return buttons as discord.py sends them; it need not listen, since they are known by their ids."""
    shown = discord.ui.View(timeout=None)
    for button in buttons:
        made: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=button.label, custom_id=button.custom_id, style=button.style
        )
        shown.add_item(made)
    shown.stop()
    return shown
