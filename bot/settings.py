"""The only reader of the environment: settings are read once per process, from it and from ``.env``."""

import contextlib
import os
import re
import shlex
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.errors import SettingsError
from bot.poe.handles import is_handle

_SHOWN = 40  # characters of a wrong handle or host that are repeated
POE_API_URL = "https://api.poe.com"
POE_UPLOAD_URL = "https://www.quora.com/poe_api/file_upload_3RD_PARTY_POST"
_KEY = 1000  # characters of an API key at most; they have about 40


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
    discord_api_url: str = _setting(_api_address, "https://discord.com/api/v10")
    discord_gateway_url: str = _setting(_address("ws", "wss"), "wss://gateway.discord.gg")
    discord_proxy: str = _setting(_address("http", "https"), secret=True)
    poe_url: str = _setting(_address("http", "https"), "https://poe.com")
    poe_backend: str = _setting(_one_of("browser", "api"))
    poe_api_key: str = _setting(_key, secret=True)
    poe_api_key_file: Path | None = _setting(_path)
    poe_api_url: str = _setting(_base_address, POE_API_URL)
    poe_upload_url: str = _setting(_base_address, POE_UPLOAD_URL)
    api_concurrency: int = _setting(_count(1, 100), "4")
    api_per_minute: int = _setting(_count(0, 500), "30")
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
    default_model: str = _setting(str, "gpt-3.5-turbo")
    extra_models: tuple[str, ...] = _setting(_handles)
    foreign_models: bool = _setting(_switch, "false")
    history_limit: int = _setting(_count(0, 100), "20")
    retention_days: int = _setting(_count(1, 3650), "30")
    limit_per_person: int = _setting(_count(0, 100_000), "0")
    limit_per_person_total: int = _setting(_count(0, 100_000), "0")
    limit_per_server: int = _setting(_count(0, 100_000), "0")
    limit_at_once: int = _setting(_count(0, 100), "0")
    limit_cooldown: int = _setting(_count(0, 86_400), "0")
    media_hosts: tuple[str, ...] = _setting(_hosts, "pfst.cf2.poecdn.net")
    log_level: str = _setting(_level, "INFO")

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, *, need_token: bool = True) -> "Settings":
        """Read the settings from ``environment``; by default from the process's own, then from ``.env`` in this folder.

        Raises:
            SettingsError: a setting is missing or malformed; the message names it.
        """
        if environment is None:
            try:
                # Not find_dotenv, which would also take a .env of a parent folder.
                environment = {k: v for k, v in dotenv_values(".env").items() if v is not None} | dict(os.environ)
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"Can't read .env: {error}") from error
        values = {item.name: _read(item.name, item.metadata, environment) for item in fields(cls)}
        if file := values["poe_api_key_file"]:
            if values["poe_api_key"]:
                raise SettingsError("POE_API_KEY and POE_API_KEY_FILE are both set. Keep one of them.")
            values["poe_api_key"] = _key_in(file)
        if need_token and not values["discord_token"]:
            raise SettingsError("DISCORD_TOKEN is missing. Put the bot's token into .env (see README.md).")
        return cls(**values)


def _key_in(file: Path) -> str:
    """Return the API key in a file.

    Raises:
        SettingsError: there is no such file, or no key in it.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_KEY + 1).decode().strip()
    except OSError as error:
        raise SettingsError(f"POE_API_KEY_FILE can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError("POE_API_KEY_FILE is not a text file with an API key.") from error
    if not text or len(text) > _KEY:
        raise SettingsError("POE_API_KEY_FILE has no API key in it, or more than that.")
    try:
        return _key(text)
    except ValueError as error:
        raise SettingsError(f"POE_API_KEY_FILE {error}.") from None  # the cause could quote the key


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


def _read(name: str, metadata: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    text = environment.get(name.upper(), "").strip() or metadata["default"]
    if not text and metadata["parse"] is _path:
        return None
    if not text:
        return () if metadata["parse"] in (_handles, _arguments) else ""
    try:
        return metadata["parse"](text)
    except ValueError as error:
        raise SettingsError(f"{name.upper()} {error}.") from error
