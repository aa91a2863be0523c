"""Which of several choices is in effect: the nearest one, with what admins decide alone."""

import pytest

from bot.conversation import Place, ResolvedPreferences, Rule
from bot.policy.preferences import Layer, LayeredPreferences
from storage.preferences import Preferences

DEFAULT = ResolvedPreferences("gpt-4", history=20)


def resolve(place: Place = Place(1, 2, 3), **chosen: Preferences) -> ResolvedPreferences:
    """Return what is in effect where these chose something."""
    rules: dict[str, Rule] = {
        "you": "you",
        "thread": "this channel",
        "channel": "this channel",
        "server": "this server",
    }
    layers = tuple(Layer(rule, chosen.get(name, Preferences())) for name, rule in rules.items())
    return LayeredPreferences(place, layers, DEFAULT).resolve()


def test_the_nearest_choice_is_in_effect() -> None:
    """A person's choice decides before a thread's, its channel's, the server's and the operator's, each by itself."""
    assert resolve() == DEFAULT
    found = resolve(
        you=Preferences(private=False),
        thread=Preferences(thinking="hidden"),
        channel=Preferences(thinking="kept", history=5),
        server=Preferences("palm", private=True, finish_ping=True),
    )
    assert found == ResolvedPreferences("palm", 5, "hidden", False, False, True, "en")


def test_what_admins_decide_alone() -> None:
    """Nobody reads history where admins switched it off, nor has every message answered by their own choice."""
    found = resolve(you=Preferences(history=50, every_message=True), server=Preferences(history=0))
    assert (found.history, found.every_message) == (0, False)
    assert resolve(you=Preferences(history=0), server=Preferences(history=5)).history == 0
    assert resolve(channel=Preferences(every_message=True)).every_message


@pytest.mark.parametrize(
    ("own", "channel", "discord", "guild", "expected"),
    [
        ("en", "ru", "ru", "ru", "en"),
        (None, "ru", "en", "ru", "en"),
        (None, "ru", None, "en", "ru"),
        (None, None, None, "ru", "ru"),
        (None, None, None, None, "en"),
    ],
)
def test_the_language(
    own: str | None, channel: str | None, discord: str | None, guild: str | None, expected: str
) -> None:
    """One's own choice decides, then the language of one's Discord, the channel's choice, and the server's Discord."""
    place = Place(1, 2, 3, own_language=discord, guild_language=guild)
    assert resolve(place, you=Preferences(language=own), channel=Preferences(language=channel)).language == expected
