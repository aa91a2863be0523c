"""Each ask looks up once what decides how it is answered, after a deferral that waits for nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.policy.limits import RateLimiter
from bot.policy.models import Models
from bot.policy.preferences import PreferenceResolver
from storage.allowed_models import AllowedModelsStore
from storage.limits import LimitsStore
from storage.preferences import PreferencesStore
from tests.support.quoth_in_simcord import QuothInSimcord, quoth_in_simcord

DEFERRED = 5
LOOKUPS = (
    (PreferenceResolver, "layers"),
    (Models, "resolve"),
    (Models, "allowed"),
    (RateLimiter, "resolve"),
    (AllowedModelsStore, "of"),
    (LimitsStore, "of"),
)


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each thing was looked up; of preferences each row counts for itself."""
    counted: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        original = getattr(owner, name)

        async def counting(self: object, *args: Any, **kwargs: Any) -> Any:
            row = args if owner is PreferencesStore else ()
            counted[f"{owner.__name__}.{name}{row}"] += 1
            return await original(self, *args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    for owner, name in (*LOOKUPS, (PreferencesStore, "of")):
        count(owner, name)
    return counted


PoeBrowser = Callable[[QuothInSimcord], Awaitable[Callable[[], Awaitable[Any]]]]
"""Prepares a way to ask; what it returns asks."""


async def command(quoth: QuothInSimcord) -> Callable[[], Awaitable[Any]]:
    """``/ask``."""
    return lambda: quoth.ada.slash(quoth.channel, "ask", prompt="Well?")


async def mention(quoth: QuothInSimcord) -> Callable[[], Awaitable[Any]]:
    """A mention in a server."""
    return lambda: quoth.ada.send(quoth.channel, f"<@{quoth.bot.me}> Well?")


async def menu(quoth: QuothInSimcord) -> Callable[[], Awaitable[Any]]:
    """The form of *Ask about this*."""
    talk = await quoth.ada.send(quoth.channel, "Nevermore")
    opened = await quoth.ada.context_menu(quoth.channel, "Ask about this", talk)
    assert opened.modal is not None
    question = opened.modal["components"][0]["component"]["custom_id"]
    return lambda: quoth.ada.submit_modal(opened, {question: "Who says so?"})


async def retry(quoth: QuothInSimcord) -> Callable[[], Awaitable[Any]]:
    """A press of Retry."""
    reply = await answered(quoth)
    return lambda: quoth.ada.click(reply, label="Retry")


async def other_model(quoth: QuothInSimcord) -> Callable[[], Awaitable[Any]]:
    """The form of *Ask another model*."""
    form = await quoth.ada.click(await answered(quoth), label="Ask another model")
    assert form.modal is not None
    _, named = (label["component"]["custom_id"] for label in form.modal["components"])
    return lambda: quoth.ada.submit_modal(form, {named: "My-Bot"})


async def answered(quoth: QuothInSimcord) -> simcord.ResponseMessage:
    """A reply that has ended."""
    asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
    assert asked.response is not None
    return asked.response


@pytest.mark.parametrize("way", [command, mention, menu, retry, other_model])
async def test_everything_is_looked_up_once(tmp_path: Path, lookups: Counter[str], way: PoeBrowser) -> None:
    """Preferences, models and limits are read exactly once for an ask, whatever way it comes."""
    async with quoth_in_simcord(tmp_path) as quoth:
        ask = await way(quoth)
        asked = len(quoth.poe.asked)
        lookups.clear()
        await ask()
        assert len(quoth.poe.asked) == asked + 1
        assert set(lookups.values()) == {1}
        assert len(lookups) == len(LOOKUPS) + 3  # rows of the person, the channel and the server


@pytest.mark.parametrize("way", [command, menu, retry, other_model])
async def test_deferrals_wait_for_no_database(tmp_path: Path, way: PoeBrowser) -> None:
    """Where the database fails, the first answer to every way of asking is the deferral all the same."""
    async with quoth_in_simcord(tmp_path) as quoth:
        ask = await way(quoth)
        before = len(quoth.callbacks())
        await quoth.connection.execute("PRAGMA foreign_keys = OFF")
        for table in ("asks", "preferences", "limits", "allowed_models", "uses"):
            await quoth.connection.execute(f"DROP TABLE {table}")
        await ask()
        assert quoth.callbacks()[before:] == [DEFERRED]
