"""What the engine room lends to home and to the timeline."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from events import polls
from events.models import Receipt
from staff import display, trouble
from staff.home import Tile
from staff.lists import CAP
from staff.timeline import Entry

RECEIPT_TONES = {"parked": "wait", "dead": "bad"}


def tiles(now: datetime) -> list[Tile]:
    """What waits for a person. No tile, no trouble."""
    receipts = trouble.parked_receipts()[: CAP + 1].count()
    owed = trouble.parked_reactions()[: CAP + 1].count()
    waiting = trouble.unanswered_events(now)[: CAP + 1].count()
    silent = trouble.stale_clocks(now)
    unasked = polls.in_trouble().count()
    found = [
        (receipts, _("Receipts in trouble"), "events_receipt", "?trouble=yes", _("could not be read"), "wait"),
        (owed, _("Reactions owed"), "events_owedreaction", "", _("failed and will be tried again"), "bad"),
        (waiting, _("Facts without an answer"), "events_event", "?handled=no", _("is a worker running?"), "bad"),
        (
            unasked,
            _("Sources not reached"),
            "events_connection",
            "",
            _("their key is refused, or they are away"),
            "bad",
        ),
        (len(silent), _("Silent clocks"), "events_heartbeat", "", ", ".join(silent), "bad"),
    ]
    return [
        Tile(
            title,
            display.capped(count, CAP),
            reverse(f"admin:{page}_changelist") + query,
            note,
            None,
            tone,
            "trouble",
            f"events.view_{page.partition('_')[2]}",
        )
        for count, title, page, query, note, tone in found
        if count
    ]


def timeline(customer_id: int, limit: int) -> list[Entry]:
    """Deliveries about this customer."""
    rows = Receipt.objects.filter(customer_id=customer_id).defer("body").select_related("connection")
    return [
        Entry(
            receipt.received_at,
            _("Received from %(source)s: %(topic)s") % {"source": receipt.connection, "topic": receipt.topic or "–"},
            "inbox",
            RECEIPT_TONES.get(receipt.state, "plain"),
            receipt.why,
            display.page_of("receipt", receipt.pk),
            "receipt",
        )
        for receipt in rows.order_by("-received_at")[:limit]
    ]
