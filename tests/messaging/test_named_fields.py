"""What segments may ask, mails may name: one registration, asked only where a mail names it, by the batch."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from campaigns import fields as registry
from customers.models import Customer, Stats
from messaging import actions, contexts, named
from messaging.admin import editor
from messaging.desk import mail_of
from orders.actions import save_orders
from tests.builders.campaigns import FOOT, campaign, look, mail, said, shop_is_online
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False), translation.override("en"):
        yield


def buyer(store, number=1):
    seen = order_seen(number, email=f"n{number}@example.com", customer_id=str(number), phone="")
    return save_orders(store, [seen])[0].order


def data_of(orders, *fields):
    subjects = [("order", order.pk) for order in orders]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        data = contexts.load(subjects, MONDAY, fields)
    return [data[subject] for subject in subjects], len(queries)


def test_a_mail_names_what_a_segment_asks_in_the_words_of_its_reader(store):
    order = buyer(store)
    Stats.objects.update(expected={"UAH": "2660.00", "EUR": "90.00"}, tags=["gifts", "tea"])
    words = (
        "{{ customer.orders }} · {{ customer.lifetime_value | money: order.currency }} · "
        "{{ customer.first_order | day }}"
        '{% if customer.lifecycle == "new" %} · new{% endif %} · {{ customer.tags | join: ", " }} · {{ order.stage }}'
    )
    template = mail(words, purpose="order_updates")

    message = planned(order, MONDAY, template.slug, language="en")
    actions.send_due()

    message.refresh_from_db()
    sent, _why_not = mail_of(message, MONDAY)
    assert "1 · UAH 2,660.00 · 23 November 2026 · new · gifts, tea · paid" in sent.text.replace("\xa0", " ")


def test_a_field_that_no_mail_names_is_not_asked_and_one_that_is_named_costs_a_query_for_the_batch(store):
    orders = [buyer(store, number) for number in range(1, 6)]

    _data, plain = data_of(orders)
    _data, of_one = data_of(orders[:1], "customer.orders", "customer.spent", "customer.lifecycle")
    data, of_five = data_of(orders, "customer.orders", "customer.spent", "customer.lifecycle")
    _data, of_two_subjects = data_of(orders, "customer.orders", "order.stage", "order.is_discreet")

    assert [of_one - plain, of_five - plain, of_two_subjects - plain] == [1, 1, 2]
    assert [d["customer"]["orders"] for d in data] == [1] * 5
    assert data[0]["customer"]["spent"] == Decimal("1330.00")


def test_what_the_order_says_itself_under_the_same_name_is_the_same_thing_and_is_not_asked_again(store):
    order = buyer(store)

    [before], plain = data_of([order])
    [after], asked = data_of([order], "order.total")

    assert asked == plain
    assert after["order"] == before["order"]
    assert contexts.describe_all()["order"]["total"] == "money"


def test_what_is_not_known_is_empty_and_never_an_error(store):
    order = buyer(store)
    Stats.objects.all().delete()

    [data], _queries = data_of([order], "customer.spent", "customer.tags", "customer.country", "customer.last_order")

    kept = {name: data["customer"][name] for name in ("spent", "tags", "country", "last_order")}
    assert kept == {"spent": Decimal(0), "tags": [], "country": "", "last_order": None}
    assert data["customer"]["first_name"] == "Олена"


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("{{ customer.orders }}", {"customer.orders"}),
        ("{% if customer.lifecycle == 'new' %}{% endif %}", {"customer.lifecycle"}),
        ("{% for tag in customer.tags %}{{ tag }}{% endfor %}", {"customer.tags"}),
        ("{{ customer['orders'] }}", {"customer.orders"}),
        ("{% if customer and order %}{{ order.number }}{% endif %}", set()),
        ("{{ customer.first_name }} has orders", set()),
    ],
)
def test_the_fields_that_a_mail_names_are_read_from_its_text(source, fields):
    assert named.fields_in([source]) == fields


@pytest.mark.parametrize(
    "source", ["{% assign who = customer %}{{ who.orders }}", "{% assign key = 'orders' %}{{ customer[key] }}"]
)
def test_a_name_that_is_not_spelled_out_may_be_any_of_them(source):
    assert named.fields_in([source]) == {field.name for field in registry.fields_of("customer")}


def test_the_help_lists_every_field_of_the_registry_with_its_words_and_kind():
    rows = {row.name: row for _space, rows in editor.variables() for row in rows}

    assert set(registry.FIELDS) <= set(rows)
    value = rows["customer.lifetime_value"]
    assert (value.kind, value.snippet) == ("money", "{{ customer.lifetime_value | money: order.currency }}")
    assert value.words == (
        "expected lifetime value; what was spent, and what another year at the usual pace would bring"
    )
    assert rows["customer.lifecycle"].words == "stage of life; one of: prospect, new, active, at_risk, lapsed, lost"
    assert rows["customer.lifecycle"].snippet == '{% if customer.lifecycle == "" %} {% endif %}'
    assert rows["order.total"].words == "what the customer pays"


@pytest.mark.parametrize(("language", "words"), [("uk", "країна"), ("ru", "страна")])
def test_the_help_speaks_the_language_of_the_author(language, words):
    with translation.override(language):
        rows = {row.name: row.words for _space, rows in editor.variables() for row in rows}

    assert rows["customer.country"].startswith(words)


def test_the_look_over_an_audience_knows_the_fields_too(store, monkeypatch):
    shop_is_online(monkeypatch)
    buyer(store, 1)
    buyer(store, 2)
    Customer.objects.order_by("pk").last().stats.delete()

    checked = look(campaign(store, template=mail(f"{{{{ customer.country }}}} {{{{ customer.orders }}}} {FOOT}")))

    verdict, _what, details = said(checked, "variables")
    assert verdict == "warn"
    assert details == [
        "“customer.country” is empty for 1 of them; give it a “default”.",
        "“customer.orders” is empty for 1 of them; give it a “default”.",
    ]
    assert said(checked, "rendering")[0] == "ok"


def test_what_a_mail_does_not_speak_of_is_not_read(store):
    order = buyer(store)
    sources = ["{% if survey %}{{ survey.url }}{% endif %}{{ order.number }}"]

    with CaptureQueriesContext(connection) as all_of_it:
        contexts.load([("order", order.pk)], MONDAY)
    with CaptureQueriesContext(connection) as asked:
        contexts.load([("order", order.pk)], MONDAY, (), named.namespaces_in(sources))
    with CaptureQueriesContext(connection) as plain:
        contexts.load([("order", order.pk)], MONDAY, (), named.namespaces_in(["{{ order.number }}"]))

    assert (len(all_of_it), len(asked), len(plain)) == (9, 6, 4)  # reviews two, coupons two, cards one
