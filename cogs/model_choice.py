"""``/model``: which model answers, choosing one for oneself, a channel or a server, and which ones are allowed."""

from collections.abc import Collection, Iterator, Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.conversation import Place, Rule
from bot.errors import ModelNotAllowed, NotAllowed, UnknownModel
from bot.i18n.translate import later, t
from bot.poe.catalogue import Model
from bot.policy.models import NOTHING, ModelChoice
from bot.policy.preferences import rule_name
from bot.policy.scopes import WHERE, Target, Where, may, seen_by, target
from bot.ui.default_model import retired_default, set_default_model, with_notice
from bot.ui.suggestions import Act, SuggestionButton, answer, suggest_models
from storage.allowed_models import AllowedModels

_ALL, _NONE, _RESET = "all", "none", "reset"
_MOST_NAMES = 50
_ONLY_ROLES = later(
    "Now only members with a role that has models of its own can ask in this server. Give them to one with the option "
    "`role` of `/model allow`."
)


class ModelChoiceCog(commands.GroupCog, group_name="model", group_description="Default and enabled models"):
    """``/model show``, ``set``, ``reset`` and ``allow``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Register the buttons of suggestions, those of earlier runs included."""
        self.bot.add_dynamic_items(SuggestionButton)

    async def cog_unload(self) -> None:
        """Unregister the buttons."""
        self.bot.remove_dynamic_items(SuggestionButton)

    @app_commands.command(name="show", description="Show which model is the default here, and why")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell which model answers and what every rule chose."""
        layers = await self.bot.preferences.layers(self.bot.place_of(interaction))
        choices = await self.bot.models.choices(layers)
        model, rule = await self.bot.models.resolve(layers)
        text = t("Default model here: `{model}` ({rule}).",
                 model=model.name, rule=rule_name(rule))  # fmt: skip
        lines = [with_notice(text, model), *_lines(choices, layers.place)]
        if ignored := await self.bot.models.ignored(interaction.guild_id):
            listed = ", ".join(f"`{name}`" for name in ignored)
            lines.append(t("-# In this server's list, but not usable: {models}", models=listed))
        for role, allowed in (await self.bot.stores.allowed_models.of_roles(interaction.guild_id or 0)).items():
            lines.append(t("-# Members with {role} can use: {models}", role=f"<@&{role}>", models=_listed(allowed)))
        if retired := await retired_default(interaction):
            sentence, answers = retired
            await self.bot.suggestions.ask(interaction, "\n".join([*lines, sentence])[:2000], answers)
        else:
            await answer(interaction, "\n".join(lines)[:2000])

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
        await self._set(interaction, where, model)

    async def _set(self, interaction: discord.Interaction[QuothBot], where: Where | None, name: str) -> None:
        row = _row(interaction, where)
        try:
            offered = await self.bot.models.offered(self.bot.place_of(interaction))
            model = self.bot.models.find(offered, name)
        except (UnknownModel, ModelNotAllowed) as error:
            await suggest_models(interaction, error, lambda pressed, near: self._set(pressed, where, near))
        else:
            await answer(interaction, await set_default_model(interaction, row, model))

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
        text = {
            "user": t("Your default model was reset."),
            "channel": t("This channel's default model was reset."),
            "guild": t("This server's default model was reset."),
        }[row.scope]
        await self._tell(interaction, text, seen_by(row.scope))

    @app_commands.command(name="allow", description="Choose which models this server can use (requires Manage Server)")
    @app_commands.describe(
        models="all, none, reset, or names separated by commas. Examples: GPT-4o, Claude-Opus-4 or all, My-Bot",
        role="Only for members with this role, instead of the server's models; several roles add up",
    )
    async def allow(
        self,
        interaction: discord.Interaction[QuothBot],
        models: app_commands.Range[str, 1, 6000],
        role: discord.Role | None = None,
    ) -> None:
        """Choose which models are offered in a server, or to the members of one of its roles."""
        names = (name for name in (part.strip() for part in models.split(",")) if name)
        of = None if role is None or role.is_default() else role.id
        await self._allow(interaction, tuple(dict.fromkeys(names)), role=of)

    async def _allow(
        self,
        interaction: discord.Interaction[QuothBot],
        names: Sequence[str],
        meant: Collection[str] = (),
        role: int | None = None,
    ) -> None:
        """Store a server's list, or ask about the first name on it that is no model.

        Args:
            interaction: the command, or the press that answered such a question.
            names: the whole list.
            meant: handles that were confirmed although similar models are known.
            role: for whose members the list is; None for everybody.
        """
        row = target(interaction, "guild")
        words = {name.casefold() for name in names}
        if words == {_RESET} or words == {_NONE}:
            await self._store(interaction, row.id, role, None if words == {_RESET} else NOTHING)
            return
        if not names:
            raise NotAllowed(sentence=later("Enter model names separated by commas, or `all`."))
        if len(names) > _MOST_NAMES:
            raise NotAllowed(sentence=later("Too many names: at most {count}."), count=_MOST_NAMES)
        found: dict[str, None] = {}
        for name in names:
            if name.casefold() == _ALL:
                continue
            try:
                found[self.bot.models.allowable(name, meant=name in meant).name] = None
            except UnknownModel as error:
                await self._ask_about(interaction, error, name, names, meant, role)
                return
        await self._store(interaction, row.id, role, AllowedModels(_ALL in words, tuple(found)))

    async def _store(
        self, interaction: discord.Interaction[QuothBot], guild: int, role: int | None, allowed: AllowedModels | None
    ) -> None:
        """Store a list; None for what is in effect without one."""
        store = self.bot.stores.allowed_models
        if role is None:
            await store.change(guild, allowed or AllowedModels())
            await self._confirm(interaction, allowed or AllowedModels())
        elif allowed is None:
            await store.delete_role(guild, role)
            await answer(interaction, t("Members with {role} can now use this server's models.", role=f"<@&{role}>"))
        else:
            await store.change_role(guild, role, allowed)
            text = t("Members with {role} can now use: {models}.", role=f"<@&{role}>", models=_listed(allowed))
            await answer(interaction, text[:2000])

    async def _ask_about(
        self,
        interaction: discord.Interaction[QuothBot],
        error: UnknownModel,
        name: str,
        names: Sequence[str],
        meant: Collection[str],
        role: int | None,
    ) -> None:
        """Let an admin replace an unknown name, leave it out, or confirm it where the operator lets them."""

        async def replace(pressed: discord.Interaction[QuothBot], near: str) -> None:
            await self._allow(pressed, [near if each == name else each for each in names], meant, role)

        async def leave_out(pressed: discord.Interaction[QuothBot]) -> None:
            await self._allow(pressed, [each for each in names if each != name], meant, role)

        async def add(pressed: discord.Interaction[QuothBot]) -> None:
            await self._allow(pressed, names, {*meant, name}, role)

        others: dict[str, Act] = {}
        if self.bot.models.catalogue.foreign:
            others[t("Add “{name}” as it is", name=name[:40])] = add
        if len(names) > 1:
            others[t("Leave it out")] = leave_out
        await suggest_models(interaction, error, replace, others)

    async def _confirm(self, interaction: discord.Interaction[QuothBot], allowed: AllowedModels) -> None:
        listed = ", ".join(f"`{name}`" for name in allowed.names)
        if allowed == NOTHING:
            await answer(interaction, t(_ONLY_ROLES))
            return
        if not allowed.names:
            text = t("This server can now use every model Quoth offers.")
        elif allowed.all_offered:
            text = t("This server can now use every model Quoth offers, plus {models}.", models=listed)
        else:
            text = t("This server can now use only {models}.", models=listed)
        await self._tell(interaction, text[:1500], seen_by("guild"))

    async def _tell(self, interaction: discord.Interaction[QuothBot], *lines: str) -> None:
        """Say what was changed and which model is now in effect for this person."""
        model, rule = await self._resolve(interaction)
        in_effect = t(
            "For you, the default model here is now `{model}` ({rule}).", model=model.name, rule=rule_name(rule)
        )
        await answer(interaction, "\n".join((*lines, with_notice(in_effect, model)))[:2000])

    async def _resolve(self, interaction: discord.Interaction[QuothBot]) -> tuple[Model, Rule]:
        return await self.bot.models.resolve(await self.bot.preferences.layers(self.bot.place_of(interaction)))


def _listed(allowed: AllowedModels) -> str:
    """Return what is allowed in words."""
    every = [t("every model Quoth offers")] if allowed.all_offered else []
    return ", ".join([*every, *(f"`{name}`" for name in allowed.names)]) or t("none")


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


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(ModelChoiceCog(bot))
