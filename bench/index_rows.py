"""A million rows for every table that has an index, differing where questions do (bench/indexes.py)."""

from typing import Any

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
    "orders_orderline.renews_on": "CASE mod(n, 1000) WHEN 0 THEN current_date + mod(n, 30)::int END",
    "orders_payment.doubt": "CASE mod(n, 1000) WHEN 0 THEN 'Two sums.' ELSE '' END",
    "orders_orderrequest.state": "CASE mod(n, 100) WHEN 0 THEN 'asked' ELSE 'done' END",
    "orders_orderrequest.shop_state": "CASE mod(n, 1000) WHEN 0 THEN 'to_ask' ELSE '' END",
    "orders_return.state": "CASE mod(n, 100) WHEN 0 THEN 'requested' ELSE 'settled' END",
    "support_article.state": "'published'",
    "support_article.expired_at": "CASE mod(n, 1000) WHEN 0 THEN NULL ELSE now() END",
    "support_revision.is_answer": "true",
    "support_ticket.state": "coalesce((ARRAY['open', 'unconfirmed'])[nullif(mod(n, 1000), 0)], 'solved')",
    "support_ticket.assignee_id": "mod(n, 40)",
    "support_ticketmessage.mail_ref": "CASE mod(n, 3) WHEN 0 THEN '<' || n || '>' ELSE '' END",
    "tracking_shipment.milestone": "coalesce((ARRAY['in_transit', 'exception'])[nullif(mod(n, 100), 0)], 'delivered')",
    "tracking_shipment.returned_id": "CASE mod(n, 20) WHEN 0 THEN n END",
    "tracking_shipmentflag.kind": "(ARRAY['late', 'stalled', 'storage'])[1 + mod(n, 3)]",
    "tracking_shipmentflag.cleared_at": "CASE mod(n, 100) WHEN 0 THEN NULL ELSE now() END",
    "tracking_checkpoint.milestone": "coalesce((ARRAY['exception'])[nullif(mod(n, 20), 0)], 'in_transit')",
    "tracking_shipment.ask_at": "CASE mod(n, 100) WHEN 1 THEN now() - n * interval '1 second' END",
    "tracking_shipment.delivered_at": "CASE mod(n, 100) WHEN 1 THEN NULL ELSE now() END",
}


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
