"""An unmodified discord.py bot on the stand-in Discord, with one command for each thing that the tests look at."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.changes import Changes
from sandbox.discord import DiscordSandbox

EDITS = 12


class Question(discord.ui.Modal, title="Ask again"):
    """A form with one field."""

    text: discord.ui.TextInput["Question"] = discord.ui.TextInput(label="Your question", custom_id="text", min_length=2)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say what was asked."""
        await interaction.response.send_message(f"Asked: {self.text.value}")


class Buttons(discord.ui.View):
    """A button that opens a form, one that is never answered, and a select."""

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: discord.ui.Button["Buttons"]) -> None:
        """Open the form."""
        await interaction.response.send_modal(Question())

    @discord.ui.select(custom_id="model", options=[discord.SelectOption(label=name) for name in ("Ant", "Bee")])
    async def model(self, interaction: discord.Interaction, select: discord.ui.Select["Buttons"]) -> None:
        """Update the message that carries the select."""
        await interaction.response.edit_message(content=f"Chosen: {select.values[0]}")


class Commands(commands.Cog):
    """The slash commands."""

    @app_commands.command()
    async def stream(self, interaction: discord.Interaction, prompt: str) -> None:
        """Defer, edit a dozen times, follow up with a file."""
        await interaction.response.defer(thinking=True)
        for number in range(EDITS):
            await interaction.edit_original_response(content=f"{prompt} {number}")
        await interaction.followup.send("Here is all of it", file=discord.File(__file__, "whole.txt"))

    @app_commands.command()
    async def picky(self, interaction: discord.Interaction, animal: str) -> None:
        """Repeat the animal."""
        await interaction.response.send_message(animal)

    @picky.autocomplete("animal")
    async def animals(self, _: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Propose the animals that fit."""
        known = ["Ant", "Bee", "Cat"]
        return [
            app_commands.Choice(name=f"The {name}", value=name) for name in known if current.lower() in name.lower()
        ]

    @app_commands.command()
    async def buttons(self, interaction: discord.Interaction) -> None:
        """Show components."""
        await interaction.response.send_message("Press", view=Buttons(timeout=None))

    @app_commands.command()
    async def secret(self, interaction: discord.Interaction) -> None:
        """Answer to one person only."""
        await interaction.response.send_message("Only you see this", ephemeral=True)

    @app_commands.command()
    async def silent(self, interaction: discord.Interaction) -> None:
        """Never answer."""


@app_commands.context_menu()
async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
    """Repeat a message."""
    await interaction.response.send_message(f"> {message.content}")


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Models(app_commands.Group):
    """Choose the model."""

    @app_commands.command()
    async def set(self, interaction: discord.Interaction, name: str) -> None:
        """Set the default."""
        await interaction.response.send_message(f"Now {name}")


class Bot(commands.Bot):
    """The bot under test.

    Attributes:
        errors: What its handlers raised.
        heard: The messages that reached it.
        resumes: How often it resumed its session.
        changes: Tells of changes to the two above.
    """

    def __init__(self, *, message_content: bool = True) -> None:
        intents = discord.Intents.default()
        intents.message_content = message_content
        super().__init__(
            "!",
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
        )
        self.errors: list[Exception] = []
        self.heard: list[discord.Message] = []
        self.resumes = 0
        self.changes = Changes()
        self.tree.error(self._remember)
        self.tree.add_command(quote)
        self.tree.add_command(Models())

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.add_cog(Commands())
        await self.tree.sync()

    async def _remember(self, _: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.errors.append(error.original if isinstance(error, app_commands.CommandInvokeError) else error)

    async def on_message(self, message: discord.Message, /) -> None:
        """Answer direct messages."""
        self.heard.append(message)
        self.changes.notify()
        if message.guild is None and not message.author.bot:
            await message.channel.send(f"You said: {message.content}")

    async def heard_text(self, content: str) -> None:
        """Wait until a message with this content reached the bot."""
        await self.changes.wait_for(lambda: any(message.content == content for message in self.heard), 5)

    async def on_resumed(self) -> None:
        """Count."""
        self.resumes += 1
        self.changes.notify()


def point_at(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send discord.py to a sandbox instead of to Discord."""
    monkeypatch.setattr(Route, "BASE", sandbox.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))


@asynccontextmanager
async def running(
    sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch, bot: Bot | None = None
) -> AsyncGenerator[Bot]:
    """Run a bot that is logged in to a sandbox and ready; raise what ended it."""
    point_at(sandbox, monkeypatch)
    async with bot or Bot() as running_bot:
        ended = asyncio.create_task(running_bot.start(sandbox.token))
        ready = asyncio.create_task(_ready(sandbox, running_bot))
        try:
            await asyncio.wait([ended, ready], return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                await ready
                yield running_bot
        finally:
            ready.cancel()
            await running_bot.close()
            await asyncio.wait_for(ended, 5)


async def _ready(sandbox: DiscordSandbox, bot: Bot) -> None:
    await sandbox.ready()
    await bot.wait_until_ready()
