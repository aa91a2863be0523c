"""The payload of a request that creates or edits a message, read and checked (discord.md section 3)."""

from dataclasses import dataclass, field

from sandbox.discord.world.components import read_components
from sandbox.discord.world.entities import Json, MessageFlag
from sandbox.discord.world.errors import UnmodelledError
from sandbox.discord.world.forms import Form
from sandbox.discord.world.mentions import EVERYTHING, Allowed, read_allowed

MAX_CONTENT = 2000
MAX_NONCE = 25
MAX_FILES = 10
_FIELDS = (
    "content", "tts", "nonce", "enforce_nonce", "allowed_mentions", "components", "attachments", "flags",
    "message_reference",
)  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """An uploaded file: one `files[n]` part of a request."""

    filename: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class NewFile:
    """A file to attach, with what the `attachments` list says about it."""

    upload: Upload
    filename: str
    description: str | None = None


@dataclass(frozen=True)
class Payload:
    """A checked payload. Fields that are None were not given: an edit leaves them as they are.

    Attributes:
        kept: Ids of the attachments that an edit keeps; None keeps all of them.
    """

    content: str | None = None
    components: list[Json] | None = None
    flags: MessageFlag | None = None
    files: tuple[NewFile, ...] = ()
    kept: frozenset[int] | None = None
    allowed: Allowed = EVERYTHING
    tts: bool = False
    nonce: str | int | None = None
    enforce_nonce: bool = False
    reply_to: int | None = None
    reply_must_exist: bool = True


def read_payload(body: object, files: dict[int, Upload], default: Allowed, *, v2: bool = False) -> Payload:
    """Read the body of a create or an edit.

    Args:
        body: The JSON.
        files: The uploaded parts by number.
        default: Whom it may ping when it has no `allowed_mentions`.
        v2: Whether the message being edited has Components V2 already.

    Raises:
        ApiError: 400 with code 50035.
        UnmodelledError: It uses something that the sandbox does not model.
    """
    form = Form(body)
    form.only(*_FIELDS)
    flags = form.integer("flags", 0, 2**31 - 1) if "flags" in form else None
    content = form.text("content", most=MAX_CONTENT)
    v2 = v2 or bool((flags or 0) & MessageFlag.COMPONENTS_V2)
    if v2 and content:
        form.complain("", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                      "The content and embeds fields cannot be used with the Components V2 flag")  # fmt: skip
    reference = form.form("message_reference")
    kept, new_files = _read_attachments(form, files)
    payload = Payload(
        content=(content or "").strip() if "content" in form else None,
        components=read_components(form, v2=v2) if "components" in form else None,
        flags=None if flags is None else MessageFlag(flags),
        files=new_files,
        kept=kept,
        allowed=read_allowed(form, default),
        tts=form.flag("tts"),
        nonce=_read_nonce(form),
        enforce_nonce=form.flag("enforce_nonce"),
        reply_to=_read_reference(reference) if reference is not None else None,
        reply_must_exist=reference is None or reference.flag("fail_if_not_exists", default=True),
    )
    form.check()
    return payload


def _read_reference(reference: Form) -> int | None:
    if reference.json.get("type"):
        raise UnmodelledError("forwarding messages (message_reference.type 1)")
    return reference.snowflake("message_id", required=True)


def _read_nonce(form: Form) -> str | int | None:
    nonce = form.json.get("nonce")
    if nonce is not None and len(str(nonce)) > MAX_NONCE:
        form.complain("nonce", "NONCE_TYPE_TOO_LONG", f"Must be {MAX_NONCE} or fewer in length.")
    return nonce


def _read_attachments(form: Form, files: dict[int, Upload]) -> tuple[frozenset[int] | None, tuple[NewFile, ...]]:
    described: dict[int, Form] = {}
    kept: set[int] = set()
    for entry in form.forms("attachments", MAX_FILES):
        number = entry.snowflake("id", required=True) or 0
        if number in files:
            described[number] = entry
        else:
            kept.add(number)
    if len(kept) + len(files) > MAX_FILES:
        form.complain("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FILES} or fewer in length.")
    new = tuple(_new_file(upload, described.get(number)) for number, upload in sorted(files.items()))
    return (frozenset(kept) if form.json.get("attachments") is not None else None), new


def _new_file(upload: Upload, entry: Form | None) -> NewFile:
    if entry is None:
        return NewFile(upload, upload.filename)
    name = entry.text("filename", most=1024) or upload.filename
    return NewFile(upload, name, entry.text("description", most=1024))
