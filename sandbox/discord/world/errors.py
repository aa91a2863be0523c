"""Discord's errors, as its REST API words them."""

from http import HTTPStatus
from typing import TypeVar

from sandbox.discord.world.entities import Json

T = TypeVar("T")

THREAD_ARCHIVED = 50083
ACKNOWLEDGED = 40060


class ApiError(Exception):
    """An error that a client sees as an HTTP status with Discord's JSON body.

    Args:
        status: The HTTP status.
        code: Discord's own code (docs: topics/opcodes-and-status-codes), 0 for a plain HTTP error.
        message: Discord's message.
        errors: For 50035, what is wrong with which field.
        retry_after: For 429, seconds until the next try.
        scope: For 429, whose limit it is: "user", or "shared" for one that others use up too.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        retry_after: float | None = None,
        scope: str = "user",
    ) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.retry_after = retry_after
        self.scope = scope

    def body(self) -> Json:
        """The JSON that the client reads."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        if self.retry_after is not None:
            body |= {"retry_after": self.retry_after, "global": False}
        return body


class UnmodelledError(Exception):
    """Discord supports this, the sandbox doesn't: the client gets a 501 and the log an error, not a false success."""


def found(thing: T | None, error: ApiError) -> T:
    """Return the thing unless it is None.

    Raises:
        ApiError: It is None; the given error.
    """
    if thing is None:
        raise error
    return thing


def _plain(status: HTTPStatus) -> ApiError:
    return ApiError(status, 0, f"{status.value}: {status.phrase}")


def unauthorized() -> ApiError:
    """No token, or a wrong one."""
    return _plain(HTTPStatus.UNAUTHORIZED)


def not_found() -> ApiError:
    """No such route."""
    return _plain(HTTPStatus.NOT_FOUND)


def unknown_channel() -> ApiError:
    """No such channel."""
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    """No such server, or one that the bot is not in."""
    return ApiError(404, 10004, "Unknown Guild")


def unknown_message() -> ApiError:
    """No such message, or one that this route doesn't show."""
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    """No such user."""
    return ApiError(404, 10013, "Unknown User")


def unknown_member() -> ApiError:
    """A person who is in no such server."""
    return ApiError(404, 10007, "Unknown Member")


def unknown_webhook() -> ApiError:
    """A token of no answered interaction."""
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    """An interaction that does not exist, or that waited too long for its first response (discord.md section 2)."""
    return ApiError(404, 10062, "Unknown interaction")


def already_acknowledged() -> ApiError:
    """A second first response (discord.md section 2)."""
    return ApiError(400, ACKNOWLEDGED, "Interaction has already been acknowledged.")


def too_many_followups() -> ApiError:
    """A sixth followup where only a person has installed the bot (discord.md section 2)."""
    return ApiError(400, 40094, "This interaction has reached the maximum number of follow-up messages.")


def token_expired() -> ApiError:
    """An interaction's token after its 15 minutes (discord.md section 2)."""
    return ApiError(401, 50027, "Invalid Webhook Token")


def missing_access() -> ApiError:
    """The bot can't see the channel."""
    return ApiError(403, 50001, "Missing Access")


def not_a_text_channel() -> ApiError:
    """A message to a channel that has none of its own, such as a forum."""
    return ApiError(400, 50008, "Cannot send messages in a non-text channel")


def no_such_action_here() -> ApiError:
    """A thread on a message in a channel that has no threads, such as a voice channel."""
    return ApiError(400, 50024, "Cannot execute action on this channel type")


def missing_permissions() -> ApiError:
    """The bot sees the channel but may not do this there."""
    return ApiError(403, 50013, "Missing Permissions")


def not_the_author() -> ApiError:
    """An edit of somebody else's message."""
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> ApiError:
    """A message without content."""
    return ApiError(400, 50006, "Cannot send an empty message")


def cannot_write_to_user() -> ApiError:
    """A DM to somebody who accepts none from the bot."""
    return ApiError(403, 50007, "Cannot send messages to this user")


def cannot_reply() -> ApiError:
    """A reply without the permission to read message history."""
    return ApiError(403, 160002, "Cannot reply without permission to read message history")


def thread_archived() -> ApiError:
    """An edit in an archived thread (discord.md section 4)."""
    return ApiError(400, THREAD_ARCHIVED, "Thread is archived")


def too_large() -> ApiError:
    """A file beyond the upload limit (discord.md section 3)."""
    return ApiError(413, 40005, "Request entity too large")


def old_message_limit(retry_after: float) -> ApiError:
    """Too many edits of messages older than an hour (discord.md section 1)."""
    return ApiError(
        429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later.",
        retry_after=retry_after,
    )  # fmt: skip
