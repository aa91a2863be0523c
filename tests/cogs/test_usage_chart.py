"""The picture of /usage, as far as a computer can look at it."""

import io
from datetime import date

import pytest
from PIL import Image

from bot.ui.usage_chart import draw


def picture(*names: str) -> bytes:
    """Return the pixels of a chart of one day with these models."""
    with Image.open(io.BytesIO(draw({date(2026, 11, 1): dict.fromkeys(names, 1)}))) as image:
        return image.tobytes()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Мир", "Дом"),
        ("Αθήνα", "Θήβαι"),
        ("通义千问", "文心一言"),
        ("さくら", "いろは"),
        ("클로바", "하이퍼"),
        ("Łódź", "Šiđe"),
    ],
)
def test_every_alphabet_has_its_letters(one: str, other: str) -> None:
    """Names of the same length don't look the same, as they would if their letters were boxes."""
    assert picture(one) != picture(other)


@pytest.mark.parametrize("letter", ["W", "Щ", "模"])
def test_a_long_name_is_cut(letter: str) -> None:
    """Of a name that is wider than its place only the beginning is drawn."""
    assert picture(letter * 40) == picture(letter * 50)
