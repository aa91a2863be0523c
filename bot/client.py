"""QuothBot: the Discord client, with what the commands use as attributes."""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands
from discord.http import Route

from bot.asks import Asks
from bot.context.uploads import DISCORD_HOSTS, KINDS, Uploads
from bot.conversation import FileKind, Place, ResolvedLimits, ResolvedPreferences
from bot.discord_errors import can_not_reach, described, pauses
from bot.downloads import Downloads
from bot.gateway_events import GatewayEvents
from bot.i18n.commands import Translator
from bot.i18n.translate import know_commands, speak, spoken
from bot.ops.gateway_watch import sockets
from bot.ops.logbook import Logbook
from bot.ops.poe_notices import PoeNotices, operators
from bot.permissions import invite
from bot.poe.api.points import Points
from bot.poe.catalogue import Catalogue
from bot.poe.client import PoeAccess
from bot.policy.access import Access, AccessRules
from bot.policy.limits import RateLimiter
from bot.policy.models import Models
from bot.policy.preferences import PreferenceResolver
from bot.reply.media import Media
from bot.reply.pacing import RateLimiters
from bot.reply.rate_limit_headers import header_trace
from bot.ui.suggestions import Suggestions
from storage.database import DatabaseFailure
from storage.stores import Stores

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.ask",
    "cogs.help",
    "cogs.messages",
    "cogs.model_choice",
    "cogs.model_browser",
    "cogs.preferences",
    "cogs.instructions",
    "cogs.limits",
    "cogs.usage",
    "cogs.privacy",
    "cogs.reply_buttons",
    "cogs.lifecycle",
    "cogs.diagnose",
    "cogs.operator",
    "cogs.errors",
)
_LAST_SERVER = 1.0  # seconds without another server after which all are taken to have come; discord.py waits for two
_SYNC = 3.0  # seconds that the start waits for the commands to be registered
_UNKNOWN_MEMBER = 10007
EVERYWHERE = AccessRules()
"""All servers are allowed, and what goes with that."""
_READY = 5.0  # seconds that closing waits for a start that is under way


class Tree(app_commands.CommandTree["QuothBot"]):
    """The commands, which answer in the language of the person who uses them."""

    async def interaction_check(self, interaction: discord.Interaction["QuothBot"], /) -> bool:
        """Choose the language."""
        interaction.client.speak_to(interaction)
        return True


class QuothBot(commands.Bot):
    """The bot. Poe and the database belong to the caller (bot/bootstrap.py); closing the bot ends its asks.

    Args:
        poe: where models are asked.
        stores: the database.
        catalogue: the models that Quoth offers.
        preferences: what is in effect where nobody chose: the operator's settings.
        limits: likewise, where no admin set a limit.
        access: who may use Quoth.
        media_hosts: the hosts from which the files of answers are fetched, each as ``host`` or ``host:port``.
        file_kinds: which kinds of files can go along with a question.
        message_content: whether to ask Discord for the content of messages that don't mention Quoth.
        points: the points of the account, where Poe's API is used.
        proxy: the address of a proxy to Discord, without credentials; ``proxy_auth`` has those.
    """

    def __init__(
        self,
        poe: PoeAccess,
        stores: Stores,
        catalogue: Catalogue,
        preferences: ResolvedPreferences,
        limits: ResolvedLimits,
        *,
        message_content: bool,
        access: AccessRules = EVERYWHERE,
        media_hosts: Sequence[str] = (),
        file_kinds: Collection[FileKind] = KINDS,
        points: Points | None = None,
        proxy: str | None = None,
        proxy_auth: aiohttp.BasicAuth | None = None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=Tree,
            help_command=None,
            intents=discord.Intents(guilds=True, messages=True, message_content=message_content),
            http_trace=header_trace(),
            guild_ready_timeout=_LAST_SERVER,
            proxy=proxy,
            proxy_auth=proxy_auth,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.gateway_events = GatewayEvents(self._connection.parsers)
        self.poe = poe
        self.points = points
        self.stores = stores
        self.preferences = PreferenceResolver(stores.preferences, preferences)
        self.models = Models(catalogue, stores.allowed_models, stores.usage)
        self.limits = RateLimiter(stores.limits, stores.usage, limits)
        self._downloads = Downloads(media_hosts)
        # An attachment of a stand-in for Discord may be at any of its ports.
        self.attachments = Downloads((*DISCORD_HOSTS, f"{urlsplit(Route.BASE).hostname}:*"), proxy, proxy_auth)
        self.poe_notices = PoeNotices(self, lambda: self.owner_ids or (), poe.figures)
        media, uploads = Media(self._downloads), Uploads(self.attachments, file_kinds)
        self.access = Access(access, lambda: [guild.id for guild in self.guilds], self._is_member)
        tell = self.poe_notices.note_failure
        self.asks = Asks(poe, self.access, self.preferences, self.models, self.limits, media, uploads, stores, tell)
        self.rate_limiters = RateLimiters()
        self.suggestions = Suggestions()
        self.started = discord.utils.utcnow()
        self.logbook = Logbook()
        self._command_ids: dict[str, int] = {}
        self._syncing: asyncio.Task[None] | None = None
        self._warming_up: asyncio.Task[None] | None = None
        self._ending = False

    @property
    def me(self) -> int:
        """Quoth's own user id; 0 before the login."""
        return self.user.id if self.user else 0

    def place_of(self, where: discord.Interaction[Any] | discord.Message) -> Place:
        """Return who asks where."""
        user = where.user if isinstance(where, discord.Interaction) else where.author
        channel = where.channel
        guild = where.guild_id if isinstance(where, discord.Interaction) else where.guild and where.guild.id
        return Place(
            user.id,
            channel.id if channel else 0,
            guild,
            parent=channel.parent_id if isinstance(channel, discord.Thread) else None,
            roles=tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else (),
            own_language=spoken(where.locale.value) if isinstance(where, discord.Interaction) else None,
            guild_language=spoken(where.guild.preferred_locale.value) if where.guild else None,
            reads_history=guild is None or _reads_history(where),
            guest=guild is not None and self.get_guild(guild) is None,
        )

    async def _is_member(self, guild: int, person: int) -> bool:
        """Ask Discord whether a person is a member of a guild. Whatever it answers but yes and no is raised."""
        try:
            await self.http.get_member(guild, person)
        except discord.NotFound as error:
            if error.code == _UNKNOWN_MEMBER:
                return False
            raise
        return True

    def speak_to(self, where: discord.Interaction[Any] | discord.Message) -> None:
        """Use the language of the person who is answered, in this task from here on."""
        speak(self.preferences.peek(self.place_of(where)).language)
        know_commands(self._command_ids)

    async def model_choices(self, where: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Return models for what was typed so far, as Discord shows them."""
        found = await self.models.search(await self.preferences.layers(self.place_of(where)), typed)
        return [app_commands.Choice(name=model.label, value=model.name[:100]) for model in found]

    async def setup_hook(self) -> None:
        """Load every extension and register the commands with Discord. One that fails to load stops the start."""
        if self.application:  # discord.py requested it while logging in
            self.owner_ids = operators(self.application)
        self.asks.refusal = await self.stores.maintenance.sentence()
        try:
            await self.stores.preferences.load()  # so that deferring an interaction never waits for the database
        except DatabaseFailure as error:
            log.error("The preferences can't be read; answers are private until they can: %s", error)
        self.poe_notices.maintenance = self.asks.refusal is not None
        if self.points:
            self.poe_notices.start(self.poe.holds(), self.points.low(), self.points.refusals())
        else:
            self.poe_notices.start(self.poe.holds())
        self.logbook.open()
        await self.tree.set_translator(Translator())
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        # Discord allows two syncs a minute (discord.md section 1). discord.py sleeps for the rest of the minute after
        # the second one, for which a restart must not wait.
        know_commands(self._command_ids)
        self._syncing = asyncio.create_task(self._sync(), name="sync")
        done, _ = await asyncio.wait({self._syncing}, timeout=_SYNC)
        for syncing in done:
            syncing.result()  # without its commands Quoth does not start
        self._syncing.add_done_callback(_log_failed_sync)

    async def _sync(self) -> None:
        """Register the commands, however long Discord can't be reached."""
        for number, pause in enumerate(pauses()):
            try:
                synced = await self.tree.sync()
            except Exception as error:
                if not can_not_reach(error):
                    raise
                if not number:
                    log.warning("The commands can't be registered yet: %s. Quoth tries again.", described(error))
                await asyncio.sleep(pause)
            else:
                chat_input = discord.AppCommandType.chat_input
                self._command_ids.update({each.name: each.id for each in synced if each.type is chat_input})
                return

    async def on_ready(self) -> None:
        """Log the invite link, and show how Poe is doing."""
        link = invite(self.application_id or self.me)
        log.info("Logged in as %s, in %d servers. Invite link: %s", self.user, len(self.guilds), link)
        if self._warming_up is None and not self._ending:
            model = self.models.catalogue.find(self.preferences.default.model)
            self._warming_up = asyncio.create_task(self.poe.warm_up(model.handle), name="warm-up")
        await self.poe_notices.show()

    @property
    def warmed_up(self) -> bool:
        """Whether Poe was made ready for a first question, or can't be; without a browser it always is."""
        done = self._warming_up is not None and self._warming_up.done()
        return done or self.poe.figures().browser is None

    async def on_resumed(self) -> None:
        """Show how Poe is doing, which may have changed meanwhile."""
        await self.poe_notices.show()

    def use_models(self, catalogue: Catalogue, preferences: ResolvedPreferences) -> None:
        """Offer other models from now on, with other preferences where nobody chose."""
        self.models.use(catalogue)
        self.preferences.default = preferences

    async def set_maintenance(self, sentence: str | None) -> None:
        """Start maintenance with the sentence that askers are shown (empty for the usual one), or end it with None."""
        if sentence is None:
            await self.stores.maintenance.end()
            self.poe.try_now()  # whatever the maintenance was for may be mended
        else:
            await self.stores.maintenance.begin(sentence)
        self.asks.refusal = sentence
        self.poe_notices.maintenance = sentence is not None
        await self.poe_notices.show()

    def dispatch(self, event: str, /, *arguments: Any, **named: Any) -> None:
        """Hand an event of discord.py's to its listeners.

        Raises:
            ValueError: it is a message whose author could not be parsed, which discord.py passes over.
        """
        if event == "message" and not hasattr(arguments[0], "author"):
            raise ValueError("a message without an author")
        super().dispatch(event, *arguments, **named)

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore messages here: cogs.messages handles them, and Quoth has no prefix commands."""

    async def close(self) -> None:
        """End the asks while their replies can still be edited, then the connection."""
        self._ending = True  # a start that is under way may become ready meanwhile
        await self.asks.close()
        await self._downloads.close()
        await self.attachments.close()
        await self.poe_notices.close()
        self.logbook.close()
        for task in (self._syncing, self._warming_up):
            if task:
                task.cancel()
        opened = any(socket is not None and socket.open for socket in sockets(self).values())
        if self.gateway_events.ready and opened and not self.is_ready():
            # discord.py's own task that waits for the guilds would outlive the client and fail.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait_until_ready(), _READY)
        await super().close()


def _reads_history(where: discord.Interaction[Any] | discord.Message) -> bool:
    """Whether somebody in a server may read the history of the channel where they ask; no if that is not known."""
    if isinstance(where, discord.Interaction):
        return where.permissions.read_message_history
    channel, author = where.channel, where.author
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread) or not isinstance(author, discord.Member):
        return False
    try:
        return channel.permissions_for(author).read_message_history
    except discord.ClientException:  # discord.py does not know the thread's channel
        return False


def _log_failed_sync(syncing: asyncio.Task[Any]) -> None:
    if not syncing.cancelled() and (error := syncing.exception()):
        log.error("Could not register the commands with Discord: %s", error)
