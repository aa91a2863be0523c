"""Poe's own list of models: read leniently, kept in the database, merged with the shipped list."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.errors import QuothError, UnknownModel
from bot.ops import live_models
from bot.ops.live_models import LiveModels, followed, stored
from bot.poe.api.models import fetch_models
from bot.poe.catalogue import Catalogue, Model, Price
from sandbox.poe.sandbox import PoeSandbox
from storage.database import open_database
from storage.live_models import LiveModelRow, LiveModelsStore
from tests.support.byte_server import ByteServer, Step, byte_server, reply
from tests.support.quoth_in_sandbox import until


@pytest.fixture
async def server() -> AsyncGenerator[ByteServer]:
    """A server that says what a test tells it; a test that hangs ends."""
    async with asyncio.timeout(30.0), byte_server() as made:
        yield made


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[LiveModelsStore]:
    """A database without a list."""
    async with open_database(tmp_path / "quoth.sqlite3") as connection:
        yield LiveModelsStore(connection)


def row(handle: str) -> LiveModelRow:
    """A model of which little is known."""
    return LiveModelRow(handle, "", "text", "text", None, None, None)


async def test_the_list_is_read(server: ByteServer) -> None:
    """Handles have the pretty spelling; prices are for a million tokens; what is not said is not known."""
    entry = {
        "id": "gpt-5.4-mini",
        "owned_by": "OpenAI",
        "architecture": {"input_modalities": ["image", "text", "smell"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0.00000022", "completion": "0.0000018", "request": None, "image": "1"},
        "metadata": {"display_name": "GPT-5.4-Mini", "url": "https://poe.com/gpt-5.4-mini"},
    }
    server.play(*reply("200 OK", {"object": "list", "data": [entry, {"id": "veo-3.1", "metadata": None}]}))
    first, second = await fetch_models(server.url)
    assert first.price is not None
    assert first.price.written == pytest.approx(1.8)
    assert first == Model("GPT-5.4-Mini", "", "OpenAI", takes=("text", "image"), gives=("text",), price=first.price)
    assert second == Model("veo-3.1")
    assert [(request.method, request.path) for request in server.requests] == [("GET", "/v1/models")]
    assert "authorization" not in server.requests[0].headers


ODD: list[Any] = [
    None, 7, [], {}, {"id": 7}, {"id": ""}, {"id": "a/b"}, {"id": "x" * 101}, {"id": "login"}, {"id": "a\nb"},
    {"id": "ok", "metadata": {"display_name": "Something else"}, "owned_by": "a\nb", "pricing": [], "architecture": 3},
    {"id": "fine", "pricing": {"prompt": "-1", "completion": "nan", "request": 7}, "owned_by": "x" * 99},
    {"id": "FINE", "architecture": {"input_modalities": "text", "output_modalities": [["text"]]}},
]  # fmt: skip


async def test_odd_entries_hide_no_other(server: ByteServer) -> None:
    """Whatever is on the list, what can be read of it is used, and nothing that could not be a handle."""
    server.play(*reply("200 OK", {"data": ODD}))
    assert await fetch_models(server.url) == [Model("ok"), Model("FINE")]


@pytest.mark.parametrize(
    "steps", [reply("200 OK", {"data": []}), reply("200 OK", []), reply("200 OK", b"<html>"), reply("503 No", {})]
)
async def test_no_list_is_a_sentence(steps: list[Step], server: ByteServer) -> None:
    """An empty list, a page or an error is an error of the tree."""
    server.play(*steps)
    with pytest.raises(QuothError):
        await fetch_models(server.url)


async def test_the_list_is_kept_with_what_was_on_it_before(store: LiveModelsStore) -> None:
    """A model that is missing later is retired since then, and comes back when it is listed again."""
    assert await stored(store) == ([], None)
    day = 86_400.0
    await store.update([row("A"), row("b")], day)
    await store.update([row("a")], 2 * day)
    models, fetched = await stored(store)
    assert fetched == date(1970, 1, 3)
    assert [(model.handle, model.retired, model.retired_on) for model in models] == [
        ("a", False, None),
        ("b", True, date(1970, 1, 3)),
    ]
    await store.update([row("a")], 3 * day)
    assert (await stored(store))[0][1].retired_on == date(1970, 1, 3)
    await store.update([row("B"), row("a")], 4 * day)
    assert [(model.handle, model.retired) for model in (await stored(store))[0]] == [("B", False), ("a", False)]
    await store.update([row("c")], 5 * day, complete=False)
    assert not any(model.retired for model in (await stored(store))[0])


async def test_it_is_fetched_at_the_start_and_again(
    poe: PoeSandbox, store: LiveModelsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new list is handed on and stored; while Poe can't be reached the stored one stays, and it is tried again."""
    monkeypatch.setattr(live_models, "_DAY", 0.01)
    monkeypatch.setattr(live_models, "_HOUR", 0.01)
    used: list[LiveModels] = []
    async with asyncio.timeout(20.0), followed(poe.api_url, store, used.append):
        await until(lambda: bool(used))
        assert [model.handle for model in used[0][0]][:2] == ["Assistant", "Claude-Haiku-5.5"]
        poe.switch("models-down")
        count = len(used)
        await asyncio.sleep(0.1)
        assert len(used) <= count + 1  # one may have been under way
        assert len((await stored(store))[0]) == len(used[0][0])
        poe.switch("models-down", on=False)
        poe.api_models.append({"id": "brand-new-1", "metadata": {"display_name": "Brand-New-1"}})
        await until(lambda: used[-1][0][-1].handle == "Brand-New-1")


async def test_a_list_that_lost_most_models_retires_none(poe: PoeSandbox, store: LiveModelsStore) -> None:
    """A list that is suddenly short is at fault, and not the models that are missing."""
    await store.update([row(f"model-{number}") for number in range(200)], 1.0)
    used: list[LiveModels] = []
    async with asyncio.timeout(20.0), followed(poe.api_url, store, used.append):
        await until(lambda: bool(used))
    assert not any(model.retired for model in used[0][0])
    assert len(used[0][0]) > 200


LIVE = [
    Model("gpt-5.4-mini", maker="OpenAI", takes=("text", "image"), gives=("text",), price=Price(0.2, 1.8)),
    Model("Claude-Sonnet-5.5", maker="Anthropic", gives=("text",)),
    Model("Claude-Sonnet-6", maker="Anthropic", gives=("text",)),
    Model("Veo-9", maker="fal", gives=("video",)),
    Model("GPT-4.1", maker="OpenAI", retired=True, retired_on=date(2026, 11, 1)),
    Model("gpt-3.5-turbo", maker="OpenAI", gives=("text",)),
]


def test_both_lists_are_one_catalogue() -> None:
    """The shipped names and makers stay; the rest, and what is retired since when, is as Poe's own list says."""
    catalogue = Catalogue(["My-Bot"], live=LIVE, as_of=date(2026, 11, 28))
    assert catalogue.as_of == "2026-11-28"
    mini = catalogue.find("gpt-5.4-mini")
    assert (mini.handle, mini.maker, mini.takes) == ("GPT-5.4-Mini", "OpenAI", ("text", "image"))
    assert catalogue.find("veo-9").maker == "fal"
    assert catalogue.find("GPT-4.1").retired_on == date(2026, 11, 1)
    assert not catalogue.find("gpt-3.5-turbo").retired
    assert catalogue.find("gpt-3.5-turbo").id == "gpt-3.5-turbo"
    assert not catalogue.find("Claude-Opus-4.8").retired  # Poe serves more than it lists
    assert catalogue.models[0] == Model("My-Bot")
    assert catalogue.only(["veo-9"]).as_of == "2026-11-28"


def test_the_default_is_a_model_that_poe_serves() -> None:
    """Without a name it is one that Poe lists; a name stays, unless its model is retired."""
    shipped, live = Catalogue(), Catalogue(live=LIVE)
    assert shipped.default("").name == live.default("").name == "GPT-5.4-Mini"
    assert not shipped.default("").retired
    assert live.default("gpt-4o").name == "GPT-4o"
    assert shipped.default("gpt-3.5-turbo").name == "GPT-5.4-Mini"
    assert live.default("gpt-3.5-turbo").name == "GPT-3.5-Turbo"
    assert live.default("claude-sonnet-4").name == "Claude-Sonnet-6"
    assert live.default("GPT-4.1").name == "GPT-5.4-Mini"
    others = Catalogue(live=[model for model in LIVE if model.handle != "gpt-5.4-mini"])
    assert others.default("").gives == ("text",)
    assert others.default("").name in {"Claude-Sonnet-6", "Claude-Sonnet-5.5", "GPT-3.5-Turbo"}
    with pytest.raises(UnknownModel):
        live.default("no-such-model")
