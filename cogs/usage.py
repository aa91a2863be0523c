"""``/usage``: how much was asked, as a chart and in figures. Admins see their server, members themselves."""

import asyncio
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.i18n.translate import nt, t
from bot.policy.scopes import may
from bot.ui.limits import is_limited, listed
from bot.ui.usage_chart import draw, ranked
from storage.usage import DAY, Count

_DAYS = 30
_LISTED = 10  # models that are listed by name


class UsageCog(commands.Cog):
    """``/usage``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(
        name="usage", description="Show how many questions you asked, and the server's total if you can manage it"
    )
    async def usage(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Count the asks of the last 30 days."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = self.bot.place_of(interaction)
        guild, after = place.asker.guild, time.time() - _DAYS * 24 * 3600
        mine = self._named(await self.bot.stores.usage.counted(after, guild, place.user))
        own = t("Your questions here: {today} today, {all} in the last 30 days.", today=_today(mine), all=_all(mine))
        own += await self._cost(after, guild, place.user)
        limits = await self.bot.limits.resolve(place)
        if limits.per_person:
            last_day = _all(await self.bot.stores.usage.counted(time.time() - DAY, guild, place.user))
            own += "\n" + t("{count} of {limit} in the last 24 hours.", count=last_day, limit=limits.per_person)
        if is_limited(limits):
            own += "\n" + t("Your limits: {limits}.", limits=listed(limits))
        if not may(interaction, "guild"):
            await self._tell(interaction, own, mine)
            return
        everybody = self._named(await self.bot.stores.usage.counted(after, guild))
        text = t(
            "Questions in this server: {today} today, {all} in the last 30 days.",
            today=_today(everybody),
            all=_all(everybody),
        )
        text += await self._cost(after, guild)
        await self._tell(interaction, f"{text}\n{own}", everybody)

    async def _cost(self, after: float, guild: int, user: int | None = None) -> str:
        """Return what that cost, where Poe's API told; empty where nothing is known."""
        points = await self.bot.stores.usage.spent(after, guild, user)
        return " " + nt("Cost: {count} point.", "Cost: {count} points.", points) if points else ""

    def _named(self, counts: Sequence[Count]) -> Sequence[Count]:
        """Return the counts under the names that are shown; older ones were stored under other spellings."""
        models = self.bot.models
        return [replace(count, model=model.name) if (model := models.known(count.model)) else count for count in counts]

    async def _tell(self, interaction: discord.Interaction[QuothBot], text: str, counts: Sequence[Count]) -> None:
        days = _days(counts)
        lines = [text]
        models = ranked(days)
        today = days.get(_now(), {})
        listed = [(name, today.get(name, 0), count) for name, count in models]
        for name, now, count in listed[:_LISTED]:
            lines.append(
                t("- `{model}`: {today} today, {all} in the last 30 days", model=name[:100], today=now, all=count)
            )
        if rest := listed[_LISTED:]:
            now, count = sum(now for _, now, _ in rest), sum(count for *_, count in rest)
            lines.append(t("- other models: {today} today, {all} in the last 30 days", today=now, all=count))
        lines.append(t("-# Days are counted in UTC."))
        content = "\n".join(lines)[:2000]
        if not counts:
            await interaction.followup.send(content, ephemeral=True)
            return
        picture = await asyncio.to_thread(draw, days)
        description = t("Questions per day and model in the last 30 days")
        file = discord.File(io.BytesIO(picture), "usage.png", description=description)
        await interaction.followup.send(content, file=file, ephemeral=True)


def _now() -> date:
    return datetime.now(UTC).date()


def _today(counts: Sequence[Count]) -> int:
    return sum(count.asks for count in counts if _date(count.day) == _now())


def _all(counts: Sequence[Count]) -> int:
    return sum(count.asks for count in counts)


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def _days(counts: Sequence[Count]) -> Mapping[date, Mapping[str, int]]:
    """Return the counts of each of the last 30 days, empty ones too."""
    days: dict[date, dict[str, int]] = {_now() - timedelta(days=ago): {} for ago in range(_DAYS - 1, -1, -1)}
    for count in counts:
        day = days.setdefault(_date(count.day), {})
        day[count.model] = day.get(count.model, 0) + count.asks
    return dict(sorted(days.items()))


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(UsageCog(bot))
