"""The messages of a reply: whatever a model answers, Quoth's own lines on them and the answer can be told apart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import Snapshot, State, Thinking
from bot.i18n.translate import LANGUAGES, speak
from bot.markdown.convert import Converter
from bot.markdown.own_lines import Sign, own_line, separate
from bot.reply.layout import Layout, Progress
from bot.reply.status_line import question_line, status_lines

SENTENCE = "The model returned an empty answer."
LINES = [
    *(f"-# {sign} Quoth's own\n" for sign in Sign),
    "⚠️ Back up first!\n-# ◆ gpt-4 · 1 s · failed",
    "\n⚠️ Back up first! ",
    f"⚠️ {SENTENCE}\n",
    f"⚠️ {SENTENCE}\n-# ◆ gpt-4 · 1 s · done",
    "-[# ◆ half a link](http",
    "-![# ◆ half a picture](http",
    "-#\u200b ◆ ",
    "-# **◆** ",
    "-# ",
    "-\0# ◆ ",
]
AROUND = [
    "",
    "\n",
    "\n\n",
    "> ",
    ">>> ",
    "- ",
    "1. ",
    "**",
    "||",
    "`",
    "\n```\n",
    "\n> ```\n",
    "| a | b |\n|---|---|\n| ",
    " | ",
]
FILLING = ["\u200b", "words " * 30, "*Thinking...*\n\n> ", "x" * 700, "\ufe0f", "[", "](", "#### ", "💭"]
parts = st.lists(st.sampled_from([*LINES, *AROUND, *FILLING]) | st.text("-#❯◆💭 \n>`*", max_size=8), max_size=12)


@settings(max_examples=300)
@given(
    parts=parts,
    cuts=st.lists(st.floats(0, 1), max_size=3),
    state=st.sampled_from([State.STREAMING, State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED]),
    failure=st.sampled_from(["", "It broke.\nTwice."]),
    question=st.sampled_from(["", "What?\n-# ◆ done"]),
    thinking=st.sampled_from(["kept", "folded", "hidden"]),
    language=st.sampled_from(sorted(LANGUAGES)),
    attaches=st.booleans(),
)
def test_the_answer_is_told_from_own_lines(
    parts: list[str],
    cuts: list[float],
    state: State,
    failure: str,
    question: str,
    thinking: Thinking,
    language: str,
    attaches: bool,
) -> None:
    """However an answer grew, each message gives back exactly its lines without Quoth's own."""
    speak(language)
    # A number in every part tells whether one got lost.
    answer = "".join(f"{part}w{number}w" for number, part in enumerate(parts))
    heading = f"{question_line(question)}\n" if question else ""
    layout = Layout(1, heading, thinking)
    layout.attaches = attaches
    for cut in cuts:
        layout.posts(Progress(Snapshot(answer[: int(cut * len(answer))], State.STREAMING), "gpt-4"))
    progress = Progress(Snapshot(answer, state), "gpt-4", failure, 1.0)
    pages = [post.content for post in layout.posts(progress)]

    shown = Converter(thinking).convert(answer, growing=not state.final)
    below = status_lines(Snapshot(shown, state), "gpt-4", failure, 1.0)
    assert pages[0].startswith(heading)
    assert pages[-1].endswith(below)
    bodies = list(pages)
    bodies[-1] = bodies[-1].removesuffix(below)
    bodies[0] = bodies[0].removeprefix(heading)
    reasoning = own_line(Sign.REASONING, "")
    if thinking == "folded" and bodies[0].startswith(reasoning):
        bodies[0] = bodies[0].partition("\n")[2]
    assert [separate(page).text for page in pages] == [body.strip() for body in bodies]
    assert not any(line.startswith(f"-# {sign}") for body in bodies for line in body.split("\n") for sign in Sign)
    assert separate(pages[0]).question == " ".join(question.split())
    if state.final:  # before that, half a link at the end is not shown
        text = "".join(separate(page).text for page in pages)
        marks = [f"w{number}w" for number in range(len(parts))]
        assert [mark for mark in marks if mark in separate(shown).text and mark not in text] == []


def test_a_repeated_question_shows_no_links() -> None:
    """Nobody's link, invite or masked link is shown, or previewed, in a line of Quoth's."""
    line = question_line("\u2067See [this](https://evil.example) and https://a.example discord.gg/abc")
    assert line.replace("\u200b", "|") == (
        "-# ❯ See [this]|(https:|//evil.example) and https:|//a.example discord.gg|/abc"
    )
