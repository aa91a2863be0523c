"""Unexpected failures as people read them: the missing permission, the failing database, and no internals."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.discord_errors import lacking
from bot.unexpected import sentence
from storage.preferences import Preferences
from tests.support.quoth_in_simcord import quoth_in_simcord
from tests.support.replies import question_and_text

FULL = "database or disk is full"


def forbidden(code: int) -> discord.Forbidden:
    """Return a refusal as discord.py raises it."""
    return discord.Forbidden(cast("Any", SimpleNamespace(status=403, reason="")), {"code": code, "message": "detail"})


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (forbidden(50001), "View Channel"),
        (forbidden(50013), "Send Messages"),
        (forbidden(160002), "Read Message History"),
        (forbidden(50007), "Something went wrong"),
        (sqlite3.OperationalError(FULL), "database"),
        (RuntimeError("detail"), "Something went wrong"),
    ],
)
def test_a_refusal_names_the_missing_permission(error: Exception, named: str) -> None:
    """A 403 is explained by the missing permission, and no sentence repeats Discord's or Python's words."""
    assert named in sentence(error)
    assert "detail" not in sentence(error)
    assert FULL not in sentence(error)


def test_a_file_needs_a_permission_of_its_own() -> None:
    """A refused message with a file lacks Attach Files."""
    assert lacking(forbidden(50013), attached=True) == "attach_files"
    assert lacking(RuntimeError(), attached=True) == ""


async def test_a_full_disk_stops_no_answer(tmp_path: Path) -> None:
    """When nothing can be stored, a choice is refused with a sentence and the old one stays; asks are answered."""
    async with quoth_in_simcord(tmp_path) as quoth:
        role = quoth.guild.create_role("crew", permissions=discord.Permissions(manage_guild=True))
        eve = quoth.guild.add_member(quoth.env.create_user("eve"), roles=[role])
        await quoth.bot.stores.preferences.change("guild", quoth.guild.id, quoth.guild.id, Preferences("palm"))
        await quoth.connection.execute("PRAGMA query_only = ON")
        refused = await eve.slash(quoth.channel, "model set", model="gpt-4")
        assert refused.response is not None
        assert refused.ephemeral
        assert "database" in refused.response.content
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert asked.response is not None
        assert question_and_text(asked.response.content) == ("Well?", "Hello")
        assert quoth.poe.asked[0][0] == "Google-PaLM"
