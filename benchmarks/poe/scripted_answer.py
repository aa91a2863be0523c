"""The answers that the sandbox's Poe gives in the bench: some text at once, which then grows update by update. Pure."""

from dataclasses import dataclass

from benchmarks.numbered_text import UPDATE_INTERVAL, piece
from sandbox.poe.answers.steps import Beat, Hold, Pause, State, Step, Text

_PHRASES = (
    "the raven counted",
    "a lemon in the fog",
    "**nobody** at noon",
    "eleven letters, `twice`",
    "and a paper moon",
)


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    """One answer.

    Args:
        marker: a text that only the prompts contain which get this answer.
        length: how many characters the answer begins with.
        updates: how often it grows after that.
        delay: seconds from its release to its first text.
        hold: whether it waits to be released.
    """

    marker: str
    length: int
    updates: int
    delay: float = 0.0
    hold: bool = True

    def steps(self) -> list[Step]:
        """Return the answer as the sandbox's steps."""
        steps: list[Step] = [Hold()] if self.hold else []
        steps.append(Pause(self.delay))
        for text in self._texts():
            steps += [Text(text), Beat(UPDATE_INTERVAL)]
        return [*steps, State("complete")]

    def _texts(self) -> list[str]:
        filler = "\n\n".join(f"{phrase}, {phrase} and {phrase}." for phrase in _PHRASES) + "\n\n"
        text = (filler * (self.length // len(filler) + 1))[: self.length] + " "
        texts: list[str] = []
        for update in range(self.updates + 1):
            text += piece(0, update)
            texts.append(text)
        return texts
