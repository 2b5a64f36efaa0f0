"""What a mail may say about a coupon: ``coupon``, as the block of that name shows it.

It was given when a journey came to its step ``issue_coupon``, or for a cancelled order; rendering gives nothing away. A
mail shows what was given for its own subject: about an order, a parcel, or a person as such. What an agent gave, or was
taken for points, was told there and then. The balance needs no context: ``customer.points`` is in the registry.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.models import Coupon
from loyalty.worth import worth_said
from messaging.contexts import Context
from orders.models import Order
from tracking.models import Shipment

DESCRIBE = {"coupon": {"code": "text", "worth": "text", "expires_on": "date", "url": "url", "terms": "text"}}
WORDS = {
    "coupon.code": _("the code of the coupon that the reader was given"),
    "coupon.worth": _("what it is worth: −10%, −100 ₴, free delivery"),
    "coupon.expires_on": _("the last day on which the shop takes it; may be empty"),
    "coupon.url": _("the shop's address; may be empty"),
    "coupon.terms": _("what else the reader should know; may be empty"),
}
TOLD_BY_MAIL = (Coupon.Cause.JOURNEY, Coupon.Cause.CANCELLATION, Coupon.Cause.RETURN)
Subject = tuple[str, int]


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; two queries for any number of orders."""
    people = dict(Order.objects.filter(pk__in=ids, customer__isnull=False).values_list("pk", "customer_id"))
    return _told({pk: (people[pk], [("order", pk)]) for pk in people})


def load_for_parcels(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """What was given for the parcel, else for its order."""
    rows = Shipment.objects.filter(pk__in=ids, order__customer__isnull=False)
    parcels = {pk: (order_id, person) for pk, order_id, person in rows.values_list("pk", "order", "order__customer")}
    return _told({pk: (person, [("shipment", pk), ("order", order_id)]) for pk, (order_id, person) in parcels.items()})


def load_for_people(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by an order of theirs, as mails to people are."""
    people = dict(Order.objects.filter(pk__in=ids, customer__isnull=False).values_list("pk", "customer_id"))
    return _told({pk: (person, [("customer", person)]) for pk, person in people.items()})


def _told(wanted: Mapping[int, tuple[int, list[Subject]]]) -> dict[int, dict[str, Any]]:
    if not wanted:
        return {}
    rows = Coupon.objects.filter(customer__in={person for person, _subjects in wanted.values()})
    rows = rows.filter(state=Coupon.State.ISSUED, cause__in=TOLD_BY_MAIL).select_related(
        "pool__store", "customer__stats"
    )
    newest = {(c.customer_id, c.subject_type, c.subject_id): c for c in rows.order_by("issued_at", "pk")}
    found = {
        pk: next((c for subject in subjects if (c := newest.get((person, *subject)))), None)
        for pk, (person, subjects) in wanted.items()
    }
    return {pk: {"coupon": of_coupon(coupon)} for pk, coupon in found.items() if coupon}


def of_coupon(coupon: Coupon) -> dict[str, Any]:
    pool = coupon.pool
    language = coupon.customer.stats.language if coupon.customer else ""
    return {
        "code": coupon.code,
        "worth": worth_said(pool, language),
        "expires_on": pool.ends_on,
        "url": pool.store.url if pool.store else "",
        "terms": "",
    }


OF_ORDER = Context(load, DESCRIBE, WORDS)
OF_PARCEL = Context(load_for_parcels, DESCRIBE, WORDS)
OF_PERSON = Context(load_for_people, DESCRIBE, WORDS)
