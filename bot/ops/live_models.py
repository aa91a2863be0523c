"""Poe's own list of models: fetched at the start and daily, and kept in the database for when Poe can't be reached."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TypeAlias

from bot.errors import QuothError
from bot.poe.api.models import fetch_models
from bot.poe.catalogue import Model, Price
from storage.database import DatabaseFailure
from storage.live_models import LiveModelRow, LiveModelsStore

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0
_HOUR = 3600.0

LiveModels: TypeAlias = tuple[list[Model], date | None]
"""The models on the list, with those that were on it before as retired ones, and the day on which it was fetched."""


async def stored(store: LiveModelsStore) -> LiveModels:
    """Return the list that was fetched last; no models and no day if none ever was, or it can't be read."""
    try:
        rows, fetched = await store.all(), await store.fetched_at()
    except DatabaseFailure as error:
        log.error("The stored list of models can't be read: %s", error)
        return [], None
    return [_model(row) for row in rows], None if fetched is None else _day(fetched)


@asynccontextmanager
async def followed(url: str, store: LiveModelsStore, use: Callable[[LiveModels], None]) -> AsyncGenerator[None]:
    """Fetch the list now and every day while the block runs, in the background; if that fails, again after an hour.

    Args:
        url: where Poe's API is.
        store: where the list is kept.
        use: called with each list that was fetched.
    """
    task = asyncio.create_task(_follow(url, store, use), name="live-models")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _follow(url: str, store: LiveModelsStore, use: Callable[[LiveModels], None]) -> None:
    while True:
        pause = _HOUR
        try:
            await _fetch(url, store)
            use(await stored(store))
            pause = _DAY
        except QuothError as error:
            log.warning("Poe's list of models can't be fetched: %s", error.operator_message)
        except DatabaseFailure as error:
            log.error("Poe's list of models can't be stored: %s", error)
        except Exception:
            log.exception("Poe's list of models can't be used.")
        await asyncio.sleep(pause)


async def _fetch(url: str, store: LiveModelsStore) -> None:
    models = await fetch_models(url)
    before = sum(row.gone_at is None for row in await store.all())
    # Where most models are missing at once, the list is at fault and not the models.
    complete = 2 * len(models) >= before
    await store.update([_row(model) for model in models], time.time(), complete=complete)
    log.info("Poe lists %d models.", len(models))


def _row(model: Model) -> LiveModelRow:
    price = model.price or Price()
    takes, gives = " ".join(model.takes), " ".join(model.gives)
    return LiveModelRow(model.handle, model.maker, takes, gives, price.read, price.written, price.request)


def _model(row: LiveModelRow) -> Model:
    price = Price(row.price_read, row.price_written, row.price_request)
    return Model(
        row.handle,
        maker=row.maker,
        retired=row.gone_at is not None,
        takes=tuple(row.takes.split()),
        gives=tuple(row.gives.split()),
        price=price if price != Price() else None,
        retired_on=None if row.gone_at is None else _day(row.gone_at),
    )


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()
