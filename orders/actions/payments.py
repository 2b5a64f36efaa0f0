"""What is said of money, by the batch: heard in any order, the rows, the sums and the facts end alike."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from events.facts import Fact, Recorded
from orders.actions.settling import settle
from orders.events import OrderPaid, PaymentFailed, PaymentReceived, RefundRecorded
from orders.models import Order, Payment
from orders.page_blocks import money_of, moving_parts, write_fields
from orders.stores.seen import PaymentSeen
from shelf.rows import insert_rows, update_rows

# Money that moved longer ago than this and is told of only now is history: shown, and nobody is mailed about it.
NEWS = timedelta(days=7)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)  # clocks of shops differ; a payment of the year 3609 is a slip

STATES = ("pending", "failed", "paid", "cancelled")  # of two words with one date the further state counts
WORDS = (
    "kind", "state", "amount", "currency", "method", "reason", "at", "dated_wrongly", "sums", "lines", "doubt",
    "reason_values",
)  # fmt: skip
SUMS = ("paid", "due", "refunded", "cash_state", "paid_at")


@dataclass(slots=True)
class Book:
    """One order's payments on their way through an action."""

    order: Order
    was_paid_at: datetime | None
    rows: dict[tuple[str, str], Payment] = field(default_factory=dict)
    stored: dict[int, list] = field(default_factory=dict)  # by key: the rows' words as the database has them
    told: list[tuple[Payment, str, datetime]] = field(default_factory=list)  # (row, state that a word gave it, when)
    said_paid_at: datetime | None = None  # since when any version of the order says so

    @property
    def is_news(self) -> bool:
        return bool(self.told) or self.order.paid_at != self.was_paid_at

    def settle(self) -> None:
        settle(self.order, list(self.rows.values()))
        self.order.paid_at = min(filter(None, (self.order.paid_at, self.said_paid_at)), default=None)

    def hear_paid(self, at: datetime) -> None:
        """A version of the order says that it is paid: an older one that comes late knows better since when."""
        self.said_paid_at = min(self.said_paid_at or at, at)


def open_books(orders: Mapping[str, Order]) -> dict[str, Book]:
    """By the same keys: one query for any number of orders, none for new ones."""
    books = {key: Book(order, order.paid_at) for key, order in orders.items()}
    by_order = {book.order.pk: book for book in books.values() if book.order.pk}
    if by_order:
        for row in Payment.objects.filter(order__in=list(by_order)).order_by("pk"):
            book = by_order[row.order_id]
            book.rows[row.source, row.external_id] = row
            book.stored[row.pk] = _words_of(row)
    return books


def _words_of(row: Payment) -> list:
    return [getattr(row, name) for name in WORDS]


def hear(book: Book, words: Iterable[PaymentSeen], now: datetime, source: str = Payment.Source.SHOP) -> None:
    """Take in what was said; an older word never overwrites a newer one, and a repeated one changes nothing."""
    for word in words:
        said = _as_row(book.order, word, source, now)
        known = book.rows.get((source, said.external_id))
        if known is None:
            book.rows[source, said.external_id] = known = said
        else:
            if word.undated:
                said.at = known.at = min(known.at, said.at)
            sums = sorted({*known.sums, *said.sums}, key=lambda text: (len(text), text))
            if _version(said) > _version(known):
                said.pk, said.created_at = known.pk, known.created_at
                book.told = [(said if row is known else row, state, at) for row, state, at in book.told]
                book.rows[source, said.external_id] = known = said
            known.sums = sums
        book.told.append((known, word.state, said.at))


def retell(book: Book, word: PaymentSeen, now: datetime, source: str) -> None:
    """Take in a word that says how things stand now, whatever was said before."""
    said = _as_row(book.order, word, source, now)
    known = book.rows.get((source, said.external_id))
    if known is not None and _stands(known) == _stands(said):
        return
    if known is not None:
        said.pk, said.created_at = known.pk, known.created_at
    book.rows[source, said.external_id] = said
    book.told.append((said, word.state, said.at))


def _stands(row: Payment) -> tuple:
    return row.state, row.amount, row.reason


def _as_row(order: Order, word: PaymentSeen, source: str, now: datetime) -> Payment:
    believable = EARLIEST <= word.at <= now + FUTURE
    amount = abs(word.amount)
    return Payment(
        order=order,
        source=source,
        external_id=word.external_id[:100],
        kind=word.kind,
        state=word.state,
        amount=amount,
        currency=word.currency[:3],
        method=word.method[:200],
        reason=word.reason[:300],
        at=word.at if believable else now,
        dated_wrongly="" if believable else _day(word.at),
        sums=[f"{amount:.2f}"],
        lines=[list(line) for line in word.lines],
        created_at=now,
    )


def _day(at: datetime) -> str:
    return date(at.year, at.month, at.day).isoformat()


def _version(row: Payment) -> tuple:
    """What makes one word newer than another; the last parts only settle which of two equals stays.

    Money that came has come: what is called off later goes back as a refund, which is a payment of its own. Otherwise
    it would hang on the order of two messages whether the order was ever paid.
    """
    dated = (1, row.at) if not row.dated_wrongly else (0, EARLIEST)
    rest = (row.dated_wrongly, row.kind, row.currency, row.method, row.reason, str(row.lines))
    return row.state == Payment.State.PAID, *dated, STATES.index(row.state), row.amount, *rest


def write_books(books: Collection[Book]) -> None:
    """Two statements at most; the orders are the caller's to write, before this."""
    fresh: list[Payment] = []
    changed: list[Payment] = []
    for book in books:
        for row in book.rows.values():
            row.order_id = book.order.pk  # a new order got its key only now
            if row.pk is None:
                fresh.append(row)
            elif book.stored[row.pk] != _words_of(row):
                changed.append(row)
    insert_rows(fresh)
    update_rows(changed, WORDS)


def facts_of(book: Book, now: datetime, history: bool) -> list[Recorded]:
    """What these words are news of, each once for ever. What a newer word has overtaken is recorded as history."""
    found = []
    for row, state, at in book.told:
        news = _news(row, state)
        if news:
            overtaken = _news(row, row.state) is not news
            quiet = history or overtaken or now - at > NEWS
            fact = _fact(news, row, row.currency or book.order.currency)
            found.append(_recorded(fact, book.order, at, f"{news.kind}:{row.pk}", quiet))
    return found


News = type[PaymentReceived] | type[PaymentFailed] | type[RefundRecorded]


def _news(row: Payment, state: str) -> News | None:
    if row.kind == Payment.Kind.REFUND:
        return RefundRecorded if state in ("pending", "paid") else None
    return PaymentReceived if state == "paid" else PaymentFailed if state == "failed" else None


def _fact(news: News, row: Payment, currency: str) -> Fact:
    if news is RefundRecorded:
        return RefundRecorded(row.pk, row.amount, currency)
    return news(row.pk, row.amount, currency, row.kind == Payment.Kind.ON_DELIVERY)  # type: ignore[call-arg]


def fully_paid(book: Book, history: bool) -> list[Recorded]:
    """OrderPaid, when these words made the order paid; for orders whose own version did not come along."""
    order = book.order
    if not order.paid_at or book.was_paid_at or order.placeholder:
        return []
    fact = OrderPaid(order.number, order.currency, order.total)
    return [_recorded(fact, order, order.paid_at, f"order.paid:{order.pk}", history)]


def _recorded(fact: Fact, order: Order, at: datetime, key: str, quiet: bool) -> Recorded:
    return Recorded(fact, ("order", order.pk), order.customer_id, at, key, quiet)


def write_sums(books: Iterable[Book], now: datetime) -> None:
    """The sums of orders of which only the money changed, and what their pages say of it."""
    heard = [book for book in books if book.is_news]
    for book in heard:
        book.order.updated_at = now
    update_rows([book.order for book in heard], [*SUMS, "stage", "updated_at"])
    write_fields({b.order.pk: {**moving_parts(b.order), "money": money_of(b.order, b.rows.values())} for b in heard})


def https_only(url: str) -> str:
    """A link that a customer may be sent to with money in hand; "" when it is none."""
    if not url.isprintable() or " " in url or len(url) > 500:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme == "https" and parts.hostname and not parts.username else ""
