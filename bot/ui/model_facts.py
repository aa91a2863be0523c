"""What is known of a model, in a few words: what goes in and out, what it costs, and whether Poe still has it."""

from bot.i18n.translate import later, t
from bot.poe.catalogue import Model

_WORDS = {
    "text": later("text"),
    "image": later("pictures"),
    "file": later("files"),
    "audio": later("sound"),
    "video": later("video"),
}


def what_it_does(model: Model) -> str:
    """Return what a model takes and gives; empty where nothing is known, or it takes and gives only text."""
    if not model.gives or (model.takes, model.gives) == (("text",), ("text",)):
        return ""
    takes, gives = (", ".join(t(_WORDS[kind]) for kind in kinds) for kinds in (model.takes, model.gives))
    return f"{takes} → {gives}" if takes else f"→ {gives}"


def what_it_costs(model: Model) -> str:
    """Return the price of a model; empty where it is not known."""
    price = model.price
    if price is None:
        return ""
    if price.read is not None and price.written is not None:
        return t("${read} / ${written} per million tokens", read=_dollars(price.read), written=_dollars(price.written))
    return t("${price} per question", price=_dollars(price.request)) if price.request else ""


def retirement(model: Model) -> str:
    """Return that a model is retired, and since when where that is known; empty for one that is not."""
    if not model.retired:
        return ""
    if model.retired_on is None:
        return t("retired by Poe")
    return t("retired by Poe since {day}", day=model.retired_on.isoformat())


def _dollars(amount: float) -> str:
    return f"{amount:.2f}" if amount >= 1 else f"{amount:.3g}"
