"""The few shapes of tokens that the inline rules of Discord's Markdown write."""

from collections.abc import Mapping

from markdown_it.rules_inline import StateInline

MENTION = {"class": "mention"}


def push(state: StateInline, tag: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    """Write an element that holds nothing but text."""
    state.push(f"{tag}_open", tag, 1).attrs = dict(attributes or {})
    state.push("text", "", 0).content = text
    state.push(f"{tag}_close", tag, -1)


def push_link(state: StateInline, url: str, title: str) -> None:
    """Open a link; its text and its end are the caller's."""
    attributes = {"href": state.md.normalizeLink(url), "target": "_blank", "rel": "noopener noreferrer nofollow"}
    state.push("link_open", "a", 1).attrs = {**attributes, "title": title}


def push_address(state: StateInline, url: str) -> None:
    """Write a link that shows where it leads."""
    push_link(state, url, url)
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)
