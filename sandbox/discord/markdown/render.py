"""Discord's Markdown as safe HTML, for the sandbox's page.

markdown-it-py supplies the two-stage parser, the lists, the escaping of HTML and of URLs; its CommonMark rules are
replaced by Discord's (discord.md section 3, "Formatting"), which differ in five ways that one sees in every answer:

- Every line break counts, blank lines too. There are no paragraphs, tables, rules, images or raw HTML.
- A pair of markers formats what is between them wherever it stands; CommonMark's rules about neighbouring letters,
  under which ``**「強い」**です`` stays plain, do not apply. Only ``*`` and ``_`` want to touch their words.
- A fence may open and close anywhere in a line; one that never closes is plain text.
- A quote ends where its line ends, ``>>>`` reaches to the end of the message, and quotes do not nest.
- ``__`` underlines, ``||`` hides, ``-#`` makes small print, and ``<…>`` holds mentions, times and emoji.

Where the facts say nothing: an unknown user, role or channel is shown as such, a masked link must lead to http or
https, and a time is written in UTC with its moment in ``datetime``, for the page to restate in its reader's own zone.
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
    # The characters at which the library's own text rule stops to let ours try.
    markdown.inline.terminator_re = re.compile(r"[\\`*_~|<\[\]@\n]|https?://")
    markdown.inline.ruler.push("marked", inline.marked)
    markdown.inline.ruler2.disable(["balance_pairs", "fragments_join"], True)
    return markdown
