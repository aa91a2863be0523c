"""Links and images of a line become links without previews. Pure.

A preview that arrives between two edits makes the message jump and can bring back older text (discord.md section 3).
Discord makes none of an address in angle brackets; the flag against all of them can't be set by interaction.
"""

import re

_ADDRESS = r"https?://(?:[^\s<>()\]`]|\([^\s<>()`]*\))+"
_LINK = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|<(?P<quiet>https?://[^\s<>]+)(?:>|\Z)"
    r"|\[!\[(?P<within>[^\[\]\n]*)\]\([^()\s]*\)\]\((?P<around>[^()\s]+)\)"
    r"|(?P<image>!?)\[(?P<words>[^\[\]\n]*)\]\("
    r"<?(?P<to>(?:[^()\s<>]|\([^()\s<>]*\))+)>?(?P<title>\s+\"[^\"\n]*\")?\)"
    rf"|(?P<bare>{_ADDRESS})"
)
_AFTER = ".,:;!?\"'\\]*_~|"  # characters that end the sentence or span around an address


def linked(line: str) -> str:
    """Return a line of prose with links in place of images, and without previews of links."""
    return _LINK.sub(_shown, line) if "://" in line or "![" in line else line


def _shown(found: re.Match[str]) -> str:
    if found["code"]:
        return found["code"]
    if found["quiet"]:
        return f"<{found['quiet']}>"
    if bare := found["bare"]:
        address = bare.rstrip(_AFTER)
        return f"<{address}>{bare[len(address) :]}" if not address.endswith("/" * 2) else bare
    words = found["within"] if found["around"] else found["words"]
    address = found["around"] or found["to"]
    if found["around"] or found["image"]:
        # Discord shows no link whose words are an address.
        return f"[{words if words.strip() and '://' not in words else 'image'}]({_quiet(address)})"
    if words == address:
        return _quiet(address)
    return f"[{words}]({_quiet(address)}{found['title'] or ''})"


def _quiet(address: str) -> str:
    return f"<{address}>" if "://" in address else address
