"""Numbers and durations in the words of a reader."""

from collections.abc import Generator

import pytest

from bot.conversation import Snapshot, State
from bot.i18n.numbers import duration, number
from bot.i18n.translate import speak
from bot.reply.status_line import status_lines


@pytest.fixture(autouse=True)
def in_english() -> Generator[None]:
    """English before and after."""
    speak("en")
    yield
    speak("en")


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0.4, "0 s", "0 с"),
        (90, "90 s", "90 с"),
        (91, "2 min", "2 мин"),
        (95.0, "2 min", "2 мин"),
        (600, "10 min", "10 мин"),
        (7_100, "118 min", "118 мин"),
        (9_000, "2.5 h", "2,5 ч"),
        (86_400, "24 h", "24 ч"),
    ],
)
def test_durations(seconds: float, english: str, russian: str) -> None:
    """A duration of over 90 seconds is in minutes, one of two hours or more in hours."""
    assert duration(seconds) == english
    speak("ru")
    assert duration(seconds) == russian


def test_large_numbers_have_separators() -> None:
    """A number is written as its reader writes numbers."""
    assert (number(8_000), number(24_310), number(7)) == ("8,000", "24,310", "7")
    speak("ru")
    assert number(24_310).replace("\N{NO-BREAK SPACE}", " ") == "24 310"


def test_a_reply_s_times_are_in_minutes() -> None:
    """What a reply says of its waiting time and of how long it took is in minutes, where that is long."""
    done = status_lines(Snapshot("So it is.", State.DONE), "gpt-4", "", 754.0)
    assert done.endswith("gpt-4 · 13 min · done")
    waiting = Snapshot(state=State.QUEUED, ahead=3, wait=95.0)
    assert status_lines(waiting, "gpt-4", "", 0.0).endswith("Waiting, 3 ahead, about 2 min")
    held = Snapshot(state=State.QUEUED, wait=7_200.0, held="Poe can't be reached right now.")
    assert status_lines(held, "gpt-4", "", 0.0).endswith("Poe can't be reached right now. Retrying in about 2 h")
