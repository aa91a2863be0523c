"""The table of moods: everything that the stand-in can do on demand, with a sentence each, in groups.

The rows are those of poe.md section 9(b). Rows 9 and 19 (the wire's envelope, the request ledger) are always there and
have no mood; of rows 2, 5 and 8, which are always there too, the moods are the harder forms.
"""

from dataclasses import dataclass

from sandbox.poe.answers.steps import Step
from sandbox.poe.moods import effects
from sandbox.poe.moods.effects import Effect


@dataclass(frozen=True, slots=True)
class Mood:
    """One behaviour of the stand-in."""

    name: str
    row: int
    """Its row in poe.md section 9(b)."""
    sentence: str
    amount: float = 0.0
    """Taken where none is given; the sentence says of what."""
    effect: Effect | None = None
    """How it changes an answer's steps; None for moods that other parts of the site ask for by name."""


# Answer moods are applied in the table's order: first what the text is, then what becomes of it, then when it begins.
_ANSWER = (
    Mood("novel", 13, "The answer has at least 15 000 characters of chapters, lists and code.", 0, effects.long),
    Mood("oddities", 13, "The answer has right-to-left, combining and invisible characters.", 0, effects.oddities),
    Mood("thinking", 13, "A preamble of reasoning comes before the answer.", 0, effects.thinking),
    Mood("empty", 13, "The answer completes without a character.", 0, effects.empty),
    Mood("image", 13, "Progress every AMOUNT s is replaced by an image.", 0.3, effects.image),
    Mood("rewrite", 13, "Progress lines every AMOUNT s are replaced by the answer.", 0.3, effects.rewrite),
    Mood("placeholder", 13, '"..." and "Thinking..." of AMOUNT s each come as text first.', 0.3, effects.placeholder),
    Mood("several", 13, "A helper's message comes, then (AMOUNT s later) the bot's own.", 0, effects.several),
    Mood("stall", 14, "The answer stops for ever after AMOUNT characters.", 200, effects.stall),
    Mood("error", 14, "The answer fails with a state error_… after AMOUNT characters.", 150, effects.error),
    Mood("too-long", 14, "The answer fails at once: error_user_message_too_long.", 0, effects.too_long),
    Mood("cancelled", 14, "The site itself cancels the answer after AMOUNT characters.", 150, effects.cancelled),
)
_LOSS = (
    Mood("drop", 12, "The socket closes after AMOUNT characters; the page opens another.", 200, effects.drop),
    Mood("drop-for-good", 12, "The same, but the page stays without a socket.", 200, effects.drop_for_good),
    Mood("silent-socket", 12, "The socket stays open, mute after AMOUNT characters.", 200, effects.silence),
    Mood("missed", 12, "A missed_messages frame comes after AMOUNT characters.", 200, effects.missed),
    Mood("drowsy", 12, "The page closes its socket while its tab is in the background, and opens another afterwards."),
    Mood("refetch", 12, "A refetchChannel message comes after AMOUNT characters.", 200, effects.refetch),
    Mood("slow", 14, "The first token comes AMOUNT s late.", 4, effects.slow),
    Mood("freeze", 18, "The tab's script hangs for AMOUNT s in the middle of the answer.", 3, effects.freeze),
    Mood("hung-tab", 18, "The tab's script hangs for ever after AMOUNT characters.", 200, effects.hung_tab),
    Mood("outage", 18, "The server is gone for AMOUNT s in the middle of the answer.", 3, effects.outage),
)
_WIRE = (
    Mood("text-updates", 11, "The wire has messageTextUpdated and messageStateUpdated instead of messageAdded."),
    Mood("long-poll", 11, "The page has no WebSocket and polls the same address over HTTP."),
    Mood("no-wire", 11, "The page hears nothing at all and re-reads the chat's history instead."),
    Mood("quiet", 10, "The wire carries this answer alone: no noise, nothing twice or late, no other chats."),
    Mood("storm", 10, "All of the wire's disorder comes with every message: twice, late, other chats, noise."),
)
# What becomes of a send (poe.md section 4).
_SENDING = (
    Mood(
        "reached-limit",
        14,
        "All points are used up (reached_limit): a dialog says that they are back at midnight, UTC.",
    ),
    Mood("limit-at", 15, "All points are used up; the dialog names the time when they are back, AMOUNT h ahead.", 5),
    Mood("limit-in", 15, "All points are used up; the dialog says that they are back in AMOUNT h.", 5),
    Mood("tooltip-limit", 15, "Send stays disabled and has a tooltip that there are no free messages left."),
    Mood("price-dialog", 15, "After Send a dialog asks to confirm the price; until then nothing is sent."),
    Mood("price-mismatch", 14, "The price shown is stale (…_price_mismatch); the next press of Send has it right."),
    Mood("too-many-tokens", 14, "The prompt is refused as too long (too_many_tokens)."),
    Mood("no-access", 14, "The bot is private or gone: the prompt is refused (no_access)."),
    Mood("rate-limit-exceeded", 14, "The prompt is refused as one too soon (rate_limit_exceeded)."),
    Mood("concurrent-messages", 14, "The prompt is refused as one too many at a time (concurrent_messages)."),
    Mood("unsupported-file-type", 14, "The prompt is refused for its file's type (unsupported_file_type)."),
    Mood("file-too-large", 14, "The prompt is refused for its file's size (file_too_large)."),
    Mood("server-error", 14, 'The prompt is answered by the GraphQL "Server Error" at HTTP 200.'),
    Mood("rate-guard", 17, "After an overlap or a gap under AMOUNT s prompts are taken and never answered again.", 9),
    Mood("silent-end", 20, "The official API's stream ends after AMOUNT characters without saying so.", 200),
)
_PAGE = (
    Mood("skin-2026", 1, "The page has its look of 2026: ids, data-complete, aria-labels (the usual one)."),
    Mood("skin-2023", 1, "The page has its look of 2023: other classes, no ids, no aria-labels."),
    Mood("rehash", 2, "The hashes in class names are new at every load of the page."),
    Mood("hydration", 3, "The page's script takes over AMOUNT s after the page is there.", 2),
    Mood("plain-setter", 4, "The text area takes a synthetic input event without having been emptied by one first."),
    Mood("late-send", 5, "Send becomes enabled AMOUNT s after the text has changed.", 2),
    Mood("localised", 16, "The page's labels are Chinese."),
    Mood("promo", 15, "A dialog that advertises a subscription covers the composer."),
)
# What a visit leads to.
_VISIT = (
    Mood("login-wall", 6, "The page leads to /login until the visitor has signed in there."),
    Mood("false-logout", 6, "The first visit leads to /login although nothing is wrong; the next one is fine."),
    Mood("logged-out-page", 6, "The page is the logged-out page of a bot, without a composer."),
    Mood("challenge", 7, "The visit meets a challenge page (403, cf-mitigated) that never goes away."),
    Mood("challenge-clears", 7, "The visit meets a challenge page that clears itself after AMOUNT s.", 2),
    Mood("not-found", 8, "The bot is gone: its page is a 404."),
    Mood("unavailable", 18, "The visit is answered by HTTP AMOUNT.", 503),
    Mood("hang", 18, "The visit gets no answer for AMOUNT s.", 60),
)

GROUPS = {
    "Poe's page": _PAGE,
    "The answer": _ANSWER,
    "The connection": _WIRE,
    "In the middle of an answer": _LOSS,
    "Pressing Send": _SENDING,
    "Opening the page": _VISIT,
}
"""Every mood, by what it is about."""

MOODS = (*_ANSWER, *_LOSS, *_WIRE, *_SENDING, *_PAGE, *_VISIT)
"""Every mood, in the order in which answer moods are applied."""

Moods = dict[str, float]
"""The moods that are on: names with their amounts."""

BY_NAME = {mood.name: mood for mood in MOODS}


def handle_of(mood: Mood) -> str:
    """Return the handle whose chats are always in this mood, such as `Sandbox-Login-Wall`."""
    return "-".join(("Sandbox", *(part.capitalize() for part in mood.name.split("-"))))


def apply(steps: list[Step], moods: Moods) -> list[Step]:
    """Apply the effects of the moods that are on, in the table's order."""
    for mood in MOODS:
        if mood.effect and mood.name in moods:
            steps = mood.effect(steps, moods[mood.name])
    return steps
