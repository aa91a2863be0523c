"""The one account whose chats the stand-in keeps, in memory, for as long as it runs."""

import random
import string
import time
from collections.abc import Collection
from dataclasses import dataclass, field

INCOMPLETE = "incomplete"


@dataclass(slots=True)
class Message:
    """One message of a chat, as the wire and the history show it."""

    message_id: int
    chat_id: int
    author: str
    text: str
    state: str
    created: int
    """Microseconds since the epoch."""
    nonce: str | None = None
    """The page's `clientNonce`; on the human echo only."""
    followups: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


@dataclass(slots=True)
class Chat:
    """One conversation with one bot."""

    chat_id: int
    code: str
    handle: str
    title: str
    messages: list[Message] = field(default_factory=list[Message])

    def prompts(self) -> list[str]:
        """Gives what the human has written here, oldest first."""
        return [message.text for message in self.messages if message.author == "human"]


class Account:
    """The account's chats, by id and by code; every visitor sees the same ones."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._by_id: dict[int, Chat] = {}
        self._by_code: dict[str, Chat] = {}
        self._messages: dict[int, Message] = {}
        self._next_message = rng.randrange(300_000_000_000, 400_000_000_000)

    def open_chat(self, handle: str, title: str) -> Chat:
        """Starts a chat; ids and codes look like poe.md section 2's."""
        code = "".join(self._rng.choices(string.ascii_lowercase + string.digits, k=self._rng.randint(18, 20)))
        chat = Chat(self.foreign_id(), code, handle, title)
        self._by_id[chat.chat_id] = self._by_code[chat.code] = chat
        return chat

    def foreign_id(self) -> int:
        """Gives a chat id that no chat of this page has."""
        while (number := self._rng.randrange(600_000_000, 999_999_999)) in self._by_id:
            pass
        return number

    def message_id(self) -> int:
        """Gives the next message id; ids only ever grow."""
        self._next_message += self._rng.randrange(1, 5000)
        return self._next_message

    def write(self, chat: Chat, author: str, text: str, state: str, nonce: str | None = None) -> Message:
        """Appends a message to a chat."""
        message = Message(self.message_id(), chat.chat_id, author, text, state, time.time_ns() // 1000, nonce)
        chat.messages.append(message)
        self._messages[message.message_id] = message
        return message

    def chat(self, chat_id: int) -> Chat | None:
        """Finds a chat by its number."""
        return self._by_id.get(chat_id)

    def chat_by_code(self, code: str) -> Chat | None:
        """Finds a chat by the code in its address."""
        return self._by_code.get(code)

    def message(self, message_id: int) -> Message | None:
        """Finds a message by its number."""
        return self._messages.get(message_id)

    def messages(self, message_ids: Collection[int]) -> list[Message]:
        """Gives the messages with these numbers, in the order of the numbers."""
        return [self._messages[number] for number in sorted(message_ids)]
