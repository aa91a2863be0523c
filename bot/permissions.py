"""Which permissions Quoth lacks in a place, what still works without them, and how to grant them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.i18n.translate import nt, t

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    attach_files=True,
)
"""What the invite link asks for. Embed Links is not among it: Quoth writes plain text."""

_PORTAL = "https://discord.com/developers/applications/{application}/bot"
_LISTED = 8  # channels listed in a report


@dataclass(frozen=True, slots=True)
class CheckedChannel:
    """A channel or thread by its id, and the permissions that Quoth lacks there, by discord.py's names."""

    id: int
    lacks: tuple[str, ...]


def lacks(granted: discord.Permissions, *, thread: bool = False, voice: bool = False) -> tuple[str, ...]:
    """Return which of the needed permissions are not granted, the most important first.

    Without View Channel nothing else works either, so only that is returned; likewise without Connect where people
    can talk, since Discord then shows no messages of the channel (Discord's documentation of Get Channel Messages).

    Args:
        granted: what is granted.
        thread: whether it is about threads, where writing needs another permission, or the posts of a forum.
        voice: whether it is about a voice or stage channel.
    """
    if not granted.view_channel:
        return ("view_channel",)
    if voice and not granted.connect:
        return ("connect",)
    needed = ("send_messages_in_threads" if thread else "send_messages", "read_message_history", "attach_files")
    return tuple(name for name in needed if not getattr(granted, name))


def lacks_for(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """Return what Quoth lacks where somebody uses it. Discord says so even if Quoth can't see the channel."""
    channel = interaction.channel
    return lacks(
        interaction.app_permissions,
        thread=isinstance(channel, discord.Thread),
        voice=isinstance(channel, discord.VoiceChannel | discord.StageChannel),
    )


def channel_lacks(channel: discord.abc.GuildChannel | discord.Thread, me: discord.Member) -> tuple[str, ...]:
    """Return what Quoth, as this member, lacks in a channel of any kind."""
    return lacks(
        channel.permissions_for(me),
        thread=isinstance(channel, discord.Thread | discord.ForumChannel),
        voice=isinstance(channel, discord.VoiceChannel | discord.StageChannel),
    )


def surely_lacks(channel: object) -> tuple[str, ...]:
    """Return what Quoth lacks in a channel from which it gets events, and so can see; nothing outside of servers.

    If discord.py does not know the bot's own member or roles, or a thread's channel, nothing is taken to be missing: a
    refused request will tell.
    """
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return ()
    me: discord.Member | None = channel.guild.me
    try:
        found = channel_lacks(channel, me) if me else ()
    except discord.ClientException:  # discord.py does not know the thread's channel
        return ()
    return () if {"view_channel", "connect"} & {*found} else found


def permission_name(permission: str) -> str:
    """Return a permission's name as Discord shows it."""
    names = {
        "view_channel": t("View Channel"),
        "connect": t("Connect"),
        "send_messages": t("Send Messages"),
        "send_messages_in_threads": t("Send Messages in Threads"),
        "read_message_history": t("Read Message History"),
        "attach_files": t("Attach Files"),
        "create_public_threads": t("Create Public Threads"),
        "manage_guild": t("Manage Server"),
        "manage_channels": t("Manage Channels"),
        "manage_messages": t("Manage Messages"),
    }
    return names.get(permission, permission.replace("_", " ").title())


def without(permission: str) -> str:
    """Return a sentence on what fails without a permission, and what still works."""
    effects = {
        "view_channel": t(
            "Quoth can't see this channel, so it can't answer mentions and replies. `/ask` works, but without "
            "earlier messages and for at most 13 minutes."
        ),
        "connect": t(
            "Discord hides a voice channel's messages from Quoth without it, so Quoth can't answer mentions and "
            "replies. `/ask` works, but without earlier messages and for at most 13 minutes."
        ),
        "send_messages": t("Quoth can't answer mentions and replies. `/ask` works."),
        "send_messages_in_threads": t("Quoth can't answer mentions and replies in threads. `/ask` works."),
        "read_message_history": t(
            "Quoth can't read earlier messages, so it answers without them. Everything else works."
        ),
        "create_public_threads": t("Quoth can't open a thread for each question, so it answers in the channel."),
        "attach_files": t(
            "Very long answers are cut off, and pictures and files are only links. Everything else works."
        ),
    }
    return effects[permission]


def invite(application: int, guild: int | None = None) -> str:
    """Return the link that invites Quoth with the permissions it needs, or that grants them in ``guild``."""
    scopes = ("bot", "applications.commands")
    if guild is None:
        return discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=scopes)
    here = discord.Object(guild)
    return discord.utils.oauth_url(
        application, permissions=PERMISSIONS, scopes=scopes, guild=here, disable_guild_select=True
    )


def report(
    here: CheckedChannel, others: Sequence[CheckedChannel], *, content: bool, application: int, guild: int
) -> str:
    """Return what is missing in a server: here with explanations, elsewhere by name, and the links to fix it.

    Args:
        here: the channel or thread where the command was used.
        others: the server's other channels.
        content: whether Quoth may read messages that don't mention it.
        application: the application's id.
        guild: the server's.
    """
    troubled = [spot for spot in others if spot.lacks]
    lines = [f"**{permission_name(name)}**: {without(name)}" for name in here.lacks]
    if lines:
        lines.insert(0, t("Quoth is missing permissions in {channel}:", channel=f"<#{here.id}>"))
    else:
        lines.append(t("Quoth has all the permissions it needs in {channel}.", channel=f"<#{here.id}>"))
    if troubled:
        lines += ["", t("Missing in other channels:")]
        lines += [f"<#{spot.id}>: {', '.join(map(permission_name, spot.lacks))}" for spot in troubled[:_LISTED]]
        if (more := len(troubled) - _LISTED) > 0:
            lines.append(nt("…and {count} more channel.", "…and {count} more channels.", more))
    if here.lacks or troubled:
        lines += ["", _mending(application, guild)]
    if not content:
        lines += ["", _intent(application)]
    return "\n".join(lines)


def _mending(application: int, guild: int) -> str:
    return t(
        "[Invite Quoth again]({link}) to grant the missing permissions; nothing else changes. If a single channel "
        "denies them, edit **Permissions** in that channel's settings.",
        link=f"<{invite(application, guild)}>",
    )


def _intent(application: int) -> str:
    return t(
        "**Message Content Intent** is off, so Quoth can't read messages that don't mention it. Commands, mentions "
        "and DMs work. The bot's operator can turn it on in the [Developer Portal]({link}) and restart Quoth.",
        link=f"<{_PORTAL.format(application=application)}>",
    )
