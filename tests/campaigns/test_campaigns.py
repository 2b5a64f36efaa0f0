"""A campaign on its way: window, second person, the first few, everybody; paused, cancelled, stopped, killed."""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.urls import reverse
from django.utils import timezone, translation

from campaigns import mailing
from campaigns.lends import tiles
from campaigns.mailing import running
from campaigns.models import Campaign
from events import clocks
from messaging import actions as messages
from messaging.models import LocalMail, Message, MessageBody, Suppression
from orders.actions import save_orders
from orders.models import Order, Store
from tests.builders import room
from tests.builders.campaigns import FOOT, campaign, look, mail, shop_is_online
from tests.builders.door import MONDAY, order_seen

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def monday(request):
    if "processes" in request.keywords:
        yield None
        return
    with time_machine.travel(MONDAY, tick=False) as clock, translation.override("en"):
        yield clock


@pytest.fixture(autouse=True)
def visits(monkeypatch):
    return shop_is_online(monkeypatch)


def buyers(store, count, start=0):
    seen = [
        order_seen(n, email=f"n{n}@example.com", customer_id=str(n), phone="", language="uk")
        for n in range(start, start + count)
    ]
    return [saved.order for saved in save_orders(store, seen)]


def armed(store, by=None, **fields):
    """Checked, and sent: the window runs."""
    made = look(campaign(store, by, **fields))
    mailing.send(made, by, timezone.now())
    return made


def step(made):
    """The clock of campaigns, once until it stands still."""
    clocks.drain("campaigns")
    made.refresh_from_db()
    made.stream.refresh_from_db()
    return made.state


def leave():
    clocks.drain("messages")


def states(made):
    return Counter(Message.objects.filter(cause_type="campaign", cause_id=made.pk).values_list("state", flat=True))


# --- The window and the second person -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_nothing_leaves_within_the_window_and_all_after_it(lavka, monday):
    buyers(lavka, 3)
    made = armed(lavka)

    monday.shift(4 * MINUTE)
    assert step(made) == "armed" and not states(made)
    monday.shift(MINUTE)
    assert step(made) == "sending"
    leave()

    assert step(made) == "done"
    assert states(made) == {"sent": 3}
    assert sorted(LocalMail.objects.values_list("to", flat=True)) == [f"n{n}@example.com" for n in range(3)]
    message = Message.objects.get(key__startswith=f"campaign:{made.pk}:", address="n0@example.com")
    assert message.key == f"campaign:{made.pk}:{message.customer_id}"
    assert (message.language, message.sender, message.country) == ("uk", lavka.sender, "UA")


@pytest.mark.django_db
def test_called_off_within_the_window_it_is_a_checked_draft_again(lavka, monday):
    buyers(lavka, 3)
    made = armed(lavka)

    mailing.call_off(made)
    monday.shift(10 * MINUTE)

    assert step(made) == "checked"
    assert not states(made) and made.starts_at is None


@pytest.mark.django_db
def test_above_the_threshold_somebody_else_has_to_approve(lavka, monday, settings):
    settings.CAMPAIGN_SECOND_PERSON_ABOVE = 2
    marta, oleh = room.person("marketer"), room.person("manager")
    buyers(lavka, 3)

    made = armed(lavka, marta)
    monday.shift(10 * MINUTE)
    assert step(made) == "approval"

    with pytest.raises(mailing.CampaignRefused, match="Somebody else has to approve it"):
        mailing.approve(made, marta, timezone.now())
    assert step(made) == "approval"
    mailing.approve(made, oleh, timezone.now())
    assert (made.state, made.approved_by, made.starts_at) == ("armed", oleh, timezone.now() + 5 * MINUTE)


@pytest.mark.django_db
def test_who_changed_it_cannot_approve_it_either(lavka, settings):
    settings.CAMPAIGN_SECOND_PERSON_ABOVE = 2
    marta, oleh, iryna = room.person("marketer"), room.person("manager"), room.person("owner")
    buyers(lavka, 3)
    made = campaign(lavka, marta)
    mailing.edit(made, oleh)
    look(made)
    mailing.send(made, marta, timezone.now())

    with pytest.raises(mailing.CampaignRefused):
        mailing.approve(made, oleh, timezone.now())
    mailing.approve(made, iryna, timezone.now())

    assert made.state == "armed"


@pytest.mark.django_db
def test_a_template_changed_before_the_approval_cannot_be_approved(lavka, settings):
    settings.CAMPAIGN_SECOND_PERSON_ABOVE = 2
    marta, oleh = room.person("marketer"), room.person("manager")
    buyers(lavka, 3)
    made = armed(lavka, marta)
    mail("Something else " + FOOT)

    with pytest.raises(mailing.CampaignRefused, match="changed since the check"):
        mailing.approve(made, oleh, timezone.now())

    assert step(made) == "approval"


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["template", "unpublished", "audience"])
def test_what_was_changed_within_the_window_does_not_leave(lavka, monday, change):
    buyers(lavka, 3)
    made = armed(lavka)
    if change == "template":
        mail("Something else " + FOOT)
    elif change == "unpublished":
        made.template.versions.all().delete()
    else:
        buyers(lavka, 20, start=100)

    monday.shift(5 * MINUTE)

    assert step(made) == "stopped"
    assert not states(made)
    assert made.why == (
        "The audience grew from 3 to 23 since the check: check it again."
        if change == "audience"
        else "Something was changed since the check, or it is a day old: check it again."
    )
    mailing.check(made)  # nothing has left: it may be looked at and sent anew
    assert step(made) == ("draft" if change == "unpublished" else "checked")


# --- The first few ------------------------------------------------------------------------------------------------


@pytest.fixture
def small(settings):
    settings.CAMPAIGN_CANARY = 10
    return settings


@pytest.mark.django_db
def test_the_first_few_leave_alone_and_the_rest_follows_by_itself(lavka, monday, small):
    buyers(lavka, 30)
    made = armed(lavka)
    monday.shift(5 * MINUTE)

    assert step(made) == "canary" and states(made) == {"ready": 10}
    leave()
    assert step(made) == "canary" and states(made) == {"sent": 10}
    monday.shift(14 * MINUTE)
    assert step(made) == "canary"
    monday.shift(MINUTE)
    assert step(made) == "sending"
    leave()

    assert step(made) == "done" and states(made) == {"sent": 30}
    assert LocalMail.objects.values("to").distinct().count() == 30


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "count", "why"),
    [
        ("bounced", 2, "Bounced or failed: 2 of 10."),
        ("complained", 1, "Reported as spam: 1 of 10."),
        ("failed", 3, "Bounced or failed: 3 of 10."),
        ("unknown", 2, "Unclear whether they left: 2 of 10."),
        ("skipped", 10, "Not one of the first few has left."),
    ],
)
def test_a_bad_outcome_of_the_first_few_stops_it_with_the_reason(lavka, monday, small, state, count, why):
    buyers(lavka, 30)
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    step(made)
    leave()
    step(made)

    some = Message.objects.filter(cause_id=made.pk, cause_type="campaign").values_list("pk", flat=True)[:count]
    Message.objects.filter(pk__in=list(some)).update(state=state)
    monday.shift(15 * MINUTE)

    assert (step(made), made.why) == ("stopped", why)
    assert made.stream.paused_at == timezone.now()
    assert sum(states(made).values()) == 10


@pytest.mark.django_db
def test_one_bounce_among_the_first_few_stops_nothing(lavka, monday, small):
    buyers(lavka, 30)
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    step(made)
    leave()
    step(made)

    Message.objects.filter(pk=Message.objects.filter(cause_id=made.pk, cause_type="campaign").first().pk).update(
        state="bounced"
    )
    monday.shift(15 * MINUTE)

    assert step(made) == "sending"


@pytest.mark.django_db
def test_a_person_lets_a_stopped_campaign_go_on_and_the_same_trouble_stops_it_no_more(lavka, monday, small):
    buyers(lavka, 30)
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    step(made)
    leave()
    step(made)
    some = Message.objects.filter(cause_id=made.pk, cause_type="campaign").values_list("pk", flat=True)[:3]
    Message.objects.filter(pk__in=list(some)).update(state="bounced")
    assert step(made) == "stopped"

    mailing.go_on(made, None, timezone.now())
    step(made)
    leave()

    assert step(made) == "done"
    assert states(made) == {"bounced": 3, "sent": 27}


@pytest.mark.django_db
def test_the_first_few_are_people_whom_the_gate_lets_through(lavka, monday, small):
    orders = buyers(lavka, 40)
    Suppression.objects.bulk_create([Suppression(address=o.email, reason="bounced") for o in orders[:25]])
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    step(made)

    leave()

    assert states(made) == {"sent": 10}


@pytest.mark.django_db
def test_first_few_that_cannot_leave_for_an_hour_stop_it(lavka, monday, small):
    buyers(lavka, 30)
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    step(made)

    monday.shift(61 * MINUTE)

    assert (step(made), made.why) == ("stopped", "An hour after the start, 10 of the first few still wait to leave.")


# --- While it is being sent ---------------------------------------------------------------------------------------


@pytest.fixture
def under_way(lavka, monday):
    """Five messages are written; two of them have left."""
    buyers(lavka, 5)
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    step(made)
    messages.send_due(limit=2)
    return made


@pytest.mark.django_db
def test_paused_nothing_leaves_and_resumed_the_rest(under_way):
    mailing.pause(under_way, None, timezone.now())
    leave()
    assert states(under_way) == {"ready": 3, "sent": 2}
    assert step(under_way) == "sending"

    mailing.resume(under_way, None, timezone.now())
    leave()

    assert step(under_way) == "done" and states(under_way) == {"sent": 5}


@pytest.mark.django_db
def test_cancelled_what_has_not_left_is_taken_back_with_the_reason(under_way):
    left = states(under_way)["sent"]

    mailing.cancel(under_way, None, timezone.now())
    leave()

    assert states(under_way) == {"sent": left, "cancelled": 5 - left}
    assert {m.why for m in Message.objects.filter(state="cancelled")} == {"The campaign was cancelled."}
    assert step(under_way) == "cancelled" and under_way.finished_at


@pytest.mark.django_db
def test_a_stream_resumed_by_hand_does_not_send_what_was_cancelled(under_way):
    left = states(under_way)["sent"]
    Campaign.objects.filter(pk=under_way.pk).update(state="cancelled")  # and nothing is taken back yet

    leave()

    assert states(under_way) == {"sent": left, "skipped": 5 - left}


@pytest.mark.django_db
def test_a_lease_on_a_message_does_not_save_it_from_a_cancel(under_way):
    waiting = Message.objects.filter(cause_id=under_way.pk, cause_type="campaign", state="ready")
    waiting.update(lease=7, lease_until=timezone.now() + MINUTE)

    mailing.cancel(under_way, None, timezone.now())

    assert not waiting.exists()


@pytest.mark.django_db
def test_a_template_changed_while_it_is_sent_stops_it(under_way):
    mail("Something else " + FOOT)

    assert step(under_way) == "stopped"
    assert under_way.why == "The template or the store was changed while the campaign was being sent."
    with pytest.raises(mailing.CampaignRefused, match="no longer what would be sent"):
        mailing.go_on(under_way, None, timezone.now())


@pytest.mark.django_db
def test_not_one_mail_leaves_with_a_text_that_was_not_checked(under_way):
    left = states(under_way)["sent"]
    mail("Something else " + FOOT)

    leave()  # before the clock of campaigns has noticed

    assert states(under_way) == {"sent": left, "skipped": 5 - left}
    assert "changed while the campaign was being sent" in Message.objects.filter(state="skipped").first().why


@pytest.mark.django_db
def test_a_campaign_that_began_cannot_be_checked_edited_or_called_off(under_way):
    for verb in (mailing.check, lambda c: mailing.edit(c, None), mailing.call_off):
        with pytest.raises(mailing.CampaignRefused):
            verb(under_way)

    assert step(under_way) == "sending"


@pytest.mark.django_db
def test_who_was_suppressed_meanwhile_does_not_get_it_and_the_page_says_why(lavka, monday):
    orders = buyers(lavka, 3)
    made = armed(lavka)
    Suppression.objects.create(address=orders[0].email, reason="bounced")
    monday.shift(5 * MINUTE)
    step(made)
    leave()

    assert step(made) == "done"
    assert states(made) == {"sent": 2, "skipped": 1}


@pytest.mark.django_db
def test_a_mail_speaks_in_the_name_of_the_campaigns_store_and_of_the_last_order_there(lavka, monday):
    first = buyers(lavka, 1)[0]
    other = Store.objects.create(slug="other", name="Other", country="UA", currency="UAH", language="uk")
    save_orders(other, [order_seen(9, email="n0@example.com", customer_id="", phone="")])
    assert Order.objects.filter(customer=first.customer).count() == 2

    made = armed(lavka, template=mail(f"{{{{ store.name }}}} {{{{ order.number }}}} {FOOT}"))
    monday.shift(5 * MINUTE)
    step(made)
    leave()

    assert f"Лавка {first.number}" in MessageBody.objects.get().text


# --- Races and kills ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("journeys")
def test_of_a_cancel_in_the_last_second_and_the_start_exactly_one_wins(lavka, monday):
    buyers(lavka, 3)
    won = Counter()
    for _round in range(6):
        made = armed(lavka, name=f"Round {_round}")
        Campaign.objects.filter(pk=made.pk).update(starts_at=timezone.now())
        gate = threading.Barrier(2)

        def start(pk=made.pk, gate=gate):
            gate.wait()
            running._start(pk, timezone.now())
            connections.close_all()

        def call_off(pk=made.pk, gate=gate):
            gate.wait()
            try:
                mailing.call_off(Campaign.objects.get(pk=pk))
                won["called off"] += 1
            except mailing.CampaignRefused:
                won["started"] += 1
            connections.close_all()

        threads = [threading.Thread(target=start), threading.Thread(target=call_off)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made.refresh_from_db()
        assert made.state in ("checked", "sending")
        assert (made.started_at is None) == (made.state == "checked")

    assert sum(won.values()) == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("journeys")
def test_a_cancel_that_holds_the_row_makes_the_start_pass_by(lavka, monday):
    buyers(lavka, 3)
    made = armed(lavka)
    Campaign.objects.filter(pk=made.pk).update(starts_at=timezone.now())
    took = []

    def start():
        took.append(running._start(made.pk, timezone.now()))
        connections.close_all()

    with transaction.atomic():
        mailing.call_off(made)
        thread = threading.Thread(target=start)
        thread.start()
        thread.join()

    assert took == [0] and step(made) == "checked" and not states(made)


@pytest.mark.django_db
def test_a_worker_that_dies_while_writing_is_followed_without_gap_or_double(lavka, monday, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 4)
    buyers(lavka, 11)
    made = armed(lavka)
    monday.shift(5 * MINUTE)
    assert mailing.run_campaigns() and mailing.run_campaigns()  # started, and one batch
    real, calls = running.plan, []

    def dies(planned):
        calls.append(len(planned))
        real(planned)
        raise SystemExit("kill -9 after the rows and before the commit")

    monkeypatch.setattr(running, "plan", dies)
    with pytest.raises(SystemExit):
        mailing.run_campaigns()
    assert states(made) == {"ready": 4}
    monkeypatch.setattr(running, "plan", real)

    assert step(made) == "sending"
    assert states(made) == {"ready": 11}
    assert (
        Message.objects.filter(cause_id=made.pk, cause_type="campaign").values("customer_id").distinct().count() == 11
    )


WRITER = """
import os, django
django.setup()
from campaigns.mailing import running
running.BATCH = 5
while running.run_campaigns():
    print("batch", flush=True)
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("journeys")
def test_real_writers_killed_in_the_middle_leave_no_gap_and_no_double(lavka, settings):
    with translation.override("en"):
        buyers(lavka, 120)
        made = armed(lavka)
    Campaign.objects.filter(pk=made.pk).update(starts_at=timezone.now() - MINUTE, started_at=timezone.now())
    Campaign.objects.filter(pk=made.pk).update(state="sending")
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}

    for _n in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER], stdout=subprocess.PIPE, text=True, env=environment, cwd=settings.BASE_DIR
        )
        for _batch in range(4):
            writer.stdout.readline()
        writer.kill()
        writer.wait()
    written = sum(states(made).values())
    assert 0 < written < 120
    step(made)

    assert states(made) == {"ready": 120}


# --- Its page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def marta(client, db):
    user = room.person("marketer")
    client.force_login(user)
    return user


def page(made):
    return reverse("admin:campaigns_campaign_change", args=[made.pk])


@pytest.mark.django_db
def test_a_marketer_writes_checks_and_sends_a_campaign_in_the_room(client, marta, lavka, monday):
    buyers(lavka, 3)
    template = mail()

    form = {"name": "Autumn sale", "template": template.pk, "store": lavka.pk, "language": "", "min_orders": 1}
    made = client.post(reverse("admin:campaigns_campaign_add"), form)
    campaign_ = Campaign.objects.get()
    assert made.headers["Location"] == page(campaign_)
    assert campaign_.created_by == marta and campaign_.stream.slug.startswith("campaign-")

    client.post(page(campaign_), {"deed": "look"})
    assert "It is being checked" in client.get(page(campaign_)).text
    step(campaign_)
    told = client.get(page(campaign_)).text
    assert "Send to 3 people" in told and "Will get it: 3 of 3." in told
    client.post(page(campaign_), {"deed": "send"})
    told = client.get(page(campaign_)).text
    assert "Do not send it" in told and "data-countdown" in told and "http-equiv" in told

    client.post(page(campaign_), {"deed": "call_off"})
    assert step(campaign_) == "checked"


@pytest.mark.django_db
def test_a_cancel_that_came_too_late_is_told_so(client, marta, lavka, monday):
    buyers(lavka, 3)
    made = armed(lavka, marta)
    monday.shift(5 * MINUTE)
    step(made)

    told = client.post(page(made), {"deed": "call_off"}, follow=True).text

    assert "Meanwhile the campaign is in another state: Being sent." in told or "being sent" in told
    assert step(made) == "sending"


@pytest.mark.django_db
def test_a_form_that_contradicts_itself_is_shown_again_and_changes_nothing(client, marta, lavka):
    made = campaign(lavka, marta)
    form = {"name": "x", "template": made.template_id, "store": lavka.pk, "min_orders": 0}
    days = {"since_on": "2026-11-02", "until_on": "2026-11-01"}

    answer = client.post(page(made), {"deed": "save", **form, **days})

    assert answer.status_code == 422
    assert "This day lies before the first one." in answer.text
    made.refresh_from_db()
    assert (made.name, made.since_on) == ("Autumn sale", None)


@pytest.mark.django_db
def test_an_agent_sees_campaigns_and_has_no_button(client, lavka):
    client.force_login(room.person("agent"))
    made = look(campaign(lavka))

    told = client.get(page(made))

    assert told.status_code == 200 and 'name="deed"' not in told.text
    assert client.post(page(made), {"deed": "look"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("state", Campaign.State.values)
def test_every_state_has_a_page(client, marta, lavka, state):
    buyers(lavka, 2)
    made = look(campaign(lavka, marta))
    begun = timezone.now() if state in ("canary", "sending", "done", "stopped", "cancelled") else None
    Campaign.objects.filter(pk=made.pk).update(
        state=state, starts_at=timezone.now(), started_at=begun, finished_at=begun
    )

    told = client.get(page(made))

    assert told.status_code == 200
    assert "Autumn sale" in told.text


@pytest.mark.django_db
def test_the_page_costs_a_fixed_number_of_queries(client, marta, lavka, monday, django_assert_max_num_queries):
    buyers(lavka, 20)
    made = armed(lavka, marta)
    monday.shift(5 * MINUTE)
    step(made)
    leave()

    with django_assert_max_num_queries(25):
        client.get(page(made))


@pytest.mark.django_db
def test_home_shows_campaigns_that_wait_for_a_person(lavka):
    made = campaign(lavka)
    assert tiles(timezone.now()) == []

    Campaign.objects.filter(pk=made.pk).update(state="stopped")

    assert [(tile.title, tile.value, tile.tone) for tile in tiles(timezone.now())] == [
        ("Campaigns that stopped", "1", "bad")
    ]
