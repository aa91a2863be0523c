"""How log lines are written: as text or as JSON, each with the id of its ask, and without secrets."""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Literal

from bot.conversation import ask_id

LogFormat = Literal["text", "json"]

_HIDDEN = "[redacted]"
_SHORTEST = 4  # characters; hiding a shorter secret wherever it stands would garble everything else

# Takes linear time: each part begins with fixed text or a boundary, and repeats only within a bound or to an end.
_SECRETS = re.compile(
    r"""
    (?P<before>
        # a header, also in a dict or a list of pairs: the rest of its line or of its quotation marks
        (?:authorization|cookie|x-api-key)(?:["']?\s{0,8}[:=]|["']\s{0,8},)\s{0,8}b?["']?(?=[^\s"'])
    )[^"'\r\n]+
    | (?P<scheme>\b(?:bot|bearer|basic)\s{1,8})[\w.~+/=%-]{16,}
    # cookies, as they are sent, or as browsers give them
    | (?P<cookie>\b(?:p-b|p-lat|cf_clearance|__cf_bm|__cuid)(?:=|["']\s?:\s?["']|["'],\s?["']value["']:\s?["']))
        [^\s"'&;,\\]+
    | (?P<path>/(?:webhooks|interactions)/\d{1,20}/)[^\s"'?\#/\\]+
    | (?P<signature>[?&;](?:hm|ex|is|key|sig|hash)=)[^\s"'&\#\\]+
    | (?P<named>\b\w{0,20}(?:token|secret|password|signature|api_?key|formkey)(?:=|["']\s?:\s?["']))[^\s"'&;,\#\\]+
    | (?P<address>://)[^\s"'/?\#\\]{1,500}(?=@)
    # the token of a bot, and that of an interaction
    | \b[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}
    | \baW50ZXJhY3Rpb2[\w+/=%-]{20,}
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without tokens, cookies, passwords in addresses, and signatures of Discord's files.

    Args:
        text: any text.
        secrets: further texts that must not be shown, the longest first.
    """
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return _SECRETS.sub(lambda found: (found[found.lastgroup] if found.lastgroup else "") + _HIDDEN, text)


class LogFormatter(logging.Formatter):
    """Writes a log line, and hides what nobody who reads logs should see.

    A line has the time in UTC, level, logger and the id of the ask that the current task works for. As text it is one
    line, with a traceback below it; as JSON it is always one line.

    Args:
        form: text or JSON.
        secrets: texts that must never be shown, such as the bot's token.
    """

    converter = time.gmtime

    def __init__(self, form: LogFormat = "text", secrets: Iterable[str] = ()) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%S")
        self.form: LogFormat = form
        # The longest first, because one may contain another.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = f"{self.formatTime(record, self.datefmt)}.{record.msecs:03.0f}Z"
        event, ask = redact(record.getMessage(), self._secrets), ask_id.get()
        errors = [self.formatException(record.exc_info)] if record.exc_info else []
        errors += [record.stack_info] if record.stack_info else []
        error = redact("\n".join(errors), self._secrets)
        if self.form == "json":
            line = {"time": at, "level": record.levelname, "logger": record.name, "event": event}
            # A string, because many readers of JSON round an id of 64 bits.
            line |= ({"ask": str(ask)} if ask is not None else {}) | ({"error": error} if error else {})
            return json.dumps(line)
        named = record.name if ask is None else f"{record.name} [ask {ask}]"
        event = _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), event)
        return f"{at} {record.levelname:<7} {named}: {event}" + (f"\n{error}" if error else "")


def log_what_is_not_caught() -> None:
    """Log errors that end the program or one of its threads, instead of printing them as they are."""
    log = logging.getLogger("bot")

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("Quoth ended because of a fault of its own.", exc_info=(kind, error, trace))

    def thread_ended(ended: threading.ExceptHookArgs) -> None:
        error = (ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback)
        log.error("A thread ended because of a fault of Quoth's own.", exc_info=error)

    sys.excepthook, threading.excepthook = ended, thread_ended
    logging.captureWarnings(True)
