"""Another day for a campaign: a draft, one that waits for its hour, or what has not left yet of one on its way."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from campaigns.mailing import schedule
from campaigns.mailing.audience import CAUSE, messages_of
from campaigns.mailing.verbs import EDITABLE, EXPIRES, RUNNING, CampaignRefused, counts_of
from campaigns.models import Campaign
from customers.zones import zone_for
from events import nudges
from messaging.models import Message
from messaging.states import LEFT

State = Campaign.State
MOVABLE = (*EDITABLE, State.ARMED, *RUNNING)


class SomeGotIt(CampaignRefused):
    """A person has to say that the rest shall get it on another day than those who have it already."""

    def __init__(self, got: int, rest: int):
        text = _("%(got)s people got it already. Only the other %(rest)s would get it on the new day.")
        super().__init__(text, got=got, rest=rest)


def is_movable(campaign: Campaign) -> bool:
    return campaign.goes != Campaign.Goes.NOW and campaign.goes_on is not None and campaign.state in MOVABLE


@transaction.atomic
def move_to(campaign: Campaign, day: date, now: datetime, confirmed: bool = False) -> Campaign:
    """Same hour, another day. What was checked and approved stays so. Raises CampaignRefused, SomeGotIt."""
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("store").get(pk=campaign.pk)
    if not is_movable(campaign):
        raise CampaignRefused(_("It has no day of its own, or has left already: it cannot be moved."))
    if campaign.goes_on == day:
        return campaign
    campaign.goes_on = day
    if schedule.has_passed(campaign, now):
        raise CampaignRefused(_("That day and hour have passed."))
    if campaign.state in RUNNING:
        _ask_first(campaign, confirmed)
        _move_messages(campaign, now)
    if campaign.state == State.ARMED:
        campaign.starts_at = schedule.begins(campaign, now)
    campaign.save(update_fields=["goes_on", "starts_at"])
    transaction.on_commit(lambda: nudges.nudge("campaigns"), robust=True)
    return campaign


def _ask_first(campaign: Campaign, confirmed: bool) -> None:
    counts = counts_of(campaign)
    got = sum(counts.get(state, 0) for state in (*LEFT, Message.State.SENDING, Message.State.UNKNOWN))
    rest = counts.get(Message.State.READY, 0)
    if campaign.written_all and not rest:
        raise CampaignRefused(_("Everybody got it already."))
    if got and not confirmed:
        raise SomeGotIt(got, rest if campaign.written_all else max(rest, campaign.recipients - got))


def _move_messages(campaign: Campaign, now: datetime) -> None:
    """Each to the hour of its own zone on the new day; those that a worker has in hand go on."""
    waiting = messages_of(campaign).filter(state=Message.State.READY)
    places = waiting.order_by().values_list("customer__time_zone", "customer__country").distinct()
    store = campaign.store
    rows = []
    for own, country in places:
        zone = zone_for(own or "", country or "", store.time_zone, store.country)
        at = schedule.local(campaign, ZoneInfo(zone.key), now)
        rows.append(
            {"zone": own or "", "country": country or "", "at": at.isoformat(), "until": (at + EXPIRES).isoformat()}
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET send_after = v.at, expires_at = v.until"
            " FROM customers_customer c, json_to_recordset(%s) AS v(zone text, country text, at timestamptz,"
            " until timestamptz) WHERE m.customer_id = c.id AND c.time_zone = v.zone AND c.country = v.country"
            " AND m.cause_type = %s AND m.cause_id = %s AND m.state = 'ready'"
            " AND (m.lease_until IS NULL OR m.lease_until < %s)",
            [json.dumps(rows), CAUSE, campaign.pk, now],
        )
