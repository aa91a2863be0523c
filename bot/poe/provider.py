"""The Poe provider: the contract of provider.md. Synchronous, for use without Discord; it always uses the web page."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterator
from typing import ClassVar, TypeAlias

from bot.conversation import Messages, Snapshot, clean, format_messages
from bot.errors import LoginRequired, PromptError, UnknownModel
from bot.poe.catalogue import CONTRACT_DEFAULT, CONTRACT_MODELS
from bot.poe.patience import patient
from bot.poe.web.answer.exchange import Exchange
from bot.poe.web.browser.executables import BrowserOptions
from bot.poe.web.browser.session import WebDriver, WebDriverSession
from bot.poe.web.browser.tab import Locators
from bot.poe.web.page.chat_page import ChatPage, TimeLimits
from bot.poe.web.page.drift import page_saved_on_drift
from bot.poe.web.page.locators import LOCATORS

CreateResult: TypeAlias = Iterator[str]
models = CONTRACT_MODELS
_LOGIN_PATIENCE = 240.0  # seconds that a browser with a window waits for a person to log in


class AbstractProvider(ABC):
    """The interface of every provider: where it is, whether it works, and completions as an iterator of text."""

    url: ClassVar[str]
    working: ClassVar[bool] = False
    needs_auth: ClassVar[bool] = False
    supports_stream: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def create_completion(cls, model: str, messages: Messages, stream: bool, **kwargs: object) -> CreateResult:
        """Ask ``model`` and give its text in fragments, or as one whole if ``stream`` is False."""


class Poe(AbstractProvider):
    """Poe's web page, driven in a real browser. Setting ``url`` points the provider elsewhere."""

    url: ClassVar[str] = "https://poe.com"
    working: ClassVar[bool] = True
    needs_auth: ClassVar[bool] = True
    supports_stream: ClassVar[bool] = True
    models: ClassVar[Collection[str]] = models.keys()

    @classmethod
    def create_completion(
        cls,
        model: str,
        messages: Messages,
        stream: bool,
        proxy: str | None = None,
        webdriver: WebDriver | None = None,
        user_data_dir: str | None = None,
        headless: bool = True,
        **kwargs: object,
    ) -> CreateResult:
        """Ask ``model`` with ``messages`` and give the answer's text.

        Args:
            model: one of ``models``; empty for gpt-3.5-turbo.
            messages: the conversation, oldest first.
            stream: give fragments as they arrive, instead of one whole text.
            proxy: proxy URL for the browser.
            webdriver: a running browser to use. It is never quit.
            user_data_dir: browser profile that holds the login.
            headless: whether the browser shows no window.
            kwargs: ``browser_options`` (BrowserOptions) and ``limits`` (TimeLimits); anything else is ignored.

        Raises:
            ValueError: the model is not supported, or there is nothing to ask. At once.
            RuntimeError: the prompt's text area was not found; a login may be needed. While iterating.
            bot.errors.PoeError: anything else that went wrong. While iterating.
        """
        model = model or CONTRACT_DEFAULT
        if model not in models:
            raise UnknownModel(model)
        prompt = prompt_text(messages)
        options, limits = kwargs.get("browser_options"), kwargs.get("limits")
        session = WebDriverSession(
            webdriver,
            user_data_dir,
            headless,
            proxy,
            options if isinstance(options, BrowserOptions) else BrowserOptions(),
        )
        limits = limits if isinstance(limits, TimeLimits) else TimeLimits()
        snapshots = _ask(session, cls.url, models[model], prompt, limits, LOCATORS)
        return fragments(snapshots) if stream else whole(snapshots)


def prompt_text(messages: Messages) -> str:
    """Return the one text that is typed for messages.

    Raises:
        PromptError: there is nothing but white space in them.
    """
    # A byte-order mark is white space to the page, which would not send it alone.
    if not any(message["content"].replace("\ufeff", "").strip() for message in messages):
        raise PromptError
    return clean(format_messages(messages))


def completion(
    session: WebDriverSession,
    url: str,
    handle: str,
    prompt: str,
    limits: TimeLimits = TimeLimits(),
    locators: Locators = LOCATORS,
) -> Generator[str]:
    """Ask one handle in a session and give the fragments of its answer; the session is closed afterwards.

    Fragments can't be taken back. If Poe rewrites its text, the new one follows whole, after an empty line.
    """
    return fragments(_ask(session, url, handle, prompt, limits, locators))


def _ask(
    session: WebDriverSession, url: str, handle: str, prompt: str, limits: TimeLimits, locators: Locators
) -> Generator[Snapshot]:
    exchange = Exchange(prompt)
    with session:
        while True:
            with_window = not session.headless and session.can_show_window
            page = ChatPage(session.tab(), url, patient(limits, handle), locators)
            with page, page_saved_on_drift(page, session.profile):
                try:
                    page.open(handle, _LOGIN_PATIENCE if with_window else None)
                except LoginRequired:
                    if with_window or not session.can_show_window:
                        raise
                else:
                    yield from exchange.run(page)
                    return
            session.reopen(headless=False)  # so that the operator can log in


def fragments(snapshots: Generator[Snapshot]) -> Generator[str]:
    """Give what each snapshot adds to the one before it, and close them at the end."""
    shown = ""
    with contextlib.closing(snapshots):
        for snapshot in snapshots:
            text = snapshot.text or shown  # an empty text takes nothing back
            fragment = text[len(shown) :] if text.startswith(shown) else f"\n\n{text}"
            shown = text
            if fragment:
                yield fragment


def whole(snapshots: Generator[Snapshot]) -> Generator[str]:
    """Give the text of the last snapshot."""
    text = ""
    for snapshot in snapshots:
        text = snapshot.text
    yield text
