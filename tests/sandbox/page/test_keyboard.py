"""Pointer and keyboard: where typing goes, and how messages are reached and acted on."""

import asyncio

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from sandbox.discord import DiscordSandbox
from tests.support.page_person import Person

IN_VIEW = (
    "const [a, b] = [...arguments].map(each => document.querySelector(each).getBoundingClientRect());"
    "return a.top >= b.top - 1 && a.bottom <= b.bottom + 1"
)


async def test_typing_after_a_click_goes_to_the_composer(person: Person) -> None:
    """Letters and spaces that follow a click on a button are written, and the button is not pressed again."""

    def walk() -> None:
        for number, (selector, typed) in enumerate((("#toggle-members", " a b"), ("#channels [aria-current]", "c "))):
            person.press(selector)
            person.type_blindly(typed)
            assert person.value("#message-box") == (" a b", " a bc ")[number]
            assert person.focused() == "message-box"
        assert person.see("#toggle-members").get_attribute("aria-pressed") == "false"

    await asyncio.to_thread(walk)


async def test_typing_after_a_button_of_a_message_goes_to_the_composer(person: Person) -> None:
    """The button of a message opens its form once, although a space is typed after the form was left."""

    def walk() -> None:
        person.ask("Anything")
        person.tell("Press it")
        person.press('[data-custom-id="again"]')
        person.see("#modal h2", "Ask again")
        person.type(Keys.ESCAPE)
        person.miss("#modal")
        person.type_blindly(" so")
        assert person.value("#message-box") == " so"
        assert person.all('[data-custom-id="again"].pending') == []

    await asyncio.to_thread(walk)


async def test_the_keyboard_keeps_the_button(person: Person) -> None:
    """A button that was pressed by key stays focused: the space bar presses it again, and letters are written."""

    def walk() -> None:
        toggle = person.see("#toggle-members")
        person.script("arguments[0].focus()", toggle)
        person.type(Keys.ENTER, Keys.SPACE)
        assert toggle.get_attribute("aria-pressed") == "true"
        assert person.focused() == "toggle-members"
        person.type_blindly("x")
        assert person.value("#message-box") == "x"

    await asyncio.to_thread(walk)


async def test_every_message_is_reached_and_answered_by_keyboard(person: Person, sandbox: DiscordSandbox) -> None:
    """Arrow up in the empty composer leads to the newest message, arrows to the others, Enter to what one can do."""
    for number in range(4):
        await sandbox.say("bob", "logbook", f"entry {number}")

    def walk() -> None:
        person.go("logbook")
        person.see(".message", "entry 3")
        person.see("#message-box").send_keys(Keys.ARROW_UP)
        assert person.focused() == "entry 3"
        person.type(Keys.ARROW_UP, Keys.ARROW_UP)
        assert person.focused() == "entry 1"
        person.type(Keys.HOME)
        assert person.focused() == "entry 0"
        assert len(person.all('.message[tabindex="0"]')) == 1
        person.type(Keys.TAB)
        assert person.focused() == "Reply"
        person.type(Keys.SHIFT + Keys.TAB)
        assert person.focused() == "entry 0"
        person.type(Keys.ENTER)
        person.see(".menu button", "Copy text")
        assert person.focused() == "Reply"
        person.type(Keys.ESCAPE)
        assert person.focused() == "entry 0"
        person.type(Keys.ENTER, Keys.ENTER)
        person.see(".replying", "Bob")
        person.type("noted", Keys.ENTER)
        person.see(".message .quoted", "entry 0")
        person.script("document.querySelector('#message-box').focus()")
        person.type(Keys.SHIFT + Keys.TAB)  # the button before the box
        person.type(Keys.SHIFT + Keys.TAB)
        assert person.script("return Boolean(document.activeElement.closest('.row:last-child'))")

    await asyncio.to_thread(walk)
    (answered,) = [m for m in sandbox.world.messages("logbook") if m.reference]
    assert answered.content == "noted"


async def test_a_right_click_opens_the_menu_of_the_message(person: Person, sandbox: DiscordSandbox) -> None:
    """It has what the toolbar has and more, acts on that message, and closes by Escape or a click elsewhere."""
    await sandbox.say("alice", "general", "delete me")
    await sandbox.say("alice", "general", "see https://example.org/ there")

    def right_click(text: str, selector: str = ".content") -> None:
        def clicked() -> bool:
            rows = [row for row in person.all(".message") if text in row.text]
            if not rows:
                return False
            ActionChains(person.browser).context_click(rows[0].find_element("css selector", selector)).perform()
            return True

        person.until(clicked, text)

    def walk() -> None:
        right_click("delete me")
        labels = ["Reply", "Create thread", "Copy text", "Copy message link", "Delete"]
        assert [label.strip() for label in person.texts(".menu button")] == labels
        ActionChains(person.browser).move_to_element(person.see("#topic")).click().perform()
        person.miss(".menu")
        right_click("see https", "a")
        person.miss(".menu")
        person.type(Keys.ESCAPE)
        right_click("delete me")
        person.press(".menu button", "Delete")
        person.until(lambda: len(person.all(".message")) == 1, "one message")

    await asyncio.to_thread(walk)
    assert [m.content for m in sandbox.world.messages("general")] == ["see https://example.org/ there"]


async def test_a_long_press_opens_the_menu_and_its_end_presses_nothing(person: Person, sandbox: DiscordSandbox) -> None:
    """A finger that rests on a message opens the menu, also where that lies under the finger; a scroll does not."""
    await sandbox.say("bob", "general", "touch me " * 12)

    def walk() -> None:
        person.resize(390, 844)
        person.see(".message", "touch me")
        with person.touching(".message .content") as finger:
            finger.move(0, 60)
            finger.rest()
            assert not person.see("#scroller").find_elements("css selector", ".menu:popover-open")
        person.miss(".menu")
        with person.touching(".message .content") as finger:
            finger.rest()
            person.see(".menu button", "Reply")
        person.see(".menu button", "Reply")
        person.press(".menu button", "Reply")
        person.see(".replying", "Bob")
        person.resize_back()

    await asyncio.to_thread(walk)


async def test_the_toolbar_of_a_long_message_stays_in_view(person: Person, sandbox: DiscordSandbox) -> None:
    """In the middle of a message that is longer than the window, its toolbar is at the window's upper edge."""
    await sandbox.say("bob", "general", "\n".join(f"line {n}" for n in range(120)))

    def walk() -> None:
        person.see(".message", "line 119")
        person.script("document.getElementById('scroller').scrollTop = 900")
        person.point_at_last_message()
        person.script("document.getElementById('scroller').scrollTop = 900")
        person.until(lambda: person.script(IN_VIEW, ".toolbar", "#scroller"), "the toolbar in view")
        assert person.script("return document.querySelector('.message').getBoundingClientRect().top") < 0
        person.press('.toolbar [aria-label="Reply"]')
        person.see(".replying", "Bob")

    await asyncio.to_thread(walk)


async def test_a_pointer_at_rest_takes_no_toolbar(person: Person, sandbox: DiscordSandbox) -> None:
    """The toolbar stays with the message that has the focus while others move below the pointer; moving it counts."""
    pointer = ActionChains(person.browser)

    def under_pointer() -> str:
        return person.script("return document.querySelector('.message:hover .content')?.innerText ?? ''")

    def beside_toolbar() -> str:
        return person.script("return document.querySelector('.toolbar').closest('.message').innerText")

    for number in range(30):
        await sandbox.say("bob", "general", f"line {number}.")
    await asyncio.to_thread(person.see, ".message", "line 29.")
    row = await asyncio.to_thread(person.see, ".message", "line 28.")
    await asyncio.to_thread(pointer.move_to_element(row).perform)
    await asyncio.to_thread(person.point_at, "line 27.")
    await sandbox.say("bob", "general", "One more.")
    await asyncio.to_thread(person.until, lambda: under_pointer() == "line 29.", "another message below the pointer")
    assert "line 27." in await asyncio.to_thread(beside_toolbar)
    await asyncio.to_thread(pointer.move_by_offset(3, 0).perform)
    await asyncio.to_thread(person.until, lambda: "line 29." in beside_toolbar(), "the toolbar at the pointer")
