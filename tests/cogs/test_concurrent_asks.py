"""Nobody sees another person's text, in whatever order things happen."""

import asyncio
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reply import pacing
from sandbox.discord.rest.buckets import UNLIMITED
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox, until

WALKS = {"general": "alice", "oven": "bob", "dm": "alice"}
"""Who asks where: by a mention, by /ask, and by just writing."""
STEPS = st.lists(st.tuples(st.sampled_from(["ask", "say", "end"]), st.sampled_from(list(WALKS))), max_size=16)
TOKEN = re.compile(r"([qa]):(\w+):(\d+)")


@dataclass
class Play:
    """What was asked so far, and which answers have ended."""

    quoth: QuothInSandbox
    asked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WALKS, 0))
    ended: list[Answer] = field(default_factory=list[Answer])

    async def step(self, act: str, where: str) -> None:
        """Let one thing happen, waiting only for the answer that it is about."""
        if act == "ask":
            await self._ask(where)
        elif self._open(where):
            answer = await self._running(where)
            number = first_of(answer)
            if act == "say":
                answer.say(f"a:{where}:{number} so far")
            else:
                answer.end(f"a:{where}:{number} at last")
                self.ended.append(answer)

    async def _ask(self, where: str) -> None:
        discord, who, question = self.quoth.discord, WALKS[where], f"q:{where}:{self.asked[where]}"
        self.asked[where] += 1
        if where == "oven":
            await discord.command(who, where, "ask", prompt=question)
        else:
            await discord.say(who, where, question, mention=where == "general")

    def _open(self, where: str) -> bool:
        """Whether there are questions of a place without an answer. What one writes while one waits is one question."""
        ended = [answer for answer in self.ended if of(answer)[0] == where]
        if where == "dm":
            return (of(ended[-1])[1] + 1 if ended else 0) < self.asked[where]
        return len(ended) < self.asked[where]

    async def _running(self, where: str) -> Answer:
        def found() -> list[Answer]:
            return [answer for answer in self.quoth.poe.answers if answer not in self.ended and of(answer)[0] == where]

        await until(lambda: bool(found()))
        return found()[0]

    async def finish(self) -> None:
        """End all answers that run or wait, and wait until they are shown."""
        for where in self.asked:
            while self._open(where):
                await self.step("end", where)
        total = len(self.ended)
        await self.quoth.discord.wait(lambda: sum("at last" in post.content for post in self.posts()) == total)

    def posts(self) -> list[Message]:
        """Return all of Quoth's messages."""
        world = self.quoth.discord.world
        return [each for place in world.channels_by_id.values() for each in place.messages.values() if each.author.bot]


def of(answer: Answer) -> tuple[str, int]:
    """Return the place and number of the question that an answer is for: the last one of its prompt."""
    _, where, number = TOKEN.findall(answer.prompt)[-1]
    return where, int(number)


def first_of(answer: Answer) -> int:
    """Return the number of the message that an answer replies to: several messages in the DM may be one question."""
    where, number = of(answer)
    question = answer.prompt.rpartition("at last")[2] if where == "dm" else f"q:{where}:{number}"
    return int(TOKEN.findall(question)[0][2])


def places(text: str) -> set[str]:
    """Return the places that a text is from."""
    return {where for _, where, _ in TOKEN.findall(text)}


def numbers(text: str, kind: str) -> set[str]:
    """Return the numbers of the questions or answers in a text."""
    return {number for each, _, number in TOKEN.findall(text) if each == kind}


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_nobody_sees_another_s_text(steps: list[tuple[str, str]]) -> None:
    """While two people ask in two channels and a DM at once, prompts and replies have only their own place's text."""
    with pytest.MonkeyPatch.context() as patch:
        for gap in ("CHANNEL_GAP", "INTERACTION_GAP"):
            patch.setattr(pacing, gap, 0.0)
        asyncio.run(_played(steps))


async def _played(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordSandbox(limits=UNLIMITED) as discord, quoth_in_sandbox(Path(folder), discord) as quoth:
            play = Play(quoth)
            for act, where in steps:
                await play.step(act, where)
            await play.finish()
            for answer in quoth.poe.answers:
                assert places(answer.prompt) == {of(answer)[0]}
            for post in play.posts():
                here = "dm" if post.channel.recipient else post.channel.name
                target = post.reference.target if post.reference else None
                question = numbers(target.content if target else post.content, "q")
                for revision in post.revisions:
                    assert places(revision.content) <= {here}
                    assert numbers(revision.content, "a") <= question
