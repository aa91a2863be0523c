"""What a dialog on Poe's page stands for: a price to agree to, a limit, or something else."""

import pytest

from bot.errors import LimitReached, NotSent, PoeError, PriceNotAgreed, SelectorsDrifted
from bot.poe.web.browser.tab import PageState
from bot.poe.web.page.obstacles import dialog_error, not_sent_error

PRICES = {
    "Confirm the price\nThis message costs 350 points, which is above your budget for a message.": 350,
    "This message will cost 1,250 points\nIt is over your per-message limit.\nSend for 1,250 points": 1250,
    "Above your message budget\nConfirm to send this message": 0,
    "Price increased\nThis bot's price is now 20 points per message. Continue?": 20,
}
LIMITS = (
    "You need more points\nThis message costs 350 points, and you have 20.",
    "You are out of points. They reset in 2 hours.",
    "Not enough points\nThis message costs 350 points.",
    "Your daily limit is used up. Upgrade to go on.",
)
OTHERS = ("Subscribe to get more of everything", "Open links in the app?", "")


@pytest.mark.parametrize("dialog", PRICES)
def test_a_price_to_agree_to_is_a_state_of_its_own(dialog: str) -> None:
    """A dialog about what a message costs is no limit of the account; the price is known where the dialog says it."""
    for error in (not_sent_error(PageState(dialog=dialog)), dialog_error(PageState(dialog=dialog))):
        assert isinstance(error, PriceNotAgreed)
        assert error.points == PRICES[dialog]


@pytest.mark.parametrize("dialog", LIMITS)
def test_a_lack_of_points_is_a_limit(dialog: str) -> None:
    """Where the account can't pay, the dialog tells a limit, also if it names a price."""
    for error in (not_sent_error(PageState(dialog=dialog)), dialog_error(PageState(dialog=dialog))):
        assert isinstance(error, LimitReached)
    assert isinstance(not_sent_error(PageState(limit="350 points is the price", dialog=None)), LimitReached)


@pytest.mark.parametrize("dialog", OTHERS)
def test_any_other_dialog_is_neither(dialog: str) -> None:
    """A dialog about something else is told as what it kept from happening."""
    kinds: dict[type[PoeError], PoeError] = {
        NotSent: not_sent_error(PageState(dialog=dialog)),
        SelectorsDrifted: dialog_error(PageState(dialog=dialog)),
    }
    assert all(type(error) is kind for kind, error in kinds.items())
