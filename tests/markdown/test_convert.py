"""An answer in Discord's Markdown: what the model meant, nothing that Discord refuses, and nothing false."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown.convert import Converter, convert
from bot.markdown.own_lines import BIDI
from bot.markdown.pages import MOST_PAGES, PAGE_LIMIT, Planner, plan, units
from tests.support.markdown_documents import hostile

ZERO_WIDTH_SPACE = "\u200b"
RULE = "───────"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("1. a\n   ```py\n   b\n\n   c\n   ```\n2. d", "1. a\n```py\nb\n\nc\n```\n2. d"),
        ("__init__ a__b__c `__x__`", "**init** a\\_\\_b\\_\\_c `__x__`"),
        ("type_ is x_, 2 * 3", "type\\_ is x\\_, 2 \\* 3"),
        ("**/*.js", "\\*\\*/\\*.js"),
        ("src/**", "src/\\*\\*"),
        ("a_n = \\sum_{i}", "a\\_n = \\sum\\_{i}"),
        ("a || b || c", "a \\|\\| b \\|\\| c"),
        ("**`**kw` x**", f"**`*{ZERO_WIDTH_SPACE}*kw` x**"),
        ("`` a`b `` `` ` ``", "``a`b`` `` ` ``"),
        ("> a\n>\n> b", "> a\n> \n> b"),
        ("> > a\nlazy", "> a\n> lazy"),
        (">>> a = 1\n>>> a", "\\>>> a = 1\n\\>>> a"),
        ("a<br>b H<sub>2</sub>O <b>c</b>", "a\nb H2O **c**"),
        ("<details>\n<summary>More</summary>\n\nWords\n\n</details>", "More\n\nWords"),
        ("a vector<int>, 1 < 2", "a vector\\<int>, 1 < 2"),
        ("1. a\n\n1. b", "1. a\n\n2. b"),
        ("7. a\n8. b", "7. a\n8. b"),
        ("0. a\n1. b", "0\\. a\n1. b"),
        ("- a\n- b\n\n1. c", "- a\n- b\n\n1. c"),
        ("- a\n  - b\n\n    c\n- [x] d", "- a\n  - b\n    c\n- ☑ d"),
        ("## C#", "## C\\#"),
        ("1. ### a", "1. **a**"),
        ("##### a **b**", "**a b**"),
        ("A\n===", "# A"),
        ("[a][1]\n\n[1]: https://x.y", "[a](<https://x.y>)"),
        ("[a](./b.md) and [b](#c)", "a and b"),
        ("*[`a` b](https://x.y/_c_*d)*", "*[`a` b](<https://x.y/%5Fc%5F%2Ad>)*"),
        ("[a [b](https://x.y)", "\\[a [b](<https://x.y>)"),
        ("![a cat](https://x.y/c.png)", "[a cat](<https://x.y/c.png>)"),
        ("![](https://x.y/c.png)", "[image](<https://x.y/c.png>)"),
        ("[![a](https://x.y/c.png)](https://z.y)", "[a](<https://z.y>)"),
        ("See https://x.y/a_(b)_c, **https://z.y**!", "See <https://x.y/a_(b)_c>, **<https://z.y>**!"),
        ("(www.x.yz/a)", "([www.x.yz/a](<http://www.x.yz/a>))"),
        ("[https://x.y](https://x.y)", "<https://x.y>"),
        ("&lt;b&gt; &amp;", "\\<b> &"),
        ("a\n\n***\n\nb", f"a\n\n{RULE}\n\nb"),
        ("    f(*a*)", "```\nf(*a*)\n```"),
        ("C:\\Über", "C:\\\\Über"),
        ("a\\\nb", "a\nb"),
        ("<@1> <#1> <t:1:R> :x: @everyone", "\\<@1> \\<#1> \\<t:1:R> \\:x: \\@everyone"),
        ("$x_1$ and \\(y_1\\)", "$x\\_1$ and (y\\_1)"),
        ("\\[ a_1 \\]\n\n$$\nb\n$$", "```latex\na_1\n```\n\n```latex\nb\n```"),
        ("***a*** ***b** c* **d***e*", "_**a**_ _**b** c_ **d**_e_"),
        ("*", f"- {ZERO_WIDTH_SPACE}"),
        ("***", RULE),
        ("<p></p>", "\\<p>\\</p>"),
        ("#### Deep **heading**", "**Deep heading**"),
        ("**- a** b", "**\\- a** b"),
        ("**「強い」**です、日本**語**と**(x)**の", "**「強い」**です、日本**語**と**(x)**の"),
        ("**안녕(hi)**은 2 * 3", "**안녕(hi)**은 2 \\* 3"),
        ("wrap it in ``` please", "wrap it in \\`\\`\\` please"),
    ],
)
def test_what_was_meant_is_shown(answer: str, message: str) -> None:
    """Each kind of Markdown that Discord reads in another way is written so that Discord shows what it means."""
    assert convert(answer) == message


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("~~~python\nx\n~~~", "```python\nx\n```"),
        ('```python title="x"\nx\n```', "```python\nx\n```"),
        ("```C++\nx\n```", "```cpp\nx\n```"),
        (
            "````md\n```\nx\n```\n````",
            "```md\n{0}\nx\n{0}\n```".format(f"`{ZERO_WIDTH_SPACE}`{ZERO_WIDTH_SPACE}`"),
        ),
        ("> ~~~\n> x\n> ~~~\ny", "> ```\n> x\n> ```\n\ny"),
        ("```\n| a |\n|---|\n![a](b)\n```", "```\n| a |\n|---|\n![a](b)\n```"),
        ("```\nx", "```\nx\n```"),
    ],
)
def test_fences(answer: str, code: str) -> None:
    """Every fence becomes one that Discord knows, and nothing inside changes it or ends it early."""
    assert convert(answer) == code


def test_what_discord_refuses_is_dropped() -> None:
    """Control characters and direction overrides are not sent, and lone surrogates are replaced."""
    assert convert("a\0b\x1bc\x7f\ud800d\u202ee\r\nf\tg") == "abc\ufffdde\nf\tg"
    assert convert("👩\u200d👩 e\u0301 שלום") == "👩\u200d👩 e\u0301 שלום"
    for control in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        assert convert(f"a{control}b `c{control}d`\n```\ne{control}f\n```") == "ab `cd`\n```\nef\n```"
        assert convert(f"a&#{ord(control)};b") == "ab"


@given(st.text(max_size=400) | hostile)
def test_any_answer_is_converted(answer: str) -> None:
    """Every answer gives a message of a bounded length that can be sent, empty only if the answer is."""
    message = convert(answer, "kept")
    message.encode()
    assert len(message) <= 2 * len(answer) + 200
    assert bool(message.strip()) == bool(sendable(answer).strip())


def sendable(answer: str) -> str:
    """Return an answer without what no message can hold."""
    return re.sub(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{BIDI}\ufdd0-\ufdef\ufffe\uffff]", "", answer)


@given(st.text(st.characters(categories=["L", "N"]), max_size=200))
def test_plain_words_stay_themselves(answer: str) -> None:
    """Letters and digits are sent as they are, and converting them again changes nothing."""
    assert convert(answer) == answer


def test_very_long_answers_are_converted_only_so_far() -> None:
    """Text beyond the last page is not converted, and the reply does not claim to be complete."""
    growing = Converter()
    text = growing.convert("Some words. ![a](https://x.y)\n" * 10_000)
    planner = Planner()
    planner.plan(text)
    assert planner.more
    assert len(text) < 4 * MOST_PAGES * PAGE_LIMIT
    growing.convert("***\n" * 100_000 + "words")
    assert growing.more


def test_a_table_on_two_pages() -> None:
    """A long table continues as code on the next page."""
    rows = "".join(f"| {n} | some words about {n} and more |\n" for n in range(150))
    pages = plan(convert(f"| n | words |\n|--:|---|\n{rows}"))
    assert len(pages) > 2
    assert all(page.startswith("```\n") and page.endswith("\n```") for page in pages)
    assert max(map(units, pages)) <= PAGE_LIMIT
