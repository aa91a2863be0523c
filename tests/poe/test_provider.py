"""The provider's contract (provider.md), in a real browser on the sandbox's Poe."""

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import Messages
from bot.errors import AnswerFailed, LoginRequired, ModelUnavailable, UnknownModel
from bot.poe.provider import Poe, completion
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.page.chat_page import TimeLimits
from sandbox.poe.answers.steps import Hold, State, Text
from sandbox.poe.sandbox import PoeSandbox
from tests.support.prompts import PROMPTS


def ask(prompt: str) -> Messages:
    """One message, as it is."""
    return [{"role": "user", "content": prompt}]


@pytest.fixture(autouse=True)
def here(poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the provider at the sandbox."""
    monkeypatch.setattr(Poe, "url", poe.url)


async def complete(session: WebDriverSession, prompt: str, *, stream: bool = True, model: str = "") -> list[str]:
    """All fragments of one answer in a browser that is lent to the provider."""
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


@pytest.mark.parametrize("name", PROMPTS)
async def test_a_prompt_arrives_exactly_and_once_and_its_answer_comes_back(
    name: str, browser: WebDriverSession, poe: PoeSandbox
) -> None:
    """What is typed is what Poe receives, character for character and once; the fragments join to the wire's text."""
    fragments = await complete(browser, PROMPTS[name])
    assert [sent.text for sent in poe.ledger] == [PROMPTS[name]]
    assert "".join(fragments) == poe.answer(poe.ledger[0])
    assert poe.stops == []


async def test_fragments_come_while_poe_still_writes(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """What has arrived is given before there is more: the answer goes on only once its beginning was read."""
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
    """`stream=False` gives exactly one whole text, from the default model where none is named."""
    assert await complete(browser, "hi", stream=False) == [poe.answer(poe.ledger[0])]
    assert poe.ledger[0].handle == "GPT-3.5-Turbo"


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


async def test_a_lent_browser_stays_open(browser: WebDriverSession) -> None:
    """A browser that is passed in is never quit, and is left without Quoth's hook."""
    await complete(browser, "hi")
    driver: Any = browser.driver
    driver.get("about:blank")
    assert driver.execute_script("return typeof window.__quoth") == "undefined"


async def test_a_rewritten_answer_ends_with_the_text_that_stayed(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """Where Poe replaces its text, the fragments end with the whole of the new one."""
    text = "".join(await complete(browser, "!rewrite please"))
    assert text.endswith(poe.answer(poe.ledger[0]))


@pytest.mark.parametrize("mood", ["several", "missed"])
async def test_the_wire_s_ways_all_give_the_whole_answer(mood: str, browser: WebDriverSession, poe: PoeSandbox) -> None:
    """However the wire tells it, and although it breaks, the answer is Poe's; test_driver_answers.py has every way."""
    assert "".join(await complete(browser, f"!{mood} please")) == poe.answer(poe.ledger[0])


async def test_an_error_keeps_what_arrived(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """A failed answer raises after its text so far was given."""
    received: list[str] = []

    def consume() -> None:
        received.extend(Poe.create_completion("", ask("!error please"), stream=True, webdriver=browser.driver))

    with pytest.raises(AnswerFailed):
        await asyncio.to_thread(consume)
    assert "".join(received) == poe.answer(poe.ledger[0])
    assert poe.stops == []


async def test_leaving_early_presses_stop_once(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """Closing the iterator presses Poe's Stop, so that nothing is spent on text that nobody reads."""
    answer: Any = Poe.create_completion("", ask("!stall=60 please"), stream=True, webdriver=browser.driver)
    assert await asyncio.to_thread(next, answer)
    await asyncio.to_thread(answer.close)
    assert len(poe.stops) == 1
    assert await poe.wait(lambda: poe.state(poe.ledger[0]) == "cancelled")


async def test_a_missing_login_is_a_runtime_error(browser: WebDriverSession, poe: PoeSandbox) -> None:
    """Where the text area is missing and no window can open, the error says that a login may be needed."""
    poe.switch("login-wall")
    with pytest.raises(RuntimeError, match="login to Poe may be needed") as raised:
        await complete(browser, "hi")
    assert isinstance(raised.value, LoginRequired)
    assert poe.ledger == []


@pytest.mark.parametrize("handle", ["No-Such-Bot", "..", "a/b", "a%2Fb", "a b", "https://example.com", ""])
async def test_a_handle_never_leads_away_from_poe(handle: str, browser: WebDriverSession, poe: PoeSandbox) -> None:
    """A handle that Poe has not, or that would lead elsewhere, is unavailable; nothing is sent."""
    lent = WebDriverSession(browser.driver)
    with pytest.raises(ModelUnavailable):
        await asyncio.to_thread(lambda: list(completion(lent, poe.url, handle, "hi", TimeLimits())))
    assert poe.ledger == []


async def test_a_browser_of_its_own_ends_with_the_answer(poe: PoeSandbox, tmp_path: Path) -> None:
    """With a profile directory the provider starts its own browser, keeps the profile private, and closes it."""
    profile = tmp_path / "a profile"
    fragments = Poe.create_completion("gpt-4", ask("hi"), stream=True, user_data_dir=str(profile))
    assert "".join(await asyncio.to_thread(list, fragments)) == poe.answer(poe.ledger[0])
    assert profile.stat().st_mode & 0o777 == 0o700
    assert not (profile / "SingletonLock").is_symlink()


def test_unknown_model_keeps_both_meanings() -> None:
    """The richer errors are the contract's errors too."""
    assert issubclass(UnknownModel, ValueError)
    assert issubclass(LoginRequired, RuntimeError)
