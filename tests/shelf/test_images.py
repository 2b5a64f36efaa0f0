"""Pictures that people bring: made anew, or refused with a sentence."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from shelf import images
from tests.builders.cards import picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def bomb(side: int = 50_000) -> bytes:
    """A PNG that says it has two and a half billion pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


def test_a_photo_becomes_a_small_square_jpeg_without_its_metadata():
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"

    made = images.photo(picture(1600, 900, exif=exif.tobytes()))

    read = Image.open(BytesIO(made.data))
    assert (read.format, read.size, made.media_type) == ("JPEG", (400, 400), "image/jpeg")
    assert len(made.data) < 60_000
    assert b"Secret" not in made.data and not read.getexif()


def test_a_logo_keeps_its_transparency():
    out = BytesIO()
    Image.new("RGBA", (960, 320), (0, 0, 0, 0)).save(out, "PNG")

    made = images.logo(out.getvalue())

    assert (made.media_type, made.width, made.height) == ("image/png", 480, 160)
    assert Image.open(BytesIO(made.data)).getpixel((1, 1))[3] == 0


@pytest.mark.parametrize("raw", [SVG, b"\xef\xbb\xbf  " + SVG, b'<?xml version="1.0"?>' + SVG, b"<!-- a -->" + SVG])
def test_svg_is_refused_with_a_sentence(raw):
    with pytest.raises(images.ImageRefused) as refused:
        images.photo(raw)

    assert "JPEG, PNG or WebP" in str(refused.value)


def test_a_bomb_is_refused_before_its_pixels_are_read():
    with pytest.raises(images.ImageRefused) as refused:
        images.photo(bomb())

    assert str(refused.value) == "The picture has too many pixels. Choose a smaller one."


@pytest.mark.parametrize("raw", [b"", b"GIF89a" + b"\0" * 50, b"%PDF-1.7", picture()[:200], picture(form="BMP")])
def test_what_is_no_picture_for_us_is_refused(raw):
    with pytest.raises(images.ImageRefused):
        images.photo(raw)


def test_a_file_that_is_too_large_is_refused_unread():
    with pytest.raises(images.ImageRefused) as refused:
        images.photo(b"\xff\xd8" + b"\0" * images.MOST_BYTES)

    assert str(refused.value) == "The picture is larger than 10 MB."
