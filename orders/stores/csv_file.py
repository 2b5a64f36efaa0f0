"""The backfill: orders in a CSV or XLSX, one row per order line, rows with one number are one order.

The first row holds the headings, in any order and case, in English, Ukrainian or Russian (csv_words.py
has all spellings). Other columns are left alone. Shopify's own export is read as it is.

=============== ========================================================== ======================================
column          headings (some)                                            what may stand there
=============== ========================================================== ======================================
number *        number, номер, номер заказа, номер замовлення              as the customer knows it
date *          date, дата, дата заказа, дата замовлення                   24.11.2026 15:05, 2026-11-24, ISO 8601
product *       product, товар, название, назва                            title
id              id, order id                                               the shop's id; the number without it
sku             sku, артикул
quantity        quantity, qty, количество, кількість                       whole number, 1 when empty
price           price, цена, ціна                                          per piece
line total      line total, сумма позиции, сума позиції                    after the line's discount
total           total, сумма, сума, итого, разом                           of the order, or of the line (see below)
shipping        shipping, доставка
discount        discount, скидка, знижка                                   of the whole order
discount code   discount code, промокод                                    of the whole order
currency        currency, валюта                                           UAH, грн, ₴ …; the store's when empty
email, phone    email, почта, пошта · phone, телефон                       one of the two is needed
name            name, customer, имя, ім'я, клиент, покупець                full name, or with the two below
first name      first name, · last name, фамилия, прізвище
status          status, статус                                             paid, оплачен, отменён, скасовано …
language        language, язык, мова                                       uk, ru, en, українська …
country, city   country, страна · city, город, місто                       two letters · text
address         address, адрес, адреса · postcode, индекс, індекс          text
=============== ========================================================== ======================================

Times without an offset are local in the store's zone. A decimal comma is understood; ``1,234`` is a fraction in a
file with semicolons, and refused as ambiguous elsewhere. What concerns the whole order may stand on each of its rows
or on the first one only; rows that contradict each other are refused. **total** is read as the line's when the rows
of an order carry what quantity × price says, otherwise as the order's. An order is taken whole or not at all: a bad
row takes its order with it, and every row of it is reported.

``updated_at`` is the day of the order, so that the backfill never overwrites what the shop told us itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, count, islice
from pathlib import Path
from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from events.payloads import CURRENCIES
from orders.stores import csv_words as words
from orders.stores.csv_rows import Head, Row, survey
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen
from shelf import tables
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from shelf.reasons import Reason, Refusal

_CENT = Decimal("0.01")
_TOO_MUCH = Decimal(10) ** 10  # numeric(12, 2) holds less
_MOST_PIECES = 1_000_000


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """``line`` as an editor counts it; ``raw`` is the row as it stands in the file, as text."""

    line: int
    reason: Reason
    raw: dict[str, str]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the file does not say: the zone of its times, the currency, the country of phones without a code."""

    zone: ZoneInfo
    currency: str
    country: str = ""


def read_orders(
    file: bytes | BinaryIO | Path, defaults: Defaults, now: datetime, limits: tables.Limits = tables.DEFAULT
) -> Iterator[OrderSeen | RefusedRow]:
    """Orders in the order of their last rows, and every row that cannot be used, with its reason.

    Raises ``tables.BadTable`` at once when the file as a whole is no table of orders.
    """
    found = OrderFile.opened(file, defaults, now, limits)
    return chain.from_iterable(orders for _part, orders in found.parts(500))


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file of orders that is walked, never held. ``orders``: how many it seems to have, refused ones included.

    An order whose rows do not stand together (``scattered``) is kept back until its last row has been seen.
    """

    table: tables.Table
    head: Head
    reader: "_Reader"
    scattered: Mapping[str, int]  # number → rows
    orders: int

    @classmethod
    def opened(
        cls,
        file: bytes | BinaryIO | Path,
        defaults: Defaults,
        now: datetime,
        limits: tables.Limits = tables.DEFAULT,
    ) -> "OrderFile":
        table = tables.read_table(file, limits)
        head = Head(table.columns, _columns(table.columns))
        mark: _Mark = "," if table.separator == ";" else ""
        scattered, orders = survey(table, head)
        return cls(table, head, _Reader(defaults, now, mark), scattered, orders)

    def parts(
        self, size: int, wanted: Callable[[int], bool] = lambda part: True
    ) -> Iterator[tuple[int, list[OrderSeen | RefusedRow]]]:
        """(part's number, its orders and refused rows); the rows of an unwanted part are passed over unread.

        The same file always falls into the same parts, whoever walks it.
        """
        groups = self._groups()
        for part in count():
            rows = list(islice(groups, size))
            if not rows:
                return
            if wanted(part):
                yield part, [one for group in rows for one in self._read(group)]

    def _groups(self) -> Iterator[list[Row]]:
        """Rows of one order each; a row without a number stands alone."""
        kept: dict[str, list[Row]] = {}
        group: list[Row] = []
        number = ""
        for line, cells in self.table.records():
            row = Row(line, cells, self.head)
            own = row.text("number", 60)
            if group and own != number:
                yield group
                group = []
            number = own
            if own in self.scattered:
                kept.setdefault(own, []).append(row)
                if len(kept[own]) == self.scattered[own]:
                    yield kept.pop(own)
            elif own:
                group.append(row)
            else:
                yield [row]
        if group:
            yield group

    def _read(self, rows: list[Row]) -> Iterator[OrderSeen | RefusedRow]:
        number = rows[0].text("number", 60)
        if not number:
            yield RefusedRow(rows[0].line, Reason(_("The order number is missing.")), rows[0].raw)
            return
        try:
            yield self.reader.order(number, rows)
        except _BadRow as bad:
            yield from _refused(bad, rows)


_Mark = Literal[",", ".", ""]


class _BadRow(Refusal):
    def __init__(self, row: Row, text: str, **values):
        super().__init__(text, **values)
        self.row = row


def _columns(headings: Sequence[str]) -> dict[str, str]:
    """{our name: the heading in the file}; of two headings for one thing the first counts."""
    spelled = {words.plain(heading): heading for heading in reversed(headings) if heading}
    found = {name: spelled[word] for name, known in words.BY_NAME.items() for word in known if word in spelled}
    if "number" not in found and "lineitem name" in spelled and "name" in spelled:
        found["number"] = spelled["name"]  # Shopify's export calls the order's number its name
        found["name"] = spelled.get("billing name", "")
    missing = [name for name in words.NEEDED if name not in found]
    if missing:
        raise tables.BadTable(
            _("The column “%(column)s” is missing. The file has: %(found)s."),
            column=missing[0],
            found=", ".join(filter(None, headings))[:300],
        )
    return found


def _refused(bad: _BadRow, rows: Sequence[Row]) -> Iterator[RefusedRow]:
    neighbour = Reason(_("Row %(line)s of the same order cannot be used."), {"line": bad.row.line})
    for row in rows:
        yield RefusedRow(row.line, bad.reason if row.line == bad.row.line else neighbour, row.raw)


@dataclass(frozen=True, slots=True)
class _Reader:
    defaults: Defaults
    now: datetime
    mark: _Mark

    def order(self, number: str, rows: Sequence[Row]) -> OrderSeen:
        for row in rows:
            if row.has_surplus:
                raise _BadRow(row, _("The row has more cells than the heading. Put values with a separator in quotes."))
        order = _merged(rows)
        placed_at = self.moment(order)
        lines, stated = self.lines(rows, order)
        subtotal = sum((line.total for line in lines), Decimal(0))
        shipping = self.amount(order, "shipping") or Decimal(0)
        discount = abs(self.amount(order, "discount") or Decimal(0))
        total = subtotal + shipping - discount if stated is None else stated
        if max(abs(total), abs(subtotal)) >= _TOO_MUCH:
            raise _BadRow(order, _("“%(value)s” is too large."), value=str(max(abs(total), abs(subtotal)))[:60])
        status = words.plain(order.text("status"))
        first_name, last_name = _person(order)
        email, phone = self.contact(order)
        return OrderSeen(
            external_id=order.text("id", 100) or number,
            number=number,
            currency=self.currency(order),
            total=total,
            placed_at=placed_at,
            updated_at=placed_at,
            lines=lines,
            subtotal=subtotal,
            shipping=shipping,
            discount=discount,
            discount_codes=tuple(order.text("discount_code").replace(",", " ").split()),
            financial=words.FINANCIAL.get(status, ""),
            paid_at=placed_at if words.FINANCIAL.get(status) == "paid" else None,
            cancelled_at=placed_at if status in words.CANCELLED else None,
            first_name=first_name,
            last_name=last_name,
            email=email,
            phone=phone,
            language=words.LANGUAGES.get(words.plain(order.text("language")).partition(" ")[0], ""),
            address=_address(order),
        )

    def moment(self, order: Row) -> datetime:
        if not order.text("date"):
            raise _BadRow(order, _("The date is missing."))
        try:
            placed_at = tables.read_datetime(order.cell("date"), self.defaults.zone)
        except tables.BadValue as bad:
            raise _BadRow(order, bad.reason.text, **bad.reason.values) from None
        if placed_at > self.now + timedelta(days=1):
            raise _BadRow(order, _("The date %(date)s lies in the future."), date=order.text("date"))
        return placed_at

    def currency(self, order: Row) -> str:
        written = order.text("currency")
        code = words.CURRENCIES.get(words.plain(written), written.upper()) or self.defaults.currency
        if code not in CURRENCIES:
            raise _BadRow(order, _("“%(value)s” is no currency. Write a code such as UAH, RUB or EUR."), value=written)
        return code

    def contact(self, order: Row) -> tuple[str, str]:
        """E-mail and phone. A bad e-mail is a slip to correct; a bad phone matters only if there is nothing else."""
        written, phone = order.text("email"), order.text("phone", 60)
        email = normalise_email(written)
        if written and not email:
            raise _BadRow(order, _("“%(value)s” is no e-mail address."), value=written[:60])
        known = normalise_phone(phone, order.text("country") or self.defaults.country)
        if not email and not known:
            if phone:
                raise _BadRow(order, _("“%(value)s” is no telephone number, and there is no e-mail."), value=phone)
            raise _BadRow(order, _("There is neither an e-mail address nor a telephone number."))
        return email or "", known or phone

    # --- Lines and sums ---------------------------------------------------------------------------------------

    def lines(self, rows: Sequence[Row], order: Row) -> tuple[tuple[LineSeen, ...], Decimal | None]:
        """The lines, and the order's total if the file states it."""
        stated = self.amount(order, "order_total")
        totals = [self.amount(row, "line_total") for row in rows]
        found = [self.amount(row, "total") for row in rows]
        if self.are_of_lines(found, rows):
            totals = [own if own is not None else other for own, other in zip(totals, found, strict=True)]
        elif stated is None:
            stated = next((total for total in found if total is not None), None)
        if len(rows) == 1 and stated is not None and totals == [None] and self.amount(rows[0], "price") is None:
            extra = (self.amount(order, "shipping") or Decimal(0)) - abs(self.amount(order, "discount") or Decimal(0))
            totals = [stated - extra]
        pairs = enumerate(zip(rows, totals, strict=True), start=1)
        return tuple(self.line(place, row, total) for place, (row, total) in pairs), stated

    def are_of_lines(self, totals: Sequence[Decimal | None], rows: Sequence[Row]) -> bool:
        """Does the column "total" speak of the lines? Of the order otherwise, and then it may say one thing only."""
        different = {total for total in totals if total is not None}
        products = [self.product(row) for row in rows]
        if len(rows) > 1 and None not in totals:
            pairs = [(total, product) for total, product in zip(totals, products, strict=True) if product is not None]
            fitting = all(total is not None and total <= product for total, product in pairs)
            if list(totals) == products or (len(different) > 1 and fitting):
                return True
        if len(different) > 1:
            raise _BadRow(
                rows[-1], _("The rows of order %(number)s disagree about its total."), number=rows[0].text("number")
            )
        return False

    def line(self, place: int, row: Row, total: Decimal | None) -> LineSeen:
        title = row.text("product")
        if not title:
            raise _BadRow(row, _("The product is missing."))
        quantity, price = self.quantity(row), self.amount(row, "price")
        if price is not None:
            total = price * quantity if total is None else total
        elif total is not None:
            price = (total / Decimal(quantity)).quantize(_CENT, ROUND_HALF_UP)
        else:
            raise _BadRow(row, _("The price is missing."))
        if abs(total) >= _TOO_MUCH:
            raise _BadRow(row, _("“%(value)s” is too large."), value=str(total)[:60])
        return LineSeen(
            external_id=str(place),
            title=title,
            quantity=quantity,
            price=price,
            total=total,
            sku=row.text("sku", 100),
        )

    def product(self, row: Row) -> Decimal | None:
        price = self.amount(row, "price")
        return None if price is None else price * self.quantity(row)

    def quantity(self, row: Row) -> int:
        written = row.text("quantity")
        if not written:
            return 1
        pieces = self._decimal(row, "quantity")
        if pieces != pieces.to_integral_value() or not 1 <= pieces <= _MOST_PIECES:
            raise _BadRow(row, _("“%(value)s” is no quantity: a whole number from 1 is expected."), value=written[:60])
        return int(pieces)

    def amount(self, row: Row, name: str) -> Decimal | None:
        if not row.text(name):
            return None
        found = self._decimal(row, name)
        if abs(found) >= _TOO_MUCH:
            raise _BadRow(row, _("“%(value)s” is too large."), value=row.text(name)[:60])
        return found

    def _decimal(self, row: Row, name: str) -> Decimal:
        try:
            return tables.read_decimal(row.cell(name), self.mark)
        except tables.BadValue as bad:
            raise _BadRow(row, bad.reason.text, **bad.reason.values) from None


def _merged(rows: Sequence[Row]) -> Row:
    """What concerns the whole order, from whichever row says it. It reports as the first row."""
    first = rows[0]
    if len(rows) == 1:
        return first
    cells = first.cells + [""] * (len(first.head.headings) - len(first.cells))
    for row in rows[1:]:
        for name, place in first.head.whole:
            cell = row.cells[place] if place < len(row.cells) else ""
            if cell in ("", cells[place]) or not (text := row.text(name)):
                continue
            said = Row(first.line, cells, first.head).text(name)
            if said and said.casefold() != text.casefold():
                raise _BadRow(
                    row,
                    _("The rows of order %(number)s disagree: “%(first)s” and “%(second)s”."),
                    number=row.text("number"),
                    first=said[:60],
                    second=text[:60],
                )
            if not said:
                cells[place] = cell
    return Row(first.line, cells, first.head)


def _person(order: Row) -> tuple[str, str]:
    """First and last name. Of three words with a patronymic the surname is the one at the other end."""
    first, last, full = order.text("first_name", 120), order.text("last_name", 120), order.text("name").split()
    if first or last or not full:
        return first or " ".join(full), last
    if len(full) == 3 and words.PATRONYMIC.fullmatch(full[2]):
        return full[1], full[0]
    if len(full) == 3 and words.PATRONYMIC.fullmatch(full[1]):
        return full[0], full[2]
    return full[0], " ".join(full[1:])


def _address(order: Row) -> AddressSeen:
    country = order.text("country").upper()
    city, street, postcode = order.text("city"), order.text("address"), order.text("postcode", 20)
    code = country if len(country) == 2 and country.isascii() and country.isalpha() else ""
    if not (city or street or postcode):
        return AddressSeen(country=code)
    return AddressSeen(name=order.text("name"), line1=street, city=city, postcode=postcode, country=code)
