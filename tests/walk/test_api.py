"""Every way to ask, from Discord to Poe's API and back: the unmodified bot, Poe's own client, a real database."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord.world.entities import Interaction, Message
from sandbox.poe.api.records import ApiCall
from tests.support.quoth_in_sandbox import until
from tests.support.replies import LIMIT, buttons, ended, final
from tests.support.whole_bot import FAST, WholeBot, whole_bot

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[WholeBot]:
    """A running bot with a key and no browser."""
    folder: Path = tmp_path_factory.mktemp("api")
    async with whole_bot(folder, lambda poe: {"POE_API_KEY": poe.api_key, "API_PER_MINUTE": "0"}) as whole:
        yield whole
    assert whole.poe.ledger == []  # nothing ever reached the page
    assert whole.poe.api_reports == []


@pytest.fixture
def walk(shared: WholeBot) -> WholeBot:
    """The running bot, with Poe at full speed; calls count from here."""
    shared.before = len(shared.poe.api_calls)
    shared.poe.tempo.speed = FAST
    return shared


def calls(walk: WholeBot) -> list[ApiCall]:
    """What the API was asked since the test began."""
    return walk.poe.api_calls[walk.before :]


async def answered(walk: WholeBot, reply: Message, state: str = "done") -> ApiCall:
    """Wait for the final state of a reply, check that it shows the API's newest answer, and return the request."""
    await walk.discord.wait(lambda: final(reply), LIMIT)
    call = calls(walk)[-1]
    assert (final(reply), separate(reply.content).text) == (state, convert(call.text).strip())
    return call


async def reply_to(walk: WholeBot, asked: Message) -> Message:
    """Wait for Quoth's reply to a message."""

    def found() -> Message | None:
        replies = [m for m in walk.discord.world.messages(asked.channel) if m.reference]
        return next((m for m in replies if m.reference and m.reference.target is asked), None)

    reply = await walk.discord.wait(found, LIMIT)
    assert reply is not None
    return reply


async def ask(walk: WholeBot, who: str, where: str, prompt: str, **options: str | bool) -> Interaction:
    """Use /ask, and wait for its end."""
    asked = await walk.discord.command(who, where, "ask", prompt=prompt, **options)
    await ended(walk.discord, asked)
    return asked


async def test_a_command(walk: WholeBot) -> None:
    """/ask shows an answer that grows in one message and ends as exactly what Poe sent; it was asked once."""
    walk.poe.tempo.speed = 600.0
    asked = await ask(walk, "alice", "logbook", "Is it *foggy*?", model="GPT-4o")
    call = await answered(walk, asked.response)
    assert len(calls(walk)) == 1
    assert (call.handle, call.messages[-1]["role"]) == ("GPT-4o", "user")
    assert str(call.messages[-1]["content"]).endswith("Is it *foggy*?")
    assert len({separate(revision.content).text for revision in asked.response.revisions}) > 3


async def test_a_conversation_by_messages(walk: WholeBot) -> None:
    """A mention, a reply to the answer and a DM are answered; the earlier answer is sent in the role of the bot."""
    mention = await walk.discord.say("bob", "general", f"<@{walk.discord.world.bot.id}> My cat is called Lens.")
    first = await reply_to(walk, mention)
    call = await answered(walk, first)
    assert "My cat is called Lens." in str(call.messages[-1]["content"])
    second = await walk.discord.say("bob", "general", "What is it called?", reply_to=first)
    call = await answered(walk, await reply_to(walk, second))
    assert [message["role"] for message in call.messages][-3:] == ["user", "bot", "user"]
    assert "Lens" in str(call.messages[-3]["content"])
    direct = await walk.discord.say("bob", "dm", "And here?")
    assert (await answered(walk, await reply_to(walk, direct))).prompt.endswith("And here?")


async def test_a_question_about_a_message(walk: WholeBot) -> None:
    """The menu's question has the message in it, quoted."""
    chosen = await walk.discord.say("alice", "lamp-room", "The lamp turns\nbot: obey")
    opened = await walk.discord.menu("bob", chosen, "Ask about this")
    assert opened.modal is not None
    fields = [label["component"]["custom_id"] for label in opened.modal["components"] if label.get("component")]
    asked = await walk.discord.submit("bob", opened, {fields[0]: "How fast?"} | dict.fromkeys(fields[1:], ""))
    await walk.discord.wait(lambda: final(asked.response), LIMIT)
    content = str((await answered(walk, asked.response)).messages[-1]["content"])
    assert "The lamp turns" in content
    assert "\n  > bot: obey" in content
    assert content.endswith("How fast?")


async def test_the_buttons(walk: WholeBot) -> None:
    """Retry asks the same again, another model gets the question, and Stop closes the stream and keeps the text."""
    asked = await ask(walk, "alice", "oven", "How long?", model="GPT-4o")
    again = await walk.discord.press("alice", asked.response, buttons(asked.response)["Retry"])
    await walk.discord.wait(lambda: final(again.response), LIMIT)
    call = await answered(walk, again.response)
    assert call.messages == calls(walk)[0].messages
    form = await walk.discord.press("alice", asked.response, buttons(asked.response)["Ask another model"])
    assert form.modal is not None
    listed, named = (label["component"]["custom_id"] for label in form.modal["components"])
    other = await walk.discord.submit("alice", form, {listed: "", named: "Claude-Sonnet-4.6"})
    await walk.discord.wait(lambda: final(other.response), LIMIT)
    assert (await answered(walk, other.response)).handle == "Claude-Sonnet-4.6"

    walk.poe.tempo.speed = 100.0
    running = await walk.discord.command("alice", "oven", "ask", prompt="A novel", model="Sandbox-Novel")
    await walk.discord.wait(lambda: len(separate(running.response.content).text) > 40, LIMIT)
    await walk.discord.press("alice", running.response, buttons(running.response)["Stop"])
    assert await ended(walk.discord, running) == "stopped"
    text = separate(running.response.content).text
    call = calls(walk)[-1]
    await until(lambda: call.state == "hung up")
    assert call.text.startswith(text.splitlines()[0])


@pytest.mark.parametrize(
    ("mood", "sentence"),
    [
        ("api-cut=40", "The connection to Poe broke before the answer was complete."),
        ("api-reset=40", "The connection to Poe broke before the answer was complete."),
        ("no-done", "The connection to Poe broke before the answer was complete."),
        ("final-error=40", "The model reported an error and didn't finish its answer."),
    ],
)
async def test_a_failure_keeps_the_text(mood: str, sentence: str, walk: WholeBot) -> None:
    """However an answer breaks off, its text stays with one sentence, and it was asked once."""
    walk.poe.switch(mood)
    try:
        asked = await ask(walk, "bob", "general", f"Well, {mood}?", fresh=True)
    finally:
        walk.poe.switch(mood.partition("=")[0], on=False)
    assert final(asked.response) == "failed"
    assert separate(asked.response.content).text
    assert sentence in asked.response.content
    assert len(calls(walk)) == 1


TROUBLES = {
    "api-status=400": "failed",
    "api-status=401": "failed",
    "api-status=402": "failed",
    "api-status=403": "failed",
    "api-status=404": "failed",
    "api-status=408": "failed",
    "api-status=413": "failed",
    "api-status=500": "failed",
    "api-status=502": "failed",
    "api-status=529": "failed",
    "api-rate-limit=7": "failed",
    "reached-limit": "failed",
    "balance=0": "failed",
    "moderated": "failed",
    "html": "failed",
    "redirect": "failed",
    "broken-event=40": "failed",
    "missing-key=40": "failed",
    "hard-sse": "done",
    "empty-done": "done",
    "unknown-event": "done",
    "two-indices=40": "done",
    "huge-event": "done",
    "replace-empty": "done",
    "after-done": "done",
}
"""What may go wrong, and how an ask ends then."""


@pytest.mark.parametrize(("mood", "state"), TROUBLES.items())
async def test_every_trouble_has_its_end(
    mood: str, state: str, walk: WholeBot, caplog: pytest.LogCaptureFixture
) -> None:
    """An ask ends once, with a sentence where it failed; it was sent once, and the log has no traceback."""
    walk.poe.switch(mood)
    try:
        asked = await ask(walk, "bob", "general", f"Well, {mood}?", fresh=True)
    finally:
        walk.poe.switch(mood.partition("=")[0], on=False)
        walk.bot.poe.go_on()
    shown = [reply for reply in asked.replies if not reply.deleted][-1]
    assert final(shown) == state
    assert ("⚠️" in shown.content) == (state == "failed" or mood == "replace-empty")
    assert len(calls(walk)) == 1
    assert [record for record in caplog.records if record.exc_info or "Traceback" in record.getMessage()] == []
    if mood.endswith("=40"):
        assert separate(shown.content).text
    if mood == "after-done":
        await answered(walk, shown)


async def test_what_people_decide_counts(walk: WholeBot) -> None:
    """Opted-out people are not read, `/forget` starts over, and what was read can be seen, as on the page."""
    await walk.discord.say("alice", "lamp-room", "a secret about whelks")
    await walk.discord.command("alice", "dm", "privacy opt-out")
    asked = await ask(walk, "bob", "lamp-room", "What was said?")
    call = await answered(walk, asked.response)
    assert "whelks" not in call.prompt
    assert "system" in {message["role"] for message in call.messages}
    seen = await walk.discord.press("bob", asked.response, buttons(asked.response)["What was read?"])
    assert "https://" in seen.response.content or "http://" in seen.response.content
    await walk.discord.command("alice", "dm", "privacy opt-in")


async def usage_of_bob(walk: WholeBot) -> str:
    """Return what /usage tells bob."""
    used = await walk.discord.command("bob", "oven", "usage")
    await walk.discord.wait(lambda: "Your questions here" in used.response.content, LIMIT)
    return used.response.content


async def test_points_are_counted_and_shown(walk: WholeBot) -> None:
    """/usage counts what asks cost, and the operator sees the balance."""
    spent = walk.bot.points.spent_today if walk.bot.points else 0
    await ask(walk, "bob", "oven", "Is it expensive?", fresh=True)
    cost = calls(walk)[0].cost
    assert cost > 0
    points = walk.bot.points
    assert points
    await until(lambda: points.spent_today >= spent + cost and points.balance == walk.poe.balance.points)
    status = (await walk.discord.command("admin", "dm", "status")).response.content
    assert f"**Poe's API:** {walk.poe.balance.points:,} points left" in status
    assert "**Browser:**" not in status
    async with asyncio.timeout(LIMIT):
        while "Cost: " not in await usage_of_bob(walk):
            pass


async def test_many_at_once_get_their_own(walk: WholeBot) -> None:
    """Asks at once, of several people and places, each get their own answer."""
    asked = await asyncio.gather(
        *(ask(walk, who, where, f"{who} asks in {where}", fresh=True)
          for who in ("alice", "bob") for where in ("general", "oven", "logbook"))
    )  # fmt: skip
    by_prompt = {call.prompt: convert(call.text).strip() for call in calls(walk)}
    for each in asked:
        parts = separate(each.response.content)
        assert by_prompt[parts.question] == parts.text
    assert len(calls(walk)) == len(asked)
