"""Verbs about surveys: open them, keep the answers."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_noop as _

from customers.actions import lock_customers, note_score, tell_changed
from customers.models import Customer
from events.facts import Recorded, record, record_all
from feedback.events import SurveyAnswered, SurveyRequested
from feedback.models import Survey
from feedback.scales import NPS, SCALES
from orders.models import Order
from shelf.reasons import Refusal

LONGEST = 5000  # characters of an answer in words; more is cut off in the form already
OUT_OF_SCALE = _("Choose a number from %(lowest)s to %(highest)s.")
CLOSED = _("This question is closed: a newer one has taken its place.")


class SurveyRefused(Refusal):
    """An answer that cannot be kept, with a sentence for the customer."""


class Whom(NamedTuple):
    """Whom an ask goes to, and after which order; without one it is about the shop."""

    customer_id: int | None
    order_id: int | None


def once(kind: str, whom: Whom) -> Hashable:
    """What is asked about only once: the person (NPS, and the shop as a whole), else the order."""
    return ("order", whom.order_id) if whom.order_id and kind != NPS else ("customer", whom.customer_id)


def were_asked(kind: str, whom: Iterable[Whom], now: datetime) -> set[Whom]:
    """Those who are not asked this again: about this order ever, about the shop so soon."""
    whom = set(whom)
    rows = Survey.objects.filter(kind=kind).filter(
        Q(order__in={one.order_id for one in whom if one.order_id})
        | Q(customer__in={one.customer_id for one in whom}, asked_at__gt=now - SCALES[kind].pause)
    )
    asked: set[Hashable] = set()
    for order_id, customer_id, asked_at in rows.values_list("order_id", "customer_id", "asked_at"):
        asked.add(("order", order_id))
        if asked_at > now - SCALES[kind].pause:
            asked.add(once(kind, Whom(customer_id, order_id)))
    return {one for one in whom if {("order", one.order_id or 0), once(kind, one)} & asked}


def ask_for_surveys(kind: str, whom: Sequence[Whom], now: datetime) -> set[Whom]:
    """Open one survey each, in the caller's transaction; gives those that were opened.

    Nobody is asked whom we cannot name, or about an order that was cancelled. Customers are locked first, so that two
    journeys cannot ask one person at once.
    """
    known = [one for one in whom if one.customer_id]
    lock_customers({one.customer_id for one in known if one.customer_id})
    shops = _shops_of(known)
    settled = {once(kind, one) for one in were_asked(kind, known, now)}
    chosen: dict[Hashable, Whom] = {}
    for one in known:
        if one in shops and once(kind, one) not in settled:
            chosen.setdefault(once(kind, one), one)
    fresh = set(chosen.values()) - were_asked(kind, chosen.values(), now)
    _close_earlier(kind, fresh)
    opened = [
        Survey(kind=kind, customer_id=one.customer_id, order_id=one.order_id, store_id=shops[one], asked_at=now)
        for one in sorted(fresh, key=lambda one: (one.customer_id or 0, one.order_id or 0))
    ]
    Survey.objects.bulk_create(opened)
    record_all([Recorded(SurveyRequested(s.pk, kind), _about(s), s.customer_id, now) for s in opened])
    return fresh


def _shops_of(whom: Sequence[Whom]) -> dict[Whom, int]:
    """In two queries: the order's shop; without an order that of the last one. Who has none is absent."""
    orders = Order.objects.filter(pk__in=[one.order_id for one in whom if one.order_id], cancelled_at=None)
    of_order = dict(orders.values_list("pk", "store_id"))
    newest = Order.objects.filter(customer=OuterRef("pk"), placeholder=False).order_by("-placed_at", "-pk")
    people = Customer.objects.filter(pk__in=[one.customer_id for one in whom if not one.order_id])
    of_person = dict(people.annotate(shop=Subquery(newest.values("store_id")[:1])).values_list("pk", "shop"))
    found = {one: of_order.get(one.order_id) if one.order_id else of_person.get(one.customer_id or 0) for one in whom}
    return {one: shop for one, shop in found.items() if shop}


def _close_earlier(kind: str, fresh: Iterable[Whom]) -> None:
    """What was asked about the shop long ago, and never answered, makes room."""
    people = [one.customer_id for one in fresh if once(kind, one)[0] == "customer"]  # type: ignore[index]
    about_shop = Q() if kind == NPS else Q(order=None)
    open_ = Survey.objects.filter(about_shop, kind=kind, customer__in=people, state=Survey.State.OPEN)
    open_.update(state=Survey.State.CLOSED)


def _about(survey: Survey) -> tuple[str, int]:
    return ("order", survey.order_id) if survey.order_id else ("customer", survey.customer_id or 0)


@transaction.atomic
def answer_survey(survey: Survey, score: int | None, text: str, language: str, now: datetime) -> None:
    """Keep the answer; answering again changes the earlier one. Raises SurveyRefused.

    An order that was cancelled meanwhile changes nothing: who was asked may answer.
    """
    scale = SCALES[survey.kind]
    if score not in scale.scores:
        raise SurveyRefused(OUT_OF_SCALE, lowest=scale.lowest, highest=scale.highest)
    assert score is not None
    if survey.customer_id:
        lock_customers([survey.customer_id])
    survey = Survey.objects.select_for_update().get(pk=survey.pk)
    if survey.state == Survey.State.CLOSED:
        raise SurveyRefused(CLOSED)
    is_first = survey.state == Survey.State.OPEN
    survey.score, survey.text, survey.language = score, text.replace("\0", "").strip()[:LONGEST], language
    survey.state, survey.answered_at, survey.changed_at = Survey.State.ANSWERED, survey.answered_at or now, now
    survey.save(update_fields=["score", "text", "language", "state", "answered_at", "changed_at"])
    if survey.customer_id:
        note_score(survey.customer_id, survey.kind, score)
    if is_first:
        fact = SurveyAnswered(survey.pk, survey.kind, score, scale.band(score))
        record(fact, subject=_about(survey), customer_id=survey.customer_id, at=now)
    elif survey.customer_id:
        tell_changed([survey.customer_id], f"last_{survey.kind}")
