"""What people do: write, use commands, press, submit. Their clients refuse what Discord's client would."""

from collections.abc import Mapping, Sequence

from sandbox.discord.world import objects
from sandbox.discord.world.command_options import File, Options, Value, fill
from sandbox.discord.world.components import SELECTS, Kind, find
from sandbox.discord.world.entities import (
    Channel,
    ChannelType,
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

_USER_COMMAND, _MESSAGE_COMMAND = 2, 3


class People:
    """Operations of people. Each act checks that this person could do it, then changes the world.

    Args:
        world: The store.
        posting: Where messages are made.
        interactions: Where interactions begin.
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
        """Write a message; `ping` is the switch beside a reply.

        Raises:
            ApiError: This person may not write here, or the message is no good.
        """
        body: Json = {"content": content}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
            body["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        uploads = {number: Upload(file.filename, "", file.data) for number, file in enumerate(files)}
        return self._posting.create(channel, who, read_payload(body, uploads, EVERYTHING))

    def open_thread(self, who: User, parent: Channel, name: str, message: Message | None = None) -> Channel:
        """Start a public thread, from a message or without one.

        Raises:
            ApiError: There is one on that message already, or the name is no good.
            PermissionError: This person may not.
        """
        self._require(who, parent, Permission.CREATE_PUBLIC_THREADS)
        return open_thread(self._world, who, parent, name, ChannelType.PUBLIC_THREAD, message)

    def forward(self, who: User, channel: Channel, message: Message) -> Message:
        """Forward a message to a channel, with what it says at this moment.

        Raises:
            ApiError: This person may not write here.
        """
        forward = self._posting.create(channel, who, read_payload({"content": "\u200b"}, {}, EVERYTHING))
        forward.content, forward.reference = "", Reference(message.channel, message.id)
        forward.forwarded = [objects.snapshot(message)]
        self._world.events.publish(MessageEdited(forward))
        return forward

    def delete(self, who: User, message: Message) -> None:
        """Delete a message of one's own, or of others with Manage Messages; one's own view of ephemeral ones.

        Raises:
            PermissionError: This person may not.
        """
        if message.author is not who and message.viewer is not who:
            self._require(who, message.channel, Permission.MANAGE_MESSAGES)
        self._posting.delete(message)

    def command(self, who: User, channel: Channel, name: str, options: Mapping[str, Value]) -> Interaction:
        """Use a slash command; a subcommand's name is a path: "model set".

        Raises:
            LookupError: There is no such command here.
            PermissionError: This person may not use it.
            ValueError: The options don't fit the command.
        """
        command, path = self.find_command(who, channel, name)
        filled = fill(self._world, channel, self._posting, command, path, options)
        return self._use(who, channel, command, filled)

    def autocomplete(
        self, who: User, channel: Channel, name: str, focused: str, options: Mapping[str, Value]
    ) -> Interaction:
        """Type an option: `focused` is its name, what was typed so far stands in `options` (nothing: "")."""
        command, path = self.find_command(who, channel, name)
        filled = fill(self._world, channel, self._posting, command, path, {focused: "", **options}, focused=focused)
        interaction = self._interactions.start(
            InteractionType.AUTOCOMPLETE, who, channel, self._data(command, filled, channel)
        )
        interaction.command = command
        self._interactions.dispatch(interaction)
        return interaction

    def menu(self, who: User, channel: Channel, name: str, target: Message | User) -> Interaction:
        """Open a context menu's command on a message or a user."""
        kind = _MESSAGE_COMMAND if isinstance(target, Message) else _USER_COMMAND
        command = self._pick(who, channel, name, kind)
        data = self._data(command, Options([], {}), channel) | {"target_id": str(target.id)}
        if isinstance(target, Message):
            # The target comes with its content even without the message-content intent (discord.md section 2).
            data["resolved"] = {"messages": {str(target.id): objects.message(target)}}
        else:
            data["resolved"] = {"users": {str(target.id): objects.user(target)}}
            if channel.guild is not None:
                member = objects.member(channel.guild.members[target.id], with_user=False)
                data["resolved"]["members"] = {str(target.id): member}
        interaction = self._interactions.start(InteractionType.COMMAND, who, channel, data)
        interaction.command, interaction.target = command, target
        self._interactions.dispatch(interaction)
        return interaction

    def press(self, who: User, message: Message, custom_id: str, values: Sequence[str] = ()) -> Interaction:
        """Press a button, or choose in a select.

        Raises:
            LookupError: The message has no such component.
            PermissionError: This person doesn't see the message.
            ValueError: It is disabled, or the values are not among its options.
        """
        if message.deleted or not sees(who, message):
            raise PermissionError(f"{who.name} does not see message {message.id}")
        component = find(message.components, custom_id)
        if component is None:
            raise LookupError(f"no component {custom_id!r} in message {message.id}")
        if component.get("disabled"):
            raise ValueError(f"component {custom_id!r} is disabled")
        data: Json = {"custom_id": custom_id, "component_type": component["type"], "id": component["id"]}
        if component["type"] in SELECTS:
            data |= self._selected(component, values, message.channel)
        elif values:
            raise ValueError(f"component {custom_id!r} takes no values")
        interaction = self._interactions.start(InteractionType.COMPONENT, who, message.channel, data, message=message)
        self._interactions.dispatch(interaction)
        return interaction

    def submit(self, who: User, opener: Interaction, values: Mapping[str, str]) -> Interaction:
        """Send a modal's form; `opener` is the interaction that showed it.

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
        """An interaction by id.

        Raises:
            LookupError: There is none.
        """
        return self._interactions.by_id(interaction_id)

    def find_command(self, who: User, channel: Channel, name: str) -> tuple[Command, list[str]]:
        """A slash command that this person can use here, and the path to its subcommand."""
        first, *path = name.split()
        return self._pick(who, channel, first, 1), path

    def visible_commands(self, who: User, channel: Channel) -> list[Command]:
        """The commands that this person's client offers in a channel."""
        granted = permissions(who, channel)
        installs = {0} if is_there(self._world.bot, channel) else set[int]()
        installs |= {1} if who.id in self._world.installed else set()
        return [
            command
            for command in self._world.commands(channel.guild)
            if objects.context(channel) in command.contexts and Permission.USE_APPLICATION_COMMANDS in granted
            if installs.intersection(command.installs) and (channel.guild is None or _may_use(command, granted))
        ]

    def _pick(self, who: User, channel: Channel, name: str, kind: int) -> Command:
        for command in self._world.commands(channel.guild):
            if command.name == name and command.type == kind:
                if command not in self.visible_commands(who, channel):
                    raise PermissionError(f"{who.name} can't use {name!r} in {channel.name}")
                return command
        known = ", ".join(sorted(command.name for command in self._world.commands(channel.guild)))
        raise LookupError(f"no command {name!r} in {channel.name}; there are: {known}")

    def _use(self, who: User, channel: Channel, command: Command, options: Options) -> Interaction:
        interaction = self._interactions.start(
            InteractionType.COMMAND, who, channel, self._data(command, options, channel)
        )
        interaction.command = command
        self._interactions.dispatch(interaction)
        return interaction

    def _data(self, command: Command, options: Options, channel: Channel) -> Json:
        data: Json = {"id": str(command.id), "name": command.name, "type": command.type}
        if options.values:
            data["options"] = options.values
        if command.guild is not None:
            data["guild_id"] = str(command.guild.id)
        return data | ({"resolved": options.resolved} if options.resolved else {})

    def _selected(self, component: Json, values: Sequence[str], channel: Channel) -> Json:
        if not component["min_values"] <= len(values) <= component["max_values"]:
            raise ValueError(
                f"{len(values)} values for a select of {component['min_values']}–{component['max_values']}"
            )
        if component["type"] != Kind.STRING_SELECT:
            options = Options([], {})
            for value in values:
                options.resolve(self._world, channel, int(value))
            return {"values": list(values), "resolved": options.resolved}
        known = {option["value"] for option in component["options"]}
        if strange := set(values) - known:
            raise ValueError(f"{sorted(strange)} are not among the options {sorted(known)}")
        return {"values": list(values)}

    def _require(self, who: User, channel: Channel, wanted: Permission) -> None:
        if not may(who, channel, wanted):
            raise PermissionError(f"{who.name} lacks {wanted.name} in {channel.name}")


def _may_use(command: Command, granted: Permission) -> bool:
    """Default member permissions: "0" is for admins only (discord.md section 2)."""
    needed = command.default_member_permissions
    if needed is None:
        return True
    return Permission.ADMINISTRATOR in granted if needed == 0 else Permission(needed) in granted


def _filled(component: Json, values: dict[str, str]) -> Json:
    """A modal's component as its submission carries it; takes the values that it uses out of `values`."""
    body: Json = {"type": component["type"], "id": component["id"]}
    if component["type"] == Kind.LABEL:
        return body | {"component": _filled(component["component"], values)}
    if component["type"] == Kind.ROW:
        return body | {"components": [_filled(each, values) for each in component["components"]]}
    if component["type"] == Kind.TEXT:
        return body
    custom_id = component["custom_id"]
    text = values.pop(custom_id, component.get("value", ""))
    if component["type"] in SELECTS:
        return body | {"custom_id": custom_id, "values": [text] if text else []}
    least, most = component.get("min_length") or 0, component.get("max_length") or 4000
    if not text and component["required"]:
        raise ValueError(f"the field {custom_id!r} must be filled in")
    if text and not least <= len(text) <= most:
        raise ValueError(f"the field {custom_id!r} takes {least} to {most} characters, not {len(text)}")
    return body | {"custom_id": custom_id, "value": text}
