"""What the page's menu switches outside of this Discord: a plain interface, for whoever wires the two."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sandbox.discord.world.entities import Json

AMOUNT = "AMOUNT"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may be on or off.

    Attributes:
        key: What it is called towards the switchboard.
        group: The heading under which it stands.
        sentence: What it does; the word AMOUNT in it stands for a number that a person may change.
        on: Whether it is on.
        amount: The number; None where the sentence has none.
        alone: Whether exactly one of the group's options that are so is on.
    """

    key: str
    group: str
    sentence: str
    on: bool
    amount: float | None = None
    alone: bool = False


class Menu(Protocol):
    """A menu's content and what its choices do."""

    @property
    def title(self) -> str:
        """What the menu is called."""
        ...

    def options(self) -> Sequence[Option]:
        """What can be chosen, groups together."""
        ...

    def acts(self) -> Mapping[str, str]:
        """What can be done once and now: keys and what the buttons say."""
        ...

    def links(self) -> Mapping[str, str]:
        """Places to look at: what the links say, and addresses."""
        ...

    def choose(self, key: str, on: bool, amount: float | None) -> None:
        """Turn an option on or off.

        Raises:
            LookupError: There is no such option.
            ValueError: The amount makes no sense.
        """
        ...

    def act(self, key: str) -> None:
        """Do something once.

        Raises:
            LookupError: There is no such act.
        """
        ...

    def reset(self) -> None:
        """Turn everything off."""
        ...

    def listening(self, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `hear` after every change for the length of the block."""
        ...


def menu_frame(board: Menu) -> Json:
    """The data of a BOARD frame."""
    options = [
        {
            "key": option.key,
            "group": option.group,
            "parts": option.sentence.split(AMOUNT),
            "on": option.on,
            "amount": option.amount,
            "alone": option.alone,
        }
        for option in board.options()
    ]
    return {"title": board.title, "options": options, "acts": dict(board.acts()), "links": dict(board.links())}


def menu_operations(board: Menu) -> dict[str, Callable[[Json], None]]:
    """What a page may ask of the switchboard; errors are the board's, or KeyError and TypeError for lacking fields."""

    def choose(fields: Json) -> None:
        amount = fields.get("amount")
        board.choose(str(fields["key"]), bool(fields["on"]), None if amount is None else float(amount))

    return {"choose": choose, "act": lambda fields: board.act(str(fields["key"])), "reset": lambda _: board.reset()}
