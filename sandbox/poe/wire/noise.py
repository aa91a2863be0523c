"""What else is sent on an account's channel: other chats, other tabs, and irrelevant messages."""

import random
import time

from sandbox.poe.account import INCOMPLETE, Account, Chat
from sandbox.poe.wire import frames

OTHER_TEXT = "This belongs to another chat of the account and must never be shown as this chat's answer."
_STEP = 12


def bare(rng: random.Random) -> str:
    """Return a frame without messages (poe.md section 3.2)."""
    return rng.choice(['{"type":"pong"}', '{"type":"pong"}', '{"error":"temporary_failure"}', '{"messages":[]}'])


def inner(rng: random.Random, chat: Chat) -> frames.Inner:
    """Return an inner message about this chat without a text or a state."""
    empty = {"subscription_name": "messageAdded", "unique_id": f"messageAdded:{chat.chat_id}", "data": None}
    made: list[frames.Inner] = [
        frames.update("messageAdded", chat.chat_id, None),
        {"message_type": "subscriptionUpdate", "payload": empty},
        {"message_type": "subscriptionUpdate", "payload": {"subscription_name": "jobUpdated"}},
        {"message_type": "heartbeat"},
        {"type": "pong"},
        frames.update("viewerStateUpdated", chat.chat_id, {"viewer": {"messagePointBalance": rng.randrange(3000)}}),
        frames.update("jobStarted", chat.chat_id, {"jobId": rng.randrange(10**9)}),
        frames.update("unreadChatsUpdated", chat.chat_id, {"count": rng.randrange(9)}),
        frames.update("sandboxUnheardOf", chat.chat_id, {"anything": [1, 2, 3]}),
        frames.cost(chat.chat_id, rng.randrange(400)),
        frames.title(chat),
    ]
    return rng.choice(made)


class OtherChat:
    """Another tab of the account that asks the same question at the same time, in another chat."""

    def __init__(self, account: Account, handle: str, prompt: str) -> None:
        self._chat_id = account.foreign_id()
        self._human, self._bot = account.message_id(), account.message_id()
        self._handle = handle
        self._prompt = prompt
        self._shown = -_STEP

    def proceed(self) -> frames.Inner:
        """Return its next message: first the prompt's echo, then an answer that grows until it is complete."""
        if self._shown < 0:
            self._shown = 0
            return self._message(self._human, None, self._prompt, "complete")
        self._shown += _STEP
        state = INCOMPLETE if self._shown < len(OTHER_TEXT) else "complete"
        return self._message(self._bot, self._handle, OTHER_TEXT[: self._shown], state)

    def finish(self) -> frames.Inner:
        """Return its complete answer."""
        self._shown = len(OTHER_TEXT)
        return self._message(self._bot, self._handle, OTHER_TEXT, "complete")

    def _message(self, message_id: int, handle: str | None, text: str, state: str) -> frames.Inner:
        created = time.time_ns() // 1000
        return frames.other_chat_message(self._chat_id, message_id, handle, text, state, created)
