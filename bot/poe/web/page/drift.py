"""Saves what Poe's page looked like when something was not found on it, without anything that anybody wrote."""

import contextlib
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import PoeError, SelectorsDrifted
from bot.poe.web.page.chat_page import ChatPage

FOLDER = "quoth-drift"
_KEPT = 5  # pages; older ones are deleted


@contextmanager
def page_saved_on_drift(page: ChatPage, profile: Path | None) -> Generator[None]:
    """If the block raises SelectorsDrifted, save the page in a folder of the profile and name the file in the error.

    Raises:
        SelectorsDrifted: the block's own, with the file's name.
    """
    try:
        yield
    except SelectorsDrifted as error:
        path = None
        with contextlib.suppress(OSError, PoeError):  # the disk is full, or the page is gone
            path = profile and _save(page.tab.redacted_html(), profile / FOLDER)
        if path is None:
            raise
        raise SelectorsDrifted(f"{error.operator_message} Its HTML, without any text, is saved in {path}") from error


def _save(html: str, folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in sorted(folder.glob("*.html"))[: 1 - _KEPT]:
        old.unlink()
    path = folder / f"{time.strftime('%Y-%m-%d %H-%M-%S')}.html"
    path.touch(0o600)
    path.write_text(html, encoding="utf-8")
    return path
