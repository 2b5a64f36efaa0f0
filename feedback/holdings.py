"""What reviews and surveys hold of people."""

from django.db.models import F
from django.utils.translation import gettext_noop as _

from customers.holdings import Holding

OPINION = _("The opinion stays without the name; its author may delete it by the link in the mail.")
CLOSED = _("Why nobody is asked any more: it says nothing of the person.")
SCORE = _("The score counts, without words and without the person.")

HOLDINGS = (
    Holding(
        "feedback.Review",
        "request__customer",
        empties={"author": "", "external_id": ""},
        stays=("title", "text", "headline", "pros", "cons", "reply", "doubts"),
        why=OPINION,
    ),
    Holding("feedback.ReviewPhoto", "review__request__customer", goes=True),
    Holding("feedback.ReviewEvent", "review__request__customer", empties={"before": {}}),
    Holding("feedback.Suspected", "request__customer", goes=True),
    Holding("feedback.Request", "customer", empties={}, stays=("why_closed",), why=CLOSED, hides=("link_version",)),
    # Of others: who voted is known by nothing, and what an answer led to names nobody.
    Holding("feedback.Vote", "review__request__customer", tells=False),
    Holding("feedback.NoteCause", "review__request__customer", tells=False),
    Holding(
        "feedback.Survey",
        "customer",
        empties={"text": "", "link_version": F("link_version") + 1},
        why=SCORE,
        hides=("link_version",),
    ),
)
