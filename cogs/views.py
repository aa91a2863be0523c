"""What people do with a reply: press its buttons, or delete it."""

import logging
import re
from typing import Any, Self

import discord
from discord.ext import commands

from bot.account import told
from bot.asks import Ask
from bot.buttons import TEMPLATE
from bot.client import QuothBot
from bot.errors import QuothError
from bot.languages import t
from bot.surfaces import InteractionSurface
from storage.asks import AskRow

log = logging.getLogger(__name__)

_OVER = "That answer has ended already."
_UNKNOWN = "Quoth no longer knows that question. Please ask it again."
_NOT_YOURS = "Only whoever asked, or somebody who may manage messages here, can do that."
_NO_MODEL = "Please choose a model from the list, or write its name."
_UNEXPECTED = "Something went wrong inside Quoth. Please try again."


class ReplyButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=TEMPLATE):
    """A button below a reply; its id says what it is for and which ask it belongs to, also after a restart."""

    def __init__(self, button: discord.ui.Button[Any], act: str, ask_id: int) -> None:
        super().__init__(button)
        self._act = act
        self._ask_id = ask_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed."""
        if not isinstance(item, discord.ui.Button):
            raise TypeError("Only buttons have such ids.")
        return cls(item, match["act"], int(match["ask"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button is for; why it can't be done is told to whoever pressed."""
        try:
            if self._act == "stop":
                await self._stop(interaction)
            elif self._act == "read":
                await self._tell_reading(interaction)
            else:
                await self._ask_again(interaction)
        except Exception:
            log.exception("The button %s failed.", self._act)
            await _tell(interaction, _UNEXPECTED)

    async def _stop(self, interaction: discord.Interaction[QuothBot]) -> None:
        asks = interaction.client.asks
        asker = asks.asker_of(self._ask_id)
        if asker is not None and not _may(interaction, asker):
            await _tell(interaction, _NOT_YOURS)
        elif asks.stop(self._ask_id):
            await interaction.response.defer()  # the reply itself shows it
        else:
            await _tell(interaction, _OVER)

    async def _tell_reading(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell what was read for this answer to somebody who may read it as well."""
        asks = interaction.client.asks
        row, reading = await asks.remembered(self._ask_id), await asks.reading(self._ask_id)
        sees = interaction.permissions.view_channel and interaction.permissions.read_message_history
        if row is None or row.channel_id != interaction.channel_id:
            await _tell(interaction, _UNKNOWN)
        elif not sees or (row.private and row.asker_id != interaction.user.id):
            await _tell(interaction, t("Only people who can read this channel's history can see that."))
        elif reading is None:
            await _tell(interaction, t("That answer ended before anything was read for it."))
        else:
            chosen = (row.channel_id, row.material_id) if row.material_id else None
            await _tell(interaction, told(row.guild_id, reading, chosen=chosen, files=len(row.attached)))

    async def _ask_again(self, interaction: discord.Interaction[QuothBot]) -> None:
        row = await interaction.client.asks.remembered(self._ask_id)
        if row is None:
            await _tell(interaction, _UNKNOWN)
        elif not _may(interaction, row.asker_id):
            await _tell(interaction, _NOT_YOURS)
        elif self._act == "other":
            await interaction.response.send_modal(OtherModel(interaction.client, row))
        else:
            await _repeat(interaction, row, row.model)


class OtherModel(discord.ui.Modal, title="Ask another model"):
    """Which model shall answer the same question: one of the likeliest, or any by its name."""

    def __init__(self, bot: QuothBot, row: AskRow) -> None:
        super().__init__(timeout=900.0)
        self._row = row
        options = [discord.SelectOption(label=m.label, value=m.name) for m in bot.catalogue.search("")]
        self._listed: discord.ui.Select[Any] = discord.ui.Select(
            placeholder="One of the likeliest", options=options, min_values=0, required=False
        )
        self._named: discord.ui.TextInput[Any] = discord.ui.TextInput(
            placeholder="Any model that Quoth offers", required=False, max_length=100
        )
        self.add_item(discord.ui.Label(text="Model", component=self._listed))
        self.add_item(discord.ui.Label(text="Or its name", component=self._named))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask the model that was chosen; a name that was written wins."""
        name = self._named.value.strip() or next(iter(self._listed.values), "")
        try:
            model = interaction.client.catalogue.find(name) if name else None
        except QuothError as error:
            await _tell(interaction, error.user_message)
            return
        if model is None:
            await _tell(interaction, _NO_MODEL)
        else:
            await _repeat(interaction, self._row, model.name)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Tell the person alone that it failed."""
        log.error("Asking another model failed.", exc_info=error)
        await _tell(interaction, _UNEXPECTED)


async def _repeat(interaction: discord.Interaction[QuothBot], row: AskRow, model: str) -> None:
    """Ask a remembered question once more, for whoever wants it now, with the history that it had."""
    await interaction.response.defer(thinking=True, ephemeral=row.private)
    bot = interaction.client
    channel = bot.get_partial_messageable(row.channel_id, guild_id=row.guild_id)
    material: discord.Message | None = None
    if row.material_id:
        try:
            material = await channel.fetch_message(row.material_id)
        except discord.HTTPException:
            await _tell(interaction, t("The message that it was about can't be read any more."))
            return
    ask = Ask(
        interaction.id,
        bot.place_of(interaction),
        channel,
        before=discord.Object(row.before_id),
        question=row.question,
        model=model or None,
        private=row.private,
        replies_to=row.replies_to,
        material=material,
        attached=row.attached,
        fresh=row.fresh,
    )
    await bot.asks.run(ask, InteractionSurface(interaction, bot.lanes, private=row.private), bot.me)


def _may(interaction: discord.Interaction[QuothBot], asker: int) -> bool:
    return interaction.user.id == asker or interaction.permissions.manage_messages


async def _tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Tell whoever pressed, and nobody else."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as error:
        log.warning("A press could not be answered (%s, code %s).", error.status, error.code)


class ViewsCog(commands.Cog):
    """The buttons of all replies, those of earlier runs included, and the deletion of messages."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Let discord.py know the buttons."""
        self.bot.add_dynamic_items(ReplyButton)

    async def cog_unload(self) -> None:
        """Let discord.py forget them."""
        self.bot.remove_dynamic_items(ReplyButton)

    @commands.Cog.listener("on_raw_message_delete")
    async def deleted(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Stop an ask whose prompt or reply was deleted."""
        self.bot.asks.deleted({payload.message_id})

    @commands.Cog.listener("on_raw_bulk_message_delete")
    async def bulk_deleted(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Stop the asks of which something was among the deleted."""
        self.bot.asks.deleted(payload.message_ids)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(ViewsCog(bot))
