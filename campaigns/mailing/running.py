"""What may happen to a campaign: verbs for people, and the pass that runs by itself.

Every move names the states it may come from and is one conditional UPDATE, so that of two that race (a cancel in the
last second, the start) exactly one wins; the other is told what the campaign is by now.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns.mailing import audience, guards
from campaigns.mailing.checking import fingerprint, is_fresh, look_at_mail, look_at_people
from campaigns.models import Campaign
from events import nudges
from messaging import gate
from messaging.actions import cancel_caused, pauses, plan, stream
from messaging.models import Message, Stream
from messaging.states import LEFT
from shelf.reasons import Reason, Refusal

log = logging.getLogger(__name__)

State = Campaign.State
EDITABLE = (State.DRAFT, State.CHECKING, State.CHECKED, State.APPROVAL)
RUNNING = (State.CANARY, State.SENDING)

BATCH = 1000
EXPIRES = timedelta(days=7)  # news that comes a week late is none
CANARY_LOOKED_AT = 500  # people drawn to find the first few who may get it now
CANARY_WAITS = timedelta(hours=1)
TAKEN_BACK = Reason(_("The campaign was cancelled."))


class CampaignRefused(Refusal):
    """It may not go on: what is missing, or what it is by now."""


def _move(campaign: Campaign, was: Collection[str], state: str, **fields) -> None:
    moved = Campaign.objects.filter(pk=campaign.pk, state__in=was).update(
        **{"reason": "", "reason_values": {}, "state": state, **fields}
    )
    campaign.refresh_from_db()
    if not moved:
        raise CampaignRefused(_("Meanwhile the campaign is in another state: %(state)s."), state=campaign.state)
    transaction.on_commit(lambda: nudges.nudge("campaigns"), robust=True)


# --- Before it leaves ---------------------------------------------------------------------------------------------


@transaction.atomic
def create(campaign: Campaign, by) -> Campaign:
    """A new draft, with a stream of its own so that it can be paused."""
    campaign.stream = stream(f"campaign-{secrets.token_hex(5)}", campaign.name)
    campaign.created_by = campaign.edited_by = by
    campaign.save()
    return campaign


@transaction.atomic
def edit(campaign: Campaign, by) -> None:
    """Store what a form changed on it. What was checked or asked for before is void."""
    kept = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if kept.state not in EDITABLE:
        raise CampaignRefused(_("Meanwhile the campaign is in another state: %(state)s."), state=kept.state)
    campaign.state, campaign.edited_by, campaign.checked_hash, campaign.asked_by = State.DRAFT, by, "", None
    names = ["name", "template", "store", "language", "since_on", "until_on", "min_orders", "confirmed_hosts"]
    campaign.save(update_fields=[*names, "state", "edited_by", "checked_hash", "asked_by"])
    Stream.objects.filter(pk=campaign.stream_id).update(name=campaign.name)


def check(campaign: Campaign) -> None:
    """Look at everybody and everything; the result stands on its page when it is done."""
    if campaign.started_at:
        raise CampaignRefused(_("The campaign has begun to leave already."))
    _move(
        campaign,
        (State.DRAFT, State.CHECKED, State.APPROVAL, State.STOPPED),
        State.CHECKING,
        figures={},
        guards=[],
        checked_hash="",
        asked_by=None,
        approved_by=None,
        lease_until=None,
    )


def confirm_host(campaign: Campaign, host: str, by) -> None:
    """A person says that they know the host that a link leads to. The check starts anew."""
    host = host.strip().lower()[:253]
    if host and host not in campaign.confirmed_hosts:
        campaign.confirmed_hosts = [*campaign.confirmed_hosts, host]
    edit(campaign, by)
    check(campaign)


def send(campaign: Campaign, by, now: datetime) -> None:
    """Ask for approval where a second person is needed; otherwise the window begins. Nothing leaves yet."""
    _may_leave(campaign, now)
    if campaign.recipients > settings.CAMPAIGN_SECOND_PERSON_ABOVE:
        _move(campaign, (State.CHECKED,), State.APPROVAL, asked_by=by)
    else:
        _move(campaign, (State.CHECKED,), State.ARMED, asked_by=by, starts_at=now + window())


def approve(campaign: Campaign, by, now: datetime) -> None:
    _may_leave(campaign, now)
    if by.pk in (campaign.created_by_id, campaign.edited_by_id, campaign.asked_by_id):
        raise CampaignRefused(_("Somebody else has to approve it: you wrote it, changed it or sent it."))
    _move(campaign, (State.APPROVAL,), State.ARMED, approved_by=by, starts_at=now + window())


def window() -> timedelta:
    return timedelta(minutes=settings.CAMPAIGN_WINDOW_MINUTES)


def _may_leave(campaign: Campaign, now: datetime) -> None:
    if not campaign.guards or guards.worst(campaign.guards) == "stop":
        raise CampaignRefused(_("The check found something that has to be mended first."))
    if not is_fresh(campaign, now):
        raise CampaignRefused(_("Something was changed since the check, or it is a day old: check it again."))


def call_off(campaign: Campaign) -> None:
    """Within the window, or while it waits for approval: nothing has left, and it is a checked draft again."""
    _move(campaign, (State.ARMED, State.APPROVAL), State.CHECKED, asked_by=None, approved_by=None, starts_at=None)


# --- While it leaves ----------------------------------------------------------------------------------------------


def pause(campaign: Campaign, by, now: datetime) -> None:
    """Its stream stands still at once: nothing more is claimed from it."""
    if campaign.state not in RUNNING:
        raise CampaignRefused(_("It is not being sent."))
    pauses.pause(campaign.stream, _id(by), now)


def resume(campaign: Campaign, by, now: datetime) -> None:
    if campaign.state not in RUNNING:
        raise CampaignRefused(_("It is not being sent."))
    _let_go(campaign, by, now)


def go_on(campaign: Campaign, by, now: datetime) -> None:
    """A person looked at what stopped it, and lets it go on."""
    if not campaign.started_at or fingerprint(campaign) != campaign.checked_hash:
        raise CampaignRefused(_("It cannot go on: what was checked is no longer what would be sent."))
    with transaction.atomic():
        figures = {**campaign.figures, "accepted": counts_of(campaign)}
        _move(campaign, (State.STOPPED,), State.SENDING, figures=figures)
        _let_go(campaign, by, now)


def cancel(campaign: Campaign, by, now: datetime) -> None:
    """Nothing more leaves. What has not left is cancelled, the first thousands at once, the rest by the clock."""
    with transaction.atomic():
        _move(campaign, (*RUNNING, State.STOPPED), State.CANCELLED)
        pauses.pause(campaign.stream, _id(by), now)
    _take_back(campaign.pk, now)


def _let_go(campaign: Campaign, by, now: datetime) -> None:
    pauses.resume(campaign.stream, _id(by), now)
    transaction.on_commit(lambda: nudges.nudge("campaigns"), robust=True)


def _id(by) -> int | None:
    return by.pk if by else None


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
    except Exception as error:
        log.exception("campaign %s is stopped", pk)
        said = f"{type(error).__name__}: {error}"[:500]
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update().get(pk=pk)
            _stop(campaign, Reason(_("An error on our side: %(error)s"), {"error": said}), now)
        return 0


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
    grown = audience.count(campaign)
    if not is_fresh(campaign, now):
        return _stop(
            campaign, Reason(_("Something was changed since the check, or it is a day old: check it again.")), now
        )
    if grown > campaign.matched * 1.1 + 10:
        text = _("The audience grew from %(before)s to %(now)s since the check: check it again.")
        return _stop(campaign, Reason(text, {"before": campaign.matched, "now": grown}), now)
    campaign.started_at = now
    first = _first_few(campaign, now) if campaign.recipients > settings.CAMPAIGN_CANARY else []
    campaign.state = State.CANARY if first else State.SENDING
    campaign.save(update_fields=["state", "started_at"])
    plan([audience.planned(campaign, person, now, now + EXPIRES) for person in first])
    return 1 + len(first)


def _first_few(campaign: Campaign, now: datetime) -> list[audience.Person]:
    """Some whom the gate lets through, drawn at random: the oldest customers would bounce more than all do."""
    drawn = [p for p in audience.draw(campaign, CANARY_LOOKED_AT) if p.objection is None]
    messages = audience.imagined(campaign, drawn, now)
    decisions = gate.judge(messages, now)
    people = [p for p, m in zip(drawn, messages, strict=True) if decisions[m.pk].verdict == "send"]
    return people[: settings.CAMPAIGN_CANARY]


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
        waiting = _under_way(campaign, now)
        if not waiting:
            campaign.judged_at = now + timedelta(minutes=settings.CAMPAIGN_CANARY_MINUTES)
            campaign.save(update_fields=["judged_at"])
        elif campaign.started_at and now - campaign.started_at > CANARY_WAITS:
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
    people, seen, last = audience.walk(campaign, campaign.written_up_to, BATCH)
    expires_at = (campaign.started_at or now) + EXPIRES
    plan([audience.planned(campaign, p, now, expires_at) for p in people if p.objection is None])
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
    return {m.pk: changed[m.cause_id] for m in messages if m.cause_type == audience.CAUSE and m.cause_id in changed}


def _stop(campaign: Campaign, why: Reason, now: datetime) -> int:
    """A draft that could not be checked is a draft; what had begun stands still until a person looks at it."""
    campaign.state = State.DRAFT if campaign.state == State.CHECKING else State.STOPPED
    campaign.reason, campaign.reason_values = why.text, why.values
    campaign.save(update_fields=["state", "reason", "reason_values"])
    if campaign.started_at:
        pauses.pause(campaign.stream, None, now)
    return 0


# --- How far it is ------------------------------------------------------------------------------------------------


def counts_of(campaign: Campaign) -> dict[str, int]:
    """Messages by state, from the index alone."""
    return dict(audience.messages_of(campaign).order_by().values_list("state").annotate(n=Count("pk")))


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
