"""Parse the URLs of the site: which bot and which chat they mean."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sandbox.poe.account import Account, Chat
from sandbox.poe.handles import canonical

HOME_HANDLE = "Assistant"
RESERVED = frozenset(
    ("settings", "chats", "explore", "profile", "create_bot", "leaderboard", "tos", "usage_guidelines", "api_key", "s")
)
"""First path segments that the real site has and the sandbox doesn't model (poe.md section 2)."""


@dataclass(frozen=True, slots=True)
class ChatAddress:
    """A bot's landing page, or one of its chats."""

    handle: str
    chat: Chat | None = None

    def prompts(self) -> list[str]:
        """Return the prompts of the chat."""
        return self.chat.prompts() if self.chat else []


def parse_address(address: str, account: Account) -> ChatAddress | None:
    """Parse a path or a whole URL; None if there is no such bot or chat."""
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
