"""How long models may take: the operator's limits, and longer ones for models that need minutes."""

import pytest

from bot import bootstrap
from bot.poe.api.backend import ApiBackend
from bot.poe.api.limits import TimeLimits
from bot.poe.patience import Patience, patient
from bot.poe.web.backend import WebBackend
from bot.poe.web.page import chat_page
from bot.settings import Settings

SLOW = (
    "Perplexity-Deep-Research",
    "o3-deep-research",
    "GPT-5.4-Pro",
    "o1-pro",
    "Veo-3.1",
    "Sora-2",
    "Runway-Gen-4-Turbo",
)
QUICK = ("GPT-4o", "Claude-Sonnet-5.5", "Gemini-3.1-Pro", "My-Bot", "GPT-3.5-Turbo")


@pytest.mark.parametrize("handle", SLOW)
def test_models_that_need_minutes_have_them(handle: str) -> None:
    """Research, pro and video models may think for at least a quarter of an hour, by either backend."""
    for limits in (TimeLimits(), chat_page.TimeLimits()):
        assert patient(limits, handle).first_text >= 900
        assert patient(limits, handle).total >= 1800
        assert patient(limits, handle).silence > limits.silence


@pytest.mark.parametrize("handle", QUICK)
def test_other_models_have_the_usual_limits(handle: str) -> None:
    """No other model makes people wait longer than the operator says."""
    assert patient(TimeLimits(), handle) == TimeLimits()


def test_longer_limits_of_the_operators_hold() -> None:
    """What the operator allows to every model is allowed to slow ones as well."""
    assert patient(TimeLimits(7000.0, 7000.0, 14000.0), "o1-pro") == TimeLimits(7000.0, 7000.0, 14000.0)


def test_the_limits_are_settings() -> None:
    """Both backends wait as long as the settings say, and the reader is told the limits of the model that is asked."""
    environment = {
        "POE_API_KEY": "key-of-tests",
        "POE_FALLBACK": "api",
        "POE_BACKEND": "browser",
        "ANSWER_FIRST_TEXT": "33",
        "ANSWER_SILENCE": "22",
        "ANSWER_TOTAL": "44",
    }
    settings = Settings.read(environment, need_token=False)
    browsers, api = bootstrap.backends(settings, bootstrap.poe_points(settings))
    for backend in (*browsers.values(), api):
        assert isinstance(backend, WebBackend | ApiBackend)
        assert backend.patience("GPT-4o") == Patience(33, 22)
        assert backend.patience("o1-pro") == Patience(900, 300)
