"""The engine to the very moment: ends, borders and numbers, as exact as the plan says them."""

from datetime import UTC, datetime, time, timedelta

import pytest

from campaigns.engine import Delay, Facts, JourneyRefused, Position, advance, due_at, leave, read_plan, variant_of
from campaigns.engine.plan import Window, fields_of
from shelf.reasons import Reason

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def plan(*steps, **overrides):
    return read_plan({"starts_with": "order.placed", "steps": list(steps)} | overrides)


def send(name="mail", **more):
    return {"id": name, "do": "send", "template": "t", **more}


def known(happened=None, dice="1:1", **anchors):
    return Facts(anchors, happened or {}, "Europe/Kyiv", {}, dice)


def test_who_leaves_hears_nothing_more_and_this_counts_as_a_step():
    waiting = Position("w", 4, MONDAY, wake_at=MONDAY + DAY, listens=("order.paid",))

    left = leave(waiting, Reason("Ended."))

    assert left == Position("w", 5, MONDAY, state="exited", reason=Reason("Ended."))


def test_who_is_done_hears_nothing_more():
    waiting = Position("mail", 4, MONDAY, wake_at=MONDAY, listens=("order.paid",))

    done, [effect], [taken] = advance(plan(send()), waiting, known(), MONDAY + DAY)

    assert (done.state, done.seq, done.wake_at, done.listens) == ("done", 5, None, ())
    assert (effect.round, taken.seq, taken.due_at) == (1, 5, MONDAY)


def test_who_comes_back_after_years_is_awake_and_still_hears_what_ends_it():
    daily = {"id": "day", "do": "wait", "after": "step_at", "days": 1, "next": "hello"}
    circle = plan(send("hello"), daily, ends_with=["order.cancelled"])

    position, _effects, taken = advance(circle, Position("", 0, MONDAY), known(), MONDAY + 365 * DAY)

    assert (len(taken), position.wake_at, position.listens) == (50, MONDAY + 365 * DAY, ("order.cancelled",))


@pytest.mark.parametrize(("late", "outcome"), [(timedelta(0), "planned"), (timedelta(seconds=1), "late")])
def test_an_act_is_in_time_until_the_very_second(late, outcome):
    tag = plan({"id": "tag", "do": "act", "act": "add_tag", "with": {"tag": "vip"}, "late_hours": 2})

    _position, _effects, [taken] = advance(tag, Position("", 0, MONDAY), known(), MONDAY + 2 * HOUR + late)

    assert taken.outcome == outcome


WAIT = {"id": "pay", "do": "wait_for", "fact": "order.paid", "then": "thanks", "otherwise": "nag"}
ENDS = (send("thanks", next=""), send("nag"))


def test_a_time_that_was_over_before_the_step_was_reached_makes_nothing_earlier_than_the_step():
    pay = plan({**WAIT, "within": {"after": "delivered_at", "days": 1}}, *ENDS)

    _position, [effect], _taken = advance(pay, Position("", 0, MONDAY), known(delivered_at=MONDAY - 9 * DAY), MONDAY)

    assert (effect.step.id, effect.due_at) == ("nag", MONDAY)


def test_of_a_fact_that_came_twice_the_first_time_counts():
    pay = plan({**WAIT, "within": {"days": 2}}, *ENDS)
    twice = known({"order.paid": (MONDAY + HOUR, MONDAY + 5 * HOUR)})

    _position, [effect], _taken = advance(pay, Position("", 0, MONDAY), twice, MONDAY + DAY)

    assert (effect.step.id, effect.due_at) == ("thanks", MONDAY + HOUR)


def split(*percents):
    variants = [{"name": f"v{n}", "percent": p, "next": f"mail-{n}"} for n, p in enumerate(percents)]
    return plan(
        {"id": "s", "do": "split", "variants": variants}, *(send(f"mail-{n}", next="") for n, _ in enumerate(percents))
    )


def test_every_variant_leads_its_own_way():
    halves = split(50, 50)
    dice = {variant_of(halves.steps["s"], f"7:{person}").name: f"7:{person}" for person in range(20)}

    ways = {
        name: [effect.step.id for effect in advance(halves, Position("", 0, MONDAY), known(dice=drawn), MONDAY)[1]]
        for name, drawn in dice.items()
    }

    assert ways == {"v0": ["mail-0"], "v1": ["mail-1"]}


def test_a_plan_names_every_fact_that_its_walking_asks_for():
    asks = plan(
        {**WAIT, "within": {"days": 2}},
        {"id": "thanks", "do": "branch", "fact": "review.submitted", "then": "nag", "otherwise": ""},
        send("nag"),
        ends_with=["order.cancelled"],
    )

    assert asks.facts == {"order.paid", "review.submitted", "order.cancelled"}


def test_the_fields_of_a_condition_are_found_at_any_depth():
    one, two, three = ({"field": f"customer.{name}", "op": "known"} for name in ("orders", "country", "last_rating"))

    assert set(fields_of({"all": [one, {"any": [two, {"not": three}]}]})) == {
        *("customer.orders", "customer.country", "customer.last_rating"),
    }


# the numbers from 0 to 99 that these people draw in this step, for ever
DRAWN = {67: 0, 49: 1, 65: 49, 28: 50, 4: 99}


@pytest.mark.parametrize(
    ("percents", "person", "name"),
    [((50, 50), 65, "v0"), ((50, 50), 28, "v1"), ((1, 99), 67, "v0"), ((1, 99), 49, "v1"), ((99, 1), 4, "v1")],
)
def test_a_share_ends_at_its_border_and_nobody_draws_anew_in_a_later_version(percents, person, name):
    variant = variant_of(split(*percents).steps["s"], f"7:{person}")

    assert variant.name == name, f"{person} drew {DRAWN[person]}"


def test_a_window_that_ends_when_it_begins_is_open_over_midnight():
    assert Window(time(9), time(9)).is_overnight


def test_a_wait_without_a_first_delay_goes_by_the_second():
    second = Delay("entered_at", days=1)

    assert due_at((None, second), {"entered_at": MONDAY}, "UTC") == MONDAY + DAY


@pytest.mark.parametrize("otherwise", [{"after": "entered_at", "days": 1}, {"after": "step_at"}])
def test_a_circle_whose_wait_may_be_over_at_once_is_refused_though_it_mostly_takes_a_day(otherwise):
    wait = {"id": "w", "do": "wait", "after": "step_at", "days": 1, "next": "a", "otherwise": otherwise}

    with pytest.raises(JourneyRefused, match="leads back to it without a wait"):
        plan(send("a"), wait)
