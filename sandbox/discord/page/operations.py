"""The operations that the page requests, each an action of its person."""

import base64
from collections.abc import Callable, Mapping
from typing import cast

from sandbox.discord.page.view import View
from sandbox.discord.world.command_options import File, Value
from sandbox.discord.world.commands import NESTED
from sandbox.discord.world.entities import Channel, Command, Interaction, Json, Message, User
from sandbox.discord.world.people import People
from sandbox.discord.world.permissions import sees
from sandbox.discord.world.store import World

HISTORY = 50


class Malformed(Exception):
    """The page requested an unknown operation, or fields are missing or wrong."""


class Operations:
    """The operations of one page.

    Args:
        world: The store.
        people: Does the actions.
        me: The page's person.
        view: What that person sees.
        more: Further operations by name, with the same errors.
    """

    def __init__(
        self, world: World, people: People, me: User, view: View, more: Mapping[str, Callable[[Json], object]]
    ) -> None:
        self._world = world
        self._people = people
        self._me = me
        self._view = view
        self._ops: dict[str, Callable[[Json], object]] = {
            "history": self._history,
            "say": self._say,
            "edit": self._edit,
            "thread": self._thread,
            "command": self._command,
            "autocomplete": self._autocomplete,
            "press": self._press,
            "submit": self._submit,
            "delete": self._delete,
            "locale": self._locale,
            **more,
        }

    def do(self, fields: Json) -> object:
        """Run one operation and return its result, for an autocomplete the interaction that will have it.

        What takes time returns a coroutine, whose result is the operation's.

        Raises:
            Malformed: There is no such operation, or a field is missing or wrong.
            ApiError: Discord refuses it.
            LookupError: Something that it names does not exist.
            PermissionError: This person may not.
            ValueError: A value is invalid.
        """
        op = self._ops.get(str(fields.get("op")))
        if op is None:
            raise Malformed(f"unknown operation {fields.get('op')!r}")
        try:
            return op(fields)
        except (KeyError, TypeError) as error:
            raise Malformed(f"operation {fields['op']!r}: missing or wrong field {error}") from error

    def _history(self, fields: Json) -> list[Json]:
        channel = self._channel(fields)
        before = int(fields["before"]) if fields.get("before") else None
        messages = [m for m in self._world.messages(channel) if sees(self._me, m) and (before is None or m.id < before)]
        return [self._view.message(message) for message in messages[-HISTORY:]]

    def _say(self, fields: Json) -> Json:
        channel = self._channel(fields)
        target = self._message(channel, fields["reply_to"]) if fields.get("reply_to") else None
        files = [_file(each) for each in fields.get("files") or ()]
        ping = bool(fields.get("ping", True))
        message = self._people.say(self._me, channel, str(fields["content"]), target, files, ping=ping)
        return self._view.message(message)

    def _edit(self, fields: Json) -> None:
        self._people.edit(self._me, self._message(self._channel(fields), fields["message_id"]), str(fields["content"]))

    def _thread(self, fields: Json) -> Json:
        message = self._message(self._channel(fields), fields["message_id"])
        thread = self._people.open_thread(self._me, message, str(fields["name"]))
        return {"channel_id": str(thread.id)}

    def _command(self, fields: Json) -> Json:
        if fields.get("target_id"):
            return self._menu(fields)
        channel, name, options = self._filled(fields)
        return _started(self._people.command(self._me, channel, name, options))

    def _menu(self, fields: Json) -> Json:
        target = self._message(self._channel(fields), fields["target_id"])
        return _started(self._people.menu(self._me, self._registered(fields).name, target))

    def _autocomplete(self, fields: Json) -> Interaction:
        channel, name, options = self._filled(fields)
        focused = str(fields["focused"]).rpartition(".")[2]
        return self._people.autocomplete(self._me, channel, name, focused, options)

    def _press(self, fields: Json) -> Json:
        message = self._message(self._channel(fields), fields["message_id"])
        values = [str(value) for value in fields.get("values") or ()]
        return _started(self._people.press(self._me, message, str(fields["custom_id"]), values))

    def _submit(self, fields: Json) -> Json:
        opener = self._people.find_interaction(int(fields["interaction_id"]))
        values = {str(key): str(value) for key, value in fields["values"].items()}
        return _started(self._people.submit(self._me, opener, values))

    def _delete(self, fields: Json) -> None:
        self._people.delete(self._me, self._message(self._channel(fields), fields["message_id"]))

    def _locale(self, fields: Json) -> Json:
        self._me.locale = str(fields["locale"])
        return self._view.world()

    def _channel(self, fields: Json) -> Channel:
        channel = self._world.channels_by_id.get(int(fields["channel_id"]))
        if channel is None or not self._view.sees_channel(channel):
            raise LookupError("This channel does not exist")
        return channel

    def _message(self, channel: Channel, message_id: str) -> Message:
        message = channel.messages.get(int(message_id))
        if message is None or not sees(self._me, message):
            raise LookupError("This message was deleted")
        return message

    def _registered(self, fields: Json) -> Command:
        command = next((each for each in self._world.commands() if each.id == int(fields["command_id"])), None)
        if command is None:
            raise LookupError("This command does not exist")
        return command

    def _filled(self, fields: Json) -> tuple[Channel, str, Mapping[str, Value]]:
        """Return a command's channel, its whole name, and its options without the nesting of subcommands."""
        channel = self._channel(fields)
        command = self._registered(fields)
        path, options = _unwrap(command, cast("Json", fields.get("options") or {}))
        files = {name: _file(cast("Json", value)) for name, value in options.items() if isinstance(value, dict)}
        return channel, " ".join((command.name, *path)), options | files


def _started(interaction: Interaction) -> Json:
    return {"interaction_id": str(interaction.id)}


def _file(fields: Json) -> File:
    """Read a file from its name and its bytes in base64."""
    return File(str(fields["filename"]), base64.b64decode(fields["data"], validate=True))


def _unwrap(command: Command, options: Json) -> tuple[list[str], Json]:
    """Split `{"set": {"model": "x"}}` into the path ["set"] and the options {"model": "x"}."""
    path: list[str] = []
    schema: list[Json] = command.json["options"]
    while any(option["type"] in NESTED for option in schema):
        name = next((option["name"] for option in schema if option["name"] in options), None)
        if name is None:
            raise LookupError(f"/{command.name} needs one of its subcommands")
        path.append(name)
        options = options[name]
        schema = next(option for option in schema if option["name"] == name).get("options") or []
    return path, options
