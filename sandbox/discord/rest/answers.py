"""What a bot may answer to an interaction, and what becomes of it (discord.md section 2)."""

from sandbox.discord.world.commands import MAX_CHOICES, OptionType, check_choices
from sandbox.discord.world.components import read_modal
from sandbox.discord.world.drafts import Draft, Upload, read_draft
from sandbox.discord.world.entities import Json, Message, MessageFlag, MessageType
from sandbox.discord.world.errors import ApiError, UnmodelledError, too_many_followups, unknown_message
from sandbox.discord.world.events import InteractionAnswered
from sandbox.discord.world.forms import Form, invalid
from sandbox.discord.world.interactions import Answer, Choice, Interaction, InteractionType
from sandbox.discord.world.mentions import ONLY_USERS
from sandbox.discord.world.permissions import Permission, may
from sandbox.discord.world.posting import Origin, Posting
from sandbox.discord.world.world import World

MOST_GUEST_FOLLOWUPS = 5
"""Followups of one interaction where the bot is by a person's installation alone (discord.md section 2)."""
_CONTEXT_MENU_TYPES = (2, 3)


class Answers:
    """Gives interactions their answers.

    Args:
        world: The store.
        posting: Where messages are made.
    """

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def give(self, interaction: Interaction, body: object, files: dict[int, Upload]) -> None:
        """Give an interaction its first answer.

        Raises:
            ApiError: The answer is malformed or does not fit the interaction.
        """
        form = Form(body)
        form.only("type", "data")
        number = form.integer("type", 1, 12, required=True)
        form.check()
        if number not in tuple(Answer):
            raise UnmodelledError(f"interaction callback type {number}")
        kind = Answer(number or 0)
        _check_fits(interaction, kind)
        data: object = form.json.get("data") or {}
        match kind:
            case Answer.MESSAGE | Answer.DEFERRED:
                self._answer_with_message(interaction, data, files, loading=kind is Answer.DEFERRED)
            case Answer.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case Answer.UPDATE:
                self._update_source(interaction, data, files)
            case Answer.CHOICES:
                interaction.choices = _read_choices(interaction, Form(data))
            case Answer.MODAL:
                modal = Form(data)
                interaction.modal = read_modal(modal)
                modal.check()
                interaction.modal_open = True
        interaction.settle(kind, self._world.monotonic())
        self._world.news.tell(InteractionAnswered(interaction))

    def follow_up(self, interaction: Interaction, draft: Draft) -> Message:
        """Post a further message; the first one after a defer fills the loading message instead (section 2)."""
        original = interaction.original
        if original is not None and original.loading and not original.deleted and original is not interaction.message:
            return self._posting.edit(original, draft)
        if interaction.by_guest and len(interaction.followups) >= MOST_GUEST_FOLLOWUPS:
            raise too_many_followups()
        ephemeral = _is_ephemeral(interaction, draft)
        viewer = interaction.user if ephemeral else None
        origin = Origin(interaction, MessageType.REPLY, viewer, reply_to=original)
        message = self._posting.create(interaction.channel, self._world.bot, draft, origin)
        interaction.followups.append(message)
        return message

    def _answer_with_message(
        self, interaction: Interaction, data: object, files: dict[int, Upload], *, loading: bool
    ) -> None:
        draft = read_draft(data, files, ONLY_USERS)
        if loading and (draft.content or draft.embeds or draft.components or draft.files):
            raise UnmodelledError("a deferred answer that carries more than flags")
        ephemeral = _is_ephemeral(interaction, draft)
        kind, target = _shape(interaction)
        origin = Origin(interaction, kind, interaction.user if ephemeral else None, target, loading)
        interaction.original = self._posting.create(interaction.channel, self._world.bot, draft, origin)

    def _update_source(self, interaction: Interaction, data: object, files: dict[int, Upload]) -> None:
        message = interaction.message
        if message is None or message.deleted:
            raise unknown_message()
        v2 = bool(message.flags & MessageFlag.COMPONENTS_V2)
        self._posting.edit(message, read_draft(data, files, ONLY_USERS, v2=v2))
        interaction.original = message


def _is_ephemeral(interaction: Interaction, draft: Draft) -> bool:
    """Whether only one person sees an answer; a guest's answer is, where the person may not use such applications."""
    may_show = not interaction.by_guest or may(interaction.user, interaction.channel, Permission.USE_EXTERNAL_APPS)
    return MessageFlag.EPHEMERAL in (draft.flags or MessageFlag(0)) or not may_show


def _shape(interaction: Interaction) -> tuple[MessageType, Message | None]:
    """The type of an answer, and the message to which it shows as a reply."""
    if interaction.message is not None:
        return MessageType.REPLY, interaction.message
    target = interaction.target if isinstance(interaction.target, Message) else None
    is_menu = interaction.command is not None and interaction.command.type in _CONTEXT_MENU_TYPES
    return (MessageType.CONTEXT_MENU if is_menu else MessageType.COMMAND), target


def _check_fits(interaction: Interaction, kind: Answer) -> None:
    """Which answers fit which interaction (discord.md section 2)."""
    is_autocomplete = interaction.type is InteractionType.AUTOCOMPLETE
    fits = is_autocomplete == (kind is Answer.CHOICES)
    if kind in (Answer.DEFERRED_UPDATE, Answer.UPDATE):
        fits = fits and interaction.message is not None
    if kind is Answer.MODAL:
        fits = fits and interaction.type is not InteractionType.MODAL
    if not fits:
        raise invalid(("type",), "BASE_TYPE_CHOICES", f"Callback type {kind} does not fit this interaction.")


def _read_choices(interaction: Interaction, form: Form) -> list[Choice]:
    choices = form.forms("choices", MAX_CHOICES)
    check_choices(choices, OptionType(focused_option(interaction.data["options"])["type"]))
    form.check()
    return [Choice(choice.json["name"], choice.json["value"]) for choice in choices]


def focused_option(options: list[Json]) -> Json:
    """The option that is being typed, at any depth.

    Raises:
        ApiError: There is none.
    """
    for option in options:
        if option.get("focused"):
            return option
        if option.get("options"):
            return focused_option(option["options"])
    raise ApiError(400, 50035, "Invalid Form Body")
