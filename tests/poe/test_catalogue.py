"""The models: the contract's ten, the retired ones, the operator's own; and which one was probably meant."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnknownModel
from bot.poe.catalogue import CONTRACT_DEFAULT, CONTRACT_MODELS, Catalogue, Model

CONTRACT = {  # provider.md, "AbstractProvider and Poe(AbstractProvider)"
    "meta-llama/Llama-2-7b-chat-hf": "Llama-2-7b",
    "meta-llama/Llama-2-13b-chat-hf": "Llama-2-13b",
    "meta-llama/Llama-2-70b-chat-hf": "Llama-2-70b",
    "codellama/CodeLlama-7b-Instruct-hf": "Code-Llama-7b",
    "codellama/CodeLlama-13b-Instruct-hf": "Code-Llama-13b",
    "codellama/CodeLlama-34b-Instruct-hf": "Code-Llama-34b",
    "gpt-3.5-turbo": "GPT-3.5-Turbo",
    "gpt-3.5-turbo-instruct": "GPT-3.5-Turbo-Instruct",
    "gpt-4": "GPT-4",
    "palm": "Google-PaLM",
}
CATALOGUE = Catalogue()


def names(models: list[Model]) -> list[str]:
    """Return the names of models in their order."""
    return [model.name for model in models]


def test_the_contracts_models() -> None:
    """The provider knows exactly the contract's ten ids with their handles, and its default is one of them."""
    assert dict(CONTRACT_MODELS) == CONTRACT
    assert CONTRACT_DEFAULT == "gpt-3.5-turbo"


@pytest.mark.parametrize(("name", "handle"), CONTRACT.items())
def test_ids_and_handles_find_the_same_model(name: str, handle: str) -> None:
    """A contract's model is found by its id and by its handle, in any case and with spaces for hyphens."""
    wanted = Model(handle, name, CATALOGUE.find(name).maker, CATALOGUE.find(name).retired)
    for spelling in (name, handle, name.upper(), handle.swapcase(), f"  {handle.replace('-', ' ')} "):
        assert CATALOGUE.find(spelling) == wanted


def test_retired_models_are_marked() -> None:
    """Those that Poe no longer lists, which all of the contract's are, say so in their label."""
    assert all(CATALOGUE.find(name).retired for name in CONTRACT)
    assert all(("retired" in model.label) == model.retired for model in CATALOGUE.models)


def test_the_list_is_dated_and_without_doubles() -> None:
    """The shipped list has a date, and no two of its models share an id or a handle."""
    assert date.fromisoformat(CATALOGUE.as_of) >= date(2026, 7, 2)
    handles = [model.handle.casefold() for model in CATALOGUE.models]
    assert len(handles) == len(set(handles)) > 100
    assert all(CATALOGUE.find(model.name) == model for model in CATALOGUE.models)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gpt-3.5-trubo", "GPT-3.5-Turbo"),
        ("clade-opus-4", "Claude-Opus-4"),
        ("pal", "Google-PaLM"),
        ("gpt4", "GPT-4"),
        ("gpt-6", "GPT-5.5"),
        ("claud.", "Claude-Opus-4.8"),
        ("clode", "Claude-Opus-4.8"),
        ("Gemni", "Gemini-3.8-Flash"),
    ],
)
def test_near_names_are_offered(typed: str, meant: str) -> None:
    """A misspelt name is refused with at most three similar ones, the likeliest first."""
    with pytest.raises(UnknownModel) as caught:
        CATALOGUE.find(typed)
    assert caught.value.near[0] == meant
    assert len(caught.value.near) <= 3
    assert f"`{meant}`" in caught.value.user_message
    assert typed in str(caught.value)
    assert typed not in caught.value.operator_message  # it is logged


@pytest.mark.parametrize("typed", ["claud.", "clode", "CLAUDE"])
def test_a_family_s_name_leads_to_its_newest_models(typed: str) -> None:
    """Where only the beginning of names is similar, the newest model of each family is suggested."""
    newest = ["Claude-Opus-4.8", "Claude-Sonnet-5.5", "Claude-Haiku-5.5"]
    assert CATALOGUE.near(typed) == newest
    if typed == "clode":  # what is typed so far ranks as what was misspelt
        assert names(CATALOGUE.search(typed))[:3] == newest


def test_newer_models_come_first() -> None:
    """In lists and searches, newer models of a family come before older ones, and retired ones last."""
    found = names(CATALOGUE.search("gpt-", most=100))
    order = ["GPT-5.5", "GPT-5.4-Mini", "GPT-5.1", "GPT-5", "GPT-4.1", "GPT-4o", "GPT-4", "GPT-3.5-Turbo"]
    assert [name for name in found if name in order] == order
    listed = names(list(CATALOGUE.models))
    for newer, older in [("o3", "o1"), ("Grok-4.20-Multi-Agent", "Grok-4.1-Fast-Reasoning"), ("Veo-3.1", "Veo-3")]:
        assert listed.index(newer) < listed.index(older)


def test_one_name_is_shown_for_all_spellings() -> None:
    """Whether an id or a handle was typed, and in which case, the handle is shown, as Poe spells it."""
    assert {CATALOGUE.find(typed).name for typed in ("gpt-3.5-turbo", "GPT-3.5-Turbo", "gpt 3.5 TURBO")} == {
        "GPT-3.5-Turbo"
    }


def test_far_names_have_no_near_ones() -> None:
    """When no name is similar, the sentence says what else helps."""
    with pytest.raises(UnknownModel) as caught:
        CATALOGUE.find("xyzzy!?")
    assert caught.value.near == ()
    assert "/models" in caught.value.user_message


def test_search_ranks_beginnings_then_parts_then_near_ones() -> None:
    """The name itself comes first, then beginnings, parts and similar names; retired models come last."""
    catalogue = Catalogue(["my-tako", "Takoyaki"])
    assert names(catalogue.search("tako")) == ["Tako", "Takoyaki", "my-tako"]
    assert names(catalogue.search("tak"))[:2] == ["Takoyaki", "Tako"]
    assert names(catalogue.search("gpt-4"))[0] == "GPT-4"
    assert names(catalogue.search("takko"))[0] == "Tako"
    found = CATALOGUE.search("llama")
    assert [model.retired for model in found] == sorted(model.retired for model in found)
    assert {"Llama-2-7b", "Llama-3.1-8B-CS"} <= set(names(found))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gpt4omini", "GPT-4o-mini"),
        ("claude opus 4.8", "Claude-Opus-4.8"),
        ("opus claud", "Claude-Opus-4.8"),
        ("clade sonet", "Claude-Sonnet-4.6"),
        ("gemni 3 pro", "Gemini-3.1-Pro"),
        ("codellama34", "Code-Llama-34b"),
    ],
)
def test_search_forgives(typed: str, meant: str) -> None:
    """Missing hyphens, words in another order and typing errors still find the model, at the top."""
    assert meant in names(CATALOGUE.search(typed))[:3]


def test_what_somebody_prefers_comes_first() -> None:
    """Of the models that match, preferred ones come first; those that don't match stay out."""
    first = [CATALOGUE.find("Claude-Opus-4.5"), CATALOGUE.find("GPT-5")]
    assert names(CATALOGUE.search("", first))[:2] == ["Claude-Opus-4.5", "GPT-5"]
    assert names(CATALOGUE.search("claude", first))[0] == "Claude-Opus-4.5"
    assert "GPT-5" not in names(CATALOGUE.search("claude", first))
    assert names(CATALOGUE.search("gpt-5.5", first))[0] == "GPT-5.5"


def test_signs_alone_find_nothing() -> None:
    """A text without letters and digits matches no model."""
    assert names(CATALOGUE.search("😀" * 100)) == names(CATALOGUE.search("?!")) == []
    assert CATALOGUE.near("😀" * 100) == []


def test_a_servers_own_list() -> None:
    """A list contains the models that it names, known or not, and all others behind them if it says so."""
    only = CATALOGUE.only(["palm", "Raven-Bot", "claude-opus-4", "palm"])
    assert names(list(only.models)) == ["Google-PaLM", "Raven-Bot", "Claude-Opus-4"]
    assert only.find("google palm").retired
    with pytest.raises(UnknownModel):
        only.find("GPT-5")
    wider = CATALOGUE.only(["Raven-Bot"], and_all=True)
    assert wider.models == (Model("Raven-Bot"), *CATALOGUE.models)
    assert names(wider.search("raven")) == ["Raven-Bot"]


def test_search_knows_handles_and_cases() -> None:
    """A model is found by either of its names, in any case."""
    assert names(CATALOGUE.search("GOOGLE pa")) == ["Google-PaLM"]
    assert names(CATALOGUE.search("PALM")) == ["Google-PaLM"]


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=120) | st.sampled_from(["", "g", "gpt", "-", "claude "]))
def test_search_is_fit_for_discord(typed: str) -> None:
    """Whatever is typed, at most 25 different models come back, with labels that Discord accepts."""
    found = Catalogue(["x" * 100, "x" * 140]).search(typed)
    assert len(found) == len(set(found)) <= 25
    assert all(1 <= len(model.label) <= 100 for model in found)


def test_long_labels_are_cut() -> None:
    """No label is longer than Discord accepts, even of a retired model."""
    assert len(Model("x" * 99, retired=True).label) == len(Model("x" * 101).label) == 100


def test_nothing_typed_offers_the_first_models() -> None:
    """Before anything is typed there are 25 models, the operator's own first and none of them retired."""
    found = Catalogue(["My-Bot"]).search("")
    assert names(found)[:2] == ["My-Bot", "GPT-5.5"]
    assert len(found) == 25
    assert not any(model.retired for model in found)


def test_extra_models_come_first_and_override() -> None:
    """The operator's handles are suggested as written, found in any case, and replace shipped ones."""
    catalogue = Catalogue(["My-Bot", "Claude-Opus-4", "palm"])
    assert catalogue.models[:3] == (Model("My-Bot"), Model("Claude-Opus-4"), Model("palm"))
    assert catalogue.find("my bot") == Model("My-Bot")
    assert [model.handle for model in catalogue.models].count("Claude-Opus-4") == 1
    assert catalogue.find("PALM").handle == "palm"
    assert catalogue.find("Google-PaLM").handle == "Google-PaLM"


@pytest.mark.parametrize("handle", ["claude-opus-4", "CLAUDE-OPUS-4"])
def test_extra_models_are_no_doubles(handle: str) -> None:
    """A shipped handle that the operator writes in another case is suggested once, as the operator writes it."""
    offered = [model.handle for model in Catalogue([handle, handle]).models]
    assert [other for other in offered if other.casefold() == handle.casefold()] == [handle]
