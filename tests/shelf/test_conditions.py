"""Reading a tree of conditions, saying what is wrong with it, and asking it without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import assume, given
from hypothesis import strategies as st

from shelf.conditions import ConditionRefused, Field, Type, aloud, as_json, fields_in, holds, next_change, read

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

ORDERS = Field("customer.orders", "orders", Type.NUMBER, "orders")
SPENT = Field("customer.spent", "spent", Type.MONEY, "spent")
LAST = Field("customer.last_order", "last order", Type.MOMENT, "last_order_at")
COUNTRY = Field("customer.country", "country", Type.CHOICE, "country", choices=(("UA", "Ukraine"), ("PL", "Poland")))
TAGS = Field("customer.tags", "tags", Type.SET, "tags")
STAGE = Field(
    "customer.stage",
    "stage",
    Type.CHOICE,
    choices=(("asleep", "asleep"), ("awake", "awake")),
    meanings=lambda: {
        "asleep": {"field": "customer.last_order", "op": "before_days", "value": 90},
        "awake": {"field": "customer.last_order", "op": "within_days", "value": 90},
    },
)
FIELDS = {field.name: field for field in (ORDERS, SPENT, LAST, COUNTRY, TAGS, STAGE)}


def leaf(name, op, value=None):
    return {"field": f"customer.{name}", "op": op, "value": value}


def asked(raw, **values):
    return holds(read(raw, FIELDS), {f"customer.{name}": value for name, value in values.items()}, NOW, FIELDS)


def refusal(raw):
    with pytest.raises(ConditionRefused) as refused:
        read(raw, FIELDS)
    return str(refused.value)


# --- What is wrong with a tree ------------------------------------------------------------------------------------


def test_a_condition_on_a_deleted_field_names_it_and_says_what_to_do():
    said = refusal({"all": [leaf("shoe_size", ">=", 42)]})

    assert said == ("There is no field “customer.shoe_size” any more: take this condition out or choose another field.")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"all": []}, "There is a group without a condition: it would match everyone."),
        ({}, "A condition is a group (“all”, “any”), a “not”, or a field with “op” and “value”."),
        ([], "A condition is a group (“all”, “any”), a “not”, or a field with “op” and “value”."),
        ({"all": "x"}, "A condition is a group (“all”, “any”), a “not”, or a field with “op” and “value”."),
        (leaf("orders", "contains", 2), "“orders” cannot be asked with “contains”."),
        (leaf("orders", ">=", "many"), "“orders”: “many” is not a number."),
        (leaf("orders", ">=", 2.5), "“orders” is counted in whole numbers, not “2.5”."),
        (leaf("orders", ">=", True), "“orders”: “True” is not a number."),
        (leaf("orders", ">=", 10**12), "“orders”: “1000000000000” is not a number."),
        (leaf("orders", "between", [5, 2]), "“orders”: the lowest number is above the highest."),
        (leaf("spent", ">=", 100), "“spent”: give an amount."),
        (
            leaf("spent", ">=", {"amount": "100", "currency": "hryvnia"}),
            "“spent”: give a currency such as UAH. Amounts of several currencies are never added.",
        ),
        (leaf("last_order", "within_days", 0), "“last order”: give a number of days, 1 or more."),
        (leaf("last_order", "since", "yesterday"), "“last order”: “yesterday” is not a day."),
        (leaf("last_order", "since", "0001-01-01T00:00+14:00"), "“last order”: “0001-01-01T00:00+14:00” is not a day."),
        (leaf("country", "is", "XX"), "“XX” is not a choice of “country” any more."),
        (leaf("country", "any_of", []), "“country”: choose at least one."),
        (leaf("country", "is", "U\0"), "“country”: give a text of at most 200 characters."),
    ],
)  # fmt: skip
def test_a_wrong_tree_is_refused_with_a_sentence(raw, said):
    assert refusal(raw) == said


def test_groups_lie_in_one_another_only_so_deep_and_hold_only_so_many():
    deep = leaf("orders", ">=", 1)
    for _level in range(6):
        deep = {"not": deep}

    assert refusal(deep) == "Groups lie in one another deeper than 6 levels."
    assert refusal({"all": [leaf("orders", ">=", 1)] * 61}) == "More than 60 conditions: nobody could read them."


def test_a_tree_survives_the_way_to_json_and_back():
    raw = {
        "all": [
            leaf("spent", ">=", {"amount": "100.50", "currency": "UAH"}),
            {"not": leaf("tags", "has_any", ["vip", "press"])},
            {"any": [leaf("last_order", "since", "2026-01-01"), leaf("orders", "between", [2, 5])]},
        ]
    }

    once = read(raw, FIELDS)

    assert read(as_json(once), FIELDS) == once


def test_it_depends_on_the_fields_behind_a_meaning():
    tree = read({"all": [leaf("stage", "is", "asleep"), leaf("orders", ">=", 1)]}, FIELDS)

    assert fields_in(tree, FIELDS) == {LAST, ORDERS}


# --- Asked --------------------------------------------------------------------------------------------------------


def test_what_is_not_known_is_in_no_comparison_and_in_every_contrary():
    assert not asked(leaf("country", "is", "UA"), country=None)
    assert asked(leaf("country", "is_not", "UA"), country=None)
    assert not asked(leaf("last_order", "before_days", 30), last_order=None)
    assert asked({"not": leaf("last_order", "within_days", 30)}, last_order=None)
    assert asked(leaf("last_order", "unknown"), last_order=None)


def test_sums_are_asked_in_one_currency_and_are_nothing_in_the_others():
    spent = {"UAH": "1200.00", "EUR": "40.00"}

    assert asked(leaf("spent", ">=", {"amount": 1200, "currency": "UAH"}), spent=spent)
    assert not asked(leaf("spent", ">", {"amount": 40, "currency": "EUR"}), spent=spent)
    assert asked(leaf("spent", "<", {"amount": Decimal("0.01"), "currency": "PLN"}), spent=spent)


def test_a_day_ends_to_the_second():
    edge = NOW - 30 * DAY

    assert not asked(leaf("last_order", "within_days", 30), last_order=edge)
    assert asked(leaf("last_order", "before_days", 30), last_order=edge)
    assert asked(leaf("last_order", "within_days", 30), last_order=edge + timedelta(microseconds=1))


# --- Time passes --------------------------------------------------------------------------------------------------


def test_the_next_change_is_the_first_moment_at_which_time_alone_may_answer_otherwise():
    tree = read(
        {"all": [leaf("last_order", "before_days", 30), {"not": leaf("stage", "is", "asleep")}]},
        FIELDS,
    )
    values = {"customer.last_order": NOW - 10 * DAY}

    assert next_change(tree, values, NOW, FIELDS) == NOW + 20 * DAY
    assert next_change(tree, values, NOW + 20 * DAY, FIELDS) == NOW + 80 * DAY
    assert next_change(tree, values, NOW + 80 * DAY, FIELDS) is None
    assert next_change(tree, {}, NOW, FIELDS) is None


def test_what_time_cannot_change_is_not_waited_for():
    tree = read({"all": [leaf("last_order", "before_days", 30), leaf("country", "is", "UA")]}, FIELDS)
    yesterday = {"customer.last_order": NOW - DAY}

    assert next_change(tree, yesterday | {"customer.country": "UA"}, NOW, FIELDS) == NOW + 29 * DAY
    assert next_change(tree, yesterday | {"customer.country": "PL"}, NOW, FIELDS) is None


MOMENTS = st.one_of(st.none(), st.integers(-40, 40).map(lambda days: NOW + days * DAY))
TIMED = st.builds(
    leaf,
    st.sampled_from(["last_order", "stage"]),
    st.just("within_days"),
    st.integers(1, 40),
).map(lambda raw: raw if "last" in raw["field"] else leaf("stage", "is", "asleep")) | st.builds(
    leaf, st.just("first_order"), st.sampled_from(["before_days", "ahead_days"]), st.integers(1, 40)
)
LEAVES = TIMED | st.just(leaf("country", "is", "UA"))
TREES = st.recursive(
    LEAVES,
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(lambda many: {"all": many})
        | st.lists(parts, min_size=1, max_size=3).map(lambda many: {"any": many})
        | parts.map(lambda part: {"not": part})
    ),
    max_leaves=6,
)


@given(TREES, MOMENTS, MOMENTS, st.sampled_from(["UA", "PL"]))
def test_until_the_next_change_the_answer_stands(raw, last, first, country):
    fields = FIELDS | {"customer.first_order": Field("customer.first_order", "first order", Type.MOMENT, "x")}
    try:
        node = read(raw, fields)
    except ConditionRefused as refused:
        assume("deeper than" not in str(refused))
        raise
    values = {"customer.last_order": last, "customer.first_order": first, "customer.country": country}
    until = next_change(node, values, NOW, fields)

    days = range(90) if until is None else range((until - NOW).days)
    assert {holds(node, values, NOW + day * DAY, fields) for day in days} <= {holds(node, values, NOW, fields)}


# --- Read aloud ---------------------------------------------------------------------------------------------------


def test_a_tree_is_read_as_a_sentence():
    tree = read(
        {
            "all": [
                leaf("orders", ">=", 2),
                leaf("last_order", "before_days", 30),
                {"any": [leaf("country", "any_of", ["UA", "PL"]), {"not": leaf("tags", "has_any", ["vip"])}]},
                leaf("spent", ">", {"amount": "100", "currency": "UAH"}),
            ]
        },
        FIELDS,
    )

    with override("en"):
        said = aloud(tree)

    assert said == (
        "orders is at least 2, and last order: 30 days ago or earlier, and (country is one of Ukraine or Poland"
        " or not so that: (tags has one of vip)), and spent is more than 100 UAH"
    )
