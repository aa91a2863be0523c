"""First answers, and the routes of interaction tokens: @original, followups. None of them needs the bot's token."""

from collections.abc import Callable

from sandbox.discord.rest.answers import Answers
from sandbox.discord.rest.buckets import Buckets, milliseconds_up
from sandbox.discord.rest.reading import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world.drafts import read_draft
from sandbox.discord.world.entities import Json, Message, MessageFlag
from sandbox.discord.world.errors import ApiError, unknown_webhook
from sandbox.discord.world.interactions import Answer, Interaction
from sandbox.discord.world.lifecycle import Interactions
from sandbox.discord.world.mentions import ONLY_USERS
from sandbox.discord.world.message_objects import message_object
from sandbox.discord.world.posting import Posting
from sandbox.discord.world.world import World

_TOKEN = "/webhooks/{application_id}/{token}"  # noqa: S105 - a path
_ANSWERS_WITH_RESOURCE = (Answer.MESSAGE, Answer.UPDATE)


class InteractionRoutes:
    """Routes that carry an interaction's token.

    Args:
        world: The store.
        interactions: All interactions.
        posting: Where messages are made.
        buckets: For the hidden limit on followups in a channel.
        readable: What of others' messages the bot may read; an answer can refer to one.
    """

    def __init__(
        self,
        world: World,
        interactions: Interactions,
        posting: Posting,
        buckets: Buckets,
        readable: Callable[[Message], bool],
    ) -> None:
        self._world = world
        self._interactions = interactions
        self._posting = posting
        self._answers = Answers(world, posting)
        self._buckets = buckets
        self._readable = readable

    def routes(self) -> list[Route]:
        """All of them; edits, followups, reads and deletes share one bucket per token (discord.md section 1)."""
        one = f"{_TOKEN}/messages/{{which}}"
        return [
            Route("POST", "/interactions/{interaction_id}/{token}/callback", self._callback, public=True),
            Route("POST", _TOKEN, self._follow_up, bucket="interaction", major="token", public=True),
            Route("GET", one, self._get, bucket="interaction", major="token", public=True),
            Route("PATCH", one, self._edit, bucket="interaction", major="token", public=True),
            Route("DELETE", one, self._delete, bucket="interaction", major="token", public=True),
        ]

    def _callback(self, request: Request) -> Json | None:
        interaction = self._interactions.to_answer(request.id("interaction_id"), request.path["token"])
        self._answers.give(interaction, request.body, request.files)
        if request.query.get("with_response", "").lower() not in ("1", "true"):
            return None
        told: Json = {"id": str(interaction.id), "type": int(interaction.type)}
        message, answer = interaction.original, interaction.answer
        if message is not None:
            told |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
        if message is None or answer is None or answer not in _ANSWERS_WITH_RESOURCE:
            return {"interaction": told}
        # A deferred answer has no resource, says Discord's own description of the API.
        return {"interaction": told, "resource": {"type": int(answer), "message": self._shown(message)}}

    def _follow_up(self, request: Request) -> Json | None:
        interaction = self._interaction(request)
        grant = self._buckets.take("webhook_creates", str(interaction.channel.id))
        if grant is not None and not grant.allowed:
            raise ApiError(
                429,
                0,
                "The resource is being rate limited.",
                retry_after=milliseconds_up(grant.retry_after),
                scope="shared",
            )
        draft = read_draft(request.body, request.files, ONLY_USERS)
        message = self._answers.follow_up(interaction, draft)
        # An interaction's webhook always waits, whatever `wait` says (docs: receiving-and-responding).
        return self._shown(message)

    def _get(self, request: Request) -> Json:
        return self._shown(self._message(request))

    def _edit(self, request: Request) -> Json:
        message = self._message(request)
        v2 = bool(message.flags & MessageFlag.COMPONENTS_V2)
        draft = read_draft(request.body, request.files, ONLY_USERS, v2=v2)
        return self._shown(self._posting.edit(message, draft))

    def _delete(self, request: Request) -> None:
        self._posting.delete(self._message(request))

    def _shown(self, message: Message) -> Json:
        return message_object(message, self._readable)

    def _interaction(self, request: Request) -> Interaction:
        if request.id("application_id") != self._world.application_id:
            raise unknown_webhook()
        return self._interactions.by_token(request.path["token"])

    def _message(self, request: Request) -> Message:
        return self._interactions.message(self._interaction(request), request.path["which"])
