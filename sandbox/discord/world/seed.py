"""The servers, people and messages that a new sandbox starts with, all fictional."""

from sandbox.discord.world.entities import Channel, Message, Revision, User
from sandbox.discord.world.permissions import EVERYONE, Permission
from sandbox.discord.world.store import World

_MINUTES_APART = 7  # between two messages

_LIGHTHOUSE = """
alice: the fog horn woke the puffins again
bob: puffins are awake all summer, they told me so themselves
admin: Bob, please stop interviewing the puffins on duty
alice: he wrote it all down though. page one is just "fish, then fish"
bob: it's called field research
alice: anyway, the lamp needs a new lens before Thursday
"""
_SOURDOUGH = """
bob: my starter is called Gerald and he doubled overnight
alice: mine smells of apples, is that a good sign?
bob: apples is excellent. Old socks is when you worry
admin: 75 % hydration today, the crumb came out like lace
alice: mine came out like a paperweight
"""
_DEFAULT_TALK = {"lamp-room": _LIGHTHOUSE, "starter-talk": _SOURDOUGH}


def populate(world: World) -> None:
    """Fill an empty world with two servers, three people and a few messages."""
    admin = world.add_person("admin", "Ada (admin)")
    alice = world.add_person("alice", "Alice")
    bob = world.add_person("bob", "Bob")
    lighthouse = world.add_guild("Lighthouse Keepers", owner=admin)
    keeper = world.add_role(lighthouse, "Head Keeper", EVERYONE | Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES)
    lighthouse.members[admin.id].roles.append(keeper)
    world.add_channel(lighthouse, "general", "Anything, at any volume of fog")
    world.add_channel(lighthouse, "lamp-room", "The lamp, its lens and its weather")
    world.add_channel(lighthouse, "logbook", "Quiet, please: entries only")
    sourdough = world.add_guild("Sourdough Society", owner=admin)
    world.add_channel(sourdough, "starter-talk", "How is yours rising?")
    world.add_channel(sourdough, "oven", "Temperatures and triumphs")
    for guild in (lighthouse, sourdough):
        world.join(alice, guild)
        world.join(bob, guild)
    for name, talk in _DEFAULT_TALK.items():
        _add_talk(world, world.channels[name], talk)


def _add_talk(world: World, channel: Channel, talk: str) -> None:
    lines = talk.strip().splitlines()
    for number, line in enumerate(lines):
        name, _, content = line.partition(": ")
        minutes_ago = (len(lines) - number) * _MINUTES_APART
        _add_message(world, channel, world.users[name], content, world.clock() - minutes_ago * 60)


def _add_message(world: World, channel: Channel, author: User, content: str, when: float) -> None:
    message = Message(world.ids.at(when, channel.position), channel, author, content=content)
    message.revisions.append(Revision(world.monotonic() - (world.clock() - when), content))
    channel.messages[message.id] = message
