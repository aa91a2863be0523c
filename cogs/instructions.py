"""``/instructions``: what models are told before each question of a person, in a channel or in a server."""

from collections.abc import Iterator
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.context.impersonation import visible
from bot.conversation import Rule
from bot.i18n.translate import later, t
from bot.policy.preferences import LayeredPreferences, rule_name
from bot.policy.scopes import WHERE, Target, Where, target
from bot.ui.interactions import Form
from storage.preferences import Preferences, Scope

LONGEST = 2_000
"""Characters of instructions at most."""
_OTHERS = 500  # characters that are shown of instructions that aren't in effect; a message has 4,000


class InstructionsCog(
    commands.GroupCog, group_name="instructions", group_description="What models are told before each question"
):
    """``/instructions show`` and ``set``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="show", description="Show the standing instructions that apply to you here")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Show a person all instructions that concern them, first those in effect."""
        layers = await self.bot.preferences.layers(self.bot.place_of(interaction))
        await interaction.response.send_message(view=_shown(*_blocks(layers)), ephemeral=True)

    @app_commands.command(name="set", description="Edit standing instructions for you, this channel or this server")
    @app_commands.describe(where="Whose instructions to edit. Default: yours")
    async def set_instructions(self, interaction: discord.Interaction[QuothBot], where: Where = "me") -> None:
        """Open a form with the present instructions."""
        row = target(interaction, WHERE[where])
        present = await self.bot.stores.preferences.of(row.scope, row.id)
        await interaction.response.send_modal(InstructionsForm(row, present.instructions or ""))


_TITLES: dict[Scope, str] = {
    "user": later("Your instructions"),
    "channel": later("This channel's instructions"),
    "guild": later("This server's instructions"),
}


class InstructionsForm(Form):
    """The form in which instructions are edited."""

    def __init__(self, row: Target, present: str) -> None:
        super().__init__(title=t(_TITLES[row.scope]), timeout=3600.0)
        self._row = row
        self._text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, default=present, max_length=LONGEST, required=False
        )
        label = discord.ui.Label(
            text=t("Instructions"),
            description=t("Models get them before each question. Leave this empty for none."),
            component=self._text,
        )
        self.add_item(label)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Store the instructions, or delete them if there are none now."""
        row = target(interaction, self._row.scope)  # again: permissions change
        text, store = visible(self._text.value)[:LONGEST], interaction.client.stores.preferences
        if text:
            await store.change(row.scope, row.id, row.guild, Preferences(instructions=text))
            said = t("✓ Instructions were saved.")
        else:
            await store.reset(row.scope, row.id, "instructions")
            said = t("✓ Instructions were deleted.")
        await interaction.response.send_message(
            view=_shown(_block(f"{said} {_seen_by(row.scope)}", text)), ephemeral=True
        )


def _blocks(layers: LayeredPreferences) -> Iterator[str]:
    chosen: list[tuple[Rule, str]] = [
        (layer.rule, layer.chosen.instructions) for layer in layers.layers if layer.chosen.instructions
    ]
    if not chosen:
        yield t("There are no standing instructions here. Use `/instructions set` to write some.")
    for at, (rule, text) in enumerate(chosen):
        name = rule_name(rule)
        if at == 0:
            yield _block(t("**In effect: {rule}**", rule=name), text)
        else:
            shown = text if len(text) <= _OTHERS else f"{text[:_OTHERS]}…"
            yield _block(t("**Not in effect: {rule}**", rule=name), shown)


def _block(heading: str, text: str) -> str:
    """Return a text as a block quote, which makes it no longer than it is, below a heading."""
    return f"{heading}\n>>> {text}" if text else heading


def _shown(*blocks: str) -> discord.ui.LayoutView:
    """Return texts of 4,000 characters in all as a message: plain content has only 2,000."""
    view = discord.ui.LayoutView(timeout=None)
    for block in blocks:
        view.add_item(discord.ui.TextDisplay(block))
    view.stop()
    return view


def _seen_by(scope: Scope) -> str:
    if scope == "user":
        return t("Only you can see your instructions.")
    if scope == "channel":
        return t("Everyone in this channel can see its instructions.")
    return t("Everyone in this server can see its instructions.")


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(InstructionsCog(bot))
