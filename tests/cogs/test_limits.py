"""/limits and /usage on simcord: who may set limits, what they refuse, and who sees the numbers."""

import io
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.conversation import ResolvedLimits, Snapshot, State
from bot.errors import AnswerStalled, LoginRequired
from storage.limits import EVERYBODY, Limits
from storage.usage import UsageLimits, UsageRow
from tests.support.quoth_in_simcord import QuothInSimcord, quoth_in_simcord, refusal

REFUSED = "You need the *Manage Server* permission to do that."


async def said(quoth: QuothInSimcord, command: str, who: Any = None, /, **options: Any) -> str:
    """Use a command and return Quoth's private answer."""
    result = await (who or quoth.ada).slash(quoth.channel, command, **options)
    assert result.response is not None
    assert result.ephemeral
    return result.response.content


async def asked(quoth: QuothInSimcord, who: Any = None, where: Any = None, **options: Any) -> str:
    """Ask and return the text of the reply, or of the refusal that only the asker sees."""
    result = await (who or quoth.ada).slash(where or quoth.channel, "ask", prompt="Well?", **options)
    return result.response.content if result.response else refusal(result)


@pytest.mark.parametrize(("command", "options"), [("limits set", {"per_person": 1}), ("limits reset", {})])
async def test_only_admins_set_limits(tmp_path: Path, command: str, options: dict[str, int]) -> None:
    """Without Manage Server nobody can set or reset limits."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.bot.stores.limits.change(quoth.guild.id, EVERYBODY, Limits(cooldown=7))
        assert await said(quoth, command, **options) == REFUSED
        assert await quoth.bot.stores.limits.of(quoth.guild.id) == {EVERYBODY: Limits(cooldown=7)}


async def test_limits_are_set_shown_and_reset(tmp_path: Path) -> None:
    """An admin's limits are listed with those of roles; members see which limits apply to them."""
    async with quoth_in_simcord(tmp_path, limits=ResolvedLimits(0, 0, 3, 0)) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        crew = quoth.guild.create_role("crew")
        bob = quoth.guild.add_member(quoth.env.create_user("bob"), roles=[crew])
        told = await said(quoth, "limits set", eve, per_person=10, cooldown=30)
        assert "- Everyone: questions per member in 24 hours: 10, " in told
        assert "questions per member at the same time: 3" in told  # the operator's
        told = await said(quoth, "limits set", eve, per_person=0, role=crew)
        assert f"- {crew.mention}: questions per member in 24 hours: no limit" in told
        shown = await said(quoth, "limits show")
        assert shown.startswith("- Everyone: questions per member in 24 hours: 10, ")  # which are her own
        shown = await said(quoth, "limits show", bob)
        assert "Your limits: questions per member at the same time: 3" in shown
        assert re.search(r"-# Members see their own limits with </usage:\d+>\.", shown)
        assert await said(quoth, "limits set", eve) == "Set at least one limit."
        for_role = await said(quoth, "limits set", eve, per_server=5, role=crew)
        assert for_role == "A limit for the whole server can't be set for a role."
        assert crew.mention not in await said(quoth, "limits reset", eve, role=crew)
        await said(quoth, "limits reset", eve)
        assert await quoth.bot.stores.limits.of(quoth.guild.id) == {}


async def test_showing_limits_changes_nothing(tmp_path: Path) -> None:
    """The limits of a role that was deleted while Quoth was offline are not shown, and stay as they are."""
    async with quoth_in_simcord(tmp_path) as quoth:
        store = quoth.bot.stores.limits
        await store.change(quoth.guild.id, EVERYBODY, Limits(per_person=3))
        await store.change(quoth.guild.id, 4711, Limits(per_person=9))
        rows = dict(await store.of(quoth.guild.id))
        assert "4711" not in await said(quoth, "limits show")
        assert await store.of(quoth.guild.id) == rows
        assert len(rows) == 2


async def test_where_there_are_no_limits(tmp_path: Path) -> None:
    """Without any limit one sentence says so, after a change too; a long pause is given in minutes."""
    none = "There are no limits here."
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        assert await said(quoth, "limits show") == none
        assert await said(quoth, "limits set", eve, per_person=0) == f"Limits saved. {none}"
        told = await said(quoth, "limits set", eve, cooldown=600)
        assert "pause between two questions from a member: 10 min" in told
        free = quoth.guild.create_role("free")
        await said(quoth, "limits set", eve, cooldown=0, role=free)
        bob = quoth.guild.add_member(quoth.env.create_user("bob"), roles=[free])
        assert (await said(quoth, "limits show", bob)).startswith("You have no limits here.\n- Everyone: ")
        await asked(quoth)
        assert "Please wait 10 min between questions. Try again <t:" in await asked(quoth)
        assert await said(quoth, "limits reset", eve) == f"Limits reset. {none}"
        assert await said(quoth, "limits show", bob) == none


async def test_a_persons_limit(tmp_path: Path) -> None:
    """An ask beyond a person's limit is refused with the time of the next one; others and DMs are not affected."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.bot.stores.limits.change(quoth.guild.id, EVERYBODY, Limits(per_person=2))
        for _ in range(2):
            assert "Hello" in await asked(quoth)
        refused = await asked(quoth)
        assert "You've reached today's limit of 2 questions. Try again <t:" in refused
        assert ":R>." in refused
        assert "Hello" in await asked(quoth, quoth.member("eve"))
        assert "Hello" in (await quoth.ada.user.slash("ask", prompt="Well?")).response.content
        assert len(quoth.poe.asked) == 4


async def test_a_servers_limit(tmp_path: Path) -> None:
    """A server's limit counts everybody's asks together and can't be set for a role."""
    async with quoth_in_simcord(tmp_path, limits=ResolvedLimits(0, 2, 0, 0)) as quoth:
        assert "Hello" in await asked(quoth)
        assert "Hello" in await asked(quoth, quoth.member("eve"))
        assert "This server has reached today's limit of 2 questions. Try again <t:" in await asked(quoth)


async def test_a_pause(tmp_path: Path) -> None:
    """A second question within the cooldown is refused, in this server only."""
    async with quoth_in_simcord(tmp_path, limits=ResolvedLimits(0, 0, 0, 60)) as quoth:
        await asked(quoth)
        assert "Please wait 60 s between questions. Try again <t:" in await asked(quoth)
        assert "Hello" in (await quoth.ada.user.slash("ask", prompt="Well?")).response.content


async def test_the_most_generous_role_applies(tmp_path: Path) -> None:
    """Of the limits of a member's roles the highest applies; without any, the server's does."""
    async with quoth_in_simcord(tmp_path) as quoth:
        few, many, other = (quoth.guild.create_role(name) for name in ("few", "many", "other"))
        guild, store = quoth.guild.id, quoth.bot.stores.limits
        await store.change(guild, EVERYBODY, Limits(per_person=5, at_once=4))
        await store.change(guild, few.id, Limits(per_person=1))
        await store.change(guild, many.id, Limits(per_person=9))
        await store.change(guild, other.id, Limits(at_once=0))
        bob = quoth.guild.add_member(quoth.env.create_user("bob"), roles=[few, many, other])
        shown = await said(quoth, "limits show", bob)
        assert "Your limits: questions per member in 24 hours: 9." in shown
        assert "at the same time" not in shown.partition("\n")[0]  # without a limit
        tom = quoth.guild.add_member(quoth.env.create_user("tom"), roles=[few])
        assert "Hello" in await asked(quoth, tom)
        assert "You've reached today's limit of 1 question." in await asked(quoth, tom)


@pytest.mark.parametrize(
    ("script", "counts"),
    [
        ((Snapshot(state=State.ASKING), LoginRequired()), False),
        ((Snapshot(state=State.QUEUED), LoginRequired()), False),
        ((Snapshot(state=State.ASKING), AnswerStalled()), True),
        ((Snapshot("Half", State.STREAMING), LoginRequired()), True),
        ((RuntimeError("inside"),), False),
    ],
)
async def test_what_poe_did_not_take_does_not_count(
    tmp_path: Path, script: tuple[Snapshot | Exception, ...], counts: bool
) -> None:
    """An ask that failed before Poe took it doesn't count; one that Poe took counts, however it ended."""
    async with quoth_in_simcord(tmp_path, *script, limits=ResolvedLimits(1, 0, 0, 0)) as quoth:
        await asked(quoth)
        assert ("You've reached today's limit" in await asked(quoth)) == counts


async def test_an_unknown_model_does_not_count(tmp_path: Path) -> None:
    """An ask for an unknown model uses up nothing."""
    async with quoth_in_simcord(tmp_path, limits=ResolvedLimits(1, 0, 0, 0)) as quoth:
        await asked(quoth, model="gtp-17")
        assert "Hello" in await asked(quoth)


async def test_uses_survive_a_restart(tmp_path: Path) -> None:
    """Questions asked before a restart still count after it."""
    async with quoth_in_simcord(tmp_path, limits=ResolvedLimits(1, 0, 0, 0)) as quoth:
        await asked(quoth)
        guild, ada = quoth.guild.id, quoth.ada.id
    async with quoth_in_simcord(tmp_path, limits=ResolvedLimits(1, 0, 0, 0)) as quoth:
        assert (
            await quoth.bot.stores.usage.take(UsageRow(99, guild, ada, "gpt-4", time.time()), UsageLimits(per_person=1))
            is not None
        )


async def seed(quoth: QuothInSimcord, uses: dict[str, int]) -> None:
    """Store uses of a member in the server, and one of somebody else in another."""
    for number, model in enumerate(Counter(uses).elements()):
        row = UsageRow(1000 + number, quoth.guild.id, quoth.ada.id, model, time.time() - number * 3600)
        await quoth.bot.stores.usage.take(row, UsageLimits())
    await quoth.bot.stores.usage.take(UsageRow(1, 4711, 1, "GPT-5", time.time()), UsageLimits())


async def test_admins_see_their_servers_usage(tmp_path: Path) -> None:
    """/usage shows admins all asks of their server by model, as numbers and a picture, and of no other server."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await seed(quoth, {f"Model-{n}": 14 - n for n in range(14)} | {"a": 3})
        result = await quoth.member("eve", manage_guild=True).slash(quoth.channel, "usage")
        assert result.response is not None
        assert result.ephemeral
        text = result.response.content
        assert re.search(r"Questions in this server: \d+ today, 108 in the last 30 days\.", text)
        assert "Your questions here: 0 today, 0 in the last 30 days." in text
        assert re.search(r"^- `Model-0`: \d+ today, 14 in the last 30 days$", text, re.MULTILINE)
        assert "- other models: 0 today, 13 in the last 30 days" in text
        assert "GPT-5" not in text
        (picture,) = result.response.attachments
        with Image.open(io.BytesIO(await picture.read())) as image:
            assert image.size == (800, 400)
            assert len(set(image.getcolors(1_000_000) or [])) > 6


async def test_usage_counts_all_spellings_of_a_model(tmp_path: Path) -> None:
    """Questions that were stored under a model's id and under its handle are one line."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await seed(quoth, {"gpt-3.5-turbo": 2, "GPT-3.5-Turbo": 3})
        text = await said(quoth, "usage")
        assert re.search(r"^- `GPT-3.5-Turbo`: \d today, 5 in the last 30 days$", text, re.MULTILINE)
        assert "gpt-3.5-turbo" not in text


async def test_members_see_their_own_usage(tmp_path: Path) -> None:
    """Members see only their own numbers, also in a DM; without any there is no picture."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await seed(quoth, {"gpt-4": 3})
        text = await said(quoth, "usage")
        assert re.search(r"Your questions here: [1-3] today, 3 in the last 30 days\.", text)
        assert "Questions in this server" not in text
        other = await quoth.member("bob").slash(quoth.channel, "usage")
        assert other.response is not None
        assert "Your questions here: 0 today, 0 in the last 30 days." in other.response.content
        assert other.response.attachments == []
        direct = (await quoth.ada.user.slash("usage")).response
        assert "Your questions here: 0 today, 0 in the last 30 days." in direct.content


async def test_usage_shows_what_was_spent(tmp_path: Path) -> None:
    """Where Poe's API told what asks cost, people see their own points, and admins also their server's."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await seed(quoth, {"gpt-4": 3})
        assert "Cost:" not in await said(quoth, "usage")
        for id_, points in ((1000, 5), (1001, 7)):
            await quoth.bot.stores.usage.pay(id_, points)
        assert "in the last 30 days. Cost: 12 points." in await said(quoth, "usage")
        result = await quoth.member("eve", manage_guild=True).slash(quoth.channel, "usage")
        assert result.response is not None
        assert result.response.content.count("Cost: 12 points.") == 1
