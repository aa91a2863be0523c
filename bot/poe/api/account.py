"""What Poe's API says about the account: its points, and what cost how many (next.md section A6). Asks no model."""

import math
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from bot.errors import PoeUnreachable
from bot.poe.api.fetch import fetch

_PAGE = 100  # entries of a page at most
_PAGES = 20  # that are read at most
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Expense:
    """One entry of the account's history, by its id: when (Unix time) which model cost how many points.

    ``by_api`` is whether it was asked by the API; the history counts what people ask on the website, too.
    """

    id: str
    handle: str
    at: float
    points: int
    by_api: bool = True


class Account:
    """The account that a key belongs to.

    Args:
        url: where the API is.
        key: the API key.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url = f"{url}/usage"
        self._key = key

    async def balance(self) -> int:
        """Return how many points the account has.

        Raises:
            QuothError: as in `bot.poe.api.fetch.fetch`.
        """
        found = await fetch(f"{self._url}/current_balance", self._key)
        fields = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        points = _number(fields.get("current_point_balance"))
        if points is None:
            raise PoeUnreachable("Poe's API doesn't say how many points the account has.")
        return int(points)

    async def expenses(self, since: float) -> list[Expense]:
        """Return what questions by the API cost since a Unix time, the newest first.

        Raises:
            QuothError: as in `bot.poe.api.fetch.fetch`.
        """
        expenses: list[Expense] = []
        after = ""
        for _ in range(_PAGES):
            found = await fetch(f"{self._url}/points_history?limit={_PAGE}{after}", self._key)
            page: dict[str, Any] = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
            entries = cast("list[Any]", page.get("data")) if isinstance(page.get("data"), list) else []
            read = [expense for entry in entries if (expense := _expense(entry)) is not None]
            for expense in read:
                if expense.at < since:
                    return expenses
                if expense.by_api:
                    expenses.append(expense)
            if not page.get("has_more") or not read:
                break
            after = f"&starting_after={quote(read[-1].id, safe='')}"
        return expenses


def _expense(entry: Any) -> Expense | None:
    """Return an entry of the history, None for one that can't be read."""
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    id_, handle = fields.get("query_id"), fields.get("bot_name")
    at, points = _number(fields.get("creation_time")), _number(fields.get("cost_points"))
    if not isinstance(id_, str) or not isinstance(handle, str) or at is None or points is None:
        return None
    return Expense(id_, handle, at / _MICROSECONDS, int(points), fields.get("usage_type") == "API")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value
