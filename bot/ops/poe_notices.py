"""What Quoth's operator is told, and what everybody sees below Quoth's name: how it stands with Poe."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection

import discord

from bot.discord_errors import described
from bot.errors import ChallengeShown, LimitReached, LoginRequired, PoeError, PoeUnreachable
from bot.i18n.translate import t

log = logging.getLogger(__name__)

_QUIET = 600.0  # seconds between two messages about the same kind of trouble


def operators(application: discord.AppInfo) -> set[int]:
    """Return the ids of whoever runs the application: its owner, or of its team those who may change it."""
    if application.team is None:
        return {application.owner.id}
    roles = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
    accepted = discord.TeamMembershipState.accepted
    members = application.team.members
    able = {member.id for member in members if member.role in roles and member.membership_state is accepted}
    return able | ({application.team.owner_id} if application.team.owner_id else set())


class Watch:
    """Follows what holds Poe up, and passes it on once per change.

    Args:
        client: who tells it.
        operators: returns whom to tell, by their ids.
        clock: seconds.
    """

    def __init__(
        self,
        client: discord.Client,
        operators: Callable[[], Collection[int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._operators = operators
        self._clock = clock
        self._told: dict[type[PoeError], float] = {}
        self._worried = False
        self._following: asyncio.Task[None] | None = None
        self.trouble: PoeError | None = None
        """What holds Poe up."""
        self.maintained = False
        """Whether Quoth is in maintenance."""

    def start(self, troubles: AsyncGenerator[PoeError | None]) -> None:
        """Follow from now on what holds Poe up; None is for nothing."""
        self._following = asyncio.create_task(self._follow(troubles), name="watch")

    async def close(self) -> None:
        """Follow no longer."""
        if self._following:
            self._following.cancel()
            await asyncio.wait({self._following})

    async def show(self) -> None:
        """Show how things stand below Quoth's name. Not before there is a connection, and anew with each one."""
        if not self._client.is_ready():
            return
        words, status = self._presence()
        try:
            await self._client.change_presence(activity=discord.CustomActivity(words), status=status)
        except Exception as error:  # noqa: BLE001 - the connection may go at any moment; the next one is told again
            log.warning("The presence could not be shown: %s.", described(error))

    def _presence(self) -> tuple[str, discord.Status]:
        if self.maintained:
            return t("in maintenance"), discord.Status.idle
        if trouble := _brief(self.trouble):
            return trouble, discord.Status.dnd
        return t("/ask any model on Poe"), discord.Status.online

    async def _follow(self, troubles: AsyncGenerator[PoeError | None]) -> None:
        async with contextlib.aclosing(troubles):
            async for trouble in troubles:
                before, self.trouble = self.trouble, trouble
                if type(before) is not type(trouble):
                    await self.show()
                    await self._report(trouble)

    async def _report(self, trouble: PoeError | None) -> None:
        now = self._clock()
        if trouble is None and self._worried:
            self._worried = False
            await self._tell(t("Poe answers again; questions go on."))
        elif trouble is not None and (sentence := _sentence(trouble)):
            last = self._told.get(type(trouble))
            if last is None or now - last >= _QUIET:
                self._told[type(trouble)], self._worried = now, True
                await self._tell(sentence)

    async def _tell(self, sentence: str) -> None:
        for operator in self._operators():
            try:
                direct = await self._client.create_dm(discord.Object(operator))
                await direct.send(sentence, suppress_embeds=True)
            except Exception as error:  # noqa: BLE001 - a closed DM or a lost connection must not end the watch
                log.warning("The operator could not be told by DM: %s.", described(error))


def _sentence(trouble: PoeError) -> str:
    """What the operator reads of something that only they can mend; empty for what passes by itself."""
    match trouble:
        case LoginRequired():
            return t(
                "Poe needs a login, and no question is answered until then. End Quoth, run `quoth login`, and start it "
                "again."
            )
        case ChallengeShown():
            return t(
                "Poe wants to see a human, and no question is answered until then. End Quoth, run `quoth login`, "
                "answer the challenge yourself, and start Quoth again."
            )
        case LimitReached():
            return t("No question is answered for now: {why}", why=trouble.operator_message)
        case _:
            return ""


def _brief(trouble: PoeError | None) -> str:
    match trouble:
        case LoginRequired():
            return t("Poe needs a login")
        case ChallengeShown():
            return t("Poe wants to see a human")
        case LimitReached():
            return t("Poe's points are used up")
        case PoeUnreachable():
            return t("Poe can't be reached")
        case _:
            return ""
