"""The account's points: how many there are, what each question cost, and the operator's ceiling for a day."""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from bot.errors import KeyRefused, LimitReached, QuothError
from bot.i18n.translate import later
from bot.poe.api.account import Account, Expense
from bot.poe.backend import Paid

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0
_PAUSE = 1.0  # seconds between two looks at first; later as many as have passed since the question
_PATIENCE = 120.0  # seconds after its end for which a question's cost is looked for
_SKEW = 60.0  # seconds that Poe's clock may be behind this one
_LATE = 1800.0  # seconds after its beginning at which a question may still appear in the history
_FRESH = 60.0  # seconds that figures are good enough for the ceiling: what is asked meanwhile may exceed it
_CEILING = later("Quoth has spent the points that its operator allows for one day. Try again {when}.")
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(eq=False, slots=True)
class _Unpaid:
    """A question whose cost is not known yet: asked at a Unix time, ended at a moment of the monotonic clock."""

    handle: str
    at: float
    ended: float
    paid: Paid


class Points:
    """The points of one account.

    Poe does not say what one question costs, so that the account's history is searched for it by model and time: where
    others use the same key, or the same model is asked several times at once, costs may be mixed up.

    Args:
        account: the account.
        ceiling: how many points may be spent on one day (UTC); 0 for any number.
        warning: below how many points `low` warns; 0 for never.
    """

    def __init__(self, account: Account, ceiling: int = 0, warning: int = 0) -> None:
        self._account = account
        self._ceiling = ceiling
        self._warning = warning
        self._began = time.time()
        self._expenses: dict[str, Expense] = {}
        self._unassigned: list[Expense] = []
        self._unpaid: list[_Unpaid] = []
        self._watching: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._refreshing = asyncio.Lock()
        self._refreshed: float | None = None
        self._changed = asyncio.Event()
        self._refusal: KeyRefused | None = None
        self.balance: int | None = None
        """How many points there are, as Poe said last; None before it did."""

    @property
    def spent_today(self) -> int:
        """How many points the API's questions have cost since midnight (UTC), as far as is known."""
        midnight = _midnight()
        return sum(expense.points for expense in self._expenses.values() if expense.at >= midnight)

    async def check(self) -> None:
        """Refuse a question where the day's points are spent.

        Raises:
            LimitReached: they are, for the rest of the day.
            QuothError: what was spent is not known, because Poe doesn't say it.
        """
        if not self._ceiling:
            return
        await self.refresh(_FRESH)
        if (spent := self.spent_today) >= self._ceiling:
            tomorrow = _midnight() + _DAY
            error = LimitReached(
                f"{spent} points were spent today; API_DAILY_POINTS is {self._ceiling}.",
                sentence=_CEILING,
                when=f"<t:{tomorrow:.0f}:R>",
            )
            error.lasts = tomorrow - time.time()
            raise error

    def asked(self, handle: str, at: float, paid: Paid | None) -> None:
        """Look for what a question cost that was asked at a Unix time and has ended; ``paid`` is called with it."""
        if paid is not None:
            self._unpaid.append(_Unpaid(_bare(handle), at, time.monotonic(), paid))
        self.watch()

    def watch(self) -> None:
        """Find out how the account is, in the background."""
        self._wake.set()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(), name="poe-points")

    async def close(self) -> None:
        """Stop looking."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})

    async def refresh(self, fresh: float = 0.0) -> None:
        """Ask Poe for the balance and the newest costs, unless that was done within so many seconds.

        Raises:
            QuothError: it does not say; see `bot.poe.api.fetch.fetch`.
        """
        async with self._refreshing:
            midnight, first = _midnight(), self._refreshed is None
            if self._refreshed is not None and time.monotonic() - self._refreshed < fresh:
                return
            begins = midnight if first else time.time() - _LATE
            since = min([begins, *(unpaid.at - _SKEW for unpaid in self._unpaid)])
            self.balance = await self._account.balance()
            expenses = [each for each in await self._account.expenses(since) if each.id not in self._expenses]
            self._expenses |= {expense.id: expense for expense in expenses}
            oldest = min(midnight, since)
            self._expenses = {id_: each for id_, each in self._expenses.items() if each.at >= oldest}
            self._unassigned = [each for each in self._unassigned if each.at >= oldest]
            self._unassigned += [each for each in reversed(expenses) if each.at >= self._began]
            self._refreshed = time.monotonic()
            self._refusal = None
            self._change()
            await self._pay()

    async def low(self) -> AsyncGenerator[int]:
        """Give the balance each time it has fallen below what is worth a warning."""
        was_low = False
        while True:
            changed = self._changed
            is_low = self.balance is not None and self.balance < self._warning
            if self.balance is not None and is_low and not was_low:
                yield self.balance
            was_low = is_low
            await changed.wait()

    async def refusals(self) -> AsyncGenerator[KeyRefused]:
        """Give an error each time Poe has refused the key."""
        while True:
            changed = self._changed
            if self._refusal is not None:
                yield self._refusal
            await changed.wait()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _pay(self) -> None:
        """Assign costs to questions of the same model, those that are nearest in time first."""
        pairs = [
            (unpaid, expense)
            for unpaid in self._unpaid
            for expense in self._unassigned
            if _bare(expense.handle) == unpaid.handle and expense.at >= unpaid.at - _SKEW
        ]
        for unpaid, expense in sorted(pairs, key=lambda pair: abs(pair[0].at - pair[1].at)):
            if unpaid in self._unpaid and expense in self._unassigned:
                self._unassigned.remove(expense)
                self._unpaid.remove(unpaid)
                await unpaid.paid(expense.points)

    async def _watch(self) -> None:
        said = ""
        while True:
            self._wake.clear()
            try:
                await self.refresh()
            except QuothError as error:
                if isinstance(error, KeyRefused):
                    self._refusal = error
                    self._change()
                if error.operator_message != said:
                    said = error.operator_message
                    log.warning("The account's points can't be read: %s", said)
            now = time.monotonic()
            self._unpaid = [unpaid for unpaid in self._unpaid if now - unpaid.ended < _PATIENCE]
            if not self._unpaid and not self._wake.is_set():
                return
            pause = min((now - unpaid.ended for unpaid in self._unpaid), default=0.0)
            await asyncio.sleep(_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, pause - _PAUSE))


def _midnight() -> float:
    now = time.time()
    return now - now % _DAY


def _bare(handle: str) -> str:
    return _PUNCTUATION.sub("", handle).casefold()
