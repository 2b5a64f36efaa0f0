"""What letters and the mailbox hold of people."""

from collections.abc import Callable

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from customers.holdings import ERASED, Holding, People, by_address
from messaging.models import Message

SENT = _("That a message went, when and why: not to whom, and not its words.")
LEAVING = _("A message to this person is just being sent. Try again in a minute.")
BLOCKED = _("An address that refused mail: nothing goes there again.")


def written(people: People) -> Q:
    """To them, or to an address of theirs: a second recipient's letters are about somebody else's order."""
    return Q(customer__in=people.ids) | Q(address__in=people.addresses)


def about_written(column: str) -> Callable[[People], Q]:
    return lambda people: Q(**{f"{column}__in": Message.objects.filter(written(people)).values("pk")})


def planned(people: People) -> Q:
    return written(people) & Q(state=Message.State.READY)


def leaving(people: People) -> Q:
    return written(people) & Q(state=Message.State.SENDING)


HOLDINGS = (
    Holding("messaging.MessageBody", about_written("message"), goes=True),
    Holding("messaging.News", about_written("message"), empties={"address": "", "detail": ""}, hides=("key",)),
    Holding(
        "messaging.InboundMail",
        lambda people: Q(customer__in=people.ids) | Q(from_email__in=people.addresses),
        empties={"raw": b"", "from_email": "", "to_email": "", "subject": "", "text": ""},
        hides=("key",),
    ),
    Holding("messaging.LocalMail", by_address("to"), goes=True),
    Holding("messaging.Turns", "customer", stays=("taken",), why=SENT),
    Holding("messaging.Message", leaving, holds_up=LEAVING, tells=False),
    Holding(
        "messaging.Message",
        planned,
        empties={"state": "cancelled", "reason": ERASED, "reason_values": {}, "settled_at": Now()},
        tells=False,
    ),
    Holding("messaging.Message", written, empties={"address": "", "subject": ""}, why=SENT, hides=("key",)),
    Holding("messaging.Suppression", by_address("address"), stays=("address",), why=BLOCKED),
)
