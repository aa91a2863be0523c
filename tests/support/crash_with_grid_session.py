"""Start a browser on the node of an account, then kill this process with SIGKILL.

The command line names the Grid, the account, its profile on the node, and this machine's folder for it.
"""

import os
import signal
import sys
from pathlib import Path

from bot.poe.web.browser.grid import GridAccount, GridSession

if __name__ == "__main__":
    GridSession(sys.argv[1], GridAccount(sys.argv[2], sys.argv[3]), Path(sys.argv[4])).driver.get("about:blank")
    os.kill(os.getpid(), signal.SIGKILL)
