"""How Poe is doing: told to the operator by DM, and shown to everybody as Quoth's status."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection

import discord

from bot.discord_errors import described
from bot.errors import (
    ChallengeShown,
    KeyRefused,
    LimitReached,
    LoginRequired,
    PoeError,
    PoeUnreachable,
    PriceNotAgreed,
)
from bot.i18n.translate import nt, t
from bot.poe.queue import Figures
from bot.reply.buttons import Button, button_view

log = logging.getLogger(__name__)

_QUIET = 600.0  # seconds between two DMs about the same kind of failure
TRY_AGAIN = "quoth:try-again"
"""The id of the button that ends the waiting while something keeps asks from Poe."""


def operators(application: discord.AppInfo) -> set[int]:
    """Return the ids of the people who run the application: its owner, or the team members who may change it."""
    if application.team is None:
        return {application.owner.id}
    roles = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
    accepted = discord.TeamMembershipState.accepted
    members = application.team.members
    able = {member.id for member in members if member.role in roles and member.membership_state is accepted}
    return able | ({application.team.owner_id} if application.team.owner_id else set())


class PoeNotices:
    """Reports each change of what keeps asks from Poe, once.

    Args:
        client: sends the DMs and shows the status.
        operators: returns the ids of the people to tell.
        figures: returns the state of the queue, which says whether new asks go another way meanwhile.
        clock: seconds.
    """

    def __init__(
        self,
        client: discord.Client,
        operators: Callable[[], Collection[int]],
        figures: Callable[[], Figures],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._operators = operators
        self._figures = figures
        self._clock = clock
        self._reported: dict[tuple[type[PoeError], str], float] = {}
        self._telling: set[asyncio.Task[list[discord.Message]]] = set()
        self._recovery_due = False
        self._buttons: list[discord.Message] = []
        self._following: list[asyncio.Task[None]] = []
        self.trouble: PoeError | None = None
        """What keeps asks from Poe at present."""
        self.maintenance = False
        """Whether Quoth is in maintenance."""

    def start(
        self,
        troubles: AsyncGenerator[PoeError | None],
        low_points: AsyncGenerator[int] | None = None,
        refusals: AsyncGenerator[KeyRefused] | None = None,
    ) -> None:
        """Follow what keeps asks from Poe, where None is for nothing, a balance that gets low, and a refused key."""
        self._following.append(asyncio.create_task(self._follow(troubles), name="poe-notices"))
        if low_points is not None:
            self._following.append(asyncio.create_task(self._warn(low_points), name="points-notices"))
        if refusals is not None:
            self._following.append(asyncio.create_task(self._note_refusals(refusals), name="key-notices"))

    async def close(self) -> None:
        """Stop following."""
        tasks = {*self._telling, *self._following}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def note_failure(self, error: PoeError, model: str) -> None:
        """Tell the operator about a failed ask of a model that only the operator can mend, once in a while."""
        if isinstance(error, PriceNotAgreed):
            sentence = _price(error, model)
        elif isinstance(error, KeyRefused) and self._figures().browser is not None:
            # The usual backend's key is told of when it holds the queue; a fallback's holds none that is followed.
            sentence = t(
                "Poe doesn't accept the API key of Quoth's fallback, so questions wait while the browser can't be "
                "used. Create a key at <https://poe.com/api/keys>, put it into `POE_API_KEY`, and restart Quoth."
            )
        else:
            return
        if not self._is_due(error):
            return
        task = asyncio.create_task(self._tell(sentence), name="poe-notice")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def show(self) -> None:
        """Show the state as Quoth's status. To be called again for every new connection."""
        if not self._client.is_ready():
            return
        text, status = self._presence()
        try:
            await self._client.change_presence(activity=discord.CustomActivity(text), status=status)
        except Exception as error:  # noqa: BLE001 - the connection may be lost at any moment; the next one shows it again
            log.warning("The status could not be shown: %s.", described(error))

    def _presence(self) -> tuple[str, discord.Status]:
        if self.maintenance:
            return t("Under maintenance"), discord.Status.idle
        figures = self._figures()
        if (trouble := _brief(self.trouble)) and not figures.falls_back and not figures.other_accounts:
            return trouble, discord.Status.dnd
        return t("/ask any model on Poe"), discord.Status.online

    async def _follow(self, troubles: AsyncGenerator[PoeError | None]) -> None:
        async with contextlib.aclosing(troubles):
            async for trouble in troubles:
                before, self.trouble = self.trouble, trouble
                if _kind(before) != _kind(trouble):
                    await self.show()
                    await self._report(trouble)

    async def _warn(self, low_points: AsyncGenerator[int]) -> None:
        async with contextlib.aclosing(low_points):
            async for points in low_points:
                await self._tell(
                    nt(
                        "Quoth's Poe account has only {count} point left.",
                        "Quoth's Poe account has only {count} points left.",
                        points,
                    )
                )

    async def _note_refusals(self, refusals: AsyncGenerator[KeyRefused]) -> None:
        async with contextlib.aclosing(refusals):
            async for refusal in refusals:
                self.note_failure(refusal, "")

    async def _report(self, trouble: PoeError | None) -> None:
        if trouble is None and self._recovery_due:
            self._recovery_due = False
            await self._take_back_buttons()
            await self._tell(t("Poe is working again, and Quoth is answering questions."))
        elif trouble is not None and (sentence := self._sentence(trouble)) and self._is_due(trouble):
            self._recovery_due = True
            self._buttons += await self._tell(sentence, try_again_button())

    def _sentence(self, trouble: PoeError) -> str:
        sentence, figures = _sentence(trouble), self._figures()
        if trouble.account and sentence:
            sentence = t("**Poe account {account}:** {sentence}", account=trouble.account, sentence=sentence)
            if figures.other_accounts:
                return sentence + " " + t("The other accounts go on answering.")
        if not figures.falls_back:
            return sentence
        why = sentence or t("Quoth can't use the browser for now: {why}", why=trouble.operator_message)
        return why + " " + t("Until then, new questions go to Poe's API.")

    def _is_due(self, error: PoeError) -> bool:
        """Whether the last DM about such a failure is long enough ago; notes that there is one now."""
        kind = type(error), error.account
        now, last = self._clock(), self._reported.get(kind)
        if last is not None and now - last < _QUIET:
            return False
        self._reported[kind] = now
        return True

    async def _take_back_buttons(self) -> None:
        """Remove the buttons of what is over."""
        messages, self._buttons = self._buttons, []
        for message in messages:
            try:
                await message.edit(view=None, suppress=True)
            except Exception as error:  # noqa: BLE001 - as in _tell; a button that stays does no harm
                log.warning("A button in a DM to the operator stays: %s.", described(error))

    async def _tell(self, sentence: str, *buttons: Button) -> list[discord.Message]:
        """Write to each operator, and return the messages that were sent."""
        sent: list[discord.Message] = []
        for operator in self._operators():
            try:
                direct = await self._client.create_dm(discord.Object(operator))
                sent.append(await direct.send(sentence, suppress_embeds=True, view=button_view(buttons)))
            except Exception as error:  # noqa: BLE001 - a closed DM or a lost connection must not end the notices
                log.warning("Could not send a DM to the operator: %s.", described(error))
        return sent


def _kind(trouble: PoeError | None) -> tuple[type[PoeError], str] | None:
    return trouble and (type(trouble), trouble.account)


def try_again_button() -> Button:
    """Return the button that ends the waiting while something keeps asks from Poe."""
    return Button(t("Try again now"), TRY_AGAIN)


def _price(error: PriceNotAgreed, model: str) -> str:
    """Return the DM about a price that Quoth does not agree to."""
    hint = t("Nothing was sent. To allow it, raise the budget per message in your Poe account's settings.")
    if error.points:
        asks = nt(
            "Poe asks to confirm a price of {count} point for a message to `{model}`, and Quoth confirms no price.",
            "Poe asks to confirm a price of {count} points for a message to `{model}`, and Quoth confirms no price.",
            error.points,
            model=model,
        )
    else:
        asks = t("Poe asks to confirm the price of a message to `{model}`, and Quoth confirms no price.", model=model)
    return f"{asks} {hint}"


def _sentence(trouble: PoeError) -> str:
    """Return the DM about something that only the operator can fix; empty for what passes by itself."""
    match trouble:
        case LoginRequired():
            return t(
                "Quoth isn't logged in to Poe, so it can't answer questions. Stop Quoth, run `quoth login{account}`, "
                "and start it again.",
                account=f" {trouble.account}".rstrip(),
            )
        case ChallengeShown():
            return t(
                "Poe is showing a CAPTCHA, so Quoth can't answer questions. Stop Quoth, run `quoth login{account}`, "
                "solve the CAPTCHA yourself, and start Quoth again.",
                account=f" {trouble.account}".rstrip(),
            )
        case KeyRefused():
            return t(
                "Poe doesn't accept Quoth's API key, so Quoth can't answer questions. Create a key at "
                "<https://poe.com/api/keys>, put it into `POE_API_KEY`, and restart Quoth."
            )
        case LimitReached():
            return t("Quoth can't answer questions for now: {why}", why=trouble.operator_message)
        case _:
            return ""


def _brief(trouble: PoeError | None) -> str:
    """Return the status for what keeps asks from Poe; empty if it is not worth one."""
    match trouble:
        case LoginRequired():
            return t("Not logged in to Poe")
        case ChallengeShown():
            return t("Poe is showing a CAPTCHA")
        case KeyRefused():
            return t("Poe doesn't accept the API key")
        case LimitReached():
            return t("Out of Poe points")
        case PoeUnreachable():
            return t("Poe can't be reached")
        case _:
            return ""
