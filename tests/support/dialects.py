"""The tables of docs/markdown.md: two dialects side by side; run as a program it writes the file."""

from pathlib import Path

from bot.markdown.convert import convert

FILE = Path(__file__).parents[2] / "docs" / "markdown.md"
BEGIN, END = "<!-- made by `make docs`: begin -->", "<!-- made by `make docs`: end -->"

EXAMPLES = {
    "Text": {
        "bold, by either mark": "**a** and __b__",
        "italic, by either mark": "*a* and _b_",
        "bold and italic together": "***a***, **b *c***",
        "strikethrough": "~~a~~",
        "code with backticks in it": "`` a ` b ``",
        "code inside of bold": "**`**kw` x**",
        "marks that mean nothing": "snake_case_, 2 * 3, a || b",
        "a backslash": "C:\\Über\\x",
        "a line break": "a\\\nb<br>c",
        "an entity": "&lt;b&gt; &copy;",
        "mentions, times and emoji": "<@1> <t:1:R> :x: @everyone",
    },
    "Links": {
        "a link": "[a](https://x.y/b_(c))",
        "an address": "https://x.y/a_b, www.x.yz",
        "a reference": "[a][1]\n\n[1]: https://x.y",
        "a relative link": "[a](./b.md)",
        "words that Discord takes for another address": "[https://a.b](https://x.y)",
        "an image": "![a](https://x.y/c.png)",
    },
    "Blocks": {
        "headings": "# A\n\nB\n---\n\n#### C",
        "a heading with a sign at its end": "## C#",
        "a quote in a quote": "> a\n> > b\n>\n> c",
        "a prompt of Python's": ">>> a = 1",
        "a list with gaps": "1. a\n\n1. b",
        "code in a list": "1. a\n   ```py\n   b\n\n   c\n   ```\n2. d",
        "tasks": "- [x] a\n- [ ] b",
        "code by indent": "    f(*a*)",
        "code in another fence": "~~~c++\na\n~~~",
        "a rule": "***",
        "a table": "| a | b |\n|---|--:|\n| `x` | 1 |",
        "a table with links": "| a | b |\n|---|---|\n| x | [y](https://x.y) |",
        "HTML": "<details>\n<summary>A</summary>\n\nb\n\n</details>",
        "mathematics in a line": "$x_1$, \\(x_2\\)",
        "mathematics by itself": "\\[\nx_1\n\\]",
    },
}


def tables() -> str:
    """Return the generated part of the page."""
    return "\n\n".join(f"### {title}\n\n{_table(examples)}" for title, examples in EXAMPLES.items())


def _table(examples: dict[str, str]) -> str:
    rows = [f"| {name} | {_cell(answer)} | {_cell(convert(answer))} |" for name, answer in examples.items()]
    return "\n".join(["| what | the model writes | Discord is sent |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    """Return a text for a cell; ␣ stands for the invisible space that keeps marks apart."""
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\u200b", "␣")
    for mark in "|*_`~\\[]:@":
        html = html.replace(mark, f"&#{ord(mark)};") if mark != ":" else html
    return f"<code>{html.replace(chr(10), '<br>').replace('  ', '&nbsp; ')}</code>"


def page(text: str) -> str:
    """Return the page with its generated part renewed."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
