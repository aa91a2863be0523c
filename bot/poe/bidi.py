"""WebDriver BiDi: one socket to a browser, on which the commands of all its tabs run beside each other.

Selenium's own client of it waits for replies in steps, hands each event to a thread of its own and does not notice when
the socket closes (docs/driver.md has the figures). Here a reply wakes whoever waits for it, events keep their order,
and the end of the browser is known at once to everybody.
"""

import contextlib
import itertools
import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any, Final, TypeAlias

import websocket

from bot.errors import BrowserFailed

Json: TypeAlias = dict[str, Any]
Ear: TypeAlias = Callable[[str | None], None]
"""Hears what a tab's scripts tell, in its order, from the connection's thread; None at the end of the tab."""

_CONNECTING: Final = 10.0  # seconds
_ANSWERING: Final = 5.0  # seconds for a command that only asks the browser itself
_SILENT: Final = 2.0  # seconds without an answer after which it is asked whether it still is there
_TOLD: Final = "goog:cdp.Runtime.bindingCalled"
_ENDS: Final = ("browsingContext.contextDestroyed", "goog:cdp.Inspector.targetCrashed")


class CommandRefused(Exception):
    """The browser answered a command with an error; ``code`` is the one of the standard."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Connection:
    """The socket of one browser.

    Args:
        url: where the browser's driver listens: its capability ``webSocketUrl``.

    Raises:
        BrowserFailed: there is no such socket.
    """

    def __init__(self, url: str) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Json]] = {}
        self._ears: dict[str, Ear] = {}
        self._lock = threading.Lock()
        self.closed = False
        try:
            self._socket: Any = websocket.create_connection(
                url,
                timeout=_CONNECTING,
                suppress_origin=True,
                enable_multithread=True,
                skip_utf8_validation=True,  # in Python it takes 70 ms for 100,000 characters
            )
        except (OSError, websocket.WebSocketException) as error:
            raise BrowserFailed("The browser's BiDi socket can't be reached.") from error
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, name="bidi", daemon=True)
        self._thread.start()
        try:
            self.command("session.subscribe", {"events": [_TOLD, *_ENDS]})
        except CommandRefused as error:
            self.close()
            raise BrowserFailed(f"The browser's driver is too old: {error}") from error

    def command(self, method: str, parameters: Json, limit: float = _ANSWERING) -> Json:
        """Run one command and return its result. From any thread.

        Raises:
            CommandRefused: the browser answered with an error.
            TimeoutError: it did not answer within ``limit`` seconds.
            BrowserFailed: it is gone.
        """
        number, reply = next(self._numbers), Future[Json]()
        with self._lock:
            if self.closed:
                raise BrowserFailed("The browser is gone.")
            self._waiting[number] = reply
        try:
            self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
            answer = self._await(reply, limit)
        except (OSError, websocket.WebSocketException) as error:
            if isinstance(error, TimeoutError):
                raise
            raise BrowserFailed("The browser is gone.") from error
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise CommandRefused(answer["error"], answer.get("message", ""))
        return answer["result"]

    def _await(self, reply: Future[Json], limit: float) -> Json:
        while limit > _ANSWERING:
            with contextlib.suppress(TimeoutError):
                return reply.result(_SILENT)
            limit -= _SILENT
            try:
                self.command("browsingContext.getTree", {"maxDepth": 0})
            except TimeoutError as error:
                self.close()  # nobody else has to find out by waiting
                raise BrowserFailed("The browser hangs.") from error
        return reply.result(limit)

    def listen(self, key: str, ear: Ear) -> None:
        """Let ``ear`` hear the events of a context or of a session of CDP, whichever ``key`` names."""
        with self._lock:
            self._ears[key] = ear
            closed = self.closed
        if closed:
            ear(None)

    def ignore(self, key: str) -> None:
        """No longer listen to what ``key`` names."""
        self._ears.pop(key, None)

    def close(self) -> None:
        """Close the socket; whoever waits is told. Safe to call twice."""
        with contextlib.suppress(OSError, AttributeError):
            self._socket.sock.shutdown(socket.SHUT_RDWR)  # closing alone wakes nobody who reads from it
        if threading.current_thread() is not self._thread:
            self._thread.join(_ANSWERING)

    def _run(self) -> None:
        with contextlib.suppress(OSError, ValueError, websocket.WebSocketException):
            while message := self._socket.recv():
                self._take(json.loads(message))
        self._socket.shutdown()
        with self._lock:
            self.closed = True
            replies, ears = list(self._waiting.values()), list(self._ears.values())
        for reply in replies:
            with contextlib.suppress(InvalidStateError):  # it was answered just now
                reply.set_exception(BrowserFailed("The browser is gone."))
        for ear in ears:
            ear(None)

    def _take(self, message: Json) -> None:
        if message.get("type") == "event":
            event = message["params"]
            ear = self._ears.get(event.get("session") or event.get("context"))
            if ear is not None:
                ear(event["params"]["payload"] if message["method"] == _TOLD else None)
        elif (reply := self._waiting.get(message.get("id", 0))) is not None:
            reply.set_result(message)
