"""What people do with a reply and its question: press buttons, edit, delete."""

import contextlib
import re
from typing import Any

import discord
from discord.ext import commands

from bot.asks import Ask, Without
from bot.client import QuothBot
from bot.context import addressing
from bot.context.message_pages import fetch_these
from bot.context.turns import asker_of, by_webhook, known_target
from bot.context.uploads import stored_uploads
from bot.context.webhook_copies import WebhookCopies
from bot.errors import ModelNotAllowed, NotForReading, UnknownModel
from bot.i18n.translate import later, t
from bot.poe.catalogue import Catalogue, Model
from bot.reply.buttons import NEAR, SUGGESTION, TEMPLATE, button_view, page_buttons
from bot.reply.late_buttons import offer_edit
from bot.reply.surfaces import InteractionSurface, is_guest, withdraw
from bot.ui.interactions import Control, Form, tell, tell_failure
from bot.ui.sources import sources_pages
from bot.ui.suggestions import suggest_models
from storage.asks import AskRow
from storage.prompt_sources import PromptSourcesRow

_LONGEST = 4000  # characters of a form's field at most (discord.md section 5)
_REPLACED = 10.0  # seconds after a question in which a bot may replace it by a webhook's copy
_OVER = later("That answer has already ended.")
_UNKNOWN = later("Quoth no longer remembers that question. Ask it again.")
_NOT_YOURS = later("Only the person who asked, or someone with the *Manage Messages* permission, can do that.")
_AGAIN = later("This question is already being asked again.")
_NO_MODEL = later("Choose a model from the list or enter its name.")


class ReplyButton(Control, template=TEMPLATE):
    """A button below a reply; its custom id names the action and the ask, so that it works after a restart."""

    def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item, match)
        self._page = int(match["page"]) if match["page"] else None
        self._act = match["act"]
        self._ask_id = int(match["ask"])

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Do what the button is for."""
        if self._act == "stop":
            await self._stop(interaction)
        elif self._act == "read":
            await self._show_sources(interaction)
        elif self._act == "other":
            await self._choose_model(interaction)
        elif self._act in ("without", "bare"):
            await self._ask_without(interaction)
        elif self._act == "edit":
            await self._edit(interaction)
        else:
            await self._retry(interaction)

    async def _stop(self, interaction: discord.Interaction[QuothBot]) -> None:
        asks = interaction.client.asks
        askers = asks.askers_of(self._ask_id)
        if askers and not _may(interaction, *askers):
            await tell(interaction, t(_NOT_YOURS))
        elif asks.stop(self._ask_id):
            await interaction.response.defer()  # the reply itself shows the end
        else:
            await tell(interaction, t(_OVER))

    async def _show_sources(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Show what was read for this answer, to people who may read that as well."""
        stores = interaction.client.stores
        row, sources = await stores.asks.find(self._ask_id), await stores.prompt_sources.find(self._ask_id)
        granted = interaction.permissions  # none in DMs, where there are no permissions
        sees = interaction.guild_id is None or (granted.view_channel and granted.read_message_history)
        if row is None or not _is_of(interaction, row):
            await tell(interaction, t(_UNKNOWN))
        elif (sources and (sources.taken or sources.cut) and not sees) or (
            row.private and row.asker_id != interaction.user.id
        ):
            await tell(interaction, t("Only people who can read this channel's message history can see that."))
        elif sources is None:
            await tell(interaction, t("That answer ended before any messages were read for it."))
        else:
            await self._show_page(interaction, row, sources)

    async def _show_page(
        self, interaction: discord.Interaction[QuothBot], row: AskRow, sources: PromptSourcesRow
    ) -> None:
        """Show a page of what was read, in place of the page before."""
        with interaction.client.asks.repeat(("read", row.id, self._page, interaction.user.id)) as first:
            if not first:
                await interaction.response.defer()  # it is about to be shown
                return
            await self._send_page(interaction, row, sources)

    async def _send_page(
        self, interaction: discord.Interaction[QuothBot], row: AskRow, sources: PromptSourcesRow
    ) -> None:
        channel = interaction.client.get_partial_messageable(row.channel_id, guild_id=row.guild_id)
        here = {message for where, message in (*sources.taken, *sources.cut) if where == row.channel_id}
        chosen = (row.channel_id, row.material_id) if row.material_id else None
        files = [*(name for name, _ in row.attached), *sources.files]
        messages = await fetch_these(channel, here)
        pages = sources_pages(row.guild_id, sources, messages, chosen=chosen, files=files)
        page = min(self._page or 0, len(pages) - 1)
        view = button_view(page_buttons(row.id, page, len(pages)))
        if self._page is None:
            await interaction.response.send_message(pages[page], view=view, ephemeral=True, suppress_embeds=True)
        else:
            await interaction.response.edit_message(content=pages[page], view=view, suppress_embeds=True)

    async def _choose_model(self, interaction: discord.Interaction[QuothBot]) -> None:
        bot = interaction.client
        row = await bot.stores.asks.find(self._ask_id)
        if refusal := await _refusal(interaction, row):
            await tell(interaction, refusal)
        elif row is not None:
            layers = await bot.preferences.layers(bot.place_of(interaction))
            likely, offered = await bot.models.search(layers, ""), await bot.models.offered(layers.place)
            others = [model for model in likely if model.name != row.model]
            await interaction.response.send_modal(OtherModelForm(others, offered, row))

    async def _ask_without(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Ask the question without the files that can't go along; without any where only Poe knows which those are."""
        row = await interaction.client.stores.asks.find(self._ask_id)
        if refusal := await _refusal(interaction, row):
            await tell(interaction, refusal)
            return
        if row is not None:
            without: Without = "all" if self._act == "bare" else "unfit"
            await _repeat_once(interaction, self._ask_id, private=row.private, without=without)

    async def _edit(self, interaction: discord.Interaction[QuothBot]) -> None:
        row = await interaction.client.stores.asks.find(self._ask_id)
        if refusal := await _refusal(interaction, row):
            await tell(interaction, refusal)
        elif row is not None:
            await interaction.response.send_modal(EditForm(row))

    async def _retry(self, interaction: discord.Interaction[QuothBot]) -> None:
        # The deferral waits for nothing: whether the reply is private, and mostly who asked, is known from the message.
        message = interaction.message
        asker = asker_of(message, {}) if message else None
        if asker is None:
            refusal = await _refusal(interaction, await interaction.client.stores.asks.find(self._ask_id))
        else:
            refusal = "" if _may(interaction, asker) else t(_NOT_YOURS)
        if refusal:
            await tell(interaction, refusal)
            return
        private = message is not None and message.flags.ephemeral
        await _repeat_once(interaction, self._ask_id, private=private, as_edited=self._act == "edited")


class NearModelButton(Control, template=NEAR):
    """A model that may have been meant, below a refusal: it is asked the question."""

    def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item, match)
        self._ask_id = int(match["ask"])

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask the model."""
        row = await interaction.client.stores.asks.find(self._ask_id)
        refusal = await _refusal(interaction, row)
        if row is None or refusal:
            await tell(interaction, refusal)
            return
        await _repeat_once(interaction, self._ask_id, private=row.private, model=self.match["model"])


class SuggestedReplyButton(Control, template=SUGGESTION):
    """A reply that Poe suggests: a press asks that, with the answer as history."""

    def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item, match)
        self._ask_id = int(match["ask"])
        self._number = int(match["number"])

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask what the button stands for; a second press by the same person, while it is asked, is none."""
        with interaction.client.asks.repeat((self._ask_id, self._number, interaction.user.id)) as first:
            if not first:
                await tell(interaction, t(_AGAIN))
                return
            # The deferral waits for nothing: whether the answer is private is known from its message.
            message, place = interaction.message, interaction.client.place_of(interaction)
            private = message is not None and message.flags.ephemeral
            private = private or interaction.client.preferences.peek(place).private
            await interaction.response.defer(thinking=True, ephemeral=private)
            await self._ask(interaction, private=private)

    async def _ask(self, interaction: discord.Interaction[QuothBot], *, private: bool) -> None:
        bot, message = interaction.client, interaction.message
        row = await bot.stores.asks.find(self._ask_id)
        if row is None or not _is_of(interaction, row) or self._number >= len(row.suggested):
            with contextlib.suppress(discord.HTTPException):
                await withdraw(interaction)
            await tell(interaction, t(_UNKNOWN))
            return
        ask = Ask(
            interaction.id,
            bot.place_of(interaction),
            bot.get_partial_messageable(interaction.channel_id or 0, guild_id=row.guild_id),
            before=interaction,
            question=row.suggested[self._number],
            model=row.model or None,
            private=private,
            replies_to=message.id if message else None,
            guest=is_guest(interaction),
            suggested=True,
            name=interaction.user.display_name,
        )
        await bot.asks.run(ask, InteractionSurface(interaction, bot.rate_limiters, private=private), bot.me)


class OtherModelForm(Form):
    """Asks the same question to another model: one of the likeliest, or any by its name."""

    def __init__(self, likely: list[Model], offered: Catalogue, row: AskRow) -> None:
        super().__init__(title=t("Ask another model"), timeout=900.0)
        self._offered = offered
        self._ask_id, self._asker, self._private = row.id, row.asker_id, row.private
        options = [discord.SelectOption(label=model.label, value=model.name) for model in likely]
        self._listed: discord.ui.Select[Any] = discord.ui.Select(
            placeholder=t("Suggested models"), options=options, min_values=0, required=False
        )
        self._named: discord.ui.TextInput[Any] = discord.ui.TextInput(
            placeholder=t("Any available model"), required=False, max_length=100
        )
        self.add_item(discord.ui.Label(text=t("Model"), component=self._listed))
        self.add_item(discord.ui.Label(text=t("Or enter a name"), component=self._named))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask the model that was chosen; a name that was typed has precedence."""
        name = self._named.value.strip() or next(iter(self._listed.values), "")
        if not _may(interaction, self._asker):  # permissions may have changed since the form was opened
            await tell(interaction, t(_NOT_YOURS))
            return
        if not name:
            await tell(interaction, t(_NO_MODEL))
            return
        await self._ask(interaction, name)

    async def _ask(self, interaction: discord.Interaction[QuothBot], name: str) -> None:
        try:
            # Before deferring, so that a wrong name is refused privately.
            model = interaction.client.models.find(self._offered, name)
        except (UnknownModel, ModelNotAllowed) as error:
            await suggest_models(interaction, error, self._ask)
            return
        try:
            await _repeat_once(interaction, self._ask_id, private=self._private, model=model.name)
        except Exception as error:  # noqa: BLE001 - as for a button: discord.py would only log it
            await tell_failure(interaction, error, type(self).__name__)


class EditForm(Form):
    """Asks a question anew in other words, which are those of who submits it."""

    def __init__(self, row: AskRow) -> None:
        super().__init__(title=t("Edit question"), timeout=900.0)
        self._ask_id, self._asker, self._private = row.id, row.asker_id, row.private
        self._question: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, default=row.question[:_LONGEST], max_length=_LONGEST
        )
        self.add_item(discord.ui.Label(text=t("Your question"), component=self._question))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask; permissions may have changed since the form was opened."""
        if not _may(interaction, self._asker):
            await tell(interaction, t(_NOT_YOURS))
            return
        await _repeat_once(interaction, self._ask_id, private=self._private, question=self._question.value)


async def _refusal(interaction: discord.Interaction[QuothBot], row: AskRow | None) -> str:
    """Return why a person may not ask a stored question again; empty if they may."""
    if row is None:
        return t(_UNKNOWN)
    if not _may(interaction, row.asker_id):
        return t(_NOT_YOURS)
    if row.asker_id != interaction.user.id and await interaction.client.stores.unread([row.asker_id]):
        return t(NotForReading.sentence)
    return ""


async def _repeat_once(
    interaction: discord.Interaction[QuothBot],
    ask_id: int,
    *,
    private: bool,
    model: str = "",
    without: Without = "none",
    question: str = "",
    as_edited: bool = False,
) -> None:
    """Ask a stored question again, unless the same was asked by a press that is not answered yet; see `_repeat`."""
    with interaction.client.asks.repeat((ask_id, model, question, as_edited)) as first:
        if not first:
            await tell(interaction, t(_AGAIN))
            return
        await interaction.response.defer(thinking=True, ephemeral=private)
        await _repeat(interaction, ask_id, model, question, without=without, as_edited=as_edited)


async def _repeat(
    interaction: discord.Interaction[QuothBot],
    ask_id: int,
    model: str = "",
    question: str = "",
    *,
    without: Without = "none",
    as_edited: bool = False,
) -> None:
    """Answer a deferred interaction by asking a stored question again, with the history that it had.

    The question is looked up only now: its author may have deleted it since a form was opened.

    Args:
        interaction: the interaction.
        ask_id: the stored question's id.
        model: the model to ask, empty for the same one.
        question: other words to ask, which the person wrote; empty for the same ones.
        without: which files are left out; see `Ask`.
        as_edited: whether to ask what the message that asked says by now.
    """
    bot = interaction.client
    row = await bot.stores.asks.find(ask_id)
    refusal = await _refusal(interaction, row)
    message: discord.Message | None = None
    if row is not None and not refusal and as_edited:
        message = await _message_of(interaction, row)
        refusal = "" if message else t(_UNKNOWN)
    if row is None or refusal:
        with contextlib.suppress(discord.HTTPException):
            await withdraw(interaction)
        await tell(interaction, refusal)
        return
    channel = bot.get_partial_messageable(row.channel_id, guild_id=row.guild_id)
    files = bot.asks.unread_files(ask_id)
    if message:
        files = message.attachments
    ask = Ask(
        interaction.id,
        bot.place_of(interaction),
        channel,
        before=discord.Object(row.before_id),
        question=question or (addressing.question(message, bot.me) if message else row.question),
        model=model or row.model or None,
        private=row.private,
        replies_to=row.replies_to,
        material=channel.get_partial_message(row.material_id) if row.material_id else None,
        attached=() if message else row.attached,
        uploads=() if message else stored_uploads(row.files),
        without=without,
        files=files,
        fresh=row.fresh,
        guest=is_guest(interaction),
        written_by=None if question else row.asker_id,
        name=interaction.user.display_name if question else _name_of(row.asker_id, interaction),
    )
    await bot.asks.run(ask, InteractionSurface(interaction, bot.rate_limiters, private=row.private), bot.me)


async def _message_of(interaction: discord.Interaction[QuothBot], row: AskRow) -> discord.Message | None:
    """Return the message that asked a question, as it is now; None if it is gone."""
    channel = interaction.client.get_partial_messageable(row.channel_id, guild_id=row.guild_id)
    try:
        message = await channel.fetch_message(row.id)
    except discord.NotFound:
        return None
    return message if message.author.id == row.asker_id else None


def _name_of(asker: int, interaction: discord.Interaction[QuothBot]) -> str:
    """Return the display name of who asked a question, empty where it is not known; makes no request."""
    if interaction.user.id == asker:
        return interaction.user.display_name
    if interaction.guild and (member := interaction.guild.get_member(asker)):
        return member.display_name
    message = interaction.message
    question, metadata = (known_target(message), message.interaction_metadata) if message else (None, None)
    people = (question and question.author, metadata and metadata.user)
    return next((person.display_name for person in people if person and person.id == asker), "")


def _is_of(interaction: discord.Interaction[QuothBot], row: AskRow) -> bool:
    """Whether the reply to an ask is where somebody pressed: in its channel, or in the thread on its message.

    A thread on a message has that message's id (discord.md section 4).
    """
    return interaction.channel_id in (row.channel_id, row.id)


def _may(interaction: discord.Interaction[QuothBot], *askers: int) -> bool:
    return interaction.user.id in askers or interaction.permissions.manage_messages


class ReplyButtonsCog(commands.Cog):
    """The buttons of all replies, those of earlier runs included, and the edits and deletions of messages."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._copies = WebhookCopies()

    async def cog_load(self) -> None:
        """Register the buttons."""
        self.bot.add_dynamic_items(ReplyButton, NearModelButton, SuggestedReplyButton)

    async def cog_unload(self) -> None:
        """Unregister the buttons."""
        self.bot.remove_dynamic_items(ReplyButton, NearModelButton, SuggestedReplyButton)

    @commands.Cog.listener("on_raw_message_delete")
    async def deleted(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Stop an ask whose question or reply was deleted, but not where a webhook's copy replaces the question."""
        question = self.bot.asks.question_of(payload.message_id, _REPLACED) if payload.guild_id else None
        if question is None or not await self._copies.appears(payload.channel_id, question):
            self.bot.asks.deleted({payload.message_id})

    @commands.Cog.listener("on_raw_message_edit")
    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Ask an edited question anew, or offer that below its answer. Previews and pins are no edits."""
        message = payload.message
        if message.author.bot or message.webhook_id or self.bot.asks.edited(message, self.bot.me):
            return
        row = await self.bot.stores.asks.find(message.id) if message.edited_at else None
        if row is None or addressing.question(message, self.bot.me) in ("", row.question):
            return
        if shown := await self.bot.stores.reply_messages.of(row.id):
            limiter = self.bot.rate_limiters.channel(row.channel_id, new=False)
            self.bot.speak_to(message)
            await offer_edit(message.channel, shown[-1], row.id, limiter)

    @commands.Cog.listener("on_message")
    async def copied(self, message: discord.Message) -> None:
        """Remember what a webhook writes. Like all messages of webhooks it is no question."""
        if by_webhook(message):
            await self._copies.add(message.channel.id, addressing.question(message, self.bot.me))

    @commands.Cog.listener("on_raw_bulk_message_delete")
    async def bulk_deleted(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Stop the asks whose question or reply was among the deleted messages."""
        self.bot.asks.deleted(payload.message_ids)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(ReplyButtonsCog(bot))
