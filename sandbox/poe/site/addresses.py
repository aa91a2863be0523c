"""Which bot and chat an address of the site stands for."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sandbox.poe.account import Account, Chat
from sandbox.poe.handles import canonical

HOME_HANDLE = "Assistant"
RESERVED = frozenset(
    ("settings", "chats", "explore", "profile", "create_bot", "leaderboard", "tos", "usage_guidelines", "api_key", "s")
)
"""First parts of addresses that the real site has and the stand-in doesn't model (poe.md section 2)."""


@dataclass(frozen=True, slots=True)
class ChatAddress:
    """A bot's landing page, or one of its chats."""

    handle: str
    chat: Chat | None = None

    def prompts(self) -> list[str]:
        """Gives what has been asked here."""
        return self.chat.prompts() if self.chat else []


def parse_address(address: str, account: Account) -> ChatAddress | None:
    """Reads a path or a whole URL; None where there is neither such a bot nor such a chat."""
    parts = [unquote(part) for part in urlsplit(address).path.split("/") if part]
    match parts:
        case []:
            return ChatAddress(HOME_HANDLE)
        case [name]:
            handle = canonical(name)
            return ChatAddress(handle) if handle else None
        case ["chat", code]:
            chat = account.chat_by_code(code)
            return ChatAddress(chat.handle, chat) if chat else None
        case _:
            return None
