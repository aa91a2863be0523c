"""The world as Discord's JSON objects, for the REST API, the gateway and the page."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sandbox.discord.world.entities import (
    Attachment,
    Channel,
    ChannelType,
    Command,
    Guild,
    Interaction,
    InteractionType,
    Json,
    Member,
    Message,
    MessageFlag,
    Reference,
    Role,
    User,
)
from sandbox.discord.world.permissions import permissions
from sandbox.discord.world.snowflakes import moment


def iso(when: float) -> str:
    """Write Unix time in seconds as Discord does."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="microseconds")


def user(of: User) -> Json:
    """Write a user."""
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
    """Write a role."""
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
    """Write a member; in a message's event it has no user."""
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
    """Write a channel of any kind."""
    last = max(of.messages, default=None)
    body: Json = {"id": str(of.id), "type": int(of.type), "flags": 0, "last_message_id": last and str(last)}
    if of.type is ChannelType.DM:
        return body | {"recipients": [user(of.recipient)] if of.recipient is not None else []}
    body |= {"name": of.name, "guild_id": str(of.guild.id) if of.guild is not None else None, "rate_limit_per_user": 0}
    if of.parent is not None:
        return body | _thread(of, of.parent)
    return body | {
        "position": of.position,
        "topic": of.topic,
        "nsfw": False,
        "parent_id": None,
        "permission_overwrites": [_overwrite(of, target, taken) for target, taken in of.denied.items()],
        **({"bitrate": 64000, "user_limit": 0} if of.type in (ChannelType.VOICE, ChannelType.STAGE) else {}),
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
    """Write a server as GUILD_CREATE does, with the bot as its only member (discord.md section 6)."""
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
        "premium_tier": of.premium_tier,
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
    """Write a file."""
    body: Json = {
        "id": str(of.id),
        "filename": of.filename,
        "size": len(of.data),
        "content_type": of.content_type,
        "url": of.url,
        "proxy_url": of.url,
    }
    body |= {"description": of.description} if of.description is not None else {}
    body |= {"title": of.title} if of.title is not None else {}
    body |= {"duration_secs": of.seconds, "waveform": "AAAA"} if of.seconds is not None else {}
    return body | ({"ephemeral": True} if ephemeral else {})


def _everything(_: Message) -> bool:
    return True


def message(of: Message, readable: Callable[[Message], bool] = _everything, *, with_target: bool = True) -> Json:
    """Write a message as the REST API does.

    Args:
        of: The message.
        readable: Whether the reader gets a message's content; without it, only what the missing message content intent
            leaves (discord.md section 4).
        with_target: Whether to include the message that it replies to.
    """
    with_content = readable(of)
    body: Json = {
        "id": str(of.id),
        "type": int(of.type),
        "channel_id": str(of.channel.id),
        "author": user(of.author),
        "content": of.content if with_content else "",
        "embeds": of.embeds if with_content and MessageFlag.SUPPRESS_EMBEDS not in of.flags else [],
        "components": of.components if with_content else [],
        "attachments": _attachments(of) if with_content else [],
        "timestamp": iso(of.created_at),
        "edited_timestamp": iso(of.edited_at) if of.edited_at is not None else None,
        "flags": int(of.flags),
        "tts": of.tts,
        "pinned": False,
        "mentions": [user(each) for each in of.mentions],
        "mention_roles": [str(each) for each in of.mention_roles],
        "mention_everyone": of.mention_everyone,
    }
    if with_content:
        body |= _optional_content(of)
    if of.nonce is not None:
        body["nonce"] = of.nonce
    if of.webhook_id is not None:
        body["webhook_id"] = str(of.webhook_id)
    if of.thread is not None:
        body["thread"] = channel(of.thread)
    if of.interaction is not None:
        body |= _origin(of, of.interaction)
    if of.reference is not None:
        body |= {"message_reference": _reference(of.reference) | ({"type": 1} if of.forwarded else {})}
        if with_target and not of.forwarded:
            target = of.reference.target
            body["referenced_message"] = None if target is None else message(target, readable, with_target=False)
    return body


def _optional_content(of: Message) -> Json:
    """Write what few messages have: stickers, a poll, forwarded messages."""
    body: Json = {"sticker_items": of.stickers} if of.stickers else {}
    body |= {"poll": of.poll} if of.poll is not None else {}
    return body | ({"message_snapshots": [{"message": each} for each in of.forwarded]} if of.forwarded else {})


def snapshot(of: Message) -> Json:
    """Write what a forward keeps of a message: neither its author nor where it was (docs: resources/message)."""
    whole = message(of, with_target=False) | {"sticker_items": of.stickers}
    kept = (
        "type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions",
        "mention_roles", "sticker_items", "components",
    )  # fmt: skip
    return {key: whole[key] for key in kept}


def _attachments(of: Message) -> list[Json]:
    return [attachment(each, ephemeral=of.ephemeral) for each in of.attachments]


def _origin(of: Message, interaction: Interaction) -> Json:
    application_id = str(of.author.id)
    body: Json = {
        "webhook_id": application_id,
        "application_id": application_id,
        "interaction_metadata": _metadata(interaction),
    }
    if interaction.original is not None and of is not interaction.original:
        body["interaction_metadata"]["original_response_message_id"] = str(interaction.original.id)
    elif interaction.command is not None:
        body["interaction"] = _deprecated(interaction, interaction.command)
    return body


def _deprecated(interaction: Interaction, command: Command) -> Json:
    """Write the deprecated `interaction` field, the only one that names the command."""
    return {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "name": command.name,
        "user": user(interaction.user),
    }


def _metadata(interaction: Interaction) -> Json:
    """Write who caused a message and how; option values are not part of it (discord.md section 4)."""
    body: Json = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "user": user(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.target is not None:
        body["target_message_id"] = str(interaction.target.id)
    if interaction.type is InteractionType.COMPONENT and interaction.message is not None:
        body["interacted_message_id"] = str(interaction.message.id)
    if interaction.parent is not None:
        body["triggering_interaction_metadata"] = _metadata(interaction.parent)
    return body


def _reference(of: Reference) -> Json:
    body: Json = {"type": 0, "channel_id": str(of.channel.id), "message_id": str(of.message_id)}
    return body | ({"guild_id": str(of.channel.guild.id)} if of.channel.guild is not None else {})


def context(channel: Channel) -> int:
    """Return the interaction context type of a channel: 0 in a server, 1 in a DM with the bot."""
    return 0 if channel.guild is not None else 1


def interaction(of: Interaction, application_id: int, bot: User) -> Json:
    """Write an interaction as INTERACTION_CREATE does (discord.md section 6)."""
    server = of.channel.guild
    body: Json = {
        "id": str(of.id),
        "application_id": str(application_id),
        "type": int(of.type),
        "token": of.token,
        "version": 1,
        "data": of.data,
        "channel_id": str(of.channel.id),
        "channel": channel(of.channel),
        "locale": of.user.locale,
        "attachment_size_limit": of.file_limit,
        "authorizing_integration_owners": of.owners,
        "context": context(of.channel),
        # A bot that only the person has installed has that person's permissions (discord.md section 2).
        "app_permissions": str(int(permissions(of.user if of.user_install_only else bot, of.channel))),
        "entitlements": [],
    }
    if server is None:
        body["user"] = user(of.user)
    else:
        mask = str(int(permissions(of.user, of.channel)))
        body |= {
            "guild_id": str(server.id),
            "guild": {"id": str(server.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": member(server.members[of.user.id]) | {"permissions": mask},
        }
    return body | ({"message": message(of.message)} if of.message is not None else {})
