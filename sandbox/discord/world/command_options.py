"""The options of a slash command as a person fills them in: typed, checked and resolved."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.discord.world import objects
from sandbox.discord.world.commands import NESTED, OptionType
from sandbox.discord.world.entities import Attachment, Channel, Command, Json, Role
from sandbox.discord.world.posting import Posting


@dataclass(frozen=True)
class File:
    """A file that a person uploads."""

    filename: str
    data: bytes


Value = str | int | float | bool | Role | File
"""What a person may give for an option."""
_MAX_TEXT = 6000


@dataclass
class Options:
    """Options with their values, and the objects that ids in them stand for."""

    values: list[Json]
    resolved: Json

    def resolve_role(self, channel: Channel, role_id: int) -> None:
        """Add a role of the channel's server.

        Raises:
            LookupError: The server has no such role.
        """
        role = channel.guild.roles.get(role_id) if channel.guild is not None else None
        if role is None:
            raise LookupError(f"there is no role {role_id} here")
        self._put("roles", role_id, objects.role(role))

    def attach(self, file: Attachment) -> None:
        """Add an uploaded file."""
        self._put("attachments", file.id, objects.attachment(file, ephemeral=True))

    def _put(self, kind: str, object_id: int, body: Json) -> None:
        self.resolved.setdefault(kind, {})[str(object_id)] = body


def fill(
    channel: Channel,
    posting: Posting,
    command: Command,
    path: list[str],
    given: Mapping[str, Value],
    focused: str | None = None,
) -> Options:
    """Fill in a command's options.

    Args:
        channel: Where the command is used.
        posting: Stores uploaded files.
        command: The command.
        path: Names of the subcommand group and the subcommand, if any.
        given: Values by the options' names.
        focused: The option that is being typed; then the others may be missing or unfinished (discord.md section 2).

    Raises:
        LookupError: No such subcommand or option.
        ValueError: A value does not fit, or a required one is missing.
    """
    schema: list[Json] = command.json["options"]
    wrappers: list[Json] = []
    for name in path:
        step = _named(schema, name)
        wrappers.append({"name": name, "type": step["type"]})
        schema = step.get("options") or []
    if any(option["type"] in NESTED for option in schema):
        raise LookupError(f"{command.name!r} needs a subcommand: {[option['name'] for option in schema]}")
    filled = Options([], {})
    for name, value in given.items():
        option = _named(schema, name)
        entry = {"name": name, "type": option["type"], "value": _value(channel, posting, option, value, filled)}
        filled.values.append(entry | ({"focused": True} if name == focused else {}))
        if focused is None:
            _check(option, value)
    missing = [o["name"] for o in schema if o.get("required") and o["name"] not in given]
    if missing and focused is None:
        raise ValueError(f"required options are missing: {missing}")
    for wrapper in reversed(wrappers):
        filled.values = [wrapper | {"options": filled.values}]
    return filled


def _named(schema: list[Json], name: str) -> Json:
    for option in schema:
        if option["name"] == name:
            return option
    raise LookupError(f"no option {name!r}; there are: {[option['name'] for option in schema]}")


def _value(channel: Channel, posting: Posting, option: Json, value: Value, filled: Options) -> str | int | float | bool:
    match value:
        case Role(id=role_id):
            filled.resolve_role(channel, role_id)
            return str(role_id)
        case File(filename, data):
            file = posting.store(channel, filename, data)
            filled.attach(file)
            return str(file.id)
        case _ if option["type"] == OptionType.ROLE:
            filled.resolve_role(channel, int(value))
            return str(value)
        case _:
            return value


_PYTHON_TYPES: dict[int, tuple[type, ...]] = {
    OptionType.STRING: (str,),
    OptionType.INTEGER: (int,),
    OptionType.BOOLEAN: (bool,),
    OptionType.NUMBER: (int, float),
    OptionType.ATTACHMENT: (File,),
}


def _check(option: Json, value: Value) -> None:
    """Refuse what Discord's client would not send."""
    kind, name = option["type"], option["name"]
    expected = _PYTHON_TYPES.get(kind)
    if expected is not None and (not isinstance(value, expected) or isinstance(value, bool) != (bool in expected)):
        raise ValueError(f"option {name!r} does not take {value!r}")
    offered: list[Json] = option.get("choices") or []
    choices = [choice["value"] for choice in offered]
    if choices and value not in choices:
        raise ValueError(f"option {name!r} takes one of {choices}, not {value!r}")
    if isinstance(value, str) and kind == OptionType.STRING:
        least, most = option.get("min_length") or 0, option.get("max_length") or _MAX_TEXT
        if not least <= len(value) <= most:
            raise ValueError(f"option {name!r} takes {least} to {most} characters, not {len(value)}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = option.get("min_value"), option.get("max_value")
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(f"option {name!r} takes {low} to {high}, not {value}")
