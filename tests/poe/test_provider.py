"""The provider's contract (provider.md), in a real browser on the stand-in Poe."""

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import Messages
from bot.errors import LoginRequired, UnknownModel
from bot.poe.provider import Poe
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe.answers.steps import Hold, State, Text
from sandbox.poe.sandbox import PoeSandbox
from tests.support.prompts import LONG_PROMPT


def ask(prompt: str) -> Messages:
    """Return one message with this prompt."""
    return [{"role": "user", "content": prompt}]


@pytest.fixture(autouse=True)
def here(poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the provider at the stand-in Poe."""
    monkeypatch.setattr(Poe, "url", poe.url)


async def complete(session: WebDriverSession, prompt: str, *, stream: bool = True, model: str = "") -> list[str]:
    """Return all fragments of one answer in a browser that is passed to the provider."""
    return await asyncio.to_thread(
        lambda: list(Poe.create_completion(model, ask(prompt), stream, webdriver=session.driver))
    )


def test_the_signature_is_the_contract_s() -> None:
    """`create_completion` takes exactly what provider.md says, with its defaults."""
    given = inspect.signature(Poe.create_completion).parameters
    assert list(given) == ["model", "messages", "stream", "proxy", "webdriver", "user_data_dir", "headless", "kwargs"]
    defaults = [given[name].default for name in ("proxy", "webdriver", "user_data_dir", "headless")]
    assert defaults == [None, None, None, True]
    assert (Poe.working, Poe.needs_auth, Poe.supports_stream) == (True, True, True)


def test_an_unsupported_model_is_a_value_error_that_names_it() -> None:
    """An unknown model is refused before any browser starts."""
    with pytest.raises(ValueError, match="no-such-model"):
        Poe.create_completion("no-such-model", ask("hi"), stream=True)


async def test_a_long_prompt_arrives_exactly_and_once(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """20,000 characters of every kind arrive as they are and once; the fragments join to the text on Poe's wire."""
    fragments = await complete(browser, LONG_PROMPT)
    assert [sent.text for sent in poe.ledger] == [LONG_PROMPT]
    assert "".join(fragments) == poe.answer(poe.ledger[0])
    assert poe.stops == []


async def test_fragments_come_while_poe_still_writes(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """A fragment is given before there is more: here Poe goes on only once the first one was read."""
    script = poe.script("GPT-4", [Text("Half of it"), Hold(), Text("Half of it all"), State("complete")])
    given: list[str] = []

    def take() -> None:
        for fragment in Poe.create_completion("gpt-4", ask("hi"), stream=True, webdriver=browser.driver):
            given.append(fragment)
            if "".join(given) == "Half of it":
                loop.call_soon_threadsafe(script.release)

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(take)
    assert "".join(given) == "Half of it all"


async def test_without_streaming_the_answer_is_one_text(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """`stream=False` gives one whole text of the default model; the browser that was passed in stays open and clean."""
    assert await complete(browser, "hi", stream=False) == [poe.answer(poe.ledger[0])]
    assert poe.ledger[0].handle == "GPT-3.5-Turbo"
    driver: Any = browser.driver
    driver.get("about:blank")
    assert driver.execute_script("return typeof window.__quoth") == "undefined"


async def test_several_messages_become_role_lines(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """A conversation is sent as `Role: content` lines, closed by `Assistant:`."""
    talk: Messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Bye"},
    ]
    await asyncio.to_thread(lambda: list(Poe.create_completion("palm", talk, True, webdriver=browser.driver)))
    assert poe.ledger[0].text == "System: Be brief.\nUser: Hi\nAssistant: Hello\nUser: Bye\nAssistant:"
    assert poe.ledger[0].handle == "Google-PaLM"


async def test_a_rewritten_answer_ends_with_the_text_that_stayed(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """When Poe replaces its text, the fragments end with the whole new one."""
    text = "".join(await complete(browser, "!rewrite please"))
    assert text.endswith(poe.answer(poe.ledger[0]))


async def test_leaving_early_presses_stop_once(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """Closing the iterator presses Poe's Stop once."""
    answer: Any = Poe.create_completion("", ask("!stall=60 please"), stream=True, webdriver=browser.driver)
    assert await asyncio.to_thread(next, answer)
    await asyncio.to_thread(answer.close)
    assert len(poe.stops) == 1
    assert await poe.wait(lambda: poe.state(poe.ledger[0]) == "cancelled")


async def test_a_browser_of_its_own_ends_with_the_answer(poe: PoeSandbox, tmp_path: Path) -> None:
    """With a profile directory the provider starts its own browser, makes the profile private, and closes it."""
    profile = tmp_path / "a profile"
    profile.mkdir(0o555)
    fragments = Poe.create_completion("gpt-4", ask("hi"), stream=True, user_data_dir=str(profile))
    assert "".join(await asyncio.to_thread(list, fragments)) == poe.answer(poe.ledger[0])
    assert profile.stat().st_mode & 0o777 == 0o700
    assert not (profile / "SingletonLock").is_symlink()


def test_unknown_model_keeps_both_meanings() -> None:
    """Quoth's errors are the contract's ValueError and RuntimeError too."""
    assert issubclass(UnknownModel, ValueError)
    assert issubclass(LoginRequired, RuntimeError)
    assert "may not be logged in to Poe" in str(LoginRequired())
