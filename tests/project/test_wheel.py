"""The wheel runs outside of the checkout, with everything that it needs in it."""

import asyncio
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("bot", "cogs", "storage")


def run(*words: str | Path) -> None:
    """Run a command in the checkout, which has to succeed."""
    done = subprocess.run([str(word) for word in words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as it is built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    (wheel,) = folder.glob("quoth-*-py3-none-any.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which only the wheel is installed; it finds its packages elsewhere."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    bin_ = folder / ("Scripts" if sys.platform == "win32" else "bin")
    (python,) = (file for file in bin_.iterdir() if file.stem == "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", wheel)
    paths = {"base": str(folder), "platbase": str(folder)}
    # What it depends on is taken from here; in a real installation pip brings it.
    shared = sysconfig.get_path("purelib")
    Path(sysconfig.get_path("purelib", vars=paths), "shared.pth").write_text(f"{shared}\n", encoding="utf-8")
    return bin_


async def output(program: Path, *words: str, environment: dict[str, str], cwd: Path) -> tuple[int, str, str]:
    """Run a program to its end and return exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        program, *words, cwd=cwd, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(100):
        out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


def test_the_wheel_has_every_file(wheel: Path) -> None:
    """Scripts, catalogues and sentences are in it, and nothing else than the three packages."""
    with zipfile.ZipFile(wheel) as opened:
        packed = {name for name in opened.namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == files
    for kind in (".js", ".toml", ".po"):
        assert any(name.endswith(kind) for name in packed)


async def test_the_wheel_runs_outside_of_the_checkout(
    programs: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """`quoth --version` and `quoth doctor` work there, the latter with a browser and Poe's page."""
    (tmp_path / "profile").mkdir(0o700)
    quoth = programs / "quoth"
    code, out, error = await output(quoth, "--version", environment=environment, cwd=tmp_path)
    assert (code, error) == (0, "")
    assert out.startswith("quoth 0.")
    code, out, error = await output(quoth, "doctor", environment=environment, cwd=tmp_path)
    assert (code, error) == (0, "")
    assert "FAIL" not in out
    where = "import bot.i18n.translate as it; print(it.__file__, *it.LANGUAGES)"
    _, out, _ = await output(programs / "python", "-c", where, environment=environment, cwd=tmp_path)
    assert out.startswith(str(programs.parent))
    assert out.split()[1:] == ["en", "ru"]
