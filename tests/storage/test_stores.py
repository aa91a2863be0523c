"""The stores of preferences, limits and uses on real SQLite files: exact under concurrency, with old rows deleted."""

import asyncio
import random
from pathlib import Path

import pytest

from storage.allowed_models import AllowedModels, AllowedModelsStore
from storage.cache import Cache
from storage.database import open_database
from storage.departed_guilds import DepartedGuildsStore
from storage.limits import EVERYBODY, Limits, LimitsStore
from storage.preferences import Preferences, PreferencesStore
from storage.usage import DAY, Count, TakenBeforeError, UsageLimits, UsageRow, UsageStore

NOW = 1_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the database."""
    return tmp_path / "quoth.sqlite3"


async def test_a_read_that_a_change_overtakes_is_not_kept() -> None:
    """A value that was read before a change and arrives after it is not cached."""
    cache: Cache[int, str] = Cache()
    slow = asyncio.Event()

    async def before() -> str:
        await slow.wait()
        return "before"

    async def after() -> str:
        return "after"

    reading = asyncio.create_task(cache.read(1, before))
    await asyncio.sleep(0)
    async with cache.changing(1):
        pass
    slow.set()
    assert await reading == "before"
    assert await cache.read(1, after) == "after"
    assert await cache.read(1, before) == "after"


async def test_a_cache_forgets_what_failed_and_what_is_too_much() -> None:
    """A failed read is tried again, a failed change leaves nothing cached, and old rows make room."""
    cache: Cache[int, int] = Cache(2)
    reads: list[int] = []

    async def fetch() -> int:
        reads.append(len(reads))
        if len(reads) == 1:
            raise OSError("full")
        return len(reads)

    with pytest.raises(OSError, match="full"):
        await cache.read(1, fetch)
    assert await cache.read(1, fetch) == await cache.read(1, fetch) == 2
    with pytest.raises(OSError, match="full"):
        async with cache.changing(1):
            raise OSError("full")
    assert [await cache.read(key, fetch) for key in (1, 2, 3, 1)] == [3, 4, 5, 6]
    cache.clear()
    assert await cache.read(1, fetch) == 7


async def test_readers_beside_writers_never_see_the_past(path: Path) -> None:
    """A read after a change gives that value or a later one, however many changes are made at once."""
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        newest = dict.fromkeys(range(5), 0)

        async def write(number: int) -> None:
            for history in range(1, 40):
                await store.change("channel", number, 7, Preferences(history=history))
                newest[number] = history

        async def read(seed: int) -> None:
            chooses = random.Random(seed)  # noqa: S311 - no secret
            while min(newest.values()) < 39:
                number = chooses.randrange(5)
                known = newest[number]
                assert ((await store.of("channel", number)).history or 0) >= known
                await asyncio.sleep(0)  # what is in memory makes nobody wait, not even for the writers

        await asyncio.gather(*map(write, newest), *map(read, range(8)))
        assert [(await store.of("channel", number)).history for number in newest] == [39] * 5


async def test_a_change_that_is_left_half_way_is_looked_up_anew(path: Path) -> None:
    """After a cancelled change the value is read from the file, not from the cache."""
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        await store.change("user", 1, None, Preferences("gpt-4"))
        assert (await store.of("user", 1)).model == "gpt-4"
        changing = asyncio.create_task(store.change("user", 1, None, Preferences("palm")))
        await asyncio.sleep(0)
        changing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await changing
        assert (await store.of("user", 1)).model == "palm"


async def test_a_thousand_choices_at_once(path: Path) -> None:
    """Of 1,000 choices for as many servers, and 1,000 for one, none is lost."""
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        await asyncio.gather(
            *(store.change("guild", guild, guild, Preferences(f"model-{guild}")) for guild in range(1000)),
            *(store.change("user", 1, None, Preferences(language=f"{n}")) for n in range(500)),
            *(store.change("user", 1, None, Preferences(history=n)) for n in range(500)),
        )
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        found = await asyncio.gather(*(store.of("guild", guild) for guild in range(1000)))
        assert [row.model for row in found] == [f"model-{guild}" for guild in range(1000)]
        assert await store.of("user", 1) == Preferences(language="499", history=499)


async def test_a_reset_keeps_the_rest(path: Path) -> None:
    """Resetting one choice keeps the others; resetting what nobody chose makes no row."""
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        await store.reset("guild", 7, "model")
        assert await store.guilds() == set()
        await store.change("guild", 7, 7, Preferences("gpt-4", 5, private=False))
        await store.reset("guild", 7, "model", "no such thing")
        assert await store.of("guild", 7) == Preferences(history=5, private=False)
        assert await store.guilds() == {7}


async def test_what_is_allowed_is_kept(path: Path) -> None:
    """A server's list of models is stored in its order; without one everything is allowed."""
    async with open_database(path) as connection:
        await AllowedModelsStore(connection).change(7, AllowedModels(False, ("b", "a")))
    async with open_database(path) as connection:
        assert await AllowedModelsStore(connection).of(7) == AllowedModels(False, ("b", "a"))
        assert await AllowedModelsStore(connection).of(8) == AllowedModels()


async def test_of_many_at_once_only_so_many_are_let_in(path: Path) -> None:
    """However many asks come at once over two connections, no more than the limit is accepted."""
    async with open_database(path) as one, open_database(path) as other:
        stores = [UsageStore(one), UsageStore(other)]
        room = UsageLimits(per_person=15, per_server=70)
        free = await asyncio.gather(
            *(stores[n % 2].take(UsageRow(n, 7, n % 5, "gpt-4", NOW + n / 1000), room) for n in range(200))
        )
        assert free.count(None) == 70
        assert [count.asks for count in await stores[0].counted(0, 7)] == [70]
        for user in range(5):
            assert sum(count.asks for count in await stores[1].counted(0, 7, user)) <= 15
        refused = next(each for each in free if each)
        assert NOW + DAY <= refused.per_server <= NOW + DAY + 1


async def test_a_use_that_was_recorded_before_is_no_lack_of_room(path: Path) -> None:
    """An ask that has a use already is told apart from one for which there is no room."""
    async with open_database(path) as connection:
        store, use = UsageStore(connection), UsageRow(1, 7, 1, "gpt-4", NOW)
        assert await store.take(use, UsageLimits()) is None
        for room in (UsageLimits(), UsageLimits(per_person=1, per_server=1, cooldown=60)):
            with pytest.raises(TakenBeforeError):
                await store.take(use, room)
        refused = await store.take(UsageRow(2, 7, 1, "gpt-4", NOW), UsageLimits(per_person=1))
        assert refused is not None
        assert refused.per_person == NOW + DAY


async def test_room_comes_back_a_day_after_each_use(path: Path) -> None:
    """A limit counts the last 24 hours; a refund makes room at once."""
    async with open_database(path) as connection:
        store, room = UsageStore(connection), UsageLimits(per_person=2)

        async def take(id_: int, at: float) -> float:
            free = await store.take(UsageRow(id_, 7, 1, "gpt-4", at), room)
            return free.per_person if free else 0.0

        assert [await take(1, NOW), await take(2, NOW + 100)] == [0.0, 0.0]
        assert await take(3, NOW + 200) == NOW + DAY
        assert await take(3, NOW + DAY) == 0.0
        assert await take(4, NOW + DAY) == NOW + 100 + DAY
        await store.give_back(3, 1)
        assert await take(4, NOW + DAY) == 0.0


async def test_recent_models(path: Path) -> None:
    """A person's latest models come back once each, the newest first; refunded and deleted ones don't."""
    async with open_database(path) as connection:
        store = UsageStore(connection)
        for number, model in enumerate("abacdefg"):
            await store.take(UsageRow(number, 7, 1, model, NOW + number), UsageLimits())
            assert (await store.recent(1))[0] == model
        assert await store.recent(1) == ("g", "f", "e", "d", "c")
        await store.give_back(7, 1)
        assert await store.recent(1) == ("f", "e", "d", "c", "a")
        assert await store.recent(2) == ()
        assert await store.forget(1) == 7
        assert await store.recent(1) == ()


async def test_uses_are_counted_by_day_and_model_and_go_with_time(path: Path) -> None:
    """Uses are counted by day of UTC and model, and old ones can be deleted."""
    async with open_database(path) as connection:
        store = UsageStore(connection)
        moments = [0.0, DAY - 1, DAY, DAY + 5]
        for number, (model, at) in enumerate(zip("aaba", moments, strict=True)):
            await store.take(UsageRow(number, 7, 1, model, at), UsageLimits())
        assert await store.counted(-1, 7) == [Count(0, "a", 2), Count(1, "a", 1), Count(1, "b", 1)]
        assert await store.counted(-1, 7, 2) == []
        assert await store.delete_old(DAY) == 2
        assert await store.counted(-1, 7) == [Count(1, "a", 1), Count(1, "b", 1)]


async def test_a_server_that_was_left_is_forgotten_after_a_while(path: Path) -> None:
    """The rows of a server that was left are deleted after the retention time, unless Quoth came back."""
    async with open_database(path) as connection:
        preferences, limits = PreferencesStore(connection), LimitsStore(connection)
        allowed, uses = AllowedModelsStore(connection), UsageStore(connection)
        departures = DepartedGuildsStore(connection, preferences, limits, allowed, uses)
        for guild in (1, 2, 3):
            await preferences.change("guild", guild, guild, Preferences("gpt-4"))
            await preferences.change("channel", 10 + guild, guild, Preferences(history=0))
            await limits.change(guild, EVERYBODY, Limits(per_person=1))
            await allowed.change(guild, AllowedModels(False, ("gpt-4",)))
            await uses.take(UsageRow(guild, guild, 9, "gpt-4", NOW), UsageLimits())
        await preferences.change("user", 9, None, Preferences("palm"))
        for guild in (1, 2):
            await departures.left(guild, NOW)
        await departures.left(1, NOW + 50)  # told twice: the first time counts
        await departures.joined(2)
        assert await departures.delete_old(NOW) == 0
        assert await departures.delete_old(NOW + 1) == 1
        assert await preferences.guilds() == await limits.guilds() == await allowed.guilds() == {2, 3}
        assert await preferences.of("guild", 1) == await preferences.of("channel", 11) == Preferences()
        assert await preferences.of("user", 9) == Preferences("palm")
        assert await uses.counted(0, 1) == []
        assert len(await uses.counted(0, 2)) == 1


async def test_what_happened_while_quoth_was_away(path: Path) -> None:
    """At the start, servers with rows that Quoth is no longer in count as left, and those it is in don't."""
    async with open_database(path) as connection:
        preferences = PreferencesStore(connection)
        departures = DepartedGuildsStore(connection, preferences)
        for guild in (1, 2):
            await preferences.change("guild", guild, guild, Preferences("gpt-4"))
        await departures.left(2)
        await departures.reconcile([2, 3])
        assert await departures.delete_old(float("inf")) == 1
        assert await preferences.guilds() == {2}
