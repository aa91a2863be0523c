"""The buttons with which a person confirms what can't be undone. They work after a restart too."""

import discord

from bot.i18n.translate import t
from bot.reply.buttons import Button, button_view

TEMPLATE = r"quoth:confirm:(?P<act>delete|forget|cancel)"
"""The pattern of their custom ids."""


def confirmation(act: str, label: str) -> discord.ui.View:
    """Return a button that does it, and one that does not.

    Args:
        act: what is done, as in ``TEMPLATE``.
        label: what the button is called.
    """
    do = Button(label, f"quoth:confirm:{act}", discord.ButtonStyle.danger)
    return button_view((do, Button(t("Cancel"), "quoth:confirm:cancel")))
