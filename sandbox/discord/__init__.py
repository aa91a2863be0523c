"""A simulated Discord: REST API, gateway, rate limits and a page for people.

It agrees with the facts in discord.md and proves no more than that. What it does not model it refuses with 404 or 501,
an error in the log and an entry in `ledger.unknown`.

    async with DiscordSandbox() as discord:
        ...  # point a bot at discord.api_url and discord.gateway_url, log it in with discord.token
        await discord.ready()
        interaction = await discord.command("alice", "general", "ask", prompt="Why is the sky blue?")
        await discord.wait(lambda: interaction.response.edited_at)
        print(interaction.response.revisions, discord.ledger.limited)

The `world` is the one store. The `rest` API, the `gateway` and the `page` show it; all changes come as its `events`.
"""

from sandbox.discord.ledger import Call, Ledger
from sandbox.discord.mischief import Mischief
from sandbox.discord.rest.buckets import LIMITS, UNLIMITED, Limits, Rule
from sandbox.discord.rest.faults import NO_ANSWER
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Channel, Choice, Guild, Interaction, Message, Pings, Revision, Role, User
from sandbox.discord.world.interactions import Deadlines
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.store import World

__all__ = [
    "LIMITS",
    "NO_ANSWER",
    "UNLIMITED",
    "Call",
    "Channel",
    "Choice",
    "Deadlines",
    "DiscordSandbox",
    "File",
    "Guild",
    "Interaction",
    "Ledger",
    "Limits",
    "Message",
    "Mischief",
    "Permission",
    "Pings",
    "Revision",
    "Role",
    "Rule",
    "User",
    "World",
]
