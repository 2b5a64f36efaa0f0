"""What may happen to a campaign by itself: the pass that checks, starts, watches, writes and takes back.

A pass takes a campaign only from the state in which it found it, under a lock of its row; what people do to it
meanwhile (verbs.py) is one conditional UPDATE, so that of two that race exactly one wins.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns.mailing import audience
from campaigns.mailing.checking import fingerprint, is_fresh, look_at_mail, look_at_people
from campaigns.mailing.schedule import local
from campaigns.mailing.variants import HELD_OUT
from campaigns.mailing.verbs import EXPIRES, RUNNING, TAKEN_BACK, counts_of
from campaigns.models import Campaign
from messaging import gate
from messaging.actions import cancel_caused, pauses, plan
from messaging.models import Message
from messaging.states import LEFT
from shelf.reasons import Reason, Refusal

log = logging.getLogger(__name__)

State = Campaign.State

BATCH = 1000
CANARY_LOOKED_AT = 500  # people drawn to find the first few who may get it now
CANARY_WAITS = timedelta(hours=1)


# --- By itself ----------------------------------------------------------------------------------------------------


def run_campaigns() -> int:
    """One step of every campaign that has one to take; how many rows were moved."""
    now = timezone.now()
    waiting = Campaign.objects.filter(
        Q(state__in=[State.CHECKING, *RUNNING])
        | Q(state=State.ARMED, starts_at__lte=now)
        | Q(state=State.CANCELLED, finished_at__isnull=True)
    )
    return sum(_step(pk, state, now) for pk, state in waiting.order_by("pk").values_list("pk", "state"))


def _step(pk: int, state: str, now: datetime) -> int:
    try:
        return _STEPS[state](pk, now)
    except OperationalError:
        raise  # the database is away: the next pass goes on from the row as it is
    except Refusal as refusal:  # such as a segment that names a field which is gone
        why = refusal.reason
    except Exception as error:
        log.exception("campaign %s is stopped", pk)
        why = Reason(_("An error on our side: %(error)s"), {"error": f"{type(error).__name__}: {error}"[:500]})
    with transaction.atomic():
        return _stop(Campaign.objects.select_for_update().get(pk=pk), why, now)


def _check(pk: int, now: datetime) -> int:
    return look_at_people(pk, now) or look_at_mail(pk, now)


def _locked(pk: int, state: str) -> Campaign | None:
    """The row for one step; none when a person moved it meanwhile, or another worker is at it."""
    rows = Campaign.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.select_related("store", "template", "stream").filter(pk=pk, state=state).first()


@transaction.atomic
def _start(pk: int, now: datetime) -> int:
    """The window is over: the first few are written down, if all is still as it was checked."""
    campaign = _locked(pk, State.ARMED)
    if campaign is None or campaign.starts_at is None or campaign.starts_at > now:
        return 0
    grown = audience.count(campaign, now)
    if not _is_as_checked(campaign, now):
        return _stop(
            campaign, Reason(_("Something was changed since the check, or it is a day old: check it again.")), now
        )
    if grown > campaign.matched * 1.1 + 10:
        text = _("The audience grew from %(before)s to %(now)s since the check: check it again.")
        return _stop(campaign, Reason(text, {"before": campaign.matched, "now": grown}), now)
    campaign.started_at = now
    first, at = _first_few(campaign, now) if campaign.recipients > settings.CAMPAIGN_CANARY else ([], now)
    campaign.state = State.CANARY if first else State.SENDING
    campaign.save(update_fields=["state", "started_at"])
    plan([audience.planned(campaign, person, at, at + EXPIRES) for person in first])
    return 1 + len(first)


def _is_as_checked(campaign: Campaign, now: datetime) -> bool:
    """What waited for its day was checked days ago; what it says must be the same."""
    if campaign.goes == Campaign.Goes.NOW:
        return is_fresh(campaign, now)
    return bool(campaign.checked_hash) and campaign.checked_hash == fingerprint(campaign)


def _first_few(campaign: Campaign, now: datetime) -> tuple[list[audience.Person], datetime]:
    """Some whom the gate lets through, and when: now, at the first hour by their own clocks, or when the night ends.

    Drawn at random: the oldest customers would bounce more than all do.
    """
    drawn = [p for p in audience.draw(campaign, CANARY_LOOKED_AT, now) if p.objection is None]
    moments = {p.customer_id: local(campaign, p.zone, now) for p in drawn}
    at = min(moments.values(), default=now)
    for _look in range(3):
        first = [p for p in drawn if moments[p.customer_id] <= at]
        messages = audience.imagined(campaign, first, at)
        decisions = gate.judge(messages, at)
        if people := [p for p, m in zip(first, messages, strict=True) if decisions[m.pk].verdict == "send"]:
            return people[: settings.CAMPAIGN_CANARY], at
        waits = [d.until for d in decisions.values() if d.verdict == "hold" and d.until]
        if not waits:
            break
        at = min(waits)
    return [], now


@transaction.atomic
def _watch(pk: int, now: datetime) -> int:
    """The first few have left: wait, look, go on or stop."""
    campaign = _locked(pk, State.CANARY)
    if campaign is None or campaign.stream.paused_at:
        return 0
    if changed := _changed(campaign):
        return _stop(campaign, changed, now)
    if trouble := _trouble(campaign):
        return _stop(campaign, trouble, now)
    if campaign.judged_at is None:
        begins = _first_hour(campaign, now)
        waiting = _under_way(campaign, now)
        if begins > now:
            return 0
        if not waiting:
            campaign.judged_at = now + timedelta(minutes=settings.CAMPAIGN_CANARY_MINUTES)
            campaign.save(update_fields=["judged_at"])
        elif campaign.started_at and now - max(begins, campaign.started_at) > CANARY_WAITS:
            text = _("An hour after the start, %(count)s of the first few still wait to leave.")
            return _stop(campaign, Reason(text, {"count": waiting}), now)
        return 0
    if now < campaign.judged_at:
        return 0
    counts = counts_of(campaign)
    if not sum(counts.get(state, 0) for state in LEFT):
        return _stop(campaign, Reason(_("Not one of the first few has left.")), now)
    campaign.state = State.SENDING
    campaign.save(update_fields=["state"])
    return 1


@transaction.atomic
def _write(pk: int, now: datetime) -> int:
    """The next batch of messages, and the mark how far they go, in one transaction; at the end, wait till all left."""
    campaign = _locked(pk, State.SENDING)
    if campaign is None or campaign.stream.paused_at:
        return 0
    stop = _changed(campaign) or _trouble(campaign)
    if stop:
        return _stop(campaign, stop, now)
    if campaign.written_all:
        if not counts_of(campaign).keys() & {Message.State.READY, Message.State.SENDING}:
            campaign.state, campaign.finished_at = State.DONE, now
            campaign.save(update_fields=["state", "finished_at"])
        return 0
    people, seen, last = audience.walk(campaign, campaign.written_up_to, BATCH, now)
    expires_at = (campaign.started_at or now) + EXPIRES
    expires_at = max(expires_at, local(campaign, ZoneInfo(campaign.store.time_zone), now) + EXPIRES)
    wanted = [p for p in people if p.objection in (None, HELD_OUT)]
    plan([audience.planned(campaign, p, now, expires_at) for p in wanted])
    campaign.written_up_to, campaign.written_all = last, not seen
    campaign.save(update_fields=["written_up_to", "written_all"])
    return max(seen, 1)


def _take_back(pk: int, now: datetime) -> int:
    taken = cancel_caused((audience.CAUSE, pk), TAKEN_BACK, now)
    if not taken:
        Campaign.objects.filter(pk=pk, state=State.CANCELLED, finished_at__isnull=True).update(finished_at=now)
    return taken


_STEPS: Mapping[str, Callable[[int, datetime], int]] = {
    State.CHECKING: _check,
    State.ARMED: _start,
    State.CANARY: _watch,
    State.SENDING: _write,
    State.CANCELLED: _take_back,
}


def _changed(campaign: Campaign) -> Reason | None:
    if campaign.state == State.CANCELLED:
        return TAKEN_BACK
    if fingerprint(campaign) == campaign.checked_hash:
        return None
    return Reason(_("The template or the store was changed while the campaign was being sent."))


def object_to_changed(messages: Sequence[Message], now: datetime) -> dict[int, Reason]:
    """The gate's late objection: not one mail leaves with an unchecked text, even before the clock strikes."""
    ids = {m.cause_id for m in messages if m.cause_type == audience.CAUSE and m.cause_id}
    begun = Campaign.objects.filter(pk__in=ids, state__in=[*RUNNING, State.CANCELLED])
    changed = {c.pk: why for c in begun.select_related("store", "template") if (why := _changed(c))}
    ours = [m for m in messages if m.cause_type == audience.CAUSE]
    held = {m.pk: HELD_OUT for m in ours if m.variant == Message.HOLDOUT}
    return {m.pk: changed[m.cause_id] for m in ours if m.cause_id in changed} | held


def _stop(campaign: Campaign, why: Reason, now: datetime) -> int:
    """A draft that could not be checked is a draft; what had begun stands still until a person looks at it."""
    campaign.state = State.DRAFT if campaign.state == State.CHECKING else State.STOPPED
    campaign.reason, campaign.reason_values = why.text, why.values
    campaign.save(update_fields=["state", "reason", "reason_values"])
    if campaign.started_at:
        pauses.pause(campaign.stream, None, now)
    return 0


# --- How far it is ------------------------------------------------------------------------------------------------


def _first_hour(campaign: Campaign, now: datetime) -> datetime:
    """When the first few are due: later than now only by their own clocks."""
    due = audience.messages_of(campaign).filter(state=Message.State.READY, attempts=0, reason="")
    return due.aggregate(last=Max("send_after"))["last"] or now


def _under_way(campaign: Campaign, now: datetime) -> int:
    """Not yet left, other than those whom the gate told to come later."""
    ready = Q(state=Message.State.READY) & (Q(send_after__lte=now) | Q(attempts__gt=0))
    return audience.messages_of(campaign).filter(ready | Q(state=Message.State.SENDING)).count()


def _trouble(campaign: Campaign) -> Reason | None:
    """What the outcome so far says, without what a person let pass already.

    Gmail and Yahoo ask for complaints below 0.3 %; a list in order bounces below 2 %.
    """
    counts = Counter(counts_of(campaign))
    counts.subtract(campaign.figures.get("accepted", {}))
    complained, unknown, failed = counts["complained"], counts["unknown"], counts["failed"]
    bad = counts["bounced"] + failed
    tried = max(1, sum(counts[state] for state in LEFT) + unknown + failed)
    if complained > 0 and complained * 1000 >= 3 * tried:
        return Reason(_("Reported as spam: %(count)s of %(tried)s."), {"count": complained, "tried": tried})
    if bad >= 2 and bad * 20 > tried:
        return Reason(_("Bounced or failed: %(count)s of %(tried)s."), {"count": bad, "tried": tried})
    if unknown >= 2 and unknown * 10 > tried:
        return Reason(_("Unclear whether they left: %(count)s of %(tried)s."), {"count": unknown, "tried": tried})
    return None
