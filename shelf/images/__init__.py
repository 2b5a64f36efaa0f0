"""Photos and logos that people bring: made anew by a child with little memory and time, never kept as they came.

The child reads the bytes on its standard input and answers with a small JPEG or PNG without metadata. What makes Pillow
stumble, an SVG, a bomb of a billion pixels, kills at most the child.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal

CHILD = Path(__file__).with_name("child.py")
MOST_BYTES = 10 * 2**20
SECONDS = 10
TOO_LARGE = _("The picture has too many pixels. Choose a smaller one.")
NO_PICTURE = _("This file is no picture that we can read. Choose a JPEG, PNG or WebP.")


class ImageRefused(Refusal):
    """A file that is no picture for us, with a sentence for whoever brought it."""


@dataclass(frozen=True, slots=True)
class Image:
    data: bytes
    media_type: str
    width: int
    height: int


def photo(raw: bytes) -> Image:
    """A square JPEG of at most 400 × 400 and 60 KB, cut from the middle: what a vCard can carry."""
    return _made("photo", raw)


def logo(raw: bytes) -> Image:
    """A PNG of at most 480 × 160, its transparency kept."""
    return _made("logo", raw)


def evidence(raw: bytes) -> Image:
    """A whole JPEG of at most 1600 × 1600, good enough to see a scratch, without the place where it was taken."""
    return _made("evidence", raw)


def _made(what: str, raw: bytes) -> Image:
    if len(raw) > MOST_BYTES:
        raise ImageRefused(_("The picture is larger than %(most)s MB."), most=MOST_BYTES // 2**20)
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() in (b"<svg ", b"<?xml", b"<!doc", b"<svg>"):
        raise ImageRefused(_("SVG drawings are not taken, for they can carry scripts. Choose a JPEG, PNG or WebP."))
    command = [sys.executable, "-I", str(CHILD), what]
    try:
        child = subprocess.run(command, input=raw, capture_output=True, timeout=SECONDS, env={})  # noqa: S603 - our own file
    except subprocess.TimeoutExpired:
        raise ImageRefused(TOO_LARGE) from None
    head, _newline, data = child.stdout.partition(b"\n")
    said = head.decode("ascii", "replace").split()
    if child.returncode == 0 and len(said) == 4 and said[0] == "made":
        return Image(data, said[1], int(said[2]), int(said[3]))
    raise ImageRefused(TOO_LARGE if said[:1] == ["large"] or child.returncode < 0 else NO_PICTURE)
