"""Interaction callbacks, and the routes of interaction tokens: @original and followups (discord.md section 2).

None of them needs the bot's token.
"""

from collections.abc import Callable

from sandbox.discord.rest.buckets import Buckets, milliseconds_up
from sandbox.discord.rest.requests import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world import objects
from sandbox.discord.world.commands import MAX_CHOICES, OptionType, check_choices
from sandbox.discord.world.components import read_modal
from sandbox.discord.world.entities import (
    CallbackType,
    Choice,
    Interaction,
    InteractionType,
    Json,
    Message,
    MessageFlag,
    MessageType,
)
from sandbox.discord.world.errors import (
    ApiError,
    UnmodelledError,
    too_many_followups,
    unknown_message,
    unknown_webhook,
)
from sandbox.discord.world.events import InteractionAnswered
from sandbox.discord.world.forms import Form, invalid
from sandbox.discord.world.interactions import Interactions
from sandbox.discord.world.mentions import ONLY_USERS
from sandbox.discord.world.payloads import Payload, Upload, read_payload
from sandbox.discord.world.permissions import Permission, may
from sandbox.discord.world.posting import Origin, Posting
from sandbox.discord.world.store import World

MAX_USER_INSTALL_FOLLOWUPS = 5
"""Followups of one interaction where only a person has installed the bot (discord.md section 2)."""
_TOKEN = "/webhooks/{application_id}/{token}"  # noqa: S105 - a path
_CALLBACKS_WITH_RESOURCE = (CallbackType.MESSAGE, CallbackType.UPDATE)
_CONTEXT_MENU_TYPES = (2, 3)


class InteractionRoutes:
    """Routes that carry an interaction's token.

    Args:
        world: The store.
        interactions: All interactions.
        posting: Creates and edits messages.
        buckets: For the hidden limit on followups in a channel.
        readable: Whether the bot may read a message's content; a response can refer to somebody else's message.
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
        self._buckets = buckets
        self._readable = readable

    def routes(self) -> list[Route]:
        """Return all routes; edits, followups, reads and deletes share one bucket per token (discord.md section 1)."""
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
        self._respond(interaction, request.body, request.files)
        if request.query.get("with_response", "").lower() not in ("1", "true"):
            return None
        body: Json = {"id": str(interaction.id), "type": int(interaction.type)}
        message, answer = interaction.original, interaction.answer
        if message is not None:
            body |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
        if message is None or answer is None or answer not in _CALLBACKS_WITH_RESOURCE:
            return {"interaction": body}
        # A deferred response has no resource, says Discord's own description of the API.
        return {"interaction": body, "resource": {"type": int(answer), "message": self._object(message)}}

    def _respond(self, interaction: Interaction, body: object, files: dict[int, Upload]) -> None:
        """Give an interaction its first response."""
        form = Form(body)
        form.only("type", "data")
        number = form.integer("type", 1, 12, required=True)
        form.check()
        if number not in tuple(CallbackType):
            raise UnmodelledError(f"interaction callback type {number}")
        kind = CallbackType(number or 0)
        _check_fits(interaction, kind)
        data: object = form.json.get("data") or {}
        match kind:
            case CallbackType.MESSAGE | CallbackType.DEFERRED:
                self._post_response(interaction, data, files, loading=kind is CallbackType.DEFERRED)
            case CallbackType.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case CallbackType.UPDATE:
                self._update_message(interaction, data, files)
            case CallbackType.CHOICES:
                interaction.choices = _read_choices(interaction, Form(data))
            case CallbackType.MODAL:
                modal = Form(data)
                interaction.modal = read_modal(modal)
                modal.check()
                interaction.modal_open = True
        interaction.settle(kind, self._world.monotonic())
        self._world.events.publish(InteractionAnswered(interaction))

    def _post_response(
        self, interaction: Interaction, data: object, files: dict[int, Upload], *, loading: bool
    ) -> None:
        payload = read_payload(data, files, ONLY_USERS)
        if loading and (payload.content or payload.components or payload.files):
            raise UnmodelledError("a deferred response that carries more than flags")
        viewer = interaction.user if _is_ephemeral(interaction, payload) else None
        kind, target = _type_and_target(interaction)
        origin = Origin(interaction, kind, viewer, target, loading)
        interaction.original = self._posting.create(interaction.channel, self._world.bot, payload, origin)

    def _update_message(self, interaction: Interaction, data: object, files: dict[int, Upload]) -> None:
        message = interaction.message
        if message is None or message.deleted:
            raise unknown_message()
        v2 = bool(message.flags & MessageFlag.COMPONENTS_V2)
        self._posting.edit(message, read_payload(data, files, ONLY_USERS, v2=v2))
        interaction.original = message

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
        payload = read_payload(request.body, request.files, ONLY_USERS)
        # An interaction's webhook always waits, whatever `wait` says (docs: receiving-and-responding).
        return self._object(self._post_followup(interaction, payload))

    def _post_followup(self, interaction: Interaction, payload: Payload) -> Message:
        """Post a followup; the first one after a deferral fills the loading message instead (section 2)."""
        original = interaction.original
        if original is not None and original.loading and not original.deleted and original is not interaction.message:
            return self._posting.edit(original, payload)
        if interaction.user_install_only and len(interaction.followups) >= MAX_USER_INSTALL_FOLLOWUPS:
            raise too_many_followups()
        viewer = interaction.user if _is_ephemeral(interaction, payload) else None
        origin = Origin(interaction, MessageType.REPLY, viewer, reply_to=original)
        message = self._posting.create(interaction.channel, self._world.bot, payload, origin)
        interaction.followups.append(message)
        return message

    def _get(self, request: Request) -> Json:
        return self._object(self._message(request))

    def _edit(self, request: Request) -> Json:
        message = self._message(request)
        v2 = bool(message.flags & MessageFlag.COMPONENTS_V2)
        payload = read_payload(request.body, request.files, ONLY_USERS, v2=v2)
        return self._object(self._posting.edit(message, payload))

    def _delete(self, request: Request) -> None:
        self._posting.delete(self._message(request))

    def _object(self, message: Message) -> Json:
        return objects.message(message, self._readable)

    def _interaction(self, request: Request) -> Interaction:
        if request.id("application_id") != self._world.application_id:
            raise unknown_webhook()
        return self._interactions.by_token(request.path["token"])

    def _message(self, request: Request) -> Message:
        return self._interactions.message(self._interaction(request), request.path["which"])


def _is_ephemeral(interaction: Interaction, payload: Payload) -> bool:
    """Return whether only one person sees a response.

    That of a bot that only a person has installed is ephemeral where the person may not use external apps.
    """
    in_public = not interaction.user_install_only or may(
        interaction.user, interaction.channel, Permission.USE_EXTERNAL_APPS
    )
    return MessageFlag.EPHEMERAL in (payload.flags or MessageFlag(0)) or not in_public


def _type_and_target(interaction: Interaction) -> tuple[MessageType, Message | None]:
    """Return the type of a response, and the message that it is shown as a reply to."""
    if interaction.message is not None:
        return MessageType.REPLY, interaction.message
    target = interaction.target if isinstance(interaction.target, Message) else None
    is_menu = interaction.command is not None and interaction.command.type in _CONTEXT_MENU_TYPES
    return (MessageType.CONTEXT_MENU if is_menu else MessageType.COMMAND), target


def _check_fits(interaction: Interaction, kind: CallbackType) -> None:
    """Refuse a callback type that this kind of interaction does not take (discord.md section 2)."""
    is_autocomplete = interaction.type is InteractionType.AUTOCOMPLETE
    fits = is_autocomplete == (kind is CallbackType.CHOICES)
    if kind in (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE):
        fits = fits and interaction.message is not None
    if kind is CallbackType.MODAL:
        fits = fits and interaction.type is not InteractionType.MODAL
    if not fits:
        raise invalid(("type",), "BASE_TYPE_CHOICES", f"Callback type {kind} does not fit this interaction.")


def _read_choices(interaction: Interaction, form: Form) -> list[Choice]:
    choices = form.forms("choices", MAX_CHOICES)
    check_choices(choices, OptionType(_focused_option(interaction.data["options"])["type"]))
    form.check()
    return [Choice(choice.json["name"], choice.json["value"]) for choice in choices]


def _focused_option(options: list[Json]) -> Json:
    """Return the option that is being typed, at any depth."""
    for option in options:
        if option.get("focused"):
            return option
        if option.get("options"):
            return _focused_option(option["options"])
    raise ApiError(400, 50035, "Invalid Form Body")
