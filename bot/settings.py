"""The only reader of the environment: settings are read once per process, from it and from ``.env``."""

import contextlib
import io
import ipaddress
import os
import re
import shlex
import shutil
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.conversation import Admitted
from bot.errors import SettingsError
from bot.poe.handles import is_handle

_SHOWN = 40  # characters of a wrong handle or host that are repeated
POE_API_URL = "https://api.poe.com"
POE_UPLOAD_URL = "https://www.quora.com/poe_api/file_upload_3RD_PARTY_POST"
_SECRET = 1000  # characters of a token or an API key at most; they have about 70 and 40


def _address(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        with contextlib.suppress(ValueError):  # urlsplit's message can quote a password in the address
            parts = urlsplit(text)
            if parts.scheme in schemes and parts.hostname and parts.port != 0:
                return text.rstrip("/")
        raise ValueError(f"must be an address that starts with {' or '.join(f'{s}://' for s in schemes)}")

    return parse


def _base_address(text: str) -> str:
    if set("@?#") & set(text):
        raise ValueError("must be an address without a user name, a password, a question mark and a number sign")
    return _address("http", "https")(text)


def _api_address(text: str) -> str:
    # Discord's API is at /api/v10, but known as /api, so the version is added if it is missing.
    address = _address("http", "https")(text)
    return f"{address}/v10" if address.endswith("/api") else address


def _switch(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError("must be true or false")
    return words[text.lower()]


def _count(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _shards(text: str) -> int:
    if text.lower() == "auto":
        return 0
    try:
        return _count(1, 1000)(text)
    except ValueError:
        raise ValueError("must be auto or a whole number from 1 to 1000") from None


def _servers(text: str) -> frozenset[int]:
    ids = [part for part in re.split(r"[\s,]+", text) if part]
    if not all(re.fullmatch("[0-9]{15,20}", each) for each in ids):
        raise ValueError("must be the ids of servers, separated by commas; copy them in Discord's developer mode")
    return frozenset(map(int, ids))


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise ValueError("must be a number of seconds, such as 3 or 0.5")
    return float(text)


def _level(text: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if text.upper() not in levels:
        raise ValueError(f"must be one of {', '.join(levels)}")
    return text.upper()


def _token(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("is not a bot token; copy it again from the Bot page of the Developer Portal")
    return text


def _key(text: str) -> str:
    # Whatever sends a key with such a character quotes the whole key in its error (next.md section A10).
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("has a character that is in no API key; copy the key again from https://poe.com/api/keys")
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return text.lower()

    return parse


def _handles(text: str) -> tuple[str, ...]:
    handles = tuple(handle for handle in (part.strip() for part in text.split(",")) if handle)
    for handle in handles:
        if not is_handle(handle):
            raise ValueError(f"names “{_shown(handle)}”, which is no Poe handle; separate handles with commas")
    return handles


def _shown(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:_SHOWN]


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(filter(None, re.split(r"[\s,]+", text.lower())))
    for host in hosts:
        with contextlib.suppress(ValueError):
            parts = urlsplit(f"//{host}")
            if parts.netloc == host and "@" not in host and parts.hostname and parts.port != 0:
                continue
        raise ValueError(f"names “{_shown(host)}”, which is no host such as pfst.cf2.poecdn.net or 127.0.0.1:8080")
    return hosts


def _arguments(text: str) -> tuple[str, ...]:
    _check_backslashes(text)
    words = shlex.shlex(text, posix=True)
    words.whitespace_split, words.commenters = True, ""
    words.escape = ""  # a backslash is part of a Windows path
    try:
        return tuple(words)
    except ValueError as error:
        raise ValueError("has a quotation mark that is not closed") from error


def _check_backslashes(text: str) -> None:
    # In double quotation marks, .env turns a path like C:\temp into one with a tab.
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("has a tab or a line break in it: in .env, put paths with backslashes in single quotes")


def _unquoted(text: str) -> str:
    """Return a path without the quotation marks that Windows' shell leaves around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _program(text: str) -> str:
    _check_backslashes(text)
    text = _unquoted(text)
    if not shutil.which(text):
        raise ValueError("is no program that can be run here")
    return text


def _listening(text: str) -> tuple[str, int]:
    host, _, port = text.replace("localhost:", "127.0.0.1:").rpartition(":")
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host[1:-1] if host[:1] + host[-1:] == "[]" else host)
        if (host[0] == "[") == (address.version == 6) and re.fullmatch("[0-9]{1,5}", port) and int(port) < 65_536:
            return str(address), int(port)
    raise ValueError("must be an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464")


def _proxy(text: str) -> str:
    if "@" in text:
        raise ValueError("can't contain a user name or password; browsers ignore them")
    return _address("http", "https", "socks4", "socks5")(text)


def _path(text: str) -> Path:
    _check_backslashes(text)
    try:
        return Path(_unquoted(text)).expanduser()
    except RuntimeError as error:
        raise ValueError("has a home directory that does not exist") from error


def _setting(
    parse: Callable[[str], Any], default: str = "", *, secret: bool = False
) -> Any:  # dataclasses type a field as its value
    return field(metadata={"parse": parse, "default": default}, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """The operator's settings. Each field is the environment variable of the same name in upper case."""

    discord_token: str = _setting(_token, secret=True)
    discord_token_file: Path | None = _setting(_path)
    discord_api_url: str = _setting(_api_address, "https://discord.com/api/v10")
    discord_gateway_url: str = _setting(_address("ws", "wss"), "wss://gateway.discord.gg")
    shards: int = _setting(_shards, "1")
    discord_proxy: str = _setting(_address("http", "https"), secret=True)
    allowed_servers: frozenset[int] = _setting(_servers)
    dm_policy: Admitted = _setting(_one_of(*get_args(Admitted)), "members")
    user_installs: Admitted = _setting(_one_of(*get_args(Admitted)), "members")
    poe_url: str = _setting(_address("http", "https"), "https://poe.com")
    poe_backend: str = _setting(_one_of("browser", "api"))
    poe_api_key: str = _setting(_key, secret=True)
    poe_api_key_file: Path | None = _setting(_path)
    poe_api_url: str = _setting(_base_address, POE_API_URL)
    poe_upload_url: str = _setting(_base_address, POE_UPLOAD_URL)
    poe_fallback: str = _setting(_one_of("api"))
    api_concurrency: int = _setting(_count(1, 100), "4")
    api_per_minute: int = _setting(_count(0, 500), "30")
    api_daily_points: int = _setting(_count(0, 999_999_999), "0")
    points_warning: int = _setting(_count(0, 999_999_999), "5000")
    poe_profile_dir: Path = _setting(_path, "profile")
    poe_headless: bool = _setting(_switch, "true")
    poe_proxy: str = _setting(_proxy, secret=True)
    poe_browser: str = _setting(_program)
    poe_driver: str = _setting(_program)
    poe_browser_args: tuple[str, ...] = _setting(_arguments)
    poe_locators: Path | None = _setting(_path)
    poe_concurrency: int = _setting(_count(1, 32), "1")
    poe_min_gap: float = _setting(_seconds, "3")
    poe_hourly_cap: int = _setting(_count(0, 10_000), "60")
    database_path: Path = _setting(_path, "quoth.sqlite3")
    default_model: str = _setting(str)
    extra_models: tuple[str, ...] = _setting(_handles)
    foreign_models: bool = _setting(_switch, "false")
    history_limit: int = _setting(_count(0, 100), "20")
    retention_days: int = _setting(_count(1, 3650), "30")
    limit_per_person: int = _setting(_count(0, 100_000), "0")
    limit_per_person_total: int = _setting(_count(0, 100_000), "0")
    limit_per_server: int = _setting(_count(0, 100_000), "0")
    limit_at_once: int = _setting(_count(0, 100), "0")
    limit_cooldown: int = _setting(_count(0, 86_400), "0")
    answer_first_text: int = _setting(_count(10, 7200), "120")
    answer_silence: int = _setting(_count(10, 7200), "90")
    answer_total: int = _setting(_count(30, 14_400), "600")
    media_hosts: tuple[str, ...] = _setting(_hosts, "pfst.cf2.poecdn.net")
    log_level: str = _setting(_level, "INFO")
    log_format: Literal["text", "json"] = _setting(_one_of("text", "json"), "text")
    health_address: tuple[str, int] | None = _setting(_listening)

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, *, need_token: bool = True) -> "Settings":
        """Read the settings from ``environment``; by default from the process's own, then from ``.env`` in this folder.

        Raises:
            SettingsError: a setting is missing or malformed; the message names it.
        """
        if environment is None:
            environment = {k: v for k, v in _env_file().items() if v is not None} | dict(os.environ)
        values = {item.name: _read(item.name, item.metadata, environment) for item in fields(cls)}
        for name, kind, parse in (("discord_token", "bot token", _token), ("poe_api_key", "API key", _key)):
            if file := values[f"{name}_file"]:
                setting = name.upper()
                if values[name]:
                    raise SettingsError(f"{setting} and {setting}_FILE are both set. Keep one of them.")
                values[name] = _secret_in(file, f"{setting}_FILE", kind, parse)
        if need_token and not values["discord_token"]:
            raise SettingsError("DISCORD_TOKEN is missing. Put the bot's token into .env (see README.md).")
        return cls(**values)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown anywhere: the token, the key, and the proxy's password as it is and decoded."""
        password = urlsplit(self.discord_proxy).password or ""
        return tuple(filter(None, (self.discord_token, self.poe_api_key, password, unquote(password))))


def _secret_in(file: Path, setting: str, kind: str, parse: Callable[[str], str]) -> str:
    """Return the secret in a file.

    Raises:
        SettingsError: there is no such file, or no such secret in it.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_SECRET + 1).decode("utf-8-sig").strip()
    except OSError as error:
        raise SettingsError(f"{setting} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{setting} is no text file.") from None  # the cause has the text in it
    if not text or len(text) > _SECRET:
        raise SettingsError(f"{setting} has no {kind} in it, or more than that.")
    try:
        return parse(text)
    except ValueError as error:
        raise SettingsError(f"{setting} {error}.") from None  # the cause could quote the secret


_OWN_PREFIXES = ("DISCORD_", "POE_")  # of environment variables that are nobody else's
_NEAR = 0.75  # of 1: how similar a name is to that of a setting that was probably meant
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def unknown_settings() -> list[str]:
    """Return a sentence for each name in ``.env`` or the environment that is probably a misspelt setting.

    Raises:
        SettingsError: ``.env`` can't be read.
    """
    names = [item.name.upper() for item in fields(Settings)]
    sentences = [
        f"{name} in .env is no setting of Quoth.{_hint(name, names)}"
        for name in sorted(_env_file().keys() - set(names))
    ]
    for name in sorted(os.environ.keys() - set(names)):
        hint = _hint(name, names)
        if hint or name.upper().startswith(_OWN_PREFIXES):
            sentences.append(f"The environment variable {name} is no setting of Quoth.{hint}")
    return sentences


def _hint(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name.upper(), names, 1, _NEAR)
    return f" Did you mean {near[0]}?" if near else ""


def _env_file() -> dict[str, str | None]:
    """Return what is in ``.env`` of this folder, not of a parent folder; nothing if there is none.

    Raises:
        SettingsError: it can't be read, or is not what it should be.
    """
    path = Path(".env")
    try:
        text = "" if path.is_dir() else path.read_text(encoding="utf-8-sig")  # a directory is a virtual environment
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise SettingsError("Can't read .env: it is not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"Can't read .env: {error.strerror}.") from error
    for line in parse_stream(io.StringIO(text)):
        if line.error or (line.key is not None and not _ENV_NAME.fullmatch(line.key)):
            blank = line.original.string.removesuffix(line.original.string.lstrip())
            number = line.original.line + blank.count("\n")
            raise SettingsError(f"Can't read .env: line {number} is not of the form NAME=value.")
    return dotenv_values(stream=io.StringIO(text))


def is_env_file_exposed() -> bool:
    """Return whether other users of this machine can read ``.env``; always False on Windows, which has no modes."""
    return is_exposed(Path(".env"))


def is_exposed(file: Path) -> bool:
    """Return whether other users of this machine can read a file; always False on Windows, which has no modes."""
    if os.name != "posix":
        return False
    try:
        status = file.stat()
    except OSError:  # there is none
        return False
    # The group of a file that another user owns was let in on purpose: so root shares a file with a service.
    others = stat.S_IROTH | (stat.S_IRGRP if status.st_uid == os.geteuid() else 0)
    return bool(status.st_mode & others)


def parsed(name: str, text: str) -> Any:
    """Return the value of a setting that is given as a text.

    Raises:
        SettingsError: it is malformed; the message names the setting.
    """
    metadata = next(item.metadata for item in fields(Settings) if item.name == name)
    return _read(name, metadata, {name.upper(): text})


def _read(name: str, metadata: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    text = environment.get(name.upper(), "").strip() or metadata["default"]
    if not text and metadata["parse"] in (_path, _listening):
        return None
    if not text and metadata["parse"] is _servers:
        return frozenset[int]()
    if not text:
        return () if metadata["parse"] in (_handles, _arguments) else ""
    try:
        return metadata["parse"](text)
    except ValueError as error:
        raise SettingsError(f"{name.upper()} {error}.") from error
