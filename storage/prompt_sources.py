"""Which messages were read for an ask: their ids, not their text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import aiosqlite

MessageRef: TypeAlias = tuple[int, int]
"""A message: the channel's id and its own."""


@dataclass(frozen=True, slots=True)
class PromptSourcesRow:
    """What went into a prompt and what did not, oldest first.

    ``taken`` are the messages that went in, ``cut`` those that did not fit. ``hidden`` is how many were left out
    because their authors opted out, ``webhooks`` because webhooks wrote them, ``unparsed`` because they can't be
    parsed. ``why`` is the reason why no more were read: see ``bot.context.turns.Why``. ``files`` are the names of the
    files that went along as they are, ``unsent`` those of files that did not. ``chat`` is whether a chat on Poe went on
    or why not: see ``bot.context.continuation.Why``; empty where that was not wanted. ``instructions_rule``
    is whose standing instructions went along: see ``bot.conversation.Rule``; empty if none did.
    """

    ask_id: int
    taken: Sequence[MessageRef] = ()
    cut: Sequence[MessageRef] = ()
    hidden: int = 0
    why: str = ""
    webhooks: int = 0
    unparsed: int = 0
    files: Sequence[str] = ()
    unsent: Sequence[str] = ()
    chat: str = ""
    instructions_rule: str = ""


class PromptSourcesStore:
    """The table ``readings``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def remember(self, sources: PromptSourcesRow) -> None:
        """Store what was read for an ask, in place of what was stored before, if the ask is stored."""
        await self._connection.execute(
            "INSERT OR REPLACE INTO readings (ask_id, taken, cut, hidden, why, webhooks, unparsed, files, unsent, chat,"
            " instructions_rule) SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM asks WHERE id = ?",
            (
                json.dumps(sources.taken),
                json.dumps(sources.cut),
                sources.hidden,
                sources.why,
                sources.webhooks,
                sources.unparsed,
                _names(sources.files),
                _names(sources.unsent),
                sources.chat,
                sources.instructions_rule,
                sources.ask_id,
            ),
        )

    async def find(self, ask_id: int) -> PromptSourcesRow | None:
        """Return what was read for an ask; None if nothing was or the ask is unknown."""
        sql = "SELECT taken, cut, hidden, why, webhooks, unparsed, files, unsent, chat, instructions_rule"
        sql += " FROM readings WHERE ask_id = ?"
        async with self._connection.execute(sql, (ask_id,)) as cursor:
            row = await cursor.fetchone()
        if row is None:
            return None
        taken, cut = (tuple((channel, message) for channel, message in json.loads(text)) for text in row[:2])
        files, unsent = (tuple(json.loads(text)) for text in row[6:8])
        chat, rule = row[8:]
        return PromptSourcesRow(
            ask_id, taken, cut, *row[2:6], files=files, unsent=unsent, chat=chat, instructions_rule=rule
        )


def _names(names: Sequence[str]) -> str:
    # SQLite stores UTF-8, which has no form for half a surrogate pair.
    return json.dumps(names, ensure_ascii=False).encode("utf-8", "replace").decode()
