"""First responses to interactions whose acknowledgement may be lost on the way.

Discord applies a response once. If its answer does not arrive, the next try gets 40060 (discord.md section 2), which
discord.py raises as a failure, although the person sees the response.
"""

from typing import Any

import aiohttp
import discord
from discord.http import MultipartParameters
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

_ACKNOWLEDGED = 40060


class FirstResponses(AsyncWebhookAdapter):
    """Sends first responses until it is known that one was applied. discord.py has no other place for that."""

    async def create_interaction_response(
        self, interaction_id: int, token: str, *, params: MultipartParameters, **how: Any
    ) -> Any:
        """Respond to an interaction.

        Raises:
            discord.HTTPException: Discord refused the response.
            aiohttp.ClientError, OSError: Discord can't be reached.
        """
        try:
            try:
                answer = await super().create_interaction_response(interaction_id, token, params=params, **how)
            except (aiohttp.ClientError, OSError):  # nobody knows whether it arrived, which the next try tells
                for file in params.files or ():
                    file.reset()
                answer = await super().create_interaction_response(interaction_id, token, params=params, **how)
        except discord.HTTPException as error:
            if error.code != _ACKNOWLEDGED:
                raise
            answer = None
        return answer or {"interaction": {"id": interaction_id}}


def use_first_responses() -> None:
    """Let all interactions that are handled in this context, or in tasks made from it, use this."""
    async_context.set(FirstResponses())
