"""Every index earns its place: the question that it serves, asked with a million rows in its table.

The tables are filled by SQL with rows that differ where questions do. EXPLAIN then says by which index PostgreSQL would
answer; another one than the index named here, or none, ends the run. So does an index that stands in no line.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.ground import Ground

ROWS = 1_000_000
PER_TYPE = {
    "BooleanField": "false",
    "JSONField": "'{}'",
    "ArrayField": "'{}'",
    "BinaryField": "''",
    "DateField": "current_date - mod(n, 3000)::int",
    "DateTimeField": "now() - n * interval '40 seconds'",
    "DecimalField": "mod(n, 997)",
    "FloatField": "mod(n, 997)",
    "TimeField": "time '10:00'",
    "DurationField": "interval '1 day'",
    "UUIDField": "gen_random_uuid()",
}
# column → its value in row n, where the plain one would not do: the few of a partial index, what a CHECK asks for
VALUES = {
    "campaigns_enrolment.state": "CASE mod(n, 50) WHEN 0 THEN 'active' ELSE 'completed' END",
    "campaigns_enrolment.order_id": "CASE mod(n, 100) WHEN 0 THEN NULL ELSE n END",
    "campaigns_enrolment.journey_id": "mod(n, 40)",
    "campaigns_enrolment.version_id": "mod(n, 80)",
    "campaigns_enrolment.step": "'step ' || mod(n, 7)",
    "campaigns_segment.is_followed": "mod(n, 10000) = 0",
    "campaigns_touchpointvisit.touchpoint_id": "mod(n, 40)",
    "campaigns_touchpointanswer.touchpoint_id": "mod(n, 40)",
    "customers_customer.born_on": "CASE mod(n, 5) WHEN 0 THEN current_date - mod(n, 20000)::int END",
    "customers_stats.marketing": "(ARRAY['yes', 'nothing', 'no'])[1 + mod(n, 3)]",
    "customers_stats.only_currency": "'UAH'",
    "customers_stats.tags": "CASE mod(n, 500) WHEN 0 THEN ARRAY['vip'] ELSE '{}' END",
    "customers_openmatter.closed_at": "CASE mod(n, 50) WHEN 0 THEN NULL ELSE now() END",
    "events_receipt.state": "coalesce((ARRAY['waiting', 'parked', 'dead'])[nullif(mod(n, 1000), 0)], 'read')",
    "events_receipt.waits_for": "CASE mod(n, 1000) WHEN 2 THEN 'order ' || n ELSE '' END",
    "events_receipt.customer_id": "CASE mod(n, 100) WHEN 0 THEN n END",
    "events_event.handled_at": "CASE mod(n, 1000) WHEN 0 THEN NULL ELSE now() END",
    "events_event.subject_type": "'order'",
    "events_owedreaction.state": "CASE mod(n, 1000) WHEN 0 THEN 'waiting' ELSE 'parked' END",
    "events_call.state": "CASE mod(n, 1000) WHEN 0 THEN 'waiting' ELSE 'done' END",
    "feedback_review.stars": "1 + mod(n, 5)",
    "feedback_survey.kind": "(ARRAY['nps', 'csat', 'ces'])[1 + mod(n, 3)]",
    "feedback_survey.score": "1 + mod(n, 5)",
    "feedback_survey.customer_id": "mod(n, 300000)",
    "loyalty_lot.pending": "CASE mod(n, 100) WHEN 1 THEN 1 ELSE 0 END",
    "loyalty_lot.available": "CASE mod(n, 100) WHEN 2 THEN 1 ELSE 0 END",
    "loyalty_lot.clawed_back": "0",
    "loyalty_lot.expired": "0",
    "loyalty_lot.account_id": "mod(n, 300000)",
    "loyalty_transaction.account_id": "mod(n, 300000)",
    "loyalty_transaction.by_id": "CASE mod(n, 100) WHEN 0 THEN mod(n, 17) END",
    "loyalty_entry.debit": "'issuance'",
    "loyalty_entry.credit": "'pending'",
    "loyalty_account.debt": "0",
    "loyalty_pool.kind": "'amount'",
    "loyalty_pool.worth": "1",
    "loyalty_pool.currency": "'UAH'",
    "loyalty_coupon.pool_id": "mod(n, 40)",
    "loyalty_coupon.state": "CASE mod(n, 10) WHEN 0 THEN 'free' ELSE 'used' END",
    "loyalty_coupon.key": "CASE mod(n, 10) WHEN 0 THEN NULL ELSE n::text END",
    "loyalty_coupon.issued_at": "CASE mod(n, 10) WHEN 0 THEN NULL ELSE now() - n * interval '40 seconds' END",
    "loyalty_coupon.used_at": "CASE mod(n, 10) WHEN 0 THEN NULL ELSE now() END",
    "messaging_message.state": "coalesce("
    "(ARRAY['ready', 'sending', 'unknown', 'failed'])[nullif(mod(n, 1000), 0)], 'sent')",
    "messaging_message.sender_id": "mod(n, 5)",
    "messaging_message.stream_id": "mod(n, 40)",
    "messaging_message.lane": "mod(n, 3)",
    "messaging_message.subject_type": "'order'",
    "messaging_message.cause_type": "CASE mod(n, 10) WHEN 0 THEN 'campaign' ELSE 'journey' END",
    "messaging_message.cause_id": "mod(n, 500)",
    "messaging_message.complained_at": "CASE mod(n, 2000) WHEN 0 THEN now() - n * interval '40 seconds' END",
    "messaging_inboundmail.state": "coalesce((ARRAY['waiting', 'failed'])[nullif(mod(n, 1000), 0)], 'kept')",
    "orders_order.stage": "coalesce((ARRAY['paid', 'placed'])[nullif(mod(n, 100), 0)], 'delivered')",
    "support_article.state": "'published'",
    "support_article.expired_at": "CASE mod(n, 1000) WHEN 0 THEN NULL ELSE now() END",
    "support_revision.is_answer": "true",
    "support_ticket.state": "coalesce((ARRAY['open', 'unconfirmed'])[nullif(mod(n, 1000), 0)], 'solved')",
    "support_ticket.assignee_id": "mod(n, 40)",
    "support_ticketmessage.mail_ref": "CASE mod(n, 3) WHEN 0 THEN '<' || n || '>' ELSE '' END",
    "tracking_shipment.milestone": "coalesce((ARRAY['in_transit', 'exception'])[nullif(mod(n, 100), 0)], 'delivered')",
    "tracking_checkpoint.milestone": "coalesce((ARRAY['exception'])[nullif(mod(n, 20), 0)], 'in_transit')",
    "tracking_shipment.ask_at": "CASE mod(n, 100) WHEN 1 THEN now() - n * interval '1 second' END",
    "tracking_shipment.delivered_at": "CASE mod(n, 100) WHEN 1 THEN NULL ELSE now() END",
}


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
    begun = time.monotonic()
    empty(models)
    for at, model in enumerate(models, 1):
        print(f"\r\033[K  filling {at} of {len(models)}: {model._meta.db_table}", end="", flush=True)
        fill(model)
    print(f"\r\033[Kindexes: {len(models)} tables of {ROWS:,} rows made in {time.monotonic() - begun:.0f} s")
    wrong = [name for name in sorted(declared) if not answers(name, declared[name], asked[name])]
    if wrong:
        raise SystemExit(f"not by the index that is there for it: {', '.join(wrong)}")


def empty(models: list[Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(m._meta.db_table for m in models)} CASCADE")


def fill(model: Any) -> None:
    """A million rows; indexes that stand for no constraint are built afterwards."""
    from django.db import connection

    table, fields = model._meta.db_table, [f for f in model._meta.concrete_fields if not f.generated]
    columns, values = ", ".join(f'"{f.column}"' for f in fields), ", ".join(_value(table, f) for f in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS"
            " (SELECT 1 FROM pg_constraint WHERE conindid = format('%%I', indexname)::regclass)",
            [table],
        )
        plain = cursor.fetchall()
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        for name, _made in plain:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, {ROWS}) n")
        for _name, made in plain:
            cursor.execute(made)
        cursor.execute(f"ANALYZE {table}")


def _value(table: str, field: Any) -> str:
    if own := VALUES.get(f"{table}.{field.column}"):
        return own
    kind = type(field).__name__
    if field.primary_key or field.is_relation or "Integer" in kind or "AutoField" in kind:
        small = "Small" in kind and not field.is_relation
        return "mod(n, 100)" if small else "n"
    if kind in PER_TYPE:
        return PER_TYPE[kind]
    return "left(n::text, 2)" if (field.max_length or 99) < 7 else "n::text"


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
    from datetime import timedelta

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
    from orders.models import Order
    from staff.models import Job, RefusedRow
    from support.models import Article, Note, Ticket, TicketMessage
    from tracking import figures
    from tracking.models import Checkpoint, Shipment
    from vcards.models import Activity, Assignment

    now = timezone.now()
    today, week, month = timezone.localdate(), now - timedelta(days=7), now - timedelta(days=30)
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
    yield "shipment_number", lambda: Shipment.objects.filter(number="700")
    yield "shipment_newest", lambda: Shipment.objects.order_by("-created_at", "-id")[page]
    yield (
        "shipment_by_milestone",
        lambda: Shipment.objects.filter(milestone="exception").order_by("-created_at", "-id")[page],
    )
    yield (
        "shipment_expected",
        lambda: Shipment.objects.filter(
            delivered_at__isnull=True, estimated_on__lt=today, estimated_on__gt=today - timedelta(days=45)
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


if __name__ == "__main__":
    import django

    django.setup()
    main()
