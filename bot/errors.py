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
├── FileNotTaken                   a file can't go along with a question, which can be asked without it
│   └── UploadRefused              Poe did not take the files
├── AlreadyAsked                   the same message or interaction came before
├── TooManyWaiting                 too many asks wait in one conversation
├── NotAllowed                     a rule of the server or the operator forbids it, or a permission is missing
│   ├── NotAdmitted                the operator or the server's admins don't let this person ask there
│   ├── ModelNotAllowed            the server does not offer the model
│   └── LimitExceeded              a limit for asks is reached
└── PoeError                       Poe, or the browser that shows it
    ├── UnknownModel (ValueError)  not an id or handle that Quoth knows
    ├── LoginRequired (RuntimeError)
    ├── KeyRefused                 Poe's API does not take the operator's key
    ├── ChallengeShown (RuntimeError)
    ├── SelectorsDrifted (RuntimeError)   the page no longer looks as bot/poe/web/page/locators.py says
    ├── ModelUnavailable           Poe does not serve the handle, or not to this account
    ├── QueueFull                  too many asks wait for Poe
    ├── LimitReached               the account is out of messages or points
    ├── RateLimited                Poe's rate limit is reached
    │   └── TooManyAtOnce          too many answers run at once for one account
    ├── NotSent                    Poe did not take the prompt
    │   └── PriceNotAgreed         Poe asks to agree to a price first
    ├── ModelOverloaded            the model takes no more questions for now
    ├── AnswerFailed               Poe reported an error instead of an answer
    │   ├── AnswerRefused          Poe's moderation refused the question
    │   └── AnswerCut              the connection ended before the answer was complete
    ├── AnswerCancelled            Poe ended an answer early
    ├── AnswerStalled              nothing arrived for too long
    ├── PoeUnreachable             the network or Poe's servers are down
    └── BrowserFailed              the browser did not start, crashed or hangs
"""

from collections.abc import Sequence

from bot.i18n.translate import Plural, later, t

_UNKNOWN = later("There is no model called “{name}”. Use `/models` to see what's available.")
_UNKNOWN_LIKE_ONE = later("There is no model called “{name}”. Did you mean {last}?")
_NOT_OFFERED_BUT = later("`{model}` isn't enabled here. Available: {instead}.")
_UNKNOWN_LIKE_SOME = later("There is no model called “{name}”. Did you mean {others} or {last}?")


class QuothError(Exception):
    """The root of the tree: an expected failure with a message for each reader."""

    sentence: str | Plural = later("Something went wrong. Try again.")
    operator_message = "Something went wrong."
    refuses = False
    """Whether it refuses an ask by a rule, so that asking the same again is of no use; only the asker needs to know."""

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

    sentence = later("Only the bot's operator can use this command.")
    operator_message = "Somebody used a command that only the operator may use."


class InMaintenance(QuothError):
    """The operator has stopped new asks for a while."""

    refuses = True
    sentence = later("Quoth is under maintenance and isn't taking questions right now. Try again later.")
    operator_message = "Quoth is under maintenance."


class PromptError(QuothError, ValueError):
    """The prompt can't be asked as it is."""

    refuses = True
    sentence = later("That message has no question.")
    operator_message = "The prompt is empty."


class PromptTooLong(PromptError):
    """The prompt is longer than Quoth or the model takes."""

    sentence = later("Your question is too long for this model. Shorten it and try again.")
    operator_message = "The prompt is too long for the model."


class FileRefused(PromptError):
    """An attached file can't be read; the message names it and says why."""

    operator_message = "An attached file is none that Quoth can read."


class FileNotTaken(QuothError):
    """A file can't go along with a question, which can be asked without it; the message says why."""

    refuses = True
    operator_message = "A file can't go along with a question."


class UploadRefused(FileNotTaken):
    """Poe did not take the files of a question, or one of them."""

    sentence = later("Poe didn't accept a file of this question.")
    operator_message = "Poe did not take a file."


class NotForReading(PromptError):
    """The author of the message that the question is about, or of a question that is asked again, has opted out."""

    sentence = later("The author of that message has opted out.")
    operator_message = "The author of the message has opted out."


class AlreadyAsked(QuothError):
    """The same message or interaction was asked before."""

    refuses = True
    sentence = later("Quoth has already answered this question.")
    operator_message = "Discord delivered a question again that was asked before."


class TooManyWaiting(QuothError):
    """Too many asks wait in one conversation."""

    refuses = True
    sentence = later("You already have {count} questions waiting here.")
    operator_message = "Too many asks wait in one conversation."


class NotAllowed(QuothError):
    """A rule of the server or the operator forbids it, or a permission is missing."""

    refuses = True
    operator_message = "Somebody tried something that they may not do."


class NotAdmitted(NotAllowed):
    """The operator or the server's admins don't let this person ask in this place; the message says which rule."""

    operator_message = "Somebody asked who may not ask in that place."


class ModelNotAllowed(NotAllowed):
    """Quoth has the model, but the server's admins don't offer it; ``near`` names some that they do."""

    sentence = later("`{model}` isn't enabled here.")

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        super().__init__(
            "Someone asked for a model that isn't enabled in their server.",
            sentence=_NOT_OFFERED_BUT if near else None,
            model=name,
            instead=", ".join(f"`{each}`" for each in near),
        )
        self.near = tuple(near)


class LimitExceeded(NotAllowed):
    """A limit is reached; the message says which, and when to try again."""

    operator_message = "A limit for asks is reached."


class PoeError(QuothError):
    """Poe, or the browser that shows it, failed."""

    sentence = later("Poe couldn't answer. Try again later.")
    operator_message = "Poe couldn't answer."
    cause: str | None = None
    """The sentence without its advice, for people who wait anyway; None where there is no advice in it."""
    lasts = 0.0
    """Seconds after which it is over, if that is known; else 0."""
    account = ""
    """Which of several Poe accounts met it; empty where there is one."""

    @property
    def reason(self) -> str:
        """Why nothing is asked at present, in the current language, for people who wait until it is over."""
        return t(self.cause, **self.values) if self.cause else self.user_message


class UnknownModel(PoeError, ValueError):
    """The name is no known id or handle; ``near`` are similar names, best first."""

    refuses = True

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        shown = name if len(name) <= 80 else name[:79] + "…"
        *others, last = (f"`{each}`" for each in near or ("",))
        sentence = _UNKNOWN_LIKE_SOME if others else _UNKNOWN_LIKE_ONE if near else _UNKNOWN
        super().__init__(
            "Someone asked for an unknown model.",
            sentence=sentence,
            name=shown,
            others=", ".join(others),
            last=last,
        )
        # What people type does not belong in a log, but the caller who catches a ValueError needs the value.
        end = "" if shown.endswith(".") else "."
        self.args = (f"Unsupported model: {shown}{end}" + (f" Did you mean {', '.join(near)}?" if near else ""),)
        self.near = tuple(near)


class LoginRequired(PoeError, RuntimeError):
    """Poe shows its login page, or the text area for the prompt is missing."""

    sentence = later("Quoth isn't logged in to Poe; the bot's operator has to log in.")
    operator_message = "Prompt textarea not found: Quoth may not be logged in to Poe. Run `quoth login`."


class KeyRefused(PoeError):
    """Poe's API does not take the key."""

    sentence = later("Poe doesn't accept Quoth's API key; the bot's operator has to replace it.")
    operator_message = "Poe's API refused POE_API_KEY. Create a key at https://poe.com/api/keys."


class ChallengeShown(PoeError, RuntimeError):
    """Poe shows a challenge page. Quoth neither solves nor evades it."""

    sentence = later("Poe is showing a CAPTCHA; the bot's operator has to solve it.")
    operator_message = "Poe is showing a CAPTCHA. Run `quoth login` and solve it yourself."


class SelectorsDrifted(PoeError, RuntimeError):
    """The page loaded, but an element that Quoth needs was not found."""

    sentence = later("Poe's website has changed; Quoth needs an update to use it again.")
    operator_message = "Poe's page has changed: run `quoth doctor` and fix bot/poe/web/page/locators.py."


class ModelUnavailable(PoeError):
    """Poe has no such model, or the account may not use it."""

    sentence = later("Poe doesn't offer this model to Quoth. Choose another one.")
    operator_message = "Poe doesn't offer this handle to the account."


class LimitReached(PoeError):
    """The account has no messages or points left for now."""

    sentence = later("Quoth's Poe account is out of points. Try again later.")
    cause = later("Quoth's Poe account is out of points.")
    operator_message = "The Poe account is out of messages or points."


class QueueFull(PoeError):
    """Too many asks wait for Poe."""

    refuses = True
    sentence = later("Too many questions are already waiting. Try again in a few minutes.")
    operator_message = "Too many asks are already waiting."


class RateLimited(PoeError):
    """Poe's rate limit is reached."""

    sentence = later("Poe is rate-limiting Quoth. Try again in a minute.")
    cause = later("Poe is rate-limiting Quoth.")
    operator_message = "Poe rejected the prompt: rate limit."


class TooManyAtOnce(RateLimited):
    """Too many answers run at once for one account."""

    sentence = later("Poe is still answering other questions from Quoth. Try again in a minute.")
    cause = later("Poe is still answering other questions from Quoth.")
    operator_message = "Poe rejected the prompt: too many answers at once. Lower POE_CONCURRENCY."


class NotSent(PoeError):
    """The page did not send the prompt; it was not sent a second time."""

    sentence = later("Poe didn't accept the question. Try again.")
    operator_message = "The prompt was typed, but Poe's page didn't send it."


class PriceNotAgreed(NotSent):
    """Poe asks to agree to the price of a message. Quoth agrees to none; ``points`` is the price, 0 if not known."""

    sentence = later(
        "This model costs points that the bot's operator hasn't agreed to spend, so nothing was asked. Choose another "
        "model."
    )
    operator_message = "Poe asks to confirm a price, and Quoth confirms none. Nothing was sent."
    points = 0


class ModelOverloaded(PoeError):
    """The model, or its maker, takes no more questions for now. Other models may."""

    sentence = later("This model is overloaded right now. Try again in a minute, or ask another model.")
    operator_message = "A model is overloaded."


class AnswerFailed(PoeError):
    """Poe marked the answer as failed."""

    sentence = later("The model reported an error and didn't finish its answer.")
    operator_message = "Poe marked the answer as failed."


class AnswerRefused(AnswerFailed):
    """Poe's moderation refused the question or the answer."""

    sentence = later("Poe's moderation refused this question. Rephrase it and try again.")
    operator_message = "Poe's moderation refused a question."


class AnswerCut(AnswerFailed):
    """The connection ended before Poe said that the answer is complete. It may be charged, so it is not asked again."""

    sentence = later("The connection to Poe broke before the answer was complete.")
    operator_message = "Poe's answer ended without its end; it was not asked for again."


class AnswerCancelled(PoeError):
    """Poe ended an answer early, although nobody stopped it in Discord."""

    sentence = later("Poe stopped this answer early; the text above is incomplete.")
    operator_message = "Poe cancelled the answer, or someone pressed Stop on its page."


class AnswerStalled(PoeError):
    """Nothing arrived within a time limit."""

    sentence = later("The model stopped responding; the text above is incomplete.")
    operator_message = "Nothing arrived from Poe within the time limit."


class PoeUnreachable(PoeError):
    """Poe's servers don't answer or can't be reached."""

    sentence = later("Poe can't be reached right now. Try again later.")
    cause = later("Poe can't be reached right now.")
    operator_message = "Poe can't be reached."


class BrowserFailed(PoeError):
    """The browser did not start, crashed, or no longer answers."""

    sentence = later("Quoth's browser had a problem. Try again in a minute.")
    cause = later("Quoth's browser had a problem.")
    operator_message = "The browser failed."
