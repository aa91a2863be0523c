"""A command's options as a client fills them in: typed, checked and resolved."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.discord.world import objects
from sandbox.discord.world.commands import NESTED, OptionType
from sandbox.discord.world.entities import Attachment, Channel, Command, Json, Role, User
from sandbox.discord.world.posting import Posting
from sandbox.discord.world.store import World


@dataclass(frozen=True)
class File:
    """A file that a person uploads."""

    filename: str
    data: bytes


Value = str | int | float | bool | User | Channel | Role | File
"""What a person may give for an option."""
_MAX_TEXT = 6000


@dataclass
class Options:
    """Filled options, and the objects that their ids stand for."""

    values: list[Json]
    resolved: Json

    def resolve(self, world: World, channel: Channel, object_id: int) -> None:
        """Add the user, role or channel of an id.

        Raises:
            LookupError: There is no such thing here.
        """
        guild = channel.guild
        user = {**world.people_by_id, world.bot.id: world.bot}.get(object_id)
        if user is not None:
            self._put("users", object_id, objects.user(user))
            if guild is not None and user.id in guild.members:
                self._put("members", object_id, objects.member(guild.members[user.id], with_user=False))
        elif guild is not None and object_id in guild.roles:
            self._put("roles", object_id, objects.role(guild.roles[object_id]))
        elif guild is not None and object_id in guild.channels:
            self._put("channels", object_id, objects.channel(guild.channels[object_id]) | {"permissions": "0"})
        else:
            raise LookupError(f"nothing here has the id {object_id}")

    def attach(self, file: Attachment) -> None:
        """Add an uploaded file."""
        self._put("attachments", file.id, objects.attachment(file, ephemeral=True))

    def _put(self, kind: str, object_id: int, body: Json) -> None:
        self.resolved.setdefault(kind, {})[str(object_id)] = body


def fill(
    world: World,
    channel: Channel,
    posting: Posting,
    command: Command,
    path: list[str],
    given: Mapping[str, Value],
    focused: str | None = None,
) -> Options:
    """Fill a command's options in.

    Args:
        world: For the objects that ids stand for.
        channel: Where the command is used.
        posting: Where uploaded files go.
        command: The command.
        path: Names of the subcommand group and the subcommand, if it has any.
        given: Options by name.
        focused: The option that is being typed; the others may then be missing.

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
        entry = {"name": name, "type": option["type"], "value": _value(world, channel, posting, option, value, filled)}
        filled.values.append(entry | ({"focused": True} if name == focused else {}))
        if name != focused:
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


def _value(
    world: World, channel: Channel, posting: Posting, option: Json, value: Value, filled: Options
) -> str | int | float | bool:
    match value:
        case User() | Channel() | Role():
            filled.resolve(world, channel, value.id)
            return str(value.id)
        case File(filename, data):
            file = posting.store(channel, filename, data)
            filled.attach(file)
            return str(file.id)
        case _ if option["type"] in (OptionType.USER, OptionType.CHANNEL, OptionType.ROLE, OptionType.MENTIONABLE):
            filled.resolve(world, channel, int(value))
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
    """Refuse what a client would not let a person send."""
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
