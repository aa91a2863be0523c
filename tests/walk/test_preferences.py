"""What admins and members choose changes what they ask: the unmodified bot, a real browser on Poe, one bot for all."""

from typing import Any

from bot.client import QuothBot
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction
from sandbox.poe.sandbox import PoeSandbox
from tests.support.replies import ended


async def test_choices_reach_poe(bot: QuothBot, discord: DiscordSandbox, poe: PoeSandbox) -> None:
    """The ladder, a panel's press, a server's own list and its limits change the next ask on its way to Poe."""

    async def ask(who: str, where: str, **options: Any) -> tuple[Interaction, str]:
        asked = await discord.command(who, where, "ask", prompt="Is it foggy?", **options)
        return asked, await ended(discord, asked)

    async def tell(command: str, **options: Any) -> str:
        return (await discord.command("admin", "lamp-room", command, **options)).response.content

    assert (await tell("model set", model="GPT-4o")).startswith("From now on `GPT-4o` answers in this server.")
    await tell("model set", model="Claude-Opus-4.8", where="channel")
    panel = (await discord.command("admin", "lamp-room", "preferences", where="channel")).response
    channel = discord.world.channel("lamp-room").id
    pressed = await discord.press("admin", panel, f"quoth:preference:channel:{channel}:history", ["0"])
    assert pressed.response is panel
    await ask("alice", "lamp-room")
    await ask("alice", "general")
    assert [(sent.handle, sent.text) for sent in poe.ledger] == [
        ("Claude-Opus-4.8", "Is it foggy?"),
        ("GPT-4o", "Is it foggy?"),
    ]
    await tell("model allow", models="gpt-4, Raven-Bot")
    asked, state = await ask("alice", "lamp-room", model="GPT-4o")
    assert state == "failed"
    assert "This server's admins don't offer `GPT-4o` here." in asked.response.content
    await ask("alice", "lamp-room")
    assert poe.ledger[-1].handle == "GPT-4"
    await tell("limits set", per_person=4)
    asked, state = await ask("alice", "lamp-room", model="raven-bot")
    assert "Poe does not offer this model to Quoth." in asked.response.content  # it was tried, and does not count
    private = await discord.command("alice", "lamp-room", "preferences")
    switch = f"quoth:preference:user:{discord.world.users.alice.id}:private:1"
    await discord.press("alice", private.response, switch)
    asked, state = await ask("alice", "lamp-room")
    assert (state, asked.response.ephemeral) == ("done", True)
    assert separate(asked.response.content).text
    asked, state = await ask("alice", "lamp-room")
    assert state == "failed"
    assert "Your questions here for a day are used up (4). Try again <t:" in asked.response.content
    assert len(poe.ledger) == 4
