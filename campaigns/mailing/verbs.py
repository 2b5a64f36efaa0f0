"""What people may do with a campaign.

Every move names the states it may come from and is one conditional UPDATE, so that of two that race (a cancel in the
last second, the start) exactly one wins; the other is told what the campaign is by now.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_noop as _

from campaigns.mailing import audience, guards, schedule
from campaigns.mailing.checking import fingerprint, is_fresh
from campaigns.models import Campaign
from events import nudges
from messaging.actions import cancel_caused, pauses, rehearse, replay_rehearsed, stream
from messaging.actions.replay import Choice, Terms
from messaging.models import Stream
from messaging.states import DEAD
from shelf.reasons import Reason, Refusal
from staff.models import Job

State = Campaign.State
EDITABLE = (State.DRAFT, State.CHECKING, State.CHECKED, State.APPROVAL)
RUNNING = (State.CANARY, State.SENDING)
EXPIRES = timedelta(days=7)  # news that comes a week late is none
TAKEN_BACK = Reason(_("The campaign was cancelled."))
MEANWHILE = _("Meanwhile the campaign is in another state: %(state)s.")


# What a form changes.
WRITTEN = (
    *("name", "template", "store", "segment", "language", "since_on", "until_on", "min_orders", "confirmed_hosts"),
    *("goes", "goes_on", "goes_at", "holdout_percent"),
)


class CampaignRefused(Refusal):
    """It may not go on: what is missing, or what it is by now."""


def _move(campaign: Campaign, was: Collection[str], state: str, **fields) -> None:
    moved = Campaign.objects.filter(pk=campaign.pk, state__in=was).update(
        **{"reason": "", "reason_values": {}, "state": state, **fields}
    )
    campaign.refresh_from_db()
    if not moved:
        raise CampaignRefused(MEANWHILE, state=campaign.state)
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
        raise CampaignRefused(MEANWHILE, state=kept.state)
    campaign.state, campaign.edited_by, campaign.checked_hash, campaign.asked_by = State.DRAFT, by, "", None
    campaign.save(update_fields=[*WRITTEN, "state", "edited_by", "checked_hash", "asked_by"])
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
    if needs_second_person(campaign):
        _move(campaign, (State.CHECKED,), State.APPROVAL, asked_by=by)
    else:
        _move(campaign, (State.CHECKED,), State.ARMED, asked_by=by, starts_at=schedule.begins(campaign, now))


def approve(campaign: Campaign, by, now: datetime) -> None:
    _may_leave(campaign, now)
    if by.pk in (campaign.created_by_id, campaign.edited_by_id, campaign.asked_by_id):
        raise CampaignRefused(_("Somebody else has to approve it: you wrote it, changed it or sent it."))
    _move(campaign, (State.APPROVAL,), State.ARMED, approved_by=by, starts_at=schedule.begins(campaign, now))


def needs_second_person(campaign: Campaign) -> bool:
    """Many people, or everybody there is."""
    is_everybody = bool(campaign.figures.get("everybody")) and campaign.recipients > guards.EVERYBODY_ABOVE
    return is_everybody or campaign.recipients > settings.CAMPAIGN_SECOND_PERSON_ABOVE


def _may_leave(campaign: Campaign, now: datetime) -> None:
    if not campaign.guards or guards.worst(campaign.guards) == "stop":
        raise CampaignRefused(_("The check found something that has to be mended first."))
    if not is_fresh(campaign, now):
        raise CampaignRefused(_("Something was changed since the check, or it is a day old: check it again."))
    if schedule.has_passed(campaign, now):
        raise CampaignRefused(_("The time at which it should leave has passed: choose another."))


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
    cancel_caused((audience.CAUSE, campaign.pk), TAKEN_BACK, now)


def _let_go(campaign: Campaign, by, now: datetime) -> None:
    pauses.resume(campaign.stream, _id(by), now)
    transaction.on_commit(lambda: nudges.nudge("campaigns"), robust=True)


def _id(by) -> int | None:
    return by.pk if by else None


# --- Those whom it missed -----------------------------------------------------------------------------------------


def rehearse_misses(campaign: Campaign, by, now: datetime) -> Job:
    """How many of those who did not get it would get it now; nothing leaves. Raises CampaignRefused, ReplayRefused."""
    if campaign.state not in (State.DONE, State.SENDING):
        raise CampaignRefused(_("It is not being sent."))
    if fingerprint(campaign) != campaign.checked_hash:
        raise CampaignRefused(_("It cannot go on: what was checked is no longer what would be sent."))
    terms = Terms(until=(now + EXPIRES).isoformat())
    job = rehearse(Choice(states=DEAD, stream_id=campaign.stream_id), terms, now, by)
    Campaign.objects.filter(pk=campaign.pk).update(retry=job)
    campaign.refresh_from_db()
    return job


def retry_misses(campaign: Campaign, by, now: datetime) -> Job:
    """Send to those whom the rehearsal found, once. Raises CampaignRefused, ReplayRefused."""
    if campaign.retry is None:
        raise CampaignRefused(_("Rehearse it first."))
    with transaction.atomic():
        job = replay_rehearsed(campaign.retry, now, by)
        if campaign.state == State.DONE:
            figures = {**campaign.figures, "accepted": counts_of(campaign)}
            _move(campaign, (State.DONE,), State.SENDING, finished_at=None, figures=figures)
        Campaign.objects.filter(pk=campaign.pk).update(retry=None)
    campaign.refresh_from_db()
    return job


# --- How far it is ------------------------------------------------------------------------------------------------


def counts_of(campaign: Campaign) -> dict[str, int]:
    """Messages by state, from the index alone."""
    return dict(audience.messages_of(campaign).order_by().values_list("state").annotate(n=Count("pk")))
