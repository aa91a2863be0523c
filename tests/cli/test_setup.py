"""`quoth setup` in a process of its own, against the stand-ins: what it asks, checks and writes."""

import os
import stat
from pathlib import Path

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from tests.support.command_line import ROOT, output

OLD = """# Mine
LOG_LEVEL=debug   # chatty
SOMETHING_ELSE="kept"

export HISTORY_LIMIT=7
"""


async def test_every_answer_is_an_option(given: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox,
                                         tmp_path: Path) -> None:  # fmt: skip
    """With all options nothing is asked; each answer is checked, and `.env` is for its owner alone."""
    words = ["--token", discord.token, "--backend", "api", "--key", poe.api_key]
    words += ["--servers", "123456789012345678", "--dms", "off", "--installs", "everyone"]
    code, out, error = await output(given, "bot", "setup", *words, cwd=tmp_path)
    assert (code, error) == (0, "")
    assert "Invite Quoth to your server: https://discord.com/oauth2/authorize?client_id=" in out
    assert "Poe accepts the key" in out
    assert "ok    token" in out
    assert discord.token not in out
    assert poe.api_key not in out
    file = tmp_path / ".env"
    written = file.read_text(encoding="utf-8").splitlines()
    assert "ALLOWED_SERVERS='123456789012345678'" in written or "ALLOWED_SERVERS=123456789012345678" in written
    assert {line.split("=")[0] for line in written} == {
        "DISCORD_TOKEN", "POE_BACKEND", "POE_API_KEY", "ALLOWED_SERVERS", "DM_POLICY", "USER_INSTALLS",
        "LIMIT_PER_PERSON", "LIMIT_AT_ONCE",
    }  # fmt: skip
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_answers_are_asked_until_they_are_right(given: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox,
                                                      tmp_path: Path) -> None:  # fmt: skip
    """A wrong answer is told in one sentence and asked for again; a new file has the example's explanations."""
    (tmp_path / ".env.example").write_bytes((ROOT / ".env.example").read_bytes())
    typed = ["wrong.token", discord.token, "telepathy", "api", "wrong-key", poe.api_key]
    typed += ["here", "", "", "nobody", "off"]
    code, out, error = await output(given, "bot", "setup", stdin="\n".join(typed), cwd=tmp_path)
    assert (code, error) == (0, "")
    assert "Discord rejected DISCORD_TOKEN." in out
    assert "POE_BACKEND must be browser or api" in out
    assert "Poe's API refused POE_API_KEY." in out
    assert "ALLOWED_SERVERS must be the ids of servers" in out
    assert "USER_INSTALLS must be off or members or everyone" in out
    written = (tmp_path / ".env").read_text(encoding="utf-8")
    assert "# Log level: DEBUG" in written
    assert "USER_INSTALLS=" in written
    assert "\nLIMIT_PER_PERSON=50\n" in written


async def test_running_it_again_loses_nothing(given: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox,
                                              tmp_path: Path) -> None:  # fmt: skip
    """Comments, unknown lines and answers that are not given again stay; an existing installation gets no limits."""
    file = tmp_path / ".env"
    secrets = f"DISCORD_TOKEN={discord.token}\nPOE_API_KEY={poe.api_key}\n"
    file.write_text(OLD + secrets, encoding="utf-8")
    code, out, _ = await output(given, "bot", "setup", "--backend", "api", "--dms", "everyone", cwd=tmp_path)
    assert code == 0, out
    text = file.read_text(encoding="utf-8")
    assert text.startswith(OLD + secrets)
    added = text.removeprefix(OLD + secrets).splitlines()
    assert [line.split("=")[0] for line in added if line] == ["POE_BACKEND", "DM_POLICY"]
    code, out, _ = await output(given, "bot", "setup", "--dms", "off", cwd=tmp_path)
    assert code == 0, out
    assert file.read_text(encoding="utf-8") == text.replace("everyone", "off")


async def test_a_wrong_option_changes_nothing(given: dict[str, str], discord: DiscordSandbox, tmp_path: Path) -> None:
    """A script that gives a wrong answer, or none for the token, gets one line, and nothing is written."""
    for words, told in (
        (["--token", "wrong.token"], "Discord rejected DISCORD_TOKEN."),
        ([], "Quoth needs the bot's token."),
        (["--token", discord.token, "--dms", "perhaps"], "DM_POLICY must be off or members or everyone."),
    ):
        code, _, error = await output(given, "bot", "setup", *words, cwd=tmp_path)
        assert code == 1
        assert error.startswith(f"quoth: {told}")
        assert not (tmp_path / ".env").exists()
