"""Discord's Markdown on the sandbox's page: each construct, and that no text can become markup of its own.

Over 300 lines because it is a table: one case after another, each a construct and what it becomes.
"""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord.markdown.render import Names, render
from tests.support.linear import is_linear

NAMES = Names(users={"1": "Ada <b>"}, channels={"2": "general"}, roles={"3": "crew"})


def shown(content: str) -> str:
    """Render content and drop what only lays it out: line ends between blocks and the block of plain lines."""
    html = render(content, NAMES).replace("\n<", "<").strip("\n")
    return re.sub(r'^<div class="lines">([^\x00]*)</div>$', r"\1", html) if html.count("<div") == 1 else html


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("**bold**", "<strong>bold</strong>"),
        ("*it* and _it_", "<em>it</em> and <em>it</em>"),
        ("__under__", "<u>under</u>"),
        ("~~gone~~", "<s>gone</s>"),
        ("***both***", "<em><strong>both</strong></em>"),
        ("*a **b***", "<em>a <strong>b</strong></em>"),
        ("___both___", "<em><u>both</u></em>"),
        ("**two\n\nlines**", "<strong>two<br><br>lines</strong>"),
        ("**「強い」**です", "<strong>「強い」</strong>です"),
        ("**unclosed", "**unclosed"),
        ("a * b * c", "a * b * c"),
        ("snake_case_name", "snake_case_name"),
        ("****", "<em>**</em>"),
        ("`a *b* <c>`", "<code>a *b* &lt;c&gt;</code>"),
        ("`` a ` b ``", "<code>a ` b</code>"),
        ("**a `b** c` d", "<strong>a `b</strong> c` d"),
        (r"\*no\* \_no\_ \`no\` \||no\||", "*no* _no_ `no` ||no||"),
        (r"C:\Users \\", "C:\\Users \\"),
    ],
)
def test_inline_formatting(content: str, html: str) -> None:
    """Markers format what stands between them, unless they are escaped, inside code, or never close."""
    assert shown(content) == html


def test_spoiler_can_be_operated() -> None:
    """A spoiler says that it is one, is reachable by keyboard, and keeps the formatting inside."""
    html = shown("||who **did** it||")
    assert html.startswith('<span class="spoiler" role="button" tabindex="0" aria-expanded="false"')
    assert "who <strong>did</strong> it</span>" in html


@pytest.mark.parametrize(
    ("content", "html"),
    [
        (
            "```py\nprint('<b>')\n```",
            '<pre data-language="py"><code class="language-py">print(\'&lt;b&gt;\')</code></pre>',
        ),
        ("```\n# a\n\n- b\n```", "<pre><code># a\n\n- b</code></pre>"),
        ("see ```x = 1``` there", "see <pre><code>x = 1</code></pre> there"),
        ("```C++\nint a;\n```\nso", '<pre data-language="c++"><code class="language-c++">int a;</code></pre>so'),
        ("```py\nopen", "```py<br>open"),
        ("```\n```", "```<br>```"),
        (r"\```no```", "```no```"),
        ("\x000\x00 <\x000\x00>", "\ufffd0\ufffd &lt;\ufffd0\ufffd&gt;"),
    ],
)
def test_fences(content: str, html: str) -> None:
    """A fence shows its text untouched with its language; one that never closes or holds nothing stays plain."""
    assert shown(content) == html


def test_fence_in_a_list_item_loses_its_indent() -> None:
    """Code in a list item stands as far left as its fence, further indents stay."""
    html = shown("1. do\n   ```py\n   def f():\n       pass\n   ```\n2. done")
    assert '<code class="language-py">def f():\n    pass</code>' in html
    assert html.count("<li>") == 2


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("# a", "<h1>a</h1>"),
        ("## *a*", "<h2><em>a</em></h2>"),
        ("### a #b", "<h3>a #b</h3>"),
        ("-# small", "<small>small</small>"),
        ("#### a", "#### a"),
        ("#a", "#a"),
        ("# ", "# "),
        ("a\n===", "a<br>==="),
        ("a\n---", "a<br>---"),
        ("    a", "    a"),
        ("| a |\n|---|\n| b |", "| a |<br>|---|<br>| b |"),
        ("[a]: https://x.org\n[a]", '[a]: <a href="https://x.org"'),
        ("a\nb\n\n\nc", "a<br>b<br><br><br>c"),
        ("a &amp; b", "a &amp;amp; b"),
    ],
)
def test_lines(content: str, html: str) -> None:
    """Three headings and small print at the start of a line; each line break counts; the rest of CommonMark is off."""
    assert shown(content).startswith(html)


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("> a\n> **b**\nc", "<blockquote>a<br><strong>b</strong></blockquote>c"),
        (">>> a\n\n# b\n> c", '<blockquote>a<h1 class="gap">b</h1>&gt; c</blockquote>'),
        ("> > a", "<blockquote>&gt; a</blockquote>"),
        ("> a\nlazy", "<blockquote>a</blockquote>lazy"),
        (">a", "&gt;a"),
        ("> ```\n> x\n> ```\ny", "<blockquote><pre><code>x</code></pre></blockquote>y"),
        ("> ```\nx\n```", "<blockquote>```</blockquote>x<br>```"),
    ],
)
def test_quotes(content: str, html: str) -> None:
    """A quote ends with its line unless it is a triple one, does not nest, and may hold the other constructs."""
    assert re.sub(r'<div class="lines( gap)?">|</div>', "", shown(content)) == html


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("* a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("so\n3. a\n4. b\nend", 'so<ol start="3"><li>a</li><li>b</li></ol>end'),
        ("- a\n\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("a\n\n- b", 'a<ul class="gap"><li>b</li></ul>'),
        ("-a", "-a"),
        ("- ", "- "),
        ("+ a", "+ a"),
    ],
)
def test_lists(content: str, html: str) -> None:
    """Lists nest by indent, may follow a line directly, and end with the first line that is not indented."""
    assert re.sub(r'<div class="lines( gap)?">|</div>', "", shown(content)) == html


@pytest.mark.parametrize(
    ("content", "href", "text"),
    [
        ("[the **site**](https://a.org/b)", "https://a.org/b", "the <strong>site</strong>"),
        ("[a](<https://a.org>)", "https://a.org", "a"),
        ('[a](https://a.org "tip")', "https://a.org", "a"),
        ("<https://a.org/?x=1&y=2>", "https://a.org/?x=1&amp;y=2", "https://a.org/?x=1&amp;y=2"),
        ("see https://a.org/x_y_z.", "https://a.org/x_y_z", "https://a.org/x_y_z"),
        ("(https://a.org/b_(c))", "https://a.org/b_(c)", "https://a.org/b_(c)"),
        ("**https://a.org**", "https://a.org", "https://a.org"),
        ("||https://a.org||", "https://a.org", "https://a.org"),
        ("![a](https://a.org/b.png)", "https://a.org/b.png", "a"),
    ],
)
def test_links(content: str, href: str, text: str) -> None:
    """Masked, bracketed and bare links lead where they say, in a new tab that knows nothing of this one."""
    found = re.findall(
        r'<a href="([^"]*)" target="_blank" rel="noopener noreferrer nofollow" title="[^"]*">(.*?)</a>', shown(content)
    )
    assert found == [(href, text)]


def test_no_address_poses_as_another() -> None:
    """A masked link whose text is itself an address is two links, each leading where it says."""
    html = shown("[https://b.org](https://a.org)")
    assert re.findall(r'href="([^"]*)"[^>]*>(.*?)</a>', html) == [("https://b.org",) * 2, ("https://a.org",) * 2]


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("<@1> <@!1>", '<span class="mention">@Ada &lt;b&gt;</span> <span class="mention">@Ada &lt;b&gt;</span>'),
        ("<#2>", '<span class="mention" data-channel-id="2">#general</span>'),
        ("<@&3>", '<span class="mention">@crew</span>'),
        ("<@9>", '<span class="mention">@unknown-user</span>'),
        ("@everyone @here", '<span class="mention">@everyone</span> <span class="mention">@here</span>'),
        ("</model set:5>", '<span class="mention" data-command="model set">/model set</span>'),
        ("<a:wave:7>", '<span class="emoji" title=":wave:">:wave:</span>'),
        ("`<@1>`", "<code>&lt;@1&gt;</code>"),
        ("<@x>", "&lt;@x&gt;"),
        (r"\<@1>", "&lt;@1&gt;"),
    ],
)
def test_mentions(content: str, html: str) -> None:
    """Mentions become names; what is no mention stays as it is written."""
    assert shown(content) == html


@pytest.mark.parametrize(
    ("content", "text", "style"),
    [
        ("<t:1618953630>", "20 April 2021 21:20", "f"),
        ("<t:1618953630:t>", "21:20", "t"),
        ("<t:1618953630:D>", "20 April 2021", "D"),
        ("<t:1618953630:R>", "20 April 2021 21:20", "R"),
        ("<t:-1:d>", "31/12/1969", "d"),
    ],
)
def test_times(content: str, text: str, style: str) -> None:
    """A time is readable as it stands and carries its moment for the page to restate."""
    html = shown(content)
    assert html.endswith(f">{text}</time>")
    assert f'data-style="{style}"' in html


def test_time_beyond_the_calendar_is_plain() -> None:
    """A moment that no calendar holds is shown as it was typed."""
    assert shown("<t:9999999999999:F>") == "&lt;t:9999999999999:F&gt;"


ALLOWED: dict[str, set[str]] = {
    "a": {"href", "target", "rel", "title"},
    "blockquote": {"class"},
    "br": set(),
    "code": {"class"},
    "div": {"class"},
    "em": set(),
    "h1": {"class"},
    "h2": {"class"},
    "h3": {"class"},
    "li": {"class"},
    "ol": {"class", "start"},
    "pre": {"data-language"},
    "s": set(),
    "small": {"class"},
    "span": {"class", "role", "tabindex", "aria-expanded", "aria-label", "title", "data-channel-id", "data-command"},
    "strong": set(),
    "time": {"datetime", "data-style", "title"},
    "u": set(),
    "ul": {"class"},
}


class SafetyCheck(HTMLParser):
    """Fails on every tag, attribute or address that the renderer has no business writing."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Accept only known tags with known attributes, and links to the web."""
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ALLOWED[tag], f"{tag} {name}"
            if name == "href":
                assert (value or "").startswith(("http://", "https://")), value

    def handle_comment(self, data: str) -> None:
        """No comment is ever written."""
        raise AssertionError(data)


def assert_safe(html: str) -> None:
    """Read html as a browser's parser would and fail on anything unexpected."""
    checker = SafetyCheck()
    checker.feed(html)
    checker.close()
    assert "<script" not in html.lower()


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- x --> <b>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1)) [b](data:text/html,<script>) [c](//evil.org)",
        "<javascript:alert(1)>",
        '[a](https://a.org/"onmouseover="alert(1))',
        '[a](https://a.org "x\\" onclick=\\"alert(1)")',
        'https://a.org/"onmouseover="alert(1)',
        '```"><script>alert(1)</script>\nx```',
        '<:"onclick=:1> <t:1:"> </"onx=":1>',
        "&lt;script&gt; &#60;script&#62;",
        "`<script>` ||<script>|| # <script>",
    ],
)
def test_no_text_becomes_markup(content: str) -> None:
    """Tags, script addresses and broken-out attributes stay text."""
    assert_safe(render(content, NAMES))


PIECES = st.sampled_from(
    [
        *"*_~|`<>[]()#\\-:@& \n\0\"'0aあ",
        "**",
        "```",
        "```py\n",
        ">>> ",
        "> ",
        "- ",
        "1. ",
        "<@1>",
        "||",
        "https://a.b/",
        "](",
        "<script>",
        "\n\n  ",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
def test_any_text_renders_safely(content: str) -> None:
    """Whatever people type is shown, and shown safely; asked twice the answer is the same."""
    html = render(content, NAMES)
    assert_safe(html)
    assert render(content, NAMES) == html


@given(st.text(st.characters(categories=["L", "N"]), max_size=200))
def test_plain_words_stay_themselves(content: str) -> None:
    """Letters and digits come out as they went in."""
    assert shown(content) == content


@pytest.mark.parametrize(
    "piece",
    ["**bold** `code` ", "[", "*a ", "||a||", "`", "> a\n", "- a\n", "\\", "[a](https://x ", "*_", "(https://a("],
)
def test_time_grows_with_the_message(piece: str) -> None:
    """A message of Discord's 2000 characters takes no more time than in proportion, however it is built."""
    assert is_linear(
        lambda text: render(text, NAMES), lambda size: (piece * size)[:size], sizes=(200, 2000), least=0.0002
    )
