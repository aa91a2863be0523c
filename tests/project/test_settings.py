"""The operator's settings: documented, refused in one sentence each when malformed, and secret where they must be."""

import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot import bootstrap
from bot.errors import SettingsError
from bot.settings import Settings, unknown_settings

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
NAMES = [field.name.upper() for field in fields(Settings)]
TOKEN = {"DISCORD_TOKEN": "token.of.tests"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, in an environment without any setting."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    return inner


def test_every_setting_is_explained() -> None:
    """.env.example has every setting once, in the order of the code, each under its own comment."""
    lines = re.findall(r"^# [^=\n]+\n(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE)
    assert lines == NAMES


def test_the_example_shows_the_defaults(folder: Path) -> None:
    """With every line of .env.example active and a token, the settings are the defaults but for two limits.

    Those protect the points of new operators; existing installs keep what they have.
    """
    active = re.findall(r"^([A-Z_]+=.*)$", EXAMPLE, re.MULTILINE)
    assert active == ["DISCORD_TOKEN=", "LIMIT_PER_PERSON=50", "LIMIT_AT_ONCE=2"]
    text = re.sub(r"^# ([A-Z_]+=)", r"\1", EXAMPLE, flags=re.MULTILINE)
    (folder / ".env").write_text(text.replace("DISCORD_TOKEN=", "DISCORD_TOKEN=token.of.tests"), encoding="utf-8")
    assert Settings.read() == replace(Settings.read(TOKEN), limit_per_person=50, limit_at_once=2)


def test_values_are_understood() -> None:
    """Each kind of value is read as people write it."""
    settings = Settings.read(
        TOKEN
        | {
            "DISCORD_API_URL": "http://127.0.0.1:8420/api/",
            "POE_HEADLESS": "No",
            "POE_PROXY": "socks5://127.0.0.1:1080",
            "POE_BROWSER_ARGS": "--one --two='a b'",
            "DATABASE_PATH": "~/quoth.sqlite3",
            "EXTRA_MODELS": " My-Bot, ,Other ",
            "HISTORY_LIMIT": " 0 ",
            "MEDIA_HOSTS": " Files.Example:8443, 127.0.0.1:80 [::1]:81 ",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "JSON",
            "HEALTH_ADDRESS": "[::1]:9464",
        }
    )
    assert settings.log_format == "json"
    assert settings.health_address == ("::1", 9464)
    assert Settings.read(TOKEN | {"HEALTH_ADDRESS": "localhost:0"}).health_address == ("127.0.0.1", 0)
    assert settings.discord_api_url == "http://127.0.0.1:8420/api/v10"
    assert settings.poe_headless is False
    assert settings.poe_proxy == "socks5://127.0.0.1:1080"
    assert settings.poe_browser_args == ("--one", "--two=a b")
    assert settings.database_path == Path.home() / "quoth.sqlite3"
    assert settings.extra_models == ("My-Bot", "Other")
    assert settings.history_limit == 0
    assert settings.media_hosts == ("files.example:8443", "127.0.0.1:80", "[::1]:81")
    assert settings.log_level == "DEBUG"


def test_windows_paths_are_kept(folder: Path) -> None:
    """A backslash is a backslash, and the quotation marks that Windows' shell leaves around a path are removed."""
    (folder / ".env").write_text(
        "DISCORD_TOKEN=x\nPOE_BROWSER_ARGS=--disk-cache-dir=C:\\Temp\\cache --two='C:\\a b\\c'\n", encoding="utf-8"
    )
    assert Settings.read().poe_browser_args == ("--disk-cache-dir=C:\\Temp\\cache", "--two=C:\\a b\\c")
    quoted = Settings.read(TOKEN | {"POE_PROFILE_DIR": '"C:\\Users\\Ada L\\profile"', "POE_DRIVER": '"sh"'})
    assert (str(quoted.poe_profile_dir), quoted.poe_driver) == ("C:\\Users\\Ada L\\profile", "sh")


@pytest.mark.parametrize("name", ["POE_PROFILE_DIR", "POE_BROWSER_ARGS", "DATABASE_PATH"])
def test_a_mangled_windows_path_is_named(name: str, folder: Path) -> None:
    """In double quotation marks .env reads a backslash and a t as a tab: such a path is refused instead of used."""
    (folder / ".env").write_text(f'DISCORD_TOKEN=x\n{name}="C:\\temp\\new"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=f"{name} has a tab or a line break in it.*single quotes"):
        Settings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCORD_TOKEN", "hunter2 hunter2"),
        ("DISCORD_TOKEN", "hunter2ü"),
        ("SHARDS", "0"),
        ("SHARDS", "many"),
        ("DISCORD_API_URL", "discord.com/api"),
        ("DISCORD_API_URL", "http://host:port"),
        ("DISCORD_API_URL", "http://[::1"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg"),
        ("POE_URL", "poe.com"),
        ("POE_URL", "https://"),
        ("POE_BACKEND", "page"),
        ("POE_API_KEY", "hunter2 hunter2"),
        ("POE_API_KEY", "hunter2\nhunter2"),
        ("POE_API_KEY", "hunter2ü"),
        ("POE_API_URL", "api.poe.com"),
        ("POE_API_URL", "https://ada:hunter2@api.poe.com"),
        ("POE_API_URL", "https://api.poe.com/?key=hunter2"),
        ("POE_UPLOAD_URL", "file:///hunter2"),
        ("API_CONCURRENCY", "0"),
        ("API_PER_MINUTE", "501"),
        ("POE_PROFILE_DIR", "~nobody-of-this-name/profile"),
        ("POE_HEADLESS", "maybe"),
        ("POE_GRID", "127.0.0.1:4444"),
        ("POE_GRID", "http://127.0.0.1:4444"),
        ("POE_ACCOUNTS", "main=/profile"),
        ("POE_ACCOUNTS", "main=profile"),
        ("POE_ACCOUNTS", "main"),
        ("POE_ACCOUNTS", "main=/a,main=/b"),
        ("POE_ACCOUNTS", "main=/a,other=/a"),
        ("POE_PROXY", "127.0.0.1:3128"),
        ("POE_PROXY", "http://ada:hunter2#@127.0.0.1:3128"),
        ("POE_PROXY", "http://ada:secret@127.0.0.1:hunter2"),
        ("POE_PROXY", "http://ada:hunter2@127.0.0.1:3128"),
        ("POE_BROWSER", "/nowhere/browser"),
        ("POE_DRIVER", "/nowhere/driver"),
        ("EXTRA_MODELS", "My-Bot,a/b"),
        ("EXTRA_MODELS", "My Bot"),
        ("EXTRA_MODELS", "My-Bot,logout"),
        ("EXTRA_MODELS", "a\tb\nc"),
        ("FOREIGN_MODELS", "some"),
        ("POE_MIN_GAP", "soon"),
        ("POE_HOURLY_CAP", "-1"),
        ("POE_BROWSER_ARGS", "--one 'hunter2"),
        ("DATABASE_PATH", "~nobody-of-this-name/quoth.sqlite3"),
        ("EXTRA_MODELS", "My-Bot," + "x" * 101),
        ("HISTORY_LIMIT", "many"),
        ("HISTORY_LIMIT", "-1"),
        ("HISTORY_LIMIT", "101"),
        ("HISTORY_LIMIT", "２０"),
        ("HISTORY_LIMIT", "9" * 5000),
        ("MEDIA_HOSTS", "https://pfst.cf2.poecdn.net"),
        ("MEDIA_HOSTS", "pfst.cf2.poecdn.net/base"),
        ("MEDIA_HOSTS", "ada@pfst.cf2.poecdn.net"),
        ("MEDIA_HOSTS", "pfst.cf2.poecdn.net:https"),
        ("MEDIA_HOSTS", "[::1"),
        ("MEDIA_HOSTS", ":80"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("HEALTH_ADDRESS", "9464"),
        ("HEALTH_ADDRESS", ":9464"),
        ("HEALTH_ADDRESS", "::1:9464"),
        ("HEALTH_ADDRESS", "[127.0.0.1]:9464"),
        ("HEALTH_ADDRESS", "hunter2.example:9464"),
        ("HEALTH_ADDRESS", "127.0.0.1:65536"),
        ("HEALTH_ADDRESS", "127.0.0.1:"),
    ],
)
def test_malformed_values_are_named(name: str, value: str) -> None:
    """A malformed value is refused with one sentence that names its variable and repeats no secret."""
    with pytest.raises(SettingsError) as caught:
        Settings.read(TOKEN | {name: value})
    sentence = caught.value.operator_message
    assert re.fullmatch(rf"{name} (is|has|names|must be|can't contain|refers to) [^\n]{{1,150}}\.", sentence)
    assert "hunter2" not in sentence
    assert "secret" not in sentence


def test_secrets_are_not_shown() -> None:
    """Logged settings contain neither the token nor the API key."""
    shown = repr(Settings.read(TOKEN | {"POE_API_KEY": "hunter2"}))
    assert not re.search(f"token=|{next(iter(TOKEN.values()))}|hunter2", shown)
    assert "history_limit=20" in shown


def test_the_environment_beats_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over .env, and a .env of a parent folder is not read."""
    (folder.parent / ".env").write_text("POE_URL=https://somebody-elses.example", encoding="utf-8")
    (folder / ".env").write_text("DISCORD_TOKEN=from-file\nHISTORY_LIMIT=5\nLOG_LEVEL=DEBUG\nPOE_HEADLESS", "utf-8")
    monkeypatch.setenv("HISTORY_LIMIT", "7")
    settings = Settings.read()
    assert (settings.discord_token, settings.history_limit, settings.log_level) == ("from-file", 7, "DEBUG")
    assert settings.poe_url == "https://poe.com"


def test_an_unreadable_file_is_named(folder: Path) -> None:
    """A .env that is no text is refused by its name."""
    (folder / ".env").write_bytes(b"DISCORD_TOKEN=\xff\xfe")
    with pytest.raises(SettingsError, match=r"^Can't read \.env"):
        Settings.read()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"DISCORD_TOKEN=\xff\xfe", "it is not UTF-8 text. Save it as UTF-8."),
        ("DISCORD_TOKEN=x".encode("utf-16"), "it is not UTF-8 text. Save it as UTF-8."),
        (b"DISCORD_TOKEN=hunter2\n\nthis is hunter2\n", "line 3 is not of the form NAME=value."),
        (b"\x7fELF\x00\x01\x02", "line 1 is not of the form NAME=value."),
        (b'DISCORD_TOKEN="hunter2\n', "line 1 is not of the form NAME=value."),
        (b"{hunter2: 1}", "line 1 is not of the form NAME=value."),
    ],
)
def test_a_garbage_file_is_one_sentence(content: bytes, reason: str, folder: Path) -> None:
    """A .env that is no list of settings is refused with the place of the first mistake, and without its content."""
    (folder / ".env").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.read()
    assert caught.value.operator_message == f"Can't read .env: {reason}"


def test_windows_editors_may_save_the_file(folder: Path) -> None:
    """A byte-order mark and Windows' line ends are no mistakes, nor is a virtual environment called .env."""
    (folder / ".env").write_bytes(b"\xef\xbb\xbfDISCORD_TOKEN=x\r\nexport LOG_LEVEL=debug\r\n# hello you\r\n")
    assert (Settings.read().discord_token, Settings.read().log_level) == ("x", "DEBUG")
    (folder / ".env").unlink()
    (folder / ".env").mkdir()
    assert Settings.read(need_token=False).discord_token == ""


def test_unknown_settings_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is no setting is told with the setting that was probably meant, but not what belongs to others."""
    assert unknown_settings() == []
    (folder / ".env").write_text("POE_HOURLYCAP=10\ndiscord_token=x\nHISTORY_LIMIT=5\nZZZ=1\n", encoding="utf-8")
    for name in ("DISCORD_BOT_TOKEN", "POE_COOKIE", "LIMIT_PER_PRESON", "DATABASE_URL", "LOG_COLOURS", "POE_URL"):
        monkeypatch.setenv(name, "hunter2")
    assert unknown_settings() == [
        "POE_HOURLYCAP in .env is no setting of Quoth. Did you mean POE_HOURLY_CAP?",
        "ZZZ in .env is no setting of Quoth.",
        "discord_token in .env is no setting of Quoth. Did you mean DISCORD_TOKEN?",
        "The environment variable DISCORD_BOT_TOKEN is no setting of Quoth. Did you mean DISCORD_TOKEN?",
        "The environment variable LIMIT_PER_PRESON is no setting of Quoth. Did you mean LIMIT_PER_PERSON?",
        "The environment variable POE_COOKIE is no setting of Quoth.",
    ]


def test_only_running_needs_the_token() -> None:
    """Commands that never speak to Discord need no token."""
    assert Settings.read({}, need_token=False).discord_token == ""
    with pytest.raises(SettingsError, match=r"^DISCORD_TOKEN is missing"):
        Settings.read({"DISCORD_TOKEN": "  "})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({}, "quoth: DISCORD_TOKEN is missing"), (TOKEN | {"DEFAULT_MODEL": "gpt-6"}, "quoth: DEFAULT_MODEL “gpt-6” is")],
)
def test_a_start_that_fails_is_one_line(folder: Path, given: dict[str, str], sentence: str) -> None:
    """Without a token or with an unknown model, `run` exits 1 with one line and leaves nothing behind."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)} | given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "profile", "chosen"),
    [
        ({}, False, "browser: there is no POE_API_KEY"),
        ({}, True, "browser: there is no POE_API_KEY"),
        ({"POE_API_KEY": "key"}, False, "api: there is a POE_API_KEY, and no browser profile"),
        ({"POE_API_KEY": "key"}, True, "browser: there are a browser profile and a POE_API_KEY"),
        ({"POE_API_KEY": "key", "POE_BACKEND": "API"}, True, "api: POE_BACKEND says so"),
        ({"POE_API_KEY": "key", "POE_BACKEND": "browser"}, False, "browser: POE_BACKEND says so"),
    ],
)
def test_the_backend_follows_from_what_is_there(
    given: dict[str, str], profile: bool, chosen: str, folder: Path
) -> None:
    """A key alone means the API; everything else means the browser, unless POE_BACKEND chooses."""
    if profile:
        (folder / "profile").mkdir()
    assert ": ".join(bootstrap.choose_backend(Settings.read(TOKEN | given))).startswith(chosen)


@pytest.mark.parametrize(("name", "kind"), [("DISCORD_TOKEN", "bot token"), ("POE_API_KEY", "API key")])
@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o644, True)])
def test_a_secret_in_a_file(name: str, kind: str, mode: int, warned: bool, folder: Path) -> None:
    """A file can hold the token or the key; that others can read it is told, without the secret."""
    file = folder / "secret"
    file.write_text("\ufeffhunter2\r\n", encoding="utf-8")
    file.chmod(mode)
    settings = Settings.read({name: "", f"{name}_FILE": str(file)}, need_token=name == "DISCORD_TOKEN")
    assert getattr(settings, name.lower()) == "hunter2"
    assert settings.secrets == ("hunter2",)
    warnings = bootstrap.exposed_secrets(settings)
    assert warnings == ([f"Others can read the {kind} in {file}. Run `chmod 600 {file}`."] if warned else [])
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"POE_BACKEND": "api"}, "POE_BACKEND is api, but POE_API_KEY is missing"),
        ({"POE_FALLBACK": "api"}, "POE_FALLBACK is api, but POE_API_KEY is missing"),
        ({"POE_FALLBACK": "browser"}, "POE_FALLBACK must be api"),
    ],
)
def test_the_api_needs_a_key(given: dict[str, str], sentence: str) -> None:
    """Where the API is to be used without a key, the start says so."""
    with pytest.raises(SettingsError, match=sentence):
        bootstrap.uses_api(Settings.read(TOKEN | given))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "DISCORD_TOKEN_FILE can't be read: No such file or directory."),
        (b" \n", "DISCORD_TOKEN_FILE has no bot token in it, or more than that."),
        (b"hunter2" * 200, "DISCORD_TOKEN_FILE has no bot token in it, or more than that."),
        (b"hunter2\nhunter2", "DISCORD_TOKEN_FILE is not a bot token; copy it again"),
        (b"\xff\xfeh\0u\0", "DISCORD_TOKEN_FILE is no text file."),
    ],
)
def test_a_file_without_a_token_is_named(content: bytes | None, sentence: str, folder: Path) -> None:
    """Whatever is in the file instead of a token, one sentence says so and repeats none of it."""
    file = folder / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.read({"DISCORD_TOKEN_FILE": str(file)})
    assert caught.value.operator_message.startswith(sentence)
    assert "hunter2" not in caught.value.operator_message


def test_a_token_twice_is_refused() -> None:
    """A token and a file for it contradict each other."""
    with pytest.raises(SettingsError, match="DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set"):
        Settings.read(TOKEN | {"DISCORD_TOKEN_FILE": "token"})


def test_an_address_that_is_not_poe_s_is_told() -> None:
    """Where the key would go to another host, or without encryption, the start says so."""
    own = Settings.read(TOKEN | {"POE_API_KEY": "key", "POE_API_URL": "https://api.poe.com/"})
    assert bootstrap.foreign_addresses(own) == []
    for url, host in (("http://api.poe.com", "api.poe.com"), ("https://poe.example/x", "poe.example")):
        foreign = Settings.read(TOKEN | {"POE_API_KEY": "key", "POE_API_URL": url, "POE_UPLOAD_URL": url})
        assert [warning.split(" is ")[0] for warning in bootstrap.foreign_addresses(foreign)] == [
            "POE_API_URL",
            "POE_UPLOAD_URL",
        ]
        assert all(warning.endswith(f"go to {host}.") for warning in bootstrap.foreign_addresses(foreign))
        assert bootstrap.foreign_addresses(Settings.read(TOKEN | {"POE_API_URL": url})) == []
