"""How moods change an answer at the official API alone: they add steps that the page skips."""

from sandbox.poe.answers.made import square
from sandbox.poe.answers.steps import Cut, End, Event, File, Repeat, Step
from sandbox.poe.moods.effects import before_end, before_text, interrupted

_COMMENTS = 10
_PING_GAP = 0.05
_MEGABYTE = 1_000_000


def final_error(steps: list[Step], amount: float) -> list[Step]:
    """Fail after so many characters, with an error event that forbids another try."""
    failure = {"allow_retry": False, "text": "The sandbox's model has failed."}
    return interrupted(steps, amount, Event("error", failure), End())


def silent_end(steps: list[Step], amount: float) -> list[Step]:
    """End the stream in good order after so many characters, without a `done`."""
    return interrupted(steps, amount, End())


def cut(steps: list[Step], amount: float) -> list[Step]:
    """Close the connection in the middle of the body after so many characters."""
    return interrupted(steps, amount, Cut())


def reset(steps: list[Step], amount: float) -> list[Step]:
    """Reset the connection after so many characters."""
    return interrupted(steps, amount, Cut(reset=True))


def pings(steps: list[Step], amount: float) -> list[Step]:
    """Send nothing but pings after so many characters."""
    return interrupted(steps, amount, Repeat(b"event: ping\ndata: {}\n\n", _PING_GAP))


def comments(steps: list[Step], amount: float) -> list[Step]:
    """Send nothing but comments for so many seconds after some 200 characters."""
    return interrupted(steps, 200, Repeat(b": ping\n\n", amount / _COMMENTS, _COMMENTS))


def unknown_event(steps: list[Step], amount: float) -> list[Step]:
    """Send an event that the client doesn't know."""
    return before_text(steps, [Event("data", {"metadata": "of the sandbox"})])


def broken_event(steps: list[Step], amount: float) -> list[Step]:
    """Send half of an event's JSON after so many characters."""
    return interrupted(steps, amount, Event("text", '{"text": "half of'))


def missing_key(steps: list[Step], amount: float) -> list[Step]:
    """Send a text event without a text after so many characters."""
    return interrupted(steps, amount, Event("text", {"words": "none"}))


def two_indices(steps: list[Step], amount: float) -> list[Step]:
    """Mix a second answer into the first after so many characters."""
    return interrupted(steps, amount, Event("text", {"text": "A second answer.", "index": 1}))


def huge_event(steps: list[Step], amount: float) -> list[Step]:
    """Send so many megabytes of text in the last event."""
    return before_end(steps, Event("text", {"text": "\n" + "grain " * int(amount * _MEGABYTE / 6)}))


def replace_to_empty(steps: list[Step], amount: float) -> list[Step]:
    """Replace the whole answer with nothing."""
    return before_end(steps, Event("replace_response", {"text": ""}))


def after_done(steps: list[Step], amount: float) -> list[Step]:
    """Go on after the end, with more text and with another one."""
    late = (Event("text", {"text": " More after the end."}), Event("replace_response", {"text": "Another answer."}))
    return [*steps, *late]


def nameless_file(steps: list[Step], amount: float) -> list[Step]:
    """End the answer with a picture whose event has no name."""
    return before_end(steps, File(square(), "image/png"))
