"""Every command, button, menu and form of Quoth, used by somebody without the permission that it needs.

The commands are listed by the command tree, the controls by the messages that the commands bring. Whatever is new has
to be classified in ``COMMANDS`` or ``CONTROLS``, or a test fails.
"""

import asyncio
import itertools
import logging
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import discord as library
import pytest
from discord import AppCommandOptionType as Kind
from discord import AppCommandType, app_commands

from bot.conversation import Snapshot, State
from bot.errors import AnswerFailed, LoginRequired, UploadRefused
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.components import walk
from sandbox.discord.world.entities import CallbackType, Guild, Interaction, Json, Message, Role
from sandbox.discord.world.permissions import EVERYONE, Permission
from storage.personal_data import PERSONAL
from tests.support.channel_history import put
from tests.support.database_file import read
from tests.support.quoth_in_sandbox import LIMIT, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts

ANYONE, OPERATOR, LIKE_COMMAND = "anyone", "the bot's operator", "who may use the command"
COMMANDS = {
    "Ask about this": ANYONE,
    "ask": ANYONE,
    "diagnose": "manage_guild",
    "forget": "manage_messages",
    "help": ANYONE,
    "instructions set": ANYONE,
    "instructions set where:channel": "manage_channels",
    "instructions set where:me": ANYONE,
    "instructions set where:server": "manage_guild",
    "instructions show": ANYONE,
    "limits reset": "manage_guild",
    "limits set": "manage_guild",
    "limits show": ANYONE,
    "maintenance off": OPERATOR,
    "maintenance on": OPERATOR,
    "model allow": "manage_guild",
    "model reset": ANYONE,
    "model reset where:channel": "manage_channels",
    "model reset where:me": ANYONE,
    "model reset where:server": "manage_guild",
    "model set": ANYONE,
    "model set where:channel": "manage_channels",
    "model set where:me": ANYONE,
    "model set where:server": "manage_guild",
    "model show": ANYONE,
    "models": ANYONE,
    "preferences": ANYONE,
    "preferences where:channel": "manage_channels",
    "preferences where:me": ANYONE,
    "preferences where:server": "manage_guild",
    "privacy delete": ANYONE,
    "privacy opt-in": ANYONE,
    "privacy opt-out": ANYONE,
    "privacy show": ANYONE,
    "status": OPERATOR,
    "usage": ANYONE,
}
"""Who may use each command, with each value of the options that have choices."""
CONTROLS = {
    "quoth:confirm:cancel": ANYONE,
    "quoth:confirm:delete": ANYONE,
    "quoth:confirm:forget": "manage_messages",
    "quoth:edit:#": "manage_messages",
    "quoth:edited:#": "manage_messages",
    "quoth:model:#:*": "manage_messages",
    "quoth:models:*": ANYONE,
    "quoth:other:#": "manage_messages",
    "quoth:preference:channel:*": "manage_channels",
    "quoth:preference:guild:*": "manage_guild",
    "quoth:preference:user:*": ANYONE,
    "quoth:read:#": "read_message_history",
    "quoth:read:#:#": "read_message_history",
    "quoth:bare:#": "manage_messages",
    "quoth:retry:#": "manage_messages",
    "quoth:say:#:#": ANYONE,
    "quoth:stop:#": "manage_messages",
    "quoth:suggestion:#:#": LIKE_COMMAND,
    "quoth:without:#": "manage_messages",
    "quoth:try-again": OPERATOR,
}
"""Who may use each control of a message that somebody else asked for; # is a number in its custom id."""
ASKING = ("ask", "Ask about this")
SECRET = "the words of a question"
UNEXPECTED = "Something went wrong"

Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Use:
    """A command with the options that are given."""

    name: str
    options: dict[str, Any]

    @property
    def title(self) -> str:
        """Its key in COMMANDS."""
        return " ".join([self.name, *(f"{name}:{self.options[name]}" for name in ("where",) if name in self.options)])


def uses(quoth: QuothInSandbox) -> Iterator[Use]:
    """Yield every command of the tree with each combination of the choices that its options offer.

    Each comes once with all other options that it can be given, and once with those alone that it requires.
    """
    tree = quoth.bot.tree
    for kind in (AppCommandType.message, AppCommandType.user):
        yield from (Use(menu.name, {}) for menu in tree.walk_commands(type=kind))
    for command in tree.walk_commands():
        if isinstance(command, app_commands.Group):
            continue
        given = {each: _sample(each) for each in command.parameters if not each.choices}
        least = {each.display_name: value for each, value in given.items() if each.required}
        most = {each.display_name: value for each, value in given.items() if value is not None}
        choosing = [each for each in command.parameters if each.choices]
        values = [[] if each.required else [None] for each in choosing]
        for each, offered in zip(choosing, values, strict=True):
            offered += [choice.value for choice in each.choices]
        for picked in itertools.product(*values):
            chosen = {each.display_name: value for each, value in zip(choosing, picked, strict=True) if value}
            yield Use(command.qualified_name, least | chosen)
            yield Use(command.qualified_name, most | chosen)


def _sample(parameter: app_commands.Parameter) -> str | int | bool | None:
    """Return a value that suits an option; None to leave it out."""
    if parameter.type in (Kind.role, Kind.attachment) and not parameter.required:
        return None
    if parameter.type is Kind.string:
        return "all" if parameter.display_name == "models" else "gpt-4"
    return {Kind.integer: max(1, int(parameter.min_value or 1)), Kind.boolean: True}[parameter.type]


@dataclass
class Walk:
    """A running Quoth, and Eve, whose permissions change.

    Attributes:
        seen: The custom ids of all controls that were met, with # for every number, and who may use them.
        needs: Who may use the command that brought a message, by the message's id.
        faults: What is wrong, a line each.
    """

    quoth: QuothInSandbox
    folder: Path
    log: pytest.LogCaptureFixture
    guild: Guild
    role: Role
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    needs: dict[int, str] = field(default_factory=dict[int, str])
    faults: list[str] = field(default_factory=list[str])

    @property
    def eve(self) -> int:
        """Eve's id."""
        return self.quoth.discord.world.users["eve"].id

    def grant(self, need: str, *, has: bool) -> None:
        """Give Eve what is needed and nothing more; or everything but that."""
        self.quoth.bot.owner_ids = {self.eve} if need == OPERATOR and has else {1}
        if need == ANYONE:
            self.role.permissions = EVERYONE
        elif need == OPERATOR:
            self.role.permissions = Permission.ADMINISTRATOR
        elif has:
            self.role.permissions = EVERYONE | library.Permissions(**{need: True}).value
        else:
            everything = library.Permissions.all().value & ~Permission.ADMINISTRATOR
            self.role.permissions = everything & ~library.Permissions(**{need: True}).value

    async def use(self, use: Use, where: str = "general") -> str:
        """Use a command as Eve and return what she is told."""
        discord = self.quoth.discord
        if use.name[0].isupper():
            interaction = await discord.menu("eve", discord.world.messages("general")[0], use.name)
        else:
            interaction = await discord.command("eve", where, use.name, **use.options)
        told = await self.answer(interaction)
        self.needs |= {message.id: COMMANDS.get(use.title, "") for message in interaction.replies}
        return told

    async def answer(self, interaction: Interaction) -> str:
        """Wait for the answer to an interaction; returns what only Eve sees of it, empty if there is no such text."""

        def shown() -> list[Message]:
            return [each for each in interaction.replies if not (each.deleted or each.loading)]

        done = (CallbackType.UPDATE, CallbackType.DEFERRED_UPDATE, CallbackType.MODAL)
        await self.quoth.discord.wait(lambda: interaction.failed or interaction.answer in done or shown(), LIMIT)
        if interaction.failed:
            self.faults.append(f"{interaction.data.get('custom_id') or interaction.data.get('name')}: no answer")
        return "\n".join(each.content for each in shown() if each.ephemeral)

    async def quiet(self) -> None:
        """Wait until nothing that a control began is still going on: it may have been acknowledged before."""
        await until(lambda: not any(task.get_name().startswith("discord-ui-") for task in asyncio.all_tasks()))

    async def settled(self) -> None:
        """Answer every ask that was begun, and wait until it is over."""

        def over() -> bool:
            for answer in self.quoth.poe.answers:
                answer.end("Yes")
            return not self.rows(asks="ended = 0")["asks"]

        await until(over)
        await self.quiet()

    def rows(self, **which: str) -> Rows:
        """Return the rows of every table, or those of a table for which a condition holds."""
        file, found = self.folder / "quoth.sqlite3", Rows()
        for (table,) in read(file, "SELECT name FROM sqlite_master WHERE type = 'table'"):
            if table == "last_seen":
                continue  # Quoth notes by itself that it is connected
            sql = f"SELECT * FROM {table} WHERE {which.get(str(table), '1')}"  # noqa: S608 - Quoth's own names
            found[str(table)] = sorted(read(file, sql), key=repr)
        return found

    def rows_of_others(self) -> Rows:
        """Return the rows that are not about Eve."""
        return self.rows(**{table: f"NOT ({which.replace('?', str(self.eve))})" for table, which in PERSONAL.items()})

    def state(self) -> dict[str, object]:
        """Return everything that somebody without permission must not change."""
        messages = [m for channel in self.quoth.discord.world.channels for m in channel.messages.values()]
        return {
            **self.rows(),
            "public messages": {m.id: (m.content, m.deleted) for m in messages if not m.ephemeral},
            "asks": len(self.quoth.poe.answers),
            "maintenance": self.quoth.bot.asks.refusal,
        }

    def check_log(self, title: str) -> None:
        """Note what was logged as an error since the last check."""
        for record in self.log.records:
            if record.levelno >= logging.ERROR or record.exc_info:
                self.faults.append(f"{title}: logged {record.getMessage()!r} {record.exc_info or ''}")
        self.log.clear()

    def check_refusal(self, title: str, text: str, before: dict[str, object]) -> None:
        """Note what is wrong with a refusal."""
        if not text or UNEXPECTED in text:
            self.faults.append(f"{title}: not refused in a private sentence but {text!r}")
        if changed := [name for name, value in self.state().items() if value != before.get(name)]:
            self.faults.append(f"{title}: was refused, but changed {changed}")
        self.check_log(title)

    def check_answer(self, title: str, text: str, refusal: str = "") -> None:
        """Note what is wrong with the answer to somebody who may."""
        if UNEXPECTED in text or (refusal and text == refusal):
            self.faults.append(f"{title}: with the permission the answer is {text!r}")
        self.check_log(title)


@pytest.fixture
async def walker(tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Walk]:
    """Quoth in a server where @everyone may do nothing, and whose admins opened every command to all members."""
    world = discord.world
    guild = world.guilds["Lighthouse Keepers"]
    guild.everyone.permissions = Permission(0)
    member = world.add_role(guild, "member")
    for name in ("alice", "bob"):
        guild.members[world.users[name].id].roles.append(member)
    guild.members[world.bot.id].roles.append(world.add_role(guild, "bots", EVERYONE | Permission.MANAGE_MESSAGES))
    role = world.add_role(guild, "eve")
    world.join(world.add_person("eve", "Eve"), guild, role)
    await discord.say("alice", "general", "The fog is back.")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await quoth.bot.wait_until_ready()
        guild.open_commands = {command.name for command in world.commands()}
        yield Walk(quoth, tmp_path, caplog, guild, role)


async def test_every_command_is_classified(walker: Walk) -> None:
    """Each command of the tree has its entry here, and there are no commands in messages."""
    assert {use.title for use in uses(walker.quoth)} == set(COMMANDS)
    assert not walker.quoth.bot.commands


async def test_commands_refuse_who_may_not(walker: Walk) -> None:
    """With every permission but the needed one, a command answers with a private sentence and changes nothing.

    With the needed one alone it does what it is for.
    """
    await walker.quoth.bot.stores.maintenance.begin("Back at noon.")
    for use in uses(walker.quoth):
        need = COMMANDS.get(use.title, "")
        if need in ("", ANYONE):
            continue
        for where in ("general", "dm") if need == OPERATOR else ("general",):
            walker.grant(need, has=False)
            before = walker.state()
            refusal = await walker.use(use, where)
            walker.check_refusal(f"/{use.title} in {where}", refusal, before)
            walker.grant(need, has=True)
            walker.check_answer(f"/{use.title} in {where}", await walker.use(use, where), refusal)
    assert walker.faults == []


async def test_commands_for_everyone_change_only_what_is_ones_own(walker: Walk) -> None:
    """Without any special permission each command for everyone answers, and no row about others is changed."""
    walker.grant(ANYONE, has=True)
    await walker.settled()
    for use in uses(walker.quoth):
        if COMMANDS.get(use.title) == ANYONE:
            before = walker.rows_of_others()
            walker.check_answer(f"/{use.title}", await walker.use(use))
            await walker.settled()
            if walker.rows_of_others() != before:
                walker.faults.append(f"/{use.title}: rows about others were changed")
    assert walker.faults == []


@dataclass(frozen=True)
class Pressable:
    """A control of a message as it was shown first; a select has the value that is chosen."""

    message: Message
    components: list[Json]
    custom_id: str
    values: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its custom id, with # for every number."""
        return re.sub(r"\d+", "#", self.custom_id)

    def need(self, walker: Walk) -> str:
        """Return who may use it; empty if that is not known."""
        found = [need for pattern, need in CONTROLS.items() if fnmatchcase(self.title, pattern)]
        if found == [LIKE_COMMAND]:
            return walker.needs.get(self.message.id, "")
        return found[0] if len(found) == 1 else ""

    async def press(self, walker: Walk) -> Interaction:
        """Use it as Eve, whose client may show the message as it was."""
        now, self.message.components = self.message.components, self.components
        try:
            return await walker.quoth.discord.press("eve", self.message, self.custom_id, self.values)
        finally:
            self.message.components = now


def controls(walker: Walk) -> Iterator[Pressable]:
    """Yield the controls of Quoth's messages of a kind that was not seen before."""
    world = walker.quoth.discord.world
    for channel in (*world.channels, world.dm("eve")):
        for message in list(channel.messages.values()):
            if message.author is not world.bot or message.deleted:
                continue
            for each in walk(message.components):
                options = [option["value"] for option in each.get("options", [])]
                found = Pressable(message, message.components, each.get("custom_id", ""), tuple(options[-1:]))
                kind = (found.title, found.need(walker))
                if found.custom_id and not each.get("disabled") and kind not in walker.seen:
                    walker.seen.add(kind)
                    yield found


def filled(modal: Json) -> dict[str, str]:
    """Fill in every field of a form."""
    return {
        each["custom_id"]: each["options"][0]["value"] if "options" in each else "gpt-4"
        for each in walk(modal["components"])
        if "custom_id" in each
    }


async def submitted(walker: Walk, opened: Interaction) -> str:
    """Submit a form as Eve and return what she is told."""
    assert opened.modal
    return await walker.answer(await walker.quoth.discord.submit("eve", opened, filled(opened.modal)))


async def use_every_command(walker: Walk) -> None:
    """Have alice ask and Eve use all other commands, so that their controls are there."""
    quoth = walker.quoth
    for number in range(20):  # so many that what was read has several pages
        put(quoth.discord, "alice", "general", f"{number} " + "fog " * 20)
    for step, words in (
        (Snapshot("Half of", State.STREAMING), "is writing"),
        (Snapshot("Half of it all", State.DONE, suggestions=("And then?",)), "done"),
        (AnswerFailed(), "failed"),
    ):
        interaction, answer = await quoth.ask("alice", prompt=SECRET)
        answer.steps.put_nowait(step)
        await quoth.shown(interaction.response, words)
    asked, answer = await quoth.say("alice", "general", SECRET, mention=True)
    answer.end("Half of it all")
    discord = quoth.discord
    await discord.wait(lambda: [each for each in posts(discord, "general", asked) if "done" in each.content])
    discord.people.edit(discord.world.users.alice, asked, f"<@{discord.world.bot.id}> {SECRET} again")
    await discord.wait(lambda: "Ask again with the edit" in buttons(posts(discord, "general", asked)[0]))
    mistyped = await quoth.discord.command("alice", "general", "ask", prompt=SECRET, model="clode")
    (await quoth.refused(mistyped, "Did you mean")).viewer = None  # as if it could not be hidden from the others
    clip = File("clip.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")
    unfit = await quoth.discord.command("alice", "general", "ask", prompt=SECRET, model="GPT-4o", file=clip)
    (await quoth.refused(unfit, "reads no video")).viewer = None
    declined, answer = await quoth.ask("alice", prompt=SECRET, file=clip)
    answer.steps.put_nowait(UploadRefused())
    (await quoth.refused(declined, "Poe didn't accept a file")).viewer = None
    for use in uses(quoth):
        if use.name not in ASKING:
            walker.grant(COMMANDS[use.title], has=True)
            await walker.use(use)
    for use in uses(quoth):  # names that are nearly a model's bring suggestions
        wrong = {name: "clode" for name in ("model", "models") if name in use.options}
        if wrong and use.name not in ASKING:
            walker.grant(COMMANDS[use.title], has=True)
            await walker.use(Use(use.name, use.options | wrong))
    await quoth.bot.set_maintenance(None)
    quoth.bot.owner_ids = {walker.eve}
    quoth.poe.held.put_nowait(LoginRequired())
    await quoth.discord.wait(lambda: quoth.discord.world.messages(quoth.discord.world.dm("eve")))


async def check_control(walker: Walk, control: Pressable) -> None:
    """Press a control without the needed permission, then with it alone; likewise the form that it opens."""
    need = control.need(walker)
    title = f"{control.title} ({need})"
    if need == ANYONE:
        walker.grant(ANYONE, has=True)
        before = walker.rows_of_others()
        pressed = await control.press(walker)
        walker.check_answer(title, await walker.answer(pressed))
        if pressed.modal:
            walker.check_answer(f"the form of {title}", await submitted(walker, pressed))
        await walker.settled()
        if walker.rows_of_others() != before:
            walker.faults.append(f"{title}: rows about others were changed")
        return
    walker.grant(need, has=False)
    before = walker.state()
    refusal = await walker.answer(await control.press(walker))
    await walker.quiet()
    walker.check_refusal(title, refusal, before)
    walker.grant(need, has=True)
    pressed = await control.press(walker)
    walker.check_answer(title, await walker.answer(pressed), refusal)
    await walker.settled()
    if pressed.modal:
        walker.grant(need, has=False)
        before = walker.state()
        refusal = await submitted(walker, pressed)
        walker.check_refusal(f"the form of {title}", refusal, before)
        walker.grant(need, has=True)
        opened = await control.press(walker)
        await walker.answer(opened)
        walker.check_answer(f"the form of {title}", await submitted(walker, opened), refusal)
        await walker.settled()


async def test_controls_refuse_who_may_not(walker: Walk) -> None:
    """A control, and the form that it opens, check the permission when they are used: it may be gone since.

    Without it they answer with a private sentence and change nothing. Every control is met, and each is classified.
    """
    await use_every_command(walker)
    walker.log.clear()
    met: set[str] = set()
    while found := list(controls(walker)):
        for control in found:
            met.add(control.title)
            if control.need(walker):
                await check_control(walker, control)
            else:
                walker.faults.append(f"{control.title}: not classified in CONTROLS")
    assert walker.faults == []
    assert [pattern for pattern in CONTROLS if not any(fnmatchcase(title, pattern) for title in met)] == []
    assert [missing for pattern in templates(walker) for missing in unmet(pattern, met)] == []


def templates(walker: Walk) -> list[re.Pattern[str]]:
    """Return the custom ids that Quoth listens to after a restart too; discord.py has no public list of them."""
    return list(walker.quoth.bot.__dict__["_connection"]._view_store._dynamic_items)


def unmet(pattern: re.Pattern[str], titles: set[str]) -> Iterator[str]:
    """Yield the alternatives of a pattern's groups, such as (?P<act>stop|retry), that no custom id had."""
    matches = [found for title in titles if (found := pattern.fullmatch(title.replace("#", "1")))]
    if not matches:
        yield pattern.pattern
    for name, words in re.findall(r"\(\?P<(\w+)>([\w-]+(?:\|[\w-]+)+)\)", pattern.pattern):
        yield from (f"{name}={word}" for word in words.split("|") if word not in {found[name] for found in matches})
