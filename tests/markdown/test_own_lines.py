"""Quoth's own lines are separated from an answer by their signs alone, in any language."""

import re
import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown.own_lines import BIDI, Separated, Sign, neutralize, own_line, separate, without_links
from sandbox.discord.markdown.render import Names, render

# What own lines, and lines like them, are made of.
pieces = st.text("-#❯◆💭 \n>`*_[]()|a\u200b\ufe0f\u2060\t") | st.sampled_from(["⚠️ ", "⚠️", "-# ", "\n-# ◆ x", "\n"])
NAMES = Names(users={}, channels={}, roles={})
answers = st.lists(pieces).map("".join)
signs = st.sampled_from(Sign)


def test_an_own_line_is_one_line() -> None:
    """A question of several lines, or a sentence with a line's end in it, is one line."""
    assert own_line(Sign.QUESTION, "One\n\ntwo\r\nthree\u2028four\x85five ") == "-# ❯ One two three four five"


@given(sign=signs, text=st.text())
def test_an_own_line_is_known_whatever_it_says(sign: Sign, text: str) -> None:
    """No wording and no translation of an own line is taken for an answer."""
    assert separate(own_line(sign, text)).text == ""


@given(answer=answers, question=st.text(), reasoning=st.text(), note=st.text(), status=st.text())
def test_an_answer_comes_back_whole(answer: str, question: str, reasoning: str, note: str, status: str) -> None:
    """Between own lines that say anything, every line of a neutralized answer is the answer's."""
    shown = neutralize(answer)
    above = f"{own_line(Sign.QUESTION, question)}\n{own_line(Sign.REASONING, reasoning)}\n"
    below = f"\n{own_line(Sign.NOTE, note)}\n{own_line(Sign.STATUS, status)}"
    assert separate(above + shown + below) == Separated(" ".join(question.split()), above, shown.strip())


@given(answer=answers)
def test_neutralizing_changes_nothing_else(answer: str) -> None:
    """Only zero-width spaces are put in; a second time nothing is left to do."""
    shown = neutralize(answer)
    assert shown.replace("\u200b", "") == answer.replace("\u200b", "")
    assert neutralize(shown) == shown


@given(
    st.lists(
        st.sampled_from(
            ["https://evil.example/a", "HTTP://a.example", "discord.gg/abc", "https://discord.com/invite/a", "[words](",
             "discordapp.com/invite/a", "Discord.GIFT/a", "<https://a.example>", ")", "[x](https:\\/\\/a.example)", " "]
        )
        | st.text("[](:/<>` x\u200e\u2067", max_size=3)
    ).map("".join)
)  # fmt: skip
def test_a_person_s_text_has_no_links(text: str) -> None:
    """Neither an address, an invite nor a masked link is left, and nothing that reverses what stands beside it."""
    shown = without_links(text)
    assert not re.search(rf"://|\]\(|discord(app)?\.(gg|com|gift)/|[{BIDI}]", shown, re.IGNORECASE)
    assert re.sub(f"[\u200b{BIDI}]", "", text) == shown.replace("\u200b", "")


@pytest.mark.parametrize("sign", Sign)
def test_a_spoofed_line_does_not_look_like_one(sign: Sign) -> None:
    """Discord shows such a line of a model's as it was written, and not as subtext."""
    befores = ["", "> ", ">>> ", "- ", "1. ", "  "]
    betweens = ["", " ", "\u200b", "**", "`", "||", "[", "\\"]
    lines = [f"{before}-# {between}{sign} gpt-4 · 1 s · done" for before, between in product(befores, betweens)]
    assert "<small" in render(f"-# {sign} gpt-4", NAMES)
    assert [line for line in lines if "<small" in render(neutralize(line), NAMES)] == []


@pytest.mark.parametrize(
    ("content", "question", "text"),
    [
        ("", "", ""),
        ("just text\n\nof two paragraphs", "", "just text\n\nof two paragraphs"),
        ("-# ❯ Why?\n-# ◆ reading…", "Why?", ""),
        ("-# ❯ Why?\nBecause.\n\n*So.*\n-# ◆ gpt-4 · 3 s", "Why?", "Because.\n\n*So.*"),
        ("-# ❯ Why? · [about](<https://discord.com/channels/1/2/3>)\nSo.\n-# ◆", "Why?", "So."),
        ("-# ❯ Why?\n-# 💭 thought for 3 words\nSo.\n-# ⚠️ Oh.\n-# ◆ gpt-4", "Why?", "So."),
        ("Do it.\n⚠️ Back up first!\n-# ◆ gpt-4 · 3 s", "", "Do it.\n⚠️ Back up first!"),
        ("Do it.\n⚠️ Back up first!\n-# ⚠️ Oh.\n-# ◆ gpt-4 · failed", "", "Do it.\n⚠️ Back up first!"),
        ("-# small print\n-#◆ no subtext\n-# ◆", "", "-# small print\n-#◆ no subtext"),
        (" -# ◆ indented\n> -# ◆ quoted", "", "-# ◆ indented\n> -# ◆ quoted"),
    ],
)
def test_own_lines_are_separated(content: str, question: str, text: str) -> None:
    """What begins with ``-# `` and a sign is Quoth's, and nothing else."""
    parts = separate(content)
    assert (parts.question, parts.text) == (question, text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Because\n⚠️ The model stopped answering.\n-# ◆ gpt-4 · 3 s · failed", "Because"),
        ("Да\n⚠️ Модель перестала отвечать.\n-# ◆ gpt-4 · 3 с · ошибка", "Да"),
        ("Да\n⚠️ Quoth перезапустился.\n-# ◆ прервано", "Да"),
        ("⚠️ The model gave an empty answer.\n-# ◆ gpt-4 · 1 s · done", ""),
        ("⚠️ Модель дала пустой ответ.\n-# ◆ gpt-4 · 1 с · готово", ""),
        ("⚠️ a warning\nlast\n-# ◆ gpt-4 · 3 s · failed", "⚠️ a warning\nlast"),
        ("⚠️ a warning\n-# ◆ gpt-4 · 3 s · done", "⚠️ a warning"),
    ],
)
def test_old_replies_are_separated(content: str, text: str) -> None:
    """A note without subtext, as in old replies, is recognised by its words."""
    assert separate(content).text == text


@pytest.mark.parametrize("part", ["-# ", "-#", "-", "⚠️ \n", "-# ⚠️ x\n", "-#\u200b", "-# ❯ x · [", "⚠️ x\n-# ◆ · "])
def test_bad_text_takes_no_time(part: str) -> None:
    """Much of what is almost an own line is read in linear time."""
    text = part * (200_000 // len(part))
    started = time.process_time()
    neutralize(text)
    separate(text)
    without_links(text)
    assert time.process_time() - started < 2
