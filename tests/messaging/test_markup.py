"""What mailboxes read in the head of an order's mail: all that Gmail and Yandex require, and nothing discreet."""

import json
import re
from datetime import date

import pytest
import time_machine

from messaging import actions, contexts, markup
from messaging.models import LocalMail
from orders.actions import save_orders
from orders.models import Order, Store
from orders.stores.seen import AddressSeen
from tests.builders.door import MONDAY, line_seen, order_seen
from tests.builders.post import planned
from tracking.models import Shipment

SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
WHOLE = AddressSeen(
    name="Олена Коваленко",
    line1="Хрещатик 22",
    line2="кв. 5",
    city="Київ",
    region="Київ",
    postcode="01001",
    country="UA",
)
# https://developers.google.com/gmail/markup/reference: what is required there, by path
ORDER = ("merchant.name", "orderNumber", "orderStatus", "priceCurrency", "price", "acceptedOffer.0.itemOffered.name",
         "acceptedOffer.0.price", "acceptedOffer.0.priceCurrency",
         "acceptedOffer.0.eligibleQuantity.value")  # fmt: skip
PARCEL = ("carrier.name", "deliveryAddress.name", "deliveryAddress.streetAddress", "deliveryAddress.addressLocality",
          "deliveryAddress.addressRegion", "deliveryAddress.postalCode", "deliveryAddress.addressCountry",
          "itemShipped.0.name", "partOfOrder.orderNumber", "partOfOrder.merchant.name")  # fmt: skip


def at(node, path):
    for key in path.split("."):
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def place(store, **overrides) -> Order:
    return save_orders(store, [order_seen(**({"address": WHOLE} | overrides))])[0].order


def parcel(order, **overrides) -> Shipment:
    known = {"carrier": "nova_poshta", "number": "20450912345678", "estimated_on": date(2026, 11, 25)}
    return Shipment.objects.create(order=order, **(known | overrides))


def nodes_of(kind, pk):
    return [json.loads(node) for node in contexts.load([(kind, pk)], MONDAY)[kind, pk]["markup"]]


# --- The script -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", ["</script><script>alert(1)</script>", "<!--<script>", "a\u2028b", "&lt;/script&gt;", '"}', "\\", "\0"]
)
def test_nothing_in_the_data_ends_the_script(title):
    html = markup.script([markup.written({"name": title})])

    [written] = SCRIPT.findall(html)
    assert html.count("<") == 2 and not re.search(r"[<>&\u2028]", written)
    assert json.loads(written) == {"name": title}


def test_nothing_to_say_is_no_script():
    assert markup.script([]) == ""


# --- What is said ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_order_has_every_field_that_is_required(store):
    order = place(store, lines=(line_seen(quantity=2), line_seen("Чашка", "80.00")))

    [node] = nodes_of("order", order.pk)

    assert all(at(node, path) for path in ORDER)
    assert (node["price"], node["priceCurrency"]) == ("1330.00", "UAH")
    assert node["orderDate"] == "2026-11-23T11:00:00+02:00"
    assert node["orderStatus"] == "http://schema.org/OrderProcessing"
    assert [offer["itemOffered"]["name"] for offer in node["acceptedOffer"]] == ["Чайник", "Чашка"]
    assert node["url"] == node["potentialAction"]["target"]


@pytest.mark.django_db
@pytest.mark.parametrize("stage", Order.Stage.values)
def test_every_stage_has_a_status_of_schema_org(store, stage):
    order = place(store)
    Order.objects.update(stage=stage)

    [node] = nodes_of("order", order.pk)

    assert re.fullmatch(
        "http://schema.org/Order(Processing|InTransit|PickupAvailable|Delivered|Cancelled|Returned)",
        node["orderStatus"],
    )


@pytest.mark.django_db
def test_a_cancelled_order_says_so_whatever_its_stage(store):
    order = place(store, cancelled_at=MONDAY)
    Order.objects.update(stage="delivered")

    assert nodes_of("order", order.pk)[0]["orderStatus"] == "http://schema.org/OrderCancelled"


@pytest.mark.django_db
def test_a_parcel_has_every_field_that_is_required(store):
    shipment = parcel(place(store), url="https://novaposhta.ua/tracking/?cargo_number=20450912345678")

    order, node = nodes_of("shipment", shipment.pk)

    assert (order["@type"], node["@type"]) == ("Order", "ParcelDelivery")
    assert all(at(node, path) for path in PARCEL)
    assert node["carrier"]["name"] == "Нова пошта"
    assert (node["trackingNumber"], node["trackingUrl"]) == (shipment.number, shipment.url)
    assert node["expectedArrivalFrom"] == "2026-11-25T00:00:00+02:00"
    assert node["expectedArrivalUntil"] == "2026-11-25T23:59:59+02:00"
    assert node["deliveryAddress"]["streetAddress"] == "Хрещатик 22, кв. 5"


@pytest.mark.django_db
@pytest.mark.parametrize("lacks", [{"carrier": ""}, {"address": AddressSeen(name="Олена", city="Київ", country="UA")}])
def test_a_parcel_that_lacks_something_required_is_only_its_order(store, lacks):
    order = place(store, **({"address": lacks["address"]} if "address" in lacks else {}))
    shipment = parcel(order, **({"carrier": ""} if "carrier" in lacks else {}))

    assert [node["@type"] for node in nodes_of("shipment", shipment.pk)] == ["Order"]


# --- In the mail ----------------------------------------------------------------------------------------------------


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def sent_html() -> tuple[str, str]:
    from email import message_from_bytes, policy

    actions.send_due()
    mail = LocalMail.objects.latest("pk")
    parsed = message_from_bytes(bytes(mail.raw), policy=policy.default)
    return parsed["Subject"], parsed.get_body(("html",)).get_content()


@pytest.mark.django_db
@pytest.mark.usefixtures("journeys", "monday")
def test_the_confirmation_carries_the_order_in_its_head_and_a_review_request_does_not(store):
    order = place(store)
    planned(order, MONDAY)

    _subject, html = sent_html()

    [written] = SCRIPT.findall(html.partition("</head>")[0])
    assert json.loads(written)["orderNumber"] == "#1042"
    planned(order, MONDAY, "order_link", key="link")
    assert SCRIPT.findall(sent_html()[1])


@pytest.mark.django_db
@pytest.mark.usefixtures("journeys", "monday")
@pytest.mark.parametrize("who", [Order, Store])
def test_a_discreet_order_names_no_product_in_markup_subject_or_preview(store, who):
    order = place(store, lines=(line_seen("Особисте"),), subtotal=order_seen().total)
    who.objects.update(is_discreet=True)
    template = planned(order, MONDAY).template
    from messaging.models import TemplateContent

    TemplateContent.objects.filter(version__template=template).update(
        subject="{{ order.lines.first.title }}", preheader="{% for l in order.lines %}{{ l.title }}{% endfor %}"
    )

    subject, html = sent_html()

    assert subject == "Ваша покупка"
    head, _body, letter = html.partition("<body")
    assert "Особисте" not in head
    assert json.loads(SCRIPT.search(head)[1])["acceptedOffer"][0]["itemOffered"]["name"] == "Товар"
    assert "Особисте" not in LocalMail.objects.latest("pk").preview[:20]
    assert "Особисте" in letter  # who opens the letter may read it
