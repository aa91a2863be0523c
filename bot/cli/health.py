"""``quoth health``: ask the running Quoth how it is. Imports little, because containers run it every half minute."""

import http.client
import ipaddress
import json
import sys

from bot.errors import SettingsError
from bot.settings import Settings

_PATIENCE = 4.0  # seconds


def run(settings: Settings) -> int:
    """Print how the running Quoth is; returns 0 if it can answer, else 1.

    Raises:
        SettingsError: HEALTH_ADDRESS is not set.
    """
    if settings.health_address is None:
        raise SettingsError("HEALTH_ADDRESS is not set. Set it, such as 127.0.0.1:9464, and start Quoth again.")
    host, port = settings.health_address
    address = ipaddress.ip_address(host)
    if address.is_unspecified:  # all addresses of this machine, which is none to connect to
        host = "127.0.0.1" if address.version == 4 else "::1"
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        found = json.loads(response.read(10_000))
        print(": ".join(filter(None, (found["status"], "; ".join(found["reasons"])))))
    except (OSError, http.client.HTTPException) as error:
        print(f"No Quoth answers at {host}:{port} ({str(error) or 'no reason given'}).", file=sys.stderr)
        return 1
    except (ValueError, KeyError, TypeError):
        print(f"What answers at {host}:{port} is not Quoth.", file=sys.stderr)
        return 1
    finally:
        connection.close()
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    try:
        sys.exit(run(Settings.read(need_token=False)))
    except SettingsError as error:
        sys.exit(f"quoth: {error}")
