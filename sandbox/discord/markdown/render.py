"""Discord's Markdown as safe HTML, for the sandbox's page.

markdown-it-py supplies the two-stage parser, lists, and the escaping of HTML and URLs. Its CommonMark rules are
replaced with Discord's (discord.md section 3, "Formatting"), which differ in five ways that every answer shows:

- Every line break is kept, and blank lines too. There are no paragraphs, tables, rules, images or raw HTML.
- A pair of markers formats the text between them anywhere. CommonMark's rules about adjacent letters, under which
  ``**「強い」**です`` stays plain, do not apply. Only ``*`` and ``_`` must touch their words.
- A fence may open and close anywhere in a line; one that never closes is plain text.
- A quote ends at the end of its line, ``>>>`` extends to the end of the message, and quotes do not nest.
- ``__`` underlines, ``||`` is a spoiler, ``-#`` is subtext, and ``<…>`` holds mentions, times and emoji.

Where the facts say nothing, an unknown user, role or channel is shown as unknown, a masked link must lead to http or
https, and a time is written in UTC with its ``datetime``, which the page rewrites in the reader's time zone.
"""

import re
from functools import cache

from markdown_it import MarkdownIt

from sandbox.discord.markdown import blocks, inline
from sandbox.discord.markdown.inline import Environment, Names

__all__ = ["Names", "render"]


def render(content: str, names: Names) -> str:
    """Return one message's content as HTML that is safe to insert into a page.

    Args:
        content: Markdown as the message object carries it.
        names: The names behind the mentions.
    """
    return _parser().render(content, Environment(names))


@cache
def _parser() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"maxNesting": 20}).disable(["paragraph", "newline", "text_join"], True)
    markdown.core.ruler.after("normalize", "lift_fences", blocks.lift_all_fences)
    for rule in (blocks.quote, blocks.marked_line, blocks.listing):
        markdown.block.ruler.push(rule.__name__, rule, {"alt": ["lines"]})
    markdown.block.ruler.push("lines", blocks.lines)
    # The characters at which the library's text rule stops, so that ours are tried.
    markdown.inline.terminator_re = re.compile(r"[\\`*_~|<\[\]@\n]|https?://")
    markdown.inline.ruler.push("marked", inline.marked)
    markdown.inline.ruler2.disable(["balance_pairs", "fragments_join"], True)
    return markdown
