"""How much a sender may send: per hour, per day, per day to one provider of mailboxes, and while it warms up.

What a batch needs is taken at once, under a lock of the rows it counts in, so that no two workers can take the last of
a limit. Order updates may use all of it; asks and marketing leave ``reserve_percent`` to them. A limit that is used up
is noted on the sender, and the claim passes it by until the window ends: a million waiting letters are not touched.

Windows are hours and days of UTC, by the clock of the database: workers may disagree about the time, it does not.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from events import nudges
from messaging.actions import turns
from messaging.gate import Decision
from messaging.mailbox_groups import NAMES, group_of
from messaging.models import Message, Quota, Sender, WarmUp
from shelf.reasons import Reason

ASKS = 5  # from this lane up the reserve is not theirs
MARKETING = 7

# What the claim asks of a sender ``w`` and a pile ``p``. ``probes`` is breaker.probes(now).
OPEN = f"""
    (w.paused_until IS NULL OR w.id = ANY(%(probes)s))
    AND (w.full_until IS NULL OR w.full_until <= %(now)s)
    AND (p.lane < {ASKS} OR w.asks_full_until IS NULL OR w.asks_full_until <= %(now)s)
    AND (p.lane < {MARKETING} OR w.marketing_paused_at IS NULL)
"""

# Messages a day. Customer.io, "Safely warm up your sending domain", for a domain that has sent before; a new one begins
# with 50 to 100 a day and doubles. Never more than twice what left on the day before, whatever the plan says.
RAMPS = {
    WarmUp.ESTABLISHED: (1000, 2500, 5000, 6500, 8000, 10_000, 14_000, 20_000),
    WarmUp.NEW: (50, 100, 200, 400, 800, 1500, 2500, 4000, 6000, 8000, 10_000, 14_000, 20_000),
}

FULL_HOUR = _("The sender's limit of %(limit)s per hour is used up.")
FULL_DAY = _("The sender's limit of %(limit)s per day is used up.")
FULL_WARM_UP = _("The sender is warming up: no more than %(limit)s today.")
FULL_GROUP = _("The sender's limit of %(limit)s per day to %(group)s is used up.")
FULL_RESERVE = _("What is left of the sender's limit of %(limit)s is kept for order updates.")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPREAD = 0.02  # of the window: those who waited do not come back in the same second


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of Quota that messages count in, and how far it may go."""

    sender_id: int
    group: str
    window: str
    most: int
    reserve_percent: int
    ends_at: datetime  # by the database's clock
    length: timedelta
    text: str

    @property
    def key(self) -> tuple[int, str, str]:
        return self.sender_id, self.group, self.window

    def most_for(self, lane: int) -> int:
        return self.most if lane < ASKS else self.most - self.most * self.reserve_percent // 100

    def why(self, lane: int, used: int) -> Reason:
        text = FULL_RESERVE if lane >= ASKS and used < self.most else self.text
        return Reason(text, {"limit": self.most, "group": NAMES.get(self.group, self.group)})


def take(messages: Sequence[Message], now: datetime) -> dict[int, Decision]:
    """Take what these need, in their order; "hold" for those that do not fit. No query where nothing is limited."""
    limited = _limited(messages)
    if not limited:
        return {}
    clock = database_clock()
    limits = {sender.pk: limits_of(sender, clock) for sender in limited.values()}
    concerned = [m for m in messages if limits.get(m.sender_id)]
    if not concerned:
        return {}
    ahead = now - clock  # our clock and the database's may differ; what we hold is looked at by ours
    counted_in = {m.pk: _counted_in(m, limits[m.sender_id]) for m in concerned}
    with transaction.atomic():
        used = _lock({limit.key for many in counted_in.values() for limit in many})
        taken: Counter = Counter()
        full: dict[int, tuple[Message, Limit, Reason]] = {}
        for m in concerned:
            # the full limit whose window ends last: the message waits for that one
            refusing = [x for x in counted_in[m.pk] if used[x.key] + taken[x.key] >= x.most_for(m.lane)]
            if refusing:
                limit = max(refusing, key=lambda x: x.ends_at)
                full[m.pk] = (m, limit, limit.why(m.lane, used[limit.key] + taken[limit.key]))
            else:
                taken.update(limit.key for limit in counted_in[m.pk])
                m.taken_from = [limit.key for limit in counted_in[m.pk]]
        _add(taken)
        _close(
            {(m.sender_id, m.lane < ASKS, limit.ends_at) for m, limit, _why in full.values() if not limit.group}, ahead
        )
    return {pk: Decision("hold", why, _when_free(limit) + ahead) for pk, (_m, limit, why) in full.items()}


def give_back(messages: Iterable[Message], now: datetime) -> None:
    """These took quota or a turn and did not leave. Done once for each; no query where nothing was taken."""
    messages = list(messages)
    turns.give_back(messages)
    back: Counter = Counter()
    for m in messages:
        back.update(getattr(m, "taken_from", ()))
        m.taken_from = []
    if not back:
        return
    _add(Counter({key: -count for key, count in back.items()}))
    # what was full may have room again; if it has not, the next batch says so
    Sender.objects.filter(pk__in={key[0] for key in back}).exclude(full_until=None, asks_full_until=None).update(
        full_until=None, asks_full_until=None
    )


def limits_changed(sender_id: int) -> None:
    """A person changed the limits: what waited for the old ones is looked at again, now."""
    Sender.objects.filter(pk=sender_id).update(full_until=None, asks_full_until=None)
    nudges.nudge("messages")


# --- Limits -------------------------------------------------------------------------------------------------------


def is_limited(sender: Sender) -> bool:
    return bool(sender.per_hour or sender.per_day or sender.group_limits or sender.warm_up_began_on)


def limits_of(sender: Sender, clock: datetime) -> list[Limit]:
    """All limits that hold at this moment of the database's clock."""
    hour = clock.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    found = []

    def add(group: str, begins: datetime, length: timedelta, most: int, text: str) -> None:
        window = window_of(begins, length)
        reserve = sender.reserve_percent
        found.append(Limit(sender.pk, group, window, most, reserve, begins + length, length, text))

    if sender.per_hour:
        add("", hour, HOUR, sender.per_hour, FULL_HOUR)
    most, text = _most_today(sender, day.date())
    if most is not None:
        add("", day, DAY, most, text)
    for group, allowed in sorted(sender.group_limits.items()):
        add(group, day, DAY, allowed, FULL_GROUP)
    return found


def _most_today(sender: Sender, today: date) -> tuple[int | None, str]:
    """The smaller of the daily limit and the warm-up's."""
    warm_up = warm_up_limit(sender, today)
    if warm_up is not None and (not sender.per_day or warm_up < sender.per_day):
        return warm_up, FULL_WARM_UP
    return sender.per_day or None, FULL_DAY


def warm_up_day(sender: Sender, today: date) -> int | None:
    """Which day of its plan a sender is in, from 0; None when it has none or the plan is over."""
    if not sender.warm_up_began_on:
        return None
    day = max(0, (today - sender.warm_up_began_on).days)
    return day if day < len(RAMPS[WarmUp(sender.warm_up)]) else None


def warm_up_limit(sender: Sender, today: date) -> int | None:
    """What the plan allows today: its step, and never more than twice what left yesterday."""
    day = warm_up_day(sender, today)
    if day is None:
        return None
    ramp = RAMPS[WarmUp(sender.warm_up)]
    yesterday = Quota.objects.filter(sender=sender, group="", window=f"{today - DAY:%Y-%m-%d}")
    left = yesterday.values_list("used", flat=True).first() or 0
    return min(ramp[day], max(ramp[0], 2 * left))


def window_of(begins: datetime, length: timedelta) -> str:
    return f"{begins.astimezone(UTC):%Y-%m-%dT%H}" if length == HOUR else f"{begins.astimezone(UTC):%Y-%m-%d}"


def database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


# --- Rows ---------------------------------------------------------------------------------------------------------


def _limited(messages: Sequence[Message]) -> dict[int, Sender]:
    """Senders with limits, read anew; whether any has some is asked of the rows at hand, where they are."""
    at_hand = {m.sender_id: m.sender for m in messages if "sender" in m._state.fields_cache}
    missing = {m.sender_id for m in messages} - at_hand.keys()
    limited = {pk for pk, sender in at_hand.items() if is_limited(sender)}
    if not (limited | missing):
        return {}
    fresh = Sender.objects.in_bulk(limited | missing)
    return {pk: sender for pk, sender in fresh.items() if is_limited(sender)}


def _counted_in(m: Message, limits: Sequence[Limit]) -> list[Limit]:
    group = group_of(m.address)
    return [limit for limit in limits if limit.group in ("", group)]


def _lock(keys: set[tuple[int, str, str]]) -> dict[tuple[int, str, str], int]:
    """What is used, and nobody else may add to it until our transaction ends. Always in one order: no deadlock."""
    senders, groups, windows = zip(*sorted(keys), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO messaging_quota AS q (sender_id, "group", "window", used)'
            " SELECT *, 0 FROM unnest(%s::bigint[], %s::text[], %s::text[])"
            ' ON CONFLICT (sender_id, "group", "window") DO UPDATE SET used = q.used'
            ' RETURNING sender_id, "group", "window", used',
            [list(senders), list(groups), list(windows)],
        )
        return {(sender, group, window): used for sender, group, window, used in cursor.fetchall()}


def _add(counts: Mapping[tuple[int, str, str], int]) -> None:
    if not counts:
        return
    keys = sorted(counts)
    senders, groups, windows = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH wanted AS (SELECT q.id, v.n FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[])"
            ' AS v(sender_id, "group", "window", n)'
            ' JOIN messaging_quota q USING (sender_id, "group", "window")'
            ' ORDER BY sender_id, "group", "window" FOR UPDATE OF q)'
            " UPDATE messaging_quota q SET used = greatest(q.used + wanted.n, 0) FROM wanted WHERE q.id = wanted.id",
            [list(senders), list(groups), list(windows), [counts[key] for key in keys]],
        )


def _close(ends: set[tuple[int, bool, datetime]], ahead: timedelta) -> None:
    """The claim passes these senders by until their window ends: all lanes, or those without the reserve."""
    until: dict[tuple[int, str], datetime] = {}
    for sender_id, is_urgent, ends_at in ends:
        column = "full_until" if is_urgent else "asks_full_until"
        until[sender_id, column] = max(ends_at + ahead, until.get((sender_id, column), ends_at + ahead))
    by_sender: dict[int, dict[str, datetime]] = defaultdict(dict)
    for (sender_id, column), moment in sorted(until.items()):
        by_sender[sender_id][column] = moment
    for sender_id, columns in by_sender.items():
        Sender.objects.filter(pk=sender_id).update(**columns)


def _when_free(limit: Limit) -> datetime:
    return limit.ends_at + limit.length * random.uniform(0, SPREAD)  # noqa: S311 - spread
