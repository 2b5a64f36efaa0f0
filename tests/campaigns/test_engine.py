"""The engine of journeys: a pure function, tested without a database."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.engine import Delay, Facts, JourneyRefused, Position, advance, due_at, moment_of, read_plan

KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 11:00 in Kyiv
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

REVIEW = {
    "starts_with": "order.placed",
    "ends_with": ["order.cancelled", "review.submitted"],
    "steps": [
        {
            "id": "wait", "do": "wait", "after": "delivered_at", "days": 7, "at": "10:00",
            "otherwise": {"after": "dispatched_at", "days": 14, "at": "10:00"},
        },
        {"id": "ask", "do": "ask", "what": "review", "template": "review_request", "late_hours": 72},
    ],
}  # fmt: skip
CONFIRM = {
    "starts_with": "order.placed",
    "ends_with": ["order.cancelled"],
    "steps": [{"id": "confirm", "do": "send", "template": "order_confirmation"}],
}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def facts(*happened, zone="Europe/Kyiv", **anchors):
    return Facts(anchors, dict.fromkeys(happened, (MONDAY,)), zone)


def enter(definition, now, known=None, position=None):
    return advance(read_plan(definition), position or Position("", 0, MONDAY), known or facts(), now)


# --- When a delay ends --------------------------------------------------------------------------------------------

MOMENTS = [
    # zone, anchor in UTC, days, hours, at, ends in UTC
    (KYIV, "2026-11-27T13:20", 7, 0, "10:00", "2026-12-05T08:00"),  # 15:20 is past 10:00: the day after
    (KYIV, "2026-11-27T07:59", 7, 0, "10:00", "2026-12-04T08:00"),
    (KYIV, "2026-11-27T08:00", 7, 0, "10:00", "2026-12-04T08:00"),  # to the very minute
    (KYIV, "2026-11-27T08:00:01", 7, 0, "10:00", "2026-12-05T08:00"),
    (KYIV, "2026-11-27T13:20", 0, 0, None, "2026-11-27T13:20"),
    (KYIV, "2026-11-27T13:20", 0, 5, None, "2026-11-27T18:20"),
    # Kyiv, night to 29 March 2026: 03:00 becomes 04:00
    (KYIV, "2026-03-27T08:00", 2, 0, None, "2026-03-29T07:00"),  # the same hour on the wall, one hour earlier
    (KYIV, "2026-03-28T01:30", 1, 0, None, "2026-03-29T01:00"),  # 03:30 does not exist: 04:00
    (KYIV, "2026-03-28T12:00", 0, 0, "03:30", "2026-03-29T01:00"),
    (KYIV, "2026-03-28T22:30", 0, 3, None, "2026-03-29T01:30"),  # three hours are three hours
    (KYIV, "2026-03-28T00:00", 0, 24, None, "2026-03-29T00:00"),
    # Kyiv, night to 25 October 2026: 04:00 becomes 03:00
    (KYIV, "2026-10-24T00:30", 1, 0, None, "2026-10-25T00:30"),  # 03:30 comes twice: the first
    (KYIV, "2026-10-24T12:00", 0, 0, "03:30", "2026-10-25T00:30"),
    (KYIV, "2026-10-25T01:30", 0, 0, None, "2026-10-25T01:30"),  # an anchor in the second one stays where it is
    (KYIV, "2026-10-25T01:10", 0, 0, "03:30", "2026-10-26T01:30"),
    (KYIV, "2026-10-24T22:00", 0, 5, None, "2026-10-25T03:00"),
    (KYIV, "2026-10-24T08:00", 1, 0, "10:00", "2026-10-26T08:00"),  # 11:00 is past 10:00
    (KYIV, "2026-10-24T06:00", 1, 0, "10:00", "2026-10-25T08:00"),
    # Kyiv 2027
    (KYIV, "2027-03-27T01:30", 1, 0, None, "2027-03-28T01:00"),
    (KYIV, "2027-10-30T12:00", 0, 0, "03:30", "2027-10-31T00:30"),
    # Warsaw, night to 29 March 2026: 02:00 becomes 03:00; to 25 October: 03:00 becomes 02:00
    (WARSAW, "2026-03-28T01:30", 1, 0, None, "2026-03-29T01:00"),
    (WARSAW, "2026-03-28T12:00", 0, 0, "02:15", "2026-03-29T01:00"),
    (WARSAW, "2026-10-24T12:00", 0, 0, "02:15", "2026-10-25T00:15"),
    (WARSAW, "2027-03-27T12:00", 0, 0, "02:00", "2027-03-28T01:00"),
    (WARSAW, "2027-10-30T12:00", 0, 0, "02:59", "2027-10-31T00:59"),
    (WARSAW, "2026-11-27T13:20", 7, 0, "10:00", "2026-12-05T09:00"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "anchor", "days", "hours", "at", "ends"), MOMENTS)
def test_a_delay_ends_at_the_minute_that_a_person_would_name(zone, anchor, days, hours, at, ends):
    delay = Delay("delivered_at", days, hours, time.fromisoformat(at) if at else None)

    assert moment_of(delay, utc(anchor), zone) == utc(ends)


@given(
    anchor=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),
    days=st.integers(0, 400),
    hours=st.integers(0, 100),
    minutes=st.one_of(st.none(), st.integers(0, 24 * 60 - 1)),
    zone=st.sampled_from([KYIV, WARSAW, ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")]),
)
def test_no_delay_ends_before_it_began_nor_days_too_late(anchor, days, hours, minutes, zone):
    at = None if minutes is None else time(minutes // 60, minutes % 60)
    begun = anchor.replace(tzinfo=UTC)

    ends = moment_of(Delay("entered_at", days, hours, at), begun, zone)

    least = begun + timedelta(days=days, hours=hours) - HOUR
    assert begun <= ends
    assert least <= ends <= least + DAY + 3 * HOUR


def test_a_wait_counts_from_its_anchor_else_from_the_fallbacks():
    delays = (Delay("delivered_at", 7), Delay("dispatched_at", 14))
    left, arrived = MONDAY, MONDAY + 3 * DAY

    assert due_at(delays, {}, "Europe/Kyiv") is None
    assert due_at(delays, {"dispatched_at": left}, "Europe/Kyiv") == MONDAY + 14 * DAY
    assert due_at(delays, {"dispatched_at": left, "delivered_at": arrived}, "Europe/Kyiv") == MONDAY + 10 * DAY


# --- Walking ------------------------------------------------------------------------------------------------------


def test_a_journey_without_a_wait_is_done_at_once():
    position, [effect], [taken] = enter(CONFIRM, MONDAY)

    assert (position.state, position.step, position.wake_at) == ("done", "", None)
    assert (effect.step.template, effect.due_at, effect.expires_at) == ("order_confirmation", MONDAY, MONDAY + DAY)
    assert (taken.seq, taken.step, taken.outcome) == (1, "confirm", "planned")


def test_whoever_waits_for_a_delivery_sleeps_without_a_time_and_listens():
    position, effects, taken = enter(REVIEW, MONDAY)

    assert (position.state, position.step, position.wake_at, effects, taken) == ("active", "wait", None, (), ())
    assert set(position.listens) == {
        "order.cancelled", "review.submitted", "shipment.delivered", "shipment.shipped", "order.fulfilment_reported",
        "line.completed", "order.paid",
    }  # fmt: skip


def test_a_delivery_sets_the_time_and_a_later_one_moves_it():
    arrived = utc("2026-11-27T06:00")
    asleep, *_ = enter(REVIEW, arrived, facts(delivered_at=arrived))

    moved, *_ = enter(REVIEW, arrived + DAY, facts(delivered_at=arrived + 2 * DAY), asleep)

    assert (asleep.wake_at, moved.wake_at) == (utc("2026-12-04T08:00"), utc("2026-12-06T08:00"))


def test_a_parcel_that_only_left_is_asked_about_after_a_fortnight_until_it_arrives():
    left, arrived = utc("2026-11-24T06:00"), utc("2026-12-01T06:00")

    fallback, *_ = enter(REVIEW, left, facts(dispatched_at=left))
    better, *_ = enter(REVIEW, arrived, facts(dispatched_at=left, delivered_at=arrived), fallback)

    assert (fallback.wake_at, better.wake_at) == (utc("2026-12-08T08:00"), utc("2026-12-08T08:00"))
    assert fallback.step == better.step == "wait"


def test_when_the_time_has_come_the_ask_is_planned_from_that_time():
    arrived, due = utc("2026-11-27T06:00"), utc("2026-12-04T08:00")
    asleep, *_ = enter(REVIEW, arrived, facts(delivered_at=arrived))

    position, [effect], taken = enter(REVIEW, due + 5 * HOUR, facts(delivered_at=arrived), asleep)

    assert position.state == "done"
    assert (effect.step.what, effect.due_at, effect.expires_at) == ("review", due, due + 72 * HOUR)
    assert [(t.seq, t.step, t.outcome) for t in taken] == [(1, "wait", "waited"), (2, "ask", "planned")]


@pytest.mark.parametrize("ended_by", ["order.cancelled", "review.submitted"])
def test_a_fact_that_ends_it_wins_over_a_time_that_has_come(ended_by):
    known = facts(ended_by, delivered_at=MONDAY)

    position, effects, [taken] = enter(REVIEW, MONDAY + 30 * DAY, known)

    assert (position.state, str(position.reason), effects) == ("exited", f"Ended: {ended_by}.", ())
    assert (taken.step, taken.outcome) == ("", "exited")


def test_a_step_that_is_gone_begins_from_the_beginning():
    position, effects, _taken = enter(CONFIRM, MONDAY, position=Position("renamed", 3, MONDAY))

    assert (position.state, position.seq, len(effects)) == ("done", 4, 1)


LONG = {
    "starts_with": "order.placed",
    "steps": [
        {"id": "hello", "do": "send", "template": "a"},
        {"id": "w1", "do": "wait", "after": "dispatched_at", "hours": 3},
        {"id": "left", "do": "send", "template": "b"},
        {"id": "w2", "do": "wait", "after": "delivered_at", "days": 2},
        {"id": "there", "do": "send", "template": "c"},
    ],
}


@given(looks=st.lists(st.integers(0, 24 * 12), min_size=1, max_size=12), repeat=st.integers(1, 3))
def test_however_often_and_whenever_it_is_looked_at_the_same_things_are_done_at_the_same_times(looks, repeat):
    left, arrived = MONDAY + 20 * HOUR, MONDAY + 90 * HOUR

    def known(now):
        return facts(dispatched_at=left if now >= left else None, delivered_at=arrived if now >= arrived else None)

    position, done = Position("", 0, MONDAY), {}
    for hours in [*sorted(looks * repeat), 24 * 12]:
        if position.state != "active":
            break
        now = MONDAY + hours * HOUR
        position, effects, _taken = enter(LONG, now, known(now), position)
        for effect in effects:
            assert effect.step.id not in done
            done[effect.step.id] = effect.due_at

    assert position.state == "done"
    assert done == {"hello": MONDAY, "left": left + 3 * HOUR, "there": arrived + 2 * DAY}


# --- Reading a plan -----------------------------------------------------------------------------------------------


def step(**overrides):
    return {"starts_with": "order.placed", "steps": [{"id": "a", "do": "send", "template": "t"} | overrides]}


def wait(**overrides):
    return step(do="wait", **overrides)


ANCHORS = "entered_at, step_at, placed_at, paid_at, dispatched_at, delivered_at"
DOES = "send, wait, wait_for, branch, split, ask, act, exit"
REFUSED = [
    ([], "A journey is a JSON object."),
    ("x", "A journey is a JSON object."),
    ({}, "The journey does not say which fact starts it (starts_with)."),
    ({"starts_with": 5}, "The journey does not say which fact starts it (starts_with)."),
    ({"starts_with": "order.placed"}, "The journey has no steps."),
    ({"starts_with": "order.placed", "steps": []}, "The journey has no steps."),
    ({"starts_with": "order.placed", "steps": {"a": 1}}, "The journey has no steps."),
    (
        step() | {"subject": "planet"},
        "The subject “planet” is not one of: order, shipment, customer, request, return, ticket.",
    ),
    (
        step() | {"subject": ["order"]},
        "The subject “['order']” is not one of: order, shipment, customer, request, return, ticket.",
    ),
    (step() | {"counts_from": "later"}, "counts_from is “recorded” or “happened”."),
    (step() | {"ends_with": "order.cancelled"}, "ends_with is a list of facts."),
    (step() | {"ends_with": [1]}, "ends_with is a list of facts."),
    (step(id=""), "Step 1 needs an id of small letters, digits, _ and -."),
    (step(id="Über"), "Step 1 needs an id of small letters, digits, _ and -."),
    (step(id=5), "Step 1 needs an id of small letters, digits, _ and -."),
    ({"starts_with": "order.placed", "steps": ["a"]}, "Step 1 needs an id of small letters, digits, _ and -."),
    (step(do="dance"), f"Step “a”: “dance” is not one of: {DOES}."),
    (step(do=None), f"Step “a”: “None” is not one of: {DOES}."),
    (step(template=""), "Step “a” does not say which template to send."),
    (step(template=7), "Step “a” does not say which template to send."),
    (step(late_hours=0), "Step “a”: late_hours is a number of hours, at least 1."),
    (step(late_hours="24"), "Step “a”: late_hours is a number of hours, at least 1."),
    (step(late_hours=True), "Step “a”: late_hours is a number of hours, at least 1."),
    (step(do="ask", what=""), "Step “a” does not say what it asks for."),
    (wait(after="paid"), f"Step “a” waits after “paid”, which is not one of: {ANCHORS}."),
    (wait(after=["paid_at"]), f"Step “a” waits after “['paid_at']”, which is not one of: {ANCHORS}."),
    (wait(days=-1), "Step “a” waits for a time before its own start."),
    (wait(days="7"), "Step “a”: days and hours are whole numbers, hours not below zero."),
    (wait(hours=1.5), "Step “a”: days and hours are whole numbers, hours not below zero."),
    (wait(days=99_999), "Step “a”: days and hours are whole numbers, hours not below zero."),
    (wait(at="25:00"), "Step “a”: “25:00” is not a time such as 10:00."),
    (wait(at="10"), "Step “a”: “10” is not a time such as 10:00."),
    (wait(at=10), "Step “a”: “10” is not a time such as 10:00."),
    (wait(otherwise="x"), f"Step “a” waits after “None”, which is not one of: {ANCHORS}."),
    (
        {"starts_with": "order.placed", "steps": [{"id": "a", "do": "send", "template": "t"}] * 2},
        "Two steps are called “a”.",
    ),
    (step(late_hours=10**9), "Step “a”: late_hours is a number of hours, at least 1."),
]


@pytest.mark.parametrize(("definition", "sentence"), REFUSED)
def test_a_plan_that_cannot_be_followed_is_refused_in_a_sentence_that_names_the_step(definition, sentence):
    with pytest.raises(JourneyRefused) as refusal:
        read_plan(definition)

    assert str(refusal.value) == sentence
