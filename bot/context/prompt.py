"""The prompt: turns and a question become the messages that are sent to Poe. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.context.impersonation import name_of, quoted
from bot.conversation import Messages, Quotation, Turn, clean, format_messages
from bot.errors import PromptError, PromptTooLong
from bot.i18n.numbers import number
from bot.i18n.translate import later

PROMPT_LIMIT = 20_000
"""Characters of a whole prompt. Poe does not publish a limit of its composer (poe.md section 1.5)."""
HISTORY_BUDGET = 8_000
"""Characters of history at most, so that the question stays the main thing."""

_LONG = later("Your question is too long: {length} of {limit} characters. Shorten it and try again.")
_LONG_WITH_TEXTS = later(
    "Your question and the texts it includes are too long: {length} of {limit} characters. Shorten them and try again."
)
_BLANK = re.compile("[\\s\ufeff]*")  # browsers treat a byte-order mark as white space, and Poe sends no blank prompt
_INDENT = "  "
_LEAST = 400  # characters that must remain of a turn that is shortened
_GAP = "\n[…]\n"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages for Poe, with the turns that are in them and the turns that had no room, all oldest first."""

    messages: Messages
    taken: tuple[Turn, ...] = ()
    cut: tuple[Turn, ...] = ()

    @property
    def text(self) -> str:
        """All of it as one text, for backends that can't send several messages."""
        return format_messages(self.messages)

    @property
    def read(self) -> int:
        """How many turns are in the messages."""
        return len(self.taken)

    @property
    def left_out(self) -> int:
        """How many turns had no room."""
        return len(self.cut)


def build(
    turns: Sequence[Turn],
    question: str,
    quotations: Sequence[Quotation] = (),
    *,
    author: str = "",
    instructions: str = "",
    budget: int = HISTORY_BUDGET,
    limit: int = PROMPT_LIMIT,
) -> Prompt:
    """Put quotations, and as many of the newest whole turns as fit into ``budget`` characters, before a question.

    Linked turns are taken first, then the others. Only the first turn taken is shortened, in its middle, if it alone is
    too long for the budget.

    Where others speak in the turns that are taken, the question begins with the name of its ``author`` too, so that "I"
    in it means somebody.

    Standing ``instructions`` come first, as a message of the system; their length counts in both limits. No line of
    theirs can pose as a turn either.

    Raises:
        PromptError: the question is empty and there is no quotation. A file alone can be a question.
        PromptTooLong: the question and the quotations are longer than ``limit`` characters.
    """
    standing = _indented(quoted(instructions))
    if not standing:
        return _build(turns, question, quotations, author, budget, limit)
    taken = len(f"System: {standing}\n")
    closing = len("User: \nAssistant:")  # a question alone is sent without
    prompt = _build(turns, question, quotations, author, budget - taken, limit - taken - closing)
    return replace(prompt, messages=[{"role": "system", "content": standing}, *prompt.messages])


def _build(
    turns: Sequence[Turn], question: str, quotations: Sequence[Quotation], author: str, budget: int, limit: int
) -> Prompt:
    question = clean(question).strip()
    if _BLANK.fullmatch(question) and not quotations:
        raise PromptError
    question = "\n\n".join([*map(_block, quotations), question]).rstrip()
    if len(question) > limit:
        raise PromptTooLong(
            f"The question has {len(question)} characters; the limit is {limit}.",
            sentence=_LONG_WITH_TEXTS if quotations else _LONG,
            length=number(len(question)),
            limit=number(limit),
        )
    name = f"{name_of(author) or 'somebody'}: " if author else ""
    room = min(budget, limit - len(name) - len(question) - len("User: \nAssistant:"))
    chosen: dict[int, str] = {}
    for linked in (True, False):
        for at in reversed(range(len(turns))):
            if turns[at].linked is not linked:
                continue
            content = _quoted(turns[at])
            over = _length(turns[at], content) - room
            if over > 0 and not chosen and len(content) - over >= _LEAST:
                content = _quoted(_shortened(turns[at], len(content) - over))
                if _length(turns[at], content) <= room:
                    chosen[at] = content
            if over > 0:
                room = 0  # no older turn takes its place: a history has no gaps
                break
            room = -over
            chosen[at] = content
    messages: Messages = [{"role": turns[at].role, "content": chosen[at]} for at in sorted(chosen)]
    if any(turns[at].role == "user" and turns[at].speaker != author for at in chosen):
        question = name + question
    return Prompt(
        [*messages, {"role": "user", "content": question}],
        tuple(turn for at, turn in enumerate(turns) if at in chosen),
        tuple(turn for at, turn in enumerate(turns) if at not in chosen),
    )


def _length(turn: Turn, content: str) -> int:
    return len(f"{turn.role}: {content}\n")


def _quoted(turn: Turn) -> str:
    """Quote a turn so that its text can't pose as another turn.

    A turn begins at the start of a line, so that every further line of a text is indented.
    """
    text = _indented(quoted(turn.text))
    return f"{name_of(turn.speaker) or 'somebody'}: {text}" if turn.role == "user" else text


def _block(quotation: Quotation) -> str:
    """Quote a file or a message under its name."""
    name = name_of(quotation.name, longest=100) or "somebody"
    return f'{quotation.kind} "{name}":\n{_INDENT}{_indented(quoted(quotation.text))}'


def _indented(text: str) -> str:
    return text.replace("\n", f"\n{_INDENT}")


def _shortened(turn: Turn, most: int) -> Turn:
    """Leave out the middle of a turn. Quoting makes a text longer, so that a little more is left out."""
    text = quoted(turn.text)
    # Every line is indented and may be marked.
    most -= len(text.split("\n")) * len(_INDENT) + len(turn.speaker) + len(_GAP) + 20
    half = max(0, most // 2)
    return replace(turn, text=f"{text[:half]}{_GAP}{text[len(text) - half :]}")
