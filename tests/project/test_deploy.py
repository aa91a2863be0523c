"""The Dockerfile, compose.yaml and the systemd unit fit the program; tools of their own check their form (Makefile)."""

import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import Settings

ROOT = Path(__file__).parent.parent.parent
SETTINGS = {field.name.upper() for field in fields(Settings)}
PREFIXES = {name.partition("_")[0] for name in SETTINGS}


def read(name: str) -> str:
    """Return the text of a file of this repository."""
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "deploy/quoth.service"])
def test_every_setting_exists(name: str) -> None:
    """What looks like one of Quoth's settings is one."""
    named = set(re.findall(r"^[^#\n]*?\b([A-Z]+(?:_[A-Z]+)+)[=:]", read(name), re.MULTILINE))
    assert {each for each in named if each.partition("_")[0] in PREFIXES} <= SETTINGS


def test_what_runs_is_locked() -> None:
    """requirements-run.lock has what Quoth needs to run, by the API too, in the versions of requirements.lock."""
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["api"]]
    run, everything = (dict(re.findall(r"^([\w.-]+)==(\S+)", read(name), re.M)) for name in LOCKS)
    assert {canonicalize_name(Requirement(each).name) for each in needed} <= run.keys()
    assert run.items() <= everything.items()
    assert not {"pytest", "ruff", "pyright"} & run.keys()


LOCKS = ("requirements-run.lock", "requirements.lock")


def test_the_build_sees_only_what_it_copies() -> None:
    """Neither secrets nor data can get into an image: .dockerignore lets in only what the Dockerfile copies."""
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", read("Dockerfile"), re.MULTILINE)
    assert read(".dockerignore").startswith("*\n")
    assert {name for line in copied for name in line.split()} == allowed


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize(
    ("old", "new"),
    [("NoNewPrivileges=yes", "NoNewPrivilege=yes"), ("CapabilityBoundingSet=\n", ""), ("User=quoth\n", "")],
)
def test_the_check_of_the_unit_finds_faults(old: str, new: str, tmp_path: Path) -> None:
    """`deploy/check` passes the unit, and refuses one with a slip or with a hole in it."""
    (tmp_path / "quoth.service.d").mkdir()
    for name in ("check", "quoth.service", "quoth.service.d/api-only.conf"):
        (tmp_path / name).write_text(read(f"deploy/{name}"), encoding="utf-8")
    check = ["sh", tmp_path / "check"]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 0  # noqa: S603
    unit = tmp_path / "quoth.service"
    assert old in unit.read_text(encoding="utf-8")
    unit.write_text(unit.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert subprocess.run(check, check=False, capture_output=True).returncode == 1  # noqa: S603
