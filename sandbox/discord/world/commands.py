"""Check the application commands that a bot registers as Discord does (discord.md section 2)."""

import unicodedata
from enum import IntEnum
from typing import cast

from sandbox.discord.world.entities import Json
from sandbox.discord.world.errors import UnmodelledError
from sandbox.discord.world.forms import Form, Problems

MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_CHARACTERS = 8000
_MAX_PER_TYPE = {1: 100, 3: 15}
_MESSAGE_COMMAND = 3
_SCRIPTS_WITH_MARKS = ("DEVANAGARI", "THAI")


class OptionType(IntEnum):
    """The types of options (docs: interactions/application-commands)."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTED = (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)
_UNMODELLED = (OptionType.USER, OptionType.CHANNEL, OptionType.MENTIONABLE)
_WITH_CHOICES = (OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER)


def check_commands(body: object) -> list[Json]:
    """Check the list of a bulk overwrite.

    Raises:
        ApiError: 400 with code 50035; every problem is listed at its command's index.
        UnmodelledError: A command uses something that the sandbox does not model.
    """
    problems = Problems()
    if not isinstance(body, list):
        problems.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    forms = [Form(value, problems, (str(index),)) for index, value in enumerate(cast("list[object]", body))]
    seen: set[tuple[object, object]] = set()
    for form in forms:
        _check_command(form)
        key = (form.json.get("type") or 1, form.json.get("name"))
        if key in seen:
            form.complain("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add(key)
    for kind, most in _MAX_PER_TYPE.items():
        if sum((form.json.get("type") or 1) == kind for form in forms) > most:
            problems.add((), "BASE_TYPE_BAD_LENGTH", f"Only {most} commands of type {kind} may be registered.")
    problems.check()
    return [form.json for form in forms]


def _check_command(form: Form) -> None:
    form.only(
        "name", "name_localizations", "description", "description_localizations", "options", "type", "nsfw", "contexts",
        "default_member_permissions", "dm_permission", "integration_types", "id",
    )  # fmt: skip
    kind = form.integer("type", 1, 4) or 1
    if kind not in _MAX_PER_TYPE:
        raise UnmodelledError(f"commands of type {kind}")
    if kind == _MESSAGE_COMMAND:
        form.text("name", least=1, most=32, required=True)
        if form.json.get("description"):
            form.complain("description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED",
                          "Context menu commands cannot have description")  # fmt: skip
        return
    _check_named(form)
    _check_options(form, depth=0)
    bits = form.json.get("default_member_permissions")
    if bits is not None and not str(bits).isdecimal():
        form.complain("default_member_permissions", "NUMBER_TYPE_COERCE", f'Value "{bits}" is not permissions.')
    for key, values in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        if any(value not in values for value in form.items(key, len(values))):
            form.complain(key, "BASE_TYPE_CHOICES", f"Value must be one of {values}.")
    if (length := _characters(form.json)) > MAX_CHARACTERS:
        form.complain("", "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({length}/{MAX_CHARACTERS})")


def _check_named(form: Form) -> None:
    name = form.text("name", least=1, most=32, required=True)
    if name and not _is_name(name):
        form.complain("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    form.text("description", least=1, most=100, required=True)
    names = form.form("name_localizations") or Form({})
    for locale in names.json:
        if (local := names.text(locale, least=1, most=32)) and not _is_name(local):
            names.complain(locale, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    descriptions = form.form("description_localizations") or Form({})
    for locale in descriptions.json:
        descriptions.text(locale, least=1, most=100)


def _is_name(name: str) -> bool:
    """Return whether a name is lower-case and has only letters, digits, "-", "_" and "'"."""
    return name == name.lower() and all(_is_name_character(character) for character in name)


def _is_name_character(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    return unicodedata.name(character, "").startswith(_SCRIPTS_WITH_MARKS)


def _check_options(parent: Form, depth: int) -> None:
    options = parent.forms("options", MAX_OPTIONS)
    names: set[str] = set()
    optional_seen = False
    kinds: list[int] = []
    for option in options:
        kinds.append(_check_option(option, depth))
        name = str(option.json.get("name"))
        if name in names:
            option.complain("name", "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", "Option names must be unique")
        names.add(name)
        required = option.flag("required")
        if required and optional_seen:
            option.complain("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                            "Required options must be placed before non-required options")  # fmt: skip
        optional_seen |= not required
    if any(kind in NESTED for kind in kinds) and not all(kind in NESTED for kind in kinds):
        parent.complain("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                        "Sub-commands and other options are mutually exclusive")  # fmt: skip


def _check_option(option: Form, depth: int) -> int:
    option.only(
        "name", "name_localizations", "description", "description_localizations", "type", "required", "choices",
        "options", "channel_types", "min_value", "max_value", "min_length", "max_length", "autocomplete",
    )  # fmt: skip
    kind = option.integer("type", OptionType.SUB_COMMAND, OptionType.ATTACHMENT, required=True) or OptionType.STRING
    if kind in _UNMODELLED:
        raise UnmodelledError(f"options of type {kind}")
    _check_named(option)
    if kind in NESTED:
        deepest = 1 if kind == OptionType.SUB_COMMAND else 0
        if depth > deepest:
            option.complain("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Invalid nesting of sub-commands")
        _check_options(option, depth + 1)
        return kind
    option.integer("min_length", 0, 6000)
    option.integer("max_length", 1, 6000)
    _check_choices(option, kind)
    return kind


def _check_choices(option: Form, kind: int) -> None:
    choices = option.forms("choices", MAX_CHOICES)
    if choices and option.flag("autocomplete"):
        option.complain("autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES",
                        "Autocomplete and choices exclude each other")  # fmt: skip
    if (choices or option.flag("autocomplete")) and kind not in _WITH_CHOICES:
        option.complain("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type takes no choices")
    check_choices(choices, kind)


def check_choices(choices: list[Form], kind: int) -> None:
    """Check the choices of an option, registered ones or an autocomplete's."""
    for choice in choices:
        choice.text("name", least=1, most=100, required=True)
        if kind == OptionType.STRING:
            choice.text("value", most=100, required=True)
        elif not isinstance(choice.json.get("value"), int | float):
            choice.complain("value", "NUMBER_TYPE_COERCE", "Value is not a number.")


def _characters(node: Json) -> int:
    """Count the characters of names, descriptions and values; of a localized text the longest counts (docs)."""
    total = 0
    for key in ("name", "description"):
        local: Json = node.get(f"{key}_localizations") or {}
        total += max(len(str(text)) for text in (node.get(key) or "", *local.values()))
    if isinstance(node.get("value"), str):
        total += len(node["value"])
    for key in ("options", "choices"):
        children: list[Json] = node.get(key) or []
        total += sum(_characters(child) for child in children)
    return total
