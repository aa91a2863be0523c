"""A bare client of the stand-in's REST API, for what discord.py would never send, and a clock that tests can move."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.discord import DiscordSandbox, Interaction

EVERYTHING = {"name": "anything", "description": "Anything"}


class Clock:
    """A source of time, in seconds, that a test can move forward."""

    def __init__(self, start: float) -> None:
        self.now = start

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Rest:
    """A bare client of the REST API, for what discord.py would never send."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> None:
        self._session = session
        self.sandbox = sandbox

    async def __call__(
        self, method: str, path: str, json: object = None, *, token: bool = True
    ) -> tuple[int, Any, Any]:
        """Send one request, and return status, headers and JSON."""
        headers = {"Authorization": f"Bot {self.sandbox.token}"} if token else {}
        async with self._session.request(method, self.sandbox.api_url + path, json=json, headers=headers) as answer:
            body = await answer.json() if answer.status != 204 else None
            return answer.status, answer.headers, body


@asynccontextmanager
async def bare(sandbox: DiscordSandbox) -> AsyncGenerator[Rest]:
    """Start a sandbox without a bot, with one command registered, and a bare client of it."""
    sandbox.forgiving = True
    async with sandbox, aiohttp.ClientSession() as session:
        rest = Rest(session, sandbox)
        status, _, _ = await rest("PUT", f"/applications/{sandbox.world.application_id}/commands", [EVERYTHING])
        assert status == 200
        yield rest


def begin(sandbox: DiscordSandbox) -> Interaction:
    """Have somebody use the command, without waiting for the answer."""
    world = sandbox.world
    return sandbox.people.command(world.users.alice, world.channels.general, "anything", {})


def callback(interaction: Interaction) -> str:
    """Return the route of the first answer."""
    return f"/interactions/{interaction.id}/{interaction.token}/callback"


def original(sandbox: DiscordSandbox, interaction: Interaction) -> str:
    """Return the route of edits of the answer."""
    return f"/webhooks/{sandbox.world.application_id}/{interaction.token}/messages/@original"


def followups(sandbox: DiscordSandbox, interaction: Interaction) -> str:
    """Return the route of followups."""
    return f"/webhooks/{sandbox.world.application_id}/{interaction.token}"
