"""Start a browser on the profile named on the command line, then kill this process with SIGKILL."""

import os
import signal
import sys

from bot.poe.web.browser.session import WebDriverSession

if __name__ == "__main__":
    WebDriverSession(user_data_dir=sys.argv[1]).driver.get("about:blank")
    os.kill(os.getpid(), signal.SIGKILL)
