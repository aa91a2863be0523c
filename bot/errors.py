"""Everything that can go wrong, as one tree.

Each class carries two sentences: ``user_message`` is read by the person who asked, ``operator_message`` by whoever runs
Quoth. Both are complete; neither holds a secret or anybody's words.

QuothError
├── SettingsError                  an environment variable is missing or malformed
├── StorageError                   the database can't be opened or is newer than this Quoth
├── PromptError (ValueError)       there is nothing to ask, or it can't be asked as it is
│   └── PromptTooLong              longer than Quoth or Poe takes
├── NotAllowed                     this server's rules, or the operator's, are against it
│   ├── ModelNotAllowed            the server does not offer the model
│   └── LimitExceeded              as much was asked as may be
└── PoeError                       Poe, or the browser that shows it
    ├── UnknownModel (ValueError)  not an id or handle that Quoth knows
    ├── LoginRequired (RuntimeError)
    ├── ChallengeShown (RuntimeError)
    ├── SelectorsDrifted (RuntimeError)   the page no longer looks as bot/poe/locators.py says
    ├── ModelUnavailable           Poe does not serve the handle, or not to this account
    ├── QueueFull                  too many asks wait already
    ├── LimitReached               the account is out of messages or points
    ├── RateLimited                Poe asks for a slower pace
    ├── NotSent                    Poe did not take the prompt
    ├── AnswerFailed               Poe reported an error instead of an answer
    ├── AnswerStalled              nothing came for too long
    ├── PoeUnreachable             no way to Poe: network, or its servers
    └── BrowserFailed              the browser did not start, crashed or hangs
"""

from collections.abc import Sequence

from bot.languages import t


class QuothError(Exception):
    """The root of the tree: an expected failure with a sentence for each reader."""

    user_message = "Something went wrong. Please try again."
    operator_message = "Something went wrong."

    def __init__(self, operator_message: str | None = None, *, user_message: str | None = None) -> None:
        self.operator_message = operator_message or type(self).operator_message
        self.user_message = user_message or type(self).user_message
        super().__init__(self.operator_message)


class SettingsError(QuothError):
    """A setting is missing or malformed; the sentence names it."""


class StorageError(QuothError):
    """The database can't be used; the sentence says why. Nothing was overwritten."""


class PromptError(QuothError, ValueError):
    """The prompt can't be asked as it is."""

    user_message = "There is no question in that message."
    operator_message = "The prompt is empty."


class PromptTooLong(PromptError):
    """The prompt is longer than Quoth or the model takes."""

    user_message = "That is too long for this model. Please shorten it."
    operator_message = "The prompt is too long for the model."


class NotAllowed(QuothError):
    """A rule of the server or of the operator is against it, or a permission is missing."""

    operator_message = "Somebody may not do what they tried."


class ModelNotAllowed(NotAllowed):
    """The model is one of Quoth's, but the server's admins don't offer it; ``instead`` are some that they do."""

    def __init__(self, name: str, instead: Sequence[str] = ()) -> None:
        hint = " " + t("{models} can be used.", models=_listed(instead)) if instead else ""
        super().__init__(
            "Somebody named a model that their server does not offer.",
            user_message=t("This server's admins don't offer `{model}` here.", model=name) + hint,
        )


class LimitExceeded(NotAllowed):
    """As much was asked as may be; the sentence says what the limit is and when to try again."""

    def __init__(self, sentence: str) -> None:
        super().__init__("A limit for asks was reached.", user_message=sentence)


class PoeError(QuothError):
    """Poe, or the browser that shows it, did not do what was asked."""

    user_message = "Poe could not answer this time. Please try again later."
    operator_message = "Poe could not answer."
    lasts = 0.0
    """Seconds after which it is well again, where that is known; else 0."""


class UnknownModel(PoeError, ValueError):
    """The name is no id and no handle that Quoth knows; ``near`` holds similar names, best first."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        shown = name if len(name) <= 80 else name[:79] + "…"
        hint = f" Did you mean {_listed(near)}?" if near else " `/model show` tells which one is used here."
        super().__init__(
            "Somebody named a model that is not offered.", user_message=f"I don't know a model called “{shown}”.{hint}"
        )
        # What people type belongs into no log, but whoever catches a ValueError wants to know which value.
        self.args = (f"Unsupported model: {shown}." + (f" Near ones: {', '.join(near)}." if near else ""),)
        self.near = tuple(near)


class LoginRequired(PoeError, RuntimeError):
    """Poe shows its login page, or no prompt's text area where one should be."""

    user_message = "Quoth is not logged in to Poe at the moment. Its operator has to log in again."
    operator_message = "Prompt textarea not found: a login to Poe may be needed. Run `quoth login`."


class ChallengeShown(PoeError, RuntimeError):
    """A challenge page stands in front of Poe. Quoth neither solves nor evades it."""

    user_message = "Poe wants to see a human first. Quoth's operator has to look at it."
    operator_message = "Poe shows a challenge page: open the browser with `quoth login` and answer it yourself."


class SelectorsDrifted(PoeError, RuntimeError):
    """The page loaded, but a part that Quoth needs was not found on it."""

    user_message = "Poe's page has changed and Quoth can't use it until it is updated."
    operator_message = "Poe's page has changed: run `quoth doctor` and mend bot/poe/locators.py."


class ModelUnavailable(PoeError):
    """Poe has no such model, or this account may not use it."""

    user_message = "Poe does not offer this model to Quoth. Please choose another."
    operator_message = "Poe does not serve this handle to the account."


class LimitReached(PoeError):
    """The account is out of messages or points for now."""

    user_message = "Quoth's Poe account has used up its points for now. Please try again later."
    operator_message = "The Poe account has reached its limit of messages or points."


class QueueFull(PoeError):
    """Too many asks wait already."""

    user_message = "Too many questions are waiting already. Please try again in a few minutes."
    operator_message = "Too many asks are waiting already."


class RateLimited(PoeError):
    """Poe asks for a slower pace, or for fewer answers at once."""

    user_message = "Poe asks for a slower pace. Please try again in a minute."
    operator_message = "Poe refused the prompt because of its rate limit."


class NotSent(PoeError):
    """The prompt did not leave the page; it was not sent a second time."""

    user_message = "Poe did not take the question. Please try again."
    operator_message = "The prompt was typed, but Poe's page did not send it."


class AnswerFailed(PoeError):
    """Poe marked the answer as failed."""

    user_message = "The model reported an error instead of finishing its answer."
    operator_message = "Poe marked the answer as failed."


class AnswerStalled(PoeError):
    """Nothing arrived for longer than a time limit allows."""

    user_message = "The model stopped answering. What arrived so far is shown."
    operator_message = "No news from Poe within the time limit."


class PoeUnreachable(PoeError):
    """Poe's servers don't answer, or there is no way to them."""

    user_message = "Poe can't be reached at the moment. Please try again later."
    operator_message = "Poe can't be reached."


class BrowserFailed(PoeError):
    """The browser did not start, crashed, or no longer answers."""

    user_message = "Quoth's browser had a problem. Please try again in a minute."
    operator_message = "The browser failed."


def _listed(names: Sequence[str]) -> str:
    *first, last = (f"`{name}`" for name in names)
    return f"{', '.join(first)} or {last}" if first else last
