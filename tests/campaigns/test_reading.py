"""From JSON to a plan, word for word: what each key becomes, what stands where it is silent, where its borders are."""

from datetime import date, time

import pytest

from campaigns.engine import Delay, JourneyRefused, read_plan
from campaigns.engine.plan import (
    Act,
    Ask,
    Branch,
    Exit,
    Goal,
    Plan,
    ReEntry,
    Send,
    Split,
    Start,
    Variant,
    Wait,
    WaitFor,
    Window,
)

SEND = {"id": "mail", "do": "send", "template": "t"}
PERSON = {"subject": "customer"}


def plan(*steps, **overrides):
    return read_plan({"starts_with": "order.placed", "steps": list(steps) or [SEND]} | overrides)


def only(step, **overrides):
    """One step, named a; the step behind it is z."""
    return plan({"id": "a", **step}, SEND | {"id": "z"}, **overrides).steps["a"]


def delay(**said):
    return only({"do": "wait", **said}).delay


def refusal(*steps, **overrides):
    with pytest.raises(JourneyRefused) as refused:
        plan(*steps, **overrides)
    return str(refused.value)


# --- All of it ----------------------------------------------------------------------------------------------------


def test_a_plan_that_says_nothing_it_need_not():
    assert read_plan({"starts_with": "order.placed", "steps": [SEND]}) == Plan(
        start=Start(fact="order.placed"),
        subject="order",
        ends_with=(),
        steps={"mail": Send("mail", "t", late_hours=24, next="")},
        counts_from="recorded",
        goal=None,
        re_entry=ReEntry("subject"),
        loops=frozenset(),
    )


def test_a_plan_that_says_everything():
    goal = {"fact": "customer:order.placed", "days": 9, "ends": True}
    again = {"id": "again", "do": "wait", "after": "step_at", "hours": 1, "next": "mail"}

    read = plan(SEND, again, counts_from="happened", ends_with=["order.cancelled"], goal=goal, re_entry={"days": 5})

    assert read == Plan(
        start=Start(fact="order.placed"),
        subject="order",
        ends_with=("order.cancelled",),
        steps={
            "mail": Send("mail", "t", late_hours=24, next="again"),
            "again": Wait("again", Delay("step_at", hours=1), None, "mail"),
        },
        counts_from="happened",
        goal=Goal("customer:order.placed", 9, ends=True),
        re_entry=ReEntry("days", 5),
        loops=frozenset({"mail", "again"}),
    )


# --- Beginning, goal, coming back ---------------------------------------------------------------------------------

STARTS = [
    ("order.placed", Start(fact="order.placed")),
    ({"fact": "order.placed"}, Start(fact="order.placed")),
    ({"segment": 5}, Start(segment=5, moves="enters")),
    ({"segment": 5, "moves": "enters"}, Start(segment=5, moves="enters")),
    ({"segment": 5, "moves": "leaves"}, Start(segment=5, moves="leaves")),
    ({"date": "customer.birthday"}, Start(date="customer.birthday", days=0, at=time(0))),
    ({"date": "customer.birthday", "days": -3650}, Start(date="customer.birthday", days=-3650)),
    ({"date": "customer.birthday", "days": 3650, "at": "23:59"},
     Start(date="customer.birthday", days=3650, at=time(23, 59))),
]  # fmt: skip


@pytest.mark.parametrize(("said", "start"), STARTS)
def test_a_journey_begins_with_a_fact_a_segment_or_a_date(said, start):
    assert plan(starts_with=said, subject="customer").start == start


WHICH = "The journey does not say which fact starts it (starts_with)."
ONE = "starts_with names one fact, one segment or one date."
A_DATE = "A date starts a journey a whole number of days after or before it, at a time like 10:00."
NO_STARTS = [
    ("", WHICH),
    ([], WHICH),
    ({"fact": 5}, ONE),
    ({"date": 5}, ONE),
    ({"segment": True}, ONE),
    ({"segment": 5, "date": "customer.birthday"}, ONE),
    ({"date": "customer.birthday", "days": 3651}, A_DATE),
    ({"date": "customer.birthday", "days": -3651}, A_DATE),
    ({"date": "customer.birthday", "days": 1.5}, A_DATE),
    ({"date": "customer.birthday", "at": "24:00"}, A_DATE),
]


@pytest.mark.parametrize(("said", "sentence"), NO_STARTS)
def test_what_is_no_beginning_is_refused(said, sentence):
    assert refusal(starts_with=said, subject="customer") == sentence


GOALS = [
    (None, None),
    ("order.paid", Goal("order.paid", 30)),
    ({"fact": "order.paid"}, Goal("order.paid", 30, ends=False)),
    ({"fact": "order.paid", "days": 1, "ends": "yes"}, Goal("order.paid", 1, ends=False)),
    ({"fact": "order.paid", "days": 3650, "ends": True}, Goal("order.paid", 3650, ends=True)),
]


@pytest.mark.parametrize(("said", "goal"), GOALS)
def test_a_goal_is_a_fact_within_some_days_and_thirty_where_it_does_not_say(said, goal):
    assert plan(goal=said).goal == goal


@pytest.mark.parametrize(
    "said", [{"fact": "f", "days": 3651}, {"fact": ""}, {"fact": 5}, {"fact": "f", "days": "9"}, 7]
)
def test_what_is_no_goal_is_refused(said):
    assert refusal(goal=said) == "The goal is a fact and a number of days, at least 1."


AGAIN = [
    (None, ReEntry("subject")),
    *((how, ReEntry(how)) for how in ("once", "order", "subject", "event")),
    ({"days": 1}, ReEntry("days", 1)),
    ({"days": 3650}, ReEntry("days", 3650)),
]


@pytest.mark.parametrize(("said", "re_entry"), AGAIN)
def test_people_come_back_as_the_plan_says(said, re_entry):
    assert plan(re_entry=said).re_entry == re_entry


@pytest.mark.parametrize("said", [{"days": 3651}, {"days": True}, {}, "days", 5])
def test_what_is_no_way_to_come_back_is_refused(said):
    sentence = "re_entry is “once”, “order”, “subject”, “event” or a number of days, at least 1."

    assert refusal(re_entry=said) == sentence


def test_a_journey_about_a_person_says_once_more_whose_facts_it_hears_or_not_and_hears_the_same():
    said = ["order.paid", "customer:order.placed"]
    ask = {"id": "a", "do": "wait_for", "fact": said, "within": {"days": 1}}

    read = plan(
        ask, SEND, {"id": "b", "do": "branch", "fact": "order.paid"}, SEND | {"id": "z"}, **PERSON, ends_with=said
    )

    heard = ("customer:order.paid", "customer:order.placed")
    assert (read.ends_with, read.steps["a"].facts, read.steps["b"].fact) == (heard, heard, "customer:order.paid")


def test_a_list_with_one_word_that_is_no_fact_is_refused_whole():
    assert refusal(ends_with=["order.paid", 1]) == "ends_with is a list of facts."


# --- Steps --------------------------------------------------------------------------------------------------------

WITHIN = {"within": {"days": 2}}
TWO_DAYS = Delay("step_at", days=2)
IS_VIP = {"field": "customer.tags", "op": "has", "value": "vip"}
STEPS = [
    ({"do": "send", "template": "t"}, Send("a", "t", 24, "z")),
    ({"do": "send", "template": "t", "late_hours": 1, "next": None}, Send("a", "t", 1, "")),
    ({"do": "send", "template": "t", "late_hours": 10_000, "next": "z"}, Send("a", "t", 10_000, "z")),
    ({"do": "ask", "what": "review", "template": "t"}, Ask("a", "review", "t", 24, "z")),
    ({"do": "ask", "what": "review", "template": "t", "late_hours": 72, "next": "z"}, Ask("a", "review", "t", 72, "z")),
    ({"do": "wait", "hours": 3}, Wait("a", Delay("entered_at", hours=3), None, "z")),
    ({"do": "wait", "after": "paid_at", "otherwise": {"after": "dispatched_at", "days": 1}},
     Wait("a", Delay("paid_at"), Delay("dispatched_at", days=1), "z",
          ("order.paid", "shipment.shipped", "order.fulfilment_reported"))),
    ({"do": "wait_for", "fact": "order.paid", **WITHIN}, WaitFor("a", ("order.paid",), TWO_DAYS, "z", "z", "entered")),
    ({"do": "wait_for", "fact": ["f", "g"], "since": "step", "then": None, "otherwise": "z", **WITHIN},
     WaitFor("a", ("f", "g"), TWO_DAYS, "", "z", "step")),
    ({"do": "wait_for", "fact": "f", "since": "entered", "within": {"after": "paid_at", "hours": 5}, "otherwise": ""},
     WaitFor("a", ("f",), Delay("paid_at", hours=5), "z", "", "entered", ("order.paid",))),
    ({"do": "branch", "fact": "order.paid", "otherwise": ""}, Branch("a", "z", "", None, "order.paid")),
    ({"do": "branch", "if": IS_VIP, "then": None}, Branch("a", "", "z", IS_VIP, "")),
    ({"do": "act", "act": "add_tag"}, Act("a", "add_tag", {}, None, "z")),
    ({"do": "act", "act": "add_tag", "with": {"tag": "vip"}, "late_hours": 1, "next": None},
     Act("a", "add_tag", {"tag": "vip"}, 1, "")),
    ({"do": "split", "variants": [{"name": "x", "percent": 0, "next": None},
                                  {"name": "y", "percent": 100, "holdout": True, "next": "z"}]},
     Split("a", (Variant("x", 0, ""), Variant("y", 100, "z", is_holdout=True)))),
    ({"do": "split", "variants": [{"name": "x", "percent": 50}, {"name": "y", "percent": 50, "holdout": "no"}]},
     Split("a", (Variant("x", 50, "z"), Variant("y", 50, "z", is_holdout=False)))),
]  # fmt: skip


@pytest.mark.parametrize(("said", "step"), STEPS)
def test_each_kind_of_step_becomes_exactly_what_it_says(said, step):
    first = {"id": "first", "do": "branch", "fact": "f", "then": "a", "otherwise": "z"}

    read = plan(first, {"id": "a", **said}, SEND | {"id": "z"})

    assert read.steps["a"] == step


def test_an_exit_leads_nowhere():
    assert plan(SEND, {"id": "out", "do": "exit"}).steps["out"] == Exit("out")


def test_a_step_that_is_the_last_leads_to_the_end():
    vip, paid = {"id": "a", "do": "branch", "if": IS_VIP}, {"id": "a", "do": "wait_for", "fact": "f", **WITHIN}

    assert plan(vip).steps["a"] == Branch("a", "", "", IS_VIP)
    assert plan(paid).steps["a"] == WaitFor("a", ("f",), TWO_DAYS)


def test_an_id_has_up_to_sixty_letters_and_a_journey_up_to_two_hundred_steps():
    longest, most = "a-_9" * 15, [SEND | {"id": f"s{n}"} for n in range(200)]

    assert list(plan(SEND | {"id": longest}).steps) == [longest]
    assert len(plan(*most).steps) == 200
    assert refusal(SEND | {"id": "a" * 61}) == "Step 1 needs an id of small letters, digits, _ and -."
    assert refusal(SEND, SEND | {"id": "A"}) == "Step 2 needs an id of small letters, digits, _ and -."


FACTS = "Step “a” does not say which fact it waits for."
CONDITION = "Step “a” needs a condition (if) or a fact, and not both."
LATE = "Step “a”: late_hours is a number of hours, at least 1."
LEADS = "Step “a”: “{}” is the id of a step."
VARIANT = "Step “a”: every variant needs a name of small letters, digits, _ and -."
PERCENT = "Step “a”: the variant “x” needs a whole percentage from 0 to 100."
NO_STEPS = [
    ({"do": "send", "template": "t", "late_hours": 10_001}, LATE),
    ({"do": "send", "template": "t", "late_hours": None}, LATE),
    ({"do": "act", "act": "add_tag", "late_hours": 0}, LATE),
    ({"do": "send"}, "Step “a” does not say which template to send."),
    ({"do": "ask", "what": 5, "template": "t"}, "Step “a” does not say what it asks for."),
    ({"do": "ask", "template": "t"}, "Step “a” does not say what it asks for."),
    ({"do": "act", "act": ""}, "Step “a” does not say what to do (act)."),
    ({"do": "act", "act": 5}, "Step “a” does not say what to do (act)."),
    ({"do": "wait_for", "fact": ["f", ""], **WITHIN}, FACTS),
    ({"do": "wait_for", "fact": ["f", 5], **WITHIN}, FACTS),
    ({"do": "wait_for", "fact": {"f": 1}, **WITHIN}, FACTS),
    ({"do": "wait_for", "fact": "f", "within": 5}, "Step “a” does not say how long it waits (within)."),
    ({"do": "wait_for", "fact": "f", "then": 5, **WITHIN}, LEADS.format("then")),
    ({"do": "wait_for", "fact": "f", "otherwise": 5, **WITHIN}, LEADS.format("otherwise")),
    ({"do": "branch", "fact": "f", "then": 5}, LEADS.format("then")),
    ({"do": "branch", "fact": "f", "otherwise": 5}, LEADS.format("otherwise")),
    ({"do": "branch", "fact": ""}, CONDITION),
    ({"do": "branch", "fact": {"f": 1}}, CONDITION),
    ({"do": "branch", "fact": 5}, CONDITION),
    ({"do": "branch", "if": 5}, CONDITION),
    ({"do": "split"}, "Step “a” needs at least two variants."),
    ({"do": "split", "variants": {"x": 1, "y": 2}}, "Step “a” needs at least two variants."),
    ({"do": "split", "variants": ["x", "y"]}, VARIANT),
    ({"do": "split", "variants": [{"name": 5, "percent": 50}, {"name": "y", "percent": 50}]}, VARIANT),
    ({"do": "split", "variants": [{"name": "x", "percent": -1}, {"name": "y", "percent": 101}]}, PERCENT),
    ({"do": "split", "variants": [{"name": "x", "percent": 101}, {"name": "y", "percent": -1}]}, PERCENT),
    ({"do": "split", "variants": [{"name": "x", "percent": 50, "next": 5}, {"name": "y", "percent": 50}]},
     LEADS.format("next")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "sentence"), NO_STEPS)
def test_what_is_no_step_is_refused_by_its_name(said, sentence):
    assert refusal({"id": "a", **said}, SEND | {"id": "z"}) == sentence


# --- Delays -------------------------------------------------------------------------------------------------------

DELAYS = [
    ({}, Delay("entered_at")),
    ({"days": 3650, "hours": 10_000}, Delay("entered_at", 3650, 10_000)),
    ({"after": "paid_at", "days": -3650}, Delay("paid_at", -3650)),
    ({"at": "00:00"}, Delay("entered_at", at=time(0))),
    ({"at": "23:59"}, Delay("entered_at", at=time(23, 59))),
    ({"weekdays": ["mon", "tue", "wed", "thu"]}, Delay("entered_at", weekdays=frozenset({0, 1, 2, 3}))),
    ({"weekdays": ["fri", "sat", "sun"]}, Delay("entered_at", weekdays=frozenset({4, 5, 6}))),
    ({"between": ["22:00", "08:00"]}, Delay("entered_at", between=Window(time(22), time(8)))),
    ({"on": "2026-12-24"}, Delay("entered_at", on=date(2026, 12, 24))),
    ({"on": "2026-12-24", "days": 1, "hours": 2}, Delay("entered_at", 1, 2, on=date(2026, 12, 24))),
    ({"on": "2026-12-24", "after": "step_at", "at": "10:00"}, Delay("step_at", at=time(10), on=date(2026, 12, 24))),
]


@pytest.mark.parametrize(("said", "wanted"), DELAYS)
def test_a_delay_is_exactly_what_is_said_of_it(said, wanted):
    assert delay(**said) == wanted


def test_a_wait_for_a_date_is_moved_by_nothing():
    paid = {"after": "paid_at", "days": 1}

    assert only({"do": "wait", "on": "2026-12-24", "after": "step_at", "otherwise": paid}).moved_by == ("order.paid",)
    assert only({"do": "wait", "on": "2026-12-24"}).moved_by == ()


NUMBERS = "Step “a”: days and hours are whole numbers, hours not below zero."
TIMES = "Step “a”: between is two times, such as 10:00 and 18:00."
DAYS = "Step “a”: weekdays is a list of: mon, tue, wed, thu, fri, sat, sun."
NO_DELAYS = [
    ({"days": 3651}, NUMBERS),
    ({"after": "paid_at", "days": -3651}, NUMBERS),
    ({"hours": 10_001}, NUMBERS),
    ({"hours": -1}, NUMBERS),
    ({"days": True}, NUMBERS),
    ({"after": "step_at", "days": -1}, "Step “a” waits for a time before its own start."),
    ({"at": "10:00:00"}, "Step “a”: “10:00:00” is not a time such as 10:00."),
    ({"at": ""}, "Step “a”: “” is not a time such as 10:00."),
    ({"weekdays": "mon"}, DAYS),
    ({"weekdays": ["mon", "someday"]}, DAYS),
    ({"between": "10:00-18:00"}, TIMES),
    ({"between": {"10:00": 1, "18:00": 2}}, TIMES),
    ({"between": ["10:00", None]}, TIMES),
    ({"between": [None, "10:00"]}, TIMES),
    ({"between": ["10:00", "12:00", "18:00"]}, TIMES),
    ({"between": ["ten", "18:00"]}, "Step “a”: “ten” is not a time such as 10:00."),
    ({"on": "2026-02-30"}, "Step “a”: “2026-02-30” is not a date such as 2026-12-24."),
    ({"on": 5}, "Step “a”: “5” is not a date such as 2026-12-24."),
    ({"on": "2026-12-24", "after": "paid_at", "days": 1},
     "Step “a” waits for a date (on) and after an anchor: choose one."),
    ({"otherwise": {"hours": -1}}, NUMBERS),
]  # fmt: skip


@pytest.mark.parametrize(("said", "sentence"), NO_DELAYS)
def test_what_is_no_delay_is_refused(said, sentence):
    assert refusal({"id": "a", "do": "wait", **said}) == sentence
