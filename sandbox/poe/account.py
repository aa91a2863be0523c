"""The one account of the simulated Poe, with its chats, in memory."""

import random
import string
import time
from collections.abc import Collection
from dataclasses import dataclass, field

INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of a message. Those that a page uploads have only a name here."""

    name: str
    url: str = ""
    content_type: str = ""
    size: int = 0


@dataclass(slots=True)
class Message:
    """One message of a chat."""

    message_id: int
    chat_id: int
    author: str
    text: str
    state: str
    created: int
    """Microseconds since the epoch."""
    nonce: str | None = None
    """The page's `clientNonce`; only the human's message has one."""
    followups: tuple[str, ...] = ()
    attachments: tuple[MessageFile, ...] = ()


@dataclass(slots=True)
class Chat:
    """One conversation with one bot."""

    chat_id: int
    code: str
    handle: str
    title: str
    messages: list[Message] = field(default_factory=list[Message])

    def prompts(self) -> list[str]:
        """Return the human's messages, oldest first."""
        return [message.text for message in self.messages if message.author == "human"]


class Account:
    """The account's chats by id and by code; every visitor sees the same ones."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._by_id: dict[int, Chat] = {}
        self._by_code: dict[str, Chat] = {}
        self._messages: dict[int, Message] = {}
        self._next_message = rng.randrange(300_000_000_000, 400_000_000_000)

    def open_chat(self, handle: str, title: str) -> Chat:
        """Start a chat, with an id and a code as in poe.md section 2."""
        code = "".join(self._rng.choices(string.ascii_lowercase + string.digits, k=self._rng.randint(18, 20)))
        chat = Chat(self.foreign_id(), code, handle, title)
        self._by_id[chat.chat_id] = self._by_code[chat.code] = chat
        return chat

    def foreign_id(self) -> int:
        """Return a chat id that no chat here has."""
        while (number := self._rng.randrange(600_000_000, 999_999_999)) in self._by_id:
            pass
        return number

    def message_id(self) -> int:
        """Return the next message id; ids only grow."""
        self._next_message += self._rng.randrange(1, 5000)
        return self._next_message

    def write(self, chat: Chat, author: str, text: str, state: str, nonce: str | None = None) -> Message:
        """Add a message to a chat."""
        message = Message(self.message_id(), chat.chat_id, author, text, state, time.time_ns() // 1000, nonce)
        chat.messages.append(message)
        self._messages[message.message_id] = message
        return message

    def chat(self, chat_id: int) -> Chat | None:
        """Find a chat by its id."""
        return self._by_id.get(chat_id)

    def chat_by_code(self, code: str) -> Chat | None:
        """Find a chat by the code in its URL."""
        return self._by_code.get(code)

    def hand_over(self, code: str, handle: str) -> None:
        """Let another bot answer in a chat from now on."""
        self._by_code[code].handle = handle

    def delete_chat(self, code: str) -> None:
        """Delete a chat; its page is a 404 from now on."""
        del self._by_id[self._by_code.pop(code).chat_id]

    def message(self, message_id: int) -> Message | None:
        """Find a message by its id."""
        return self._messages.get(message_id)

    def messages(self, message_ids: Collection[int]) -> list[Message]:
        """Return the messages with these ids, in the order of the ids."""
        return [self._messages[number] for number in sorted(message_ids)]
