"""What was chosen for a server, a channel or a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

import aiosqlite

Scope: TypeAlias = Literal["guild", "channel", "user"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """One row; None where nothing was chosen.

    ``model`` is a model's name; ``history`` how many of a channel's latest messages are read, 0 for none; ``thinking``
    how a model's reasoning is shown (kept, folded, hidden); ``private`` whether only the asker sees an answer;
    ``every_message`` whether every message in a channel is answered; ``finish_ping`` whether the asker is notified when
    a long answer is done; ``language`` a language that Quoth speaks; ``read_webhooks`` whether the messages of webhooks
    are read; ``files`` how pictures and files of answers are shown (shown, spoilers, links); ``suggestions`` whether
    replies that Poe suggests become buttons; ``asking`` whether anybody may ask in a channel or a server;
    ``instructions`` what models are told before the history; ``threads`` whether a channel's questions open threads;
    ``continue_chat`` whether a reply chain goes on in its chat on Poe.
    """

    model: str | None = None
    history: int | None = None
    thinking: str | None = None
    private: bool | None = None
    every_message: bool | None = None
    finish_ping: bool | None = None
    language: str | None = None
    read_webhooks: bool | None = None
    files: str | None = None
    suggestions: bool | None = None
    asking: bool | None = None
    instructions: str | None = None
    threads: bool | None = None
    continue_chat: bool | None = None


_COLUMNS = tuple(field.name for field in fields(Preferences))
_SWITCHES = {
    "private",
    "every_message",
    "finish_ping",
    "read_webhooks",
    "suggestions",
    "asking",
    "threads",
    "continue_chat",
}


class PreferencesStore:
    """The table ``preferences``: one row for each guild, channel or user for which something was chosen.

    Every ask looks up several rows, most of which do not exist. So the whole table is kept in memory: some 200 bytes a
    row without instructions, so that even 100,000 servers need less than a browser tab does. Only this process
    writes to it.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._rows: dict[tuple[Scope, int], Preferences] | None = None
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Read the table into memory, unless it is there."""
        async with self._loading:
            if self._rows is None:
                sql = f"SELECT scope, id, {', '.join(_COLUMNS)} FROM preferences"  # noqa: S608 - our own names
                # The connection runs statements in order, so no change is lost between this and a write.
                rows = await self._connection.execute_fetchall(sql)
                self._rows = {(scope, id_): _preferences(values) for scope, id_, *values in rows}

    def peek(self, scope: Scope, id_: int) -> Preferences | None:
        """Return what was chosen there, from memory alone; None while the table is not in memory."""
        return None if self._rows is None else self._rows.get((scope, id_), Preferences())

    async def of(self, scope: Scope, id_: int) -> Preferences:
        """Return what was chosen there; all is None if nothing was."""
        while (row := self.peek(scope, id_)) is None:
            await self.load()
        return row

    async def change(self, scope: Scope, id_: int, guild_id: int | None, chosen: Preferences) -> None:
        """Store the choices that are not None; the others of that row stay.

        Args:
            scope: whose choice it is.
            id_: the guild's, channel's or user's id.
            guild_id: the guild to which a guild's or channel's row belongs; None for a person's.
            chosen: the new values.
        """
        new = {name: value for name, value in asdict(chosen).items() if value is not None}
        if not new:
            return
        names = ["scope", "id", "guild_id", *new]
        updates = ", ".join(f"{name} = excluded.{name}" for name in new)
        await self._write(
            f"INSERT INTO preferences ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
            f" ON CONFLICT (scope, id) DO UPDATE SET {updates} RETURNING scope, id, {', '.join(_COLUMNS)}",
            (scope, id_, guild_id, *new.values()),
        )

    async def reset(self, scope: Scope, id_: int, *names: str) -> None:
        """Clear choices, by the names of their fields."""
        if reset := ", ".join(f"{name} = NULL" for name in _COLUMNS if name in names):
            await self._write(
                f"UPDATE preferences SET {reset} WHERE scope = ? AND id = ?"  # noqa: S608 - our own names
                f" RETURNING scope, id, {', '.join(_COLUMNS)}",
                (scope, id_),
            )

    async def delete(self, scope: Scope, id_: int) -> None:
        """Delete all that was chosen there."""
        await self._delete("scope = ? AND id = ?", (scope, id_))

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        sql = "SELECT DISTINCT guild_id FROM preferences WHERE guild_id IS NOT NULL"
        return {guild for (guild,) in await self._connection.execute_fetchall(sql)}

    async def delete_guild(self, guild_id: int) -> None:
        """Delete all that was chosen for a guild and its channels."""
        await self._delete("guild_id = ?", (guild_id,))

    async def _write(self, sql: str, values: tuple[object, ...]) -> None:
        """Write rows, and update them in memory with what the statement returns."""
        for scope, id_, *row in await self._run(sql, values):
            if self._rows is not None:
                self._rows[scope, id_] = _preferences(row)

    async def _delete(self, condition: str, values: tuple[object, ...]) -> None:
        sql = f"DELETE FROM preferences WHERE {condition} RETURNING scope, id"  # noqa: S608 - our own conditions
        for scope, id_ in await self._run(sql, values):
            if self._rows is not None:
                self._rows.pop((scope, id_), None)

    async def _run(self, sql: str, values: tuple[object, ...]) -> Sequence[Any]:
        try:
            return list(await self._connection.execute_fetchall(sql, values))
        except asyncio.CancelledError:
            self._rows = None  # the statement may run all the same: the table has to be read again
            raise


def _preferences(row: Sequence[Any]) -> Preferences:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    for name in _SWITCHES:
        values[name] = None if values[name] is None else bool(values[name])
    return Preferences(**values)
