"""Poe's own list of models, which needs no key (next.md section A6)."""

import math
import re
from collections.abc import Sequence
from typing import Any, cast

from bot.errors import PoeUnreachable
from bot.poe.api.fetch import fetch
from bot.poe.catalogue import MODALITIES, Model, Price
from bot.poe.handles import is_handle

_MILLION = 1_000_000
_MAKER = 40  # characters
_SPACES = re.compile(r"\s+")


async def fetch_models(url: str) -> list[Model]:
    """Return the models that Poe lists at present. It serves others, too.

    Args:
        url: where the API is.

    Raises:
        PoeUnreachable: Poe can't be reached, or lists none.
        QuothError: another refusal, see `bot.poe.api.refusals`.
    """
    found = await fetch(f"{url}/v1/models")
    listed = _fields(found).get("data")
    entries = cast("list[Any]", listed) if isinstance(listed, list) else []
    models = {model.handle.casefold(): model for entry in entries if (model := _model(_fields(entry))) is not None}
    if not models:
        raise PoeUnreachable("Poe's API lists no models.")
    return list(models.values())


def _model(entry: dict[str, Any]) -> Model | None:
    """Return a model of the list, None for an entry that can't be read. The id is in lower case, its name pretty."""
    id_, name = entry.get("id"), _fields(entry.get("metadata")).get("display_name")
    if not isinstance(id_, str) or not is_handle(id_):
        return None
    handle = name if isinstance(name, str) and name.casefold() == id_.casefold() else id_
    architecture, pricing = _fields(entry.get("architecture")), _fields(entry.get("pricing"))
    return Model(
        handle,
        maker=_line(entry.get("owned_by")),
        takes=_modalities(architecture.get("input_modalities")),
        gives=_modalities(architecture.get("output_modalities")),
        price=_price(pricing),
    )


def _fields(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _line(value: object) -> str:
    return _SPACES.sub(" ", value).strip()[:_MAKER] if isinstance(value, str) and value.isprintable() else ""


def _modalities(value: Any) -> tuple[str, ...]:
    named = cast("Sequence[Any]", value) if isinstance(value, list) else ()
    return tuple(known for known in MODALITIES if known in named)


def _price(pricing: dict[str, Any]) -> Price | None:
    """Return what a model costs; the list has US dollars a token, as text."""
    read, written, request = (_dollars(pricing.get(key)) for key in ("prompt", "completion", "request"))
    price = Price(read and read * _MILLION, written and written * _MILLION, request)
    return price if price != Price() else None


def _dollars(value: object) -> float | None:
    try:
        dollars = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return None
    return dollars if math.isfinite(dollars) and dollars >= 0 else None
