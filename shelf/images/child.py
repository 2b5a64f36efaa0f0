"""The child that makes pictures: knows Pillow and nothing of ours. Bytes in, a small picture or one word out."""

import resource
import sys
from io import BytesIO
from typing import Any

MOST_PIXELS = 50_000_000  # a telephone's photo has 12 to 50 million
MEMORY = 640 * 2**20  # fifty million pixels are 150 MB, turned upright another 150
SECONDS = 10
FORMATS = ("JPEG", "PNG", "WEBP")


def work(what: str, raw: bytes) -> bytes:
    """In the child: ``made <type> <width> <height>``, a line break and the picture; or ``large``; or ``bad``."""
    from PIL import Image as Pictures  # only the child knows it
    from PIL import ImageOps

    Pictures.MAX_IMAGE_PIXELS = None  # looked at here, before a pixel is read
    try:
        found: Any = Pictures.open(BytesIO(raw), formats=FORMATS)
        if found.width * found.height > MOST_PIXELS:
            return b"large\n"
        found.draft("RGB", (1600, 1600))  # a JPEG is read at a fraction of its size
        upright = ImageOps.exif_transpose(found)
        return {"photo": _photo, "evidence": _evidence}.get(what, _logo)(upright)
    except MemoryError:
        return b"large\n"
    except Exception:  # whatever a decoder makes of hostile bytes
        return b"bad\n"


def _photo(found: Any) -> bytes:
    from PIL import Image as Pictures
    from PIL import ImageOps

    side = min(400, *found.size)
    square = ImageOps.fit(found.convert("RGBA"), (side, side), Pictures.Resampling.LANCZOS, centering=(0.5, 0.35))
    flat = Pictures.new("RGB", square.size, "#ffffff")
    flat.paste(square, mask=square.getchannel("A"))
    for quality in (86, 78, 68, 56, 40, 20):
        out = BytesIO()
        flat.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= 60_000:
            break
    return b"made image/jpeg %d %d\n" % flat.size + out.getvalue()


def _evidence(found: Any) -> bytes:
    from PIL import Image as Pictures

    small = found.convert("RGBA")
    small.thumbnail((1600, 1600), Pictures.Resampling.LANCZOS)
    flat = Pictures.new("RGB", small.size, "#ffffff")
    flat.paste(small, mask=small.getchannel("A"))
    out = BytesIO()
    flat.save(out, "JPEG", quality=80, optimize=True)
    return b"made image/jpeg %d %d\n" % flat.size + out.getvalue()


def _logo(found: Any) -> bytes:
    from PIL import Image as Pictures

    small = found.convert("RGBA")
    small.thumbnail((480, 160), Pictures.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "PNG", optimize=True)
    return b"made image/png %d %d\n" % small.size + out.getvalue()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.buffer.write(work(sys.argv[1], sys.stdin.buffer.read()))
