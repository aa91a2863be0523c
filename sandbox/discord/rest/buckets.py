"""Rate limits as discord.md section 1 describes them: a bucket per route and channel, announced in headers.

All figures are unofficial measurements by others; they are defaults, not promises.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Rule:
    """`limit` requests per `per` seconds.

    Sliding (the common case since 2022): tokens come back one by one, and Reset-After says when the bucket is full.
    Fixed: all tokens come back at once, `per` seconds after the window's first request.
    """

    limit: int
    per: float
    fixed: bool = False


@dataclass(frozen=True)
class Limits:
    """The rate limits; None means unlimited and without headers, as some of Discord's routes are."""

    edit: Rule | None = Rule(5, 5)
    """PATCH of a message by bot token, per channel."""
    old_edit: Rule | None = Rule(3, 6)
    """The same for messages older than an hour; answered with code 30046."""
    send: Rule | None = Rule(5, 5)
    """POST of a message, per channel."""
    history: Rule | None = Rule(5, 5)
    """GET of messages, per channel."""
    typing: Rule | None = Rule(5, 5)
    """POST of typing, per channel."""
    interaction: Rule | None = Rule(5, 2)
    """Edits, followups, reads and deletes by an interaction's token, together."""
    webhook_creates: Rule | None = Rule(30, 60, fixed=True)
    """Followups in one channel, over all interactions. No header announces this limit."""
    commands: Rule | None = Rule(2, 60)
    """PUT of the global commands, per application."""
    gateway_bot: Rule | None = Rule(2, 5)
    """GET /gateway/bot."""
    everything: Rule | None = Rule(50, 1, fixed=True)
    """All routes that need the bot's token, together."""

    def all_fixed(self) -> "Limits":
        """Return the same figures as fixed windows."""
        rules = {f.name: getattr(self, f.name) for f in fields(self)}
        return Limits(**{name: rule and replace(rule, fixed=True) for name, rule in rules.items()})


LIMITS = Limits()
UNLIMITED = Limits(**{f.name: None for f in fields(Limits)})


@dataclass(frozen=True)
class Grant:
    """What a bucket decided for one request. Times are in seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset_after: float
    retry_after: float


class _Sliding:
    """A bucket whose tokens come back evenly."""

    def __init__(self, rule: Rule, now: float) -> None:
        self._rule = rule
        self._tokens = float(rule.limit)
        self._at = now

    def take(self, now: float) -> Grant:
        rate = self._rule.limit / self._rule.per
        self._tokens = min(self._rule.limit, self._tokens + (now - self._at) * rate)
        self._at = now
        # A client that waited exactly as long as it was told must not fail because of a rounding error.
        allowed = self._tokens > 1 - 1e-6
        if allowed:
            self._tokens = max(0.0, self._tokens - 1)
        return Grant(
            allowed=allowed,
            limit=self._rule.limit,
            remaining=math.floor(self._tokens) if allowed else 0,
            reset_after=(self._rule.limit - self._tokens) / rate,
            retry_after=0.0 if allowed else (1 - self._tokens) / rate,
        )


class _FixedWindow:
    """A bucket that is full again when its window ends."""

    def __init__(self, rule: Rule, now: float) -> None:
        self._rule = rule
        self._taken = 0
        self._ends = now + rule.per

    def take(self, now: float) -> Grant:
        if now >= self._ends:
            self._taken, self._ends = 0, now + self._rule.per
        allowed = self._taken < self._rule.limit
        self._taken += allowed
        left = self._ends - now
        return Grant(allowed, self._rule.limit, self._rule.limit - self._taken, left, 0.0 if allowed else left)


class Buckets:
    """All buckets.

    Args:
        limits: The rules by name.
        monotonic: Monotonic time in seconds.
    """

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, str], _Sliding | _FixedWindow] = {}

    def take(self, rule_name: str, scope: str) -> Grant | None:
        """Take one token of a rule for a channel, a token or the like; None when the rule is off."""
        rule: Rule | None = getattr(self.limits, rule_name)
        if rule is None:
            return None
        now = self._monotonic()
        bucket = self._buckets.get((rule_name, scope))
        if bucket is None:
            bucket = _FixedWindow(rule, now) if rule.fixed else _Sliding(rule, now)
            self._buckets[rule_name, scope] = bucket
        return bucket.take(now)


def bucket_hash(rule_name: str) -> str:
    """Return the opaque name of a bucket; the channel is not part of it."""
    return hashlib.blake2s(rule_name.encode(), digest_size=16).hexdigest()


def headers(rule_name: str, grant: Grant, now: float) -> dict[str, str]:
    """Return the headers that describe a bucket.

    Args:
        rule_name: The rule.
        grant: What the bucket decided.
        now: Unix time in seconds.
    """
    return {
        "X-RateLimit-Bucket": bucket_hash(rule_name),
        "X-RateLimit-Limit": str(grant.limit),
        "X-RateLimit-Remaining": str(grant.remaining),
        "X-RateLimit-Reset": f"{now + grant.reset_after:.3f}",
        "X-RateLimit-Reset-After": f"{milliseconds_up(grant.reset_after):.3f}",
    }


def milliseconds_up(seconds: float) -> float:
    """Round seconds up to whole milliseconds, so that nobody is told to come back too early."""
    return math.ceil(seconds * 1000) / 1000
