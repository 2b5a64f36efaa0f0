"""Every index earns its place: the question that it serves, asked with a million rows in its table.

The tables are filled by SQL with rows that differ where questions do. EXPLAIN then says by which index PostgreSQL would
answer; another one than the index named here, or none, ends the run. So does an index that stands in no line.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from bench.ground import Ground
from bench.index_rows import ROWS, empty, fill

DAY = timedelta(days=1)


def measure(on: Ground) -> None:
    on.tell("-m", "bench.indexes")


def main() -> None:
    """Inside Django, on an empty database."""
    from django.apps import apps

    asked = dict(questions())
    models = [m for m in apps.get_models() if m._meta.indexes and not m.__module__.startswith(("django.", "allauth."))]
    declared = {index.name: m for m in models for index in m._meta.indexes}
    if unnamed := declared.keys() ^ asked.keys():
        raise SystemExit(f"an index and its question belong together; one is missing for: {', '.join(sorted(unnamed))}")
    beside = list(kept_by_constraints())
    models += [model for _name, model, _asked in beside if model not in models]
    begun = time.monotonic()
    empty(models)
    for at, model in enumerate(models, 1):
        print(f"\r\033[K  filling {at} of {len(models)}: {model._meta.db_table}", end="", flush=True)
        fill(model)
    print(f"\r\033[Kindexes: {len(models)} tables of {ROWS:,} rows made in {time.monotonic() - begun:.0f} s")
    wrong = [name for name in sorted(declared) if not answers(name, declared[name], asked[name])]
    wrong += [name for name, model, question in beside if not answers(name, model, question)]
    if wrong:
        raise SystemExit(f"not by the index that is there for it: {', '.join(wrong)}")


def answers(name: str, model: Any, asked: Callable[[], Any]) -> bool:
    """Would PostgreSQL go by this index? Prints its way and what it thinks that costs."""
    from django.db import connection

    with connection.cursor() as cursor:
        sql, values = asked() if isinstance(asked(), tuple) else asked().query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT json) {sql}", values)
        plan = cursor.fetchone()[0]
    plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    ways = [node["Index Name"] for node in _nodes(plan) if "Index Name" in node]
    seen = "" if name in ways else f"   NO: {', '.join(ways) or plan['Node Type']}"
    print(f"  {model._meta.db_table:28} {name:24} cost {plan['Total Cost']:>12,.1f}{seen}")
    return name in ways


def _nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def questions() -> Iterator[tuple[str, Callable[[], Any]]]:
    """(index, the question that it is there for): as the code asks it."""
    from django.db.models import Q
    from django.utils import timezone

    from campaigns.models import (
        Campaign,
        Crossing,
        Enrolment,
        Segment,
        SegmentExport,
        TouchpointAnswer,
        TouchpointVisit,
    )
    from customers.models import Consent, Customer, Identifier, OpenMatter, Stats
    from events.models import Call, Event, OwedReaction, Receipt
    from feedback.models import Request, Review, Survey
    from loyalty.models import Coupon, Lot, Transaction
    from messaging.models import InboundMail, LocalMail, Message
    from orders.models import Order, OrderLine, OrderRequest, PageCode, Payment, ProductLink, Return
    from staff.models import Job, RefusedRow
    from support.models import Article, Note, Ticket, TicketMessage
    from tracking import figures
    from tracking.models import Checkpoint, Shipment, ShipmentAlias, ShipmentFlag
    from vcards.models import Activity, Assignment

    now = timezone.now()
    today, week, month = timezone.localdate(), now - 7 * DAY, now - 30 * DAY
    active = Enrolment.objects.filter(state="active")
    page = slice(0, 50)  # of a list in the admin

    yield (
        "receipt_due",
        lambda: Receipt.objects.filter(state="waiting", next_at__lte=now).order_by("next_at", "id")[:200],
    )
    yield "receipt_waits", lambda: Receipt.objects.filter(waits_for__in=["order 7", "order 8"], state="parked")
    yield (
        "receipt_trouble",
        lambda: Receipt.objects.filter(state__in=["parked", "dead"]).order_by("-received_at", "-id")[page],
    )
    yield "receipt_newest", lambda: Receipt.objects.order_by("-received_at", "-id")[page]
    yield "receipt_customer", lambda: Receipt.objects.filter(customer_id=700).order_by("-received_at")[page]
    yield "event_unhandled", lambda: Event.objects.filter(handled_at__isnull=True).order_by("id")[:500]
    yield "event_timeline", lambda: Event.objects.filter(customer_id=700).order_by("-at", "-id")[page]
    yield "event_subject", lambda: Event.objects.filter(subject_type="order", subject_id__in=[7, 8], kind="order.paid")
    yield "event_recorded", lambda: Event.objects.filter(recorded_at__gte=week)
    yield "owed_due", lambda: OwedReaction.objects.filter(state="waiting", next_at__lte=now).order_by("next_at")[:1]
    yield "call_due", lambda: Call.objects.filter(state="waiting", next_at__lte=now).order_by("next_at", "id")[:20]
    yield "call_newest", lambda: Call.objects.order_by("-created_at", "-id")[page]
    yield "job_newest", lambda: Job.objects.order_by("-created_at", "-id")[page]
    yield "refused_by_line", lambda: RefusedRow.objects.filter(job=7).order_by("line")[page]

    yield "customer_newest", lambda: Customer.objects.order_by("-created_at", "-id")[page]
    yield "customer_birthday", lambda: Customer.objects.filter(born_on__month=2, born_on__day=29, born_on__isnull=False)
    yield "identifier_search", lambda: Identifier.objects.filter(value="700")
    yield (
        "stats_previous",
        lambda: Stats.objects.filter(marketing="yes", previous_order_at__gt=week, previous_order_at__lte=now),
    )
    yield "stats_last", lambda: Stats.objects.filter(last_order_at__gt=week)
    yield "stats_spent", lambda: Stats.objects.filter(only_currency="UAH", only_spent__gte=995)
    yield "stats_first", lambda: Stats.objects.filter(first_order_at__gt=week)
    yield "stats_tags", lambda: Stats.objects.exclude(tags=[]).filter(tags__contains=["vip"])
    yield (
        "consent_newest",
        lambda: Consent.objects.filter(address__in=["7", "8"]).order_by(
            "address", "channel", "purpose", "waits", "-id"
        ),
    )
    yield "matter_open", lambda: OpenMatter.objects.filter(customer__in=[700, 800], closed_at__isnull=True)

    yield "order_newest", lambda: Order.objects.order_by("-placed_at", "-id")[page]
    yield "order_by_stage", lambda: Order.objects.filter(stage="paid").order_by("-placed_at", "-id")[page]
    yield "order_customer", lambda: Order.objects.filter(customer=700).order_by("-placed_at")[page]
    yield "order_number", lambda: Order.objects.filter(number="700")
    yield "order_email", lambda: Order.objects.exclude(email="").filter(email="700")
    yield "line_renewal", lambda: OrderLine.objects.filter(renews_on__gte=today, renews_on__lte=today + 5 * DAY)
    yield "payment_newest", lambda: Payment.objects.order_by("-at", "-id")[page]
    yield "payment_in_doubt", lambda: Payment.objects.exclude(doubt="").order_by("-at", "-id")[page]
    yield "product_link_of_product", lambda: ProductLink.objects.filter(product__in=[7, 8], language__in=["", "uk"])
    yield "page_code_of_order", lambda: PageCode.objects.filter(order=700).order_by("-created_at", "-pk")[:1]
    yield "page_code_oldest", lambda: PageCode.objects.filter(created_at__lt=month).order_by("created_at")[:500]
    yield "request_newest_asked", lambda: OrderRequest.objects.order_by("-asked_at", "-id")[page]
    yield "request_by_state", lambda: OrderRequest.objects.filter(state="asked").order_by("-asked_at", "-id")[page]
    yield (
        "request_shop_due",
        lambda: OrderRequest.objects.filter(shop_state="to_ask", shop_next_at__lte=now).order_by("shop_next_at", "pk")[
            :20
        ],
    )
    yield "return_newest", lambda: Return.objects.order_by("-requested_at", "-id")[page]
    yield "return_by_state", lambda: Return.objects.filter(state="requested").order_by("-requested_at", "-id")[page]
    yield "return_number", lambda: Return.objects.exclude(number="").filter(number="700")
    yield "shipment_alias_number", lambda: ShipmentAlias.objects.filter(number__in=["700", "800"])
    yield "flag_up", lambda: ShipmentFlag.objects.filter(kind="late", cleared_at=None).values("shipment")
    yield (
        "shipment_silent",
        lambda: Shipment.objects.filter(
            delivered_at=None, milestone="in_transit", scanned_at__lt=week, scanned_at__gte=now - 45 * DAY
        ),
    )
    yield "shipment_number", lambda: Shipment.objects.filter(number="700")
    yield "shipment_newest", lambda: Shipment.objects.order_by("-created_at", "-id")[page]
    yield (
        "shipment_by_milestone",
        lambda: Shipment.objects.filter(milestone="exception").order_by("-created_at", "-id")[page],
    )
    yield (
        "shipment_expected",
        lambda: Shipment.objects.filter(
            delivered_at__isnull=True, estimated_on__lt=today, estimated_on__gt=today - 45 * DAY
        ),
    )
    shops = {"since": month, "until": now, "today": today, "zone": "Europe/Kyiv"}
    yield "shipment_first_scan", lambda: (figures.SHARES, shops)
    yield "checkpoint_trouble", lambda: (figures.REASONS, shops)
    yield (
        "shipment_ask",
        lambda: Shipment.objects.filter(carrier="carrier 7", ask_at__isnull=False, ask_at__lte=now).order_by("ask_at")[
            :100
        ],
    )
    yield (
        "checkpoint_unknown",
        lambda: Checkpoint.objects.filter(unknown=True, source="source 7", raw_code="code 7", shipment__gt=5).order_by(
            "shipment"
        ),
    )
    yield "checkpoint_newest", lambda: Checkpoint.objects.filter(shipment=700).order_by("-occurred_at")
    yield "request_newest", lambda: Request.objects.order_by("-created_at", "-id")[page]
    yield "review_newest", lambda: Review.objects.order_by("-created_at", "-id")[page]

    yield "survey_newest", lambda: Survey.objects.order_by("-asked_at", "-id")[page]
    yield "survey_of_person", lambda: Survey.objects.filter(customer=700, kind="nps", asked_at__gte=month)
    yield (
        "survey_answers",
        lambda: Survey.objects.filter(kind="nps", answered_at__gte=week).order_by().values_list("score"),
    )
    yield "assignment_drawn", lambda: Assignment.objects.filter(card=700).exclude(drawn_revision=3)[:500]
    yield "activity_customer", lambda: Activity.objects.filter(customer__in=[700, 800], kind="save")
    yield (
        "article_due",
        lambda: Article.objects.filter(state="published", verified_until__lte=month, expired_at=None).order_by(
            "verified_until"
        )[:100],
    )

    said = "words @@ to_tsquery('simple', '700')"
    yield "revision_words", lambda: (f"SELECT id FROM support_revision WHERE is_answer AND {said}", [])
    yield "ticket_newest", lambda: Ticket.objects.order_by("-moved_at", "-id")[page]
    yield "ticket_by_state", lambda: Ticket.objects.filter(state="open").order_by("-moved_at", "-id")[page]
    yield (
        "ticket_assigned",
        lambda: Ticket.objects.filter(assignee=7, state="open").order_by("-moved_at", "-id")[page],
    )
    yield "ticket_email", lambda: Ticket.objects.filter(email__startswith="700")
    yield "ticket_words", lambda: (f"SELECT id FROM support_ticket WHERE {said}", [])
    yield "ticket_unconfirmed", lambda: Ticket.objects.filter(state="unconfirmed", opened_at__lt=week)
    yield "ticket_talk", lambda: TicketMessage.objects.filter(ticket=700).order_by("written_at", "id")
    yield "ticket_mail_ref", lambda: TicketMessage.objects.filter(mail_ref__in=["<699>"]).exclude(mail_ref="")
    yield "ticket_message_words", lambda: (f"SELECT ticket_id FROM support_ticketmessage WHERE {said}", [])
    yield "ticket_notes", lambda: Note.objects.filter(ticket=700).order_by("written_at", "id")
    yield "lot_left", lambda: Lot.objects.filter(Q(pending__gt=0) | Q(available__gt=0), account__in=[700, 800])
    yield (
        "lot_pending",
        lambda: Lot.objects.filter(pending__gt=0, available_at__lte=month).order_by("available_at")[:200],
    )
    yield (
        "lot_expiring",
        lambda: Lot.objects.filter(available__gt=0, expires_at__lte=month).order_by("expires_at")[:200],
    )
    yield "transaction_account", lambda: Transaction.objects.filter(account=700).order_by("-id")[page]
    yield "transaction_by", lambda: Transaction.objects.filter(by=7, at__gte=week)
    yield "coupon_free", lambda: Coupon.objects.filter(pool=7, state="free").order_by("id")[:1]
    yield "coupon_customer", lambda: Coupon.objects.filter(customer=700).order_by("-issued_at")[page]

    due = (
        "SELECT id FROM messaging_message WHERE state = 'ready' AND sender_id = 1 AND lane = 1 AND stream_id = 1"
        " AND send_after <= now() ORDER BY send_after, id LIMIT 200"
    )
    yield "message_due", lambda: (due, [])
    yield "message_in_flight", lambda: Message.objects.filter(state="sending", lease_until__lt=now)
    yield "message_unclear", lambda: Message.objects.filter(state="unknown").order_by("id")[:100]
    yield "message_customer", lambda: Message.objects.filter(customer=700).order_by("-created_at")[page]
    yield "message_subject", lambda: Message.objects.filter(subject_type="order", subject_id=700)
    yield (
        "message_trouble",
        lambda: Message.objects.filter(state__in=["skipped", "expired", "failed", "unknown", "bounced"]).order_by(
            "-id"
        )[page],
    )
    yield "message_address", lambda: Message.objects.filter(address="700")
    yield "message_campaign", lambda: Message.objects.filter(cause_type="campaign", cause_id=70, state="sent")
    yield "message_complained", lambda: Message.objects.filter(sender=2, complained_at__gt=week)
    yield "message_created", lambda: Message.objects.filter(created_at__gte=week, sent_at__isnull=False)
    yield "local_mail_newest", lambda: LocalMail.objects.order_by("-at", "-id")[page]
    yield "inbound_waiting", lambda: InboundMail.objects.filter(state="waiting").order_by("id")[:20]
    yield "inbound_failed", lambda: InboundMail.objects.filter(state="failed").order_by("id")[:20]
    yield "inbound_from", lambda: InboundMail.objects.filter(from_email="700", received_at__gt=month)
    yield "inbound_customer", lambda: InboundMail.objects.filter(customer=700).order_by("-received_at")[page]

    yield "enrolment_due", lambda: active.filter(wake_at__lte=now).order_by("wake_at", "id")[:500]
    yield "enrolment_order", lambda: active.filter(order__in=[7, 51])
    yield "enrolment_subject", lambda: active.filter(order__isnull=True, subject_type="700", subject_id__in=[7, 51])
    yield "enrolment_step", lambda: active.filter(journey=7).values("version", "step")
    yield "enrolment_newest", lambda: Enrolment.objects.order_by("-entered_at", "-id")[page]
    yield (
        "enrolment_journey",
        lambda: Enrolment.objects.filter(journey=7, entered_at__gte=week).order_by("-entered_at")[page],
    )
    yield "campaign_newest", lambda: Campaign.objects.order_by("-created_at", "-id")[page]
    yield "campaign_starts", lambda: Campaign.objects.filter(starts_at__gte=week, starts_at__lt=now)
    yield "segment_newest", lambda: Segment.objects.order_by("-created_at", "-id")[page]
    yield "segment_followed", lambda: Segment.objects.filter(is_followed=True)
    yield "crossing_due", lambda: Crossing.objects.filter(at__lte=month).order_by("at")[:500]
    yield "export_newest", lambda: SegmentExport.objects.filter(segment=700).order_by("-id")[:5]
    yield "visit_period", lambda: TouchpointVisit.objects.filter(touchpoint=7, at__gte=week, at__lt=now)
    yield (
        "answer_period",
        lambda: TouchpointAnswer.objects.filter(touchpoint=7, at__gte=week).order_by("-at", "-id")[page],
    )
    yield "answer_visitor", lambda: TouchpointAnswer.objects.filter(touchpoint=7, visitor="707", at__gte=month)


def kept_by_constraints() -> Iterator[tuple[str, Any, Callable[[], Any]]]:
    """(constraint, its table, what its index answers beside): where no index of its own would earn its place."""
    from orders.models import DrawnPage
    from tracking.models import PickupPlace, Shipment, ShipmentFlag

    yield "one_shipment_per_return", Shipment, lambda: Shipment.objects.filter(returned__in=[700, 800])
    yield "one_drawn_page", DrawnPage, lambda: DrawnPage.objects.filter(order=700, tier="700", asked="70")
    yield "one_row_per_place", PickupPlace, lambda: PickupPlace.objects.filter(carrier="7", ref__in=["7", "8"])
    yield "one_row_per_flag", ShipmentFlag, lambda: ShipmentFlag.objects.filter(shipment__in=[700, 800])


if __name__ == "__main__":
    import django

    django.setup()
    main()
