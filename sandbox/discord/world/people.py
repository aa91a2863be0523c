"""What people do: write, use commands, press buttons, submit forms. It refuses what Discord's own client would."""

from collections.abc import Mapping, Sequence

from sandbox.discord.world import objects
from sandbox.discord.world.command_options import File, Options, Value, fill
from sandbox.discord.world.components import Kind, find
from sandbox.discord.world.entities import (
    Channel,
    Command,
    Interaction,
    InteractionType,
    Json,
    Message,
    Reference,
    User,
)
from sandbox.discord.world.events import MessageEdited
from sandbox.discord.world.interactions import Interactions
from sandbox.discord.world.mentions import EVERYTHING
from sandbox.discord.world.payloads import Upload, read_payload
from sandbox.discord.world.permissions import Permission, is_there, may, permissions, sees
from sandbox.discord.world.posting import Posting
from sandbox.discord.world.store import World
from sandbox.discord.world.threads import open_thread

_SLASH_COMMAND, _MESSAGE_COMMAND = 1, 3


class People:
    """Actions of people. Each checks that the person may do it, then changes the world.

    Args:
        world: The store.
        posting: Creates and deletes messages.
        interactions: Starts interactions.
    """

    def __init__(self, world: World, posting: Posting, interactions: Interactions) -> None:
        self._world = world
        self._posting = posting
        self._interactions = interactions

    def say(
        self,
        who: User,
        channel: Channel,
        content: str,
        reply_to: Message | None = None,
        files: Sequence[File] = (),
        *,
        ping: bool = True,
    ) -> Message:
        """Write a message; `ping` is whether a reply pings the author of what it replies to.

        Raises:
            ApiError: This person may not write here, or the message is invalid.
        """
        body: Json = {"content": content}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
            body["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        uploads = {number: Upload(file.filename, "", file.data) for number, file in enumerate(files)}
        return self._posting.create(channel, who, read_payload(body, uploads, EVERYTHING))

    def open_thread(self, who: User, message: Message, name: str) -> Channel:
        """Open a public thread on a message.

        Raises:
            ApiError: The message has a thread already, or the name is invalid.
            PermissionError: This person may not.
        """
        self._require(who, message.channel, Permission.CREATE_PUBLIC_THREADS)
        return open_thread(self._world, who, message, name)

    def post(self, who: User, forum: Channel, title: str, content: str) -> Message:
        """Write a forum's post, a thread whose first message has the thread's id; return that message.

        Raises:
            ApiError: The message is invalid.
            PermissionError: This person may not post there.
        """
        self._require(who, forum, Permission.SEND_MESSAGES)
        thread = self._world.add_thread(forum, title, who, self._world.ids.next())
        payload = read_payload({"content": content}, {}, EVERYTHING)
        return self._posting.create(thread, who, payload, message_id=thread.id)

    def forward(self, who: User, channel: Channel, message: Message) -> Message:
        """Forward a message to a channel, as it is now.

        Raises:
            ApiError: This person may not write here.
        """
        forward = self._posting.create(channel, who, read_payload({"content": "\u200b"}, {}, EVERYTHING))
        forward.content, forward.reference = "", Reference(message.channel, message.id)
        forward.forwarded = [objects.snapshot(message)]
        self._world.events.publish(MessageEdited(forward))
        return forward

    def edit(self, who: User, message: Message, content: str) -> None:
        """Edit one's own message.

        Raises:
            ApiError: The message is invalid by now.
            PermissionError: It is somebody else's.
        """
        if message.author is not who:
            raise PermissionError(f"{who.name} can't edit a message of {message.author.name}")
        self._posting.edit(message, read_payload({"content": content}, {}, EVERYTHING))

    def delete(self, who: User, message: Message) -> None:
        """Delete one's own message, somebody else's with Manage Messages, or an ephemeral one that one sees.

        Raises:
            PermissionError: This person may not.
        """
        if message.author is not who and message.viewer is not who:
            self._require(who, message.channel, Permission.MANAGE_MESSAGES)
        self._posting.delete(message)

    def command(self, who: User, channel: Channel, name: str, options: Mapping[str, Value]) -> Interaction:
        """Use a slash command; the name of a subcommand is a path, such as "model set".

        Raises:
            LookupError: There is no such command here.
            PermissionError: This person may not use it.
            ValueError: The options don't fit the command.
        """
        command, path = self.find_command(who, channel, name)
        filled = fill(channel, self._posting, command, path, options)
        return self._use(who, channel, command, filled)

    def autocomplete(
        self, who: User, channel: Channel, name: str, focused: str, options: Mapping[str, Value]
    ) -> Interaction:
        """Type into an option: `focused` is its name, and `options` has what was typed so far (nothing: "")."""
        command, path = self.find_command(who, channel, name)
        filled = fill(channel, self._posting, command, path, {focused: "", **options}, focused=focused)
        interaction = self._interactions.start(InteractionType.AUTOCOMPLETE, who, channel, self._data(command, filled))
        interaction.command = command
        self._interactions.dispatch(interaction)
        return interaction

    def menu(self, who: User, name: str, target: Message) -> Interaction:
        """Use a message's context menu command."""
        channel = target.channel
        command = self._pick(who, channel, name, _MESSAGE_COMMAND)
        data = self._data(command, Options([], {})) | {"target_id": str(target.id)}
        # The target comes with its content even without the message content intent (discord.md section 2).
        data["resolved"] = {"messages": {str(target.id): objects.message(target)}}
        interaction = self._interactions.start(InteractionType.COMMAND, who, channel, data)
        interaction.command, interaction.target = command, target
        self._interactions.dispatch(interaction)
        return interaction

    def press(self, who: User, message: Message, custom_id: str, values: Sequence[str] = ()) -> Interaction:
        """Press a button, or choose in a select menu.

        Raises:
            LookupError: The message has no such component.
            PermissionError: This person doesn't see the message.
            ValueError: The component is disabled, or the values are not among its options.
        """
        if message.deleted or not sees(who, message):
            raise PermissionError(f"{who.name} does not see message {message.id}")
        component = find(message.components, custom_id)
        if component is None:
            raise LookupError(f"no component {custom_id!r} in message {message.id}")
        if component.get("disabled"):
            raise ValueError(f"component {custom_id!r} is disabled")
        data: Json = {"custom_id": custom_id, "component_type": component["type"], "id": component["id"]}
        if component["type"] == Kind.STRING_SELECT:
            data |= _selected(component, values)
        elif values:
            raise ValueError(f"component {custom_id!r} takes no values")
        interaction = self._interactions.start(InteractionType.COMPONENT, who, message.channel, data, message=message)
        self._interactions.dispatch(interaction)
        return interaction

    def submit(self, who: User, opener: Interaction, values: Mapping[str, str]) -> Interaction:
        """Submit a modal; `opener` is the interaction that it answered.

        Raises:
            LookupError: No modal is open there, or it lacks one of the fields.
            ValueError: A text is too short, too long or missing.
        """
        if opener.user is not who or opener.modal is None or not opener.modal_open:
            raise LookupError(f"{who.name} has no open modal of interaction {opener.id}")
        left = dict(values)
        components = [_filled(component, left) for component in opener.modal["components"]]
        if left:
            raise LookupError(f"the modal has no fields {sorted(left)}")
        opener.modal_open = False
        data: Json = {"custom_id": opener.modal["custom_id"], "components": components}
        interaction = self._interactions.start(
            InteractionType.MODAL, who, opener.channel, data, message=opener.message, parent=opener
        )
        self._interactions.dispatch(interaction)
        return interaction

    def find_interaction(self, interaction_id: int) -> Interaction:
        """Return an interaction by its id.

        Raises:
            LookupError: There is none.
        """
        return self._interactions.by_id(interaction_id)

    def find_command(self, who: User, channel: Channel, name: str) -> tuple[Command, list[str]]:
        """Return a slash command that this person can use here, and the path to its subcommand."""
        first, *path = name.split()
        return self._pick(who, channel, first, _SLASH_COMMAND), path

    def visible_commands(self, who: User, channel: Channel) -> list[Command]:
        """Return the commands that this person's client offers in a channel."""
        granted = permissions(who, channel)
        installs = {0} if is_there(self._world.bot, channel) else set[int]()
        installs |= {1} if who.id in self._world.installed else set()
        return [
            command
            for command in self._world.commands()
            if objects.context(channel) in command.contexts and Permission.USE_APPLICATION_COMMANDS in granted
            if installs.intersection(command.installs) and _may_use(command, channel, granted)
        ]

    def _pick(self, who: User, channel: Channel, name: str, kind: int) -> Command:
        for command in self._world.commands():
            if command.name == name and command.type == kind:
                if command not in self.visible_commands(who, channel):
                    raise PermissionError(f"{who.name} can't use {name!r} in {channel.name}")
                return command
        known = ", ".join(sorted(command.name for command in self._world.commands()))
        raise LookupError(f"no command {name!r} in {channel.name}; there are: {known}")

    def _use(self, who: User, channel: Channel, command: Command, options: Options) -> Interaction:
        interaction = self._interactions.start(InteractionType.COMMAND, who, channel, self._data(command, options))
        interaction.command = command
        self._interactions.dispatch(interaction)
        return interaction

    def _data(self, command: Command, options: Options) -> Json:
        data: Json = {"id": str(command.id), "name": command.name, "type": command.type}
        if options.values:
            data["options"] = options.values
        return data | ({"resolved": options.resolved} if options.resolved else {})

    def _require(self, who: User, channel: Channel, wanted: Permission) -> None:
        if not may(who, channel, wanted):
            raise PermissionError(f"{who.name} lacks {wanted.name} in {channel.name}")


def _selected(component: Json, values: Sequence[str]) -> Json:
    if not component["min_values"] <= len(values) <= component["max_values"]:
        raise ValueError(f"{len(values)} values for a select of {component['min_values']}–{component['max_values']}")
    known = {option["value"] for option in component["options"]}
    if strange := set(values) - known:
        raise ValueError(f"{sorted(strange)} are not among the options {sorted(known)}")
    return {"values": list(values)}


def _may_use(command: Command, channel: Channel, granted: Permission) -> bool:
    """Apply default member permissions; "0" means administrators only (discord.md section 2)."""
    needed = command.default_member_permissions
    if needed is None or channel.guild is None or command.name in channel.guild.open_commands:
        return True
    return Permission.ADMINISTRATOR in granted if needed == 0 else Permission(needed) in granted


def _filled(component: Json, values: dict[str, str]) -> Json:
    """Write a modal's component as its submission carries it, and remove the values that it uses from `values`."""
    body: Json = {"type": component["type"], "id": component["id"]}
    if component["type"] == Kind.LABEL:
        return body | {"component": _filled(component["component"], values)}
    if component["type"] == Kind.ROW:
        return body | {"components": [_filled(each, values) for each in component["components"]]}
    if component["type"] == Kind.TEXT:
        return body
    custom_id = component["custom_id"]
    text = values.pop(custom_id, component.get("value", ""))
    if component["type"] == Kind.STRING_SELECT:
        return body | {"custom_id": custom_id, "values": [text] if text else []}
    least, most = component.get("min_length") or 0, component.get("max_length") or 4000
    if not text and component["required"]:
        raise ValueError(f"the field {custom_id!r} must be filled in")
    if text and not least <= len(text) <= most:
        raise ValueError(f"the field {custom_id!r} takes {least} to {most} characters, not {len(text)}")
    return body | {"custom_id": custom_id, "value": text}
