"""Segments: published, counted, walked, followed on the fact and as time passes."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from campaigns import segments
from campaigns.models import Crossing, Segment, SegmentMember
from campaigns.segments import asking
from customers.actions import Bought, change_tags, count_orders
from customers.models import Customer, Stats
from events.clocks import drain
from events.models import Event
from shelf.conditions import ConditionRefused
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def customer(name="Olena", orders=0, days=0, total="100.00", **known):
    """Somebody with ``orders`` orders in UAH, the last of them ``days`` ago."""
    person = Customer.objects.create(first_name=name)
    Stats.objects.create(customer=person, **known)
    count_orders(
        Bought(person.pk, MONDAY - timedelta(days=days + back), "UAH", Decimal(total)) for back in range(orders)
    )
    return person


def leaf(name, op, value=None):
    return {"field": f"customer.{name}", "op": op, "value": value}


def segment(*conditions, followed=False, name="Regulars", **more):
    made = segments.create(name, {"all": list(conditions)}, MONDAY, **({"everyone": True} | more))
    if followed:
        segments.set_followed(made, True)
        drain("segments")
        made.refresh_from_db()
    return made


def inside(made):
    return list(segments.members(segments.live_version(made), MONDAY).order_by("pk").values_list("pk", flat=True))


def followed_now(made):
    return list(SegmentMember.objects.filter(segment=made).order_by("customer").values_list("customer", flat=True))


def facts():
    rows = Event.objects.filter(kind__startswith="segment.").order_by("pk")
    return [(e.kind, e.customer_id, e.data["segment_id"]) for e in rows]


# --- Asked --------------------------------------------------------------------------------------------------------


def test_a_segment_finds_whom_its_conditions_describe():
    olena, petro = customer("Olena", orders=3, country="UA"), customer("Petro", orders=1, country="PL")

    regulars = segment(leaf("orders", ">=", 2), leaf("spent", ">=", {"amount": "300", "currency": "UAH"}))
    poles = segment(leaf("country", "is", "PL"), leaf("orders", ">=", 1))

    assert (inside(regulars), inside(poles)) == ([olena.pk], [petro.pk])
    assert segments.contains(segments.live_version(regulars), olena.pk, MONDAY)
    assert not segments.contains(segments.live_version(regulars), petro.pk, MONDAY)


def test_walking_by_the_page_meets_everybody_once():
    people = [customer(orders=1).pk for _ in range(7)]
    customer()
    version = segments.live_version(segment(leaf("orders", ">=", 1)))

    pages, after = [], 0
    while page := segments.walk(version, after, 3, MONDAY):
        pages.append(page)
        after = page[-1]

    assert pages == [people[:3], people[3:6], people[6:]]


def test_a_count_that_takes_too_long_is_an_estimate(monkeypatch):
    customer(orders=1), customer()
    version = segments.live_version(segment(leaf("orders", ">=", 1)))
    assert segments.count(version, MONDAY) == segments.Counted(1)

    monkeypatch.setattr(asking.QuerySet, "count", lambda rows: connection.cursor().execute("SELECT pg_sleep(5)"))
    slow = asking.count_of(segments.read_version(version), MONDAY, patience=20)

    assert slow.about and slow.people >= 0
    assert Customer.objects.exists()  # the transaction goes on, and with its own patience
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


# --- Bad input ----------------------------------------------------------------------------------------------------


def test_a_segment_on_a_deleted_field_says_so_and_matches_nobody_not_everybody(monkeypatch):
    olena = customer(orders=2)
    made = segment(leaf("orders", ">=", 2), leaf("tags", "has_none", ["banned"]), followed=True)
    assert followed_now(made) == [olena.pk]

    from campaigns import fields

    monkeypatch.setattr(asking, "_NODES", {})
    monkeypatch.setattr(fields, "FIELDS", {n: f for n, f in fields.FIELDS.items() if n != "customer.tags"})

    with pytest.raises(ConditionRefused, match=r"There is no field “customer.tags” any more"):
        inside(made)
    count_orders([Bought(olena.pk, MONDAY, "UAH", Decimal(1))])
    change_tags([olena.pk], add=["x"])
    drain("events")
    assert (followed_now(made), facts()) == ([olena.pk], [])  # it stands still: nobody enters, nobody leaves


def test_a_segment_that_matches_everyone_is_refused_until_somebody_means_it():
    customer(orders=0), customer(orders=3)

    with pytest.raises(segments.Everyone, match="This segment matches every customer"):
        segment(leaf("orders", ">=", 0), everyone=False)
    with pytest.raises(ConditionRefused, match="it would match everyone"):
        segment()
    assert Segment.objects.count() == 0

    meant = segment(leaf("orders", ">=", 0))
    assert len(inside(meant)) == 2


def test_a_customer_without_country_language_and_consent_is_found_by_what_is_missing_and_by_nothing_else():
    bare = customer("Nobody")
    full = customer("Olena", country="UA", language="uk", marketing="yes")

    for field, value in (("country", "UA"), ("language", "uk"), ("marketing", "yes")):
        assert inside(segment(leaf(field, "is", value))) == [full.pk]
        assert inside(segment(leaf(field, "is_not", value))) == [bare.pk]
    for field in ("country", "language"):
        assert inside(segment(leaf(field, "unknown"))) == [bare.pk]
    assert inside(segment(leaf("last_order", "within_days", 30), leaf("country", "unknown"))) == []


# --- Versions and uses --------------------------------------------------------------------------------------------


def test_publishing_makes_a_version_and_leaves_the_former_as_it_was():
    olena, petro = customer(orders=2), customer(orders=1)
    made = segment(leaf("orders", ">=", 2))
    first = segments.live_version(made)

    second = segments.publish(made, leaf("orders", "=", 1), MONDAY)

    assert (first.number, second.number) == (1, 2)
    assert list(segments.members(first, MONDAY).values_list("pk", flat=True)) == [olena.pk]
    assert inside(made) == [petro.pk]
    assert segments.publish(made, leaf("orders", "=", 1), MONDAY) == second  # it says what the newest says


def test_a_segment_that_a_live_journey_names_is_not_deleted(journeys):
    from campaigns.models import Journey, JourneyVersion

    customer()
    made = segment(leaf("orders", ">=", 2))
    journey = Journey.objects.first()
    JourneyVersion.objects.create(
        journey=journey, number=99, definition={"starts_with": {"segment": made.pk, "moves": "enters"}}
    )
    Journey.objects.filter(pk=journey.pk).update(state=Journey.State.LIVE)

    with pytest.raises(segments.SegmentRefused, match=f"is used by “{journey.name}”"):
        segments.delete(made)
    assert Segment.objects.filter(pk=made.pk).exists()

    Journey.objects.filter(pk=journey.pk).update(state=Journey.State.DRAFT)
    segments.delete(made)
    assert not Segment.objects.exists()


# --- Followed: on the fact ----------------------------------------------------------------------------------------


def test_membership_changes_on_the_fact_and_tells_it():
    olena, petro = customer("Olena"), customer("Petro")
    vips = segment(leaf("tags", "has_any", ["vip"]), followed=True)

    change_tags([olena.pk], add=["vip"])
    drain("events")
    assert (followed_now(vips), facts()) == ([olena.pk], [("segment.entered", olena.pk, vips.pk)])

    change_tags([olena.pk, petro.pk], add=["press"], remove=["vip"])
    drain("events")
    assert followed_now(vips) == []
    assert facts()[1:] == [("segment.left", olena.pk, vips.pk)]


def test_a_fact_told_twice_changes_nothing_more():
    olena = customer()
    vips = segment(leaf("tags", "has_any", ["vip"]), followed=True)
    change_tags([olena.pk], add=["vip"])
    drain("events")

    Event.objects.update(handled_at=None)
    drain("events")

    assert (followed_now(vips), len(facts())) == ([olena.pk], 1)


def test_who_is_inside_when_it_is_first_followed_enters_quietly():
    olena = customer(orders=2)

    made = segment(leaf("orders", ">=", 2), followed=True)

    assert (followed_now(made), facts()) == ([olena.pk], [])
    assert made.filled_at == MONDAY


def test_who_comes_while_people_are_written_down_enters_aloud_and_is_not_missed(monkeypatch):
    old = [customer(orders=2) for _ in range(3)]
    made = segment(leaf("orders", ">=", 2))
    segments.set_followed(made, True)
    segments.fill(limit=2)

    new = customer("New")
    count_orders([Bought(new.pk, MONDAY, "UAH", Decimal(1)), Bought(new.pk, MONDAY, "UAH", Decimal(1))])
    change_tags([new.pk], add=["x"])
    drain("events")
    drain("segments")

    assert followed_now(made) == [*(c.pk for c in old), new.pk]
    assert facts() == [("segment.entered", new.pk, made.pk)]


def test_a_new_version_moves_people_quietly():
    petro = [customer(orders=2), customer(orders=1)][1]
    made = segment(leaf("orders", ">=", 2), followed=True)

    segments.publish(made, leaf("orders", "=", 1), MONDAY)
    drain("segments")

    assert (followed_now(made), facts()) == ([petro.pk], [])


def test_a_field_whose_changes_no_fact_tells_cannot_be_followed():
    customer()
    made = segment(leaf("last_contact", "within_days", 7))

    with pytest.raises(segments.SegmentRefused, match="No fact tells when “last message from us” changes"):
        segments.set_followed(made, True)


def test_a_batch_of_facts_costs_as_many_statements_for_fifty_as_for_one(django_assert_num_queries):
    people = [customer() for _ in range(50)]
    for number in range(3):
        segment(leaf("tags", "has_any", ["vip"]), leaf("orders", ">=", 0), followed=True, name=str(number))

    for some in (people[:1], people[1:]):
        change_tags([p.pk for p in some], add=["vip"])
        events = list(Event.objects.filter(handled_at=None, kind="customer.changed"))
        with django_assert_num_queries(8):
            segments.follow(events, MONDAY)
        Event.objects.update(handled_at=MONDAY)
    assert SegmentMember.objects.count() == 150


# --- Followed: time passes ----------------------------------------------------------------------------------------


def test_time_moves_people_by_a_row_of_their_own_and_not_by_a_rescan(monday):
    olena = customer(orders=2, days=20)
    other = customer(orders=2, days=40)
    asleep = segment(leaf("last_order", "before_days", 30), followed=True)
    assert followed_now(asleep) == [other.pk]
    assert list(Crossing.objects.values_list("customer", "at")) == [(olena.pk, MONDAY + 10 * DAY)]

    monday.move_to(MONDAY + 10 * DAY - timedelta(seconds=1))
    assert drain("crossings") == 0

    monday.move_to(MONDAY + 10 * DAY)
    assert drain("crossings") == 1
    assert followed_now(asleep) == [olena.pk, other.pk]
    assert facts() == [("segment.entered", olena.pk, asleep.pk)]
    assert Crossing.objects.count() == 0


def test_a_new_order_moves_the_crossing_along(monday):
    olena = customer(orders=1, days=20)
    asleep = segment(leaf("lifecycle", "any_of", ["at_risk", "lapsed", "lost"]), followed=True)
    assert Crossing.objects.get().at == MONDAY + 70 * DAY

    count_orders([Bought(olena.pk, MONDAY, "UAH", Decimal(5))])
    change_tags([olena.pk], add=["x"])
    drain("events")

    assert Crossing.objects.get().at == MONDAY + 90 * DAY
    monday.move_to(MONDAY + 90 * DAY)
    drain("crossings")
    assert followed_now(asleep) == [olena.pk]
    assert Crossing.objects.get().at == MONDAY + 180 * DAY  # from “at risk” to “lapsed”: still inside, but asked again


def test_somebody_may_cross_back(monday):
    olena = customer(orders=1)
    fresh = segment(leaf("last_order", "within_days", 7), followed=True)
    assert followed_now(fresh) == [olena.pk]

    monday.move_to(MONDAY + 7 * DAY)
    drain("crossings")

    assert (followed_now(fresh), facts()) == ([], [("segment.left", olena.pk, fresh.pk)])
