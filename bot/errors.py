"""Everything that can go wrong, as one tree.

Each class has two messages: ``user_message`` for the person who asked, in their language, and ``operator_message`` for
the operator and the log. Both are complete sentences; neither contains a secret or anything that people wrote.

QuothError
├── SettingsError                  an environment variable is missing or malformed
├── StorageError                   the database can't be opened or is newer than this Quoth
├── OperatorOnly                   a command that only Quoth's operator may use
├── InMaintenance                  new asks are refused for a while
├── PromptError (ValueError)       there is nothing to ask, or it can't be asked as it is
│   ├── PromptTooLong              longer than Quoth or Poe takes
│   ├── FileRefused                an attached file is no text, or too large
│   └── NotForReading              the author of the chosen message has opted out
├── TooManyWaiting                 too many asks wait in one conversation
├── NotAllowed                     a rule of the server or the operator forbids it, or a permission is missing
│   ├── ModelNotAllowed            the server does not offer the model
│   └── LimitExceeded              a limit for asks is reached
└── PoeError                       Poe, or the browser that shows it
    ├── UnknownModel (ValueError)  not an id or handle that Quoth knows
    ├── LoginRequired (RuntimeError)
    ├── ChallengeShown (RuntimeError)
    ├── SelectorsDrifted (RuntimeError)   the page no longer looks as bot/poe/web/page/locators.py says
    ├── ModelUnavailable           Poe does not serve the handle, or not to this account
    ├── QueueFull                  too many asks wait for Poe
    ├── LimitReached               the account is out of messages or points
    ├── RateLimited                Poe's rate limit is reached
    │   └── TooManyAtOnce          too many answers run at once for one account
    ├── NotSent                    Poe did not take the prompt
    ├── AnswerFailed               Poe reported an error instead of an answer
    ├── AnswerCancelled            Poe ended an answer early
    ├── AnswerStalled              nothing arrived for too long
    ├── PoeUnreachable             the network or Poe's servers are down
    └── BrowserFailed              the browser did not start, crashed or hangs
"""

from collections.abc import Sequence

from bot.i18n.translate import Plural, later, t

_UNKNOWN = later("I don't know a model called “{name}”. `/model show` tells which one is used here.")
_UNKNOWN_LIKE_ONE = later("I don't know a model called “{name}”. Did you mean {last}?")
_NOT_OFFERED_BUT = later("This server's admins don't offer `{model}` here. {instead} can be used.")
_UNKNOWN_LIKE_SOME = later("I don't know a model called “{name}”. Did you mean {others} or {last}?")


class QuothError(Exception):
    """The root of the tree: an expected failure with a message for each reader."""

    sentence: str | Plural = later("Something went wrong. Please try again.")
    operator_message = "Something went wrong."

    def __init__(
        self, operator_message: str | None = None, *, sentence: str | Plural | None = None, **values: object
    ) -> None:
        self.operator_message = operator_message or type(self).operator_message
        self.sentence = sentence or type(self).sentence
        self.values = values
        super().__init__(self.operator_message)

    @property
    def user_message(self) -> str:
        """The message for the person who asked, in the current language."""
        return t(self.sentence, **self.values)


class SettingsError(QuothError):
    """A setting is missing or malformed; the message names it."""


class StorageError(QuothError):
    """The database can't be used; the message says why. Nothing was overwritten."""


class OperatorOnly(QuothError):
    """Somebody used a command that only the operator may use."""

    sentence = later("Only Quoth's operator can do that.")
    operator_message = "Somebody used a command that only the operator may use."


class InMaintenance(QuothError):
    """The operator has stopped new asks for a while."""

    sentence = later("Quoth is in maintenance and takes no questions at the moment. Please try again later.")
    operator_message = "Quoth is in maintenance."


class PromptError(QuothError, ValueError):
    """The prompt can't be asked as it is."""

    sentence = later("There is no question in that message.")
    operator_message = "The prompt is empty."


class PromptTooLong(PromptError):
    """The prompt is longer than Quoth or the model takes."""

    sentence = later("That is too long for this model. Please shorten it.")
    operator_message = "The prompt is too long for the model."


class FileRefused(PromptError):
    """An attached file can't be read; the message names it and says why."""

    operator_message = "An attached file is none that Quoth can read."


class NotForReading(PromptError):
    """The author of the message that the question is about has opted out."""

    sentence = later("Whoever wrote that message does not want Quoth to read it.")
    operator_message = "The author of the chosen message has opted out."


class TooManyWaiting(QuothError):
    """Too many asks wait in one conversation."""

    sentence = later("Too many of your questions are waiting here already. Please let some be answered first.")
    operator_message = "Too many asks wait in one conversation."


class NotAllowed(QuothError):
    """A rule of the server or the operator forbids it, or a permission is missing."""

    operator_message = "Somebody tried something that they may not do."


class ModelNotAllowed(NotAllowed):
    """Quoth has the model, but the server's admins don't offer it; ``instead`` names some that they do."""

    sentence = later("This server's admins don't offer `{model}` here.")

    def __init__(self, name: str, instead: Sequence[str] = ()) -> None:
        super().__init__(
            "Somebody named a model that their server does not offer.",
            sentence=_NOT_OFFERED_BUT if instead else None,
            model=name,
            instead=", ".join(f"`{each}`" for each in instead),
        )


class LimitExceeded(NotAllowed):
    """A limit is reached; the message says which, and when to try again."""

    operator_message = "A limit for asks is reached."


class PoeError(QuothError):
    """Poe, or the browser that shows it, failed."""

    sentence = later("Poe could not answer this time. Please try again later.")
    operator_message = "Poe could not answer."
    lasts = 0.0
    """Seconds after which it is over, if that is known; else 0."""


class UnknownModel(PoeError, ValueError):
    """The name is no known id or handle; ``near`` are similar names, best first."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        shown = name if len(name) <= 80 else name[:79] + "…"
        *others, last = (f"`{each}`" for each in near or ("",))
        sentence = _UNKNOWN_LIKE_SOME if others else _UNKNOWN_LIKE_ONE if near else _UNKNOWN
        super().__init__(
            "Somebody named a model that is not offered.",
            sentence=sentence,
            name=shown,
            others=", ".join(others),
            last=last,
        )
        # What people type does not belong in a log, but the caller who catches a ValueError needs the value.
        self.args = (f"Unsupported model: {shown}." + (f" Near ones: {', '.join(near)}." if near else ""),)
        self.near = tuple(near)


class LoginRequired(PoeError, RuntimeError):
    """Poe shows its login page, or the text area for the prompt is missing."""

    sentence = later("Quoth is not logged in to Poe at the moment. Its operator has to log in again.")
    operator_message = "Prompt textarea not found: a login to Poe may be needed. Run `quoth login`."


class ChallengeShown(PoeError, RuntimeError):
    """Poe shows a challenge page. Quoth neither solves nor evades it."""

    sentence = later("Poe wants to see a human first. Quoth's operator has to look at it.")
    operator_message = "Poe shows a challenge page: open the browser with `quoth login` and answer it yourself."


class SelectorsDrifted(PoeError, RuntimeError):
    """The page loaded, but an element that Quoth needs was not found."""

    sentence = later("Poe's page has changed and Quoth can't use it until it is updated.")
    operator_message = "Poe's page has changed: run `quoth doctor` and fix bot/poe/web/page/locators.py."


class ModelUnavailable(PoeError):
    """Poe has no such model, or the account may not use it."""

    sentence = later("Poe does not offer this model to Quoth. Please choose another.")
    operator_message = "Poe does not serve this handle to the account."


class LimitReached(PoeError):
    """The account has no messages or points left for now."""

    sentence = later("Quoth's Poe account has used up its points for now. Please try again later.")
    operator_message = "The Poe account has reached its limit of messages or points."


class QueueFull(PoeError):
    """Too many asks wait for Poe."""

    sentence = later("Too many questions are waiting already. Please try again in a few minutes.")
    operator_message = "Too many asks are waiting already."


class RateLimited(PoeError):
    """Poe's rate limit is reached."""

    sentence = later("Poe asks for a slower pace. Please try again in a minute.")
    operator_message = "Poe refused the prompt because of its rate limit."


class TooManyAtOnce(RateLimited):
    """Too many answers run at once for one account."""

    sentence = later("Poe is busy with other questions of Quoth. Please try again in a minute.")
    operator_message = "Poe refused the prompt: too many answers at once. Lower POE_CONCURRENCY."


class NotSent(PoeError):
    """The page did not send the prompt; it was not sent a second time."""

    sentence = later("Poe did not take the question. Please try again.")
    operator_message = "The prompt was typed, but Poe's page did not send it."


class AnswerFailed(PoeError):
    """Poe marked the answer as failed."""

    sentence = later("The model reported an error instead of finishing its answer.")
    operator_message = "Poe marked the answer as failed."


class AnswerCancelled(PoeError):
    """Poe ended an answer early, although nobody stopped it in Discord."""

    sentence = later("Poe stopped this answer before its end. What arrived so far is shown.")
    operator_message = "Poe cancelled the answer, or somebody pressed Stop on its page."


class AnswerStalled(PoeError):
    """Nothing arrived within a time limit."""

    sentence = later("The model stopped answering. What arrived so far is shown.")
    operator_message = "Nothing arrived from Poe within the time limit."


class PoeUnreachable(PoeError):
    """Poe's servers don't answer or can't be reached."""

    sentence = later("Poe can't be reached at the moment. Please try again later.")
    operator_message = "Poe can't be reached."


class BrowserFailed(PoeError):
    """The browser did not start, crashed, or no longer answers."""

    sentence = later("Quoth's browser had a problem. Please try again in a minute.")
    operator_message = "The browser failed."
