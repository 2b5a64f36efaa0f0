"""What journeys, segments and their files hold of people."""

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from campaigns.models import Enrolment
from customers.holdings import ERASED, Holding, People

PATH = _("Which journey was walked and how far: counted, without the person.")


def underway(people: People) -> Q:
    return Q(customer__in=people.ids, state=Enrolment.State.ACTIVE)


HOLDINGS = (
    # Lists of people with their addresses: who still needs one lets it be made again.
    Holding("campaigns.ExportPart", lambda people: Q(), goes=True, tells=False),
    Holding("campaigns.Crossing", "customer", goes=True),
    Holding("campaigns.SegmentMember", "customer", goes=True),
    Holding("campaigns.StepTaken", "enrolment__customer", why=PATH),
    Holding(
        "campaigns.Enrolment",
        underway,
        empties={"state": "exited", "wake_at": None, "listens": [], "reason": ERASED, "reason_values": {}},
        tells=False,
    ),
    Holding("campaigns.Enrolment", "customer", why=PATH, hides=("entry_key",)),
)
