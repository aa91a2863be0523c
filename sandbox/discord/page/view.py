"""What one person sees, as JSON for the page: Discord's objects with their Markdown rendered."""

from sandbox.discord.markdown.render import Names, render
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Channel, Command, Guild, Json, Message, MessageType, User
from sandbox.discord.world.people import People
from sandbox.discord.world.permissions import Permission, may
from sandbox.discord.world.store import World

NOTICE = "A sandbox, not Discord: no real model answers."
_TEXT_DISPLAY = 10


class View:
    """The world through one person's eyes.

    Args:
        world: The store.
        people: Returns which commands a person may use.
        me: The person.
    """

    def __init__(self, world: World, people: People, me: User) -> None:
        self._world = world
        self._people = people
        self.me = me

    def world(self) -> Json:
        """Return the data of a WORLD frame."""
        guilds = [guild for guild in self._world.guilds if self.me.id in guild.members]
        return {
            "me": objects.user(self.me),
            "users": [objects.user(user) for user in (*self._world.users, self._world.bot)],
            "guilds": [self._guild(guild) for guild in guilds],
            "dms": [objects.channel(self._world.dm(self.me)) | {"recipients": [objects.user(self._world.bot)]}],
            "commands": [_localized(command.json, self.me.locale) for command in self._commands()],
            "locale": self.me.locale,
            "application_id": str(self._world.application_id),
            "bot_id": str(self._world.bot.id),
            "presence": self._world.presence,
            "notice": NOTICE,
        }

    def message(self, message: Message) -> Json:
        """Return a message with its rendered Markdown. A thread's first message looks like the one it was opened on."""
        target = message.reference.target if message.reference is not None else None
        if message.type is MessageType.THREAD_STARTER and target is not None:
            here: Json = {"id": str(message.id), "channel_id": str(message.channel.id), "thread": None}
            return self.message(target) | here
        names = self._names(message.channel)
        body = objects.message(message)
        body["html"] = render(message.content, names)
        body["components"] = [_rendered(component, names) for component in body["components"]]
        return body

    def modal(self, modal: Json, channel: Channel) -> Json:
        """Return a modal with its rendered Markdown."""
        names = self._names(channel)
        return modal | {"components": [_rendered(component, names) for component in modal["components"]]}

    def sees_channel(self, channel: Channel) -> bool:
        """Return whether this person sees a channel."""
        return may(self.me, channel, Permission.VIEW_CHANNEL)

    def _guild(self, guild: Guild) -> Json:
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "channels": [objects.channel(channel) for channel in self._channels(guild)],
            "members": [objects.member(member) for member in guild.members.values()],
            "roles": [objects.role(role) for role in guild.roles.values()],
        }

    def _channels(self, guild: Guild) -> list[Channel]:
        """Return the channels and threads of a server that this person sees."""
        return [each for each in self._world.channels if each.guild is guild and self.sees_channel(each)]

    def _commands(self) -> list[Command]:
        places = [*self._world.channels, self._world.dm(self.me)]
        offered = [each for place in places for each in self._people.visible_commands(self.me, place)]
        return list({command.id: command for command in offered}.values())

    def _names(self, channel: Channel) -> Names:
        users = {str(user.id): user.display_name for user in (*self._world.users, self._world.bot)}
        if channel.guild is None:
            return Names(users, {}, {})
        members = channel.guild.members.values()
        users |= {str(member.user.id): member.nick for member in members if member.nick is not None}
        channels = {str(each.id): each.name for each in self._channels(channel.guild)}
        # Names have no "@", except @everyone's.
        roles = {str(role.id): role.name.removeprefix("@") for role in channel.guild.roles.values()}
        return Names(users, channels, roles)


def _localized(thing: Json, locale: str) -> Json:
    """Copy a command, option or choice with its localized texts; `key` is its original name."""
    copy = dict(thing)
    names: dict[str, str] = thing.get("name_localizations") or {}
    descriptions: dict[str, str] = thing.get("description_localizations") or {}
    copy["key"], copy["name"] = thing["name"], names.get(locale, thing["name"])
    if locale in descriptions:
        copy["description"] = descriptions[locale]
    for key in ("options", "choices"):
        inner: list[Json] = thing.get(key) or []
        if inner:
            copy[key] = [_localized(each, locale) for each in inner]
    return copy


def _rendered(component: Json, names: Names) -> Json:
    """Copy a component and add the HTML of every text display."""
    copy = dict(component)
    if component["type"] == _TEXT_DISPLAY:
        copy["html"] = render(component["content"], names)
    for key in ("component", "accessory"):
        if key in component:
            copy[key] = _rendered(component[key], names)
    if "components" in component:
        inner: list[Json] = component["components"]
        copy["components"] = [_rendered(each, names) for each in inner]
    return copy
