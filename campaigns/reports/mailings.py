"""What became of a campaign: its messages by variant, who ordered, what followed a click."""

from dataclasses import replace
from datetime import datetime

from django.db import connection

from campaigns.mailing.variants import OWN
from campaigns.models import Campaign
from campaigns.reports.journeys import Report, Variant, compared, overall
from campaigns.reports.revenue import WINDOW, revenue_of
from campaigns.reports.tallies import Counted, tally
from messaging.models import Message

STEP = "mail"  # a campaign is a journey of one step
HOLDOUT = Message.HOLDOUT

# index message_campaign; a message that repeats another is not one more person
_MESSAGES = f"""
SELECT '{STEP}', m.variant, CASE WHEN m.variant = '{HOLDOUT}' THEN 'holdout' ELSE 'planned' END,
       m.state, m.reason, count(*), count(m.delivered_at), count(m.clicked_at),
       count(*) FILTER (WHERE m.sent_at IS NOT NULL AND EXISTS (
           SELECT 1 FROM orders_order o
           WHERE o.customer_id = m.customer_id AND o.placed_at > m.sent_at
             AND o.placed_at <= %(started)s + %(window)s AND NOT o.placeholder AND NOT o.test
       ))
FROM messaging_message m
WHERE m.cause_type = 'campaign' AND m.cause_id = %(campaign)s AND m.instead_of_id IS NULL
GROUP BY 2, 3, 4, 5
"""  # noqa: S608 - our own words
# Whoever ordered within the window after the start, whether they got the mail or were held out: one yardstick for all.
_PEOPLE = f"""
SELECT m.variant, m.variant = '{HOLDOUT}' AS held, count(DISTINCT m.customer_id),
       count(DISTINCT m.customer_id) FILTER (WHERE EXISTS (
           SELECT 1 FROM orders_order o
           WHERE o.customer_id = m.customer_id AND o.placed_at > %(started)s
             AND o.placed_at <= %(started)s + %(window)s AND NOT o.placeholder AND NOT o.test
       )),
       count(*), count(*) FILTER (WHERE m.state IN ('ready', 'sending'))
FROM messaging_message m
WHERE m.cause_type = 'campaign' AND m.cause_id = %(campaign)s AND m.instead_of_id IS NULL
GROUP BY 1 ORDER BY 2, 1
"""  # noqa: S608
_OURS = f"""
    SELECT m.id, m.customer_id, m.clicked_at, '{STEP}'::text AS step, m.variant
    FROM messaging_message m
    WHERE m.cause_type = 'campaign' AND m.cause_id = %(campaign)s AND m.clicked_at IS NOT NULL
"""  # noqa: S608


def report(campaign: Campaign) -> Report:
    """Four questions. Before its start there is nothing to report."""
    if campaign.started_at is None:
        return Report([], [], [])
    values = {"campaign": campaign.pk, "started": campaign.started_at, "window": WINDOW}
    rows = [Counted(*row) for row in _rows(_MESSAGES, values)]
    variants = compared(_named([Variant(*row) for row in _rows(_PEOPLE, values)]))
    return Report(
        tally(rows, [(STEP, "send")]),
        variants,
        revenue_of(_OURS, values),
        "order.placed",
        overall(variants),
    )


def _named(variants: list[Variant]) -> list[Variant]:
    """With a holdout alone, those who got the one wording are a side too."""
    if not any(v.is_holdout for v in variants):
        return variants
    return [replace(v, name=v.name or OWN) for v in variants]


def is_open(campaign: Campaign, now: datetime) -> bool:
    """Orders may still follow."""
    return campaign.started_at is not None and now < campaign.started_at + WINDOW


def _rows(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
