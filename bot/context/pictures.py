"""Pictures that people attach, made fit for models: without what they say of their owner, in a format that models read.

Formats that models read stay as they are, byte for byte, but for such data. All of it is work for a thread.
"""

import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000
"""A small file can hold a picture of any size; cameras' have up to 50 megapixels."""
_KEPT = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "GIF": ("image/gif", "gif")}
_CONVERTED = ("WEBP", "BMP", "TIFF")
_CONTAINED = ("HEIF", "AVIF")  # Pillow fails over a format that it has not learnt, so these are named only where needed
_CONTAINER = b"ftyp"  # from the fifth byte on, in HEIC and AVIF
_QUALITY = 92  # of a JPEG, of 100
_ORIENTATION = 0x0112
_TURNED = range(2, 9)
_PNG = b"\x89PNG\r\n\x1a\n"
_EOI, _EXIF, _MULTIPLE, _IPTC = 0xD9, 0xE1, 0xE2, 0xED
# A marker inside of a JPEG's compressed data, which escapes every FF, but for those that restart it.
_MARKER = re.compile(b"\xff[^\x00\xd0-\xd7\xff]")
_PNG_TEXTS = (b"Raw profile type ", b"XML:com.adobe.xmp")


class UnfitPictureError(Exception):
    """It is damaged, of an unusual format, or has too many pixels (``large``)."""

    def __init__(self, *, large: bool = False) -> None:
        super().__init__("too many pixels" if large else "no picture that can be read")
        self.large = large


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its content type and the ending of its name, without the dot."""

    data: bytes
    content_type: str
    ending: str


def fit_for_models(data: bytes) -> Picture:
    """Return a picture without EXIF, XMP and IPTC data, but for how it is turned; others than JPEG, PNG, GIF converted.

    Raises:
        UnfitPictureError: it can't be read, or has too many pixels. Before that is known, nothing is decompressed.
    """
    from PIL import Image  # takes memory that a bot without pictures does not need

    formats = (*_KEPT, *_CONVERTED)
    if data[4:8] == _CONTAINER:
        _learn_heif()
        formats = _CONTAINED
    try:
        picture = Image.open(BytesIO(data), formats=formats)
        width, height = picture.size
    except Image.DecompressionBombError as error:
        raise UnfitPictureError(large=True) from error
    except Exception as error:  # a damaged picture can fail in any way
        raise UnfitPictureError from error
    if width * height > MOST_PIXELS:
        raise UnfitPictureError(large=True)
    try:
        name = "JPEG" if picture.format == "MPO" else picture.format or ""
        if name not in _KEPT:
            return _converted(picture)
        strip = {"JPEG": _stripped_jpeg, "PNG": _stripped_png}.get(name)
        return Picture(strip(data) if strip else data, *_KEPT[name])
    except Exception as error:
        raise UnfitPictureError from error


def _learn_heif() -> None:
    """Let Pillow read what telephones write; only now, because that takes 7 MB of memory."""
    from pi_heif import (  # pyright: ignore[reportMissingTypeStubs] - it has no types
        register_heif_opener,  # pyright: ignore[reportUnknownVariableType]
    )

    register_heif_opener()


def _converted(picture: "Image.Image") -> Picture:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    colours = upright.info.get("icc_profile")
    made = BytesIO()
    if upright.has_transparency_data:
        upright.convert("RGBA").save(made, "PNG", icc_profile=colours)
        return Picture(made.getvalue(), *_KEPT["PNG"])
    upright.convert("RGB").save(made, "JPEG", quality=_QUALITY, icc_profile=colours)
    return Picture(made.getvalue(), *_KEPT["JPEG"])


def _only_turned(exif: bytes) -> bytes:
    """Return EXIF data that says nothing but how a picture is turned; empty where it is upright."""
    from PIL import Image

    read, kept = Image.Exif(), Image.Exif()
    read.load(exif)
    turned = read.get(_ORIENTATION)
    if turned not in _TURNED:
        return b""
    kept[_ORIENTATION] = turned
    return kept.tobytes()


def _stripped_jpeg(data: bytes) -> bytes:
    """Return a JPEG with nothing of its EXIF data but how it is turned, and without what follows its end.

    Telephones put further pictures there, or a video, which have data of their own.
    """
    parts = [data[:2]]
    at = 2
    while found := _MARKER.search(data, at):
        parts.append(data[at : found.start()])
        at, marker = found.start(), data[found.start() + 1]
        if marker == _EOI:
            parts.append(data[at : at + 2])
            return b"".join(parts)
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        segment, body = data[at:end], data[at + 4 : end]
        if marker == _EXIF:
            exif = _only_turned(body) if body.startswith(b"Exif\0\0") else b""
            parts.append(b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif if exif else b"")
        elif marker != _IPTC and not (marker == _MULTIPLE and body.startswith(b"MPF\0")):
            parts.append(segment)
        at = end
    return b"".join([*parts, data[at:]])  # cut off, as some cameras and downloads leave them


def _stripped_png(data: bytes) -> bytes:
    """Return a PNG with nothing of its EXIF data but how it is turned, and without what follows its end."""
    parts = [_PNG]
    at = len(_PNG)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if kind == b"eXIf":
            if exif := _only_turned(b"Exif\0\0" + body):
                inner = b"eXIf" + exif.removeprefix(b"Exif\0\0")
                parts.append((len(inner) - 4).to_bytes(4, "big") + inner + zlib.crc32(inner).to_bytes(4, "big"))
        elif not (kind in (b"tEXt", b"zTXt", b"iTXt") and body.startswith(_PNG_TEXTS)):
            parts.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
    return b"".join(parts)
