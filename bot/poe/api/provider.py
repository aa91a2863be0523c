"""Poe's official API behind the provider contract's interface. Synchronous, for use without Discord."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Generator
from typing import ClassVar

from bot.conversation import Messages, Snapshot
from bot.errors import UnknownModel
from bot.poe.api.backend import ApiBackend
from bot.poe.api.limits import TimeLimits
from bot.poe.provider import CONTRACT_DEFAULT, AbstractProvider, CreateResult, fragments, models, prompt_text, whole


class PoeApi(AbstractProvider):
    """Poe's official API. Setting ``url`` points the provider elsewhere."""

    url: ClassVar[str] = "https://api.poe.com"
    working: ClassVar[bool] = True
    needs_auth: ClassVar[bool] = True
    supports_stream: ClassVar[bool] = True
    models: ClassVar[Collection[str]] = models.keys()

    @classmethod
    def create_completion(
        cls, model: str, messages: Messages, stream: bool, api_key: str = "", **kwargs: object
    ) -> CreateResult:
        """Ask ``model`` with ``messages`` and give the answer's text.

        Args:
            model: one of ``models``; empty for gpt-3.5-turbo.
            messages: the conversation, oldest first.
            stream: give fragments as they arrive, instead of one whole text.
            api_key: the key that pays.
            kwargs: ``limits`` (`TimeLimits`); anything else is ignored.

        Raises:
            ValueError: the model is not supported, or there is nothing to ask. At once.
            bot.errors.PoeError: anything else that went wrong. While iterating.
        """
        model = model or CONTRACT_DEFAULT
        if model not in models:
            raise UnknownModel(model)
        prompt_text(messages)
        limits = kwargs.get("limits")
        limits = limits if isinstance(limits, TimeLimits) else TimeLimits()
        snapshots = _ask(cls.url, api_key, models[model], messages, limits)
        return fragments(snapshots) if stream else whole(snapshots)


def completion(url: str, key: str, handle: str, messages: Messages) -> Generator[str]:
    """Ask one handle and give the fragments of its answer; see `bot.poe.provider.completion`."""
    return fragments(_ask(url, key, handle, messages, TimeLimits()))


def _ask(url: str, key: str, handle: str, messages: Messages, limits: TimeLimits) -> Generator[Snapshot]:
    backend = ApiBackend(url, key, limits=limits)
    snapshots = backend.answer(handle, messages)
    with asyncio.Runner() as runner:
        try:
            while (snapshot := runner.run(_next(snapshots))) is not None:
                yield snapshot
        finally:
            runner.run(snapshots.aclose())
            runner.run(backend.close())


async def _next(snapshots: AsyncGenerator[Snapshot]) -> Snapshot | None:
    return await anext(snapshots, None)
