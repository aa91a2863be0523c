"""The seam between Quoth's queue and a way of asking Poe: the web page in a browser, or its official API.

A backend only asks. `bot.poe.client.PoeClient` decides whose turn it is, and holds the queue when a backend raises an
error that concerns the whole account (`bot.poe.schedule`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from bot.conversation import Messages, Snapshot
from bot.poe.schedule import Rules

Paid: TypeAlias = Callable[[int], Awaitable[None]]
"""Called with the points that an answer cost, once Poe tells; it may never do."""


@dataclass(frozen=True, slots=True)
class BrowserFigures:
    """What a backend's browser did: how many tabs it has, and how often it was started again, as planned or not."""

    tabs: int = 0
    restarts: int = 0
    unplanned_restarts: int = 0


class Patience(NamedTuple):
    """Seconds without any news after which a backend gives an answer up: before its first text, and after it."""

    first_text: float
    silence: float


class Backend(Protocol):
    """One way of asking Poe with one account. All methods are called from the event loop and never block it."""

    @property
    def rules(self) -> Rules:
        """How many asks may run at once, and how fast they may follow each other."""
        ...

    @property
    def running(self) -> bool | None:
        """Whether its browser is running, as far as is known; None for a backend without one."""
        ...

    @property
    def browser(self) -> BrowserFigures:
        """What its browser did; nothing where there is none."""
        return BrowserFigures()

    def patience(self, handle: str) -> Patience | None:
        """Return how long it waits for news of a model's answer; None where that is not known."""
        return None

    async def start(self) -> None:
        """Claim what no other process may use at the same time, such as a browser profile. Asks nothing.

        Raises:
            PoeError: it is in use, or can't be used.
        """
        ...

    async def warm_up(self, handle: str) -> None:
        """Make all ready for a first ask of a model, as far as that can be done without asking.

        Raises:
            PoeError: it can't be made ready now.
        """
        ...

    async def close(self) -> None:
        """End everything that this backend started. Asks that still run end with an error within seconds."""
        ...

    async def check(self, handle: str) -> None:
        """Find out whether this model could be asked, without asking.

        Raises:
            PoeError: what would keep a question from Poe, as from `stream`.
        """
        ...

    def stream(
        self, handle: str, messages: Messages, reserve_send: Callable[[], float], paid: Paid | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Snapshot]]:
        """Ask a model once and give the answer as it grows.

        Each snapshot holds the whole answer so far. A backend may skip snapshots when newer ones are there already.
        Leaving the block before the complete answer stops it at Poe, and returns when that is done. After the complete
        answer, snapshots may follow that add suggested replies and files; the next ask ends that.

        Args:
            handle: the model's name in Poe's addresses.
            messages: the conversation, oldest first. A backend that can only send one text formats it with
                `bot.conversation.format_messages`.
            reserve_send: called once, right before the request is sent. It reserves the next moment at which the
                account may send and returns the seconds until then, which the backend waits. May be called from any
                thread.
            paid: called at most once, after the answer's end; None where nobody wants to know. A backend that is not
                told what answers cost never calls it.

        Raises:
            PromptError: the prompt can't be sent as it is. From the iterator.
            PoeError: anything else that went wrong, from the iterator or on leaving the block. What arrived before is
                in the snapshots already given. An error that concerns the whole account (`LoginRequired`,
                `ChallengeShown`, `LimitReached`, …) holds the queue, for `PoeError.lasts` seconds where Poe says how
                long it lasts.
        """
        ...
