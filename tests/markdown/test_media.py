"""What an answer links to, and its text without the links to what is attached."""

import pytest

from bot.conversation import AnswerFile
from bot.markdown.convert import Converter
from bot.markdown.media import definitions, link_lines, linked

URL = "https://files.example/base/image/abc?w=1&h=2"


def without(text: str, *urls: str) -> str:
    """Return an answer's text without the links to these addresses."""
    converter = Converter()
    converter.take_out(frozenset(urls))
    return converter.convert(text)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (f"![a *lemon*]({URL})\n\n{URL}", [(URL, "a lemon", True)]),
        (f"{URL}\n\n![a lemon]({URL})", [(URL, "a lemon", True)]),
        (f"Listen: {URL}.", [(URL, "", False)]),
        (f"<{URL}>", [(URL, "", False)]),
        (f"[the file]({URL})", [(URL, "the file", False)]),
        (f"[![a lemon]({URL})]({URL})", [(URL, "a lemon", True)]),
        (f"![a][image_0]\n\n[image_0]: {URL}", [(URL, "a", True)]),
        (f"| a |\n|---|\n| ![a]({URL}) |", [(URL, "a", True)]),
        ("![x](data:image/png;base64,AAAA)", [("data:image/png;base64,AAAA", "x", True)]),
        (f"```\n![a]({URL})\n```\n\n`{URL}`", []),
        (f"*Thinking...*\n\n> ![a]({URL})\n\nNo.", []),
        ("![x](file:///etc/passwd) ![y](javascript:alert(1)) ![z]()", []),
    ],
)
def test_links_are_found(answer: str, found: list[tuple[str, str, bool]]) -> None:
    """Pictures, links and bare addresses are found once each, but not in code or in a model's reasoning."""
    assert [(link.url, link.words, link.picture) for link in linked(answer)] == found


def test_a_file_is_found_by_its_name() -> None:
    """The name that Poe gives a file means its address, while the answer grows and after that."""
    file = AnswerFile(URL, "image/png", "a.png", "image_0")
    assert [(link.url, link.words) for link in linked("![a][image_0]", [file])] == [(URL, "a")]
    converter = Converter()
    assert converter.convert("![a][image_0]\n\nmore", growing=True) == "!\\[a]\\[image\\_0]\n\nmore"
    converter.define(definitions([file]))
    assert converter.convert("![a][image_0]\n\nmore and", growing=True) == f"[a](<{URL}>)\n\nmore and"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (f"Here:\n\n![a lemon]({URL})\n\n{URL}", "Here:"),
        (f"![a lemon]({URL})", ""),
        (f"See [the *file*]({URL}) now", "See the file now"),
        (f"See ![a lemon]({URL}) now", "See  now"),
        (f"Caption: waves\n\n{URL}", "Caption: waves"),
        (f"Listen: {URL}", "Listen:"),
        (f"[the file]({URL})", ""),
        (f"- ![a]({URL})\n- [b]({URL})\n- c", "- a\n- b\n- c"),
        (f"![a]({URL}) ![b](https://other.example/b)", "[b](<https://other.example/b>)"),
        (f"```\n![a]({URL})\n```", f"```\n![a]({URL})\n```"),
    ],
)
def test_links_to_what_is_attached_disappear(answer: str, left: str) -> None:
    """Pictures and bare addresses go; words stay where they belong to a sentence, a list or a table."""
    assert without(answer, URL).strip() == left


def test_links_come_back() -> None:
    """Where a file could not be attached after all, the text is as it was."""
    converter = Converter()
    before = converter.convert(f"![a]({URL})\n\nmore")
    converter.take_out(frozenset({URL}))
    assert converter.convert(f"![a]({URL})\n\nmore").strip() == "more"
    converter.take_out(frozenset())
    assert converter.convert(f"![a]({URL})\n\nmore") == before


def test_files_that_are_not_mentioned_get_a_link() -> None:
    """A file that only came along is linked by its name, which can't be anything but words."""
    files = [
        AnswerFile(URL, "image/png", "a.png", "image_0"),
        AnswerFile("https://files.example/b", "", "**[x](https://evil.example)`\n# b"),
        AnswerFile("https://files.example/c", "", "c"),
        AnswerFile("https://files.example/d>)[x](https://evil.example)", "", "d"),
    ]
    lines = link_lines("![a][image_0] https://files.example/c", files)
    assert lines == (
        "[** x (https://evil.example) # b](<https://files.example/b>)\n"
        "[d](<https://files.example/d%3E)%5Bx%5D(https://evil.example)>)"
    )
    assert [link.url for link in linked(lines)] == [
        "https://files.example/b",
        "https://files.example/d%3E)%5Bx%5D(https://evil.example)",
    ]
