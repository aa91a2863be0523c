"""The seam between `bot.poe.client`, which decides whose turn it is, and a way of asking Poe: its page or its API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from bot.conversation import Messages, Snapshot
from bot.poe.browser_figures import BrowserFigures
from bot.poe.patience import Patience
from bot.poe.schedule import Rules

Paid: TypeAlias = Callable[[int], Awaitable[None]]  # with the points that an answer cost, once Poe tells


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

        Each snapshot holds the whole answer so far; those that newer ones outdate may be left out. Leaving the block
        before the complete answer stops it at Poe, and returns when that is done. After the complete answer, snapshots
        may follow that add suggested replies and files; the next ask ends that.

        Args:
            handle: the model's name in Poe's addresses.
            messages: the conversation, oldest first; `format_messages` makes one text of it. Where the last message
                ``continues`` a chat that this backend has, only that message is sent, into that chat.
            reserve_send: called once, from any thread, right before the request is sent. It reserves the account's next
                moment to send and returns the seconds until then, which the backend waits.
            paid: called at most once, after the answer's end; None where nobody wants to know.

        Raises:
            PromptError: the prompt can't be sent as it is. From the iterator.
            PoeError: anything else that went wrong, from the iterator or on leaving the block. What arrived before is
                in the snapshots already given. `LoginRequired`, `LimitReached` and others that concern the whole
                account hold the queue (`bot.poe.schedule`), for `PoeError.lasts` seconds if that is known.
        """
        ...
