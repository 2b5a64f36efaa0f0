"""Reports: every number from rows, and all boxes together are those who entered."""

import csv
import io
import random
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from campaigns.models import Campaign, Enrolment
from campaigns.reports import journeys, mailings
from campaigns.reports.lift import Share
from campaigns.reports.revenue import Revenue
from campaigns.reports.tallies import BOXES, Counted, tally
from messaging.actions import stream
from messaging.models import Message, Template
from tests.builders import room
from tests.builders.reports import clicked, entered, journey, ordered, took, wrote

pytestmark = pytest.mark.django_db

NOON = room.NOON
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = NOON + 6 * HOUR  # of the campaign, after the orders that its people made before


def the_report(of):
    return journeys.report(of, NOON - DAY, NOON + DAY)


def step_of(report, name):
    return next(line for line in report.steps if line.step == name)


# --- Adding up ----------------------------------------------------------------------------------------------------


def test_everybody_who_came_to_a_step_that_sends_stands_in_exactly_one_box(store, journeys):
    of = journey()
    people = entered(room.orders(store, 13), of)
    took(people[:10], "ask")
    took(people[10:11], "ask", "refused")
    took(people[11:12], "ask", "holdout")
    took(people[12:], "ask", "exited")
    for who, state, reason in (
        (people[:2], "delivered", ""),
        (people[2:3], "bounced", "The mailbox does not exist."),
        (people[3:4], "ready", ""),
        (people[4:6], "skipped", "The customer has no e-mail address."),
        (people[6:7], "expired", "Too late."),
        (people[7:8], "failed", "The provider refused it."),
        (people[8:9], "unknown", ""),
    ):
        wrote(who, "ask", state=state, reason=reason)

    line = step_of(the_report(of), "ask")

    assert line.entered == 13
    assert dict(line.boxes) == {
        "sent": 3, "held": 1, "skipped": 4, "failed": 1, "unknown": 1, "refused": 1, "holdout": 1, "gone": 1
    }  # fmt: skip
    assert dict(line.reasons) == {
        "The customer has no e-mail address.": 2, "Too late.": 1, "The provider refused it.": 1
    }  # fmt: skip
    assert line.adds_up()


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_rows_say_the_numbers_add_up(seed):
    rng = random.Random(seed)
    steps = [("wait", "wait"), ("mail", "send"), ("ask", "ask"), ("split", "split")]
    outcomes = ("planned", "holdout", "refused", "late", "exited", "waited", "a", "b")
    rows = [
        Counted(
            step=rng.choice(steps)[0],
            variant=rng.choice(("", "a", "b")),
            outcome=(outcome := rng.choice(outcomes)),
            state=rng.choice(("", *Message.State.values)) if outcome == "planned" else "",
            reason=rng.choice(("", "No.", "holdout")),
            n=rng.randint(1, 9),
        )
        for _row in range(60)
    ]

    lines = tally([row for row in rows if row.step not in ("mail", "ask") or row.outcome not in "ab waited"], steps)

    for line in lines:
        assert line.adds_up()
        assert all(part.adds_up() for part in line.parts)
        assert line.entered == (sum(part.entered for part in line.parts) if line.parts else line.entered)
        assert set(line.boxes) <= set(BOXES)


def test_steps_stand_in_the_order_of_the_plan_and_forgotten_ones_at_the_end(store, journeys):
    of = journey()
    people = entered(room.orders(store, 2), of)
    took(people, "old_step", seq=1)
    took(people, "ask", seq=3)
    took(people, "wait", "waited", seq=2)
    wrote(people, "old_step", state="sent")

    names = [(line.step, line.do) for line in the_report(of).steps]

    assert names[-1] == ("old_step", "send")
    assert [name for name, _do in names if name != "old_step"] == [
        name for name, _do in journeys_steps(of) if name in ("wait", "ask")
    ]


def journeys_steps(of):
    return journeys.steps_of(of.versions.order_by("-number").first().definition)


def test_a_step_in_a_circle_finds_the_message_of_each_round(store, journeys):
    of = journey()
    people = entered(room.orders(store, 1), of)
    for seq in (1, 2, 3):
        took(people, "ask", seq=seq)
    wrote(people, "ask", state="delivered")
    wrote(people, "ask", ":2", state="skipped", reason="No.")
    wrote(people, "ask", ":3", state="ready")

    assert dict(step_of(the_report(of), "ask").boxes) == {"sent": 1, "skipped": 1, "held": 1}


def test_who_stands_at_a_step_or_is_stuck_there_came_to_it_too(store, journeys):
    of = journey()
    many = room.orders(store, 6)
    took(entered(many[:2], of), "wait", "waited")
    took(entered(many[2:3], of, state="exited"), "wait", "exited")
    entered(many[3:5], of, state="active", step="wait")
    entered(many[5:], of, state="failed", step="wait")

    line = step_of(the_report(of), "wait")

    assert dict(line.outcomes) == {"waited": 2, "exited": 1, "standing": 2, "stuck": 1}
    assert (line.entered, line.adds_up()) == (6, True)


def test_only_those_who_entered_in_the_period_count(store, journeys):
    of = journey()
    early, inside = room.orders(store, 2)
    took(entered([early], of, entered_at=NOON - 2 * DAY), "ask")
    took(entered([inside], of), "ask")

    found = the_report(of)

    assert (found.entered, step_of(found, "ask").entered) == (1, 1)


def test_delivered_and_clicked_are_told_by_rows_not_by_openings(store, journeys):
    of = journey()
    people = entered(room.orders(store, 3), of)
    took(people, "ask")
    one, two, three = wrote(people, "ask", state="sent")
    Message.objects.filter(pk__in=[one.pk, two.pk]).update(delivered_at=NOON + HOUR)
    Message.objects.filter(pk=three.pk).update(opened_at=NOON + HOUR)
    clicked(one, NOON + 2 * HOUR)

    line = step_of(the_report(of), "ask")

    assert (line.boxes["sent"], line.delivered, line.clicked) == (3, 2, 1)


# --- Revenue ------------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(store, journeys):
    """Olena got the mail of the step ``ask``."""
    of = journey()
    people = entered(room.orders(store, 1), of)
    took(people, "ask")
    return wrote(people, "ask", state="sent")[0]


def money_of(message):
    return the_report(journey()).revenue


def olenas(message):
    return Enrolment.objects.get(pk=message.cause_id).order


def test_an_order_within_five_days_after_the_last_click_is_its_revenue(letter):
    clicked(letter, NOON + HOUR)
    ordered(olenas(letter), NOON + HOUR + 5 * DAY)
    ordered(olenas(letter), NOON + HOUR + 5 * DAY + timedelta(seconds=1), "900")

    assert money_of(letter) == [Revenue("ask", "", "UAH", 1, Decimal("500.00"))]


def test_an_order_before_the_click_and_one_after_an_opening_alone_are_nobodys(letter):
    ordered(olenas(letter), NOON + HOUR)
    Message.objects.filter(pk=letter.pk).update(opened_at=NOON)
    assert money_of(letter) == []

    clicked(letter, NOON + 2 * HOUR)

    assert money_of(letter) == []


def test_a_click_by_a_machine_brings_nothing(letter):
    clicked(letter, NOON + HOUR, is_machine=True)
    ordered(olenas(letter), NOON + 2 * HOUR)

    assert money_of(letter) == []


def test_an_order_belongs_to_the_last_click_alone(letter, store):
    clicked(letter, NOON + HOUR)
    [other] = room.messages([olenas(letter)], state="delivered")
    clicked(other, NOON + 2 * HOUR)
    ordered(olenas(letter), NOON + 3 * HOUR)
    assert money_of(letter) == []

    clicked(letter, NOON + 2 * HOUR + timedelta(minutes=30))

    assert money_of(letter) == [Revenue("ask", "", "UAH", 1, Decimal("500.00"))]


def test_currencies_are_never_added(letter):
    clicked(letter, NOON + HOUR)
    for total, currency in (("100.00", "UAH"), ("50.00", "UAH"), ("20.00", "EUR")):
        ordered(olenas(letter), NOON + 2 * HOUR + timedelta(minutes=len(total) + int(Decimal(total))), total, currency)

    assert money_of(letter) == [
        Revenue("ask", "", "EUR", 1, Decimal("20.00")), Revenue("ask", "", "UAH", 2, Decimal("150.00"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields", [{"test": True}, {"placeholder": True}, {"stage": "cancelled"}, {"stage": "refunded"}]
)
def test_orders_that_are_none_bring_nothing(letter, fields):
    clicked(letter, NOON + HOUR)
    ordered(olenas(letter), NOON + 2 * HOUR, **fields)

    assert money_of(letter) == []


def test_somebody_elses_order_brings_nothing(letter, store):
    clicked(letter, NOON + HOUR)
    room.orders(store, 1, start=200)

    assert money_of(letter) == []


# --- Sides of a split ---------------------------------------------------------------------------------------------


def test_each_variant_of_a_journey_is_compared_with_those_held_out(store, journeys):
    of, many = journey(), room.orders(store, 310)
    for who, fields, hits in (
        (many[:100], {"variant": "early"}, 30),
        (many[100:200], {"variant": "late"}, 12),
        (many[200:300], {"variant": "control", "is_holdout": True}, 10),
        (many[300:], {}, 1),
    ):
        people = entered(who, of, **fields)
        took(people, "ask", "holdout" if fields.get("is_holdout") else "planned")
        for one in people[:hits]:
            one.goal_at = NOON + DAY
        Enrolment.objects.bulk_update(people, ["goal_at"])
    wrote(entered_as("early") + entered_as("late"), "ask", state="delivered")

    found = the_report(of)

    assert [(v.name, v.is_holdout, v.people, v.hits, v.lift.verdict if v.lift else "") for v in found.variants] == [
        ("", False, 10, 1, ""),
        ("early", False, 100, 30, "up"),
        ("late", False, 100, 12, "too few"),
        ("control", True, 100, 10, ""),
    ]
    assert (found.lift.got, found.lift.held_out) == (Share(42, 200), Share(10, 100))
    line = step_of(found, "ask")
    assert (line.entered, dict(line.boxes)) == (310, {"sent": 200, "holdout": 100, "gone": 10})
    assert [(part.variant, part.entered) for part in line.parts] == [
        ("", 10), ("control", 100), ("early", 100), ("late", 100)
    ]  # fmt: skip
    assert line.adds_up() and all(part.adds_up() for part in line.parts)


def entered_as(variant):
    return list(Enrolment.objects.filter(variant=variant).select_related("order", "journey"))


def test_a_person_who_entered_twice_is_one_person(store, journeys):
    of, many = journey(), room.orders(store, 2)
    entered(many[:1], of, variant="a", goal_at=NOON + DAY)
    entered(many[1:], of, variant="a", customer_id=many[0].customer_id)

    [side] = the_report(of).variants

    assert (side.entered, side.people, side.hits) == (2, 1, 1)


def test_a_goal_counts_for_a_step_only_after_its_message(store, journeys):
    of, many = journey(), room.orders(store, 3)
    before, after, never = (
        entered([many[0]], of, goal_at=NOON), entered([many[1]], of, goal_at=NOON + DAY), entered([many[2]], of)
    )  # fmt: skip
    for who in (before, after, never):
        took(who, "ask")
        wrote(who, "ask", state="delivered")

    assert step_of(the_report(of), "ask").goal == 1


# --- Campaigns ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sale(store, journeys):
    return Campaign.objects.create(
        name="Sale", template=Template.objects.first(), store=store, stream=stream("campaign-sale", "Sale"),
        state="done", started_at=START, finished_at=START,
    )  # fmt: skip


def mailed(of, many, **fields):
    made = room.messages(many, cause_type="campaign", cause_id=of.pk, **fields)
    Message.objects.filter(pk__in=[m.pk for m in made if m.state in ("sent", "delivered")]).update(sent_at=START)
    return made


def test_a_campaign_is_told_by_its_messages(sale, store):
    many = room.orders(store, 6)
    letters = mailed(sale, many[:3], state="delivered", delivered_at=START + HOUR)
    mailed(sale, many[3:5], state="skipped", reason="The customer has no e-mail address.")
    mailed(sale, many[5:], state="ready")
    clicked(letters[0], START + HOUR)
    ordered(many[0], START + 2 * HOUR)

    found = mailings.report(sale)

    [line] = found.steps
    assert (line.entered, dict(line.boxes)) == (6, {"sent": 3, "skipped": 2, "held": 1})
    assert (line.delivered, line.clicked, line.goal) == (3, 1, 1)
    assert found.revenue == [Revenue("mail", "", "UAH", 1, Decimal("500.00"))]
    assert line.adds_up()


def test_each_wording_of_a_campaign_is_compared_with_those_held_out(sale, store):
    many = room.orders(store, 300)
    sides = {"A": many[:100], "B": many[100:200], "holdout": many[200:]}
    for name, who in sides.items():
        mailed(sale, who, variant=name, state="skipped" if name == "holdout" else "delivered")
    for name, buyers in (("A", 30), ("B", 12), ("holdout", 10)):
        for order in sides[name][:buyers]:
            ordered(order, NOON + DAY)

    found = mailings.report(sale)

    [line] = found.steps
    assert (line.entered, dict(line.boxes)) == (300, {"sent": 200, "holdout": 100})
    assert [(v.name, v.is_holdout, v.people, v.hits) for v in found.variants] == [
        ("A", False, 100, 30), ("B", False, 100, 12), ("holdout", True, 100, 10)
    ]  # fmt: skip
    assert [v.lift.verdict if v.lift else "" for v in found.variants] == ["up", "too few", ""]
    assert (found.lift.got, found.lift.held_out) == (Share(42, 200), Share(10, 100))
    assert line.adds_up() and all(part.adds_up() for part in line.parts)


def test_a_holdout_alone_is_compared_with_the_one_wording(sale, store):
    many = room.orders(store, 4)
    mailed(sale, many[:3], state="delivered")
    mailed(sale, many[3:], variant="holdout", state="skipped")

    found = mailings.report(sale)

    assert [(v.name, v.people) for v in found.variants] == [("A", 3), ("holdout", 1)]
    assert found.lift.verdict == "too few"


def test_a_repeated_message_is_not_one_more_person(sale, store):
    [letter] = mailed(sale, room.orders(store, 1), state="delivered")
    letter.pk, letter.key, letter.instead_of_id = None, "again", letter.pk
    letter.save()

    found = mailings.report(sale)

    assert (found.steps[0].entered, found.variants[0].people) == (1, 1)


def test_a_campaign_that_has_not_begun_has_no_report(sale):
    sale.started_at = None

    assert mailings.report(sale).steps == []


# --- Cost and pages -----------------------------------------------------------------------------------------------


def test_a_report_costs_four_queries_however_many_came(store, journeys):
    of = journey()
    for start in (0, 40):
        people = entered(room.orders(store, 20, start=start), of)
        took(people, "ask")
        wrote(people, "ask", state="sent")
        with CaptureQueriesContext(connection) as asked:
            the_report(of)
        assert len(asked) == 4


@pytest.fixture
def marketer(client, store, journeys):
    client.force_login(room.person("marketer"))
    with time_machine.travel(NOON + DAY, tick=False), translation.override("en"):
        yield client


def test_the_page_of_a_journeys_report_shows_its_numbers(marketer, store, letter):
    clicked(letter, NOON + HOUR)
    ordered(olenas(letter), NOON + 2 * HOUR)

    body = marketer.get(f"/admin/report/journey/{journey().pk}/").content.decode()

    assert "1 (100%)" in body
    assert "₴500.00" in body or "UAH\xa0500.00" in body
    assert 'aria-label="sent: 1"' in body


def test_the_report_as_csv_adds_up_too(marketer, letter):
    answer = marketer.get(f"/admin/report/journey/{journey().pk}/?export=csv")

    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    entered_at, first_box = rows[0].index("Entered"), rows[0].index("sent")
    assert len(rows) == 2
    assert int(rows[1][entered_at]) == sum(int(n) for n in rows[1][first_box : first_box + len(BOXES)]) == 1


def test_an_empty_report_says_so(marketer, sale):
    assert "Nobody entered in these days." in marketer.get(f"/admin/report/journey/{journey().pk}/").content.decode()
    Campaign.objects.update(started_at=None)
    assert "Nothing has left yet" in marketer.get(f"/admin/report/campaign/{sale.pk}/").content.decode()


def test_a_campaigns_report_is_led_to_from_its_page(marketer, sale, store):
    mailed(sale, room.orders(store, 2), state="delivered")

    assert (
        f"/admin/report/campaign/{sale.pk}/"
        in marketer.get(f"/admin/campaigns/campaign/{sale.pk}/change/").content.decode()
    )
    assert "sent: 2" in marketer.get(f"/admin/report/campaign/{sale.pk}/").content.decode()


def test_what_takes_too_long_is_said_in_words(marketer, monkeypatch):
    monkeypatch.setattr("campaigns.admin.reports.SECONDS", 0.05)

    def slow(*_asked):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(journeys, "report", slow)

    assert "Counting took too long." in marketer.get(f"/admin/report/journey/{journey().pk}/").content.decode()


def test_reports_are_for_those_who_may_see_them(client, store, journeys):
    of = journey()
    assert client.get(f"/admin/report/journey/{of.pk}/").status_code == 302


def test_shares_are_of_people():
    assert Share(3, 12).rate == 0.25
