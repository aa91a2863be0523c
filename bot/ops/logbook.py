"""The newest warnings and errors, for the operator to read in Discord. No log holds anybody's words."""

import logging
from collections import deque
from dataclasses import dataclass

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; ``at`` is Unix time in seconds."""

    at: float
    level: str
    message: str


class Logbook(logging.Handler):
    """Keeps what is logged while it is open, the newest last."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.entries: deque[Entry] = deque(maxlen=_KEPT)

    def open(self) -> None:
        """Listen to every logger."""
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, without the traceback. From any thread."""
        try:
            self.entries.append(Entry(record.created, record.levelname, record.getMessage()))
        except (TypeError, ValueError):
            self.handleError(record)

    def close(self) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self)
        super().close()
