"""Downloads of what models make and of what people attach, from the few hosts that serve it (next.md sections B4, G2).

Whatever an answer says, no other host is asked, no cookie is sent and no redirect followed. A file of an answer counts
only if its header and its own first bytes agree about what it is.
"""

import asyncio
import hashlib
import ipaddress
import logging
import mimetypes
import socket
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import IO, Any

import aiohttp
import filetype  # pyright: ignore[reportMissingTypeStubs] - it has no types
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

log = logging.getLogger(__name__)

_PATIENCE = aiohttp.ClientTimeout(total=30.0, sock_connect=10.0, sock_read=10.0)
_AT_ONCE = 16  # connections, to all hosts together
_CHUNK = 256 * 1024  # bytes that are handed to the thread that writes them
_IN_MEMORY = 1024 * 1024  # bytes of a file that is kept in memory; a larger one is a temporary file without a name
_HEAD = 8192  # bytes that tell what a file is
_PIXELS = 50_000_000
"""Pixels of a picture at most: a small file can hold one that no reader's device can show."""
_PORTS = {"https": 443, "http": 80}
_OK = 200
_PICTURES = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "GIF": "gif", "WEBP": "webp", "AVIF": "avif", "BMP": "bmp"}
"""Formats by Pillow's names, and the endings by which Discord knows them."""
_DOCUMENTS = {"pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf", "epub", "zip", "gz", "tar"}
_PLAIN = {"application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml"}
_PAGE = "text/html"  # comes where a file is gone

# Pictures of too many pixels are refused below, so nobody has to be warned of them.
warnings.filterwarnings("ignore", category=RuntimeWarning, module="PIL")


class Trouble(Enum):
    """Why a file is not downloaded, or not attached."""

    FOREIGN = auto()
    """It is at no host that Quoth downloads from."""
    GONE = auto()
    """It could not be downloaded, or not in time."""
    TOO_LARGE = auto()
    """Discord would not take it, or not together with the others."""
    TOO_MANY = auto()
    """A message has enough files already."""
    WRONG = auto()
    """It is not what it claims to be, or nothing that Quoth passes on."""
    UNPERMITTED = auto()
    """Quoth may not attach files there."""
    REFUSED = auto()
    """Discord refused it."""


class NotDownloaded(Exception):
    """A file was not downloaded, for the reason in ``trouble``."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.name)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Download:
    """A file: its content, its content type, the ending of its name without the dot, its size and what identifies it.

    ``content`` is closed by who asked for the file. The ending is empty where nobody looked what the file is.
    """

    content: IO[bytes]
    content_type: str
    ending: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Host:
    name: str
    port: int | None
    local: bool
    any_port: bool = False

    def fits(self, url: URL) -> bool:
        """Whether this is the host of an address, reached in a way that keeps its content private."""
        if url.scheme != "https" and not (self.local and url.scheme == "http"):
            return False
        return url.host == self.name and (self.any_port or url.port == (self.port or _PORTS[url.scheme]))


class Downloads:
    """Downloads files. Owned by the bot, which closes it.

    Args:
        hosts: the hosts, as ``host``, ``host:port``, or ``host:*`` for all of its ports; only loopback hosts are asked
            without encryption.
        proxy: the address of an HTTP proxy through which they are reached; None for none.
        proxy_auth: the user and the password for the proxy.
    """

    def __init__(
        self, hosts: Sequence[str], proxy: str | None = None, proxy_auth: aiohttp.BasicAuth | None = None
    ) -> None:
        self._proxy, self._proxy_auth = proxy, proxy_auth
        self._hosts = tuple(host for host in map(_host, hosts) if not _is_private(host.name))
        if len(self._hosts) < len(hosts):
            log.warning("MEDIA_HOSTS has private addresses, from which nothing is downloaded.")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    def allows(self, url: str) -> bool:
        """Whether a file is downloaded from this address."""
        return _parsed(url, self._hosts) is not None

    def may_mention(self, text: str) -> bool:
        """Whether one of the hosts may be named in a text."""
        return any(host.name in text for host in self._hosts)

    async def get(self, url: str, limit: int, files: ExitStack) -> Download:
        """Download a file of at most so many bytes, and look what it is; ``files`` will close it.

        Raises:
            NotDownloaded: it can't be downloaded, or is not to be passed on.
        """
        file = await self.fetch(url, limit, files)
        content_type, ending = await asyncio.to_thread(_identified, file.content, file.content_type)
        return replace(file, content_type=content_type, ending=ending)

    async def fetch(self, url: str, limit: int, files: ExitStack) -> Download:
        """Download a file of at most so many bytes, whatever it is; ``files`` will close it.

        Raises:
            NotDownloaded: it can't be downloaded.
        """
        address = _parsed(url, self._hosts)
        if address is None:
            raise NotDownloaded(Trouble.FOREIGN)
        try:
            return await self._get(address, limit, files)
        except (aiohttp.ClientError, OSError, ValueError) as error:  # among them TimeoutError
            log.warning("Could not download a file: %s.", type(error).__name__)
            raise NotDownloaded(Trouble.GONE) from error

    async def _get(self, address: URL, limit: int, files: ExitStack) -> Download:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_AT_ONCE, resolver=_Resolver(self._hosts, self._proxy))
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                # Decompressed, a small reply could be of any size.
                auto_decompress=False,
                headers={"accept-encoding": "identity"},
                timeout=_PATIENCE,
            )
        proxied = self._session.get(address, allow_redirects=False, proxy=self._proxy, proxy_auth=self._proxy_auth)
        async with proxied as response:
            if response.status != _OK or response.headers.get("content-encoding", "identity") != "identity":
                log.warning("Could not download a file: HTTP %d.", response.status)
                raise NotDownloaded(Trouble.GONE)
            if (response.content_length or 0) > limit:
                raise NotDownloaded(Trouble.TOO_LARGE)
            content = files.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - `files` closes it
            size, digest = 0, hashlib.sha256()
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise NotDownloaded(Trouble.TOO_LARGE)
                await asyncio.to_thread(_add, chunk, content, digest)
        return Download(content, response.content_type, "", size, digest.digest())


def _host(entry: str) -> _Host:
    any_port = entry.endswith(":*")
    url = URL(f"//{entry.removesuffix(':*')}")
    name = url.host or ""
    return _Host(name, url.explicit_port, name == "localhost" or _is_usable(name, local=True), any_port)


def _is_private(name: str) -> bool:
    """Whether a host is named by an address that is neither public nor this machine's own."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return not (_is_usable(name, local=False) or _is_usable(name, local=True))


def _parsed(url: str, hosts: Sequence[_Host]) -> URL | None:
    """Return an address at one of the hosts, as aiohttp reads it; None for any other."""
    try:
        address = URL(url)
        known = address.user is None and address.password is None and any(host.fits(address) for host in hosts)
    except ValueError:
        return None
    return address.with_fragment(None) if known else None


class _Resolver(AbstractResolver):
    """Finds a host's addresses: loopback ones of a loopback host, public ones of any other, any of the proxy."""

    def __init__(self, hosts: Sequence[_Host], proxy: str | None) -> None:
        self._local = {host.name for host in hosts if host.local}
        self._proxy = URL(proxy).host if proxy else None
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Look a host up."""
        local = host in self._local
        found = await self._resolver.resolve(host, port, family)
        if host == self._proxy:
            return found
        usable = [each for each in found if _is_usable(each["host"], local=local)]
        if not usable:
            raise OSError(f"{host} has no {'loopback' if local else 'public'} address")
        return usable

    async def close(self) -> None:
        """Nothing is open."""


def _is_usable(text: str, *, local: bool) -> bool:
    """Whether a text is the address of this machine where it has to be, else a public one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback if local else address.is_global and not address.is_multicast


def _add(chunk: bytes, content: IO[bytes], digest: Any) -> None:
    content.write(chunk)
    digest.update(chunk)


def _identified(content: IO[bytes], claimed: str) -> tuple[str, str]:
    """Return a file's content type and the ending of its name.

    Raises:
        NotDownloaded: its first bytes disagree with the type that its header claims, or it is nothing to be passed on.
    """
    content.seek(0)
    head = content.read(_HEAD)
    group = claimed.partition("/")[0]
    known: Any = filetype.guess(head)  # pyright: ignore[reportUnknownMemberType]
    if known is None:
        if (group == "text" or claimed in _PLAIN) and claimed != _PAGE and head and b"\0" not in head:
            return claimed, (mimetypes.guess_extension(claimed) or ".txt").removeprefix(".")
        raise NotDownloaded(Trouble.WRONG)
    content_type, ending = str(known.mime), str(known.extension)
    found = content_type.partition("/")[0]
    sound = ("audio", "video")  # one container can hold either
    if found != group and not (found in sound and group in sound):
        raise NotDownloaded(Trouble.WRONG)
    if found == "image":
        return _identified_picture(content)
    if found not in sound and ending not in _DOCUMENTS:
        raise NotDownloaded(Trouble.WRONG)
    return content_type, ending


def _identified_picture(content: IO[bytes]) -> tuple[str, str]:
    """Return a picture's type and ending by its own header; nothing of it is decompressed.

    Raises:
        NotDownloaded: it is damaged, of an unusual format, or has too many pixels.
    """
    from PIL import Image  # takes memory that a bot without pictures does not need

    content.seek(0)
    try:
        picture = Image.open(content, formats=[name for name in _PICTURES if name != "MPO"])  # begins as a JPEG
        (width, height), ending = picture.size, _PICTURES[picture.format or ""]
    except Exception as error:  # a damaged picture can fail in any way
        raise NotDownloaded(Trouble.WRONG) from error
    if width * height > _PIXELS:
        raise NotDownloaded(Trouble.WRONG)
    return f"image/{'jpeg' if ending == 'jpg' else ending}", ending
