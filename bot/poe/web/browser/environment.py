"""The environment variables of the driver and the browser: what they need to run, and no secrets."""

import os
import re
from pathlib import Path

_SELENIUM = "SE_"  # Selenium's manager is set up by these
# Other variables may hold secrets, such as the bot's token, so only known ones are passed on.
_KEPT = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "GDK_BACKEND"),
    *("LD_LIBRARY_PATH", "LIBGL_ALWAYS_SOFTWARE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "AUTO_PROXY"),
    # Windows
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "OS", "COMPUTERNAME", "USERNAME", "USERPROFILE"),
    *("HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE", "PROGRAMFILES"),
    *("PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
}
_KEPT_PREFIXES = ("LC_", "XDG_", "FONTCONFIG_", "CHROME_", _SELENIUM)
_LOGIN = re.compile(r"[^/@]*@")


def child_environment() -> dict[str, str]:
    """Return the variables of this process that a driver, a browser and Selenium's manager may have."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT or name.upper().startswith(_KEPT_PREFIXES)
    }


def browser_environment(temporary: Path | None) -> dict[str, str]:
    """Return the variables for a driver and its browser.

    Args:
        temporary: the folder for their temporary files; None for the system's. It replaces a home directory in which
            nothing can be written, where some browsers don't start.
    """
    variables = {name: value for name, value in child_environment().items() if not name.startswith(_SELENIUM)}
    for name in variables:
        if name.upper().endswith("_PROXY"):
            variables[name] = _LOGIN.sub("", variables[name], count=1)  # browsers ignore the login in it
    if temporary is not None:
        variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        if not home_is_writable():
            variables["HOME"] = str(temporary)
    return variables


def home_is_writable() -> bool:
    """Whether browsers can write in the home directory. Windows has other places for what they write there."""
    home = os.environ.get("HOME", "")
    return os.name != "posix" or (os.access(home, os.W_OK | os.X_OK) if home else False)
