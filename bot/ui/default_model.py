"""Setting the default model of a person, a channel or a server, and what they are told."""

from typing import Any

import discord

from bot.i18n.translate import t
from bot.poe.catalogue import Model
from bot.policy.preferences import rule_name
from bot.policy.scopes import Target, seen_by
from storage.preferences import Preferences


async def set_default_model(interaction: discord.Interaction[Any], row: Target, model: Model) -> str:
    """Store the default model of a row, and return what its person is told."""
    bot = interaction.client
    await bot.stores.preferences.change(row.scope, row.id, row.guild, Preferences(model=model.name))
    text = {
        "user": t("Your default model is now `{model}`.", model=model.name),
        "channel": t("This channel's default model is now `{model}`.", model=model.name),
        "guild": t("This server's default model is now `{model}`.", model=model.name),
    }[row.scope]
    in_effect, rule = await bot.models.resolve(await bot.preferences.layers(bot.place_of(interaction)))
    lines = [with_notice(text, model), seen_by(row.scope)]
    if in_effect != model:
        lines.append(
            t("For you, the default model here is still `{model}` ({rule}).",
              model=in_effect.name, rule=rule_name(rule))
        )  # fmt: skip
    return "\n".join(lines)


def with_notice(text: str, model: Model) -> str:
    """Return a text about a model; if Poe has retired it, with a sentence that says so."""
    return text + " " + t("Poe has retired this model, so it may not answer.") if model.retired else text
