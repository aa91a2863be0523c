"""The panel of preferences: what it shows, and the ids by which its controls are known again, after a restart too."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import discord

from bot.i18n.translate import LANGUAGES, nt, t
from bot.policy.preferences import Rule, Ruling, said
from bot.policy.scopes import Target
from storage.preferences import Preferences, Scope

TEMPLATE = r"quoth:preference:(?P<scope>user|channel|guild):(?P<id>\d{1,20}):(?P<field>[a-z_]+)(:(?P<value>[01]))?"
"""What every control's id looks like: whose choice, of what, and for a switch what it is pressed for."""
RESET = "reset"
FOLLOW = "follow"
"""The value of a menu that takes a choice back."""
RULES: dict[Scope, Rule] = {"user": "you", "channel": "this channel", "guild": "this server"}
AUTOMATIC = "automatic"
_HISTORY = (0, 5, 10, 20, 50, 100)
_SWITCHES = ("private", "every_message", "finish_ping")


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen for a row, and what counts where nothing was."""

    row: Target
    own: Preferences
    rest: Ruling

    def control(self, name: str, value: bool | None = None) -> str:
        """The id of a control."""
        end = "" if value is None else f":{int(value)}"
        return f"quoth:preference:{self.row.scope}:{self.row.id}:{name}{end}"

    def automatic(self, name: str) -> bool:
        """Whether nobody else's choice counts where there is none: a person's language is that of their Discord."""
        return name == "language" and self.row.scope == "user"

    def counts(self, name: str) -> tuple[Any, str]:
        """The value that counts, and who chose it."""
        if (own := getattr(self.own, name)) is not None:
            return own, t("chosen here")
        if self.automatic(name):
            return AUTOMATIC, t("not chosen")
        value, rule = self.rest.first(name)
        return value, t("from {rule}", rule=said(rule))


def title(name: str) -> str:
    """What a preference is called."""
    return {
        "history": t("Messages that go along with a question"),
        "thinking": t("Thoughts of a model"),
        "language": t("Language"),
        "private": t("Private answers"),
        "every_message": t("Answer every message here"),
        "finish_ping": t("Tell me when a slow answer is done"),
    }[name]


def worded(name: str, value: Any) -> str:
    """Say a preference's value."""
    if name == "history":
        return nt("the last {count} message", "the last {count} messages", value) if value else t("off")
    if isinstance(value, bool):
        return t("on") if value else t("off")
    return {
        "kept": t("kept"),
        "folded": t("folded into one line"),
        "hidden": t("hidden"),
        **LANGUAGES,
        AUTOMATIC: t("as your Discord"),
    }.get(value, str(value))


def panel(choices: Choices, notice: str) -> discord.ui.LayoutView:
    """Return the panel as discord.py sends it; it need not listen, since its controls are known by their ids."""
    heading = {
        "user": t("## Your preferences"),
        "channel": t("## Preferences of this channel"),
        "guild": t("## Preferences of this server"),
    }[choices.row.scope]
    box: discord.ui.Container[Any] = discord.ui.Container(discord.ui.TextDisplay(f"{heading}\n{notice}"))
    for item in _items(choices):
        box.add_item(item)
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(box)
    view.stop()
    return view


def fields(scope: Scope) -> tuple[str, ...]:
    """The preferences that can be chosen for a scope, in the panel's order."""
    names = ("history", "thinking", "language", *_SWITCHES)
    return names if scope == "channel" else tuple(name for name in names if name != "every_message")


def _items(choices: Choices) -> Iterator[discord.ui.Item[Any]]:
    for name in fields(choices.row.scope):
        value, source = choices.counts(name)
        text = t("**{title}**: {value} ({source})", title=title(name), value=worded(name, value), source=source)
        if name in _SWITCHES:
            style = discord.ButtonStyle.success if value else discord.ButtonStyle.secondary
            button: discord.ui.Button[Any] = discord.ui.Button(
                label=t("Switch off") if value else t("Switch on"),
                style=style,
                custom_id=choices.control(name, not value),
            )
            yield discord.ui.Section(text, accessory=button)
        else:
            yield discord.ui.TextDisplay(text)
            yield discord.ui.ActionRow(_menu(choices, name))
    yield discord.ui.Separator()
    reset: discord.ui.Button[Any] = discord.ui.Button(label=t("Take all of these back"),
                                                      custom_id=choices.control(RESET))  # fmt: skip
    yield discord.ui.ActionRow(reset)


def _menu(choices: Choices, name: str) -> discord.ui.Select[Any]:
    own = getattr(choices.own, name)
    values: tuple[Any, ...] = {
        "history": _HISTORY,
        "thinking": ("kept", "folded", "hidden"),
        "language": tuple(LANGUAGES),
    }[name]
    if choices.automatic(name):
        label = t("Automatic: as your Discord")
    else:
        follow, rule = choices.rest.first(name)
        label = t("As {rule} says: {value}", rule=said(rule), value=worded(name, follow))
    options = [discord.SelectOption(label=label[:100], value=FOLLOW, default=own is None)]
    options += [
        discord.SelectOption(label=worded(name, value)[:100], value=str(value), default=value == own)
        for value in values
    ]
    return discord.ui.Select(custom_id=choices.control(name), options=options)
