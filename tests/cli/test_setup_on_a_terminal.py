"""`quoth setup` on a real terminal, where a person types the answers."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("Windows has no such terminals", allow_module_level=True)

import termios

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from tests.support.replies import LIMIT
from tests.support.terminal import CTRL_C, on_terminal

OLD = "# Mine\nDISCORD_TOKEN=an.old.token\nPOE_API_KEY=an-old-key\n"


async def test_secrets_that_are_typed_are_not_shown(given: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox,
                                                    tmp_path: Path) -> None:  # fmt: skip
    """Other answers are; all of them are in `.env`, which is for its owner alone."""
    async with on_terminal(given, "bot", "setup", cwd=tmp_path) as (terminal, _):
        await terminal.answer("Bot token: ", "wrong.token")
        await terminal.see("Discord rejected DISCORD_TOKEN.")
        await terminal.answer("Bot token: ", discord.token)
        await terminal.answer("Backend: api or browser [browser]: ", "api")
        await terminal.answer("API key: ", poe.api_key)
        await terminal.answer("[all]: ", "123456789012345678")
        await terminal.answer("Who may ask in DMs", "off")
        await terminal.answer("Who may ask with Quoth as a personal app", "")
        assert await terminal.end() == 0
    for secret in ("wrong.token", discord.token, poe.api_key):
        assert secret not in terminal.shown
    assert "123456789012345678" in terminal.shown
    file = tmp_path / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text(encoding="utf-8")
    for line in (f"DISCORD_TOKEN='{discord.token}'", f"POE_API_KEY='{poe.api_key}'", "DM_POLICY=off"):
        assert line.replace("'", "") in written.replace("'", "").splitlines()


LAST = "Who may ask in DMs"


@pytest.mark.parametrize(
    ("question", "old"), [*((each, OLD) for each in ("Bot token", "Backend", "API key", "[all]", LAST)), (LAST, None)]
)
async def test_ctrl_c_changes_nothing(question: str, old: str | None, given: dict[str, str], discord: DiscordSandbox,
                                      poe: PoeSandbox, tmp_path: Path) -> None:  # fmt: skip
    """At any question it ends in one sentence, `.env` is as it was, and the terminal shows again what is typed."""
    file = tmp_path / ".env"
    if old is not None:
        file.write_text(old, encoding="utf-8")
        file.chmod(0o640)
    async with on_terminal(given, "bot", "setup", cwd=tmp_path) as (terminal, side):
        for asked, answer in (
            ("Bot token", discord.token),
            ("Backend", "api"),
            ("API key", poe.api_key),
            ("[all]", ""),
        ):
            if asked == question:
                break
            await terminal.answer(asked, answer)
        await terminal.see(question)
        await terminal.see(": ")
        assert await terminal.interrupt() == 130
        assert termios.tcgetattr(side)[3] & termios.ECHO
    assert terminal.shown.splitlines()[-1] == "quoth: Stopped. Nothing was saved."
    assert "Traceback" not in terminal.shown
    if old is None:
        assert not file.exists()
    else:
        assert file.read_text(encoding="utf-8") == old
        assert stat.S_IMODE(file.stat().st_mode) == 0o640


async def test_ctrl_c_while_an_answer_is_checked_changes_nothing(tmp_path: Path) -> None:
    """Discord does not answer, and the operator doesn't want to wait for it."""
    asked, over = asyncio.Event(), asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1") as silent:
        given = {"DISCORD_API_URL": f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}", "HOME": str(tmp_path)}
        async with on_terminal(given, "bot", "setup", cwd=tmp_path) as (terminal, _):
            await terminal.answer("Bot token: ", "some.token")
            await asyncio.wait_for(asked.wait(), LIMIT)
            terminal.type(CTRL_C)
            assert await terminal.end() == 130
        over.set()
    assert terminal.shown.splitlines()[-1] == "quoth: Stopped. Nothing was saved."
    assert "Traceback" not in terminal.shown
    assert not (tmp_path / ".env").exists()
