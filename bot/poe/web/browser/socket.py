"""A socket to a browser: numbered commands that run side by side, and events from its tabs.

Selenium's own clients poll for replies, start a thread for each event and do not notice when the socket closes
(docs/driver.md has the figures). Here a reply wakes its waiter at once, events keep their order, and the end of the
browser ends every wait at once.
"""

import contextlib
import http.client
import itertools
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from typing import Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

import websocket

from bot.errors import BrowserFailed

Json: TypeAlias = dict[str, Any]
Listener: TypeAlias = Callable[[str | None], None]
"""Gets what a tab's scripts send by a binding, in order, in the connection's thread; None when the tab ends."""

_CONNECTING: Final = 10.0  # seconds
_REPLYING: Final = 5.0  # seconds for a command that concerns the browser only, not a page
_SILENT: Final = 2.0  # seconds without a reply after which the browser is probed
_BINDING_CALLED: Final = "Runtime.bindingCalled"
_ENDS: Final = ("Target.detachedFromTarget", "Inspector.targetCrashed")


class CommandRefused(Exception):
    """The browser replied to a command with an error; ``code`` is the protocol's."""

    def __init__(self, code: str | int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Connection:
    """One socket.

    Args:
        url: an address that speaks WebDriver BiDi or CDP.
        probe: a command that a living browser replies to at once.
        headers: sent with the handshake.

    Raises:
        BrowserFailed: nothing listens there.
    """

    def __init__(self, url: str, probe: str, headers: Mapping[str, str] = {}) -> None:
        self._probe = probe
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Json]] = {}
        self._listeners: dict[str, Listener] = {}
        self._lock = threading.Lock()
        self.closed = False
        try:
            self._socket: Any = websocket.create_connection(
                url,
                socket=_direct_socket(url),
                timeout=_CONNECTING,
                header=dict(headers),
                suppress_origin=True,
                enable_multithread=True,
                skip_utf8_validation=True,  # in Python it takes 70 ms for 100,000 characters
            )
        except (OSError, ValueError, websocket.WebSocketException) as error:
            raise BrowserFailed("Can't connect to the browser.") from error
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, name="browser-socket", daemon=True)
        self._thread.start()

    def command(self, method: str, parameters: Json, limit: float = _REPLYING, session: str = "") -> Json:
        """Run one command, in a session of CDP if one is named, and return its result. From any thread.

        Raises:
            CommandRefused: the browser replied with an error.
            TimeoutError: it did not reply within ``limit`` seconds.
            BrowserFailed: it is gone.
        """
        number, reply = next(self._numbers), Future[Json]()
        with self._lock:
            if self.closed:
                raise BrowserFailed("The browser has exited.")
            self._waiting[number] = reply
        try:
            command = {"id": number, "method": method, "params": parameters}
            self._socket.send(json.dumps(command | {"sessionId": session} if session else command))
            answer = self._await(reply, limit)
        except (OSError, websocket.WebSocketException) as error:
            if isinstance(error, TimeoutError):
                raise
            raise BrowserFailed("The browser has exited.") from error
        finally:
            self._waiting.pop(number, None)
        if isinstance(error := answer.get("error"), dict):  # CDP
            refused = cast("Json", error)
            raise CommandRefused(refused.get("code", 0), refused.get("message", ""))
        if error is not None:
            raise CommandRefused(error, answer.get("message", ""))
        return answer["result"]

    def _await(self, reply: Future[Json], limit: float) -> Json:
        while limit > _REPLYING:
            with contextlib.suppress(TimeoutError):
                return reply.result(_SILENT)
            limit -= _SILENT
            try:
                self.command(self._probe, {})
            except TimeoutError as error:
                self.close()  # ends the waits of all other commands too
                raise BrowserFailed("The browser stopped responding.") from error
        return reply.result(limit)

    def listen(self, key: str, listener: Listener) -> None:
        """Pass the events of the tab or CDP session ``key`` to a listener, and the end of the socket."""
        with self._lock:
            self._listeners[key] = listener
            closed = self.closed
        if closed:
            listener(None)

    def ignore(self, key: str) -> None:
        """Stop listening to ``key``."""
        self._listeners.pop(key, None)

    def close(self) -> None:
        """Close the socket, which ends all waits. Safe to call twice."""
        with contextlib.suppress(OSError, AttributeError):
            self._socket.sock.shutdown(socket.SHUT_RDWR)  # closing it does not wake the thread that reads from it
        if threading.current_thread() is not self._thread:
            self._thread.join(_REPLYING)

    def _run(self) -> None:
        with contextlib.suppress(OSError, ValueError, websocket.WebSocketException):
            while message := self._socket.recv():
                self._take(json.loads(message))
        self._socket.shutdown()
        with self._lock:
            self.closed = True
            replies, listeners = list(self._waiting.values()), list(self._listeners.values())
        for reply in replies:
            with contextlib.suppress(InvalidStateError):  # it was set just now
                reply.set_exception(BrowserFailed("The browser has exited."))
        for listener in listeners:
            listener(None)

    def _take(self, message: Json) -> None:
        if (reply := self._waiting.get(message.get("id", 0))) is not None:
            reply.set_result(message)
        elif (method := message.get("method")) == _BINDING_CALLED or method in _ENDS:
            listener = self._listeners.get(message.get("sessionId") or message["params"].get("sessionId"))
            if listener is not None:
                listener(message["params"]["payload"] if method == _BINDING_CALLED else None)


def _direct_socket(url: str) -> socket.socket:
    """Connect to the host of a URL. Left to itself, websocket-client would use the environment's proxy."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    connected = socket.create_connection((parts.hostname, port), _CONNECTING)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if parts.scheme == "wss":
        return ssl.create_default_context().wrap_socket(connected, server_hostname=parts.hostname)
    return connected


def devtools_url(address: str) -> str:
    """Return the URL of a browser's CDP socket.

    Args:
        address: host and port, as the capability ``debuggerAddress`` gives them.

    Raises:
        BrowserFailed: nothing answers there.
    """
    http_connection = http.client.HTTPConnection(address, timeout=_CONNECTING)
    try:
        http_connection.request("GET", "/json/version")
        return json.loads(http_connection.getresponse().read())["webSocketDebuggerUrl"]
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise BrowserFailed("Can't find the browser's DevTools socket.") from error
    finally:
        http_connection.close()
