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
        """The time."""
        return self.now


class Rest:
    """A bare client of the REST API, for what discord.py would never send."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> None:
        self._session = session
        self._sandbox = sandbox

    async def __call__(
        self, method: str, path: str, json: object = None, *, token: bool = True
    ) -> tuple[int, Any, Any]:
        """Status, headers and JSON of one call."""
        headers = {"Authorization": f"Bot {self._sandbox.token}"} if token else {}
        async with self._session.request(method, self._sandbox.api_url + path, json=json, headers=headers) as answer:
            body = await answer.json() if answer.status != 204 else None
            return answer.status, answer.headers, body


@asynccontextmanager
async def bare(sandbox: DiscordSandbox) -> AsyncGenerator[Rest]:
    """A sandbox without a bot, and a bare client of it, with one command registered."""
    sandbox.forgiving = True
    async with sandbox, aiohttp.ClientSession() as session:
        rest = Rest(session, sandbox)
        status, _, _ = await rest("PUT", f"/applications/{sandbox.world.application_id}/commands", [EVERYTHING])
        assert status == 200
        yield rest


def begin(sandbox: DiscordSandbox) -> Interaction:
    """Somebody uses the command; nobody waits for the answer."""
    world = sandbox.world
    return sandbox.people.command(world.users.alice, world.channels.general, "anything", {})


def callback(interaction: Interaction) -> str:
    """Where the first answer goes."""
    return f"/interactions/{interaction.id}/{interaction.token}/callback"


def original(sandbox: DiscordSandbox, interaction: Interaction) -> str:
    """Where the answer is edited."""
    return f"/webhooks/{sandbox.world.application_id}/{interaction.token}/messages/@original"


def followups(sandbox: DiscordSandbox, interaction: Interaction) -> str:
    """Where followups go."""
    return f"/webhooks/{sandbox.world.application_id}/{interaction.token}"
