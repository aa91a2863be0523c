"""Setting the default model of a person, a channel or a server, and what they are told."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import discord

from bot.conversation import Rule
from bot.i18n.translate import t
from bot.poe.catalogue import Model
from bot.policy.preferences import rule_name
from bot.policy.scopes import Target, may, seen_by, target
from bot.ui.suggestions import Act, answer
from storage.preferences import Preferences, Scope


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


async def retired_default(interaction: discord.Interaction[Any]) -> tuple[str, Mapping[str, Act]] | None:
    """Return a question about a default model that Poe has retired, with a button for its successor.

    It is about the nearest of the preferences that this person may change: their own, the channel's or the server's.
    None where none of them is retired.
    """
    bot = interaction.client
    choices = await bot.models.choices(await bot.preferences.layers(bot.place_of(interaction)))
    scopes: dict[Rule, Scope] = {"you": "user", "this channel": "channel", "this server": "guild"}
    for choice in choices:
        model, scope = choice.model, scopes.get(choice.rule)
        if scope is None or not choice.name or model is None or not model.retired or not may(interaction, scope):
            continue
        successor = bot.models.catalogue.successor(model)
        if successor.retired:
            return None
        sentence = {
            "user": t("Poe has retired your default model `{model}`.", model=model.name),
            "channel": t("Poe has retired this channel's default model `{model}`.", model=model.name),
            "guild": t("Poe has retired this server's default model `{model}`.", model=model.name),
        }[scope]
        return sentence, {t("Use {model} instead", model=successor.name): partial(_take, scope, successor)}
    return None


async def _take(scope: Scope, model: Model, pressed: discord.Interaction[Any]) -> None:
    await answer(pressed, await set_default_model(pressed, target(pressed, scope), model))


def with_notice(text: str, model: Model) -> str:
    """Return a text about a model; if Poe has retired it, with a sentence that says so."""
    return text + " " + t("Poe has retired this model, so it may not answer.") if model.retired else text
