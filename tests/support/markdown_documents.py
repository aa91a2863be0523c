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
