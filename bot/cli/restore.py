"""``quoth restore``: put a copy of the database in its place, and say what was kept and what could not be."""

from collections.abc import Callable
from pathlib import Path

from bot.errors import StorageError
from bot.settings import Settings
from storage.database import UnusableDatabaseError
from storage.restore import restore


def run(settings: Settings, file: Path, show: Callable[[str], None] = print) -> None:
    """Restore the database from ``file`` and show the result line by line.

    Raises:
        StorageError: it could not be restored; the message says why.
    """
    try:
        restored = restore(file, settings.database_path, settings.retention_days)
    except UnusableDatabaseError as error:
        raise StorageError(str(error)) from error
    show(f"{settings.database_path} was restored from {file}.")
    if restored.aside:
        show(f"The previous database is in {restored.aside}. Delete it when you no longer need it.")
    counts = ", ".join(f"{count} {kind}" for kind, count in restored.applied.items() if count)
    if counts:
        show(f"Applied from the previous database: {counts}.")
    for sentence in restored.missing:
        show(f"Note: {sentence}")
