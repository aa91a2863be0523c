"""The Poe provider: the contract of provider.md, synchronous, for whoever wants a model's text without a Discord."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterator
from typing import ClassVar, TypeAlias

from selenium.webdriver.remote.webdriver import WebDriver

from bot.context.prompt import clean, format_messages
from bot.conversation import Messages, Snapshot
from bot.errors import LoginRequired, UnknownModel
from bot.poe.catalogue import CONTRACT_DEFAULT, CONTRACT_MODELS
from bot.poe.web.answer.exchange import Exchange
from bot.poe.web.browser.executables import BrowserOptions
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.page.chat_page import ChatPage, TimeLimits
from bot.poe.web.page.drift import saved

CreateResult: TypeAlias = Iterator[str]
models = CONTRACT_MODELS
_LOGIN_PATIENCE = 240.0  # seconds that a visible browser waits for a person to log in


class AbstractProvider(ABC):
    """What every provider offers: where it is, whether it works, and completions as an iterator of text."""

    url: ClassVar[str]
    working: ClassVar[bool] = False
    needs_auth: ClassVar[bool] = False
    supports_stream: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def create_completion(cls, model: str, messages: Messages, stream: bool, **kwargs: object) -> CreateResult:
        """Ask ``model`` and give its text in fragments; in one whole where ``stream`` is False."""


class Poe(AbstractProvider):
    """Poe's web page, driven in a real browser; pointing ``url`` elsewhere points the provider elsewhere."""

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
            stream: fragments as they arrive; otherwise one whole text.
            proxy: proxy URL for the browser.
            webdriver: a running browser to use; it is never quit.
            user_data_dir: browser profile that holds the login.
            headless: whether the browser shows no window.
            kwargs: ``browser_options`` (BrowserOptions) and ``limits`` (TimeLimits); all else is ignored.

        Raises:
            ValueError: the model is not supported, or there is nothing to ask (at once).
            RuntimeError: the prompt's text area was not found, a login may be needed (while iterating).
            bot.errors.PoeError: whatever else went wrong (while iterating).
        """
        model = model or CONTRACT_DEFAULT
        if model not in models:
            raise UnknownModel(model)
        prompt = clean(format_messages(messages))
        options, limits = kwargs.get("browser_options"), kwargs.get("limits")
        session = WebDriverSession(
            webdriver,
            user_data_dir,
            headless,
            proxy,
            options if isinstance(options, BrowserOptions) else BrowserOptions(),
        )
        limits = limits if isinstance(limits, TimeLimits) else TimeLimits()
        snapshots = _ask(session, cls.url, models[model], prompt, limits)
        return _fragments(snapshots) if stream else _whole(snapshots)


def completion(session: WebDriverSession, url: str, handle: str, prompt: str, limits: TimeLimits) -> Generator[str]:
    """Ask one handle in a session of one's own and give the fragments of its answer; the session is closed afterwards.

    A rewrite by Poe can't be taken back from an iterator: the new text then follows whole, after an empty line.
    """
    return _fragments(_ask(session, url, handle, prompt, limits))


def _ask(session: WebDriverSession, url: str, handle: str, prompt: str, limits: TimeLimits) -> Generator[Snapshot]:
    exchange = Exchange(prompt)
    with session:
        while True:
            visible = not session.headless and session.can_show
            with ChatPage(session.tab(), url, limits) as page, saved(page, session.profile):
                try:
                    page.open(handle, _LOGIN_PATIENCE if visible else None)
                except LoginRequired:
                    if visible or not session.can_show:
                        raise
                else:
                    yield from exchange.run(page)
                    return
            session.reopen(headless=False)  # so that the operator can log in


def _fragments(snapshots: Generator[Snapshot]) -> Generator[str]:
    shown = ""
    with contextlib.closing(snapshots):
        for snapshot in snapshots:
            text = snapshot.text or shown  # what was given can't be taken back by nothing
            fragment = text[len(shown) :] if text.startswith(shown) else f"\n\n{text}"
            shown = text
            if fragment:
                yield fragment


def _whole(snapshots: Generator[Snapshot]) -> Generator[str]:
    text = ""
    for snapshot in snapshots:
        text = snapshot.text
    yield text
