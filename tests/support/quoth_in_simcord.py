"""Quoth on simcord, a Discord simulated in memory, with a fake Poe that gives every ask the same answer.

simcord can't follow the real PoeClient, which works in threads (discord.md section 7). Everything but the fake Poe is
Quoth's own, down to the SQLite file.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiosqlite
import discord
import simcord
from discord import app_commands

from bot.client import EVERYWHERE, QuothBot
from bot.conversation import Asker, ResolvedLimits, ResolvedPreferences, Snapshot, State, format_messages
from bot.errors import PoeError
from bot.poe.backend import Paid
from bot.poe.catalogue import Catalogue
from bot.poe.client import MakePrompt, PoeAccess
from bot.poe.queue import Figures
from bot.policy.access import AccessRules
from storage.database import open_database
from storage.stores import Stores

OPERATORS = ResolvedPreferences("gpt-3.5-turbo")
"""What is in effect where nobody chose."""
NO_LIMITS = ResolvedLimits()


class ScriptedPoe(PoeAccess):
    """Gives the same snapshots to every ask, as ``PoeClient`` would; an error ends them."""

    def __init__(self, *script: Snapshot | Exception) -> None:
        self.script = script or (Snapshot("Hello", State.DONE),)
        self.asked: list[tuple[str, str]] = []

    def figures(self) -> Figures:
        """Nothing is going on."""
        return Figures(0, 0, 0, 0, browser=False)

    def go_on(self) -> None:
        """Nothing is held up here."""

    def try_now(self) -> bool:
        """Nothing is held up here."""
        return False

    async def warm_up(self, handle: str) -> None:
        """Nothing takes any time here."""

    async def holds(self) -> AsyncGenerator[PoeError | None]:
        """All is well."""
        yield None

    @asynccontextmanager
    async def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None, account: str | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Note the handle and the prompt, and play the script."""
        yield self._play(handle, make_prompt)

    async def _play(self, handle: str, make_prompt: MakePrompt) -> AsyncIterator[Snapshot]:
        yield Snapshot(state=State.READING)
        self.asked.append((handle, format_messages(await make_prompt())))
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step


@dataclass(frozen=True)
class QuothInSimcord:
    """A Quoth that is logged in, in a guild with one channel; Ada is a member without any special permission."""

    env: simcord.Env
    bot: QuothBot
    poe: ScriptedPoe
    connection: aiosqlite.Connection
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    ada: simcord.MemberActor
    logins: int

    def member(self, name: str, **permissions: bool) -> simcord.MemberActor:
        """One more member, with a role of these permissions."""
        role = self.guild.create_role(f"role of {name}", permissions=discord.Permissions(**permissions))
        return self.guild.add_member(self.env.create_user(name), roles=[role])

    def requests(self) -> list[tuple[str, dict[str, Any]]]:
        """All requests since the login, in their order: method with path, and body."""
        made = self.env.http_requests[self.logins :]
        return [(f"{request.method} {request.path}", cast("dict[str, Any]", request.json or {})) for request in made]

    def sent(self) -> list[dict[str, Any]]:
        """The bodies of all requests that said something, in their order."""
        bodies = [body.get("data") or body for _, body in self.requests()]
        return [body for body in bodies if "content" in body]

    def callbacks(self) -> list[int]:
        """The types of all first answers to interactions, in their order."""
        return [body["type"] for request, body in self.requests() if request.endswith("/callback")]


@asynccontextmanager
async def quoth_in_simcord(
    folder: Path,
    *script: Snapshot | Exception,
    extra: app_commands.Command[Any, ..., None] | None = None,
    limits: ResolvedLimits = NO_LIMITS,
    foreign_models: bool = False,
    access: AccessRules = EVERYWHERE,
) -> AsyncGenerator[QuothInSimcord]:
    """Start Quoth with its database in ``folder``; an error that it leaves unhandled fails the test at the end."""
    catalogue = Catalogue(["My-Bot"], foreign=foreign_models)
    async with open_database(folder / "quoth.sqlite3") as connection:
        poe = ScriptedPoe(*script)
        stores = Stores.over(connection)
        bot = QuothBot(poe, stores, catalogue, OPERATORS, limits, access=access, message_content=True)
        if extra is not None:
            bot.tree.add_command(extra)
        async with simcord.run(bot) as env:
            guild = env.create_guild("The Raven")
            channel = guild.create_text_channel("general")
            ada = guild.add_member(env.create_user("ada", global_name="Ada"))
            for command in await bot.tree.fetch_commands():
                # Open to all members, whatever Discord would hide from them, so that Quoth's own checks are tested.
                guild.set_command_permissions(command, {guild.roles["@everyone"]: True})
            yield QuothInSimcord(env, bot, poe, connection, guild, channel, ada, logins=len(env.http_requests))


def words(message: simcord.ResponseMessage) -> str:
    """Return the text of a Components V2 message, with the labels and values of its controls."""

    def read(components: list[dict[str, Any]]) -> Iterator[str]:
        for each in components:
            yield from (str(each[key]) for key in ("content", "label") if each.get(key))
            yield from (option["label"] for option in each.get("options", []))
            yield from read(each.get("components", []))
            yield from read([each["accessory"]] if each.get("accessory") else [])

    return "\n".join(read(message.components))


def texts(messages: list[discord.Message]) -> list[str]:
    """Return the contents of messages."""
    return [message.content for message in messages]


def refusal(asked: Any) -> str:
    """Return the sentence with which a question was refused, which only its asker sees."""
    (told,) = [*([asked.response] if asked.response else []), *asked.followups]
    assert told.ephemeral
    return str(told.content)
