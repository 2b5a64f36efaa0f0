"""A campaign to a segment: its version, its people at the store, everybody, and a cost that does not grow."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from campaigns import mailing, segments
from campaigns.mailing import running
from campaigns.models import Campaign, Segment
from customers.models import Customer, Stats
from messaging.models import Message
from tests.builders import room
from tests.builders.campaigns import campaign, look, mail, said, shop_is_online
from tests.builders.door import MONDAY
from tests.builders.mailings import buyers, leave, states, step

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    shop_is_online(monkeypatch)
    with time_machine.travel(MONDAY, tick=False) as clock, translation.override("en"):
        yield clock


def at_least(orders, name="Regulars"):
    """The live version of a segment by the number of orders."""
    definition = {"all": [{"field": "customer.orders", "op": ">=", "value": orders}]}
    segment = Segment.objects.filter(name=name).first()
    if segment:
        return segments.publish(segment, definition, MONDAY, everyone=True)
    return segments.live_version(segments.create(name, definition, MONDAY, everyone=True))


def regular(*orders):
    Stats.objects.filter(pk__in=[o.customer_id for o in orders]).update(orders=5)


def test_the_people_of_the_segment_get_it_and_nobody_else(lavka, monday):
    orders = buyers(lavka, 6)
    regular(*orders[:2])
    made = look(campaign(lavka, segment=at_least(5)))
    assert (made.matched, made.recipients) == (2, 2)
    mailing.send(made, None, timezone.now())
    monday.shift(5 * MINUTE)
    step(made)
    leave()

    assert (step(made), states(made)) == ("done", {"sent": 2})
    assert set(Message.objects.values_list("customer", flat=True)) == {o.customer_id for o in orders[:2]}


def test_somebody_of_the_segment_who_bought_elsewhere_is_told_apart(lavka):
    regular(*buyers(lavka, 2))
    stranger = Customer.objects.create(first_name="Petro")
    Stats.objects.create(customer=stranger, orders=7)

    made = look(campaign(lavka, segment=at_least(5)))

    assert made.recipients == 2
    assert said(made, "audience")[1:] == ("Will get it: 2 of 3.", ["Did not buy at this store (1)"])


def test_a_version_published_after_the_check_changes_nothing_until_somebody_saves(lavka):
    orders = buyers(lavka, 6)
    regular(*orders[:2])
    made = look(campaign(lavka, segment=at_least(5)))

    at_least(1)
    mailing.send(made, None, timezone.now())

    assert made.state == "armed"
    assert made.segment.number == 1


def test_a_condition_on_a_field_that_is_gone_stops_the_check_with_its_sentence(lavka):
    buyers(lavka, 3)
    version = at_least(1)
    type(version).objects.filter(pk=version.pk).update(
        definition={"field": "customer.shoe_size", "op": ">=", "value": 1}
    )

    made = look(campaign(lavka, segment=version))

    assert made.state == "draft"
    assert "customer.shoe_size" in made.why and "Error" not in made.why
    assert not Message.objects.exists()


def test_a_segment_that_matches_everyone_is_warned_of_and_needs_a_second_person(lavka):
    buyers(lavka, 55)
    made = look(campaign(lavka, segment=at_least(0)))

    mailing.send(made, None, timezone.now())

    assert said(made, "everybody")[1].startswith("This is everybody: all 55 customers of the store")
    assert (made.state, made.starts_at) == ("approval", None)


def test_the_form_takes_a_segment_and_keeps_its_version(lavka, client):
    version = at_least(5)
    client.force_login(room.person("marketer"))
    known = {"name": "Sale", "template": mail().pk, "store": lavka.pk, "min_orders": 1}

    client.post(reverse("admin:campaigns_campaign_add"), known | {"segment": version.segment_id})

    made = Campaign.objects.get()
    assert made.segment == version
    page = client.get(reverse("admin:campaigns_campaign_change", args=[made.pk])).content.decode()
    assert f'<option value="{version.segment_id}" selected>Regulars</option>' in page


@pytest.mark.parametrize("by_segment", [False, True])
def test_writing_down_costs_the_same_queries_for_ten_people_and_for_a_hundred(lavka, monday, by_segment, monkeypatch):
    buyers(lavka, 120)
    made = look(campaign(lavka, holdout_percent=10, segment=at_least(0) if by_segment else None))
    Campaign.objects.filter(pk=made.pk).update(state="sending", started_at=MONDAY, stream=made.stream)

    def cost(size):
        monkeypatch.setattr(running, "BATCH", size)
        with CaptureQueriesContext(connection) as queries:
            running._write(made.pk, timezone.now())
        return len(queries), Message.objects.count()

    few, many = cost(10), cost(100)

    assert (few[1], many[1]) == (10, 110)
    assert few[0] == many[0] <= 22
