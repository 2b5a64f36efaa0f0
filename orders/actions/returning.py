"""A return or a warranty claim from the customer's wish to its end. Every step looks again, under the order's lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers.actions import close_matters, open_matters
from events.facts import Fact, Recorded, record_all
from orders.actions.contacts import OrderRefused
from orders.actions.return_rules import chances
from orders.actions.self_service import CANCELLED, NO_WORDS, NOT_OFFERED, Asker, cleaned, hold_order, policy_of
from orders.events import (
    ReturnApproved,
    ReturnCancelled,
    ReturnLabelled,
    ReturnReceived,
    ReturnRefused,
    ReturnRequested,
    ReturnSettled,
    ReturnShipped,
)
from orders.models import Order, OrderPage, Return, ReturnFile, ReturnLine, SelfServicePolicy, Way
from orders.page_blocks import write_blocks
from shelf.reasons import Reason, say
from staff.models import User

State, Kind, Wish = Return.State, Return.Kind, Return.Wish
MATTER = "return"
MOST_PHOTOS = 4
MOST_LABEL_BYTES = 2 * 2**20
OPEN_AT_ONCE = 5  # open returns of one order: whoever wants more writes to us

NOTHING_CHOSEN = _("Please choose what you want to return.")
NOT_OF_THIS = _("This order does not hold what was chosen. Please open the page again.")
TOO_MANY = _("“%(title)s”: you can return %(most)s, not %(wanted)s.")
AGAINST = _("“%(title)s” cannot be returned. %(why)s")
NO_REASON = _("Please choose a reason.")
NO_WISH = _("Please choose what you would like instead.")
SO_MANY_PHOTOS = _("At most %(most)s photos, please.")
SO_MANY_OPEN = _("There are several open returns for this order already. Please write to us.")
NOT_NOW = _("This return is in another state now: %(state)s. Please look again.")
NO_LABEL = _("A label is a PDF, PNG or JPEG of at most 2 MB, or the address of a page that begins with https://.")
NO_NUMBER = _("Please give the number of the parcel.")
CAME_BY_IT = _("%(number)s is the parcel that came to you. Please give the number of the one that goes back.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed. ``pieces``: {order line's id: how many}; ``photos``: JPEGs that the limited child made."""

    pieces: Mapping[int, int]
    reason: str
    wish: str = Wish.REFUND
    kind: str = Kind.RETURN
    words: str = ""
    photos: Sequence[bytes] = field(default=())


def wishes_of(policy: SelfServicePolicy, kind: str) -> list[str]:
    if kind == Kind.WARRANTY:
        return [Wish.REPAIR, Wish.EXCHANGE, Wish.REFUND]
    more = [(policy.gives_exchange, Wish.EXCHANGE), (policy.gives_credit, Wish.CREDIT)]
    return [Wish.REFUND, *(wish for given, wish in more if given)]


@transaction.atomic
def request_return(asker: Asker, asked: Asked, now: datetime) -> Return:
    """Raises OrderRefused; nothing has changed then."""
    order = hold_order(asker)
    policy = policy_of(order.store_id)
    lines = _read_lines(order, asked, policy, now)
    made = Return.objects.create(
        order=order, kind=asked.kind, wish=asked.wish, reason=asked.reason, words=cleaned(asked.words), requested_at=now
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(returned=made, line=line, title=line.title, sku=line.sku, quantity=n) for line, n in lines
    )
    ReturnFile.objects.bulk_create(
        ReturnFile(returned=made, kind=ReturnFile.Kind.PHOTO, media_type="image/jpeg", data=photo, created_at=now)
        for photo in asked.photos
    )
    if order.customer_id:
        open_matters(MATTER, {(MATTER, made.pk): order.customer_id}, now)
    pieces = sum(n for _line, n in lines)
    _tell(made, ReturnRequested(order.pk, made.kind, made.wish, made.reason, pieces), now)
    if policy.returns == Way.AUTOMATIC and made.kind == Kind.RETURN:
        made.state, made.decided_at = State.APPROVED, now
        made.save(update_fields=["state", "decided_at"])
        _tell(made, ReturnApproved(order.pk, made.kind, True), now)
    draw_returns([order.pk])
    return made


def _read_lines(order: Order, asked: Asked, policy: SelfServicePolicy, now: datetime) -> list:
    """(line, pieces) of what may come back; raises OrderRefused with the first thing that may not."""
    if policy.returns == Way.OFF or asked.kind not in Kind.values:
        raise OrderRefused(NOT_OFFERED)
    if asked.kind == Kind.WARRANTY and not policy.warranty_months:
        raise OrderRefused(NOT_OFFERED)
    if order.cancelled_at and not order.dispatched_at:  # what left all the same may come back
        raise OrderRefused(CANCELLED)
    wanted = {pk: n for pk, n in asked.pieces.items() if n}
    if not wanted:
        raise OrderRefused(NOTHING_CHOSEN)
    if asked.reason not in Return.Reason.values:
        raise OrderRefused(NO_REASON)
    if asked.wish not in wishes_of(policy, asked.kind):
        raise OrderRefused(NO_WISH)
    if len(asked.photos) > MOST_PHOTOS:
        raise OrderRefused(SO_MANY_PHOTOS, most=MOST_PHOTOS)
    if Return.objects.filter(order=order, state__in=Return.OPEN).count() >= OPEN_AT_ONCE:
        raise OrderRefused(SO_MANY_OPEN)
    known = {chance.line.pk: chance for chance in chances(order, asked.kind, now, policy)}
    if not wanted.keys() <= known.keys() or min(wanted.values()) < 0:
        raise OrderRefused(NOT_OF_THIS)
    for pk, n in wanted.items():
        chance = known[pk]
        if chance.against:
            raise _against(chance.line.title, chance.against)
        if n > chance.most:
            raise OrderRefused(TOO_MANY, title=chance.line.title, most=chance.most, wanted=n)
    return [(known[pk].line, n) for pk, n in sorted(wanted.items())]


def _against(title: str, why: Reason) -> OrderRefused:
    return OrderRefused(AGAINST, title=title, why=say(why.text, why.values))


# --- Steps ------------------------------------------------------------------------------------------------------------


def _hold_return(return_id: int, *states: str, asker: Asker | None = None) -> Return:
    """The return under its order's lock, in one of these states; of whoever asks, if a customer does."""
    order_id, version = Return.objects.values_list("order", "order__link_version").get(pk=return_id)
    if asker and asker.order_id != order_id:
        raise OrderRefused(NOT_OF_THIS)
    order = hold_order(asker or Asker(order_id, version))
    found = Return.objects.get(pk=return_id)
    found.order = order
    if found.state not in states:
        raise OrderRefused(NOT_NOW, state=str(found.get_state_display()))
    return found


def take_step(found: Return, state: str, fact: Fact, now: datetime, by: User | None = None) -> Return:
    """The caller holds the order's lock."""
    found.state = state
    found.save()
    _tell(found, fact, now, by)
    if not found.is_open:
        close_matters(MATTER, [(MATTER, found.pk)], now)
    draw_returns([found.order_id])
    return found


@transaction.atomic
def approve_return(return_id: int, by: User | None, now: datetime) -> Return:
    found = _hold_return(return_id, State.REQUESTED)
    found.decided_at, found.decided_by = now, by
    return take_step(found, State.APPROVED, ReturnApproved(found.order_id, found.kind, False), now, by)


@transaction.atomic
def refuse_return(return_id: int, why: str, by: User | None, now: datetime) -> Return:
    """With a sentence that the customer reads. What arrived in a state that cannot be taken may be refused as well."""
    found = _hold_return(return_id, State.REQUESTED, State.RECEIVED)
    if not cleaned(why):
        raise OrderRefused(NO_WORDS)
    found.refusal, found.decided_at, found.decided_by, found.settled_at = cleaned(why), now, by, now
    return take_step(found, State.REFUSED, ReturnRefused(found.order_id, found.kind), now, by)


@dataclass(frozen=True, slots=True)
class Label:
    """A file, or the address of one at the carrier; with the waybill's number where it is known."""

    data: bytes = b""
    url: str = ""
    carrier: str = ""
    number: str = ""

    @property
    def media_type(self) -> str:
        starts = {b"%PDF-": "application/pdf", b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
        return next((kind for start, kind in starts.items() if self.data.startswith(start)), "")


@transaction.atomic
def send_label(return_id: int, label: Label, by: User | None, now: datetime) -> Return:
    found = _hold_return(return_id, State.APPROVED, State.LABELLED)
    is_file = bool(label.data) and len(label.data) <= MOST_LABEL_BYTES and bool(label.media_type)
    _refuse_same_parcel(found, label.number)
    if not is_file and not (label.url.startswith("https://") and len(label.url) <= 500 and not label.data):
        raise OrderRefused(NO_LABEL)
    found.label_url, found.labelled_at = label.url, now
    found.carrier, found.number = label.carrier.strip()[:60], label.number.strip()[:100]
    ReturnFile.objects.filter(returned=found, kind=ReturnFile.Kind.LABEL).delete()
    if is_file:
        kind = ReturnFile.Kind.LABEL
        ReturnFile.objects.create(
            returned=found, kind=kind, media_type=label.media_type, data=label.data, created_at=now
        )
    return take_step(found, State.LABELLED, ReturnLabelled(found.order_id), now, by)


@transaction.atomic
def note_sent_back(return_id: int, carrier: str, number: str, now: datetime, asker: Asker | None = None) -> Return:
    """The customer (or an agent) says by which parcel the goods come back."""
    found = _hold_return(return_id, State.APPROVED, State.LABELLED, asker=asker)
    number = "".join(number.replace("\0", "").split())[:100] or found.number
    if not number:
        raise OrderRefused(NO_NUMBER)
    _refuse_same_parcel(found, number)
    found.carrier, found.number = carrier.replace("\0", "").strip()[:60] or found.carrier, number
    found.shipped_at = now
    return take_step(found, State.SHIPPED, ReturnShipped(found.order_id, found.carrier, number), now)


def _refuse_same_parcel(found: Return, number: str) -> None:
    """Carriers give a way back a number of its own; with that of the way there its scans would be taken for both."""
    blocks = OrderPage.objects.filter(order=found.order_id).values_list("blocks", flat=True).first() or {}
    if number and _bare(number) in {_bare(parcel.get("number") or "") for parcel in blocks.get("parcels", ())}:
        raise OrderRefused(CAME_BY_IT, number=number)


def _bare(number: str) -> str:
    return "".join(filter(str.isalnum, number)).upper()


@transaction.atomic
def receive_return(return_id: int, by: User | None, now: datetime) -> Return:
    found = _hold_return(return_id, State.APPROVED, State.LABELLED, State.SHIPPED)
    found.received_at = now
    return take_step(found, State.RECEIVED, ReturnReceived(found.order_id), now, by)


@transaction.atomic
def settle_return(return_id: int, by: User | None, now: datetime, amount: Decimal | None = None) -> Return:
    """It ends as it was wished. A shop may be generous: goods that are not worth the way back need not be received."""
    found = _hold_return(return_id, State.APPROVED, State.LABELLED, State.SHIPPED, State.RECEIVED)
    return _settle(found, by, now, amount)


def _settle(found: Return, by: User | None, now: datetime, amount: Decimal | None) -> Return:
    how = Return.ENDS[Wish(found.wish)]
    found.settled_at, found.refunded = now, amount if how == State.REFUNDED else None
    return take_step(found, how, ReturnSettled(found.order_id, how), now, by)


@transaction.atomic
def cancel_return(return_id: int, asker: Asker, now: datetime) -> Return:
    """The customer keeps it after all, while nothing is on its way."""
    found = _hold_return(return_id, State.REQUESTED, State.APPROVED, State.LABELLED, asker=asker)
    found.settled_at = now
    return take_step(found, State.CANCELLED, ReturnCancelled(found.order_id), now)


@transaction.atomic
def note_refunds(refunds: Mapping[int, Decimal], now: datetime) -> int:
    """Money went back ({order id: how much}): the return of that order that waits for it is settled; how many were.

    One whose goods arrived goes first, then the oldest. An order with no such return is none of our business.
    """
    waiting = Return.objects.filter(order__in=list(refunds), wish=Wish.REFUND, state__in=Return.OPEN[1:])
    first: dict[int, Return] = {}
    for one in sorted(waiting, key=lambda one: (one.state != State.RECEIVED, one.pk)):
        first.setdefault(one.order_id, one)
    for order_id in sorted(first):
        found = _hold_return(first[order_id].pk, *Return.OPEN[1:])
        _settle(found, None, now, refunds[order_id])
    return len(first)


# --- What follows -----------------------------------------------------------------------------------------------------


def _tell(found: Return, fact: Fact, now: datetime, by: User | None = None) -> None:
    key = None if isinstance(fact, ReturnLabelled) else f"{fact.kind}:{found.pk}"  # a label may be sent anew
    subject, by_id = (MATTER, found.pk), by.pk if by else None
    record_all([Recorded(fact, subject, found.order.customer_id, now, key, created_by_id=by_id)])


TONES = {
    **dict.fromkeys(map(str, Return.SETTLED), "good"),
    "requested": "wait",
    "refused": "bad",
    "cancelled": "plain",
}


def draw_returns(order_ids: Iterable[int]) -> None:
    """The block of these orders' pages: each return with its state, the newest first. One query."""
    drawn: dict[int, list] = {pk: [] for pk in order_ids}
    for one in Return.objects.filter(order__in=drawn).order_by("-pk"):
        drawn[one.order_id].append(
            {"id": one.pk, "kind": one.kind, "state": one.state, "tone": TONES.get(one.state, "now")}
        )
    write_blocks("returns", drawn)
