"""Every kind of step, its bad input, and the nights on which clocks change: the engine alone, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.engine import Facts, JourneyRefused, Position, advance, read_plan, variant_of
from shelf.conditions import ConditionRefused

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 11:00 in Kyiv
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(*steps, **overrides):
    return read_plan({"starts_with": "order.placed", "steps": list(steps)} | overrides)


def send(name="mail", **more):
    return {"id": name, "do": "send", "template": "t", **more}


def wait(name="w", **more):
    return {"id": name, "do": "wait", **more}


def facts(happened=(), zone="Europe/Kyiv", values=None, dice="1:1", **anchors):
    heard = happened if isinstance(happened, dict) else dict.fromkeys(happened, (MONDAY,))
    return Facts(anchors, heard, zone, values or {}, dice)


def walk(plan_, now=MONDAY, known=None, position=None):
    position, effects, taken = advance(plan_, position or Position("", 0, MONDAY), known or facts(), now)
    return position, [effect.step.id for effect in effects], [(t.step, t.outcome) for t in taken]


# --- Waiting ------------------------------------------------------------------------------------------------------

MOMENTS = [
    # zone, the wait, begun in UTC, over in UTC
    ("Europe/Kyiv", {"days": 2, "weekdays": ["fri"]}, "2026-11-23T09:00", "2026-11-27T09:00"),
    ("Europe/Kyiv", {"weekdays": ["mon"], "at": "10:00"}, "2026-11-23T09:00", "2026-11-30T08:00"),  # 10:00 has passed
    ("Europe/Kyiv", {"weekdays": ["mon"], "at": "12:00"}, "2026-11-23T09:00", "2026-11-23T10:00"),
    ("Europe/Kyiv", {"between": ["10:00", "16:00"]}, "2026-11-23T09:00", "2026-11-23T09:00"),
    ("Europe/Kyiv", {"between": ["10:00", "16:00"]}, "2026-11-23T14:00", "2026-11-24T08:00"),  # 16:00 is no more
    ("Europe/Kyiv", {"between": ["10:00", "16:00"], "weekdays": ["mon"]}, "2026-11-23T14:00", "2026-11-30T08:00"),
    ("Europe/Kyiv", {"on": "2026-12-24"}, "2026-11-23T09:00", "2026-12-23T22:00"),
    ("Europe/Kyiv", {"on": "2026-12-24", "at": "10:00"}, "2026-11-23T09:00", "2026-12-24T08:00"),
    # over midnight
    ("Europe/Kyiv", {"between": ["22:00", "08:00"]}, "2026-11-23T09:00", "2026-11-23T20:00"),
    ("Europe/Kyiv", {"between": ["22:00", "08:00"]}, "2026-11-23T21:30", "2026-11-23T21:30"),
    ("Europe/Kyiv", {"between": ["22:00", "08:00"]}, "2026-11-24T05:59", "2026-11-24T05:59"),
    ("Europe/Kyiv", {"between": ["22:00", "08:00"]}, "2026-11-24T06:00", "2026-11-24T20:00"),
    # the night to 29 March 2026: 03:00 becomes 04:00 in Kyiv, 02:00 becomes 03:00 in Warsaw
    ("Europe/Kyiv", {"between": ["03:00", "04:00"]}, "2026-03-28T23:00", "2026-03-30T00:00"),  # there is no such hour
    ("Europe/Kyiv", {"between": ["03:00", "05:00"]}, "2026-03-28T23:00", "2026-03-29T01:00"),
    ("Europe/Warsaw", {"between": ["22:00", "08:00"]}, "2026-03-29T05:59", "2026-03-29T05:59"),  # 07:59 summer time
    ("Europe/Warsaw", {"between": ["22:00", "08:00"]}, "2026-03-29T06:00", "2026-03-29T20:00"),
    ("Europe/Warsaw", {"days": 1, "at": "10:00"}, "2026-03-28T08:00", "2026-03-29T08:00"),
    # the night to 25 October 2026: 04:00 becomes 03:00 in Kyiv, 03:00 becomes 02:00 in Warsaw
    ("Europe/Kyiv", {"between": ["03:00", "04:00"]}, "2026-10-24T23:00", "2026-10-25T00:00"),
    ("Europe/Kyiv", {"between": ["22:00", "08:00"]}, "2026-10-25T05:59", "2026-10-25T05:59"),  # 07:59 winter time
    ("Europe/Kyiv", {"between": ["22:00", "08:00"]}, "2026-10-25T06:00", "2026-10-25T20:00"),
    ("Europe/Warsaw", {"weekdays": ["sun"], "at": "02:30"}, "2026-10-24T12:00", "2026-10-25T00:30"),
]


@pytest.mark.parametrize(("zone", "delay", "begun", "over"), MOMENTS)
def test_a_wait_is_over_at_the_minute_that_a_person_there_would_name(zone, delay, begun, over):
    asleep = Position("", 0, utc(begun))

    position, *_ = walk(plan(wait(**delay), send()), utc("2020-01-01"), facts(zone=zone), asleep)

    assert position.wake_at == utc(over)


def test_a_wait_after_the_step_before_counts_from_when_that_was_due_and_not_from_when_a_worker_came():
    twice = plan(wait("a", days=1), send("one"), wait("b", after="step_at", days=1), send("two"))

    late, effects, _taken = walk(twice, MONDAY + DAY + 5 * HOUR)

    assert (late.step, late.wake_at, effects) == ("b", MONDAY + 2 * DAY, ["one"])


def test_days_before_an_anchor_are_days_before_it():
    before = plan(wait(after="delivered_at", days=-3), send())

    position, *_ = walk(before, known=facts(delivered_at=MONDAY + 10 * DAY))

    assert position.wake_at == MONDAY + 7 * DAY


def test_a_wait_whose_time_has_passed_is_over_at_once_and_what_follows_is_as_late_as_that():
    week = plan(wait(after="delivered_at", days=7), send(late_hours=72))

    position, [effect], taken = advance(week, Position("", 0, MONDAY), facts(delivered_at=MONDAY - 20 * DAY), MONDAY)

    assert (position.state, effect.due_at, effect.expires_at) == ("done", MONDAY - 13 * DAY, MONDAY - 10 * DAY)
    assert [(t.step, t.outcome) for t in taken] == [("w", "waited"), ("mail", "planned")]


# --- Waiting for a fact -------------------------------------------------------------------------------------------

PAY = plan(
    {"id": "pay", "do": "wait_for", "fact": "order.paid", "within": {"days": 2}, "then": "thanks", "otherwise": "nag"},
    send("thanks", next=""),
    send("nag"),
)


def test_whoever_waits_for_a_fact_listens_and_sleeps_until_the_time_is_over():
    position, effects, taken = walk(PAY)

    assert (position.step, position.wake_at, position.listens) == ("pay", MONDAY + 2 * DAY, ("order.paid",))
    assert (effects, taken) == ([], [])


def test_a_fact_that_comes_leads_one_way_and_the_end_of_the_time_the_other():
    asleep, *_ = walk(PAY)

    heard = walk(PAY, MONDAY + DAY, facts({"order.paid": (MONDAY + DAY,)}), asleep)
    passed = walk(PAY, MONDAY + 2 * DAY, facts(), asleep)

    assert heard[1:] == (["thanks"], [("pay", "heard"), ("thanks", "planned")])
    assert passed[1:] == (["nag"], [("pay", "passed"), ("nag", "planned")])
    assert heard[0].state == passed[0].state == "done"


def test_a_fact_that_was_known_before_the_step_was_reached_is_not_waited_for():
    assert walk(PAY, known=facts(["order.paid"]))[1] == ["thanks"]


def test_a_fact_that_came_after_the_time_and_before_we_looked_counts():
    asleep, *_ = walk(PAY)

    late = walk(PAY, MONDAY + 3 * DAY, facts({"order.paid": (MONDAY + 2 * DAY + HOUR,)}), asleep)

    assert late[1] == ["thanks"]


# --- Parting ways -------------------------------------------------------------------------------------------------


def test_a_branch_on_a_fact_looks_at_what_happened():
    two = plan(
        {"id": "b", "do": "branch", "fact": "review.submitted", "then": "yes", "otherwise": "no"},
        send("yes", next=""),
        send("no"),
    )

    assert walk(two, known=facts(["review.submitted"]))[1:] == (["yes"], [("b", "then"), ("yes", "planned")])
    assert walk(two)[1:] == (["no"], [("b", "otherwise"), ("no", "planned")])


def test_a_branch_on_a_condition_looks_at_fields():
    loyal = {"all": [{"field": "customer.orders", "op": ">=", "value": 2}]}
    two = plan(
        {"id": "b", "do": "branch", "if": loyal, "then": "yes", "otherwise": "no"}, send("yes", next=""), send("no")
    )

    assert two.fields == {"customer.orders"}
    assert walk(two, known=facts(values={"customer.orders": 2}))[1] == ["yes"]
    assert walk(two, known=facts(values={"customer.orders": 1}))[1] == ["no"]
    assert walk(two)[1] == ["no"]


def test_a_condition_on_a_field_that_is_gone_says_which():
    two = plan({"id": "b", "do": "branch", "if": {"field": "customer.shoe_size", "op": ">", "value": 2}}, send())

    with pytest.raises(ConditionRefused) as refusal:
        walk(two)

    assert "customer.shoe_size" in str(refusal.value)


SPLIT = plan(
    {
        "id": "s", "do": "split",
        "variants": [
            {"name": "a", "percent": 45, "next": "mail-a"},
            {"name": "b", "percent": 45, "next": "mail-b"},
            {"name": "hold", "percent": 10, "holdout": True, "next": "mail-a"},
        ],
    },
    send("mail-a", next=""),
    send("mail-b"),
)  # fmt: skip


def test_a_split_is_drawn_once_for_a_person_and_keeps_its_shares():
    drawn = [variant_of(SPLIT.steps["s"], f"7:{person}").name for person in range(10_000)]

    assert drawn == [variant_of(SPLIT.steps["s"], f"7:{person}").name for person in range(10_000)]
    assert [round(drawn.count(name) / 1000) * 10 for name in ("a", "b", "hold")] == [50, 40, 10]  # 45.6, 44.4, 10.0


def test_who_is_held_out_goes_the_same_way_and_gets_nothing():
    held = next(f"7:{person}" for person in range(100) if variant_of(SPLIT.steps["s"], f"7:{person}").is_holdout)

    position, [effect], taken = advance(SPLIT, Position("", 0, MONDAY), facts(dice=held), MONDAY)

    assert (position.state, position.variant, position.is_holdout) == ("done", "hold", True)
    assert (effect.step.id, effect.is_held_out) == ("mail-a", True)
    assert [(t.step, t.outcome) for t in taken] == [("s", "hold"), ("mail-a", "holdout")]


def test_an_exit_lets_them_go_with_its_name():
    position, effects, taken = walk(plan({"id": "b", "do": "branch", "fact": "order.paid", "otherwise": "out"},
                                         send(next="out"), {"id": "out", "do": "exit"}))  # fmt: skip

    assert (position.state, str(position.reason)) == ("exited", "The journey lets them go at the step “out”.")
    assert (effects, taken) == ([], [("b", "otherwise"), ("out", "exited")])


def test_an_act_that_is_too_late_is_not_done():
    tag = plan(wait(hours=1), {"id": "tag", "do": "act", "act": "add_tag", "with": {"tag": "vip"}, "late_hours": 2})

    assert walk(tag, MONDAY + 2 * HOUR)[1:] == (["tag"], [("w", "waited"), ("tag", "planned")])
    assert walk(tag, MONDAY + 4 * HOUR)[1:] == ([], [("w", "waited"), ("tag", "late")])


def test_a_goal_that_ends_the_journey_ends_it():
    goal = plan(wait(days=1), send(), goal={"fact": "customer:order.placed", "days": 30, "ends": True})

    position, effects, _taken = walk(goal, MONDAY + DAY, facts(["customer:order.placed"]))

    assert (position.state, effects) == ("exited", [])
    assert goal.exits == ("customer:order.placed",)


# --- Circles ------------------------------------------------------------------------------------------------------

DAILY = [send("hello"), wait("day", after="step_at", days=1, next="hello")]


def test_a_circle_with_a_wait_goes_round_and_counts_its_rounds():
    circle = plan(*DAILY)

    position, effects, _taken = advance(circle, Position("", 0, MONDAY), facts(), MONDAY + 2 * DAY)

    assert [(e.due_at, e.round) for e in effects] == [(MONDAY, 1), (MONDAY + DAY, 2), (MONDAY + 2 * DAY, 3)]
    assert (position.step, position.wake_at, position.rounds) == ("day", MONDAY + 3 * DAY, {"hello": 3})


def test_a_circle_of_years_is_walked_piece_by_piece_to_the_same_end():
    circle, position, planned = plan(*DAILY), Position("", 0, MONDAY), []

    while position.wake_at is None or position.wake_at <= MONDAY + 365 * DAY:
        position, effects, taken = advance(circle, position, facts(), MONDAY + 365 * DAY)
        planned += effects
        assert len(taken) <= 50

    assert [e.round for e in planned] == list(range(1, 367))
    assert position.wake_at == MONDAY + 366 * DAY


BACK = "The way from the step “{}” leads back to it without a wait of at least an hour after a step."
CIRCLES = [
    ([send("a"), send("b", next="a")], BACK.format("a")),
    ([send("a"), wait("b", after="entered_at", days=1, next="a")], BACK.format("a")),  # over at once the second time
    ([send("a"), wait("b", after="step_at", at="10:00", next="a")], BACK.format("a")),
    ([send("a"), {"id": "b", "do": "wait_for", "fact": "order.paid", "within": {"days": 1}, "then": "a"}],
     BACK.format("a")),
    ([send("a"), {"id": "b", "do": "branch", "fact": "order.paid", "then": "a", "otherwise": ""}], BACK.format("a")),
    ([send("a", next="a")], BACK.format("a")),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "sentence"), CIRCLES)
def test_a_loop_without_a_wait_is_refused_by_the_name_of_its_step(steps, sentence):
    with pytest.raises(JourneyRefused) as refusal:
        plan(*steps)

    assert str(refusal.value) == sentence


def test_a_loop_that_listens_anew_each_time_is_a_loop_that_takes_time():
    answer = {"id": "b", "do": "wait_for", "fact": "mail.received", "within": {"days": 1}, "since": "step", "then": "a",
              "otherwise": ""}  # fmt: skip
    circle = plan(send("a"), answer)
    asleep, *_ = walk(circle)

    again = walk(circle, MONDAY + HOUR, facts({"mail.received": (MONDAY + HOUR,)}), asleep)

    assert again[1] == ["a"]
    assert (again[0].step, again[0].wake_at) == ("b", MONDAY + HOUR + DAY)


# --- Plans that cannot be followed --------------------------------------------------------------------------------


def split(*variants):
    return {"id": "a", "do": "split", "variants": list(variants)}


WITHIN = {"within": {"days": 1}}
REFUSED = [
    ([send("a", next="nowhere")], "Step “a” leads to “nowhere”, and there is none."),
    ([{"id": "a", "do": "branch", "fact": "order.paid", "then": "no"}], "Step “a” leads to “no”, and there is none."),
    ([split({"name": "x", "percent": 50, "next": "gone"}, {"name": "y", "percent": 50})],
     "Step “a” leads to “gone”, and there is none."),
    ([send("a", next=""), send("b")], "Nothing leads to the step “b”."),
    ([send("a", next=7)], "Step “a”: “next” is the id of a step."),
    ([{"id": "a", "do": "branch"}], "Step “a” needs a condition (if) or a fact, and not both."),
    ([{"id": "a", "do": "branch", "fact": "f", "if": {}}], "Step “a” needs a condition (if) or a fact, and not both."),
    ([{"id": "a", "do": "branch", "if": "x"}], "Step “a”: the condition is a JSON object."),
    ([{"id": "a", "do": "wait_for", **WITHIN}], "Step “a” does not say which fact it waits for."),
    ([{"id": "a", "do": "wait_for", "fact": []} | WITHIN], "Step “a” does not say which fact it waits for."),
    ([{"id": "a", "do": "wait_for", "fact": "order.paid"}], "Step “a” does not say how long it waits (within)."),
    ([{"id": "a", "do": "wait_for", "fact": "f", "since": "ever"} | WITHIN], "Step “a”: since is “entered” or “step”."),
    ([split({"name": "x", "percent": 100})], "Step “a” needs at least two variants."),
    ([split({"name": "x", "percent": 50}, {"name": "y", "percent": 40})],
     "Step “a”: the percentages of its variants must add up to 100."),
    ([split({"name": "x", "percent": 50}, {"name": "x", "percent": 50})],
     "Step “a”: two variants have the same name."),
    ([split({"name": "x", "percent": 50.5}, {"name": "y", "percent": 50})],
     "Step “a”: the variant “x” needs a whole percentage from 0 to 100."),
    ([split({"name": "Ü", "percent": 50}, {"name": "y", "percent": 50})],
     "Step “a”: every variant needs a name of small letters, digits, _ and -."),
    ([{"id": "a", "do": "act"}], "Step “a” does not say what to do (act)."),
    ([{"id": "a", "do": "act", "act": "x", "with": [1]}], "Step “a”: the values of an act (with) are a JSON object."),
    ([wait("a", between=["10:00"])], "Step “a”: between is two times, such as 10:00 and 18:00."),
    ([wait("a", between=["10:00", "10:00"])], "Step “a”: between is two times, such as 10:00 and 18:00."),
    ([wait("a", between=["10:00", "6pm"])], "Step “a”: “6pm” is not a time such as 10:00."),
    ([wait("a", between=["10:00", "18:00"], at="10:00")],
     "Step “a” has a time (at) and a window (between): choose one."),
    ([wait("a", weekdays=["someday"])], "Step “a”: weekdays is a list of: mon, tue, wed, thu, fri, sat, sun."),
    ([wait("a", weekdays=[])], "Step “a”: weekdays is a list of: mon, tue, wed, thu, fri, sat, sun."),
    ([wait("a", on="24.12.2026")], "Step “a”: “24.12.2026” is not a date such as 2026-12-24."),
    ([wait("a", on="2026-12-24", after="delivered_at")],
     "Step “a” waits for a date (on) and after an anchor: choose one."),
    ([wait("a", days=-1)], "Step “a” waits for a time before its own start."),
    ([send(f"s{n}") for n in range(201)], "The journey has more than 200 steps."),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "sentence"), REFUSED)
def test_a_step_that_cannot_be_followed_is_refused_by_its_name(steps, sentence):
    with pytest.raises(JourneyRefused) as refusal:
        plan(*steps)

    assert str(refusal.value) == sentence


STARTS = [
    ({"starts_with": {}}, "starts_with names one fact, one segment or one date."),
    ({"starts_with": {"fact": "a", "date": "b"}}, "starts_with names one fact, one segment or one date."),
    ({"starts_with": {"segment": "vip"}}, "starts_with names one fact, one segment or one date."),
    ({"starts_with": {"segment": 5}}, "A journey that starts with a segment or a date is about a customer."),
    ({"starts_with": {"segment": 5, "moves": "sideways"}, "subject": "customer"},
     "A segment starts a journey when somebody “enters” or “leaves” it."),
    ({"starts_with": {"date": "customer.birthday", "at": "noon"}, "subject": "customer"},
     "A date starts a journey a whole number of days after or before it, at a time like 10:00."),
    ({"re_entry": "sometimes"},
     "re_entry is “once”, “order”, “subject”, “event” or a number of days, at least 1."),
    ({"re_entry": {"days": 0}}, "re_entry is “once”, “order”, “subject”, “event” or a number of days, at least 1."),
    ({"goal": {"days": 3}}, "The goal is a fact and a number of days, at least 1."),
    ({"goal": {"fact": "order.placed", "days": 0}}, "The goal is a fact and a number of days, at least 1."),
]  # fmt: skip


@pytest.mark.parametrize(("overrides", "sentence"), STARTS)
def test_a_beginning_that_cannot_be_followed_is_refused_in_a_sentence(overrides, sentence):
    with pytest.raises(JourneyRefused) as refusal:
        plan(send(), **overrides)

    assert str(refusal.value) == sentence


def test_a_journey_about_a_person_hears_everything_of_that_person():
    person = plan(
        wait(after="last_order_at", days=60), subject="customer", ends_with=["order.placed"], goal="order.placed"
    )

    assert person.ends_with == ("customer:order.placed",) and person.goal.fact == "customer:order.placed"
    assert person.steps["w"].moved_by == ("customer:order.placed",)
    assert person.re_entry.how == "event"
