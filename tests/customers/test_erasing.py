"""What is held of a person is handed out whole, and erased so that it does not come back by itself.

That nothing of them is left anywhere is shown on the whole demo: tests/campaigns/test_demo.py.
"""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.actions import Sighting, recognise
from customers.consent import Said, consents_of, grant
from customers.erasing import ErasureRefused, erase, forget_again, hand_out, look
from customers.models import Customer, Erasure, Identifier
from events.models import Event, Receipt
from messaging.models import Message
from orders.actions import save_orders
from orders.links import status_url
from orders.models import Order
from tests.builders import room
from tests.builders.door import MONDAY, order_seen
from tests.builders.letters import state_of
from tests.builders.post import planned
from tracking.actions import add_checkpoints, save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen, Proof
from tracking.models import Checkpoint, Shipment

pytestmark = pytest.mark.django_db

OLENA = "olena@example.com"
LATER = MONDAY + timedelta(days=1)


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()], quiet=True)[0].order


def signed_in(role):
    client = Client()
    client.force_login(room.person(role))
    return client


def data_page(order):
    return f"/admin/customers/customer/{order.customer_id}/data/"


def handed_out(customer_id):
    archive = zipfile.ZipFile(io.BytesIO(hand_out(customer_id)))
    return archive, json.loads(archive.read("data.json"))


# --- Handed out ---------------------------------------------------------------------------------------------------


def test_what_is_held_is_handed_out_whole_but_for_what_opens_doors(order):
    _archive, told = handed_out(order.customer_id)

    [bought] = told["orders.Order"]
    assert (bought["email"], bought["first_name"], bought["total"]) == (OLENA, "Олена", "1330.00")
    assert bought["address"]["line1"] == "Хрещатик 22"
    assert {one["value"] for one in told["customers.Identifier"]} == {OLENA, "+380501234567", "77"}
    assert "public_id" not in bought and "link_version" not in bought


def test_what_was_sent_to_us_is_among_the_files_as_it_came(store, order):
    Receipt.objects.create(connection=store.connection, key="1", body=b'{"id": 1}', customer_id=order.customer_id)

    archive, told = handed_out(order.customer_id)

    [delivery] = told["events.Receipt"]
    assert archive.read(delivery["body"]) == b'{"id": 1}'


def test_nothing_of_another_person_is_handed_out(store, order):
    other = order_seen(7, email="petro@example.com", phone="", customer_id="78", first_name="Петро")
    save_orders(store, [other], quiet=True)

    _archive, told = handed_out(order.customer_id)

    assert "Петро" not in json.dumps(told, ensure_ascii=False)


# --- Erased -------------------------------------------------------------------------------------------------------


def test_the_sale_stays_without_the_person(order):
    counts = erase([order.customer_id], LATER)

    order.refresh_from_db()
    assert (order.email, order.phone, order.first_name, order.address) == ("", "", "", {})
    assert (str(order.total), order.customer.name) == ("1330.00", "")
    assert not Identifier.objects.filter(customer=order.customer_id).exists()
    assert (counts["orders.Order"], counts["customers.Identifier"]) == (1, 3)
    assert Erasure.objects.get().counts == counts


def test_the_world_is_told_once_that_it_should_forget_too(order):
    erase([order.customer_id], LATER)
    again = erase([order.customer_id], LATER)

    assert again == {}
    assert Event.objects.get(kind="customer.erased").data == {}


def test_what_was_planned_is_cancelled_and_says_why(order, journeys):
    message = planned(order, LATER)

    erase([order.customer_id], LATER)

    assert state_of(message) == "cancelled"
    message = Message.objects.get(pk=message.pk)
    assert (message.why, message.address) == ("The customer's data were erased.", "")


def test_while_a_letter_is_leaving_nothing_is_erased(order, journeys):
    planned(order, LATER)
    Message.objects.update(state="sending")

    with pytest.raises(ErasureRefused, match="just being sent"):
        erase([order.customer_id], LATER)

    assert Order.objects.get(pk=order.pk).email == OLENA and not Erasure.objects.exists()


def test_the_link_of_an_old_mail_opens_nothing_any_more(client, order):
    path = status_url(order).partition("example")[2].partition("/")[2]
    erase([order.customer_id], LATER)

    page = client.get(f"/{path}")

    assert "Олена" not in page.content.decode() and "Хрещатик" not in page.content.decode()


def test_an_address_that_comes_back_is_not_advertised_to(order):
    grant(Said(OLENA, "email", "marketing", "checkout", MONDAY, customer=order.customer))

    erase([order.customer_id], LATER)

    said = consents_of([OLENA])
    assert said[OLENA, "email", "marketing"].is_no


# --- It does not come back by itself -------------------------------------------------------------------------------


def test_an_order_that_the_shop_shows_again_stays_without_a_name(store, order):
    erase([order.customer_id], LATER)

    save_orders(store, [order_seen(updated_at=LATER, financial="refunded")])

    order.refresh_from_db()
    assert (order.financial, order.email, order.first_name, order.address["city"]) == ("refunded", "", "", "")
    assert Customer.objects.count() == 1


def test_somebody_who_buys_again_is_a_new_customer(store, order):
    erase([order.customer_id], LATER)

    [saved] = save_orders(store, [order_seen(1043, LATER)])

    assert saved.order.customer_id != order.customer_id and saved.order.email == OLENA


def test_the_carrier_says_no_more_who_signed(order):
    parcel = Shipment.objects.create(order=order, number="20450000000001", carrier="nova_poshta")
    add_checkpoints(parcel, [CheckpointSeen(MONDAY, "in_transit", message="До Олени")], "toy", MONDAY)
    erase([order.customer_id], LATER)

    scan = CheckpointSeen(LATER, "delivered", message="Отримала Олена")
    save_parcels(
        [(ParcelSeen(parcel.number, "nova_poshta", (scan,), proof=Proof("Олена", LATER)), LATER)], "toy", LATER
    )

    parcel.refresh_from_db()
    assert (parcel.milestone, parcel.signed_by) == ("delivered", "")
    assert set(Checkpoint.objects.values_list("message", flat=True)) == {""}


def test_a_delivery_that_is_read_afterwards_loses_its_body(store, order):
    late = {"connection": store.connection, "state": "done", "body": b"{}"}
    Receipt.objects.create(key="1", customer_id=order.customer_id, **late)
    erase([order.customer_id], LATER)
    Receipt.objects.create(key="2", customer_id=order.customer_id, **late)
    Receipt.objects.create(key="3", **late)

    assert forget_again() == 1
    assert [bytes(body) for body in Receipt.objects.order_by("key").values_list("body", flat=True)] == [b"", b"", b"{}"]


def test_ten_people_take_as_many_statements_as_two(store):
    people = recognise([Sighting(external_id=str(n), scope="lavka") for n in range(12)])

    taken = []
    for some in (people[:2], people[2:]):
        with CaptureQueriesContext(connection) as seen:
            erase([one.pk for one in some], LATER)
        taken.append(len(seen))

    assert taken[0] == taken[1]


# --- In the room --------------------------------------------------------------------------------------------------


def test_an_agent_sees_and_hands_out_and_may_not_erase(order):
    agent = signed_in("agent")

    page = agent.get(data_page(order)).content.decode()
    file = agent.get(data_page(order)[:-1] + ".zip")
    refused = agent.post(data_page(order), {"sure": "yes"})

    assert "Orders" in page and "Erase for good" not in page
    assert zipfile.ZipFile(io.BytesIO(file.content)).namelist() == ["data.json"]
    assert refused.status_code == 403 and not Erasure.objects.exists()


def test_an_owner_says_that_they_know_who_asked_before_anything_goes(order):
    owner = signed_in("owner")

    unsure = owner.post(data_page(order), follow=True).content.decode()
    before = Erasure.objects.count()
    done = owner.post(data_page(order), {"sure": "yes"}, follow=True).content.decode()

    assert "say that you know who asked" in unsure and before == 0
    assert "Their data were erased" in done and Erasure.objects.get().by.email == "owner@shop.example"


def test_a_look_changes_nothing(order):
    rows = {held.holding.model: held.rows for held in look([order.customer_id])}

    assert (rows["orders.Order"], rows["customers.Identifier"]) == (1, 3)
    assert Order.objects.get().email == OLENA
