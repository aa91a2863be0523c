"""All moods, in groups: everything that the simulated Poe does differently on demand, each with a sentence.

The rows are those of poe.md section 9(b). Row 19 (the request ledger) always applies and has no
mood. Rows 2, 5, 8 and 9 always apply too; their moods are harder forms.
"""

from dataclasses import dataclass

from sandbox.poe.answers.steps import Step
from sandbox.poe.moods import api_effects, effects
from sandbox.poe.moods.effects import Effect


@dataclass(frozen=True, slots=True)
class Mood:
    """Something that the simulated Poe does differently."""

    name: str
    row: int
    """Its row in poe.md section 9(b)."""
    sentence: str
    amount: float = 0.0
    """The default amount; the sentence says of what."""
    effect: Effect | None = None
    """How it changes an answer's steps; None for moods that other parts of the site look up by name."""


# Effects are applied in the table's order: first the text, then what happens to it, then when it begins.
_ANSWER = (
    Mood("novel", 13, "The answer has at least 15 000 characters: chapters, lists and code.", 0, effects.long),
    Mood("oddities", 13, "The answer has right-to-left, combining and invisible characters.", 0, effects.oddities),
    Mood("thinking", 13, "The answer begins with reasoning.", 0, effects.thinking),
    Mood("empty", 13, "The answer is empty.", 0, effects.empty),
    Mood("image", 13, "The answer is an image, after progress lines every AMOUNT s.", 0.3, effects.image),
    Mood("sound", 13, "The answer is a sound, after a progress line for AMOUNT s.", 0.3, effects.sound),
    Mood("file", 13, "The answer ends with a picture that comes apart from the text.", 0, effects.file),
    Mood("no-suggestions", 13, "No replies are suggested below the answer."),
    Mood("late-suggestions", 13, "The page suggests replies AMOUNT s after the end.", 2),
    Mood("rewrite", 13, "The answer replaces progress lines, which come every AMOUNT s.", 0.3, effects.rewrite),
    Mood("placeholder", 13, '"..." and "Thinking..." come first as text, for AMOUNT s each.', 0.3, effects.placeholder),
    Mood("several", 13, "A helper's message comes first, and AMOUNT s later the model's.", 0, effects.several),
    Mood("stall", 14, "The answer stops for ever after AMOUNT characters.", 200, effects.stall),
    Mood("error", 14, "The answer fails after AMOUNT characters (state error_…).", 150, effects.error),
    Mood("too-long", 14, "The answer fails at once (error_user_message_too_long).", 0, effects.too_long),
    Mood("insufficient-fund", 14, "The answer fails at once (error_insufficient_fund).", 0, effects.insufficient_fund),
    Mood("cancelled", 14, "The site cancels the answer after AMOUNT characters.", 150, effects.cancelled),
)
_LOSS = (
    Mood("drop", 12, "The page loses its socket after AMOUNT characters and reconnects.", 200, effects.drop),
    Mood(
        "drop-for-good", 12, "The page loses its socket for good after AMOUNT characters.", 200, effects.drop_for_good
    ),
    Mood("silent-socket", 12, "The socket stays open, but is silent after AMOUNT characters.", 200, effects.silence),
    Mood("missed", 12, "A missed_messages frame comes after AMOUNT characters.", 200, effects.missed),
    Mood("drowsy", 12, "The page has no socket while its tab is in the background."),
    Mood("refetch", 12, "A refetchChannel message comes after AMOUNT characters.", 200, effects.refetch),
    Mood("slow", 14, "The answer begins AMOUNT s late.", 4, effects.slow),
    Mood("freeze", 18, "The page's script hangs for AMOUNT s in the middle of the answer.", 3, effects.freeze),
    Mood("hung-tab", 18, "The page's script hangs for ever after AMOUNT characters.", 200, effects.hung_tab),
    Mood("outage", 18, "The server is down for AMOUNT s in the middle of the answer.", 3, effects.outage),
)
_WIRE = (
    Mood("text-updates", 11, "The wire has messageTextUpdated and messageStateUpdated instead of messageAdded."),
    Mood("long-poll", 11, "The page has no WebSocket, and polls the same URL over HTTP."),
    Mood("no-wire", 11, "The page gets no frames at all, and reads the chat's history again and again."),
    Mood("no-author", 11, "No message on the wire has an author."),
    Mood("tch-host", 9, "The socket is on a host of its own, tch123456.tch.…, as at Poe."),
    Mood("quiet", 10, "The wire carries only this answer: no noise, nothing twice or late, no other chats."),
    Mood("storm", 10, "Every message comes with all of the wire's disorder: twice, late, other chats, noise."),
)
# How prompts are refused (poe.md section 4).
_SENDING = (
    Mood(
        "reached-limit",
        14,
        "There are no points left (reached_limit); a dialog says that they reset at midnight UTC.",
    ),
    Mood("limit-at", 15, "There are no points left; a dialog says that they reset at a time AMOUNT h ahead.", 5),
    Mood("limit-in", 15, "There are no points left; a dialog says that they reset in AMOUNT h.", 5),
    Mood("tooltip-limit", 15, "Send stays disabled; a tooltip says that there are no free messages left."),
    Mood("price-dialog", 15, "After Send a dialog asks to confirm the price; until then nothing is sent."),
    Mood("price-mismatch", 14, "The page's price is out of date (…_price_mismatch); pressing Send again works."),
    Mood("too-many-tokens", 14, "The prompt is refused as too long (too_many_tokens)."),
    Mood("no-access", 14, "The prompt is refused because the bot is private or gone (no_access)."),
    Mood("rate-limit-exceeded", 14, "The prompt is refused as too soon (rate_limit_exceeded)."),
    Mood("concurrent-messages", 14, "The prompt is refused while another one is answered (concurrent_messages)."),
    Mood("unsupported-file-type", 14, "The prompt is refused because of its file's type (unsupported_file_type)."),
    Mood("file-too-large", 14, "The prompt is refused because of its file's size (file_too_large)."),
    Mood("server-error", 14, 'The prompt gets a GraphQL "Server Error" with HTTP 200.'),
    Mood(
        "rate-guard",
        17,
        "After two prompts at once, or within AMOUNT s, no prompt is answered any more.",
        9,
    ),
)
_PAGE = (
    Mood("skin-2026", 1, "The page looks as in 2026: ids, data-complete, aria-labels (the default)."),
    Mood("skin-2023", 1, "The page looks as in 2023: other classes, no ids, no aria-labels."),
    Mood("rehash", 2, "The hashes in class names change with every page load."),
    Mood("hydration", 3, "The page's script takes over AMOUNT s after the page has loaded.", 2),
    Mood("plain-setter", 4, "The text area accepts a synthetic input event without being emptied first."),
    Mood("late-send", 5, "Send becomes enabled AMOUNT s after the text has changed.", 2),
    Mood("localised", 16, "The page's labels are Chinese."),
    Mood("promo", 15, "A dialog with an ad for a subscription covers the composer."),
)
# What a visitor gets instead of the page.
_VISIT = (
    Mood("login-wall", 6, "The page redirects to /login until the visitor has signed in."),
    Mood("false-logout", 6, "The first visit redirects to /login by mistake; the next one works."),
    Mood("logged-out-page", 6, "The page is the one for visitors who are not logged in, without a composer."),
    Mood("challenge", 7, "The page is a challenge (403, cf-mitigated) that never ends."),
    Mood("challenge-clears", 7, "The page is a challenge that ends by itself after AMOUNT s.", 2),
    Mood("not-found", 8, "The bot is gone: its page is a 404."),
    Mood("unavailable", 18, "The page is HTTP error AMOUNT.", 503),
    Mood("hang", 18, "The page doesn't load for AMOUNT s.", 60),
)

_API = (
    Mood("api-status", 20, "The API refuses with the HTTP status AMOUNT.", 500),
    Mood("api-rate-limit", 20, "The API refuses with 429 and asks to come back in AMOUNT s.", 5),
    Mood("moderated", 20, "The API refuses the prompt for what it says."),
    Mood("recorded-errors", 20, "The API's errors have the form that was recorded, not the documented one."),
    Mood("html", 20, "The API sends an HTML page instead of an event stream."),
    Mood("redirect", 20, "The API redirects to another host."),
    Mood("final-error", 20, "After AMOUNT characters an error forbids another try.", 150, api_effects.final_error),
    Mood("silent-end", 20, 'The stream ends without "done" after AMOUNT characters.', 200, api_effects.silent_end),
    Mood("no-done", 20, 'The stream has the whole answer, but no "done".'),
    Mood("empty-done", 20, 'The event "done" has no data.'),
    Mood("api-cut", 20, "The API closes the connection (FIN) after AMOUNT characters.", 200, api_effects.cut),
    Mood("api-reset", 20, "The API resets the connection (RST) after AMOUNT characters.", 200, api_effects.reset),
    Mood("pings", 20, "The API sends nothing but pings after AMOUNT characters.", 200, api_effects.pings),
    Mood("comments", 20, "The API sends nothing but comments for AMOUNT s.", 40, api_effects.comments),
    Mood("hard-sse", 20, "Events come in pieces of 7 bytes, with comments and all kinds of line ends."),
    Mood("unknown-event", 20, "The API sends an event that its client doesn't know.", 0, api_effects.unknown_event),
    Mood("broken-event", 20, "An event's JSON breaks off after AMOUNT characters.", 150, api_effects.broken_event),
    Mood("missing-key", 20, "A text event has no text after AMOUNT characters.", 150, api_effects.missing_key),
    Mood("two-indices", 20, "A second answer comes in between after AMOUNT characters.", 150, api_effects.two_indices),
    Mood("huge-event", 20, "The answer's last event has AMOUNT MB.", 5, api_effects.huge_event),
    Mood("replace-empty", 20, "The answer is replaced with nothing at its end.", 0, api_effects.replace_to_empty),
    Mood("after-done", 20, 'Text and another answer come after "done".', 0, api_effects.after_done),
    Mood("balance", 20, "The account has AMOUNT points.", 0),
    Mood("models-down", 20, "The API's list of models answers 503."),
)
_FILES = (
    Mood("nameless-file", 20, "The API's answer ends with a picture that has no name.", 0, api_effects.nameless_file),
    Mood("file-status", 20, "The address of a file in an answer gives the HTTP status AMOUNT.", 404),
    Mood("file-slow", 20, "The file takes AMOUNT s.", 20),
    Mood("file-size", 20, "The file has AMOUNT MB.", 30),
    Mood("file-type", 20, "The file comes with the wrong content type."),
    Mood("file-redirect", 20, "The address of the file redirects to another host."),
    Mood("upload-status", 20, "Uploads are refused with the HTTP status AMOUNT.", 413),
    Mood("upload-slow", 20, "Uploads take AMOUNT s.", 20),
    Mood("upload-dropped", 20, "The page drops each file once it is uploaded, with a word."),
    Mood("upload-first", 20, "The page uploads each file at once, and the prompt names it by a token."),
    Mood("upload-multipart", 20, "The page sends files along with the prompt as GraphQL multipart."),
    Mood("no-files", 20, "The page has no place for files."),
)

GROUPS = {
    "Poe's page": _PAGE,
    "The answer": _ANSWER,
    "The connection": _WIRE,
    "In the middle of an answer": _LOSS,
    "Pressing Send": _SENDING,
    "Opening the page": _VISIT,
    "The official API": _API,
    "Files": _FILES,
}
"""All moods by subject."""

MOODS = (*_ANSWER, *_LOSS, *_WIRE, *_SENDING, *_PAGE, *_VISIT, *_API, *_FILES)
"""All moods, in the order in which their effects are applied."""

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
