"""What a journey may do outside of the house: call somebody's address."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from events.models import Endpoint
from events.outgoing import Wanted, want_calls
from shelf.acts import Act, ActField, Doing

KIND = "journey.step_reached"


def call(doings: Sequence[Doing], now: datetime) -> set[str]:
    return want_calls([_wanted(doing) for doing in doings], now)


def _wanted(doing: Doing) -> Wanted:
    kind, pk = doing.subject
    data = {"customer_id": doing.customer_id, "subject": {"type": kind, "id": pk}, "note": doing.values.get("note", "")}
    return Wanted(doing.values["endpoint"], doing.key, KIND, data, doing.at)


def endpoints() -> list[tuple[str, str]]:
    return list(Endpoint.objects.order_by("name").values_list("slug", "name"))


CALL_WEBHOOK = Act(
    _("call an outgoing webhook"),
    call,
    (
        ActField("endpoint", _("outgoing webhook"), "choice", choices=endpoints),
        ActField("note", _("a note for the other side"), required=False),
    ),
)
