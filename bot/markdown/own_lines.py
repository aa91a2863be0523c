"""The lines that Quoth adds to a reply, and how they are told from the answer. Pure.

Every such line is Discord's subtext and begins with one of the signs below: ``-# ◆ gpt-4 · 3 s · done``. An answer
never contains one, because `neutralize` changes those of a model before they are shown. So `separate` needs nothing
but the signs: no sentence, no language.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """What a line of Quoth's is about. A new kind of line gets a sign here, and is separated everywhere at once."""

    QUESTION = "❯"
    """The question, where readers can't see it otherwise."""
    REASONING = "💭"
    """What a model thought before it answered."""
    NOTE = "⚠️"
    """A sentence that explains how the answer ended."""
    STATUS = "◆"
    """How far the answer is."""


_ABOVE = (Sign.QUESTION, Sign.REASONING)  # stand before the answer, the others after it
_OWN_LINE = re.compile(rf"^-# ({'|'.join(Sign)})(?: |$)")
_LINK = re.compile(r" · \[[^\[\]\n]*\]\(<https://discord\.com/channels/\S+>\)$")

# A model's line counts as too similar whatever stands around the sign. It is changed in the middle of a line too,
# because a page can begin there; and `[` may be gone later, when half a link is shown by its words.
_SIMILAR = re.compile(rf"-(?=!?\[?#[^\w\n]{{1,40}}(?:{'|'.join(sign[0] for sign in Sign)}))")
_INVISIBLE = "\u200b"

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks, embeddings, overrides and isolates of direction, for a character class: they reorder the text beside them."""

# What Discord could make a link, an invite's card or a preview of: an address, the end of a masked link's words, and
# its own addresses, of which it shows some without `https://` too.
_LINKED = re.compile(r"(?<=:)(?=//)|(?<=\])(?=\()|(?i:discord(?:app)?\.(?:com|gg|gift|new|media))(?=/)")
_BIDI = re.compile(f"[{BIDI}]")

# Until November 2026 a note was a line of its own without subtext, directly above the status line. It is recognised by
# the words of that time, in both languages; they are data, not sentences, and stay as they are. A new answer can't be
# mistaken for one: `neutralize` changes an answer's line that is such a sentence, and a reply that failed or was
# interrupted always has a new note between its answer and its status line.
_OLD_SENTENCE = re.compile(
    r"⚠️ (?:The model gave an empty answer\."
    r"|Модель дала пустой ответ\."
    r"|The answer is longer than this, but Quoth lacks the permission Attach Files here\."
    r"|Ответ длиннее, но у Quoth здесь нет права «Прикреплять файлы»\."
    r"|Discord lets Quoth write to this message for 15 minutes only\. This is what had arrived by then\."
    r"|Discord позволяет Quoth изменять это сообщение только 15 минут\. Показано то, что успело прийти\.)"
)
_OLD_NOTE = re.compile(
    r"^⚠️ .*(?=\n-# ◆ (?:.* · )?(?:failed|interrupted|ошибка|прервано)\Z)"
    rf"|^{_OLD_SENTENCE.pattern}(?=\n-# ◆ .*\Z)",
    re.MULTILINE,
)
_LIKE_OLD_NOTE = re.compile(rf"^(?={_OLD_SENTENCE.pattern}$)⚠️", re.MULTILINE)


def own_line(sign: Sign, text: str) -> str:
    """Return a line of Quoth's: one line, however many the text has."""
    return f"-# {sign} {' '.join(text.split())}"


def without_links(text: str) -> str:
    """Return a person's text with no links, invites or controls of direction, for a line that Quoth itself writes.

    A zero-width space is put into each link; otherwise its preview would look like Quoth's own.
    """
    return _LINKED.sub(rf"\g<0>{_INVISIBLE}", _BIDI.sub("", text))


def neutralize(text: str) -> str:
    """Return an answer's text in which nothing is, or looks like, a line of Quoth's.

    A zero-width space is put into what would be one, so that Discord shows it as it was written and not as subtext.
    Nothing else changes, neither do code and marks around it.
    """
    if "#" in text:
        text = _SIMILAR.sub(f"-{_INVISIBLE}", text)
    return _LIKE_OLD_NOTE.sub(f"⚠️{_INVISIBLE}", text) if "⚠️" in text else text


@dataclass(frozen=True, slots=True)
class Separated:
    """What one message of a reply says.

    ``question`` is the question that it repeats, empty for none; ``above`` are Quoth's lines that stand before the
    answer, each with its line's end; ``text`` is the answer's own text.
    """

    question: str
    above: str
    text: str


def separate(content: str) -> Separated:
    """Tell Quoth's own lines from the answer in a reply's message.

    Args:
        content: the message's content, as it was sent or with names for its mentions.
    """
    above: list[str] = []
    text: list[str] = []
    for line in _OLD_NOTE.sub(own_line(Sign.NOTE, ""), content).split("\n"):
        sign = _OWN_LINE.match(line)
        if sign is None:
            text.append(line)
        elif sign[1] in _ABOVE:
            above.append(line)
    return Separated(_question(above), "".join(f"{line}\n" for line in above), "\n".join(text).strip())


def _question(lines: Iterable[str]) -> str:
    start = own_line(Sign.QUESTION, "")
    return next((_LINK.sub("", line.removeprefix(start)).strip() for line in lines if line.startswith(start)), "")
