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


class ModelChoiceCog(commands.GroupCog, group_name="model", group_description="Which model answers"):
    """``/model show``, ``set``, ``reset`` and ``allow``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="show", description="Show which model answers here when /ask names none, and why")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell which model answers and what every rule chose."""
        layers = await self.bot.preferences.layers(self.bot.place_of(interaction))
        choices = await self.bot.models.choices(layers)
        model, rule = await self.bot.models.resolve(layers)
        text = t("`{model}` answers here when `/ask` names no model (chosen by {rule}).",
                 model=model.name, rule=rule_name(rule))  # fmt: skip
        await _tell(interaction, model, text, *_lines(choices, layers.place))

    @app_commands.command(name="set", description="Choose the model that answers when /ask names none")
    @app_commands.describe(
        model="The model that answers",
        where="For whom; left out, this server if you manage it, else you",
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
            "user": t("From now on `{model}` answers you.", model=chosen.name),
            "channel": t("From now on `{model}` answers in this channel.", model=chosen.name),
            "guild": t("From now on `{model}` answers in this server.", model=chosen.name),
        }[row.scope]
        await _tell(interaction, chosen, text, seen_by(row.scope), await self._otherwise(interaction, chosen))

    @set_model.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction[QuothBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest models for what was typed so far."""
        return await self.bot.model_choices(interaction, current)

    @app_commands.command(name="reset", description="Take the choice of a model back")
    @app_commands.describe(where="Whose choice; left out, this server's if you manage it, else yours")
    async def reset(self, interaction: discord.Interaction[QuothBot], where: Where | None = None) -> None:
        """Clear the model of oneself, a channel or a server."""
        row = _row(interaction, where)
        await self.bot.stores.preferences.reset(row.scope, row.id, "model")
        model, rule = await self._resolve(interaction)
        text = {
            "user": t("You no longer have a model of your own."),
            "channel": t("This channel no longer has a model of its own."),
            "guild": t("This server no longer has a model of its own."),
        }[row.scope]
        answers = t("For you, `{model}` answers here now (chosen by {rule}).", model=model.name, rule=rule_name(rule))
        await _tell(interaction, model, text, seen_by(row.scope), answers)

    @app_commands.command(name="allow", description="Choose which models this server may use (needs Manage Server)")
    @app_commands.describe(models="all, or names with commas between, such as: all, My-Bot; or: GPT-4o, Claude-Opus-4")
    async def allow(self, interaction: discord.Interaction[QuothBot], models: app_commands.Range[str, 1, 6000]) -> None:
        """Choose which models are offered in a server."""
        row = target(interaction, "guild")
        allowed = self._allowed(models)
        await self.bot.stores.allowed_models.change(row.id, allowed)
        listed = ", ".join(f"`{name}`" for name in allowed.names)
        if not allowed.names:
            text = t("From now on every model that Quoth offers can be used in this server.")
        elif allowed.all_offered:
            text = t("From now on this server can use every model that Quoth offers, and {models}.", models=listed)
        else:
            text = t("From now on this server can use only {models}.", models=listed)
        model, rule = await self._resolve(interaction)
        answers = t("For you, `{model}` answers here now (chosen by {rule}).", model=model.name, rule=rule_name(rule))
        await _tell(interaction, model, text[:1500], seen_by("guild"), answers)

    def _allowed(self, models: str) -> AllowedModels:
        names = list(dict.fromkeys(name for name in (part.strip() for part in models.split(",")) if name))
        named = list(dict.fromkeys(self._written(name) for name in names if name.casefold() != "all"))
        if len(named) > _MOST_NAMES:
            raise NotAllowed(sentence=later("That are too many names: {count} at the most."), count=_MOST_NAMES)
        if not names:
            raise NotAllowed(sentence=later("Please name models with commas between, or write `all`."))
        return AllowedModels(any(name.casefold() == "all" for name in names), tuple(named))

    def _written(self, name: str) -> str:
        """Return a name as the catalogue spells it; an unknown one has to be possible in Poe's URLs."""
        if model := self.bot.models.known(name):
            return model.name
        if len(name) > 100 or _NOT_IN_NAMES & set(name) or not name.isprintable():
            raise NotAllowed(sentence=later("One of these can't be a model's name on Poe: names have at most 100 "
                                            "characters, and no slashes or other signs of addresses."))  # fmt: skip
        return name

    async def _resolve(self, interaction: discord.Interaction[QuothBot]) -> tuple[Model, Rule]:
        return await self.bot.models.resolve(await self.bot.preferences.layers(self.bot.place_of(interaction)))

    async def _otherwise(self, interaction: discord.Interaction[QuothBot], chosen: Model) -> str:
        """Return a sentence if a nearer choice is still in effect for this person."""
        model, rule = await self._resolve(interaction)
        if model == chosen:
            return ""
        return t("For you, `{model}` still answers here (chosen by {rule}).", model=model.name, rule=rule_name(rule))


def _lines(choices: Sequence[ModelChoice], place: Place) -> Iterator[str]:
    """Return what every rule chose, the nearest first; the first model that is offered is in effect."""
    in_effect = next((choice for choice in choices if choice.model), None)
    for number, choice in enumerate(choices):
        if choice.rule == "this channel" and place.guild is None:
            continue  # nothing is ever chosen for the channel of a DM
        in_thread = choice.rule == "this channel" and place.parent and number == 1
        rule = t("this thread") if in_thread else rule_name(choice.rule)
        if not choice.name:
            yield t("-# {rule}: nothing chosen", rule=rule)
        elif choice is in_effect:
            yield t("-# **{rule}: `{model}`, which counts**", rule=rule, model=choice.name)
        elif choice.model:
            yield t("-# {rule}: `{model}`", rule=rule, model=choice.name)
        else:
            yield t("-# {rule}: `{model}`, which can't be used here", rule=rule, model=choice.name)


def _row(interaction: discord.Interaction[QuothBot], where: Where | None) -> Target:
    if where is None:
        return target(interaction, "guild" if may(interaction, "guild") else "user")
    return target(interaction, WHERE[where])


async def _tell(interaction: discord.Interaction[QuothBot], model: Model, text: str, *lines: str) -> None:
    """Answer privately, so that it does not become part of the channel's history."""
    retired = " " + t("Poe has retired it: it may no longer answer.") if model.retired else ""
    content = "\n".join(line for line in (text + retired, *lines) if line)
    await interaction.response.send_message(content[:2000], ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(ModelChoiceCog(bot))
