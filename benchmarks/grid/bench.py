"""What a Selenium Grid adds to the way from Poe's socket to a snapshot, beside a browser on this machine.

The same asks are answered twice: in a browser that Quoth starts itself, and in one on a node of a real Selenium Grid,
which needs Java and a virtual display (`make test-grid` installs both).
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.percentiles import ms, percentile
from benchmarks.poe.clients import QuothClient
from benchmarks.poe.measurements import Streamed, stream, times_until_sent
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.table import Row, table
from bot.poe.web.browser.grid import GridAccount, GridSession
from tests.support.selenium_grid import grid_with

_SENDS = 10
_LENGTH = 200  # characters that each answer begins with


async def run(at_once: int, updates: int) -> str:
    """Measure a local browser, then one on a node, and return the table."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with PoeProcess() as poe:
            local, local_sent = await _measure(QuothClient(poe, at_once), poe, at_once, updates)
            async with grid_with(Path(folder), "bench") as (grid, (account,)):

                def on_node(profile: str) -> GridSession:
                    return GridSession(grid.url, GridAccount(account.name, profile), Path(folder) / "state")

                client = QuothClient(poe, at_once, on_node, "Quoth with a Grid")
                remote, remote_sent = await _measure(client, poe, at_once, updates)
    text = f"text on the wire → snapshot, {at_once} asks at once, 20 updates a second each"
    added = ms(median(remote.ages) - median(local.ages))
    rows = (
        Row(f"{text}: median, what the Grid adds", "ms", added, (None,), 10),
        Row(f"{text}: median", "ms", ms(median(remote.ages)), (ms(median(local.ages)),), None),
        Row(f"{text}: p95", "ms", ms(percentile(remote.ages, 95)), (ms(percentile(local.ages, 95)),), None),
        Row("ask handed to the client → prompt sent, warm: median", "ms", remote_sent, (local_sent,), None),
    )
    return table(rows, ["a browser on this machine"], ())


async def _measure(client: QuothClient, poe: PoeProcess, at_once: int, updates: int) -> tuple[Streamed, float]:
    print(f"{client.name}: {at_once} answers at once …", file=sys.stderr)
    async with client:
        sent = ms(median(await times_until_sent(client, poe, _SENDS)))
        return await stream(client, poe, at_once, _LENGTH, updates), sent
