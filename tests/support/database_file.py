"""Look at a database file without Quoth."""

import sqlite3
from contextlib import closing
from pathlib import Path


def contents(path: Path) -> bytes:
    """Return all bytes of a file."""
    return path.read_bytes()


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Read from a database file without Quoth."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()
