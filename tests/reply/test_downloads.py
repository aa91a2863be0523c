"""Downloads: which addresses are asked at all, and over what."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from bot.downloads import Downloads, NotDownloaded, Trouble

HOSTS = ("pfst.example", "files.example:8443", "127.0.0.1:8080", "localhost", "[::1]:81", "10.0.0.1", "10.0.0.1:80")


@pytest.mark.parametrize(
    "url",
    [
        "https://pfst.example/a",
        "https://PFST.example:443/a#b",
        "https://files.example:8443/a",
        "http://127.0.0.1:8080/a",
        "https://127.0.0.1:8080/a",
        "http://localhost/a",
        "http://[::1]:81/a",
    ],
)
def test_named_hosts_are_asked(url: str) -> None:
    """A host is asked at its port, by https; this machine also by http."""
    assert Downloads(HOSTS).allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://pfst.example/a",
        "https://pfst.example:8443/a",
        "https://files.example/a",
        "https://sub.pfst.example/a",
        "https://pfst.example.evil.example/a",
        "https://evil.example/pfst.example",
        "https://evil.example?https://pfst.example",
        "https://pfst.example@evil.example/a",
        "https://pfst.example:x@evil.example/a",
        "https://me@pfst.example/a",
        "https://pfst.example\\.evil.example/a",
        "http://127.0.0.1/a",
        "http://127.0.0.1:8081/a",
        "http://127.1:8080/a",
        "http://localhost:8080/a",
        "http://[::ffff:127.0.0.1]:8080/a",
        "https://10.0.0.1/a",
        "https://10.0.0.1:80/a",
        "ftp://localhost/a",
        "file://localhost/etc/passwd",
        "data:image/png;base64,AAAA",
        "//pfst.example/a",
        "pfst.example",
        "https://",
        "https://[",
        "https://pfst.example:99999/a",
        "",
    ],
)
def test_nothing_else_is_asked(url: str) -> None:
    """Other hosts, ports and protocols, names that only look like a host, and private addresses are not asked."""
    assert not Downloads(HOSTS).allows(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"])
async def test_a_name_can_not_lead_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is no loopback host by its name is not asked when its address is not public."""
    connections: list[object] = []

    async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.close()

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        assert host == "files.example"
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        host = f"files.example:{server.sockets[0].getsockname()[1]}"
        downloads = Downloads([host])
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        try:
            with pytest.raises(NotDownloaded) as refused, ExitStack() as files:
                await downloads.get(f"https://{host}/a", 1000, files)
        finally:
            await downloads.close()
    assert (refused.value.trouble, connections) == (Trouble.GONE, [])
    assert "no public address" in repr(refused.value.__cause__)
