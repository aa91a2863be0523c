"""What is counted about the browsers that ask Poe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrowserFigures:
    """What a backend's browser did: how many tabs it has, and how often it was started again, as planned or not."""

    tabs: int = 0
    restarts: int = 0
    unplanned_restarts: int = 0

    def __add__(self, other: "BrowserFigures") -> "BrowserFigures":
        return BrowserFigures(
            self.tabs + other.tabs,
            self.restarts + other.restarts,
            self.unplanned_restarts + other.unplanned_restarts,
        )
