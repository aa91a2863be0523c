"""Ask the stand-in Poe through a real browser, and see how the ask ended and what the site received."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from selenium.webdriver.remote.webdriver import WebDriver

from bot.conversation import Asker, Snapshot
from bot.errors import QuothError
from bot.poe.client import PoeClient
from bot.poe.provider import Poe, completion
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.page.chat_page import TimeLimits
from sandbox.poe.sandbox import PoeSandbox
from tests.support.prompts import prompt_of

ALICE, BOB = Asker(1, 1), Asker(1, 2)
UNHURRIED = Rules(gap=0.0, hourly=0)
PROMPT = "One line 😀\n\n\tand  another, שלום: `x` <b>&amp;\nlast"
LIMITS = TimeLimits(load=15.0, composer=10.0, send=10.0, first_text=10.0, reread=5.0, silence=10.0, total=30.0)
"""No step of a test takes so long; where a limit is to expire, the test sets it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What an ask gave, in order, and the error that ended it, if one did."""

    fragments: list[str]
    error: QuothError | None = None

    @property
    def text(self) -> str:
        """All fragments as one."""
        return "".join(self.fragments)


@dataclass(frozen=True, slots=True)
class PoeBrowser:
    """A browser that asks the stand-in Poe: a running one that is passed in, or one of its own on a profile."""

    webdriver: WebDriver | None = None
    user_data_dir: str | None = None

    def session(self) -> WebDriverSession:
        """Give a session of this kind, which nobody has used yet."""
        return WebDriverSession(self.webdriver, self.user_data_dir)

    async def complete(
        self, prompt: str, within: TimeLimits = LIMITS, *, stream: bool = True, model: str = "", **limits: float
    ) -> Ending:
        """Ask through ``Poe.create_completion`` with one message; keywords are fields of TimeLimits."""
        fragments = Poe.create_completion(
            model,
            [{"role": "user", "content": prompt}],
            stream,
            webdriver=self.webdriver,
            user_data_dir=self.user_data_dir,
            limits=replace(within, **limits),
        )
        return await ended(fragments)

    async def ask(self, url: str, handle: str, prompt: str, **limits: float) -> Ending:
        """Ask a handle through ``completion``; keywords are fields of TimeLimits."""
        return await ended(completion(self.session(), url, handle, prompt, replace(LIMITS, **limits)))

    def client(self, poe: PoeSandbox, rules: Rules = UNHURRIED, **limits: float) -> PoeClient:
        """Give a client of this browser; keywords are fields of TimeLimits."""
        return PoeClient(WebBackend(poe.url, self.session(), rules, replace(LIMITS, **limits)))


async def ended(fragments: Iterator[str]) -> Ending:
    """Take fragments in a thread until they end; return them with the error that ended them, if it is Quoth's."""
    given: list[str] = []

    def take() -> QuothError | None:
        try:
            given.extend(fragments)
        except QuothError as error:
            return error
        return None

    return Ending(given, await asyncio.to_thread(take))


async def streamed(
    client: PoeClient, prompt: str, *, handle: str = "GPT-4", asker: Asker = ALICE
) -> tuple[list[Snapshot], QuothError | None]:
    """Return all snapshots of one ask of a client, and the error that ended it, if one did."""
    taken: list[Snapshot] = []
    async with client.stream(asker, handle, prompt_of(prompt)) as snapshots:
        try:
            async for snapshot in snapshots:
                taken.append(snapshot)  # noqa: PERF401  # what was taken before an error counts
        except QuothError as error:
            return taken, error
    return taken, None


def received(poe: PoeSandbox) -> tuple[list[str], int, list[str]]:
    """Return what the site received: every prompt, the number of Stops, and what was bought or confirmed."""
    return [sent.text for sent in poe.ledger], len(poe.stops), poe.purchases


def letters(text: str) -> str:
    """Return the letters and digits of a text, which every rendering keeps."""
    return "".join(character for character in text if character.isalnum())
