"""Reads what Poe's API says besides answers: about the account, and which models there are."""

import asyncio
import json
from typing import Any

import aiohttp

from bot.errors import PoeUnreachable
from bot.poe.api.refusals import http_refusal

_TIMEOUT = aiohttp.ClientTimeout(total=30.0, sock_connect=10.0)
_LONGEST = 16 * 1024**2  # bytes; the list of models had 0.9 MB in 2026 (next.md section A6)
_OK = 200


async def fetch(url: str, key: str = "") -> Any:
    """Return the JSON at an address of Poe's API, which is fetched with a key, if one is given.

    Raises:
        KeyRefused: the key is not accepted.
        PoeUnreachable: Poe can't be reached, or what answers is not Poe's API.
        QuothError: another refusal, see `bot.poe.api.refusals`.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > _LONGEST:
                    raise PoeUnreachable(f"What answers at POE_API_URL sends more than {_LONGEST // 1024**2} MB.")
            if response.status == _OK:
                return await asyncio.to_thread(json.loads, body)
            raise http_refusal(response.status, lambda name: response.headers.get(name, ""), bytes(body))
    except (ValueError, RecursionError) as error:
        raise PoeUnreachable("What answers at POE_API_URL is not Poe's API: it does not send JSON.") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PoeUnreachable from error
