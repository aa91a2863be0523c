"""The world as JSON, the way Discord words it. Used by REST, the gateway and the page."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sandbox.discord.world.entities import (
    Attachment,
    Channel,
    ChannelType,
    Guild,
    Json,
    Member,
    Role,
    User,
)
from sandbox.discord.world.snowflakes import moment


def iso(when: float) -> str:
    """Unix time in seconds as Discord writes it."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="microseconds")


def user(of: User) -> Json:
    """A user."""
    return {
        "id": str(of.id),
        "username": of.username,
        "discriminator": "0",
        "global_name": of.global_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "bot": of.bot,
        "system": False,
        "flags": 0,
        "public_flags": 0,
    }


def role(of: Role) -> Json:
    """A role."""
    body: Json = {
        "id": str(of.id),
        "name": of.name,
        "permissions": str(int(of.permissions)),
        "position": of.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": of.bot is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return body | ({"tags": {"bot_id": str(of.bot.id)}} if of.bot is not None else {})


def member(of: Member, *, with_user: bool = True) -> Json:
    """A member; in a message's event it comes without the user."""
    body: Json = {
        "nick": of.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(each.id) for each in of.roles],
        "joined_at": iso(of.joined),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return body | ({"user": user(of.user)} if with_user else {})


def channel(of: Channel) -> Json:
    """A channel of any kind."""
    last = max(of.messages, default=None)
    body: Json = {"id": str(of.id), "type": int(of.type), "flags": 0, "last_message_id": last and str(last)}
    if of.type is ChannelType.DM:
        return body | {"recipients": [user(of.recipient)] if of.recipient is not None else []}
    if of.type is ChannelType.GROUP_DM:
        return body | {"recipients": [user(each) for each in of.people], "name": of.name, "owner_id": None}
    body |= {"name": of.name, "guild_id": str(of.guild.id) if of.guild is not None else None, "rate_limit_per_user": 0}
    if of.parent is not None:
        return body | _thread(of, of.parent)
    return body | {
        "position": of.position,
        "topic": of.topic,
        "nsfw": False,
        "parent_id": None,
        "permission_overwrites": [_overwrite(of, target, taken) for target, taken in of.denied.items()],
    }


def _thread(of: Channel, parent: Channel) -> Json:
    return {
        "parent_id": str(parent.id),
        "owner_id": str(of.owner.id) if of.owner is not None else None,
        "message_count": len(of.messages),
        "total_message_sent": len(of.messages),
        "member_count": 1,
        "thread_metadata": {
            "archived": of.archived,
            "locked": of.locked,
            "archive_timestamp": iso(moment(of.id)),
            "auto_archive_duration": 1440,
            "create_timestamp": iso(moment(of.id)),
        },
    }


def _overwrite(of: Channel, target: int, taken: int) -> Json:
    is_role = of.guild is not None and target in of.guild.roles
    return {"id": str(target), "type": 0 if is_role else 1, "allow": "0", "deny": str(int(taken))}


def guild(of: Guild, bot: User, threads: Iterable[Channel]) -> Json:
    """A server as GUILD_CREATE tells it; of its members only the bot (discord.md section 6)."""
    return {
        "id": str(of.id),
        "name": of.name,
        "owner_id": str(of.owner_id),
        "unavailable": False,
        "joined_at": iso(of.members[bot.id].joined),
        "large": False,
        "member_count": len(of.members),
        "members": [member(of.members[bot.id])],
        "roles": [role(each) for each in of.roles.values()],
        "channels": [channel(each) for each in of.channels.values()],
        "threads": [channel(each) for each in threads],
        "preferred_locale": "en-US",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "system_channel_flags": 0,
        "system_channel_id": str(of.system_channel.id) if of.system_channel else None,
        **dict.fromkeys(("icon", "splash", "discovery_splash", "afk_channel_id"), None),
        "afk_timeout": 300,
        **{
            key: []
            for key in (
                "emojis", "stickers", "features", "voice_states", "presences", "stage_instances",
                "guild_scheduled_events", "soundboard_sounds",
            )
        },
    }  # fmt: skip


def attachment(of: Attachment, *, ephemeral: bool = False) -> Json:
    """A file."""
    body: Json = {
        "id": str(of.id),
        "filename": of.filename,
        "size": len(of.data),
        "content_type": of.content_type,
        "url": of.url,
        "proxy_url": of.url,
    }
    if of.description is not None:
        body["description"] = of.description
    return body | ({"ephemeral": True} if ephemeral else {})
