"""Turns and a question become the one text that is sent to Poe. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation import Messages, Turn
from bot.errors import PromptError, PromptTooLong

PROMPT_LIMIT = 20_000
"""Characters of a whole prompt; Poe publishes no limit of its composer (poe.md section 1.5)."""
HISTORY_BUDGET = 8_000
"""Characters of history at the most, so that the question stays the main thing."""

# Unpaired surrogates can't be encoded, and control characters other than tab and newline have no place in a text area.
_UNTYPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BLANK = re.compile("[\\s\ufeff]*")  # a byte-order mark is white space to a browser, which does not send it alone
# Everything that a model or a reader may take for the end of a line, beyond \n.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text for Poe, with how many turns of history went in and how many were left out (oldest first)."""

    text: str
    read: int
    left_out: int


def clean(text: str) -> str:
    """Make a text typable: one kind of newline, no control characters, no unpaired surrogates."""
    return _UNTYPABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def format_messages(messages: Messages) -> str:
    """Format messages as the provider's contract says (provider.md, step "prompt").

    A single message is sent as it is; several become ``Role: content`` lines, closed by ``Assistant:``.

    Raises:
        PromptError: there is no message, or nothing but white space in them.
    """
    if all(_BLANK.fullmatch(message["content"]) for message in messages):
        raise PromptError
    if len(messages) == 1:
        return messages[0]["content"]
    lines = [f"{message['role'].capitalize()}: {message['content']}" for message in messages]
    return "\n".join([*lines, "Assistant:"])


def build(turns: Sequence[Turn], question: str, *, budget: int = HISTORY_BUDGET, limit: int = PROMPT_LIMIT) -> Prompt:
    """Put as many of the newest whole turns before the question as fit into ``budget`` characters.

    Raises:
        PromptError: the question is empty.
        PromptTooLong: the question alone is longer than ``limit`` characters.
    """
    question = clean(question).strip()
    if _BLANK.fullmatch(question):
        raise PromptError
    if len(question) > limit:
        raise PromptTooLong(f"A question of {len(question)} characters is over the limit of {limit}.")
    room = min(budget, limit - len(question) - len("User: \nAssistant:"))
    chosen: Messages = []
    for turn in reversed(turns):
        content = _quoted(turn)
        room -= len(f"{turn.role}: {content}\n")
        if room < 0:
            break
        chosen.insert(0, {"role": turn.role, "content": content})
    text = format_messages([*chosen, {"role": "user", "content": question}])
    return Prompt(text, read=len(chosen), left_out=len(turns) - len(chosen))


def _quoted(turn: Turn) -> str:
    """Quote somebody's words so that they can't pose as another turn.

    A turn begins at the start of a line; every further line of a quoted text is indented, whatever ends it.
    """
    text = clean(_LINE_ENDS.sub("\n", turn.text)).strip().replace("\n", "\n  ")
    if turn.role != "user":
        return text
    speaker = " ".join(clean(_LINE_ENDS.sub(" ", turn.speaker)).replace(":", " ").split())[:40]
    return f"{speaker or 'somebody'}: {text}"
