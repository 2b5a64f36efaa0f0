"""How well our mails are taken: what the DNS says, what bounced, who complained, what waits, what nobody knows.

Slow questions are asked by clocks and their answers kept on ``SenderHealth``; the page asks only what an index knows.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from customers.channels import Channel
from events import nudges
from events.facts import record
from messaging.actions import breaker, dns_checks, quotas
from messaging.actions.claiming import PILES
from messaging.channels.dns import Resolve, ask_txt
from messaging.channels.smtp_presets import preset_of
from messaging.events import MarketingPaused, MarketingResumed
from messaging.mailbox_groups import group_of_domain
from messaging.models import Message, Quota, Sender, SenderHealth

# Gmail and Yahoo: keep complaints under 0.1 %, never reach 0.3 %.
WARN, TOO_MANY = 0.001, 0.003
WINDOW = timedelta(days=7)
# One complaint about three mails says nothing: so many mails, or so many complaints, before we act.
ENOUGH_SENT, ENOUGH_COMPLAINTS = 1000, 5
FEWEST_COMPLAINTS = 3  # 0.3 % of a thousand: with fewer there is nothing to count
# A mail may be planned long before it leaves; the index of figures knows only when it was planned.
PLANNED_BEFORE = timedelta(days=28)

DNS_EVERY, COUNT_EVERY = timedelta(hours=1), timedelta(minutes=15)
DNS_SECONDS = 20  # of one run of the clock
QUOTAS_KEPT = timedelta(days=40)


# --- Complaints ---------------------------------------------------------------------------------------------------


def watch_complaints() -> int:
    """Pause the marketing of senders about whom too many complain; how many were paused. A clock, and a nudge."""
    now = timezone.now()
    complained = (
        Message.objects.filter(_of_the_window("complained_at", now), sender__marketing_paused_at__isnull=True)
        .order_by()
        .values_list("sender_id")
        .annotate(n=Count("pk"))
        .filter(n__gte=FEWEST_COMPLAINTS)
    )
    return sum(_weigh_complaints(sender_id, complaints, now) for sender_id, complaints in complained)


def complaint_arrived() -> None:
    """Called in the transaction that writes a complaint down: the clock looks at once."""
    transaction.on_commit(lambda: nudges.nudge("complaints"), robust=True)


def resume_marketing(sender: Sender, by_id: int | None, now: datetime) -> bool:
    """A person has read why, and lets it go on; complaints until now count no more. False when it was not paused."""
    with transaction.atomic():
        paused = Sender.objects.filter(pk=sender.pk, marketing_paused_at__isnull=False)
        resumed = paused.update(marketing_paused_at=None, marketing_resumed_at=now)
        if resumed:
            record(MarketingResumed(), subject=("sender", sender.pk), at=now, created_by_id=by_id)
            transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)
    return bool(resumed)


def _of_the_window(column: str, now: datetime) -> Q:
    """In the last seven days, and after a person last let marketing go on."""
    resumed = Q(sender__marketing_resumed_at__isnull=True) | Q(**{f"{column}__gt": F("sender__marketing_resumed_at")})
    return Q(**{f"{column}__gte": now - WINDOW}) & resumed


def _weigh_complaints(sender_id: int, complaints: int, now: datetime) -> bool:
    sent = Message.objects.filter(
        _of_the_window("sent_at", now),
        sender_id=sender_id,
        bounced_at__isnull=True,
        created_at__gte=now - WINDOW - PLANNED_BEFORE,
    ).count()
    if complaints < ENOUGH_COMPLAINTS and sent < ENOUGH_SENT:
        return False
    if complaints / max(sent, 1) < TOO_MANY:
        return False
    with transaction.atomic():
        running = Sender.objects.filter(pk=sender_id, marketing_paused_at__isnull=True)
        paused = running.update(marketing_paused_at=now)
        if paused:
            record(MarketingPaused(complaints, sent), subject=("sender", sender_id), at=now)
    return bool(paused)


# --- What clocks find out -----------------------------------------------------------------------------------------


def look_after_senders() -> int:
    """A clock: count the week's mails, ask the DNS, forget old quotas. How many senders were looked at."""
    now = timezone.now()
    moved = count_figures(now)
    return moved + check_dns(now)


def count_figures(now: datetime, force: bool = False) -> int:
    """Sent, bounced and complained of the last seven days by sender and mailbox provider, every quarter of an hour."""
    newest = SenderHealth.objects.order_by("-counted_at").values_list("counted_at", flat=True)
    last = newest.filter(counted_at__isnull=False).first()
    if last and now - last < COUNT_EVERY and not force:
        return 0
    Quota.objects.filter(window__lt=f"{now.astimezone(UTC) - QUOTAS_KEPT:%Y-%m-%d}").delete()
    figures = _figures(now)
    for sender in Sender.objects.all():
        SenderHealth.objects.update_or_create(
            sender=sender, defaults={"figures": figures.get(sender.pk, {}), "counted_at": now}
        )
    return len(figures)


def _figures(now: datetime) -> dict[int, dict[str, dict[str, int]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sender_id, lower(split_part(address, '@', 2)), count(*), count(bounced_at), count(complained_at)"
            " FROM messaging_message WHERE channel = 'email' AND created_at >= %s AND sent_at >= %s GROUP BY 1, 2",
            [now - WINDOW - PLANNED_BEFORE, now - WINDOW],
        )
        rows = cursor.fetchall()
    figures: dict[int, dict[str, dict[str, int]]] = {}
    for sender_id, domain, *counts in rows:
        group = figures.setdefault(sender_id, {}).setdefault(group_of_domain(domain), dict.fromkeys(COUNTED, 0))
        for name, count in zip(COUNTED, counts, strict=True):
            group[name] += count
    return figures


COUNTED = ("sent", "bounced", "complained")


def check_dns(now: datetime, resolve: Resolve = ask_txt) -> int:
    """Ask about senders that were not asked about for an hour; a run ends after some seconds, the next goes on."""
    begun, checked = time.monotonic(), 0
    asked_lately = Q(health__dns_checked_at__gte=now - DNS_EVERY)
    for sender in Sender.objects.filter(channel=Channel.EMAIL).exclude(asked_lately).order_by("pk"):
        if time.monotonic() - begun > DNS_SECONDS:
            break
        check_sender(sender, now, resolve)
        checked += 1
    return checked


def check_sender(sender: Sender, now: datetime, resolve: Resolve = ask_txt) -> list[dns_checks.Finding]:
    """Ask the DNS about one sender and keep what it said. No transaction is open while it is asked."""
    preset = preset_of(sender.url or settings.EMAIL_URL)
    selectors = sender.dkim_selectors.split() or (list(preset.dkim_selectors) if preset else [])
    found = dns_checks.check_domain(domain_of(sender), selectors, preset, resolve)
    SenderHealth.objects.update_or_create(
        sender=sender, defaults={"dns": [dns_checks.as_row(f) for f in found], "dns_checked_at": now}
    )
    return found


def domain_of(sender: Sender) -> str:
    address = sender.address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return address.rpartition("@")[2].lower().rstrip(".")


# --- What the page asks -------------------------------------------------------------------------------------------

# Pile by pile, as the claim does: the oldest due of each costs one look into the index, however many wait.
OLDEST = f"""
{PILES}
SELECT p.sender_id, min(q.send_after) FROM pile p
JOIN messaging_stream s ON s.id = p.stream_id AND s.paused_at IS NULL
CROSS JOIN LATERAL (
  SELECT m.send_after FROM messaging_message m
  WHERE m.state = 'ready' AND m.sender_id = p.sender_id AND m.lane = p.lane AND m.stream_id = p.stream_id
  AND m.send_after <= %s ORDER BY m.send_after, m.id LIMIT 1) q
GROUP BY p.sender_id
"""  # noqa: S608 - our own words


def oldest_due(now: datetime) -> dict[int, datetime]:
    """Per sender, since when its oldest due message waits; what a person paused does not count."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, [now])
        return dict(cursor.fetchall())


def unknown_by_sender() -> dict[int, int]:
    rows = Message.objects.filter(state=Message.State.UNKNOWN).order_by().values_list("sender_id")
    return dict(rows.annotate(n=Count("pk")))


@dataclass(frozen=True, slots=True)
class Used:
    """A limit and how much of it is gone."""

    limit: quotas.Limit
    used: int

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.limit.most)) if self.limit.most else 100


def used_by(sender: Sender, clock: datetime) -> list[Used]:
    limits = quotas.limits_of(sender, clock)
    rows = Quota.objects.filter(sender=sender, window__in={limit.window for limit in limits})
    used = {(row.group, row.window): row.used for row in rows}
    return [Used(limit, used.get((limit.group, limit.window), 0)) for limit in limits]


def totals(figures: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(group.get(name, 0) for group in figures.values()) for name in COUNTED}


def tone_of(sender: Sender, health: SenderHealth | None, now: datetime) -> str:
    """``bad``: it does not send as it should; ``wait``: somebody should look; ``good``."""
    if breaker.state_of(sender, now) != "closed" or sender.marketing_paused_at:
        return "bad"
    if health is None:
        return "good"
    tones = {row["tone"] for row in health.dns}
    week = totals(health.figures)
    if "bad" in tones:
        return "bad"
    few = week["sent"] < ENOUGH_SENT and week["complained"] < ENOUGH_COMPLAINTS
    if "wait" in tones or (not few and week["complained"] / max(week["sent"], 1) >= WARN):
        return "wait"
    return "good"
