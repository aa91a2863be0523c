"""The panel of preferences: what it shows, and the custom ids of its controls, which work after a restart too."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import discord

from bot.conversation import ResolvedPreferences, Rule
from bot.i18n.translate import LANGUAGES, nt, own_name, t
from bot.policy.preferences import LayeredPreferences, rule_name
from bot.policy.scopes import Target
from storage.preferences import Preferences, Scope

TEMPLATE = r"quoth:preference:(?P<scope>user|channel|guild):(?P<id>\d{1,20}):(?P<field>[a-z_]+)(:(?P<value>[01]))?"
"""The pattern of a control's custom id: whose preference, which one, and for a switch the value that it sets."""
RESET = "reset"
FOLLOW = "follow"
"""The value of a menu that clears a choice."""
RULES: dict[Scope, Rule] = {"user": "you", "channel": "this channel", "guild": "this server"}
AUTOMATIC = "automatic"
_HISTORY = (0, 5, 10, 20, 50, 100)

Field: TypeAlias = Literal[
    "history",
    "thinking",
    "files",
    "language",
    "private",
    "every_message",
    "finish_ping",
    "suggestions",
    "read_webhooks",
    "asking",
    "threads",
    "continue_chat",
]
"""A preference that can be chosen in the panel; the model has commands of its own."""
Value: TypeAlias = int | str | bool
_SWITCHES: tuple[Field, ...] = (
    "asking",
    "private",
    "every_message",
    "finish_ping",
    "suggestions",
    "continue_chat",
    "read_webhooks",
    "threads",
)
_SCOPES: dict[Field, tuple[Scope, ...]] = {
    "asking": ("channel", "guild"),
    "every_message": ("channel",),
    "read_webhooks": ("channel", "guild"),
    "threads": ("channel",),
}
"""For whom a preference can be chosen, where that is not everybody."""


def field_named(name: str) -> Field | None:
    """Return the field of this name, if there is one."""
    return next((field for field in get_args(Field) if field == name), None)


def _value(preferences: Preferences, field: Field) -> Value | None:
    return getattr(preferences, field)  # the fields of a Field are among those of Preferences


def _default(preferences: ResolvedPreferences, field: Field) -> Value:
    return getattr(preferences, field)  # likewise


@dataclass(frozen=True, slots=True)
class Choices:
    """What a row chose, and what would be in effect without it."""

    row: Target
    own: Preferences
    rest: LayeredPreferences

    def control(self, name: str, value: bool | None = None) -> str:
        """Return the custom id of a control."""
        end = "" if value is None else f":{int(value)}"
        return f"quoth:preference:{self.row.scope}:{self.row.id}:{name}{end}"

    def chosen(self, field: Field) -> Value | None:
        """Return what the row chose; None if nothing."""
        return _value(self.own, field)

    def automatic(self, field: Field) -> bool:
        """Whether no other row decides if this one chose nothing: a person's language is that of their Discord."""
        return field == "language" and self.row.scope == "user"

    def otherwise(self, field: Field) -> tuple[Value, Rule]:
        """Return the value that is in effect if the row chose nothing, and who chose that."""
        for layer in self.rest.layers:
            if (value := _value(layer.chosen, field)) is not None:
                return value, layer.rule
        return _default(self.rest.default, field), "Quoth's operator"

    def in_effect(self, field: Field) -> tuple[Value, str]:
        """Return the value in effect, and a phrase that says who chose it."""
        if (own := self.chosen(field)) is not None:
            return own, t("set here")
        if self.automatic(field):
            return AUTOMATIC, t("not set")
        value, rule = self.otherwise(field)
        return value, t("from {rule}", rule=rule_name(rule))


def title(field: Field) -> str:
    """Return the name of a preference in the language of the reader."""
    return {
        "history": t("Context messages per question"),
        "thinking": t("Model reasoning"),
        "files": t("Pictures and files in answers"),
        "language": t("Language"),
        "private": t("Private answers"),
        "every_message": t("Answer every message here"),
        "finish_ping": t("Ping when a slow answer is done"),
        "suggestions": t("Suggested questions as buttons"),
        "threads": t("Open a thread for each question"),
        "continue_chat": t("Continue the chat on Poe in reply chains"),
        "asking": t("Questions to Quoth"),
        "read_webhooks": t("Webhook messages in the context (their authors can't opt out)"),
    }[field]


def value_text(field: Field, value: Value) -> str:
    """Return a preference's value in the language of the reader."""
    if field == "history":
        return nt("last {count} message", "last {count} messages", int(value)) if value else t("off")
    if isinstance(value, bool):
        return t("on") if value else t("off")
    if field == "language" and value in LANGUAGES:
        return own_name(str(value))
    return {
        "kept": t("shown in full"),
        "folded": t("collapsed to one line"),
        "hidden": t("hidden"),
        "shown": t("attached"),
        "spoilers": t("attached, pictures as spoilers"),
        "links": t("links only"),
        AUTOMATIC: t("your Discord language"),
    }.get(str(value), str(value))


def panel(choices: Choices, notice: str) -> discord.ui.LayoutView:
    """Return the panel, stopped, as discord.py sends it: its controls are dynamic items, found by their custom ids."""
    heading = {
        "user": t("## Your preferences"),
        "channel": t("## Channel preferences"),
        "guild": t("## Server preferences"),
    }[choices.row.scope]
    box: discord.ui.Container[Any] = discord.ui.Container(discord.ui.TextDisplay(f"{heading}\n{notice}"))
    for item in _items(choices):
        box.add_item(item)
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(box)
    view.stop()
    return view


def fields(scope: Scope) -> tuple[Field, ...]:
    """Return the preferences that can be chosen for a scope, in the panel's order."""
    names: tuple[Field, ...] = ("history", "thinking", "files", "language", *_SWITCHES)
    return tuple(name for name in names if scope in _SCOPES.get(name, (scope,)))


def _items(choices: Choices) -> Iterator[discord.ui.Item[Any]]:
    for field in fields(choices.row.scope):
        value, source = choices.in_effect(field)
        text = t("**{title}:** {value} ({source})", title=title(field), value=value_text(field, value), source=source)
        if field in _SWITCHES:
            style = discord.ButtonStyle.success if value else discord.ButtonStyle.secondary
            button: discord.ui.Button[Any] = discord.ui.Button(
                label=t("Turn off") if value else t("Turn on"),
                style=style,
                custom_id=choices.control(field, not value),
            )
            yield discord.ui.Section(text, accessory=button)
        else:
            yield discord.ui.TextDisplay(text)
            yield discord.ui.ActionRow(_menu(choices, field))
    reset: discord.ui.Button[Any] = discord.ui.Button(label=t("Reset all"),
                                                      custom_id=choices.control(RESET))  # fmt: skip
    yield discord.ui.ActionRow(reset)


def _menu(choices: Choices, field: Field) -> discord.ui.Select[Any]:
    own = choices.chosen(field)
    values: tuple[Value, ...] = {
        "history": _HISTORY,
        "thinking": ("kept", "folded", "hidden"),
        "files": ("shown", "spoilers", "links"),
        "language": LANGUAGES,
    }[field]
    if choices.automatic(field):
        label = t("Automatic (your Discord language)")
    else:
        follow, rule = choices.otherwise(field)
        label = t("Use {rule}: {value}", rule=rule_name(rule), value=value_text(field, follow))
    options = [discord.SelectOption(label=label[:100], value=FOLLOW, default=own is None)]
    options += [
        discord.SelectOption(label=value_text(field, value)[:100], value=str(value), default=value == own)
        for value in values
    ]
    return discord.ui.Select(custom_id=choices.control(field), options=options)
