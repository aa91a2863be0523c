"""Pictures on their way to a model: what they say of their owner goes, everything else stays."""

from io import BytesIO

import pytest
from PIL import Image

from bot.context.pictures import UnfitPictureError, fit_for_models
from tests.support.file_server import bomb
from tests.support.pictures import HEIC, ORIENTATION, exif, saved


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF"])
def test_a_picture_without_such_data_stays_byte_for_byte(form: str) -> None:
    """What models read anyway is not changed."""
    data = saved(form)
    assert fit_for_models(data).data == data


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_the_place_goes(form: str) -> None:
    """EXIF data goes, and nothing else: without it, the same bytes are left."""
    picture = Image.effect_noise((64, 48), 50).convert("RGB")
    bare = saved(form, picture)
    found = fit_for_models(saved(form, picture, exif=exif()))
    assert found.data == bare
    assert found.content_type == f"image/{form.lower()}"


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_turned_picture_stays_turned(form: str) -> None:
    """How a picture has to be turned is kept, alone."""
    found = fit_for_models(saved(form, exif=exif(6)))
    with Image.open(BytesIO(found.data)) as picture:
        picture.load()
        assert dict(picture.getexif()) == {ORIENTATION: 6}
    assert b"Secret" not in found.data


def test_other_descriptions_go() -> None:
    """XMP data and what follows a picture's end, which telephones fill with a video, go too."""
    xmp = b"<x:xmpmeta>GPSLatitude</x:xmpmeta>"
    for form in ("JPEG", "PNG"):
        found = fit_for_models(saved(form, xmp=xmp) + b"ftypmp42 GPSLatitude")
        assert b"GPSLatitude" not in found.data
        Image.open(BytesIO(found.data)).load()


def test_a_picture_of_several_is_the_first() -> None:
    """Of a JPEG with several pictures, as some telephones make them, the first one is left, which can be read."""
    first = Image.effect_noise((64, 48), 50).convert("RGB")
    data = saved("MPO", first, save_all=True, append_images=[first.rotate(90)], exif=exif())
    found = fit_for_models(data)
    with Image.open(BytesIO(found.data)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("JPEG", (64, 48))
    assert b"Secret" not in found.data


@pytest.mark.parametrize("form", ["WEBP", "AVIF", "BMP", "TIFF"])
def test_other_formats_are_converted(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What not every model reads becomes a JPEG, upright and without EXIF data, also before any HEIC was read."""
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    found = fit_for_models(saved(form, None, **({"exif": exif(6)} if form == "WEBP" else {})))
    assert (found.content_type, found.ending) == ("image/jpeg", "jpg")
    with Image.open(BytesIO(found.data)) as picture:
        picture.load()
        assert picture.size == ((48, 64) if form == "WEBP" else (64, 48))
        assert dict(picture.getexif()) == {}


def test_a_telephone_s_picture_is_converted() -> None:
    """HEIC, which few models read, becomes a JPEG without EXIF data."""
    assert b"Secret Phones" in HEIC
    found = fit_for_models(HEIC)
    assert (found.content_type, b"Secret" in found.data) == ("image/jpeg", False)
    with Image.open(BytesIO(found.data)) as picture:
        red, green, blue = picture.convert("RGB").resize((1, 1)).tobytes()
    assert red > 150 > max(green, blue)


def test_transparency_is_kept() -> None:
    """A picture that is transparent becomes a PNG."""
    found = fit_for_models(saved("WEBP", Image.new("RGBA", (8, 8), (0, 0, 0, 0)), lossless=True))
    assert (found.content_type, found.ending) == ("image/png", "png")
    assert Image.open(BytesIO(found.data)).getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", saved("JPEG")[:30], saved("WEBP")[:200]])
def test_a_damaged_one_is_refused(data: bytes) -> None:
    """What is no picture, or half of one that has to be converted, is refused."""
    with pytest.raises(UnfitPictureError):
        fit_for_models(data)


@pytest.mark.parametrize("side", [8_000, 400_000])
def test_many_pixels_are_refused(side: int) -> None:
    """A small file that unpacks to a huge picture is not unpacked."""
    with pytest.raises(UnfitPictureError) as refused:
        fit_for_models(bomb(side))
    assert refused.value.large
