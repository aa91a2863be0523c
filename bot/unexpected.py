"""The sentence for a failure that is no QuothError: it names what can be fixed, and no internal detail."""

from bot.discord_errors import lacking
from bot.i18n.translate import t
from bot.permissions import permission_name
from storage.database import DatabaseFailure


def sentence(error: BaseException) -> str:
    """Return what a person reads of an unexpected failure of a command or an ask."""
    if permission := lacking(error):
        return t(
            "Quoth needs the *{permission}* permission here to do that. `/diagnose` shows what's missing.",
            permission=permission_name(permission),
        )
    if isinstance(error, DatabaseFailure):
        return t("Quoth can't use its database right now, so nothing was changed. The bot's operator has to fix it.")
    return t("Something went wrong. Try again.")
