"""Adds a button to a reply that has ended."""

import logging

import discord

from bot.discord_errors import described
from bot.reply.buttons import buttons_after, has_button, with_button
from bot.reply.pacing import RateLimiter

log = logging.getLogger(__name__)


async def offer_edit(channel: discord.abc.Messageable, message_id: int, ask: int, limiter: RateLimiter) -> None:
    """Add the button that asks an edited question again, unless it is there. A failure is only logged.

    Args:
        channel: where the reply is.
        message_id: its last message, which has the buttons.
        ask: the ask's id.
        limiter: the channel's, for edits by bot token.
    """
    try:
        shown = await channel.fetch_message(message_id)
        if has_button(shown, "edited") or not has_button(shown, "retry"):
            return
        await limiter.turn(message_id)
        await shown.edit(view=with_button(shown, *buttons_after(ask, ("edited",))), suppress=True)
    except discord.HTTPException as error:
        log.warning("An edited question can't be offered below its answer: %s", described(error))
