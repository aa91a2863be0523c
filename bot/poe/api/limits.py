"""How long a question to Poe's API may take. Apart from the module that asks, which is imported late."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a question may take, in seconds.

    Args:
        first_text: without any news before the first text of an answer. The API's pings are no news.
        silence: without any news after it.
        total: for a whole answer.
        upload: for one file.
    """

    first_text: float = 120.0
    silence: float = 90.0
    total: float = 600.0
    upload: float = 60.0
