"""Edits of an interaction's messages that keep link previews off.

Discord takes flags with these edits (discord.md section 9), but discord.py's methods have no argument for them.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import discord
from discord.http import handle_message_parameters
from discord.webhook.async_ import async_context


@dataclass(frozen=True, slots=True)
class EditedMessage:
    """What an edit made of a message."""

    id: int
    attachments: list[discord.Attachment]


async def edit_by_token(interaction: discord.Interaction[Any], message_id: int | None, **content: Any) -> EditedMessage:
    """Edit a message of an interaction by its token, without link previews.

    Args:
        interaction: the interaction, which was answered or deferred.
        message_id: the message; None for the first response.
        content: what ``Interaction.edit_original_response`` takes.

    Raises:
        discord.HTTPException: Discord refused the edit.
    """
    webhook, adapter = interaction.followup, async_context.get()
    flags = discord.MessageFlags(suppress_embeds=True)
    allowed = interaction.client.allowed_mentions
    with handle_message_parameters(**content, flags=flags, previous_allowed_mentions=allowed) as parameters:
        request: dict[str, Any] = {
            "session": webhook.session,
            "proxy": webhook.proxy,
            "proxy_auth": webhook.proxy_auth,
            "payload": parameters.payload,
            "multipart": parameters.multipart,
            "files": parameters.files,
        }
        token = interaction.token
        if message_id is None:
            edited = await adapter.edit_original_interaction_response(webhook.id, token, **request)
        else:
            edited = await adapter.edit_webhook_message(webhook.id, token, message_id, **request)
    state: Any = SimpleNamespace(http=interaction.client.http)  # all that an attachment wants of discord.py's state
    attachments = [discord.Attachment(data=each, state=state) for each in edited["attachments"]]
    return EditedMessage(int(edited["id"]), attachments)
