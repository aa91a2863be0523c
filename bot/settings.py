"""The only reader of the environment: each setting is read once per process, from it and from ``.env``."""

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.errors import SettingsError


def _address(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        _ = parts.port  # raises ValueError where it is no number
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"must be an address that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return text.rstrip("/")

    return parse


def _api_address(text: str) -> str:
    # Discord's API lives under /api/v10; people know it as /api, so the version is added where it is missing.
    address = _address("http", "https")(text)
    return f"{address}/v10" if address.endswith("/api") else address


def _switch(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError("must be true or false")
    return words[text.lower()]


def _count(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _level(text: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if text.upper() not in levels:
        raise ValueError(f"must be one of {', '.join(levels)}")
    return text.upper()


def _token(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("is not a bot token: copy it again from the developer portal's Bot page")
    return text


def _handles(text: str) -> tuple[str, ...]:
    return tuple(handle for handle in (part.strip() for part in text.split(",")) if handle)


def _arguments(text: str) -> tuple[str, ...]:
    return tuple(shlex.split(text))


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _setting(
    parse: Callable[[str], Any], default: str = "", *, secret: bool = False
) -> Any:  # a field, as dataclasses type it
    return field(metadata={"parse": parse, "default": default}, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """What the operator decided. Each field is the environment variable of the same name in capitals."""

    discord_token: str = _setting(_token, secret=True)
    discord_api_url: str = _setting(_api_address, "https://discord.com/api/v10")
    discord_gateway_url: str = _setting(_address("ws", "wss"), "wss://gateway.discord.gg")
    poe_url: str = _setting(_address("http", "https"), "https://poe.com")
    poe_profile_dir: Path = _setting(_path, "profile")
    poe_headless: bool = _setting(_switch, "true")
    poe_proxy: str = _setting(_address("http", "https", "socks4", "socks5"), secret=True)
    poe_browser: str = _setting(str)
    poe_driver: str = _setting(str)
    poe_browser_args: tuple[str, ...] = _setting(_arguments)
    database_path: Path = _setting(_path, "quoth.sqlite3")
    default_model: str = _setting(str, "gpt-3.5-turbo")
    extra_models: tuple[str, ...] = _setting(_handles)
    history_limit: int = _setting(_count(0, 100), "20")
    log_level: str = _setting(_level, "INFO")

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, *, need_token: bool = True) -> "Settings":
        """Read the settings from ``environment``, by default the process's own over the ``.env`` of this folder.

        Raises:
            SettingsError: a setting is missing or malformed; the sentence names it.
        """
        if environment is None:
            try:
                # Not find_dotenv: a .env of some folder above is somebody else's.
                environment = {k: v for k, v in dotenv_values(".env").items() if v is not None} | dict(os.environ)
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f".env can't be read: {error}") from error
        values = {item.name: _read(item.name, item.metadata, environment) for item in fields(cls)}
        if need_token and not values["discord_token"]:
            raise SettingsError("DISCORD_TOKEN is missing: put the bot's token into .env (see README.md).")
        return cls(**values)


def _read(name: str, metadata: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    text = environment.get(name.upper(), "").strip() or metadata["default"]
    if not text:
        return () if metadata["parse"] in (_handles, _arguments) else ""
    try:
        return metadata["parse"](text)
    except ValueError as error:
        raise SettingsError(f"{name.upper()} {error}.") from error
