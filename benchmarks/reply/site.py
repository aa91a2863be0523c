"""The sandbox's Discord in a process of its own."""

from benchmarks.other_process import OtherProcess

LATENCY = 0.04
"""Seconds from a request to its answer that the way to Discord takes: 20 ms there, 20 ms back."""
CHANNELS = 32
COMMAND = "ask"
PERSON = "alice"

Written = list[list[tuple[float, str]]]
"""Messages; of each what it said, and from when on."""


class Site(OtherProcess):
    """The sandbox's Discord as the bench uses it, for as long as the `async with` block runs."""

    module = "benchmarks.reply.desk"

    async def where(self) -> dict[str, str]:
        """Gives the addresses `api` and `gateway`, and the bot's `token`."""
        return await self.call("where")

    async def ready(self) -> None:
        """Waits until a bot is there with its commands."""
        await self.call("ready")

    async def ask(self, channel: int, number: int, *, by_command: bool) -> None:
        """Lets a person ask for the answer of this number, by command or by a message."""
        await self.call("command" if by_command else "say", channel, number)

    async def written(self, since: float) -> Written:
        """Gives what was in the bot's messages. One that was deleted counts as never seen."""
        return await self.call("written", since)

    async def limited(self) -> int:
        """Gives how many calls were answered with 429 so far.

        Raises:
            RuntimeError: Discord refused something else, so that a figure would mean nothing.
        """
        answers = await self.call("answers")
        if answers["refused"]:
            raise RuntimeError(f"Discord refused: {answers['refused'][:5]}")
        return answers["limited"]
