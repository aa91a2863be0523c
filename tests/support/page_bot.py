"""An unmodified discord.py bot that answers on the demo page exactly what a test tells it to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands

from sandbox.discord import DiscordSandbox

MODELS = ("Claude-3-Opus", "GPT-3.5-Turbo", "GPT-4o")


class Form(discord.ui.Modal, title="Ask again"):
    """A form with one field."""

    text: discord.ui.TextInput["Form"] = discord.ui.TextInput(label="Your question", custom_id="text")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say what was asked."""
        await interaction.response.send_message(f"Asked: {self.text.value}")


class Again(discord.ui.View):
    """A button that opens the form."""

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: discord.ui.Button["Again"]) -> None:
        """Open it."""
        await interaction.response.send_modal(Form())


class Louder(discord.ui.View):
    """A button that is answered by another message."""

    @discord.ui.button(label="Louder", custom_id="louder")
    async def louder(self, interaction: discord.Interaction, _: discord.ui.Button["Louder"]) -> None:
        """Say it to everybody."""
        await interaction.response.send_message("For all eyes")


class Bot(commands.Bot):
    """Answers /ask with what is put into `texts`, one edit each, until an empty text. `asked` is what it was asked."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__("!", intents=intents, guild_ready_timeout=0.05)
        self.texts = asyncio.Queue[str]()
        self.asked: list[tuple[str, str | None]] = []
        # A command outside of a cog has no binding, which discord.py's types leave open.
        self.tree.add_command(ask)  # pyright: ignore[reportUnknownArgumentType]
        self.tree.add_command(whisper)  # pyright: ignore[reportUnknownArgumentType]

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()


@app_commands.command()
async def ask(interaction: discord.Interaction[Bot], prompt: str, model: str | None = None) -> None:
    """Ask a model."""
    interaction.client.asked.append((prompt, model))
    await interaction.response.defer(thinking=True)
    view = Again(timeout=None)
    while text := await interaction.client.texts.get():
        await interaction.edit_original_response(content=text, view=view)


@ask.autocomplete("model")
async def models(_: discord.Interaction[Bot], current: str) -> list[app_commands.Choice[str]]:
    """The models that fit, with values that differ from their names."""
    return [app_commands.Choice(name=name, value=name.lower()) for name in MODELS if current.lower() in name.lower()]


@app_commands.command()
async def whisper(interaction: discord.Interaction[Bot]) -> None:
    """Say something to one person only."""
    await interaction.response.send_message("For your eyes only", view=Louder(timeout=None), ephemeral=True)


@asynccontextmanager
async def running(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Bot, None]:
    """Run a bot that is logged in and ready."""
    monkeypatch.setattr("discord.http.Route.BASE", sandbox.api_url)
    monkeypatch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
    async with Bot() as bot:
        task = asyncio.create_task(bot.start(sandbox.token))
        try:
            await sandbox.ready()
            yield bot
        finally:
            bot.texts.put_nowait("")
            await bot.close()
            await asyncio.wait_for(task, 5)
