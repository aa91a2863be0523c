"""What was asked, kept as long as the reply's buttons and later history may need it."""

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import aiosqlite

_COLUMNS = (
    "id, guild_id, channel_id, asker_id, before_id, question, model, private, replies_to, material_id, fresh, attached,"
    " suggested, files, chat"
)
StoredFile: TypeAlias = tuple[str, str, int, str, bool]
"""A file by its name, kind, size in bytes and address; and whether it is a voice message."""
_UNASKED = 20  # of a person's asks that Poe was not asked, how many are kept for their buttons


@dataclass(frozen=True, slots=True)
class ChatRow:
    """The chat on Poe that answered an ask and can go on.

    ``code`` is its name in Poe's addresses, ``account`` the name of the account that has it, ``instructions`` a digest
    of the standing instructions that it began with, ``asks`` the ids of the asks that it has answered, oldest first.
    """

    code: str
    account: str
    instructions: str
    asks: Sequence[int]


@dataclass(frozen=True, slots=True)
class AskRow:
    """One ask.

    ``id`` is the id of the message or interaction that asked; only messages before ``before_id`` are its history.
    ``guild_id`` is None in a DM. ``model`` is a model's name, empty if there was none by the name that was given.
    ``private`` is whether only the asker sees the reply. ``replies_to`` is the message that the question replied to,
    ``material_id`` the message it was about. ``fresh`` is whether it was asked without history; ``attached`` are the
    names and texts of its text files, ``files`` its others, ``suggested`` the replies that Poe suggests to its answer.
    ``chat`` is the chat on Poe that may go on after it.
    """

    id: int
    guild_id: int | None
    channel_id: int
    asker_id: int
    before_id: int
    question: str
    model: str
    private: bool = False
    replies_to: int | None = None
    material_id: int | None = None
    fresh: bool = False
    attached: Sequence[tuple[str, str]] = ()
    suggested: Sequence[str] = ()
    files: Sequence[StoredFile] = ()
    chat: ChatRow | None = None


class AsksStore:
    """The table ``asks``.

    Args:
        connection: the database's.
        kept: how many seconds an ask is kept.
    """

    def __init__(self, connection: aiosqlite.Connection, kept: float) -> None:
        self._connection = connection
        self._kept = kept

    async def remember(self, ask: AskRow) -> None:
        """Store an ask that has not ended, unless it is stored."""
        await self._connection.execute(
            f"INSERT INTO asks ({_COLUMNS}, asked_at, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"  # noqa: S608 - our own names
            " ON CONFLICT (id) DO NOTHING",
            (
                ask.id,
                ask.guild_id,
                ask.channel_id,
                ask.asker_id,
                ask.before_id,
                _storable(ask.question),
                ask.model,
                ask.private,
                ask.replies_to,
                ask.material_id,
                ask.fresh,
                _json(ask.attached),
                _json(ask.suggested),
                _json(ask.files),
                _chat_text(ask.chat),
                time.time(),
            ),
        )

    async def edit(self, ask_id: int, question: str) -> None:
        """Store what an ask asks now, unless it was deleted meanwhile."""
        await self._connection.execute("UPDATE asks SET question = ? WHERE id = ?", (_storable(question), ask_id))

    async def attach(self, ask_id: int, files: Sequence[tuple[str, str]]) -> None:
        """Store the names and texts of an ask's files, unless the ask was deleted meanwhile."""
        await self._connection.execute("UPDATE asks SET attached = ? WHERE id = ?", (_json(files), ask_id))

    async def suggest(self, ask_id: int, replies: Sequence[str]) -> None:
        """Store the replies that Poe suggests to an ask's answer, unless the ask was deleted meanwhile."""
        await self._connection.execute("UPDATE asks SET suggested = ? WHERE id = ?", (_json(replies), ask_id))

    async def keep_chat(self, ask_id: int, chat: ChatRow) -> None:
        """Store the chat on Poe that may go on after an ask, unless the ask was deleted meanwhile."""
        await self._connection.execute("UPDATE asks SET chat = ? WHERE id = ?", (_chat_text(chat), ask_id))

    async def take_chat(self, ask_id: int) -> bool:
        """Let no other ask go on in an ask's chat; returns whether it was still there to be taken."""
        sql = "UPDATE asks SET chat = '' WHERE id = ? AND chat != ''"
        async with self._connection.execute(sql, (ask_id,)) as cursor:
            return cursor.rowcount > 0

    async def delete(self, ask_id: int) -> None:
        """Delete an ask with the rows that depend on it."""
        await self._connection.execute("DELETE FROM asks WHERE id = ?", (ask_id,))

    async def limit_unasked(self, ask_id: int) -> None:
        """If Poe was not asked an ask that is over, keep only the newest such asks of the same person.

        People can be refused without end, which must not fill the disk.
        """
        sql = (
            "UPDATE asks SET unasked = 1 WHERE id = ? AND NOT EXISTS (SELECT 1 FROM uses WHERE uses.id = asks.id)"
            " RETURNING asker_id"
        )
        for (asker,) in await self._connection.execute_fetchall(sql, (ask_id,)):
            await self._connection.execute(
                "DELETE FROM asks WHERE id IN (SELECT id FROM asks WHERE asker_id = ? AND unasked = 1"
                " ORDER BY id DESC LIMIT -1 OFFSET ?)",
                (asker, _UNASKED),
            )

    async def end(self, ask_id: int) -> None:
        """Mark an ask as ended: its reader has seen the final state."""
        await self._connection.execute("UPDATE asks SET ended = 1 WHERE id = ?", (ask_id,))

    async def known(self, ids: Collection[int]) -> set[int]:
        """Return those of these ids that are asks'."""
        sql = f"SELECT id FROM asks WHERE id IN ({', '.join('?' * len(ids))})"  # noqa: S608 - question marks alone
        return {id_ for (id_,) in await self._connection.execute_fetchall(sql, tuple(ids))}

    async def askers_in_dms(self, most: int) -> list[int]:
        """Return the people who asked last outside of servers."""
        sql = "SELECT asker_id FROM asks WHERE guild_id IS NULL GROUP BY asker_id ORDER BY max(id) DESC LIMIT ?"
        return [asker for (asker,) in await self._connection.execute_fetchall(sql, (most,))]

    async def unended(self) -> list[AskRow]:
        """Return the asks that have not ended. At the start, these are the ones that an earlier run left unfinished."""
        sql = f"SELECT {_COLUMNS} FROM asks WHERE ended = 0 ORDER BY id"  # noqa: S608 - our own names
        async with self._connection.execute(sql) as cursor:
            return [_row(row) for row in await cursor.fetchall()]

    async def find(self, ask_id: int) -> AskRow | None:
        """Return an ask; None if it is unknown or too old."""
        sql = f"SELECT {_COLUMNS} FROM asks WHERE id = ? AND asked_at >= ?"  # noqa: S608 - our own names
        async with self._connection.execute(sql, (ask_id, time.time() - self._kept)) as cursor:
            row = await cursor.fetchone()
        return _row(row) if row else None

    async def of_messages(self, message_ids: Collection[int]) -> dict[int, AskRow]:
        """Return the asks that these messages answer, by the messages' ids."""
        sql = (
            f"SELECT message_id, {_COLUMNS} FROM pages JOIN asks ON id = ask_id"  # noqa: S608 - our own names
            f" WHERE message_id IN ({', '.join('?' * len(message_ids))}) AND asked_at >= ?"
        )
        async with self._connection.execute(sql, (*message_ids, time.time() - self._kept)) as cursor:
            return {row[0]: _row(row[1:]) for row in await cursor.fetchall()}

    async def delete_old(self, before: float) -> int:
        """Delete asks from before a Unix time, with the rows that depend on them; returns how many asks."""
        async with self._connection.execute("DELETE FROM asks WHERE asked_at < ?", (before,)) as cursor:
            return cursor.rowcount


def _json(values: Sequence[object]) -> str:
    return _storable(json.dumps(values, ensure_ascii=False))


def _chat_text(chat: ChatRow | None) -> str:
    return _json((chat.code, chat.account, chat.instructions, chat.asks)) if chat else ""


def _storable(text: str) -> str:
    # SQLite stores UTF-8, which has no form for half a surrogate pair.
    return text.encode("utf-8", "replace").decode()


def _row(row: Sequence[object]) -> AskRow:
    values: list[object] = list(row)
    *rest, private, replies_to, material_id, fresh, attached, suggested, others, chat = values
    files = tuple((name, text) for name, text in json.loads(str(attached)))
    # The table is STRICT: SQLite has checked the types of its columns.
    replies = tuple(json.loads(str(suggested)))
    uploads = tuple((name, kind, size, url, voice) for name, kind, size, url, voice in json.loads(str(others)))
    going_on = ChatRow(*json.loads(str(chat))) if chat else None
    return AskRow(*rest, bool(private), replies_to, material_id, bool(fresh), files, replies, uploads, going_on)  # type: ignore[arg-type]
