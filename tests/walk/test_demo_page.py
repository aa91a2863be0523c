"""The demo as a newcomer uses it: the page in a real browser, the unmodified bot and both stand-ins behind it."""

import asyncio
import os
from pathlib import Path
from typing import Any, cast

from selenium.webdriver.common.keys import Keys

from bot.client import QuothBot
from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from tests.support.page_person import Person, chromium

PICTURE = os.environ.get("QUOTH_PICTURE")  # `make picture` keeps what this test sees for the README


async def test_a_newcomer_asks_and_watches_the_answer_grow(
    bot: QuothBot, discord: DiscordSandbox, poe: PoeSandbox, tmp_path: Path
) -> None:
    """Typing /ask with a completed model shows one message that grows by edits and ends as Poe's answer, rendered."""
    poe.tempo.speed = 300.0 if PICTURE else 600.0
    await asyncio.to_thread(_walk, discord.page_url, tmp_path)
    sent = poe.ledger[0]
    assert (sent.handle, sent.text.splitlines()[-2]) == ("Claude-Opus-4.8", "User: What is this channel about?")
    (reply,) = [m for m in discord.world.messages("lamp-room") if m.author is discord.world.bot]
    assert separate(reply.content).text == convert(poe.answer(sent))


def _walk(url: str, tmp_path: Path) -> None:
    with chromium(tmp_path / "page-profile") as browser:
        person = Person(browser, lambda text: None)
        person.resize(1280, 860)
        person.open(url)
        assert "no real model" in person.see("body").text.lower()
        person.become("alice")
        person.go("lamp-room")
        person.write("/as")
        person.see(".option.active", "/ask")
        person.type(Keys.TAB, "What is this channel about?", Keys.TAB, "claude-op")
        person.see(".option", "Claude-Opus-4.8")
        person.type(Keys.ENTER, Keys.ENTER)
        lengths: set[int] = set()
        taken: list[bool] = []

        def complete() -> bool:
            newest = person.texts(".message")[-1]
            lengths.add(len(newest))
            if PICTURE and not taken and "Turns that I received" in newest:
                taken.append(cast("Any", browser).get_screenshot_as_file(PICTURE))
            return "Claude-Opus-4.8 ·" in newest

        person.until(complete, "the final state")
        last = person.all(".message")[-1]
        assert len(lengths) > 3
        assert "(edited)" in last.text
        assert "Claude-Opus-4.8 ·" in last.text
        for selector in ("h3", "pre code.language-python", "blockquote", "li", "strong"):
            assert last.find_elements("css selector", selector), selector
        assert person.complaints() == []
