"""A stand-in for Discord: REST, gateway, rate limits and a page for people.

It agrees with the facts in discord.md, nothing more; what it does not model it refuses loudly: 404 or 501, an error in
the log, and an entry in `ledger.unknown`.

    async with DiscordSandbox() as discord:
        ...  # point a bot at discord.api_url and discord.gateway_url, log it in with discord.token
        await discord.ready()
        interaction = await discord.command("alice", "general", "ask", prompt="Why is the sky blue?")
        await discord.wait(lambda: interaction.response.edited)
        print(interaction.response.revisions, discord.ledger.limited)

The world (`world`, `entities`) is the one store. REST (`server`, `routes_*`), the gateway (`gateway`, `projection`) and
the page (`page*`) are projections of it, fed by one stream of `events`.
"""

from sandbox.discord.ledger import Call, Ledger
from sandbox.discord.rest.buckets import LIMITS, UNLIMITED, Limits, Rule
from sandbox.discord.rest.faults import NO_ANSWER
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Channel, Choice, Guild, Interaction, Message, Pings, Revision, Role, User
from sandbox.discord.world.interactions import Lives
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.store import World

__all__ = [
    "LIMITS",
    "NO_ANSWER",
    "UNLIMITED",
    "Call",
    "Channel",
    "Choice",
    "DiscordSandbox",
    "File",
    "Guild",
    "Interaction",
    "Ledger",
    "Limits",
    "Lives",
    "Message",
    "Permission",
    "Pings",
    "Revision",
    "Role",
    "Rule",
    "User",
    "World",
]
