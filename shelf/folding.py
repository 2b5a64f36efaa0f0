"""Texts that are nearly alike, folded small: what a pattern already says is not said again.

zlib with a preset dictionary (RFC 1950 §2.2): a mail of 30 KB whose pattern is its template takes 150 to 600 bytes, and
15 µs, for the work of reading the pattern is done once. The checksum of the pattern and of the text travel along.
"""

import zlib

NEAREST = 32_768 - 262  # bytes back that deflate can point to; the end of a pattern counts


class Folder:
    """Folds texts that resemble ``pattern``. Give the same pattern to ``unfold``."""

    def __init__(self, pattern: str):
        self._begun = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zdict=_dictionary(pattern))

    def fold(self, text: str) -> bytes:
        work = self._begun.copy()
        return work.compress(text.encode()) + work.flush()


def unfold(folded: bytes, pattern: str) -> str:
    """Raises zlib.error for another pattern, or for bytes that are not whole."""
    work = zlib.decompressobj(zlib.MAX_WBITS, zdict=_dictionary(pattern))
    text = work.decompress(folded) + work.flush()
    if not work.eof:
        raise zlib.error("the text ends too early")
    return text.decode()


def _dictionary(pattern: str) -> bytes:
    return pattern.encode()[-NEAREST:]
