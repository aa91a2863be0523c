"""In whose language Quoth speaks, in real discord.py on the stand-in Discord, with a Poe that a test dictates."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.i18n.translate import translated
from bot.reply.status_line import unframe
from sandbox.discord.sandbox import DiscordSandbox
from storage.preferences import Preferences
from tests.support.dictated import Dictated, buttons, dictated, posts


def ru(sentence: str) -> str:
    """A sentence in Russian, which is not what it is in English."""
    said = translated(sentence, "ru")
    assert said != sentence
    return said


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[Dictated]:
    """A Quoth that is logged in; Alice's Discord is in Russian, Bob's in English."""
    discord.world.users.alice.locale = "ru"
    async with dictated(tmp_path, discord) as running:
        yield running


async def test_everybody_is_answered_in_the_language_of_their_discord(quoth: Dictated) -> None:
    """State, buttons and errors come in the asker's language, at the same time as another's in another."""
    (hers, one), (his, other) = await quoth.ask("alice"), await quoth.ask("bob")
    one.end("Привет")
    other.end("Hello")
    await quoth.shown(hers.response, "Привет", ru("done"))
    await quoth.shown(his.response, "Hello", "done")
    assert list(buttons(hers.response)) == [ru(label) for label in buttons(his.response)]
    refused = await quoth.discord.command("alice", "general", "ask", prompt="Well?", model="gtp-4")
    await quoth.shown(refused.response, "`gpt-4`", ru("failed"))
    assert "Did you mean" not in refused.response.content
    pressed = await quoth.discord.press("bob", hers.response, buttons(hers.response)[ru("Retry")])
    await quoth.discord.wait(lambda: pressed.response)
    assert "Only whoever asked" in pressed.response.content


async def test_no_language_s_state_lines_become_history(quoth: Dictated) -> None:
    """What Quoth says around an answer is no part of what is read later, whoever asks in whatever language."""
    interaction, answer = await quoth.ask("alice", prompt="Почему?")
    answer.say("Потому")
    answer.steps.put_nowait(RuntimeError("an accident"))
    await quoth.shown(interaction.response, "Потому", ru("failed"))
    assert unframe(interaction.response.content) == ("Почему?", "Потому")
    _, later = await quoth.ask("bob", prompt="And?")
    assert later.prompt == "User: Alice: Почему?\nAssistant: Потому\nUser: And?\nAssistant:"
    later.end("So")


async def test_what_a_person_chose_comes_before_their_discord(quoth: Dictated) -> None:
    """A language of one's own counts everywhere, also for messages, with which Discord tells none."""
    people = quoth.discord.world.users
    await quoth.bot.preferences.change("user", people.alice.id, None, Preferences(language="en"))
    await quoth.bot.preferences.change("user", people.bob.id, None, Preferences(language="ru"))
    interaction, answer = await quoth.ask("alice")
    answer.end("Hello")
    await quoth.shown(interaction.response, "Hello", "done")
    asked = await quoth.discord.say("bob", "dm", "Почему?")
    (await quoth.asked(1)).end("Потому")
    await quoth.discord.wait(lambda: [p for p in posts(quoth.discord, asked.channel) if ru("done") in p.content])


async def test_the_commands_come_in_russian_too(quoth: Dictated) -> None:
    """Discord is told the names and descriptions of every command and option in both languages."""
    world = quoth.discord.world
    await quoth.discord.wait(lambda: world.commands())
    (ask,) = (command.json for command in world.commands() if command.name == "ask")
    assert ask["name_localizations"]["ru"] == ru("ask")
    assert ask["description_localizations"]["ru"] == ru("Ask a model on Poe; the recent messages here go along")
    assert {option["name_localizations"]["ru"] for option in ask["options"]} >= {ru("prompt"), ru("model")}
