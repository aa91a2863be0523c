"""Recognises a message that another bot, such as PluralKit, replaces by a webhook's copy under another name."""

import asyncio
import time
from collections import deque

_SECONDS = 3.0  # between a copy and the deletion of its original, in either order
_KEPT = 200  # webhooks' messages that are remembered at most
_TAGS = 100  # characters around the text that the copy may lack: they choose the name


class WebhookCopies:
    """What webhooks wrote within the last seconds."""

    def __init__(self) -> None:
        self._copies: deque[tuple[float, int, str]] = deque(maxlen=_KEPT)
        self._added = asyncio.Condition()

    async def add(self, channel: int, text: str) -> None:
        """Remember what a webhook wrote in a channel."""
        async with self._added:
            self._copies.append((time.monotonic(), channel, text))
            self._added.notify_all()

    async def appears(self, channel: int, text: str) -> bool:
        """Return whether a copy of a text was written in a channel just before, or is within the next seconds."""
        since = time.monotonic() - _SECONDS

        def there() -> bool:
            return any(at >= since and where == channel and is_copy(text, copy) for at, where, copy in self._copies)

        try:
            async with asyncio.timeout(_SECONDS), self._added:
                return await self._added.wait_for(there)
        except TimeoutError:
            return False


def is_copy(original: str, copy: str) -> bool:
    """Whether a text is a copy of another one; it may lack what chooses the name, as in ``A: Hello``."""
    original, copy = original.strip(), copy.strip()
    return original == copy or (bool(copy) and copy in original and len(original) - len(copy) <= _TAGS)
