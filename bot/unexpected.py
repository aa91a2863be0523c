"""A failure that is no QuothError: what a person reads of it, and what the log says."""

import logging

from bot.discord_errors import lacking
from bot.i18n.translate import t
from bot.permissions import permission_name
from storage.database import DatabaseFailure


def sentence(error: BaseException) -> str:
    """Return what a person reads of an unexpected failure: what can be fixed, and no internal detail."""
    if permission := lacking(error):
        return t(
            "Quoth needs the *{permission}* permission here to do that. `/diagnose` shows what's missing.",
            permission=permission_name(permission),
        )
    if isinstance(error, DatabaseFailure):
        return t("Quoth can't use its database right now, so nothing was changed. The bot's operator has to fix it.")
    return t("Something went wrong. Try again.")


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log an unexpected failure: in one line if the database can't be used, which no traceback explains."""
    if isinstance(error, DatabaseFailure):
        log.error("%s failed because the database can't be used: %s.", what, error)
    else:
        log.error("%s failed unexpectedly.", what, exc_info=error)
