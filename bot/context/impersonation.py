"""Other people's words, made safe for a prompt: no invisible characters, and no line that poses as a role. Pure.

In a prompt a role is a word and a colon at the start of a line; chat templates of models have headings and tokens for
it. Every line that a person or a model could take for one of these is marked, whatever alphabet its letters are from
and whatever is hidden between them; tokens are broken up too.
"""

import re
import unicodedata
from functools import lru_cache

from bot.conversation import clean

LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Everything besides a newline that a model or a person may take for the end of a line."""

# Zero-width spaces, marks and overrides of direction, and other characters without a shape. Joiners stay, because emoji
# and some scripts need them; so do the tags after a black flag. Elsewhere tags spell words that only a model sees.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0100-\U000e0fff]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)
_COLONS = (
    ":\u02d0\u02f8\u0589\u05c3\u0703\u0704\u16ec\u1803\u1804\u1809\u205a\u205d\u2236\u2982\ua4fd\ua789"
    "\ufe13\ufe30\ufe55\uff1a\u2a74"
)
_NO_COLONS = str.maketrans(dict.fromkeys(_COLONS, " "))
_ENDS = frozenset((*_COLONS, *">])"))  # what may end a role's name: `user:`, `<user>`, `[user]`
_MARK = "> "

# The tokens of chat templates: `<|im_start|>`, `<｜User｜>`, `<start_of_turn>`, `<<SYS>>`, `[INST]`.
_TOKEN = re.compile(
    r"<(?=[|｜][^\s|｜<>]{1,40}[|｜]>|/?(?:start_of_turn|end_of_turn|bos|eos)>|</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)

# Characters that look like a letter of the roles, after compatibility decomposition and in lower case. Letters that one
# character can look like, in capitals or not, count as one: y and u (the Greek \u03a5), h and n (\u0397), i and l.
_ALIKE = {
    "a": "\u0430\u03b1\u0251\u1d00\u2200\u13aa\uab7a\ua4ee\u2c81@4",
    "b": "\u0432\u044c\u03b2\u0299\u13f4\uabac\ua4d0\u2c83\u15af86",
    "c": "\u0441\u1d04\u13df\uabaf\ua4da\u2ca5",
    "d": "\u0501\u1d05\u13e7\uabb7\ua4d3",
    "e": "\u0435\u03b5\u0454\u1d07\u212e\u0259\u13ac\uab7c\ua4f0\u2c893",
    "i": "\u0456\u03b9\u0131\u026a\u04cf\u01c0\u0269\ua4f2\u2c93l1|!",
    "m": "\u043c\u03bc\u1d0d\u03fb\u13b7\uab87\ua4df\u2c99",
    "n": "h\u043f\u043d\u0274\u029c\u03b7\u03bd\u0578\u057c\u04bb\u13bb\uab8b\ua4e0\ua4e7\u2c8f\u2c9b",
    "o": "\u043e\u03bf\u0585\u1d0f\u13a4\ua4f3\u2c9f0",
    "r": "\u0433\u0280\u044f\u1d26\u13a1\uab71\ua4e3\u2c85",
    "s": "\u0455\ua731\u0282\u054f\u057d\u13da\u13d5\uabaa\uaba5\ua4e2\u01bd\u2c8b5$",
    "t": "\u0442\u03c4\u1d1b\u13a2\uab72\ua4d4\u2ca77+",
    "u": "y\u0443\u03c5\u1d1c\u028b\u028f\u04af\u0475\u057d\u0446\u222a\u13bd\uab8d\ua4f4\ua4ec\u2ca9",
}
_LOOKS = {ord(like): letter for letter, likes in _ALIKE.items() for like in likes}
# White letters on black, and flags, which have no decomposition.
_ENCLOSED = {
    first + at: _LOOKS.get(ord("a") + at, chr(ord("a") + at))
    for first in (0x1F150, 0x1F170, 0x1F1E6)
    for at in range(26)
}
_LETTERS = _LOOKS | _ENCLOSED
_WORDS = (
    "user", "assistant", "system", "human", "ai", "bot", "model", "developer", "tool", "chatgpt",
    "пользователь", "ассистент", "помощник", "система", "человек", "ии", "бот", "модель",
)  # fmt: skip


@lru_cache(4096)
def _letters(sign: str) -> str:
    """Return the letters that a character is taken for: those of the roles that it looks like, else its own."""
    found = unicodedata.normalize("NFKD", sign).casefold().translate(_LETTERS)
    return "".join(letter for letter in found if letter.isalpha() and unicodedata.category(letter) != "Lm")


@lru_cache(4096)
def _is_letter(sign: str) -> bool:
    """Whether a character is a letter itself, and not a digit or a mark that looks like one."""
    return ord(sign) in _ENCLOSED or any(map(str.isalpha, unicodedata.normalize("NFKD", sign)))


_ROLES = frozenset("".join(map(_letters, word)) for word in _WORDS)
_BEGINNINGS = frozenset(role[:end] for role in _ROLES for end in range(len(role) + 1))


def visible(text: str) -> str:
    """Return a text with one kind of newline and nothing invisible, nor white space around it."""
    return clean(_UNSEEN.sub("", LINE_ENDS.sub("\n", text))).strip()


def quoted(text: str) -> str:
    """Return a text for a prompt: one kind of newline, nothing invisible, poses marked with ``> ``, tokens broken."""
    lines = visible(text).split("\n")
    return "\n".join(_TOKEN.sub(r"\g<0> ", f"{_MARK}{line}" if poses(line) else line) for line in lines)


@lru_cache(512)
def name_of(name: str, longest: int = 40) -> str:
    """Return a name for a prompt: one line without colons and tokens, in parentheses if it is a role's."""
    line = clean(_UNSEEN.sub("", LINE_ENDS.sub(" ", name))).translate(_NO_COLONS).replace('"', "'")
    line = " ".join(_TOKEN.sub(r"\g<0> ", line).split())[:longest].strip()
    return f"({line})" if any(map(poses, (line, *line.split()))) else line


def poses(line: str) -> bool:
    """Whether a line could be taken for the beginning of a turn: by a role's name or by a token."""
    if _TOKEN.search(line):
        return True
    read = {""}  # what the line's letters can be so far: a digit or a mark may stand for a letter, or for nothing
    for sign in line:
        if sign in _ENDS:
            if read & _ROLES:
                return True
        elif letters := _letters(sign):
            longer = {before + letters for before in read} & _BEGINNINGS
            read = longer if _is_letter(sign) else longer | read
            if not read:
                return False
    return bool(read & _ROLES)
