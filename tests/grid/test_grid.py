"""A browser on a node of a real Selenium Grid: asks, ends and restarts."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot import bootstrap
from bot.conversation import Asker, Snapshot, State
from bot.errors import BrowserFailed
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.grid import GridAccount, GridSession
from bot.settings import Settings
from sandbox.discord.world.command_options import File
from sandbox.poe.answers.made import square
from sandbox.poe.sandbox import PoeSandbox
from tests.support.command_line import command, output
from tests.support.prompts import prompt_of
from tests.support.replies import LIMIT
from tests.support.selenium_grid import grid_with
from tests.support.whole_bot import whole_bot

pytestmark = pytest.mark.grid
ALICE = Asker(1, 1)
PICTURE = square()
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 12_000


def backend(poe: PoeSandbox, grid: str, account: GridAccount, folder: Path) -> WebBackend:
    """Return a backend that asks in an account's browser."""
    rules = Rules(concurrency=4, gap=0.0, hourly=0)
    return WebBackend(poe.url, GridSession(grid, account, folder / f"state-{account.name}"), rules)


async def answer(client: PoeClient, text: str, handle: str = "GPT-4") -> Snapshot:
    """Ask and return the last snapshot."""
    async with client.stream(ALICE, handle, prompt_of(text)) as snapshots:
        return [snapshot async for snapshot in snapshots][-1]


async def test_asks_on_a_node(poe: PoeSandbox, tmp_path: Path) -> None:
    """Asks are answered side by side in one session, and it ends with Quoth."""
    async with grid_with(tmp_path, "main") as (grid, (account,)):
        async with PoeClient(backend(poe, grid.url, account, tmp_path)) as client:
            last = await asyncio.gather(*(answer(client, f"question {number}") for number in range(4)))
            assert [(one.state, one.text) for one in last] == [
                (State.DONE, poe.answer(next(sent for sent in poe.ledger if sent.text == f"question {number}")))
                for number in range(4)
            ]
            assert (await grid.sessions())["main"]
        await grid.until(lambda sessions: sessions == {"main": None})


async def test_a_session_that_the_grid_ended(poe: PoeSandbox, tmp_path: Path) -> None:
    """An answer goes on in a new session when the Grid ended the old one, whose sockets stay open."""
    async with (
        grid_with(tmp_path, "main") as (grid, (account,)),
        PoeClient(backend(poe, grid.url, account, tmp_path)) as client,
    ):
        await answer(client, "warm")
        first = (await grid.sessions())["main"]
        assert first
        await grid.end_session(first)
        assert (await answer(client, "after")).state is State.DONE
        assert (await grid.sessions())["main"] not in (None, first)
    assert [sent.text for sent in poe.ledger] == ["warm", "after"]


async def test_sessions_that_a_killed_quoth_left(poe: PoeSandbox, tmp_path: Path) -> None:
    """A session that an earlier run left on the node is ended at the next start."""
    async with grid_with(tmp_path, "main") as (grid, (account,)):
        state = str(tmp_path / "state-main")
        code, _, _ = await output(
            *(dict(os.environ), "tests.support.crash_with_grid_session", grid.url, "main", account.profile, state)
        )
        assert code == -signal.SIGKILL
        left = (await grid.sessions())["main"]
        assert left
        async with PoeClient(backend(poe, grid.url, account, tmp_path)) as client:
            assert (await answer(client, "hello")).state is State.DONE
            assert (await grid.sessions())["main"] not in (None, left)


async def test_a_node_is_killed_while_two_accounts_answer(
    environment: dict[str, str], poe: PoeSandbox, tmp_path: Path
) -> None:
    """Of eight asks on two accounts those of the living node are answered; the others end, and later asks go there."""
    async with grid_with(tmp_path, "main", "other") as (grid, accounts):
        names = ",".join(f"{account.name}={account.profile}" for account in accounts)
        more = {"POE_GRID": grid.url, "POE_ACCOUNTS": names, "POE_CONCURRENCY": "4"}
        async with bootstrap.poe_client(Settings.read(environment | more), None) as client:
            await client.warm_up("GPT-4")
            poe.tempo.speed = 60.0
            asks = [asyncio.create_task(answer(client, f"question {number}", "Sandbox-Novel")) for number in range(8)]
            await poe.wait(lambda: sum(len(poe.answer(sent)) > 40 for sent in poe.ledger) == 8)
            await grid.kill("main")
            poe.tempo.speed = 3000.0
            async with asyncio.timeout(60.0):
                ends = await asyncio.gather(*asks, return_exceptions=True)
            assert [end.state for end in ends if isinstance(end, Snapshot)] == [State.DONE] * 4
            assert [type(end) for end in ends if isinstance(end, Exception)] == [BrowserFailed] * 4
            assert len(poe.ledger) == 8
            assert (await answer(client, "after")).state is State.DONE
            assert client.figures().other_accounts


async def test_files_go_through_a_node(tmp_path: Path) -> None:
    """The files of a question arrive at Poe byte for byte, and a picture that a model made arrives in Discord."""
    async with grid_with(tmp_path, "main") as (grid, (account,)):
        more = {"POE_GRID": grid.url, "POE_ACCOUNTS": f"{account.name}={account.profile}"}
        async with whole_bot(tmp_path, lambda _: more) as whole:
            files = [File("fog in the «harbour».png", PICTURE), File("paper.pdf", PDF), File("notes.txt", b"rye")]
            asked = await whole.discord.say("alice", "dm", "What is it?", files=files)
            await whole.answer_to(asked)
            (sent,) = whole.sent
            assert (await grid.sessions())["main"]
            assert sent.attachments == ("fog in the «harbour».png", "paper.pdf")
            assert sent.uploads == (PICTURE, PDF)
            assert sent.text.endswith('File "notes.txt":\n  rye\n\nWhat is it?')
            interaction, state = await whole.ask("alice", "logbook", "!image=0", model="GPT-4", fresh=True)
            assert state == "done"
            await whole.discord.wait(lambda: interaction.response.attachments, LIMIT)
            assert [each.data for each in interaction.response.attachments] == [PICTURE]


async def test_no_node_for_an_account(poe: PoeSandbox, tmp_path: Path) -> None:
    """An account that no node serves is told at once, where the Grid would wait for minutes."""
    async with grid_with(tmp_path, "main") as (grid, _):
        other = GridAccount("other", str(tmp_path / "other"))
        async with PoeClient(backend(poe, grid.url, other, tmp_path)) as client:
            with pytest.raises(BrowserFailed, match="no node for the account other"):
                await answer(client, "hello")
    async with PoeClient(backend(poe, grid.url, other, tmp_path)) as client:
        with pytest.raises(BrowserFailed, match=r"The Grid at http://127\.0\.0\.1"):
            await answer(client, "hello")


async def test_log_in_at_a_node(environment: dict[str, str], tmp_path: Path) -> None:
    """`quoth login` opens the page on the node's screen; the login stays in the profile there, as `doctor` sees."""
    async with (
        PoeSandbox(login=True) as poe,
        grid_with(tmp_path, "main", "other") as (grid, accounts),
    ):
        environment |= {
            "POE_URL": poe.url,
            "POE_GRID": grid.url,
            "POE_ACCOUNTS": ",".join(f"{account.name}={account.profile}" for account in accounts),
        }
        code, _, error = await output(environment, "bot", "login")
        assert (code, error) == (
            1,
            "quoth: Say which account: `quoth login NAME` with a name of POE_ACCOUNTS (main, other).\n",
        )
        async with command(environment, "bot", "login", "main") as login:
            await grid.until(lambda sessions: sessions["main"])
            session = (await grid.sessions())["main"]
            assert session
            await grid.log_in(session)
            async with asyncio.timeout(LIMIT):
                out, said = await login.communicate()
            assert (login.returncode, said) == (0, b"")
            assert b"saved in the node's profile" in out
        code, out, _ = await output(environment, "bot", "doctor")
        main, other = out.split("account ")[1:]
        assert (code, "ok    login" in main, "FAIL  login" in other) == (1, True, True)
