"""The newest warnings and errors, for the operator to read in Discord. No log line contains what people wrote."""

import logging
from collections import deque
from dataclasses import dataclass

from bot.ops.log_format import redact

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; ``at`` is Unix time in seconds."""

    at: float
    level: str
    message: str


class Logbook(logging.Handler):
    """A handler that keeps the newest log lines while it is open, the newest last."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.entries: deque[Entry] = deque(maxlen=_KEPT)

    def open(self) -> None:
        """Start to listen to every logger."""
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, without its traceback. Called from any thread."""
        try:
            self.entries.append(Entry(record.created, record.levelname, redact(record.getMessage())))
        except (TypeError, ValueError):
            self.handleError(record)

    def close(self) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self)
        super().close()
