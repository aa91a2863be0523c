"""For whom a preference is chosen, and who may choose it: checked at every command and every press of a button."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import discord

from bot.errors import NotAllowed
from bot.i18n.translate import later, t
from storage.preferences import Scope

Where: TypeAlias = Literal["me", "channel", "server"]
"""A scope as people name it in a command."""
ADMINS = discord.Permissions(manage_guild=True)
"""To whom Discord shows a command for admins, until a server's own settings say otherwise. Quoth checks it as well.

Discord hides whole commands only, so that a subcommand for admins of a command for everyone stays in sight.
"""
WHERE: dict[Where, Scope] = {"me": "user", "channel": "channel", "server": "guild"}


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the preferences: whose it is, and the guild to which it belongs, None for a person's."""

    scope: Scope
    id: int
    guild: int | None


def server_of(interaction: discord.Interaction[Any]) -> int | None:
    """Return the server of an interaction; None in a DM and where Quoth is not a member."""
    guild = interaction.guild_id
    return guild if guild is not None and interaction.client.get_guild(guild) else None


def may(interaction: discord.Interaction[Any], scope: Scope) -> bool:
    """Whether a person may choose for a scope, by their permissions where they are."""
    if scope == "user":
        return True
    allowed = interaction.permissions
    permission = allowed.manage_guild if scope == "guild" else allowed.manage_channels
    return permission and server_of(interaction) is not None


def target(interaction: discord.Interaction[Any], scope: Scope) -> Target:
    """Return the row of a scope for an interaction.

    Raises:
        NotAllowed: the person may not choose for it, or there is no such scope in this place.
    """
    if scope == "user":
        return Target("user", interaction.user.id, None)
    guild = server_of(interaction)
    if interaction.guild_id is None:
        raise NotAllowed(sentence=later("In a DM you can only change your own settings."))
    if guild is None:
        raise NotAllowed(sentence=later("Quoth isn't in this server; you can only change your own settings."))
    if not may(interaction, scope):
        permission = t("Manage Server") if scope == "guild" else t("Manage Channels")
        raise NotAllowed(sentence=later("You need the *{permission}* permission to do that."), permission=permission)
    return Target(scope, guild if scope == "guild" else interaction.channel_id or 0, guild)


def seen_by(scope: Scope) -> str:
    """Return a sentence that says who can see what was chosen for a scope."""
    if scope == "user":
        return t("Only you can see your preferences.")
    if scope == "channel":
        return t("Everyone in this channel can see its preferences.")
    return t("Everyone in this server can see its preferences.")
