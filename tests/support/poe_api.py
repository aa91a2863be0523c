"""Poe's own client, fastapi_poe, as Quoth uses it: one try, an own session, errors kept apart from what is printed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import httpx
from fastapi_poe.client import stream_request  # pyright: ignore[reportUnknownVariableType] - its tools have no types
from fastapi_poe.types import Attachment, MetaResponse, PartialResponse, ProtocolMessage, QueryRequest

from sandbox.poe import PoeSandbox


@dataclass
class Heard:
    """What one ask brought."""

    text: str = ""
    items: list[PartialResponse] = field(default_factory=list[PartialResponse])
    suggested: list[str] = field(default_factory=list[str])
    files: list[Attachment] = field(default_factory=list[Attachment])
    rewrites: int = 0
    other: str = ""
    """The text of other indices than the first."""
    reports: list[str] = field(default_factory=list[str])
    """What the client told `on_error`."""
    error: Exception | None = None

    @property
    def cause(self) -> str:
        """The name of the error's cause, or else of the error itself."""
        return type((self.error and self.error.__cause__) or self.error).__name__

    def take(self, item: PartialResponse) -> None:
        """Add one item."""
        self.items.append(item)
        if isinstance(item, MetaResponse):
            return
        if item.attachment:
            self.files.append(item.attachment)
        elif item.is_suggested_reply:
            self.suggested.append(item.text)
        elif item.index:
            self.other += item.text
        elif item.is_replace_response:
            self.rewrites += 1
            self.text = item.text
        else:
            self.text += item.text


class ApiClient:
    """Asks the stand-in's bots."""

    def __init__(self, sandbox: PoeSandbox, session: httpx.AsyncClient) -> None:
        self._sandbox = sandbox
        self.session = session

    @classmethod
    @asynccontextmanager
    async def opened(cls, sandbox: PoeSandbox) -> AsyncGenerator[Self]:
        """A client with a session of its own, whose limits are shorter than a test's."""
        async with httpx.AsyncClient(timeout=5) as session:
            yield cls(sandbox, session)

    async def items(
        self, *messages: tuple[str, str], bot: str = "GPT-4o", key: str | None = None, heard: Heard
    ) -> AsyncGenerator[PartialResponse]:
        """Yield the items of an answer as they come."""
        query = [ProtocolMessage(role=role, content=content) for role, content in messages]  # pyright: ignore[reportArgumentType] - roles are checked by the library itself
        request = QueryRequest(query=query, user_id="", conversation_id="", message_id="", version="1.2", type="query")
        async for item in stream_request(
            request,
            bot,
            self._sandbox.api_key if key is None else key,
            session=self.session,
            num_tries=1,
            base_url=f"{self._sandbox.api_url}/bot/",
            on_error=lambda error, _: heard.reports.append(str(error)),
        ):
            heard.take(item)
            yield item

    async def ask(self, prompt: str, bot: str = "GPT-4o", key: str | None = None) -> Heard:
        """Ask with one message and return all that came, the error included."""
        heard = Heard()
        try:
            async for _ in self.items(("user", prompt), bot=bot, key=key, heard=heard):
                pass
        except Exception as error:  # noqa: BLE001 - tests look at every kind
            heard.error = error
        return heard
