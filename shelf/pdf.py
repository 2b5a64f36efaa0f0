"""Papers as PDF: documents that break into pages, cards with bleed and crop marks. Nothing is fetched, ever.

The fonts lie beside this file and are subset when the file is written: an invoice has 20 to 40 KB. The same calls with
the same ``made_at`` write the same bytes. Lengths are millimetres from the corner of the trimmed paper, type is in
points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from shelf import qr

if TYPE_CHECKING:
    from fpdf import FPDF

Align = Literal["left", "right", "center"]
Colour = str  # #rrggbb

A4, A6, CARD = (210.0, 297.0), (105.0, 148.0), (85.0, 55.0)
INK, QUIET, HAIR = "#1c1b19", "#6b6862", "#c9c5bd"
TICK = "☐"  # alone in a cell: a square to tick, which our fonts lack
BLEED = 3.0  # what printers ask for
_MARKS = 6.0  # beyond the bleed, where crop marks are drawn
_PT = 25.4 / 72  # millimetres of a point
_LEADING = 1.38
_FONTS = Path(__file__).parent / "fonts"
_FACE = "NotoSans"
_SPACES = re.compile(r"[ \t\r\f\v]+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; those without a ``width`` share what is left."""

    head: str
    width: float = 0
    align: Align = "left"
    under: str = ""  # the heading in a second language


class Paper:
    """A document that is being written. ``y`` is where the next block begins; ``finish`` gives the file."""

    def __init__(
        self,
        size: tuple[float, float] = A4,
        *,
        title: str,
        language: str,
        made_at: datetime,
        margin: float = 15,
        is_printed: bool = False,
    ) -> None:
        """``is_printed``: with bleed and crop marks around the trimmed size."""
        self.width, self.height, self.margin = *size, margin
        self.bleed = BLEED if is_printed else 0.0
        self._shift = BLEED + _MARKS if is_printed else 0.0
        self._foot = self._over = ""
        self._pdf = _empty(self.width + 2 * self._shift, self.height + 2 * self._shift)
        self._pdf.set_title(clean(title))
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(made_at)
        self.y = margin

    # --- Pages ------------------------------------------------------------------------------------------------------

    @property
    def inner(self) -> float:
        return self.width - 2 * self.margin

    @property
    def bottom(self) -> float:
        return self.height - self.margin

    def page(self) -> None:
        self._pdf.add_page()
        self.y = self.margin
        if self._shift:
            self._draw_marks()

    def room_for(self, height: float) -> bool:
        """A new page where so much does not fit; says whether one was begun."""
        if self.y + height <= self.bottom:
            return False
        self.page()
        if self._over:
            self.block(self._over, size=7.5, colour=QUIET, most=1)
            self.y += 1
        return True

    def over(self, text: str) -> None:
        """What stands above each page that begins because the one before is full."""
        self._over = text

    def foot(self, text: str) -> None:
        """What stands at the foot of every page, with its number, once there is more than one."""
        self._foot = text

    def finish(self) -> bytes:
        count = self._pdf.pages_count
        for number in range(1, count + 1) if self._foot and count > 1 else ():
            self._pdf.page = number
            # fpdf2 believes that every page writes with what the last one ended with, and would not say it again
            self._pdf.current_font_is_set_on_page = False
            self._pdf.set_fill_color(255)
            y = self.height - self.margin * 0.75
            self.line(self._foot, self.margin, y, size=7.5, colour=QUIET, width=self.inner * 0.8)
            self.line(f"{number} / {count}", self.width - self.margin, y, size=7.5, colour=QUIET, align="right")
        return bytes(self._pdf.output())

    # --- Text -------------------------------------------------------------------------------------------------------

    def line(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = 9.5,
        is_bold: bool = False,
        colour: Colour = INK,
        align: Align = "left",
        width: float = 0,
    ) -> None:
        """One line, its top at ``y``; what is longer than ``width`` ends in an ellipsis."""
        shown = _shortened(clean(text), width, size, is_bold) if width else clean(text)
        if not shown:
            return
        if align != "left":
            x -= width_of(shown, size, is_bold) * (1 if align == "right" else 0.5)
        self._pdf.set_font(_FACE, "B" if is_bold else "", size)
        self._pdf.set_text_color(colour)
        self._pdf.text(self._shift + x, self._shift + y + size * _PT * 1.07, shown)

    def block(
        self,
        text: str,
        *,
        x: float | None = None,
        width: float = 0,
        size: float = 9.5,
        is_bold: bool = False,
        colour: Colour = INK,
        align: Align = "left",
        most: int = 0,
    ) -> None:
        """Wrapped text from ``y`` on, over pages if need be; at most so many lines. Moves ``y``."""
        left, wide = self.margin if x is None else x, width or self.inner
        anchor = {"left": left, "right": left + wide, "center": left + wide / 2}[align]
        step = line_height(size)
        lines = list(wrapped(text, wide, size, is_bold))
        for number, shown in enumerate(lines[: most or None], start=1):
            cut = f"{shown}…" if number == most and len(lines) > most else shown
            self.room_for(step)
            self.line(cut, anchor, self.y, size=size, is_bold=is_bold, colour=colour, align=align, width=wide)
            self.y += step

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, size: float = 8.5, keep: float = 0
    ) -> None:
        """A table whose head is repeated on every page; a row is never cut, and long words break.

        ``keep``: how much must stand on the page of the last row, below it.
        """
        rows = list(rows)
        widths = self._widths(columns)
        self._draw_head(columns, widths, size)
        step = line_height(size)
        for number, row in enumerate(rows, start=1):
            pairs = zip(row, widths, strict=True)
            cells = [[TICK] if cell == TICK else list(wrapped(cell, wide - 3, size)) for cell, wide in pairs]
            height = max(len(cell) for cell in cells) * step + 2
            if self.room_for(height + (keep if number == len(rows) else 0)):
                self._draw_head(columns, widths, size)
            self._draw_row(columns, widths, cells, size, step)
            self.y += height
            self.rule()

    def _widths(self, columns: Sequence[Column]) -> list[float]:
        flexible = sum(not column.width for column in columns) or 1
        rest = (self.inner - sum(column.width for column in columns)) / flexible
        return [column.width or rest for column in columns]

    def _draw_head(self, columns: Sequence[Column], widths: Sequence[float], size: float) -> None:
        step = line_height(size)
        heads = [list(wrapped(c.head, w - 3, size - 0.5, True)) for c, w in zip(columns, widths, strict=True)]
        unders = [list(wrapped(c.under, w - 3, size - 2)) for c, w in zip(columns, widths, strict=True)]
        tall = [len(h) * step + (len(u) * step * 0.85 if any(u) else 0) for h, u in zip(heads, unders, strict=True)]
        self.room_for(max(tall) + 3 + 2 * step)  # no head alone at the foot of a page
        begun = self.y
        self._draw_row(columns, widths, heads, size - 0.5, step, is_bold=True)
        for column, under, wide, head, x in zip(columns, unders, widths, heads, self._lefts(widths), strict=True):
            for number, text in enumerate(under):
                y = begun + 1 + len(head) * step + number * step * 0.85
                self.line(text, _anchor(column, x, wide), y, size=size - 2, colour=QUIET, align=column.align)
        self.y = begun + max(tall) + 3
        self.rule(INK, 0.35)

    def _draw_row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        cells: Sequence[Sequence[str]],
        size: float,
        step: float,
        is_bold: bool = False,
    ) -> None:
        for column, wide, lines, x in zip(columns, widths, cells, self._lefts(widths), strict=True):
            for number, text in enumerate(lines):
                y = self.y + 1 + number * step
                if text == TICK:
                    self._pdf.set_draw_color(INK)
                    self._pdf.set_line_width(0.2)
                    self._pdf.rect(self._shift + x + (wide - 3) / 2, self._shift + y + 0.3, 3, 3)
                    continue
                self.line(text, _anchor(column, x, wide), y, size=size, is_bold=is_bold, align=column.align)

    def _lefts(self, widths: Sequence[float]) -> Iterator[float]:
        x = self.margin
        for wide in widths:
            yield x
            x += wide

    # --- Shapes -----------------------------------------------------------------------------------------------------

    def rule(self, colour: Colour = HAIR, thickness: float = 0.15, x: float | None = None, width: float = 0) -> None:
        left = self.margin if x is None else x
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(thickness)
        y = self._shift + self.y
        self._pdf.line(self._shift + left, y, self._shift + left + (width or self.inner), y)

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A plain rectangle; one that touches the paper's edge reaches over it by the bleed."""
        right, low = x + width, y + height
        x, y = (x - self.bleed if x <= 0 else x), (y - self.bleed if y <= 0 else y)
        right = right + self.bleed if right >= self.width else right
        low = low + self.bleed if low >= self.height else low
        self._pdf.set_fill_color(colour)
        self._pdf.rect(self._shift + x, self._shift + y, right - x, low - y, style="F")

    def code(self, text: str, x: float, y: float, side: float) -> None:
        """A QR code, black on white with its quiet zone; as lines of modules, sharp at any size."""
        rows = qr.matrix(text)
        module = side / len(rows)
        self._pdf.set_fill_color(255)
        self._pdf.rect(self._shift + x, self._shift + y, side, side, style="F")
        self._pdf.set_fill_color(0)
        for number, row in enumerate(rows):
            for start, run in qr.runs(row):
                left, top = self._shift + x + start * module, self._shift + y + number * module
                self._pdf.rect(left, top, run * module, module, style="F")

    def _draw_marks(self) -> None:
        self._pdf.set_draw_color("#000000")
        self._pdf.set_line_width(0.1)
        shift, far = self._shift, _MARKS - 1
        for x in (shift, shift + self.width):
            self._pdf.line(x, 0.5, x, far)
            self._pdf.line(x, 2 * shift + self.height - far, x, 2 * shift + self.height - 0.5)
        for y in (shift, shift + self.height):
            self._pdf.line(0.5, y, far, y)
            self._pdf.line(2 * shift + self.width - far, y, 2 * shift + self.width - 0.5, y)


def _anchor(column: Column, x: float, width: float) -> float:
    return {"left": x + 1.5, "right": x + width - 1.5, "center": x + width / 2}[column.align]


def _empty(width: float, height: float) -> FPDF:
    from fpdf import FPDF  # a quarter of a second, for the processes that write papers

    pdf = FPDF(unit="mm", format=(width, height))
    pdf.set_auto_page_break(False)
    pdf.set_producer("Aftercare")
    for style, name in (("", "Regular"), ("B", "Bold")):
        pdf.add_font(_FACE, style, _FONTS / f"NotoSans-{name}.ttf")
    return pdf


# --- Letters --------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """The text as our fonts can write it, in one line: no control characters, marks of direction, pictures.

    A letter that they lack is written as �, so that nobody takes the rest for the whole.
    """
    return _SPACES.sub(" ", _lettered(text).replace("\n", " ")).strip()


def _lettered(text: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    if ord(letter) in _advances(False):
        return letter
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Zs", "Zl", "Zp"):
        return "\n" if letter in "\n\x0b\x0c\x85\u2028\u2029" else " "
    return "�" if kind[0] in "LN" else ""


@lru_cache(maxsize=2)
def _advances(is_bold: bool) -> dict[int, float]:
    """Code point → width in thousandths of the size."""
    from fontTools.ttLib import TTFont

    font = TTFont(_FONTS / f"NotoSans-{'Bold' if is_bold else 'Regular'}.ttf")
    metrics, em = font["hmtx"].metrics, font["head"].unitsPerEm
    return {point: metrics[glyph][0] * 1000 / em for point, glyph in font.getBestCmap().items()}


def line_height(size: float) -> float:
    """Millimetres from one line to the next."""
    return size * _PT * _LEADING


def width_of(text: str, size: float, is_bold: bool = False) -> float:
    """Millimetres of a cleaned line."""
    advances = _advances(is_bold)
    return sum(advances.get(ord(letter), 600) for letter in text) * size * _PT / 1000


def fitting(text: str, width: float, most: int, sizes: Sequence[float], is_bold: bool = False) -> float:
    """The first of these sizes at which a text takes at most so many lines and no word breaks; else the last."""
    for size in sizes:
        is_whole = all(width_of(word, size, is_bold) <= width for word in clean(text).split(" "))
        if is_whole and len(list(wrapped(text, width, size, is_bold))) <= most:
            return size
    return sizes[-1]


def wrapped(text: str, width: float, size: float, is_bold: bool = False) -> Iterator[str]:
    """Lines of at most this width; a word that is longer breaks where it must. An empty text is one empty line."""
    for paragraph in _lettered(text).strip().split("\n"):
        line = ""
        for word in _SPACES.sub(" ", paragraph).strip().split(" "):
            joined = f"{line} {word}" if line else word
            if width_of(joined, size, is_bold) <= width:
                line = joined
                continue
            if line:
                yield line
            *whole, line = _pieces(word, width, size, is_bold)
            yield from whole
        yield line


def _pieces(word: str, width: float, size: float, is_bold: bool) -> list[str]:
    pieces, piece = [], ""
    for letter in word:
        if piece and width_of(piece + letter, size, is_bold) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _shortened(text: str, width: float, size: float, is_bold: bool) -> str:
    if width_of(text, size, is_bold) <= width + 0.01:
        return text
    while text and width_of(f"{text}…", size, is_bold) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
