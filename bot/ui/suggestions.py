"""A question with a button for each answer, such as "Did you mean ...?" with similar models."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import discord
from cachetools import TTLCache

from bot.errors import ModelNotAllowed, NotAllowed, UnknownModel
from bot.i18n.translate import later
from bot.ui.interactions import Control

_TEMPLATE = r"quoth:suggestion:(?P<question>\d{1,20}):(?P<number>\d{1,2})"
_OPEN = 900.0  # seconds that a question stays open: as long as Discord lets its message be edited
_MOST_OPEN = 1000
_LABEL = 80  # characters of a button's label (discord.md section 2)
_EXPIRED = later("These buttons have expired. Use the command again.")

Act: TypeAlias = Callable[[discord.Interaction[Any]], Awaitable[None]]


class Suggestions:
    """What the buttons of open questions do. It is in memory only: after a restart people are told to start again."""

    def __init__(self) -> None:
        self._open: TTLCache[int, Sequence[Act]] = TTLCache(_MOST_OPEN, _OPEN)

    async def ask(self, interaction: discord.Interaction[Any], text: str, answers: Mapping[str, Act]) -> None:
        """Ask a person alone; ``answers`` are the labels of the buttons and what each of them does."""
        self._open[interaction.id] = list(answers.values())
        view = discord.ui.View(timeout=None)
        for number, label in enumerate(answers):
            button: discord.ui.Button[Any] = discord.ui.Button(
                label=label[:_LABEL], custom_id=f"quoth:suggestion:{interaction.id}:{number}"
            )
            view.add_item(button)
        view.stop()  # the buttons are found by their custom ids
        await answer(interaction, text, view)

    def take(self, question: int, number: int) -> Act:
        """Return what a button does and close its question: only the first press counts.

        Raises:
            NotAllowed: the question is not open any more.
        """
        acts = self._open.pop(question, ())
        if number >= len(acts):
            raise NotAllowed(sentence=_EXPIRED)
        return acts[number]


class SuggestionButton(Control, template=_TEMPLATE):
    """A button of a question. Only the person who was asked sees it."""

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Do what the button is for."""
        await interaction.client.suggestions.take(int(self.match["question"]), int(self.match["number"]))(interaction)


async def answer(interaction: discord.Interaction[Any], text: str, view: discord.ui.View | None = None) -> None:
    """Answer a person alone; in the message whose button they pressed, if they did."""
    if interaction.response.is_done():
        given: Any = discord.utils.MISSING if view is None else view
        await interaction.followup.send(text, view=given, ephemeral=True, suppress_embeds=True)
    elif interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(content=text, view=view)
    elif view is None:
        await interaction.response.send_message(text, ephemeral=True, suppress_embeds=True)
    else:
        await interaction.response.send_message(text, view=view, ephemeral=True, suppress_embeds=True)


async def suggest_models(
    interaction: discord.Interaction[Any],
    error: UnknownModel | ModelNotAllowed,
    use: Callable[[discord.Interaction[Any], str], Awaitable[None]],
    others: Mapping[str, Act] | None = None,
) -> None:
    """Tell a person that a model's name can't be used, with buttons for others that may be meant.

    Args:
        interaction: where the name was used; not answered yet.
        error: why it can't be used.
        use: what is done with the name of the model that the person chooses.
        others: more buttons.

    Raises:
        UnknownModel, ModelNotAllowed: the same error, if there is nothing to choose.
    """
    answers: dict[str, Act] = {name: partial(_use, use, name) for name in error.near} | dict(others or {})
    if not answers:
        raise error
    await interaction.client.suggestions.ask(interaction, error.user_message, answers)


async def _use(
    use: Callable[[discord.Interaction[Any], str], Awaitable[None]], name: str, interaction: discord.Interaction[Any]
) -> None:
    await use(interaction, name)
