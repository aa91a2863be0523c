"""The newest warnings and errors, for the operator to read in Discord. No log line contains what people wrote."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.ops.log_format import redact

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log, which came so many times, last at a Unix time in seconds."""

    at: float
    level: str
    message: str
    times: int = 1


class Logbook(logging.Handler):
    """A handler that keeps the newest log lines while it is open, each once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._entries: dict[tuple[str, str], Entry] = {}

    @property
    def entries(self) -> Sequence[Entry]:
        """The lines, the newest last."""
        return list(self._entries.values())

    def open(self) -> None:
        """Start to listen to every logger."""
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, without its traceback. Called from any thread."""
        try:
            line = record.levelname, redact(record.getMessage())
            before = self._entries.pop(line, None)
            self._entries[line] = Entry(record.created, *line, times=before.times + 1 if before else 1)
            if len(self._entries) > _KEPT:
                del self._entries[next(iter(self._entries))]
        except (TypeError, ValueError):
            self.handleError(record)

    def close(self) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self)
        super().close()
