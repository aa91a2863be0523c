"""The table of moods: everything that the stand-in can do on demand, with a sentence each.

A mood named `stall` is on for a prompt or a page in any of three ways:
- by handle: `/Sandbox-Stall`;
- by a magic word in the prompt's last turn: `!stall`, with an amount `!stall=300`;
- for the whole site: `PoeSandbox(switches=("stall=300",))`, `sandbox.switch("stall=300")`.

A mood of the page or of a visit that a prompt names is on for the next loads of that prompt's chat (price-dialog at
once). Rows 2, 5, 8, 9 and 19 are always on; row 18's end of the whole server is `PoeSandbox.go_down`, and a tab is
crashed from outside (DevTools' Page.crash), since a page can't.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.poe import reshaping
from sandbox.poe.answers import turns_of
from sandbox.poe.reshaping import Reshape
from sandbox.poe.steps import Step

MAGIC = re.compile(r"(?<!\S)!(?P<word>[a-z][a-z0-9-]*(?:=\d+(?:\.\d+)?)?)(?!\S)")

Moods = dict[str, float]
"""Names of the moods that are on, with their amounts."""


@dataclass(frozen=True, slots=True)
class Mood:
    """One behaviour of the stand-in."""

    name: str
    row: int
    """Its row in poe.md section 9(b)."""
    sentence: str
    amount: float = 0.0
    """Taken where none is given; the sentence says of what."""
    reshape: Reshape | None = None
    """How it changes an answer's steps; None for moods that other parts of the site ask for by name."""


# Answer moods are applied in the table's order: first what the text is, then what becomes of it, then when it begins.
MOODS = (
    Mood("novel", 13, "The answer has at least 15 000 characters of chapters, lists and code.", 0, reshaping.long),
    Mood("oddities", 13, "The answer has right-to-left, combining and invisible characters.", 0, reshaping.oddities),
    Mood("thinking", 13, "A preamble of reasoning comes before the answer.", 0, reshaping.thinking),
    Mood("empty", 13, "The answer completes without a character.", 0, reshaping.empty),
    Mood("image", 13, "Progress every AMOUNT s is replaced by an image.", 0.3, reshaping.image),
    Mood("rewrite", 13, "Progress lines every AMOUNT s are replaced by the answer.", 0.3, reshaping.rewrite),
    Mood("placeholder", 13, '"..." and "Thinking..." of AMOUNT s each come as text first.', 0.3, reshaping.placeholder),
    Mood("several", 13, "A helper's message, then (AMOUNT s later) the bot's own.", 0, reshaping.several),
    Mood("stall", 14, "The answer stops for ever after AMOUNT characters.", 200, reshaping.stall),
    Mood("error", 14, "The answer fails with a state error_… after AMOUNT characters.", 150, reshaping.error),
    Mood("too-long", 14, "The answer fails at once: error_user_message_too_long.", 0, reshaping.too_long),
    Mood("cancelled", 14, "The site itself cancels the answer after AMOUNT characters.", 150, reshaping.cancelled),
    Mood("drop", 12, "The socket closes after AMOUNT characters; the page opens another.", 200, reshaping.drop),
    Mood("drop-for-good", 12, "The same, but the page stays without a socket.", 200, reshaping.drop_for_good),
    Mood("silent-socket", 12, "The socket stays open, mute after AMOUNT characters.", 200, reshaping.silence),
    Mood("missed", 12, "A missed_messages frame comes after AMOUNT characters.", 200, reshaping.missed),
    Mood("refetch", 12, "A refetchChannel message comes after AMOUNT characters.", 200, reshaping.refetch),
    Mood("slow", 14, "The first token comes AMOUNT s late.", 4, reshaping.slow),
    Mood("freeze", 18, "The tab's script hangs for AMOUNT s in the middle of the answer.", 3, reshaping.freeze),
    # What the wire is like.
    Mood("text-updates", 11, "The wire has messageTextUpdated and messageStateUpdated instead of messageAdded."),
    Mood("long-poll", 11, "The page has no WebSocket and polls the same address over HTTP."),
    Mood("no-wire", 11, "The page hears nothing at all and re-reads the chat's history instead."),
    Mood("quiet", 10, "The wire carries this answer alone: no noise, nothing twice or late, no other chats."),
    # What becomes of a send (poe.md section 4).
    Mood("reached-limit", 14, "The send's status is reached_limit; the page shows a dialog about points."),
    Mood("too-many-tokens", 14, "The send's status is too_many_tokens."),
    Mood("no-access", 14, "The send's status is no_access."),
    Mood("rate-limit-exceeded", 14, "The send's status is rate_limit_exceeded."),
    Mood("concurrent-messages", 14, "The send's status is concurrent_messages."),
    Mood("unsupported-file-type", 14, "The send's status is unsupported_file_type."),
    Mood("file-too-large", 14, "The send's status is file_too_large."),
    Mood("price-mismatch", 14, "message_points_display_price_mismatch; the next press of Send has the right price."),
    Mood("server-error", 14, 'The send is answered by the GraphQL "Server Error" at HTTP 200.'),
    Mood("rate-guard", 17, "From the first overlap or gap under AMOUNT s on, prompts are taken and not answered.", 9),
    # What the page is like.
    Mood("skin-2023", 1, "The page has the DOM of 2023: other classes, no ids, no aria-labels."),
    Mood("hydration", 3, "The page's script takes over AMOUNT s after the page is there.", 2),
    Mood("plain-setter", 4, "The text area takes a synthetic input event without having been emptied by one first."),
    Mood("localised", 16, "The page's labels are Chinese."),
    Mood("tooltip-limit", 15, "Send stays disabled and has a tooltip that there are no free messages left."),
    Mood("price-dialog", 15, "After Send a dialog asks to confirm the price; until then nothing is sent."),
    Mood("promo", 15, "A dialog that advertises a subscription covers the composer."),
    # What a visit leads to.
    Mood("login-wall", 6, "The page leads to /login until the visitor has signed in there."),
    Mood("false-logout", 6, "The first visit leads to /login although nothing is wrong; the next one is fine."),
    Mood("logged-out-page", 6, "The page is the logged-out page of a bot, without a composer."),
    Mood("challenge", 7, "The visit meets a challenge page (403, cf-mitigated) that never goes away."),
    Mood("challenge-clears", 7, "The visit meets a challenge page that clears itself after AMOUNT s.", 2),
    Mood("unavailable", 18, "The visit is answered by 503."),
)

BY_NAME = {mood.name: mood for mood in MOODS}


def handle_of(mood: Mood) -> str:
    """Gives the handle whose chats are always in this mood: `Sandbox-Login-Wall`."""
    return "-".join(("Sandbox", *(part.capitalize() for part in mood.name.split("-"))))


_BY_HANDLE = {handle_of(mood): mood for mood in MOODS}


def parse(word: str) -> Moods:
    """Reads `stall` or `stall=300`.

    Raises:
        KeyError: there is no such mood.
        ValueError: the amount isn't a number.
    """
    name, _, amount = word.partition("=")
    return {name: float(amount) if amount else BY_NAME[name].amount}


def of_handle(handle: str) -> Moods:
    """Gives the mood that a handle stands for, if any."""
    mood = _BY_HANDLE.get(handle)
    return {mood.name: mood.amount} if mood else {}


def of_prompts(prompts: Iterable[str]) -> Moods:
    """Gives the moods whose magic words stand in these prompts; unknown words mean nothing."""
    found: Moods = {}
    for prompt in prompts:
        words = (match["word"] for match in MAGIC.finditer(last_turn(prompt)))
        for word in words:
            if word.partition("=")[0] in BY_NAME:
                found |= parse(word)
    return found


def last_turn(prompt: str) -> str:
    """Gives the prompt from its last spoken line on: earlier turns are history, and their magic has been done."""
    turns = turns_of(prompt)
    return prompt[turns[-1].start :] if len(turns) > 1 else prompt


def reshape(steps: list[Step], moods: Moods) -> list[Step]:
    """Lets every answer mood that is on change the steps, in the table's order."""
    for mood in MOODS:
        if mood.reshape and mood.name in moods:
            steps = mood.reshape(steps, moods[mood.name])
    return steps
