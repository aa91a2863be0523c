"""Random Markdown documents for property tests."""

from hypothesis import strategies as st

WORDS = [
    "word",
    "another one.",
    "日本語",
    "e\u0301a",
    "2 * 3",
    "a_b_c",
    "👍🏽",
    "x|y",
    "5 ~ 6",
    "(see)",
    "<@123>",
    "f(x)",
]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
runs = st.tuples(words, st.sampled_from([1, 1, 1, 3, 10, 40])).map(lambda run: " ".join([run[0]] * run[1]))
marked = st.tuples(st.sampled_from(["**", "*", "~~", "__", "||", "`", "**", "***"]), runs)
spans = st.one_of(
    runs,
    marked.map(lambda span: f"{span[0]}{span[1]}{span[0]}"),
    st.tuples(words, words).map(lambda pair: f"**{pair[0]} *{pair[1]}* {pair[0]}**"),
    st.just("[some words](https://example.com/a_b/c?d=e*f)"),
    st.just("https://example.com/" + "path_" * 12),
)
lines = st.lists(spans, min_size=1, max_size=5).map(" ".join)
code = st.tuples(st.sampled_from(["", "py", "c++"]), st.lists(words, min_size=1, max_size=9), st.sampled_from([1, 9]))
blocks = st.one_of(
    lines,
    lines,
    st.lists(lines, min_size=1, max_size=6).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(runs, min_size=1, max_size=6).map(lambda items: "\n".join(f"> {item}" for item in items)),
    lines.map(lambda line: f"> {line}"),
    code.map(lambda block: f"```{block[0]}\n" + "\n".join(block[1] * block[2]) + "\n```"),
    words.map(lambda line: f"## {line}"),
)
documents = st.lists(blocks, min_size=1, max_size=9).map("\n\n".join)

PIECES = [
    *"*_~`|<>[]()#\\-+:@&$!=.\n 01a",
    *[
        "**",
        "__",
        "~~",
        "||",
        "```",
        "\n\n",
        "\n- ",
        "\n1. ",
        "\n> ",
        "\n# ",
        "\n    ",
        "\n---\n",
        "\n| a | b |\n|---|---|\n",
    ],
    *[
        "](",
        "https://x.y/",
        "<br>",
        "<b>",
        "</b>",
        "<!--",
        "&lt;",
        "word ",
        "a_b",
        "日本",
        "\\[",
        "\\(",
        "$$",
        "[a]: b\n",
    ],
]
hostile = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([1, 1, 1, 2, 5])), max_size=40).map(
    lambda pieces: "".join(piece * times for piece, times in pieces)
)
"""Texts of marks in any order."""

REALISTIC = [
    "Use `asyncio.run(main())`, **not** the old loop.",
    "The *second* option, which is `O(n)`, is better: see below.",
    "## How it works",
    "### 2. The C# version",
    "#### Notes",
    "---",
    "- **First**: do `x = 1`\n- **Second**: see [the docs](https://docs.python.org/3/library/a_b.html)\n- snake_case",
    "1. Install it\n   ```sh\n   pip install a_b\n   ```\n2. Run it\n   - with `--verbose`\n   - or without\n3. Done",
    "```python\ndef __init__(self, **kwargs):\n    # a * b\n\n    return kwargs\n```",
    '```json\n{"a": [1, 2]}\n```',
    "> It is **important**.\n>\n> And so on.",
    "Set `__name__` in my_module.py, then call __main__ || exit.",
    "| Option | Speed | Why |\n|---|--:|---|\n| `a_b` | 10 | fast |\n| c | 2 | *slow* |\n| d | 3 | - |\n| e | 4 | x |",
    "1. One\n\n1. Two\n\n1. Three",
    "- [ ] open\n- [x] done",
    'He wrote: "**quoted** text" (and *more*).',
    "It costs $5, or 3 * 4 = 12 for a vector<int>.",
    "H<sub>2</sub>O and x<br>y, C:\\Users\\me and a~b.",
    "日本**語**です。「強い」*と*いう",
    "https://example.com/a_(b)?c=d_e, or www.example.com.",
]
realistic = st.lists(st.sampled_from(REALISTIC), min_size=1, max_size=12).map("\n\n".join)
"""Answers such as models write."""
