"""Check the components of messages and modals, and give them ids (discord.md section 3)."""

from collections.abc import Callable, Iterator
from enum import IntEnum

from sandbox.discord.world.entities import Json
from sandbox.discord.world.errors import UnmodelledError
from sandbox.discord.world.forms import Form

MAX_ROWS = 5
MAX_V2 = 40
MAX_V2_CHARACTERS = 4000
"""Of all text displays together. Only unofficial sources say so (discord.md section 3)."""
_LINK_STYLE = 5
_PREMIUM_STYLE = 6


class Kind(IntEnum):
    """The component types that the sandbox models."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    SECTION = 9
    TEXT = 10
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18


_IN_CONTAINER = (Kind.ROW, Kind.SECTION, Kind.TEXT, Kind.SEPARATOR)
_IN_MODAL = (Kind.ROW, Kind.TEXT, Kind.LABEL)


def read_components(form: Form, *, v2: bool) -> list[Json]:
    """Check and complete the components of a message.

    Args:
        form: The object that has a `components` list.
        v2: Whether the message has Components V2; otherwise only action rows may stand at the top.

    Raises:
        UnmodelledError: A component's type is not modelled.
    """
    top = form.forms("components", MAX_V2 if v2 else MAX_ROWS)
    components = _read_all(top, (*_IN_CONTAINER, Kind.CONTAINER) if v2 else (Kind.ROW,))
    everything = list(walk(components))
    if len(everything) > MAX_V2:
        form.complain("components", "BASE_TYPE_BAD_LENGTH", f"Must be {MAX_V2} or fewer components in total.")
    if sum(len(each.get("content", "")) for each in everything) > MAX_V2_CHARACTERS:
        form.complain("components", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_V2_CHARACTERS} or fewer characters of text.")
    _finish(form, everything)
    return components


def read_modal(form: Form) -> Json:
    """Check and complete a modal."""
    form.only("custom_id", "title", "components")
    modal: Json = {
        "custom_id": form.text("custom_id", least=1, most=100, required=True),
        "title": form.text("title", least=1, most=45, required=True),
        "components": _read_all(form.forms("components", 5, least=1), _IN_MODAL, in_modal=True),
    }
    _finish(form, list(walk(modal["components"])))
    return modal


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield every component at every depth, parents first."""
    for component in components:
        yield component
        inner = [component[key] for key in ("accessory", "component") if key in component]
        yield from walk([*component.get("components", []), *inner])


def find(components: list[Json], custom_id: str) -> Json | None:
    """Return the component with a custom_id, or None."""
    return next((each for each in walk(components) if each.get("custom_id") == custom_id), None)


def _finish(form: Form, everything: list[Json]) -> None:
    """Number the components, and refuse duplicate custom_ids."""
    custom_ids = [each["custom_id"] for each in everything if each.get("custom_id")]
    if len(custom_ids) != len(set(custom_ids)):
        form.complain("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    taken = {each["id"] for each in everything if each.get("id")}
    free = (number for number in range(1, len(everything) + len(taken) + 1) if number not in taken)
    for each in everything:
        each["id"] = each.get("id") or next(free)


def _read_all(forms: list[Form], allowed: tuple[Kind, ...], *, in_modal: bool = False) -> list[Json]:
    return [_read(form, allowed, in_modal=in_modal) for form in forms]


def _read(form: Form, allowed: tuple[Kind, ...], *, in_modal: bool = False) -> Json:
    number = form.integer("type", 1, 100, required=True)
    if number is not None and number not in tuple(Kind):
        raise UnmodelledError(f"components of type {number}")
    if number not in allowed:
        form.complain("type", "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {tuple(map(int, allowed))}.')
        return {"type": number or 0}
    kind = Kind(number)
    component: Json = {"type": int(kind), "id": form.integer("id", 0, 2**31 - 1)}
    if kind is Kind.ROW:
        return component | _row(form, in_modal=in_modal)
    return component | _READERS[kind](form)


def _row(form: Form, *, in_modal: bool) -> Json:
    inner = (Kind.TEXT_INPUT,) if in_modal else (Kind.BUTTON, Kind.STRING_SELECT)
    children = _read_all(form.forms("components", 5, least=1), inner)
    if len(children) > 1 and any(child["type"] != Kind.BUTTON for child in children):
        form.complain(
            "components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
        )
    return {"components": children}


def _button(form: Form) -> Json:
    form.only("type", "id", "style", "label", "emoji", "custom_id", "url", "disabled")
    style = form.integer("style", 1, _PREMIUM_STYLE, required=True)
    button: Json = {"style": style, "disabled": form.flag("disabled")}
    if style == _LINK_STYLE:
        button["url"] = form.text("url", least=1, most=512, required=True)
    else:
        button["custom_id"] = form.text("custom_id", least=1, most=100, required=True)
    if label := form.text("label", most=80):
        button["label"] = label
    if emoji := form.json.get("emoji"):
        button["emoji"] = emoji
    if not label and not emoji:
        form.complain("", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji")
    return button


def _select(form: Form) -> Json:
    form.only("type", "id", "custom_id", "placeholder", "min_values", "max_values", "disabled", "options", "required")
    least, most = form.integer("min_values", 0, 25), form.integer("max_values", 1, 25)
    select: Json = {
        "custom_id": form.text("custom_id", least=1, most=100, required=True),
        "min_values": 1 if least is None else least,
        "max_values": 1 if most is None else most,
        "disabled": form.flag("disabled"),
        "options": [_option(option) for option in form.forms("options", 25, least=1)],
    }
    if placeholder := form.text("placeholder", most=150):
        select["placeholder"] = placeholder
    if "required" in form:  # only in modals
        select["required"] = form.flag("required", default=True)
    return select


def _option(form: Form) -> Json:
    form.only("label", "value", "description", "emoji", "default")
    option: Json = {
        "label": form.text("label", least=1, most=100, required=True),
        "value": form.text("value", least=1, most=100, required=True),
        "default": form.flag("default"),
    }
    if description := form.text("description", most=100):
        option["description"] = description
    return option | ({"emoji": form.json["emoji"]} if form.json.get("emoji") else {})


def _text_input(form: Form) -> Json:
    form.only(
        "type", "id", "custom_id", "style", "label", "min_length", "max_length", "required", "value", "placeholder"
    )
    field: Json = {
        "custom_id": form.text("custom_id", least=1, most=100, required=True),
        "style": form.integer("style", 1, 2, required=True),
        "required": form.flag("required", default=True),
        "min_length": form.integer("min_length", 0, 4000),
        "max_length": form.integer("max_length", 1, 4000),
    }
    for key, most in (("label", 45), ("value", 4000), ("placeholder", 100)):
        if text := form.text(key, most=most):
            field[key] = text
    return field


def _label(form: Form) -> Json:
    form.only("type", "id", "label", "description", "component")
    inner = form.form("component")
    if inner is None:
        form.complain("component", "BASE_TYPE_REQUIRED", "This field is required")
    return {
        "label": form.text("label", least=1, most=45, required=True),
        "description": form.text("description", most=100),
        "component": _read(inner, (Kind.TEXT_INPUT, Kind.STRING_SELECT)) if inner is not None else {},
    }


def _section(form: Form) -> Json:
    accessory = form.form("accessory")
    if accessory is None:
        form.complain("accessory", "BASE_TYPE_REQUIRED", "This field is required")
    return {
        "components": _read_all(form.forms("components", 3, least=1), (Kind.TEXT,)),
        "accessory": _read(accessory, (Kind.BUTTON,)) if accessory is not None else {},
    }


def _container(form: Form) -> Json:
    return {
        "components": _read_all(form.forms("components", MAX_V2, least=1), _IN_CONTAINER),
        "accent_color": form.integer("accent_color", 0, 0xFFFFFF),
        "spoiler": form.flag("spoiler"),
    }


_READERS: dict[Kind, Callable[[Form], Json]] = {
    Kind.BUTTON: _button,
    Kind.STRING_SELECT: _select,
    Kind.TEXT_INPUT: _text_input,
    Kind.LABEL: _label,
    Kind.SECTION: _section,
    Kind.CONTAINER: _container,
    Kind.TEXT: lambda form: {"content": form.text("content", least=1, most=MAX_V2_CHARACTERS, required=True) or ""},
    Kind.SEPARATOR: lambda form: {
        "divider": form.flag("divider", default=True),
        "spacing": form.integer("spacing", 1, 2) or 1,
    },
}
