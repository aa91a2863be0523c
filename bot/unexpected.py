"""The sentence for a failure that is no QuothError: it names what can be fixed, and no internal detail."""

from bot.discord_errors import lacking
from bot.i18n.translate import t
from bot.permissions import permission_name
from storage.database import DatabaseFailure


def sentence(error: BaseException) -> str:
    """Return what a person reads of an unexpected failure of a command or an ask."""
    if permission := lacking(error):
        return t(
            "Discord does not let Quoth do that: it lacks the permission {permission} here. `/diagnose` says what for.",
            permission=permission_name(permission),
        )
    if isinstance(error, DatabaseFailure):
        return t("Quoth can't use its database at the moment, so nothing was changed. Its operator has to look at it.")
    return t("Something went wrong inside Quoth. Please try again.")
