"""``/models``: browse the models that can be asked here, by maker and by search, and choose one's default."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.i18n.translate import nt, t
from bot.poe.catalogue import Catalogue, Model
from bot.policy.scopes import target
from bot.ui.default_model import set_default_model
from bot.ui.interactions import Control, Form
from bot.ui.model_facts import retirement, what_it_costs, what_it_does

_TEMPLATE = r"quoth:models:(?P<act>page|maker|search|choose):(?P<page>\d{1,4}):(?P<maker>[^:]{0,25}):(?P<query>.{0,40})"
_PAGE = 15  # models on a page
_ALL = "*"
_OWN = "+"


@dataclass(frozen=True, slots=True)
class Browse:
    """What is shown. It is part of the controls' custom ids, so that they work after a restart."""

    page: int = 0
    maker: str = _ALL
    query: str = ""

    def control(self, act: str, page: int | None = None) -> str:
        """Return the custom id of a control that leads to another page, or changes the maker or the search."""
        return f"quoth:models:{act}:{self.page if page is None else page}:{self.maker}:{self.query}"


class BrowserControl(Control, template=_TEMPLATE):
    """A button or menu below a page of models."""

    def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item, match)
        self._act = match["act"]
        self._browse = Browse(int(match["page"]), match["maker"], match["query"])

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Show another page, the models of another maker, or the search form; or set the person's default model."""
        browse, data, notice = self._browse, interaction.data, ""
        chosen = data["values"][0] if data and "values" in data else ""
        if self._act == "search":
            await interaction.response.send_modal(SearchForm(browse.maker))
            return
        if self._act == "maker":
            browse = Browse(0, chosen, browse.query)
        elif self._act == "choose":
            models = interaction.client.models
            model = models.find(await models.offered(interaction.client.place_of(interaction)), chosen)
            notice = await set_default_model(interaction, target(interaction, "user"), model)
        await interaction.response.edit_message(view=await _page(interaction, browse, notice))


class SearchForm(Form):
    """The form for a search."""

    def __init__(self, maker: str) -> None:
        super().__init__(title=t("Search models"), timeout=900.0)
        self._maker = maker
        self._query: discord.ui.TextInput[Any] = discord.ui.TextInput(max_length=40, required=False)
        self.add_item(discord.ui.Label(text=t("Model name or part of it"), component=self._query))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Show the results instead of the page."""
        query = " ".join(self._query.value.split())[:40]
        await interaction.response.edit_message(view=await _page(interaction, Browse(0, self._maker, query)))


class ModelBrowserCog(commands.Cog):
    """``/models``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Register the controls, those of earlier runs included."""
        self.bot.add_dynamic_items(BrowserControl)

    async def cog_unload(self) -> None:
        """Unregister the controls."""
        self.bot.remove_dynamic_items(BrowserControl)

    @app_commands.command(name="models", description="Browse the models available here")
    @app_commands.describe(search="Model name or part of it")
    async def models(
        self, interaction: discord.Interaction[QuothBot], search: app_commands.Range[str, 1, 40] | None = None
    ) -> None:
        """Show the first page, to this person alone."""
        query = " ".join((search or "").split())[:40]
        await interaction.response.send_message(view=await _page(interaction, Browse(query=query)), ephemeral=True)


async def _page(interaction: discord.Interaction[QuothBot], browse: Browse, notice: str = "") -> discord.ui.LayoutView:
    bot = interaction.client
    offered = await bot.models.offered(bot.place_of(interaction))
    own = await bot.stores.preferences.of("user", interaction.user.id)
    return models_page(offered, browse, own.model, notice)


def models_page(offered: Catalogue, browse: Browse, own: str | None = None, notice: str = "") -> discord.ui.LayoutView:
    """Return a page of models, stopped, as discord.py sends it: its controls are found by their custom ids.

    Args:
        offered: the models that can be asked.
        browse: which of them are shown.
        own: the person's default model, if they have set one.
        notice: what has just been done.
    """
    found = [m for m in _found(offered, browse.query) if browse.maker in (_ALL, _maker(m))]
    pages = max(1, -(-len(found) // _PAGE))
    page = min(browse.page, pages - 1)
    heading = nt(
        "## Models\n{count} model. Page {page} of {pages}.",
        "## Models\n{count} models. Page {page} of {pages}.",
        len(found),
        page=page + 1,
        pages=pages,
    )
    if browse.query:
        heading += " " + t("Search: “{query}”.", query=discord.utils.escape_markdown(browse.query))
    shown = found[page * _PAGE : (page + 1) * _PAGE]
    box: discord.ui.Container[Any] = discord.ui.Container(discord.ui.TextDisplay(f"{heading}\n{notice}".strip()))
    box.add_item(discord.ui.TextDisplay("\n".join(map(_line, shown)) or t("No models match.")))
    if shown:
        box.add_item(discord.ui.ActionRow(_choice(shown, replace(browse, page=page), own)))
    box.add_item(discord.ui.ActionRow(_makers(offered.models, browse)))
    box.add_item(discord.ui.ActionRow(*_buttons(browse, page, pages)))
    footer = t("-# Use these names with `/ask` and `/model set`. List updated {day}.", day=offered.as_of)
    box.add_item(discord.ui.TextDisplay(footer))
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(box)
    view.stop()
    return view


def _found(offered: Catalogue, query: str) -> Sequence[Model]:
    return offered.search(query, most=len(offered.models)) if query else offered.models


def _maker(model: Model) -> str:
    return model.maker[:25] or _OWN


def _line(model: Model) -> str:
    facts = (model.maker, retirement(model), what_it_does(model), what_it_costs(model))
    return " · ".join((f"- `{model.name}`", *filter(None, facts)))


def _choice(models: Sequence[Model], browse: Browse, own: str | None) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(label=model.label, value=model.name[:100], default=own in (model.name, model.id))
        for model in models
    ]
    placeholder = t("Set your default model")
    return discord.ui.Select(custom_id=browse.control("choose"), placeholder=placeholder, options=options)


def _makers(models: Sequence[Model], browse: Browse) -> discord.ui.Select[Any]:
    counted = Counter(_maker(model) for model in models).most_common(24)
    options = [discord.SelectOption(label=t("All makers"), value=_ALL, default=browse.maker == _ALL)]
    for maker, count in counted:
        name = t("Added by this server or the operator") if maker == _OWN else maker
        label = t("{maker} ({count})", maker=name, count=count)
        options.append(discord.SelectOption(label=label[:100], value=maker, default=browse.maker == maker))
    return discord.ui.Select(custom_id=browse.control("maker", 0), options=options)


def _buttons(browse: Browse, page: int, pages: int) -> Iterator[discord.ui.Button[Any]]:
    # Custom ids must differ within a message, also those of disabled buttons.
    yield discord.ui.Button(label=t("Previous"), custom_id=browse.control("page", max(0, page - 1)), disabled=page == 0)
    yield discord.ui.Button(label=t("Next"), custom_id=browse.control("page", page + 1), disabled=page + 1 >= pages)
    yield discord.ui.Button(label=t("Search"), custom_id=browse.control("search", 0))


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(ModelBrowserCog(bot))
