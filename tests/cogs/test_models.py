"""/model and /models on simcord: which model answers, who may choose it, and what may be used."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.conversation import Place
from bot.poe.catalogue import Catalogue, Model, Price
from bot.ui.suggestions import Suggestions
from storage.allowed_models import AllowedModels
from storage.preferences import Preferences
from tests.support.quoth_in_simcord import OPERATORS, QuothInSimcord, quoth_in_simcord, refusal, words


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
        assert told.startswith("This server's default model is now `Google-PaLM`.")
        assert "Everyone in this server can see its preferences." in told
        assert (await quoth.bot.stores.preferences.of("guild", quoth.guild.id)).model == "Google-PaLM"
        unknown = await said(quoth, "model set", eve, model="plam")
        assert unknown.startswith("There is no model called “plam”. Did you mean `Google-PaLM`")
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
            "-# The bot's default: `GPT-3.5-Turbo`",
        ]
        told = await said(quoth, "model reset")
        assert told.startswith("Your default model was reset.")
        assert "For you, the default model here is now `GPT-5` (this channel's preference)." in told
        await said(quoth, "model reset", eve, where="channel")
        told = await said(quoth, "model reset", eve)
        assert told.startswith("This server's default model was reset.")
        assert "For you, the default model here is now `GPT-3.5-Turbo` (the bot's default)." in told


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
        operators = "Default model here: `GPT-3.5-Turbo` (the bot's default)."
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
        told = await said(quoth, "model allow", eve, models="claude-opus-4.5, gpt-4o,")
        assert told.startswith("This server can now use only `Claude-Opus-4.5`, `GPT-4o`.")
        assert "For you, the default model here is now `Claude-Opus-4.5` (this server's preference)." in told
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        refused = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="gpt-5")
        assert "`GPT-5` isn't enabled here. Available: `Claude-Opus-4.5`, `GPT-4o`." in refusal(refused)
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered] == ["Claude-Opus-4.5", "GPT-4o"]
        await quoth.ada.user.slash("ask", prompt="Well?", model="gpt-5")
        assert [handle for handle, _ in quoth.poe.asked] == ["Claude-Opus-4.5", "GPT-5"]
        assert (await said(quoth, "model set", model="gpt-5")).startswith("`GPT-5` isn't enabled here.")


async def test_foreign_models_need_the_operator(tmp_path: Path) -> None:
    """Unless the operator allows it, no handle outside the catalogue can be added; nothing is stored."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model allow", eve, models="Raven-Bot")
        assert told.startswith("There is no model called “Raven-Bot”.")
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


async def test_names_on_a_list_are_checked(tmp_path: Path) -> None:
    """For each unknown name an admin is asked which model they meant, by a button for each; only then it is stored."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        result = await eve.slash(quoth.channel, "model allow", models="gpt4, clode, GPT-5, xyzzy")
        message = result.response
        assert message is not None
        assert message.ephemeral
        assert message.content.startswith("There is no model called “gpt4”. Did you mean `GPT-4`")
        await eve.click(message, label="GPT-4.1")
        assert message.content.startswith("There is no model called “clode”. Did you mean `Claude-Opus-4.8`")
        await eve.click(message, label="Claude-Opus-4.8")
        assert message.content.startswith("There is no model called “xyzzy”.")
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()
        await eve.click(message, label="Leave it out")
        assert message.content.startswith("This server can now use only `GPT-4.1`, `Claude-Opus-4.8`, `GPT-5`.")
        assert message.components == []
        stored = await quoth.bot.stores.allowed_models.of(quoth.guild.id)
        assert stored == AllowedModels(all_offered=False, names=("GPT-4.1", "Claude-Opus-4.8", "GPT-5"))


async def test_the_list_of_near_models_in_russian(tmp_path: Path) -> None:
    """The questions about a list are in the admin's language, also after a press, and say so once they have expired."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        await quoth.bot.stores.preferences.change("user", eve.id, None, Preferences(language="ru"))
        result = await eve.slash(quoth.channel, "model allow", models="clode, gtp-4o")
        message = result.response
        assert message is not None
        assert message.content.startswith("Модели «clode» нет.")
        await eve.click(message, label="Claude-Opus-4.8")
        assert message.content.startswith("Модели «gtp-4o» нет.")
        quoth.bot.suggestions = Suggestions()  # as after a restart
        pressed = await eve.click(message, label="GPT-4o")
        assert pressed.response is not None
        assert pressed.response.content == "Эти кнопки устарели. Используйте команду ещё раз."


async def test_a_press_needs_the_permission_too(tmp_path: Path) -> None:
    """Who has lost Manage Server since the question can't change the list by a button."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        result = await eve.slash(quoth.channel, "model allow", models="clode")
        message = result.response
        assert message is not None
        quoth.guild.remove_member(eve)
        eve = quoth.guild.add_member(eve.user)
        pressed = await eve.click(message, label="Claude-Opus-4.8")
        assert pressed.response is not None
        assert pressed.response.content == "You need the *Manage Server* permission to do that."
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


async def test_a_near_model_is_set_by_its_button(tmp_path: Path) -> None:
    """An unknown name for a default model is answered with similar ones as buttons, which work once."""
    async with quoth_in_simcord(tmp_path) as quoth:
        result = await quoth.ada.slash(quoth.channel, "model set", model="plam")
        message = result.response
        assert message is not None
        await quoth.ada.click(message, label="Google-PaLM")
        assert message.content.startswith("Your default model is now `Google-PaLM`.")
        assert message.components == []
        assert (await quoth.bot.stores.preferences.of("user", quoth.ada.id)).model == "Google-PaLM"


async def test_a_handle_like_a_known_one_has_to_be_confirmed(tmp_path: Path) -> None:
    """Where admins may add handles, one that is nearly a known name is added only after a question."""
    async with quoth_in_simcord(tmp_path, foreign_models=True) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        result = await eve.slash(quoth.channel, "model allow", models="Clode")
        message = result.response
        assert message is not None
        assert "Did you mean `Claude-Opus-4.8`" in message.content
        await eve.click(message, label="Add “Clode” as it is")
        assert message.content.startswith("This server can now use only `Clode`.")


@pytest.mark.parametrize("foreign", [False, True], ids=["closed", "foreign"])
async def test_old_rows_are_ignored_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, foreign: bool
) -> None:
    """Names that an older Quoth let in and that can't be used are named in the log and in /model show, never asked."""
    async with quoth_in_simcord(tmp_path, foreign_models=foreign) as quoth:
        names = ("logout", "GPT-4&x=y;z", "Raven-Bot", "gpt-5")
        await quoth.bot.stores.allowed_models.change(quoth.guild.id, AllowedModels(all_offered=False, names=names))
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered] == (["Raven-Bot", "GPT-5"] if foreign else ["GPT-5"])
        for name in ("logout", "GPT-4&x=y;z"):
            await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model=name)
            assert repr(name) in caplog.text
            assert f"`{name}`" in await said(quoth, "model show")
        assert ("'Raven-Bot'" in caplog.text) is not foreign
        assert quoth.poe.asked == []


async def test_a_list_without_any_usable_model(tmp_path: Path) -> None:
    """A list of which nothing is left opens no other models; the sentence says who can change it."""
    async with quoth_in_simcord(tmp_path) as quoth:
        allowed = AllowedModels(all_offered=False, names=("logout",))
        await quoth.bot.stores.allowed_models.change(quoth.guild.id, allowed)
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert "An admin can choose others with </model allow:" in refusal(asked)
        assert quoth.poe.asked == []
        browsed = await quoth.ada.slash(quoth.channel, "models")
        assert browsed.response is not None
        assert "No models match." in words(browsed.response)
        eve = quoth.member("eve", manage_guild=True)
        assert (await said(quoth, "model allow", eve, models="all")).startswith("This server can now use every model")


async def test_a_widened_list(tmp_path: Path) -> None:
    """With `all` and further names, handles outside the catalogue can be used in this server only."""
    async with quoth_in_simcord(tmp_path, foreign_models=True) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model allow", eve, models="all, Raven-Bot")
        assert told.startswith("This server can now use every model Quoth offers, plus `Raven-Bot`.")
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="raven bot")
        await quoth.ada.user.slash("ask", prompt="Well?", model="Raven-Bot")
        assert [handle for handle, _ in quoth.poe.asked] == ["Raven-Bot"]
        told = await said(quoth, "model allow", eve, models="ALL")
        assert told.startswith("This server can now use every model Quoth offers.")
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


@pytest.mark.parametrize(
    "models",
    [
        *("../logout", "a?b", "x" * 101, " , ", "y`z", ",".join(f"n{n}" for n in range(60))),
        *("logout", "create_bot", "settings", "api_key", "all, Log-Out", "GPT-4&x=y;z"),
    ],
)
@pytest.mark.parametrize("foreign", [False, True], ids=["closed", "foreign"])
async def test_what_is_no_list_is_refused(tmp_path: Path, models: str, *, foreign: bool) -> None:
    """Names that can't be Poe's or are those of its own pages, too many, or none, change nothing."""
    async with quoth_in_simcord(tmp_path, foreign_models=foreign) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        told = await said(quoth, "model allow", eve, models=models)
        assert not told.startswith("This server can now")
        assert not told.startswith("Something went wrong")
        assert await quoth.bot.stores.allowed_models.of(quoth.guild.id) == AllowedModels()


async def test_recent_models_come_early(tmp_path: Path) -> None:
    """Before anything is typed, the model in effect is suggested first, then those that the person used last."""
    async with quoth_in_simcord(tmp_path) as quoth:
        quoth.bot.preferences.default = replace(OPERATORS, model="GPT-5.4-Mini")
        for model in ("GPT-5", "Claude-Opus-4.5"):
            await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model=model)
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered][:4] == ["GPT-5.4-Mini", "Claude-Opus-4.5", "GPT-5", "My-Bot"]
        eve = quoth.member("eve")
        offered = await eve.autocomplete(quoth.channel, "ask", "model", "")
        assert [choice["value"] for choice in offered][:2] == ["GPT-5.4-Mini", "My-Bot"]
        offered = await quoth.ada.autocomplete(quoth.channel, "ask", "model", "claude")
        assert offered[0]["value"] == "Claude-Opus-4.5"


def menus(shelf: simcord.ResponseMessage) -> list[str]:
    """Return the custom ids of a page's menus: the models, then the makers."""
    rows = [row for box in shelf.components for row in box["components"] if row.get("components")]
    return [row["components"][0]["custom_id"] for row in rows if row["components"][0].get("options")]


async def test_a_model_is_chosen_while_browsing(tmp_path: Path) -> None:
    """The menu of a page of /models sets the person's own default model, and shows it."""
    async with quoth_in_simcord(tmp_path) as quoth:
        result = await quoth.ada.slash(quoth.channel, "models", search="opus")
        shelf = result.response
        assert shelf is not None
        await quoth.ada.select(shelf, ["Claude-Opus-4.7"], custom_id=menus(shelf)[0])
        assert "Your default model is now `Claude-Opus-4.7`." in words(shelf)
        assert "Search: “opus”." in words(shelf)
        assert (await quoth.bot.stores.preferences.of("user", quoth.ada.id)).model == "Claude-Opus-4.7"
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert [handle for handle, _ in quoth.poe.asked] == ["Claude-Opus-4.7"]


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
        await quoth.ada.select(shelf, ["Google"], custom_id=menus(shelf)[1])
        listed = re.findall(r"· (\w+)", words(shelf))
        assert set(listed) == {"Google", "retired"}
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


async def test_an_admin_is_offered_the_successor_of_a_retired_default(tmp_path: Path) -> None:
    """/model show and /ask tell an admin that the server's default is retired; one button sets its successor."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve, guild = quoth.member("eve", manage_guild=True), quoth.guild.id
        await quoth.bot.stores.preferences.change("guild", guild, guild, Preferences(model="Claude-Sonnet-4"))
        sentence = "Poe has retired this server's default model `Claude-Sonnet-4`."
        members = await quoth.ada.slash(quoth.channel, "model show")
        assert members.response is not None
        assert (sentence in members.response.content, members.response.components) == (False, [])
        asked = await eve.slash(quoth.channel, "ask", prompt="Well?")
        (told,) = asked.followups
        assert (told.content, asked.followups[0].flags.ephemeral) == (sentence, True)
        again = await eve.slash(quoth.channel, "ask", prompt="And now?")
        assert list(again.followups) == []
        shown = (await eve.slash(quoth.channel, "model show")).response
        assert shown is not None
        assert sentence in shown.content
        await eve.click(shown, label="Use Claude-Sonnet-5.5 instead")
        assert shown.content.startswith("This server's default model is now `Claude-Sonnet-5.5`.")
        assert (await quoth.bot.stores.preferences.of("guild", guild)).model == "Claude-Sonnet-5.5"
        after = (await eve.slash(quoth.channel, "model show")).response
        assert after is not None
        assert after.components == []


async def test_models_show_what_is_known_of_them(tmp_path: Path) -> None:
    """/models shows what goes in and out, the price and since when a model is retired; a new list is used at once."""
    live = [
        Model("Veo-9", maker="fal", takes=("text", "image"), gives=("video",), price=Price(request=0.5)),
        Model("GPT-4o", maker="OpenAI", takes=("text",), gives=("text",), price=Price(2.2, 0.5)),
        Model("Old-One", retired=True, retired_on=date(2026, 11, 1)),
    ]
    async with quoth_in_simcord(tmp_path) as quoth:
        before = (await quoth.ada.slash(quoth.channel, "models", search="veo-9")).response
        assert before is not None
        assert "Veo-9" not in words(before)
        quoth.bot.use_models(Catalogue(live=live, as_of=date(2026, 11, 28)), replace(OPERATORS, model="GPT-4o"))
        for search, line in (
            ("veo-9", "- `Veo-9` · fal · text, pictures → video · $0.5 per question"),
            ("gpt-4o", "- `GPT-4o` · OpenAI · $2.20 / $0.5 per million tokens"),
            ("old-one", "- `Old-One` · retired by Poe since 2026-11-01"),
        ):
            shown = (await quoth.ada.slash(quoth.channel, "models", search=search)).response
            assert shown is not None
            assert line in words(shown)
            assert "List updated 2026-11-28." in words(shown)
        model, _ = await quoth.bot.models.resolve(await quoth.bot.preferences.layers(Place(1, 1)))
        assert model.name == "GPT-4o"
