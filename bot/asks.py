"""One ask, from question to final state. The order of the steps is readable here and nowhere repeated."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Hashable, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, TypeAlias

import discord
from cachetools import LRUCache, TTLCache

from bot.context import addressing
from bot.context.attachments import files_of
from bot.context.continuation import Question, digest, find_chat
from bot.context.continuation import Why as WhyNewChat
from bot.context.files import is_text
from bot.context.history import read_history
from bot.context.impersonation import visible
from bot.context.material import read_material
from bot.context.mentions import name_mentions
from bot.context.prompt import build
from bot.context.turns import History, Origin, known_target
from bot.context.uploads import Chosen, Uploads, choose, placeholder, uploads_of
from bot.conversation import (
    AttachedFile,
    Continuation,
    Messages,
    Place,
    PoeChat,
    Quotation,
    ResolvedAsk,
    Snapshot,
    State,
    Turn,
    ask_id,
)
from bot.errors import (
    FileNotTaken,
    FileRefused,
    InMaintenance,
    ModelNotAllowed,
    NotAdmitted,
    NotForReading,
    PoeError,
    PromptError,
    QuothError,
    UnknownModel,
    UploadRefused,
)
from bot.i18n.translate import later, speak, t
from bot.poe.client import PoeAccess
from bot.policy.access import Access
from bot.policy.conversation_queue import ConversationQueues, QueuedAsk
from bot.policy.limits import RateLimiter, Use
from bot.policy.models import Models
from bot.policy.preferences import LayeredPreferences, PreferenceResolver
from bot.reply.buttons import AFTER, AFTER_COMMAND, Act, offered
from bot.reply.editor import Observer, Reply
from bot.reply.media import Media
from bot.reply.surfaces import Surface
from bot.unexpected import log_failure, sentence
from storage.asks import AskRow, ChatRow
from storage.database import DatabaseFailure
from storage.prompt_sources import PromptSourcesRow
from storage.stores import Stores

log = logging.getLogger(__name__)

_UNREAD = 900.0  # seconds for which the files of a refused ask are known: as long as its reply can be edited
_MOST_UNREAD = 1000
_MOST_PARTS = 1000
_LONGEST = 6000  # characters of a question of several messages: as many as `/ask` takes
_EDITED = 2.0  # seconds without a further edit after which an edited question is asked
_CLOSING = 10.0  # seconds for the last edits when Quoth shuts down
Without: TypeAlias = Literal["none", "unfit", "all"]
"""Which files of a question are left out: none, those that can't go along, or all."""
_DELETED = later("Quoth no longer remembers that question. Ask it again.")
_SWITCHED_OFF = later("The admins of this server have turned off questions to Quoth in this channel.")
_OUTLIVED = later("Discord allows edits for 15 minutes; the answer ends here.")


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks what, and where.

    ``id`` is the id of the message or interaction that asks. Only messages before ``before`` are its history: the same
    id, or that of the first try if an ask is repeated. ``model`` is the name that the asker gave, if any. ``visible``
    is whether readers see the question without the reply's help, ``private`` whether only the asker sees the reply.

    ``replies_to`` is the id of the message in the same channel to which the question replies; ``material`` a message
    that it is about; ``files`` are its attachments, ``attached`` the names and texts of attachments that were read
    before, ``uploads`` its other attachments where it is asked again. ``without`` says which files are left out: none,
    those that can't go along, or all. ``fresh`` is for no history; ``guest`` is whether Quoth is no member there, so
    that it can't read any.

    ``written_by`` is who wrote the question, where a moderator asks somebody else's again; what is stored of it belongs
    to them. ``name`` is the author's display name, empty where it is not known.
    ``layers`` are the preferences there, where they were looked up before.

    ``suggested`` is whether the question is a reply that Poe suggested, so that the reply says who asks.

    ``merges`` is whether it may become part of the same person's question that waits there, and others part of it.

    ``in_turn`` makes it wait until the same person's earlier asks in the same place have ended, so that their answers
    are part of its history.
    """

    id: int
    place: Place
    channel: discord.abc.Messageable
    before: discord.abc.Snowflake
    question: str
    model: str | None = None
    visible: bool = False
    private: bool = False
    replies_to: int | None = None
    material: discord.Message | discord.PartialMessage | None = None
    files: Sequence[discord.Attachment] = ()
    attached: Sequence[tuple[str, str]] = ()
    uploads: Sequence[AttachedFile] = ()
    without: Without = "none"
    fresh: bool = False
    guest: bool = False
    in_turn: bool = False
    merges: bool = False
    suggested: bool = False
    written_by: int | None = None
    name: str = ""
    layers: LayeredPreferences | None = None

    @property
    def author(self) -> int:
        """Who wrote the question."""
        return self.place.user if self.written_by is None else self.written_by

    @property
    def own_uploads(self) -> tuple[AttachedFile, ...]:
        """The question's own files that go to the model as they are."""
        return (*self.uploads, *uploads_of(self.files))


@dataclass(slots=True)
class _Offer:
    """A chat on Poe that can go on, and what was read for the question in a new chat and if it goes on."""

    chat: ChatRow
    fresh: PromptSourcesRow
    going_on: PromptSourcesRow
    told: bool = False  # whether it is stored if it goes on


@dataclass(slots=True)
class _Run:
    parts: list[Ask]  # the messages that are one question, of which the first one is replied to
    reply: Reply
    answering: asyncio.Task[bool]
    begun: float = field(default_factory=time.monotonic)
    asked: Ask | None = None  # what Poe was asked
    cancelled: bool = False
    again: bool = False  # whether Poe is being left in order to be asked again
    timer: asyncio.TimerHandle | None = None
    anew: bool = False  # whether Poe was asked before
    offer: _Offer | None = None
    chat_kept: bool = False

    @property
    def ask(self) -> Ask:
        """What is asked."""
        return _merged(self.parts)

    def cancel(self) -> None:
        """Leave Poe, which presses its Stop. Only once: a second cancellation would not wait for that."""
        if self.timer:
            self.timer.cancel()
        if not self.cancelled:
            self.cancelled = True
            if not self.again:
                self.answering.cancel()

    def edited(self, ask: Ask) -> None:
        """Ask this instead: at once if Poe was not asked yet, else when it was not edited again for a while."""
        self.parts[:] = [ask if part.id == ask.id else part for part in self.parts]
        if self.timer:
            self.timer.cancel()
        if self.reply.snapshot.state.final:
            self.reply.offer_edit()
        elif self.asked:
            self.timer = asyncio.get_running_loop().call_later(_EDITED, self._ask_again)

    def _ask_again(self) -> None:
        over = self.cancelled or self.reply.snapshot.state.final
        if self.asked and not (over or self.again or _same(self.ask, self.asked)):
            self.again = True
            self.answering.cancel()


class Asks:
    """Runs asks. Owned by the bot, which closes it before its connection.

    ``note_failure`` is told what Poe met when an ask failed, and the model that was asked.
    """

    def __init__(
        self,
        poe: PoeAccess,
        access: Access,
        preferences: PreferenceResolver,
        models: Models,
        limits: RateLimiter,
        media: Media,
        uploads: Uploads,
        stores: Stores,
        note_failure: Callable[[PoeError, str], None],
    ) -> None:
        self._poe = poe
        self._access = access
        self._preferences = preferences
        self._models = models
        self._limits = limits
        self._media = media
        self._uploads = uploads
        self._stores = stores
        self._note_failure = note_failure
        self._queues = ConversationQueues()
        self._taken: set[int] = set()
        self._waiting: dict[Hashable, list[Ask]] = {}  # the parts of each conversation's newest question that waits
        self._parts: LRUCache[int, int] = LRUCache(_MOST_PARTS)  # messages that became part of the question of another
        self._running: dict[int, _Run] = {}
        self._unended: set[asyncio.Future[None]] = set()  # one for each call of `run`
        self._repeated: set[Hashable] = set()
        self._unread_files: TTLCache[int, Sequence[discord.Attachment]] = TTLCache(_MOST_UNREAD, _UNREAD)
        self._closing = False
        self.refusal: str | None = None
        """In maintenance, the sentence with which asks are refused, empty for the usual one; None otherwise."""
        self.observer: Observer | None = None
        """Is told of every edit and every end."""

    async def run(self, ask: Ask, surface: Surface, me: int) -> ResolvedAsk | None:
        """Take an ask to its final state, which its reader sees. Raises nothing but the caller's own cancellation.

        Returns what decided how it was answered; None if it was refused.

        Args:
            ask: what is asked; where it is an interaction, that was deferred.
            surface: where the reply is shown.
            me: Quoth's own user id.
        """
        if ask.id in self._taken or ask.id in self._parts:
            log.warning("The same question was asked again while it is being answered; that was dropped.")
            return None
        conversation = (ask.place.channel, ask.place.user) if ask.in_turn else ask.id
        if ask.merges and (parts := self._waiting.get(conversation)) and self._takes(parts, ask):
            self._parts[ask.id] = parts[0].id
            parts.append(ask)
            await self._note_parts(parts)
            return None
        self._taken.add(ask.id)
        over = asyncio.get_running_loop().create_future()
        self._unended.add(over)
        parts = [ask]
        before = ask_id.set(ask.id)
        try:
            # Joined before anything is awaited, so that asks keep the order in which they came, and left when the end
            # is shown: only then can the next one read it as history.
            with self._queues.join(conversation) as queued:
                if ask.merges and queued.waits:
                    self._waiting[conversation] = parts
                resolved = await self._try_to_resolve(ask)
                if isinstance(resolved, ResolvedAsk):
                    await self._run(parts, resolved, surface, queued, me)
                    return resolved
                self._close(parts)
                await self._refuse(ask, resolved, surface)
                return None
        finally:
            self._close(parts)
            self._taken.discard(ask.id)
            self._running.pop(ask.id, None)  # not before the end is shown, for which closing waits
            self._unended.discard(over)
            over.set_result(None)
            ask_id.reset(before)

    async def _try_to_resolve(self, ask: Ask) -> ResolvedAsk | Exception:
        try:
            return await self._resolve(ask)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reply tells it
            return error

    async def _resolve(self, ask: Ask) -> ResolvedAsk:
        """Look up everything that decides how the ask is answered. Nothing is looked up again later.

        Raises:
            NotAdmitted: the asker may not ask there.
            UnknownModel: the ask names a model that does not exist.
            ModelNotAllowed: it names one that is not offered there.
        """
        layers = ask.layers or await self._preferences.layers(ask.place)
        preferences = layers.resolve()
        speak(preferences.language)
        await self._check(layers, guest=ask.guest)
        model, rule = await self._models.resolve(layers, ask.model)
        limits = await self._limits.resolve(ask.place)
        history = None if ask.fresh or ask.guest else preferences.history
        takes, instructions_rule = model.takes or None, layers.instructions_rule
        return ResolvedAsk(model.name, model.handle, rule, preferences, limits, history, takes, instructions_rule)

    async def admits(self, place: Place) -> bool:
        """Whether a person may ask in a place where Quoth is a member."""
        layers = await self._preferences.layers(place)
        try:
            await self._check(layers, guest=False)
            await self._models.check(place)
        except NotAdmitted:
            return False
        return True

    async def _check(self, layers: LayeredPreferences, *, guest: bool) -> None:
        """Check that a person may ask in a place, by the operator's rules and the channel's.

        Raises:
            NotAdmitted: they may not; the message says why.
        """
        await self._access.check(layers.place, guest=guest)
        if not layers.resolve().asking:
            raise NotAdmitted(sentence=_SWITCHED_OFF)

    async def _refuse(self, ask: Ask, error: Exception, surface: Surface) -> None:
        """Show an ask that could not be resolved as failed."""
        if isinstance(error, NotAdmitted) and await surface.tell_alone(error.user_message):
            log.info("An ask was refused: %s", error.operator_message)
            return
        self._keep_texts(ask)
        await self._store(ask, ask.model or "")
        async with self._reply(ask, surface, partial(self.ended, ask.id)) as reply:
            if not self._closing:
                _fail(reply, error)
        await self._tidy(ask, refused=isinstance(error, NotAdmitted))

    async def _run(self, parts: list[Ask], resolved: ResolvedAsk, surface: Surface, queued: QueuedAsk, me: int) -> None:
        ask = parts[0]

        async def ended() -> None:
            await self.ended(ask.id)
            queued.leave()  # the next one does not wait for this answer's files

        await self._store(ask, resolved.model)  # before the first page, which is stored as the ask's
        async with self._reply(ask, surface, ended, resolved) as reply:
            if self._closing:
                return  # the reply shows that it was interrupted
            answering = asyncio.create_task(self._answer(ask, resolved, reply, queued, me), name="ask")
            run = self._running[ask.id] = _Run(parts, reply, answering)
            reply.count(len(parts))
            try:
                # A reply that can't be shown any more ends the ask: nobody would read the rest.
                over, _ = await asyncio.wait(
                    {answering, reply.closed}, timeout=surface.lasts(), return_when=asyncio.FIRST_COMPLETED
                )
                if not over:
                    reply.finish(State.STOPPED, t(_OUTLIVED))
            finally:
                run.cancel()
                await asyncio.wait({answering})
                if run.asked and not _same(run.ask, run.asked):
                    reply.offer_edit()
        await self._tidy(ask, refused=not answering.cancelled() and answering.result())

    def _reply(
        self, ask: Ask, surface: Surface, ended: Callable[[], Awaitable[None]], resolved: ResolvedAsk | None = None
    ) -> Reply:
        files = resolved.preferences.files if resolved else "links"
        return Reply(
            surface,
            ask.id,
            "" if ask.visible else ask.question,
            ask.material.jump_url if ask.material else "",
            who=ask.place.user if ask.suggested else None,
            acts=AFTER if ask.visible else AFTER_COMMAND,
            thinking=resolved.preferences.thinking if resolved else "folded",
            ping=ask.place.user if resolved and resolved.preferences.finish_ping else None,
            gather=None if files == "links" else partial(self._media.gather, spoilers=files == "spoilers"),
            made=partial(self._store_message, ask),
            ended=ended,
            observer=self.observer,
        )

    async def _answer(self, ask: Ask, resolved: ResolvedAsk, reply: Reply, queued: QueuedAsk, me: int) -> bool:
        """Answer an ask; returns whether no prompt could be made of it, so that asking it again is of no use."""
        model = resolved.model
        try:
            if self.refusal is not None:
                raise InMaintenance(sentence=self.refusal)
            self._check_unread(ask, resolved)
            if queued.waits:
                await self._limits.check_day(ask.id, ask.place, model, resolved.limits)
            await queued.wait(lambda ahead: reply.show(Snapshot(state=State.QUEUED, ahead=ahead), model))
            async with AsyncExitStack() as held:
                use = await held.enter_async_context(self._limits.acquire(ask.id, ask.place, model, resolved.limits))
                while await self._is_edited(self._ask_poe(ask, resolved, reply, me, use, held), ask):
                    use.state = State.STREAMING  # whatever comes of the edited question, Poe was asked
                    reply.show(Snapshot(state=State.READING), model)
            state = reply.snapshot.state
            reply.finish(state if state.final else State.DONE)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reply tells it
            unmade = reply.snapshot.state is State.READING
            if isinstance(error, PoeError):
                self._note_failure(error, model)
            _fail(reply, error)
            return unmade and isinstance(error, PromptError)
        return False

    async def _ask_poe(
        self, ask: Ask, resolved: ResolvedAsk, reply: Reply, me: int, use: Use, held: AsyncExitStack
    ) -> None:
        make_prompt = partial(self._make_prompt, ask, resolved, me)
        paid = partial(self._pay, ask.id)
        account = await self._account_of(ask, resolved)
        async with self._poe.stream(ask.place.asker, resolved.handle, make_prompt, paid, account) as snapshots:
            async for snapshot in snapshots:
                await self._note_chat(ask, resolved, snapshot)
                if use.state is not State.STREAMING or snapshot.state.final:
                    use.state = snapshot.state
                wanted = offered(snapshot.suggestions) if resolved.preferences.suggestions else ()
                reply.show(replace(snapshot, suggestions=wanted), resolved.model)
                if snapshot.state.final:
                    await held.aclose()  # what Poe adds to the answer holds nobody up
                if wanted:
                    await self._suggest(ask, wanted)

    async def _is_edited(self, asking: Coroutine[None, None, None], ask: Ask) -> bool:
        """Wait until Poe has answered; returns whether it was left instead because the question was edited."""
        run, task = self._running[ask.id], asyncio.current_task()
        try:
            await asking
        except asyncio.CancelledError:
            if task is None or run.cancelled or not run.again:
                raise
            task.uncancel()
            run.again, run.asked, run.anew, run.offer = False, None, True, None
            return True
        return False

    async def _make_prompt(self, asked: Ask, resolved: ResolvedAsk, me: int) -> Messages:
        """Read what the model is to know, as it is and as far as it may be read now; store which messages that were."""
        run = self._running[asked.id]
        self._close(run.parts)
        ask = run.asked = run.ask  # its message may have been edited while it waited
        await self._check_author(ask)
        origin = Origin(ask.place, ask.channel, ask.before, me, (ask.author, ask.name))
        own = self._check_files(ask, resolved)
        words = ask.question if ask.question.strip() else "\n".join(map(placeholder, own.files))
        texts = [file for file in ask.files if is_text(file)]
        added = await read_material(origin, ask.material, texts, self._stores, self._uploads.downloads, words)
        if resolved.history is None:
            history = History(why="fresh")
        else:
            webhooks = resolved.preferences.read_webhooks
            history = await read_history(
                origin,
                resolved.history,
                self._stores,
                self._uploads.downloads,
                ask.replies_to,
                webhooks=webhooks,
            )
        earlier = [Quotation("File", name, text) for name, text in ask.attached]
        question = await name_mentions(words, ask.channel)
        prompt = build(
            history.turns,
            question,
            [*added, *earlier],
            author=history.author,
            instructions=resolved.preferences.instructions,
        )
        files = [(each.name, visible(each.text)) for each in added if each.kind == "File"]
        await self._update(ask, files, edited=ask is not asked)
        others = [file for each in added for file in each.files]
        chosen = self._choose(ask, [*own.files, *others, *history.uploads], resolved)
        wanted, quoted = chosen.files[: len(own.files)], chosen.files[len(own.files) :]
        uploads = await self._uploads.read(wanted, all_or_none=ask.without == "none")
        uploads += await self._uploads.read([file for file in quoted if file in others], all_or_none=False)
        earlier_uploads = await self._uploads.read([file for file in quoted if file not in others], all_or_none=False)
        if uploads or earlier_uploads:
            prompt.messages[-1]["files"] = (*uploads, *earlier_uploads)
        sources = PromptSourcesRow(
            ask.id,
            _sources(prompt.taken),
            _sources(prompt.cut),
            history.hidden,
            history.why,
            history.webhooks,
            history.unparsed,
            [file.name for file in (*uploads, *earlier_uploads)],
            [file.name for file in (*own.left, *chosen.left)],
            instructions_rule=resolved.instructions_rule or "",
        )
        if resolved.preferences.continue_chat:
            chat = await self._find_chat(ask, resolved, origin, history)
            sources = replace(sources, chat="account" if isinstance(chat, ChatRow) else chat)
            if isinstance(chat, ChatRow):
                # Poe has the earlier messages with their files, and the instructions.
                content = build((), question, [*added, *earlier]).text
                prompt.messages[-1]["continues"] = Continuation(PoeChat(chat.code, chat.account), content, uploads)
                names = [file.name for file in uploads]
                going_on = PromptSourcesRow(ask.id, files=names, unsent=sources.unsent, chat="continued")
                run.offer = _Offer(chat, sources, replace(going_on, instructions_rule=sources.instructions_rule))
        await self._store_sources(sources)
        values = (resolved.handle, resolved.rule, prompt.read, prompt.left_out)
        log.info("Asking %s, chosen by %s, with %d turns, %d left out.", *values)
        return prompt.messages

    async def _find_chat(
        self, ask: Ask, resolved: ResolvedAsk, origin: Origin, history: History
    ) -> ChatRow | WhyNewChat:
        """Return the chat on Poe in which a question goes on, and no other from now on; or why it is a new one."""
        asked = await self._stores.asked([ask.replies_to]) if ask.replies_to else {}
        question = Question(
            ask.author,
            resolved.model,
            digest(resolved.preferences.instructions),
            again=self._running[ask.id].anew or _is_repeated(ask),
            reads=bool(resolved.history) and ask.place.reads_history,
            replied_to=asked.get(ask.replies_to or 0),
        )
        chat = await find_chat(origin, question, history, self._stores, webhooks=resolved.preferences.read_webhooks)
        if isinstance(chat, ChatRow) and not await self._stores.asks.take_chat(chat.asks[-1]):
            return "unknown"
        return chat

    async def _account_of(self, ask: Ask, resolved: ResolvedAsk) -> str | None:
        """Return the account whose chat a question may go on in, None if there is none."""
        if not (resolved.preferences.continue_chat and ask.replies_to):
            return None
        row = (await self._stores.asked([ask.replies_to])).get(ask.replies_to)
        return row.chat.account if row and row.chat else None

    async def _note_chat(self, ask: Ask, resolved: ResolvedAsk, snapshot: Snapshot) -> None:
        """Store whether the chat on Poe goes on, once that is known, and the chat of a complete answer."""
        run, chat = self._running[ask.id], snapshot.chat
        if chat is None or not resolved.preferences.continue_chat:
            return
        if (offer := run.offer) and not offer.told:
            offer.told = True
            why = "gone" if chat.account == offer.chat.account else "account"
            await self._store_sources(offer.going_on if snapshot.continued else replace(offer.fresh, chat=why))
        if snapshot.state is State.DONE and chat.code and not run.chat_kept and not _is_repeated(ask):
            run.chat_kept = True
            asks = (*(offer.chat.asks if offer and snapshot.continued else ()), ask.id)
            row = ChatRow(chat.code, chat.account, digest(resolved.preferences.instructions), asks)
            try:
                await self._stores.asks.keep_chat(ask.id, row)
            except DatabaseFailure as error:
                log.error("The chat of an answer can't be stored, so it will not go on: %s", error)

    async def _store_sources(self, sources: PromptSourcesRow) -> None:
        try:
            await self._stores.prompt_sources.remember(sources)
        except DatabaseFailure as error:
            log.error("The sources of an answer can't be stored: %s", error)

    def _choose(self, ask: Ask, files: Sequence[AttachedFile], resolved: ResolvedAsk) -> Chosen:
        if ask.without == "all":
            return Chosen((), tuple(files))
        return choose(files, resolved, self._uploads.kinds)

    def _check_files(self, ask: Ask, resolved: ResolvedAsk) -> Chosen:
        """Return which of the question's own files go along.

        Raises:
            FileNotTaken: some can't, and nobody has said so far that the question is asked without them. The same holds
                for those of the message that it is about or that it replies to, unless that is Quoth's.
            FileRefused: they can't, and there is no question without them.
        """
        own = self._choose(ask, ask.own_uploads, resolved)
        target = known_target(ask.before) if isinstance(ask.before, discord.Message) and ask.replies_to else None
        others = [each for each in (ask.material, target) if isinstance(each, discord.Message) and not each.author.bot]
        all_files = [*ask.own_uploads, *(file for each in others for file in uploads_of(files_of(each)))]
        chosen = self._choose(ask, all_files, resolved)
        texts = ask.attached or any(map(is_text, ask.files))
        if own.why and not (own.files or texts or ask.material or ask.question.strip()):
            raise FileRefused("A question is nothing but files that can't go along.", sentence="{why}", why=own.why)
        if chosen.left and ask.without == "none":
            raise FileNotTaken(sentence="{why}", why=chosen.why)
        return own

    def _check_unread(self, ask: Ask, resolved: ResolvedAsk) -> None:
        """Check the files of an ask whose text files are not read so far, and keep these for when it is asked again."""
        try:
            self._check_files(ask, resolved)
        except FileNotTaken:
            self._keep_texts(ask)
            raise

    def _keep_texts(self, ask: Ask) -> None:
        if texts := [file for file in ask.files if is_text(file)]:
            self._unread_files[ask.id] = texts

    async def _check_author(self, ask: Ask) -> None:
        """Check that somebody else's question may be asked again.

        Raises:
            NotForReading: its author has opted out, or deleted it.
        """
        if ask.author == ask.place.user:
            return
        if await self._stores.unread([ask.author]):
            raise NotForReading
        if await self._stores.asks.find(ask.id) is None:
            raise NotForReading("The author of the question deleted it.", sentence=_DELETED)

    @contextmanager
    def repeat(self, press: Hashable) -> Generator[bool]:
        """Give whether a press may ask: while the block lasts, another one of the same button is none of its own."""
        first = press not in self._repeated
        self._repeated.add(press)
        try:
            yield first
        finally:
            if first:
                self._repeated.discard(press)

    def stop(self, ask_id: int) -> bool:
        """Stop an ask and keep the text so far; returns whether it was running."""
        run = self._running.get(ask_id)
        if run is None or not run.reply.finish(State.STOPPED):
            return False
        run.cancel()
        return True

    def askers_of(self, ask_id: int) -> set[int]:
        """Return who wrote the question and who asked it; empty if the ask is not running."""
        run = self._running.get(ask_id)
        return {run.ask.author, run.ask.place.user} if run else set()

    def unread_files(self, ask_id: int) -> Sequence[discord.Attachment]:
        """Return the text files of an ask that was refused a while ago, before they were read."""
        return self._unread_files.get(ask_id, ())

    def question_of(self, ask_id: int, seconds: float) -> str | None:
        """Return what an ask asks; None if it is not running or has been for longer than so many seconds."""
        run = self._running.get(ask_id)
        return run.ask.question if run and time.monotonic() - run.begun <= seconds else None

    def edited(self, message: discord.Message, me: int) -> bool:
        """Ask what an edited message asks now, with the files that it still has; returns whether its ask is running.

        An answer that has begun is stopped and its question asked anew in the same reply, once it was not edited again
        for two seconds. Below an answer that has ended, the reply offers to ask again.
        """
        run = self._running.get(self._parts.get(message.id, message.id))
        part = next((part for part in run.parts if part.id == message.id), None) if run else None
        if run is None or part is None or run.reply.editor.done():
            return False
        kept = {file.id for file in message.attachments}
        files = [file for file in part.files if file.id in kept]
        edited = replace(part, question=addressing.question(message, me), files=files)
        if not _same(edited, part) and (edited.question or files):
            run.edited(edited)
        return True

    def deleted(self, message_ids: Collection[int]) -> None:
        """Handle the deletion of messages: an ask whose question or reply is among them is stopped."""
        for run in self._running.values():
            if run.parts[0].id in message_ids:
                self.stop(run.parts[0].id)
            elif run.asked is None:
                run.parts[:] = [part for part in run.parts if part.id not in message_ids]
                run.reply.count(len(run.parts))
            for message_id in message_ids:
                run.reply.deleted(message_id)

    async def close(self) -> None:
        """End all asks as interrupted: first their readers see it, then Poe is left. Later asks end at once."""
        self._closing = True
        runs = list(self._running.values())
        for run in runs:
            run.reply.finish(State.INTERRUPTED)
            run.reply.leave_files()
            run.cancel()
        if runs:
            await asyncio.wait({run.reply.editor for run in runs}, timeout=_CLOSING)
            await asyncio.wait({run.answering for run in runs}, timeout=_CLOSING)
        if self._unended:  # those may still be about to store something
            await asyncio.wait(self._unended, timeout=_CLOSING)

    async def ended(self, ask_id: int) -> None:
        """Store that an ask's reader was shown its end."""
        try:
            await self._stores.asks.end(ask_id)
        except DatabaseFailure as error:
            log.error("The end of an ask can't be stored: %s", error)

    async def _pay(self, ask_id: int, points: int) -> None:
        """Store what an ask cost, some time after its end."""
        try:
            await self._stores.usage.pay(ask_id, points)
        except DatabaseFailure as error:
            log.error("The cost of an ask can't be stored: %s", error)

    async def _store(self, ask: Ask, model: str) -> None:
        """Store an ask for the buttons of its reply, also if its model does not exist."""
        place = ask.place
        row = AskRow(
            ask.id,
            place.guild,
            place.channel,
            ask.author,
            ask.before.id,
            ask.question,
            model,
            ask.private,
            ask.replies_to,
            ask.material.id if ask.material else None,
            ask.fresh or ask.guest,
            ask.attached,
            files=[(file.name, file.kind, file.size, file.url, file.voice) for file in ask.own_uploads],
        )
        try:
            await self._stores.asks.remember(row)
        except DatabaseFailure as error:
            log.error("An ask is answered but can't be stored, so its buttons won't work: %s", error)

    async def _update(self, ask: Ask, files: Sequence[tuple[str, str]], *, edited: bool) -> None:
        """Store an edited question, and the texts of files, which are of any number and size until a prompt is made."""
        try:
            if edited:
                await self._stores.asks.edit(ask.id, ask.question)
            if files or edited:
                await self._stores.asks.attach(ask.id, files)
        except DatabaseFailure as error:
            log.error("The files or the edit of an ask can't be stored: %s", error)

    async def _note_parts(self, parts: Sequence[Ask]) -> None:
        """Show that a question became longer, and store it: its ask may fail before Poe is asked."""
        if run := self._running.get(parts[0].id):
            run.reply.count(len(parts))
            await self._update(run.ask, (), edited=True)

    def _takes(self, parts: Sequence[Ask], ask: Ask) -> bool:
        """Whether a message may still become part of a question that waits: not once its reply has ended."""
        run = self._running.get(parts[0].id)
        return not (run and run.reply.snapshot.state.final) and _fits(parts, ask)

    def _close(self, parts: list[Ask]) -> None:
        """Let no further message become part of a question."""
        for conversation in [key for key, waiting in self._waiting.items() if waiting is parts]:
            del self._waiting[conversation]

    async def _suggest(self, ask: Ask, replies: Sequence[str]) -> None:
        """Store the replies that an answer's buttons stand for."""
        try:
            await self._stores.asks.suggest(ask.id, replies)
        except DatabaseFailure as error:
            log.error("Suggested replies can't be stored, so their buttons won't work: %s", error)

    async def _tidy(self, ask: Ask, *, refused: bool = False) -> None:
        """Store no more of an ask that is over than its buttons need; what was refused can't be repeated."""
        try:
            if refused:
                await self._stores.asks.delete(ask.id)
            else:
                await self._stores.asks.limit_unasked(ask.id)
        except DatabaseFailure as error:
            log.error("An ask that was refused can't be deleted: %s", error)

    async def _store_message(self, ask: Ask, message: int) -> None:
        try:
            await self._stores.reply_messages.remember(message, ask.id)
        except DatabaseFailure as error:
            log.error("A reply's message can't be stored: %s", error)


def _fail(reply: Reply, error: Exception) -> None:
    if isinstance(error, QuothError) and error.refuses:
        log.info("An ask was refused: %s", error.operator_message)
        near = error.near if isinstance(error, UnknownModel | ModelNotAllowed) else ()
        reply.refuse(error.user_message, *_acts(error), near=near)
    elif isinstance(error, QuothError):
        log.warning("An ask failed: %s", error.operator_message)
        reply.finish(State.FAILED, error.user_message)
    else:
        log_failure(log, "An ask", error)
        reply.finish(State.FAILED, sentence(error))


def _acts(error: QuothError) -> tuple[Act, ...]:
    """Return what can be done about an ask that was refused."""
    if isinstance(error, UnknownModel | ModelNotAllowed):
        return ("other",)
    if isinstance(error, UploadRefused):
        return ("bare", "other")
    return ("without", "other") if isinstance(error, FileNotTaken) else ()


def _merged(parts: Sequence[Ask]) -> Ask:
    """Return the question that several messages are, in their order."""
    first, *more = parts
    if not more:
        return first
    question = "\n".join(part.question for part in parts if part.question)
    return replace(first, question=question, files=[file for part in parts for file in part.files])


def _fits(parts: Sequence[Ask], ask: Ask) -> bool:
    return sum(len(part.question) for part in (*parts, ask)) <= _LONGEST


def _same(ask: Ask, other: Ask) -> bool:
    return ask.question == other.question and [each.id for each in ask.files] == [each.id for each in other.files]


def _is_repeated(ask: Ask) -> bool:
    """Whether an ask repeats an earlier one, so that it has the history of that."""
    return ask.id != ask.before.id


def _sources(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    return [(source.channel, source.message) for turn in turns for source in turn.sources]
