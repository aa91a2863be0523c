"""/model and /models on simcord: which model answers, who may choose it, and what may be used."""

import re
from pathlib import Path
from typing import Any

import pytest

from storage.allowed_models import AllowedModels
from storage.preferences import Preferences
from tests.support.quoth_in_simcord import QuothInSimcord, quoth_in_simcord, refusal, words


async def said(quoth: QuothInSimcord, command: str, who: Any = None, /, **options: Any) -> str:
    """Use a command and return Quoth's private answer."""
    result = await (who or quoth.ada).slash(quoth.channel, command, **options)
    assert result.response is not None
    assert result.response.ephemeral
    return result.response.content


@pytest.mark.parametrize(
    ("where", "permission"), [("server", "Manage Server"), ("channel", "Manage Channels")], ids=["server", "channel"]
)
@pytest.mark.parametrize("command", ["model set", "model reset"])
async def test_who_may_not_choose(tmp_path: Path, where: str, permission: str, command: str) -> None:
    """Without the permission Quoth itself refuses, whatever the command's settings in Discord are."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.bot.stores.preferences.change("guild", quoth.guild.id, quoth.guild.id, Preferences("gpt-4"))
        await quoth.bot.stores.preferences.change("channel", quoth.channel.id, quoth.guild.id, Preferences("gpt-4"))
        options = {"where": where} | ({"model": "palm"} if command == "model set" else {})
        assert await said(quoth, command, **options) == f"You need the *{permission}* permission to do that."
        other = {"server": "manage_channels", "channel": "manage_guild"}[where]
        eve = quoth.member("eve", **{other: True})
        assert await said(quoth, command, eve, **options) == f"You need the *{permission}* permission to do that."
        assert (await quoth.bot.stores.preferences.of("guild", quoth.guild.id)).model == "gpt-4"
        assert (await quoth.bot.stores.preferences.of("channel", quoth.channel.id)).model == "gpt-4"


async def test_an_admins_choice_is_stored_and_used(tmp_path: Path) -> None:
    """With Manage Server the choice is stored by its name, confirmed, and used by the next ask."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model set", eve, model="GOOGLE-palm")
        assert told.startswith("This server's default model is now `palm`.")
        assert "Everyone in this server can see its preferences." in told
        assert (await quoth.bot.stores.preferences.of("guild", quoth.guild.id)).model == "palm"
        unknown = await said(quoth, "model set", eve, model="plam")
        assert unknown.startswith("There is no model called “plam”. Did you mean `palm`")
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert quoth.poe.asked[0][0] == "Google-PaLM"


async def test_the_nearest_choice_wins(tmp_path: Path) -> None:
    """The ask's own model beats the person's, then comes the channel's, the server's and the operator's."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True, manage_channels=True)
        other = quoth.guild.create_text_channel("other")
        await said(quoth, "model set", eve, model="GPT-4o", where="server")
        told = await said(quoth, "model set", eve, model="GPT-5", where="channel")
        assert told.startswith("This channel's default model is now `GPT-5`.")
        assert "is still" not in told
        told = await said(quoth, "model set", model="My-Bot")  # Ada, who may not choose for the server
        assert told.startswith("Your default model is now `My-Bot`.\nOnly you can see your preferences.")
        asks: list[tuple[Any, Any, dict[str, str], str]] = [
            (quoth.ada, quoth.channel, {"model": "Claude-Opus-4"}, "Claude-Opus-4"),
            (quoth.ada, quoth.channel, {}, "My-Bot"),
            (eve, quoth.channel, {}, "GPT-5"),
            (eve, other, {}, "GPT-4o"),
        ]
        for who, where, options, _ in asks:
            await who.slash(where, "ask", prompt="Well?", **options)
        await quoth.ada.user.slash("ask", prompt="Well?")
        assert [handle for handle, _ in quoth.poe.asked] == [*(handle for *_, handle in asks), "My-Bot"]
        shown = await said(quoth, "model show")
        assert shown.split("\n") == [
            "Default model here: `My-Bot` (your preference).",
            "-# **Your preference: `My-Bot` (in effect)**",
            "-# This channel's preference: `GPT-5`",
            "-# This server's preference: `GPT-4o`",
            "-# The bot's default: `gpt-3.5-turbo`",
        ]
        told = await said(quoth, "model reset")
        assert told.startswith("Your default model was reset.")
        assert "For you, the default model here is now `GPT-5` (this channel's preference)." in told
        await said(quoth, "model reset", eve, where="channel")
        told = await said(quoth, "model reset", eve)
        assert told.startswith("This server's default model was reset.")
        assert "For you, the default model here is now `gpt-3.5-turbo` (the bot's default)." in told


async def test_a_choice_that_a_nearer_one_beats(tmp_path: Path) -> None:
    """An admin who chooses for the server learns when a nearer choice still applies to them."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        await said(quoth, "model set", eve, model="My-Bot", where="me")
        told = await said(quoth, "model set", eve, model="GPT-5")
        assert "For you, the default model here is still `My-Bot` (your preference)." in told


async def test_show_passes_over_what_is_gone(tmp_path: Path) -> None:
    """A choice that is no longer offered has no effect, and /model show says so."""
    async with quoth_in_simcord(tmp_path) as quoth:
        operators = "Default model here: `gpt-3.5-turbo` (the bot's default)."
        assert (await said(quoth, "model show")).startswith(operators)
        await quoth.bot.stores.preferences.change("guild", quoth.guild.id, quoth.guild.id, Preferences("my-bot"))
        shown = await said(quoth, "model show")
        assert shown.startswith("Default model here: `My-Bot` (this server's preference).")
        await quoth.bot.stores.preferences.change("guild", quoth.guild.id, quoth.guild.id, Preferences("gone"))
        shown = await said(quoth, "model show")
        assert shown.startswith(operators)
        assert "-# This server's preference: `gone` (not available here)" in shown


async def test_a_choice_in_a_dm_is_personal(tmp_path: Path) -> None:
    """In a DM a choice is one's own; a server's or channel's is refused."""
    async with quoth_in_simcord(tmp_path) as quoth:
        ada = quoth.ada.user
        told = (await ada.slash("model set", model="My-Bot")).response
        assert told.content.startswith("Your default model is now `My-Bot`.")
        for where in ("server", "channel"):
            refused = (await ada.slash("model set", model="palm", where=where)).response
            assert refused.content == "In a DM you can only change your own settings."
        refused = (await ada.slash("model allow", models="all")).response
        assert refused.content == "In a DM you can only change your own settings."
        shown = (await ada.slash("model show")).response.content
        assert shown.startswith("Default model here: `My-Bot` (your preference).")
        assert "this server" not in shown.lower()


@pytest.mark.parametrize("name", ["😀" * 100, "x'); DROP TABLE preferences; --", "` @everyone", "gpt-3.5-trubo"])
async def test_odd_names_are_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    """Any odd model name gets one sentence, and the stored choice stays."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences("My-Bot"))
        assert (await said(quoth, "model set", model=name)).startswith("There is no model called “")
        await quoth.ada.autocomplete(quoth.channel, "model set", "model", name)
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model=name)
        assert "There is no model called “" in refusal(asked)
        assert await quoth.bot.stores.preferences.of("user", quoth.ada.id) == Preferences("My-Bot")
        assert quoth.poe.asked == []


async def test_only_admins_choose_the_models(tmp_path: Path) -> None:
    """/model allow needs Manage Server."""
    async with quoth_in_simcord(tmp_path) as quoth:
        assert await said(quoth, "model allow", models="gpt-4") == "You need the *Manage Server* permission to do that."
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


async def test_a_narrowed_list(tmp_path: Path) -> None:
    """When admins name models, only these are suggested and answer, in this server only."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model allow", eve, models="claude-opus-4, gpt-4o,")
        assert told.startswith("This server can now use only `Claude-Opus-4`, `GPT-4o`.")
        assert "For you, the default model here is now `Claude-Opus-4` (this server's preference)." in told
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        refused = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="gpt-5")
        assert "`GPT-5` isn't enabled here. Available: `Claude-Opus-4`, `GPT-4o`." in refusal(refused)
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered] == ["Claude-Opus-4", "GPT-4o"]
        await quoth.ada.user.slash("ask", prompt="Well?", model="gpt-5")
        assert [handle for handle, _ in quoth.poe.asked] == ["Claude-Opus-4", "GPT-5"]
        assert (await said(quoth, "model set", model="gpt-5")).startswith("`GPT-5` isn't enabled here.")


async def test_a_widened_list(tmp_path: Path) -> None:
    """With `all` and further names, handles outside the catalogue can be used in this server only."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model allow", eve, models="all, Raven-Bot")
        assert told.startswith("This server can now use every model Quoth offers, plus `Raven-Bot`.")
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="raven bot")
        await quoth.ada.user.slash("ask", prompt="Well?", model="Raven-Bot")
        assert [handle for handle, _ in quoth.poe.asked] == ["Raven-Bot"]
        told = await said(quoth, "model allow", eve, models="ALL")
        assert told.startswith("This server can now use every model Quoth offers.")
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


@pytest.mark.parametrize("models", ["../logout", "a?b", "x" * 101, " , ", "y`z", ",".join(f"n{n}" for n in range(60))])
async def test_what_is_no_list_is_refused(tmp_path: Path, models: str) -> None:
    """Names that can't be Poe's, too many, or none, change nothing."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model allow", eve, models=models)
        assert not told.startswith("This server can now")
        assert not told.startswith("Something went wrong")
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


async def test_recent_models_come_early(tmp_path: Path) -> None:
    """Before anything is typed, the model in effect is suggested first, then those that the person used last."""
    async with quoth_in_simcord(tmp_path) as quoth:
        for model in ("GPT-5", "Claude-Opus-4"):
            await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model=model)
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered][:4] == ["gpt-3.5-turbo", "Claude-Opus-4", "GPT-5", "My-Bot"]
        eve = quoth.member("eve")
        offered = await eve.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered][:2] == ["gpt-3.5-turbo", "My-Bot"]
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "claude")
        assert offered[0]["value"] == "Claude-Opus-4"


async def test_models_are_browsed(tmp_path: Path) -> None:
    """/models shows a private page that leads to the next one, to one maker's models and to a search."""
    async with quoth_in_simcord(tmp_path) as quoth:
        result = await quoth.ada.slash(quoth.channel, "models")
        shelf = result.response
        assert shelf is not None
        assert shelf.ephemeral
        first = words(shelf)
        assert "`My-Bot`" in first
        assert "Page 1 of" in first
        await quoth.ada.click(shelf, label="Next")
        assert "Page 2 of" in words(shelf)
        assert "`My-Bot`" not in words(shelf)
        await quoth.ada.select(shelf, ["Google"])
        listed = re.findall(r"· (\w+)", words(shelf))
        assert set(listed) == {"Google"}
        form = await quoth.ada.click(shelf, label="Search")
        assert form.modal is not None
        field = form.modal["components"][0]["component"]["custom_id"]
        await quoth.ada.submit_modal(form, {field: "gemni pro"})
        assert "Search: “gemni pro”." in words(shelf)
        assert "`Gemini-2.5-Pro`" in words(shelf)
        assert "Claude" not in words(shelf)
        found = await quoth.ada.slash(quoth.channel, "models", search="clade opus")
        assert found.response is not None
        assert words(found.response).index("Claude-Opus") > 0
        nothing = await quoth.ada.slash(quoth.channel, "models", search="xyzzy!?")
        assert nothing.response is not None
        assert "No models match." in words(nothing.response)
