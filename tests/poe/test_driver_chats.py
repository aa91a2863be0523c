"""A prompt that goes on in an earlier chat on Poe, in real Chromium (next.md section B6)."""

import pytest
from aiohttp import web

from bot.conversation import Continuation, Messages, PoeChat, Snapshot, State
from bot.poe.client import PoeClient
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.site.addresses import ChatAddress
from sandbox.poe.site.obstacles import answer
from sandbox.poe.site.pages import Pages
from tests.support.browser_asks import ALICE, PoeBrowser, received

FIRST, WHOLE, NEXT = "the first", "the first, its answer and the next", "and the next?"


async def asked(client: PoeClient, prompt: str, going_on: Continuation | None = None) -> Snapshot:
    """Ask, and return the complete answer."""

    async def make_prompt() -> Messages:
        if going_on is None:
            return [{"role": "user", "content": prompt}]
        return [{"role": "user", "content": prompt, "continues": going_on}]

    async with client.stream(ALICE, "GPT-4", make_prompt) as snapshots:
        async for snapshot in snapshots:
            if snapshot.state is State.DONE:
                return snapshot
    pytest.fail("no complete answer")


SOURCES = ["quiet", "no-wire", "silent-socket"]  # the wire, the page, and the page that is loaded again


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        *((mood, NEXT) for mood in ["storm", "skin-2023", "localised", "hydration=1"]),
        *((mood, FIRST) for mood in SOURCES),
    ],
)
async def test_a_chat_goes_on(mood: str, words: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """The next prompt alone is sent into the same chat, and its own answer is read, even if the words are the same."""
    poe.switch(mood)
    async with poe_browser.client(poe, reread=2.5) as client:
        first = await asked(client, FIRST)
        assert first.chat is not None
        assert not first.continued
        assert first.chat == PoeChat(poe.ledger[0].chat_code or "none")
        second = await asked(client, WHOLE, Continuation(first.chat, words))
    assert (second.chat, second.continued) == (first.chat, True)
    assert received(poe) == ([FIRST, words], 0, [])
    assert len({sent.chat_id for sent in poe.ledger}) == 1
    assert second.text == poe.answer(poe.ledger[1])


@pytest.mark.parametrize("what", ["gone", "model", "account"])
async def test_a_chat_that_can_t_go_on(what: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """If it is gone, shows another model, or is another account's, the whole prompt is sent once, in a new chat."""
    async with poe_browser.client(poe) as client:
        first = await asked(client, FIRST)
        assert first.chat is not None
        chat = first.chat
        if what == "gone":
            poe.delete_chat(chat.code)
        elif what == "model":
            poe.hand_chat_over(chat.code, "Claude-Opus-4.8")
        else:
            chat = PoeChat(chat.code, "another")
        second = await asked(client, WHOLE, Continuation(chat, NEXT))
    assert not second.continued
    assert received(poe) == ([FIRST, WHOLE], 0, [])
    assert poe.ledger[0].chat_id != poe.ledger[1].chat_id
    assert second.text == poe.answer(poe.ledger[1])


def chat_page(what: str, usual: web.Response, port: int | None) -> web.Response:
    """Return what the site serves at the address of a chat."""
    if what.startswith("to "):
        return web.Response(status=302, headers={"Location": what.removeprefix("to ").replace("PORT", str(port))})
    if what.isdigit():
        return answer("<h1>Not now</h1>", int(what))
    html = usual.text or ""
    return answer(html.replace("Send message", "Dispatch").replace("button_primary", "button_main"))


@pytest.mark.parametrize("what", ["to /", "to /GPT-4", "to http://localhost:PORT/GPT-4", "500", "403", "unknown Send"])
async def test_a_chat_whose_page_is_another(
    what: str, poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect, an error or an unknown button at the address of a chat starts a new one; it is sent once."""
    usual = vars(Pages)["_page"]

    def page(self: Pages, request: web.Request, address: ChatAddress | None, moods: dict[str, float]) -> web.Response:
        served = usual(self, request, address, moods)
        return chat_page(what, served, request.url.port) if request.path.startswith("/chat/") else served

    async with poe_browser.client(poe, composer=4.0) as client:
        first = await asked(client, FIRST)
        assert first.chat is not None
        monkeypatch.setattr(Pages, "_page", page)
        second = await asked(client, WHOLE, Continuation(first.chat, NEXT))
        monkeypatch.undo()  # the answer may be read again at its address
    assert not second.continued
    assert received(poe) == ([FIRST, WHOLE], 0, [])


async def test_a_question_stopped_while_its_chat_goes_on(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Leaving early presses Stop for the new answer, and nothing is sent twice."""
    async with poe_browser.client(poe) as client:
        first = await asked(client, FIRST)
        assert first.chat is not None
        going_on = Continuation(first.chat, NEXT)
        poe.switch("stall=60")

        async def make_prompt() -> Messages:
            return [{"role": "user", "content": WHOLE, "continues": going_on}]

        async with client.stream(ALICE, "GPT-4", make_prompt) as snapshots:
            async for snapshot in snapshots:
                if snapshot.text:
                    break
        assert received(poe) == ([FIRST, NEXT], 1, [])
        assert await poe.wait(lambda: poe.state(poe.ledger[1]) == "cancelled")
