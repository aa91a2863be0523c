"""The language of Quoth's replies, in real discord.py on the stand-in Discord, with a Poe that a test dictates."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.i18n.translate import know_commands, speak, t, translated
from bot.poe.catalogue import Model
from sandbox.discord.sandbox import DiscordSandbox
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox
from tests.support.replies import buttons, posts, question_and_text


def ru(sentence: str) -> str:
    """The Russian translation of a sentence, which there must be."""
    said = translated(sentence, "ru")
    assert said != sentence
    return said


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that is logged in; Alice's Discord is in Russian, Bob's in English."""
    discord.world.users.alice.locale = "ru"
    async with quoth_in_sandbox(tmp_path, discord) as running:
        yield running


async def test_everybody_is_answered_in_the_language_of_their_discord(quoth: QuothInSandbox) -> None:
    """State, buttons and errors are in the asker's language, also when two people ask in two languages at once."""
    (hers, one), (his, other) = await quoth.ask("alice"), await quoth.ask("bob")
    one.end("Привет")
    other.end("Hello")
    await quoth.shown(hers.response, "Привет", ru("done"))
    await quoth.shown(his.response, "Hello", "done")
    assert list(buttons(hers.response)) == [ru(label) for label in buttons(his.response)]
    refused = await quoth.discord.command("alice", "general", "ask", prompt="Well?", model="gtp-4")
    (told,) = await quoth.discord.wait(lambda: [m for m in refused.followups if ru("failed") in m.content])
    assert "`GPT-4`" in told.content
    assert "Did you mean" not in told.content
    assert list(buttons(told))[-1] == ru("Ask another model")
    pressed = await quoth.discord.press("bob", hers.response, buttons(hers.response)[ru("Retry")])
    await quoth.discord.wait(lambda: pressed.response)
    assert "Only the person who asked" in pressed.response.content


async def test_counts_and_fragments_are_translated(quoth: QuothInSandbox) -> None:
    """A number has the plural form of the asker's language, and the note on a retired model is in that language."""
    (hers, one), (his, other) = await quoth.ask("alice"), await quoth.ask("bob")
    for answer in (one, other):
        answer.end("*Thinking...*\n\n> One two.\n\nThree.")
    await quoth.shown(hers.response, "Рассуждения: 2 слова\n", ru("done"))
    await quoth.shown(his.response, "Reasoning: 2 words\n", "done")
    speak("ru")
    assert Model("palm", retired=True).label == "palm (не поддерживается Poe)"


async def test_no_language_s_state_lines_become_history(quoth: QuothInSandbox) -> None:
    """Quoth's own lines around an answer are never read as history, in any language."""
    interaction, answer = await quoth.ask("alice", prompt="Почему?")
    answer.say("Потому")
    answer.steps.put_nowait(RuntimeError("an accident"))
    await quoth.shown(interaction.response, "Потому", ru("failed"))
    assert question_and_text(interaction.response.content) == ("Почему?", "Потому")
    _, later = await quoth.ask("bob", prompt="And?")
    assert later.prompt == "User: Alice: Почему?\nAssistant: Потому\nUser: Bob: And?\nAssistant:"
    later.end("So")


async def test_what_a_person_chose_comes_before_their_discord(quoth: QuothInSandbox) -> None:
    """A person's own choice of a language applies everywhere, also to messages, for which Discord gives no locale."""
    people = quoth.discord.world.users
    await quoth.bot.stores.preferences.change("user", people.alice.id, None, Preferences(language="en"))
    await quoth.bot.stores.preferences.change("user", people.bob.id, None, Preferences(language="ru"))
    interaction, answer = await quoth.ask("alice")
    answer.end("Hello")
    await quoth.shown(interaction.response, "Hello", "done")
    asked = await quoth.discord.say("bob", "dm", "Почему?")
    (await quoth.asked(1)).end("Потому")
    await quoth.discord.wait(lambda: [p for p in posts(quoth.discord, asked.channel) if ru("done") in p.content])


async def test_commands_in_sentences_can_be_clicked(quoth: QuothInSandbox) -> None:
    """A sentence links each command by its id, under its name in the reader's language."""
    world = quoth.discord.world
    await quoth.discord.wait(lambda: world.commands())
    ids = {command.name: command.id for command in world.commands()}
    english = await quoth.discord.command("bob", "general", "model set", model="xyzzy")
    assert f"Use </models:{ids['models']}> to see" in english.response.content
    russian = await quoth.discord.command("alice", "general", "model set", model="xyzzy")
    assert f"</{ru('models')}:{ids['models']}>" in russian.response.content
    hers = await quoth.discord.command("alice", "general", "ask", prompt="Туман?", model="xyzzy")
    link = f"</{ru('models')}:{ids['models']}>"
    await quoth.discord.wait(lambda: any(link in each.content for each in hers.followups))


@pytest.mark.parametrize(
    ("language", "ids", "shown"),
    [
        ("en", {}, "`/ask fresh:True`, or `/privacy opt-out`"),
        ("en", {"ask": 5, "privacy": 6}, "</ask:5> `fresh:True`, or </privacy opt-out:6>"),
        ("ru", {}, "`/спросить без_истории:True`, or `/приватность запретить`"),
        ("ru", {"ask": 5, "privacy": 6}, "</спросить:5> `без_истории:True`, or </приватность запретить:6>"),
    ],
)
def test_a_command_without_a_known_id(language: str, ids: dict[str, int], shown: str) -> None:
    """As long as Discord has not told the ids, commands stand in backticks, and options always do."""
    speak(language)
    know_commands(ids)
    assert t("`/ask fresh:True`, or `/privacy opt-out`") == shown
    speak("en")
    know_commands({})


async def test_the_commands_come_in_russian_too(quoth: QuothInSandbox) -> None:
    """Discord gets the names and descriptions of every command and option in both languages."""
    world = quoth.discord.world
    await quoth.discord.wait(lambda: world.commands())
    (ask,) = (command.json for command in world.commands() if command.name == "ask")
    assert ask["name_localizations"]["ru"] == ru("ask")
    assert ask["description_localizations"]["ru"] == ru("Ask a model on Poe, with recent messages as context")
    assert {option["name_localizations"]["ru"] for option in ask["options"]} >= {ru("prompt"), ru("model")}
