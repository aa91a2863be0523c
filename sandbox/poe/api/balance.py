"""The account's points at the official API, and what they were spent on (next.md section A6)."""

import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

_HOUR = 3_600_000_000  # microseconds
_CHARACTERS = 4  # a token's, roughly
_PRICES = {"Input": 0.02, "Output": 0.1}  # points for a token; made up


@dataclass(frozen=True, slots=True)
class Charge:
    """One row of the account's history."""

    bot_name: str
    usage_type: str
    """"API", "Chat" (the web page) or "Canvas App"."""
    points: int
    breakdown: Mapping[str, str] = field(default_factory=dict[str, str])
    created: int = field(default_factory=lambda: time.time_ns() // 1000)
    """Microseconds since the epoch."""
    query_id: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def as_json(self) -> dict[str, object]:
        """Return the row as the API does."""
        return {
            "creation_time": self.created,
            "bot_name": self.bot_name,
            "query_id": self.query_id,
            "usage_type": self.usage_type,
            "cost_points": self.points,
            "cost_usd": f"{self.points * 3e-5:.2f}",
            "cost_breakdown_in_points": dict(self.breakdown),
            "chat_name": "A chat in the browser" if self.usage_type == "Chat" else None,
            "api_key_name": "sandbox" if self.usage_type == "API" else None,
        }


class Balance:
    """The points of the one account; what the page spends isn't counted."""

    def __init__(self) -> None:
        now = time.time_ns() // 1000
        self.points = 1_000_000
        self.history = [
            Charge("Nano-Banana", "Canvas App", 450, created=now - 50 * _HOUR),
            Charge("GPT-4o", "Chat", 37, created=now - 26 * _HOUR),
        ]
        """Oldest first. It begins with what the account's owner did elsewhere."""

    def charge(self, bot_name: str, prompt: str, text: str) -> int:
        """Charge what was read and written, and return how many points that cost."""
        tokens = {kind: math.ceil(len(part) / _CHARACTERS) for kind, part in (("Input", prompt), ("Output", text))}
        costs = {kind: math.ceil(count * _PRICES[kind]) for kind, count in tokens.items()}
        breakdown = {kind: f"{costs[kind]} points ({count} tokens)" for kind, count in tokens.items()}
        cost = sum(costs.values())
        self.points -= cost
        self.history.append(Charge(bot_name, "API", cost, breakdown))
        return cost
