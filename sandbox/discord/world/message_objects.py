"""Messages and interactions as JSON, the way Discord words them."""

from collections.abc import Callable

from sandbox.discord.world import objects
from sandbox.discord.world.commands import Command
from sandbox.discord.world.entities import Channel, Json, Message, MessageFlag, Reference, User
from sandbox.discord.world.interactions import Interaction, InteractionType
from sandbox.discord.world.permissions import permissions


def everything(_: Message) -> bool:
    """The reader who may read every message."""
    return True


def message_object(of: Message, readable: Callable[[Message], bool] = everything, *, with_target: bool = True) -> Json:
    """A message as the REST API gives it.

    Args:
        of: The message.
        readable: Whether its reader gets a message's content, or without it what is left when the message-content
            intent is missing (discord.md section 4).
        with_target: Whether the message it replies to comes along.
    """
    with_content = readable(of)
    body: Json = {
        "id": str(of.id),
        "type": int(of.type),
        "channel_id": str(of.channel.id),
        "author": objects.user(of.author),
        "content": of.content if with_content else "",
        "embeds": of.embeds if with_content and MessageFlag.SUPPRESS_EMBEDS not in of.flags else [],
        "components": of.components if with_content else [],
        "attachments": _attachments(of) if with_content else [],
        "timestamp": objects.iso(of.created_at),
        "edited_timestamp": objects.iso(of.edited_at) if of.edited_at is not None else None,
        "flags": int(of.flags),
        "tts": of.tts,
        "pinned": False,
        "mentions": [objects.user(each) for each in of.mentions],
        "mention_roles": [str(each) for each in of.mention_roles],
        "mention_everyone": of.mention_everyone,
    }
    if with_content:
        body |= _rarities(of)
    if of.nonce is not None:
        body["nonce"] = of.nonce
    if of.reactions:
        body["reactions"] = [_reaction(emoji, users) for emoji, users in of.reactions.items()]
    if of.thread is not None:
        body["thread"] = objects.channel(of.thread)
    if of.interaction is not None:
        body |= _origin(of, of.interaction)
    if of.reference is not None:
        body |= {"message_reference": _reference(of.reference) | ({"type": 1} if of.forwarded else {})}
        if with_target and not of.forwarded and of.reference.message_id is not None:
            target = of.reference.target
            body["referenced_message"] = None if target is None else message_object(target, readable, with_target=False)
    return body


def _rarities(of: Message) -> Json:
    """What few messages have: stickers, a poll, what they forward."""
    body: Json = {"sticker_items": of.stickers} if of.stickers else {}
    body |= {"poll": of.poll} if of.poll is not None else {}
    return body | ({"message_snapshots": [{"message": each} for each in of.forwarded]} if of.forwarded else {})


def snapshot_object(of: Message) -> Json:
    """What a forward keeps of a message: no author, and nothing of where it was (docs: resources/message)."""
    whole = message_object(of, with_target=False) | {"sticker_items": of.stickers}
    kept = (
        "type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions",
        "mention_roles", "sticker_items", "components",
    )  # fmt: skip
    return {key: whole[key] for key in kept}


def _attachments(of: Message) -> list[Json]:
    return [objects.attachment(each, ephemeral=of.ephemeral) for each in of.attachments]


def _reaction(emoji: str, users: list[User]) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"normal": len(users), "burst": 0},
        "burst_colors": [],
        "me": any(each.bot for each in users),
        "me_burst": False,
    }


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
    """The older word for it, and the only one that names the command."""
    return {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "name": command.name,
        "user": objects.user(interaction.user),
    }


def _metadata(interaction: Interaction) -> Json:
    """Who caused a message and how; it holds no option values (discord.md section 4)."""
    body: Json = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "user": objects.user(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if isinstance(interaction.target, User):
        body["target_user"] = objects.user(interaction.target)
    if isinstance(interaction.target, Message):
        body["target_message_id"] = str(interaction.target.id)
    if interaction.type is InteractionType.COMPONENT and interaction.message is not None:
        body["interacted_message_id"] = str(interaction.message.id)
    if interaction.parent is not None:
        body["triggering_interaction_metadata"] = _metadata(interaction.parent)
    return body


def _reference(of: Reference) -> Json:
    body: Json = {"type": 0, "channel_id": str(of.channel.id)}
    if of.message_id is not None:
        body["message_id"] = str(of.message_id)
    return body | ({"guild_id": str(of.channel.guild.id)} if of.channel.guild is not None else {})


def context(channel: Channel) -> int:
    """Which kind of place a channel is to commands: 0 a server, 1 the bot's own conversation, 2 one of people."""
    if channel.guild is not None:
        return 0
    return 1 if channel.recipient is not None else 2


def interaction_object(of: Interaction, application_id: int, filesize_limit: int, bot: User) -> Json:
    """An interaction as INTERACTION_CREATE tells it (discord.md section 6)."""
    server = of.channel.guild
    body: Json = {
        "id": str(of.id),
        "application_id": str(application_id),
        "type": int(of.type),
        "token": of.token,
        "version": 1,
        "data": of.data,
        "channel_id": str(of.channel.id),
        "channel": objects.channel(of.channel),
        "locale": of.user.locale,
        "attachment_size_limit": filesize_limit,
        "authorizing_integration_owners": of.owners,
        "context": context(of.channel),
        # As a person's guest the bot may what that person may (discord.md section 2).
        "app_permissions": str(int(permissions(of.user if of.by_guest else bot, of.channel))),
        "entitlements": [],
    }
    if server is None:
        body["user"] = objects.user(of.user)
    else:
        mask = str(int(permissions(of.user, of.channel)))
        body |= {
            "guild_id": str(server.id),
            "guild": {"id": str(server.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": objects.member(server.members[of.user.id]) | {"permissions": mask},
        }
    return body | ({"message": message_object(of.message)} if of.message is not None else {})
