"""``/model``: which model answers, choosing one for oneself, a channel or a server, and which ones are allowed."""

from collections.abc import Iterator, Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.conversation import Place, Rule
from bot.errors import NotAllowed
from bot.i18n.translate import later, t
from bot.poe.catalogue import Model
from bot.policy.models import ModelChoice
from bot.policy.preferences import rule_name
from bot.policy.scopes import WHERE, Target, Where, may, seen_by, target
from storage.allowed_models import AllowedModels
from storage.preferences import Preferences

_NOT_IN_NAMES = set("/\\?#%`*\n")  # not possible in Poe's URLs, or Markdown
_MOST_NAMES = 50


class ModelChoiceCog(commands.GroupCog, group_name="model", group_description="Default and enabled models"):
    """``/model show``, ``set``, ``reset`` and ``allow``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="show", description="Show which model is the default here, and why")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell which model answers and what every rule chose."""
        layers = await self.bot.preferences.layers(self.bot.place_of(interaction))
        choices = await self.bot.models.choices(layers)
        model, rule = await self.bot.models.resolve(layers)
        text = t("Default model here: `{model}` ({rule}).",
                 model=model.name, rule=rule_name(rule))  # fmt: skip
        await _tell(interaction, model, text, *_lines(choices, layers.place))

    @app_commands.command(name="set", description="Set the default model for you, this channel or this server")
    @app_commands.describe(
        model="The new default model",
        where="Where to set it. Default: this server if you can manage it, otherwise only you",
    )
    async def set_model(
        self,
        interaction: discord.Interaction[QuothBot],
        model: app_commands.Range[str, 1, 100],
        where: Where | None = None,
    ) -> None:
        """Store a model for oneself, a channel or a server."""
        row = _row(interaction, where)
        chosen = self.bot.models.find(await self.bot.models.offered(interaction.guild_id), model)
        await self.bot.stores.preferences.change(row.scope, row.id, row.guild, Preferences(model=chosen.name))
        text = {
            "user": t("Your default model is now `{model}`.", model=chosen.name),
            "channel": t("This channel's default model is now `{model}`.", model=chosen.name),
            "guild": t("This server's default model is now `{model}`.", model=chosen.name),
        }[row.scope]
        await _tell(interaction, chosen, text, seen_by(row.scope), await self._otherwise(interaction, chosen))

    @set_model.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction[QuothBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest models for what was typed so far."""
        return await self.bot.model_choices(interaction, current)

    @app_commands.command(name="reset", description="Reset the default model")
    @app_commands.describe(where="Where to reset it. Default: this server if you can manage it, otherwise only you")
    async def reset(self, interaction: discord.Interaction[QuothBot], where: Where | None = None) -> None:
        """Clear the model of oneself, a channel or a server."""
        row = _row(interaction, where)
        await self.bot.stores.preferences.reset(row.scope, row.id, "model")
        model, rule = await self._resolve(interaction)
        text = {
            "user": t("Your default model was reset."),
            "channel": t("This channel's default model was reset."),
            "guild": t("This server's default model was reset."),
        }[row.scope]
        answers = t(
            "For you, the default model here is now `{model}` ({rule}).", model=model.name, rule=rule_name(rule)
        )
        await _tell(interaction, model, text, seen_by(row.scope), answers)

    @app_commands.command(name="allow", description="Choose which models this server can use (requires Manage Server)")
    @app_commands.describe(models="all, or names separated by commas. Examples: GPT-4o, Claude-Opus-4 or all, My-Bot")
    async def allow(self, interaction: discord.Interaction[QuothBot], models: app_commands.Range[str, 1, 6000]) -> None:
        """Choose which models are offered in a server."""
        row = target(interaction, "guild")
        allowed = self._allowed(models)
        await self.bot.stores.allowed_models.change(row.id, allowed)
        listed = ", ".join(f"`{name}`" for name in allowed.names)
        if not allowed.names:
            text = t("This server can now use every model Quoth offers.")
        elif allowed.all_offered:
            text = t("This server can now use every model Quoth offers, plus {models}.", models=listed)
        else:
            text = t("This server can now use only {models}.", models=listed)
        model, rule = await self._resolve(interaction)
        answers = t(
            "For you, the default model here is now `{model}` ({rule}).", model=model.name, rule=rule_name(rule)
        )
        await _tell(interaction, model, text[:1500], seen_by("guild"), answers)

    def _allowed(self, models: str) -> AllowedModels:
        names = list(dict.fromkeys(name for name in (part.strip() for part in models.split(",")) if name))
        named = list(dict.fromkeys(self._written(name) for name in names if name.casefold() != "all"))
        if len(named) > _MOST_NAMES:
            raise NotAllowed(sentence=later("Too many names: at most {count}."), count=_MOST_NAMES)
        if not names:
            raise NotAllowed(sentence=later("Enter model names separated by commas, or `all`."))
        return AllowedModels(any(name.casefold() == "all" for name in names), tuple(named))

    def _written(self, name: str) -> str:
        """Return a name as the catalogue spells it; an unknown one has to be possible in Poe's URLs."""
        if model := self.bot.models.known(name):
            return model.name
        if len(name) > 100 or _NOT_IN_NAMES & set(name) or not name.isprintable():
            raise NotAllowed(sentence=later(
                "One of these isn't a valid Poe model name. Names have at most 100 characters and no slashes or "
                "other URL characters."
            ))  # fmt: skip
        return name

    async def _resolve(self, interaction: discord.Interaction[QuothBot]) -> tuple[Model, Rule]:
        return await self.bot.models.resolve(await self.bot.preferences.layers(self.bot.place_of(interaction)))

    async def _otherwise(self, interaction: discord.Interaction[QuothBot], chosen: Model) -> str:
        """Return a sentence if a nearer choice is still in effect for this person."""
        model, rule = await self._resolve(interaction)
        if model == chosen:
            return ""
        return t("For you, the default model here is still `{model}` ({rule}).", model=model.name, rule=rule_name(rule))


def _lines(choices: Sequence[ModelChoice], place: Place) -> Iterator[str]:
    """Return what every rule chose, the nearest first; the first model that is offered is in effect."""
    in_effect = next((choice for choice in choices if choice.model), None)
    for number, choice in enumerate(choices):
        if choice.rule == "this channel" and place.guild is None:
            continue  # nothing is ever chosen for the channel of a DM
        in_thread = choice.rule == "this channel" and place.parent and number == 1
        name = t("this thread's preference") if in_thread else rule_name(choice.rule)
        rule = name[:1].upper() + name[1:]
        if not choice.name:
            yield t("-# {rule}: not set", rule=rule)
        elif choice is in_effect:
            yield t("-# **{rule}: `{model}` (in effect)**", rule=rule, model=choice.name)
        elif choice.model:
            yield t("-# {rule}: `{model}`", rule=rule, model=choice.name)
        else:
            yield t("-# {rule}: `{model}` (not available here)", rule=rule, model=choice.name)


def _row(interaction: discord.Interaction[QuothBot], where: Where | None) -> Target:
    if where is None:
        return target(interaction, "guild" if may(interaction, "guild") else "user")
    return target(interaction, WHERE[where])


async def _tell(interaction: discord.Interaction[QuothBot], model: Model, text: str, *lines: str) -> None:
    """Answer privately, so that it does not become part of the channel's history."""
    retired = " " + t("Poe has retired this model, so it may not answer.") if model.retired else ""
    content = "\n".join(line for line in (text + retired, *lines) if line)
    await interaction.response.send_message(content[:2000], ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(ModelChoiceCog(bot))
