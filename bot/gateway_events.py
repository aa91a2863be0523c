"""Keeps out gateway events that came before, and survives those that discord.py can't parse.

Discord delivers an event again when a connection is resumed. discord.py ends the whole connection with whatever its
parsers raise (discord.md section 9).
"""

import logging
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any

from cachetools import LRUCache

from bot.errors import QuothError

log = logging.getLogger(__name__)

_REMEMBERED = (
    20_000  # ids; a busy bot gets some 50 messages a second, and a resumed connection repeats those of minutes
)
_DELETIONS = ("MESSAGE_DELETE", "MESSAGE_DELETE_BULK")


class GatewayUnreadable(QuothError):
    """Discord's gateway sends something without which Quoth can't start; the message says what to do."""


class GatewayEvents:
    """Stands before discord.py's parsers.

    Args:
        parsers: discord.py's, by the event's name; they are replaced.
    """

    def __init__(self, parsers: MutableMapping[str, Callable[[Any], None]]) -> None:
        self._seen: LRUCache[int, None] = LRUCache(_REMEMBERED)
        self._skipped = set[tuple[str, str]]()
        self.ready = False
        """Whether a connection was ever ready."""
        for name, parse in list(parsers.items()):
            parsers[name] = partial(self._handle, name, parse)

    def _handle(self, name: str, parse: Callable[[Any], None], data: object) -> None:
        """Parse an event, unless it came before; skip it if it can't be parsed.

        Raises:
            GatewayUnreadable: it was READY that can't be parsed.
        """
        try:
            if self._came_before(name, data):
                log.info("Discord delivered %s again; it was dropped.", name)
                return
            parse(data)
        except Exception as error:
            # The error's message and traceback can quote what people wrote.
            if name == "READY":
                raise GatewayUnreadable("Discord's READY can't be read. Update Quoth, then start it again.") from error
            self._note_skipped(name, type(error).__name__)
        else:
            self.ready = self.ready or name == "READY"

    def _came_before(self, name: str, data: Any) -> bool:
        """Whether a message or interaction came before, or a message after its own deletion."""
        if name in _DELETIONS:
            self._seen.update((int(id_), None) for id_ in data.get("ids") or [data["id"]])
        if name not in ("MESSAGE_CREATE", "INTERACTION_CREATE"):
            return False
        came_before = (id_ := int(data["id"])) in self._seen
        self._seen[id_] = None
        return came_before

    def _note_skipped(self, name: str, kind: str) -> None:
        if (name, kind) not in self._skipped:
            self._skipped.add((name, kind))
            log.warning("Discord sent a %s that can't be read (%s). Such events are skipped.", name, kind)
