"""The interface of what the page's menu controls outside of this Discord."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.discord.world.entities import Json

AMOUNT = "AMOUNT"  # which menu.js knows too


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be on or off.

    Attributes:
        key: Its name in operations.
        group: The heading above it.
        sentence: What it does; the word AMOUNT in it stands for a number that a person may change.
        on: Whether it is on.
        amount: The number; None if the sentence has none.
        exclusive: Whether exactly one of the group's exclusive options is on.
        title: A name in plain words; the options that have one come first, without a heading.
        remedy: The label of a button that turns it off, shown while it is on.
    """

    key: str
    group: str
    sentence: str
    on: bool
    amount: float | None = None
    exclusive: bool = False
    title: str = ""
    remedy: str = ""


class Menu(Protocol):
    """A menu's content, and what its choices do."""

    @property
    def title(self) -> str:
        """The title."""
        ...

    def options(self) -> Sequence[Option]:
        """Return all options, group by group."""
        ...

    def actions(self) -> Mapping[str, str]:
        """Return what can be done once: keys and the labels of their buttons."""
        ...

    def links(self) -> Mapping[str, str]:
        """Return pages to look at: labels and URLs."""
        ...

    def choose(self, key: str, on: bool, amount: float | None) -> None:
        """Turn an option on or off.

        Raises:
            LookupError: There is no such option.
            ValueError: The amount is invalid.
        """
        ...

    async def act(self, key: str) -> None:
        """Do something once.

        Raises:
            LookupError: There is no such action.
        """
        ...

    def reset(self) -> None:
        """Turn everything off."""
        ...

    def subscribed(self, listener: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `listener` after every change within the block."""
        ...


def menu_frame(menu: Menu) -> Json:
    """Return the data of a MENU frame."""
    options = [
        {
            "key": option.key,
            "group": option.group,
            "sentence": option.sentence,
            "on": option.on,
            "amount": option.amount,
            "exclusive": option.exclusive,
            "title": option.title,
            "remedy": option.remedy,
        }
        for option in menu.options()
    ]
    return {"title": menu.title, "options": options, "actions": dict(menu.actions()), "links": dict(menu.links())}


def menu_operations(menu: Menu) -> dict[str, Callable[[Json], Coroutine[Any, Any, None] | None]]:
    """Return the page's operations on the menu; they raise the menu's errors, or KeyError and TypeError for fields."""

    def choose(fields: Json) -> None:
        amount = fields.get("amount")
        menu.choose(str(fields["key"]), bool(fields["on"]), None if amount is None else float(amount))

    return {"choose": choose, "act": lambda fields: menu.act(str(fields["key"])), "reset": lambda _: menu.reset()}
