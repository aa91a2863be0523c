"""The life of an interaction: 3 s until its first response, 15 min of its token (discord.md section 2)."""

import asyncio
import secrets
from dataclasses import dataclass

from sandbox.discord.world.entities import Channel, Interaction, InteractionType, Json, Message, User
from sandbox.discord.world.errors import (
    already_acknowledged,
    token_expired,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from sandbox.discord.world.events import InteractionCreated, InteractionFailed
from sandbox.discord.world.permissions import is_there
from sandbox.discord.world.snowflakes import moment
from sandbox.discord.world.store import World

ANSWER_WITHIN = 3.0
TOKEN_LIFE = 15 * 60.0


@dataclass(frozen=True)
class Deadlines:
    """How long an interaction waits for its first response, and how long its token is valid. Seconds."""

    answer_within: float = ANSWER_WITHIN
    token: float = TOKEN_LIFE


class Interactions:
    """All interactions of this world.

    Args:
        world: The store.
        deadlines: The two deadlines.
    """

    def __init__(self, world: World, deadlines: Deadlines) -> None:
        self._world = world
        self._deadlines = deadlines
        self._by_token: dict[str, Interaction] = {}

    def start(
        self,
        kind: InteractionType,
        who: User,
        channel: Channel,
        data: Json,
        *,
        message: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        """Begin an interaction; `dispatch` hands it to the bot once it is complete."""
        interaction = Interaction(
            id=self._world.ids.next(),
            type=kind,
            token=secrets.token_urlsafe(96),
            user=who,
            channel=channel,
            data=data,
            message=message,
            parent=parent,
            owners=self._owners(who, channel),
        )
        self._by_token[interaction.token] = interaction
        interaction.deadline = asyncio.get_running_loop().call_later(
            self._deadlines.answer_within, self._give_up, interaction
        )
        return interaction

    def _owners(self, who: User, channel: Channel) -> dict[str, str]:
        """Return who has installed the bot here, by kind of installation: "0" the server, "1" the person.

        A DM with the bot counts as the installation of server "0".
        """
        owners: dict[str, str] = {}
        if is_there(self._world.bot, channel):
            owners["0"] = "0" if channel.guild is None else str(channel.guild.id)
        return owners | ({"1": str(who.id)} if who.id in self._world.installed else {})

    def dispatch(self, interaction: Interaction) -> None:
        """Hand a started interaction to the bot."""
        self._world.events.publish(InteractionCreated(interaction))

    def close(self) -> None:
        """Cancel every deadline that still runs."""
        for interaction in self._by_token.values():
            if interaction.deadline is not None:
                interaction.deadline.cancel()

    def _give_up(self, interaction: Interaction) -> None:
        if interaction.answer is None:
            interaction.failed = True
            self._world.events.publish(InteractionFailed(interaction))

    def _age(self, interaction: Interaction) -> float:
        return self._world.clock() - moment(interaction.id)

    def to_answer(self, interaction_id: int, token: str) -> Interaction:
        """Return the interaction that the bot may give its first response to now.

        Raises:
            ApiError: There is none, it waited too long, or it was answered before.
        """
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise unknown_interaction()
        if interaction.answer is not None:
            raise already_acknowledged()
        if interaction.failed or self._age(interaction) > self._deadlines.answer_within:
            raise unknown_interaction()
        return interaction

    def by_id(self, interaction_id: int) -> Interaction:
        """Return an interaction by its id.

        Raises:
            LookupError: There is none.
        """
        for interaction in self._by_token.values():
            if interaction.id == interaction_id:
                return interaction
        raise LookupError(f"there is no interaction {interaction_id}")

    def by_token(self, token: str) -> Interaction:
        """Return the answered interaction of a valid token.

        Raises:
            ApiError: The token is unknown, not yet usable, or expired.
        """
        interaction = self._by_token.get(token)
        if interaction is None:
            raise unknown_webhook()
        if self._age(interaction) > self._deadlines.token:
            raise token_expired()
        if interaction.answer is None:
            raise unknown_webhook()
        return interaction

    def message(self, interaction: Interaction, which: str) -> Message:
        """Return the message that a token route means: "@original", or an id among the interaction's messages.

        Raises:
            ApiError: There is no such message, or it was deleted.
        """
        reachable = [*interaction.replies, *([interaction.original] if interaction.original is not None else [])]
        if which == "@original":
            reachable = [interaction.original] if interaction.original is not None else []
        for message in reachable:
            if (
                not message.deleted
                and message.channel.id in self._world.channels_by_id
                and which in ("@original", str(message.id))
            ):
                return message
        raise unknown_message()
