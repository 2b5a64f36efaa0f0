"""Every condition answers the same in Python and in SQL, for every customer of a crowd with all sorts of gaps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import fields
from customers.actions import derive
from customers.models import Customer, Identifier, OpenMatter, Stats
from messaging.actions import default_sender, stream
from messaging.models import Message, Template
from orders.models import Order, OrderLine, Store
from shelf.conditions import ConditionRefused, Type, choices_of, operators_of
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
AGES = [None, 0, 1, 29, 30, 31, 90, 200, 500, -3]  # days; the edges of the windows below among them
SUMS = [{}, {"UAH": "100.00"}, {"UAH": "99.99", "EUR": "40.00"}, {"EUR": "3000.50"}, {"UAH": "0.00"}, {"UAH": "-5.00"}]
PLACES = ["", "UA", "PL"]
TAGS = [[], ["vip"], ["press", "vip"]]
SAID = ["yes", "no", "nothing"]
WORDS = ["vip", "press", "tea-1", "lavka", "Тест_%"]


def at(days):
    return None if days is None else NOW - days * DAY


@pytest.fixture
def crowd(store: Store):
    """Ninety people, none like another; some with orders, parcels, addresses, open matters."""
    people = []
    for number, (days, sums) in enumerate(product(AGES, SUMS)):
        person = Customer.objects.create(first_name=f"No{number}")
        Stats.objects.filter(pk=person.pk).delete()
        row = Stats(
            customer=person,
            orders=number % 7,
            spent=sums,
            first_order_at=at(AGES[number % 9] if days is None else days),
            last_order_at=at(days),
            previous_order_at=at(AGES[(number * 3) % 10]),
            last_rating=[None, 1, 5][number % 3],
            country=PLACES[number % 3],
            language=["", "uk", "ru", "en"][number % 4],
            tags=TAGS[number % 3],
            marketing=SAID[number % 3],
        )
        derive(row)
        row.save(force_insert=True)
        people.append(person)
    template = Template.objects.create(slug="news-of-shop", name="News", purpose_id="marketing")
    flow, sender = stream("news-of-shop", "News"), default_sender()
    for number, person in enumerate(people[::4]):
        for place, days in enumerate((AGES[number % 10], AGES[(number + 3) % 10])):
            Message.objects.create(
                key=f"{number}:{place}", stream=flow, sender=sender, template=template, purpose_id="marketing", lane=9,
                customer=person, address="x@example.com", language="en", subject_type="buyer", subject_id=1,
                send_after=NOW, sent_at=at(days),
            )  # fmt: skip
        order = Order.objects.create(
            store=store,
            external_id=str(number),
            number=f"#{number}",
            customer=person if number % 3 else None,
            placed_at=at(number),
            currency=["UAH", "EUR"][number % 2],
            total=Decimal(number * 10),
            cancelled_at=NOW if number % 5 == 0 else None,
            delivered_at=at(AGES[number % 10]),
            shipping_method=["", "Нова Пошта", "DHL 100%_x"][number % 3],
            is_discreet=number % 2 == 0,
        )
        OrderLine.objects.create(
            order=order, external_id="1", sku=["tea-1", ""][number % 2], title="Tea", quantity=1, price=1, total=1
        )
        Shipment.objects.create(order=order, number=str(number), milestone=["delivered", "in_transit"][number % 2])
        Identifier.objects.create(customer=person, kind="email", value=f"no{number}@example.com")
        OpenMatter.objects.create(
            customer=person, kind="late", subject_type="order", subject_id=order.pk, opened_at=NOW,
            closed_at=NOW if number % 2 else None,
        )  # fmt: skip


AMOUNTS, CURRENCIES = ["0", "-5", "40", "99.99", "100", "3000.5"], ["UAH", "EUR", "PLN"]
MONEY = st.fixed_dictionaries({"amount": st.sampled_from(AMOUNTS), "currency": st.sampled_from(CURRENCIES)})
DAYS = st.sampled_from([1, 3, 29, 30, 90, 365])
VALUES = {
    Type.NUMBER: st.integers(-1, 400),
    Type.MONEY: MONEY,
    Type.TEXT: st.sampled_from(["нова", "Нова Пошта", "100%", "_", "dhl"]),
    Type.FLAG: st.booleans(),
}


def value_for(field, op):
    if op in ("known", "unknown"):
        return st.none()
    if op == "between":
        return st.tuples(st.integers(-1, 4), st.integers(4, 9)).map(list)
    if field.type == Type.MOMENT:
        days = st.sampled_from(["2026-11-22", "2026-10-23T12:00:00+00:00", "2026-08-24"])
        return days if op in ("since", "before") else DAYS
    if field.type in (Type.CHOICE, Type.SET):
        known = [code for code, _name in choices_of(field)] or WORDS
        one = st.sampled_from([*PLACES[1:]] if field.name == "customer.country" else known)
        return one if op in ("is", "is_not") else st.lists(one, min_size=1, max_size=3)
    return VALUES[field.type]


@st.composite
def leaves(draw, subject):
    field = draw(st.sampled_from(fields.fields_of(subject)))
    operator = draw(st.sampled_from(operators_of(field)))
    return {"field": field.name, "op": operator.name, "value": draw(value_for(field, operator.name))}


def trees(subject):
    def groups(parts):
        many = st.lists(parts, min_size=1, max_size=3)
        return st.one_of(
            many.map(lambda m: {"all": m}), many.map(lambda m: {"any": m}), parts.map(lambda p: {"not": p})
        )

    deep = leaves(subject)
    for _level in range(3):
        deep = st.one_of(leaves(subject), groups(deep))
    return deep


@pytest.mark.parametrize("subject", ["customer", "order", "shipment"])
def test_python_and_sql_agree_on_every_tree(subject, crowd):
    model = fields.SUBJECTS[subject]
    ids = sorted(model.objects.values_list("pk", flat=True))
    known = fields.values_of({f for f in fields.fields_of(subject) if f.meanings is None}, subject, ids)

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(trees(subject))
    def agree(raw):
        node = fields.read(raw, subject)
        in_sql = set(model.objects.filter(fields.where(node, NOW)).values_list("pk", flat=True))
        in_python = {pk for pk in ids if fields.holds(node, known[pk], NOW)}
        assert in_sql == in_python

    agree()


@pytest.mark.parametrize(("op", "value"), [(">=", -1), (">", -1), ("<=", 10**9), ("<", 10**9)])
def test_a_number_that_no_column_can_hold_finds_nobody_of_whom_no_number_is_known(crowd, op, value):
    node = fields.read({"field": "customer.last_rating", "op": op, "value": value}, "customer")

    found = set(Stats.objects.filter(fields.where(node, NOW)).values_list("pk", flat=True))

    assert found == set(Stats.objects.filter(last_rating__isnull=False).values_list("pk", flat=True))
    assert 0 < len(found) < Stats.objects.count()


def test_every_customer_is_in_exactly_one_stage_of_life(crowd):
    stages = [code for code, _name in choices_of(fields.FIELDS["customer.lifecycle"])]
    found = [
        pk
        for stage in stages
        for pk in Stats.objects.filter(
            fields.where(fields.read({"field": "customer.lifecycle", "op": "is", "value": stage}, "customer"), NOW)
        ).values_list("pk", flat=True)
    ]

    assert sorted(found) == sorted(Stats.objects.values_list("pk", flat=True))


def test_a_field_of_another_subject_is_no_field_here():
    with pytest.raises(ConditionRefused):
        fields.read({"field": "order.total", "op": ">=", "value": {"amount": 1, "currency": "UAH"}}, "customer")


def test_values_of_many_customers_cost_as_many_queries_as_of_one(crowd, django_assert_num_queries):
    wanted = {f for f in fields.fields_of("customer") if f.meanings is None}
    ids = list(Stats.objects.values_list("pk", flat=True))
    rows = sum(1 for field in wanted if field.rows)

    for many in (ids[:1], ids):
        with django_assert_num_queries(1 + rows):
            fields.values_of(wanted, "customer", many)
