"""What lies in the parcel: packing slips, thank-you cards (85×55 mm) and inserts (A6), many orders in one file.

A slip's QR opens the stub page, which may be forwarded: whoever finds the slip learns no name, address or sum. A
card's QR opens ``/i/<code>/``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from orders.models import Order, OrderLine
from orders.papers.words import word
from shelf import formats
from shelf.pdf import A6, CARD, QUIET, Column, Paper, fitting, line_height
from shelf.vocative import vocative


@dataclass(frozen=True, slots=True)
class Slip:
    """One order to print: in its customer's language, with the addresses behind its codes."""

    order: Order
    lines: Sequence[OrderLine]
    language: str
    status_url: str
    insert_url: str
    thanks: str = ""  # the store's own words
    signed: str = ""


def packing_slips(slips: Sequence[Slip], made_at: datetime) -> bytes:
    paper = Paper(A6, title="Packing slips", language=slips[0].language, made_at=made_at, margin=8)
    for slip in slips:
        _packing_slip(paper, slip)
    return paper.finish()


def _packing_slip(paper: Paper, slip: Slip) -> None:
    order, language = slip.order, slip.language
    paper.page()
    paper.fill(0, 0, paper.width, 2, order.store.accent)
    narrow = paper.inner - 30
    paper.over(f"{order.store.name} · {word(language, 'order')} {order.number}")
    paper.block(order.store.name, size=8, colour=QUIET, width=narrow)
    paper.block(f"{word(language, 'order')} {order.number}", size=15, is_bold=True, width=narrow)
    paper.block(formats.day(order.placed_at.date(), language), size=8.5, width=narrow)
    if order.first_name.strip():
        paper.block(order.first_name, size=8.5, width=narrow, most=2)
    paper.code(slip.status_url, paper.width - paper.margin - 26, paper.margin, 28)
    paper.y = max(paper.y, paper.margin + 29) + 2
    columns = (Column(word(language, "title")), Column(word(language, "quantity"), 16, "right"))
    rows = (
        (f"{line.title}\n{line.sku}" if line.sku else line.title, formats.number(line.quantity, language))
        for line in slip.lines
    )
    paper.table(columns, rows, size=8)
    paper.y += 2
    pieces = formats.number(sum(line.quantity for line in slip.lines), language)
    paper.block(f"{word(language, 'pieces')}: {pieces}", is_bold=True, align="right")
    paper.y += 1
    if order.shipping_method:
        paper.block(order.shipping_method, size=8)
    paper.block(f"{word(language, 'where')}: QR. {word(language, 'slip_note')}", size=6.5, colour=QUIET)


def thank_you_cards(slips: Sequence[Slip], made_at: datetime) -> bytes:
    """85×55 mm with bleed and crop marks, one to a page, as printers take them."""
    paper = Paper(CARD, title="Cards", language=slips[0].language, made_at=made_at, margin=6, is_printed=True)
    for slip in slips:
        paper.page()
        store = slip.order.store
        paper.fill(0, 0, paper.width, paper.height, store.accent)
        wide = paper.width - 2 * paper.margin - 31
        paper.y = 8
        write = partial(paper.block, width=wide, colour=store.accent_ink)
        size = fitting(greeting(slip), wide, 2, (12.5, 11, 9.5, 8), is_bold=True)
        write(greeting(slip), size=size, is_bold=True, most=2)
        paper.y += 1.5
        size, most = _words_fit(words_of(slip), wide, 41.5 - paper.y)
        write(words_of(slip), size=size, most=most)
        size = fitting(signature(slip), wide, 1, (8, 7, 6), is_bold=True)
        lines = 1 if fitting(signature(slip), wide, 1, (size, 0), is_bold=True) else 2
        paper.y = 48.5 - lines * line_height(size)
        write(signature(slip), size=size, is_bold=True, most=2)
        left = paper.width - paper.margin - 28
        paper.code(slip.insert_url, left, 10, 28)
        hint = word(slip.language, "scan")
        paper.line(hint, left + 14, 40, size=5.5, colour=store.accent_ink, align="center", width=30)
    return paper.finish()


def inserts(slips: Sequence[Slip], made_at: datetime) -> bytes:
    """A6 with bleed and crop marks, one to a page."""
    paper = Paper(A6, title="Inserts", language=slips[0].language, made_at=made_at, margin=10, is_printed=True)
    for slip in slips:
        paper.page()
        store = slip.order.store
        paper.fill(0, 0, paper.width, 46, store.accent)
        paper.y = 14
        size = fitting(greeting(slip), paper.inner, 2, (20, 17, 14), is_bold=True)
        paper.block(greeting(slip), size=size, is_bold=True, colour=store.accent_ink, align="center", most=2)
        paper.y = 53
        paper.block(words_of(slip), size=9.5, align="center", most=6)
        paper.y = max(paper.y + 3, 74)
        paper.code(slip.insert_url, paper.width / 2 - 20, paper.y, 40)
        paper.y += 41
        paper.block(word(slip.language, "scan"), size=7.5, colour=QUIET, align="center")
        paper.y = 125
        size = fitting(signature(slip), paper.inner, 1, (10, 9, 8), is_bold=True)
        paper.block(signature(slip), size=size, is_bold=True, align="center", most=2)
        again = word(slip.language, "again")
        top = max(133, paper.y + 1.5)
        paper.line(again, paper.width / 2, top, size=7, colour=QUIET, align="center", width=paper.inner)
    return paper.finish()


def _words_fit(words: str, width: float, height: float) -> tuple[float, int]:
    """The size at which words fill this height at most, and how many lines that are."""
    for size in (7.0, 6.5, 6.0, 5.5):
        most = int(height / line_height(size))
        if fitting(words, width, most, (size, 0.0)):
            return size, most
    return size, most


def greeting(slip: Slip) -> str:
    name = slip.order.first_name.strip()
    if not name or len(name) > 20:
        return word(slip.language, "thanks")
    called = vocative(name) if slip.language == "uk" else name
    return word(slip.language, "thanks_name").format(name=called)


def words_of(slip: Slip) -> str:
    return slip.thanks or word(slip.language, "thanks_text")


def signature(slip: Slip) -> str:
    return slip.signed or slip.order.store.name


PRINTS = {"slips": packing_slips, "cards": thank_you_cards, "inserts": inserts}
