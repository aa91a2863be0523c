"""How moods change an answer: pure functions from its steps and the mood's amount to other steps.

An answer's first step is always the NextMessage that begins its first message.
"""

from collections.abc import Callable, Iterable

from sandbox.poe.answers import novel
from sandbox.poe.answers.made import square, tone
from sandbox.poe.answers.steps import (
    ADDRESS,
    Drop,
    Event,
    File,
    Forever,
    Inner,
    NextMessage,
    Outage,
    Pause,
    Raw,
    Silence,
    State,
    Step,
    Text,
    Type,
)

Effect = Callable[[list[Step], float], list[Step]]

FOR_EVER = 1e9
"""Seconds: some thirty years, because JSON has no infinity."""
_ODDITIES = (
    "مرحبا بكم في الصندوق الرملي (RTL), עברית, and left again\u200e.",
    "A symbol for NUL \u2400, a replacement character \ufffd, a zero-width space [\u200b], a soft hyphen [\u00ad].",
    "Combining: e\u0301 n\u0303. Flags 🇦🇶🇯🇵, keycap 7️⃣, family 👨‍👩‍👧‍👦, and beyond the BMP 𒀭 𝄞 🜁.",
    "Looks like markup: <b>not bold</b> &amp; \\*not italic\\* @everyone <@1234> `a ``b`",
)


def slow(steps: list[Step], amount: float) -> list[Step]:
    """Wait before the first token, with the message there and empty."""
    return [steps[0], Pause(amount), *steps[1:]]


def stall(steps: list[Step], amount: float) -> list[Step]:
    """Stop for ever after so many characters."""
    return _ending(steps, amount, [Forever()])


def error(steps: list[Step], amount: float) -> list[Step]:
    """Fail after so many characters."""
    return _ending(steps, amount, [State("error_internal")])


def too_long(steps: list[Step], amount: float) -> list[Step]:
    """Fail at once because the prompt is too long."""
    return [steps[0], State("error_user_message_too_long")]


def insufficient_fund(steps: list[Step], amount: float) -> list[Step]:
    """Fail at once because there are no points (next.md section 0)."""
    return [steps[0], State("error_insufficient_fund")]


def cancelled(steps: list[Step], amount: float) -> list[Step]:
    """Let the site cancel the answer after so many characters."""
    return _ending(steps, amount, [State("cancelled")])


def rewrite(steps: list[Step], amount: float) -> list[Step]:
    """Show progress lines that the answer replaces; they share no prefix with it."""
    lines: list[Step] = []
    for second in range(1, 4):
        lines += [Text(f"Searching the sandbox… ({second}s elapsed)\n\n- found {second * 7} grains"), Pause(amount)]
    return before_text(steps, lines)


def thinking(steps: list[Step], amount: float) -> list[Step]:
    """Put reasoning before the answer (poe.md section 3.5)."""

    def preamble(text: str) -> str:
        thoughts = ("**Looking at the prompt**", "", "The user wants an echo. I can do that.", "I'll be brief.")
        return "*Thinking...*\n\n" + "\n".join(f"> {line}".rstrip() for line in thoughts) + "\n\n" + text

    return _with_text(steps, preamble)


def image(steps: list[Step], amount: float) -> list[Step]:
    """Count seconds, then replace them with a Markdown image and its link."""
    lines = steps[: _last_text(steps)]
    for second in range(1, 4):
        lines += [Text(f"Generating image ({second}s elapsed)"), Pause(amount)]
    picture = f"![a lemon in the fog.png]({ADDRESS}?w=64&h=64)\n\n{ADDRESS}?w=64&h=64"
    return [*lines, Text(picture, File(square(), "image/png")), State("complete")]


def sound(steps: list[Step], amount: float) -> list[Step]:
    """Count seconds, then replace them with the bare address of a sound."""
    lines = [*steps[: _last_text(steps)], Text("Generating audio (1s elapsed)"), Pause(amount)]
    return [*lines, Text(f"Caption: a fog horn\n\n{ADDRESS}", File(tone(), "audio/wav")), State("complete")]


def file(steps: list[Step], amount: float) -> list[Step]:
    """End the answer with a picture that comes apart from the text; the API's text refers to it too."""
    inline = Event("text", {"text": "\n\n![a square of sand][image_0]"})
    return before_end(steps, File(square(), "image/png", "sand.png", "image_0"), inline)


def before_end(steps: list[Step], *more: Step) -> list[Step]:
    """Insert steps before the end of the answer."""
    at = max((at for at, step in enumerate(steps) if isinstance(step, State)), default=len(steps))
    return [*steps[:at], *more, *steps[at:]]


def several(steps: list[Step], amount: float) -> list[Step]:
    """Answer in two messages: a search helper's, then the bot's, which begins so many seconds later."""
    found: list[Step] = [Type("Searched the sandbox and found **3 grains**.")]
    switch: list[Step] = [State("complete"), Pause(amount), NextMessage()]
    if not amount:
        switch = [NextMessage(), State("complete", message=0)]
    return before_text([NextMessage("pacarana"), *steps[1:]], [*found, *switch])


def placeholder(steps: list[Step], amount: float) -> list[Step]:
    """Show "..." and "Thinking..." as if they were text before the answer replaces them."""
    return before_text(steps, [Text("..."), Pause(amount), Text("Thinking..."), Pause(amount)])


def empty(steps: list[Step], amount: float) -> list[Step]:
    """Complete the answer without a character."""
    return [step for step in steps if not isinstance(step, Type)]


def long(steps: list[Step], amount: float) -> list[Step]:
    """Replace the answer with a novel."""
    return _with_text(steps, novel.compose)


def oddities(steps: list[Step], amount: float) -> list[Step]:
    """Add difficult text: right-to-left, combining and invisible characters, and what looks like markup."""
    return _with_text(steps, lambda text: "\n\n".join((*_ODDITIES, text)))


def drop(steps: list[Step], amount: float) -> list[Step]:
    """Close the asking page's socket after so many characters."""
    return interrupted(steps, amount, Drop())


def drop_for_good(steps: list[Step], amount: float) -> list[Step]:
    """Close the socket, and the page stays without one until it is loaded again."""
    return interrupted(steps, amount, Drop(for_good=True))


def silence(steps: list[Step], amount: float) -> list[Step]:
    """Leave the socket open and send nothing more on it."""
    return interrupted(steps, amount, Silence())


def missed(steps: list[Step], amount: float) -> list[Step]:
    """Tell the page that it has missed messages."""
    return interrupted(steps, amount, Raw({"error": "missed_messages"}))


def refetch(steps: list[Step], amount: float) -> list[Step]:
    """Tell the page to fetch its channel again."""
    return interrupted(steps, amount, Inner(lambda _: {"message_type": "refetchChannel"}))


def freeze(steps: list[Step], amount: float) -> list[Step]:
    """Make the page's script hang for so many seconds after some 200 characters."""
    return interrupted(steps, 200, _freezing(amount))


def hung_tab(steps: list[Step], amount: float) -> list[Step]:
    """Make the page's script hang for ever after so many characters."""
    return interrupted(steps, amount, _freezing(FOR_EVER))


def outage(steps: list[Step], amount: float) -> list[Step]:
    """Take the server down for so many seconds after some 200 characters; the answer goes on meanwhile."""
    return interrupted(steps, 200, Outage(amount))


def _freezing(seconds: float) -> Step:
    """Make a message that hangs a page; it names the page, because all chats share the wire."""
    return Inner(lambda sent: {"message_type": "sandboxFreeze", "seconds": seconds, "channel": sent.channel})


def _with_text(steps: Iterable[Step], change: Callable[[str], str]) -> list[Step]:
    return [Type(change(step.text)) if isinstance(step, Type) else step for step in steps]


def before_text(steps: list[Step], first: list[Step]) -> list[Step]:
    """Insert steps before the text of the answer itself."""
    at = _last_text(steps)
    return [*steps[:at], *first, *steps[at:]]


def _ending(steps: list[Step], amount: float, end: list[Step]) -> list[Step]:
    """Cut the answer after so many characters and end it with other steps."""
    at = _last_text(steps)
    return [*steps[:at], *_beginning(steps, at, amount), *end]


def interrupted(steps: list[Step], amount: float, *interruption: Step) -> list[Step]:
    """Insert steps after so many characters; the answer goes on."""
    at = _last_text(steps)
    return [*steps[:at], *_beginning(steps, at, amount), *interruption, *steps[at:]]


def _beginning(steps: list[Step], at: int, amount: float) -> list[Step]:
    return [Type(step.text[: int(amount)]) for step in steps[at : at + 1] if isinstance(step, Type)]


def _last_text(steps: list[Step]) -> int:
    """Return the index of the step that types the answer itself, or the end if there is none."""
    return max((at for at, step in enumerate(steps) if isinstance(step, Type)), default=len(steps))
