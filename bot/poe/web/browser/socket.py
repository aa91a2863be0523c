"""A socket to a browser: numbered commands, which run beside each other, and what its tabs tell.

Selenium's own clients wait for replies in steps, hand each event to a thread of its own and do not notice when the
socket closes (docs/driver.md has the figures). Here a reply wakes whoever waits for it, events keep their order, and
the end of the browser is known at once to everybody.
"""

import contextlib
import http.client
import itertools
import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any, Final, TypeAlias, cast

import websocket

from bot.errors import BrowserFailed

Json: TypeAlias = dict[str, Any]
Ear: TypeAlias = Callable[[str | None], None]
"""Hears what a tab's scripts tell by a binding, in its order, from the connection's thread; None when the tab ends."""

_CONNECTING: Final = 10.0  # seconds
_ANSWERING: Final = 5.0  # seconds for a command that only asks the browser itself
_SILENT: Final = 2.0  # seconds without an answer after which it is asked whether it still is there
_TOLD: Final = "Runtime.bindingCalled"
_ENDS: Final = ("Target.detachedFromTarget", "Inspector.targetCrashed")


class CommandRefused(Exception):
    """The browser answered a command with an error; ``code`` is the one of the protocol."""

    def __init__(self, code: str | int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Connection:
    """One socket.

    Args:
        url: where somebody listens who speaks WebDriver BiDi or CDP.
        probe: a command that a browser answers at once as long as it lives.

    Raises:
        BrowserFailed: there is no such socket.
    """

    def __init__(self, url: str, probe: str) -> None:
        self._probe = probe
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
            raise BrowserFailed("The browser's socket can't be reached.") from error
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, name="browser-socket", daemon=True)
        self._thread.start()

    def command(self, method: str, parameters: Json, limit: float = _ANSWERING, session: str = "") -> Json:
        """Run one command, in a session of CDP where one is named, and return its result. From any thread.

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
            command = {"id": number, "method": method, "params": parameters}
            self._socket.send(json.dumps(command | {"sessionId": session} if session else command))
            answer = self._await(reply, limit)
        except (OSError, websocket.WebSocketException) as error:
            if isinstance(error, TimeoutError):
                raise
            raise BrowserFailed("The browser is gone.") from error
        finally:
            self._waiting.pop(number, None)
        if isinstance(error := answer.get("error"), dict):  # CDP
            refused = cast("Json", error)
            raise CommandRefused(refused.get("code", 0), refused.get("message", ""))
        if error is not None:
            raise CommandRefused(error, answer.get("message", ""))
        return answer["result"]

    def _await(self, reply: Future[Json], limit: float) -> Json:
        while limit > _ANSWERING:
            with contextlib.suppress(TimeoutError):
                return reply.result(_SILENT)
            limit -= _SILENT
            try:
                self.command(self._probe, {})
            except TimeoutError as error:
                self.close()  # nobody else has to find out by waiting
                raise BrowserFailed("The browser hangs.") from error
        return reply.result(limit)

    def listen(self, key: str, ear: Ear) -> None:
        """Let ``ear`` hear what the session ``key`` of CDP tells, and the end of the socket."""
        with self._lock:
            self._ears[key] = ear
            closed = self.closed
        if closed:
            ear(None)

    def ignore(self, key: str) -> None:
        """No longer listen to ``key``."""
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
        if (reply := self._waiting.get(message.get("id", 0))) is not None:
            reply.set_result(message)
        elif (method := message.get("method")) == _TOLD or method in _ENDS:
            ear = self._ears.get(message.get("sessionId") or message["params"].get("sessionId"))
            if ear is not None:
                ear(message["params"]["payload"] if method == _TOLD else None)


def devtools(address: str) -> str:
    """Return the URL of the socket on which a browser speaks CDP.

    Args:
        address: host and port, as the capability ``debuggerAddress`` gives them.

    Raises:
        BrowserFailed: nobody answers there.
    """
    asking = http.client.HTTPConnection(address, timeout=_CONNECTING)
    try:
        asking.request("GET", "/json/version")
        return json.loads(asking.getresponse().read())["webSocketDebuggerUrl"]
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise BrowserFailed("The browser's own socket can't be found.") from error
    finally:
        asking.close()
