"""What people do with parcels: the counter, the own courier, corrections."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from orders.actions import save_orders
from orders.links import status_url, stub_url
from orders.models import Order
from tests.builders import room
from tests.builders.door import MONDAY, order_seen
from tests.builders.self_service import prove
from tracking import actions, handing
from tracking.actions import Fulfilled, make_shipments
from tracking.carriers.seen import CheckpointSeen
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

NOW = MONDAY + timedelta(days=1)


@pytest.fixture
def order(store):
    order = save_orders(store, [order_seen()])[0].order
    Order.objects.filter(pk=order.pk).update(due=0)
    return order


@pytest.fixture
def agent(db):
    return room.person("agent")


def parcel_of(order, carrier="own_pickup", number=""):
    numbers = (number,) if number else ()
    said = Fulfilled(order.pk, "f1", "pending", carrier, numbers, (), (), "", MONDAY)
    return make_shipments([said], MONDAY)[0]


def ready(order):
    shipment = parcel_of(order)
    actions.set_stage(shipment.pk, "ready", None, NOW)
    return shipment


def fresh(shipment):
    return Shipment.objects.get(pk=shipment.pk)


def path_of(url):
    return "/" + url.split("/", 3)[3]


def said_by_hand():
    events = Event.objects.filter(kind="shipment.corrected").order_by("pk")
    return [(event.data["what"], event.created_by_id) for event in events]


def test_pick_up_goes_from_preparing_to_ready_to_handed_over_each_by_a_named_person(order, agent):
    shipment = parcel_of(order)

    actions.set_stage(shipment.pk, "preparing", agent.pk, NOW)
    actions.set_stage(shipment.pk, "ready", agent.pk, NOW + timedelta(hours=1))
    changed = actions.hand_over(shipment.pk, agent.pk, NOW + timedelta(hours=2))

    assert (changed.milestone, changed.delivered_at) == ("delivered", NOW + timedelta(hours=2))
    assert said_by_hand() == [("preparing", agent.pk), ("ready", agent.pk), ("handed_over", agent.pk)]
    assert Event.objects.filter(kind="shipment.delivered").count() == 1


def handed_over(shipment):
    actions.hand_over(shipment.pk, None, NOW + timedelta(hours=1))


def cancelled(shipment):
    Order.objects.filter(pk=shipment.order_id).update(cancelled_at=NOW)


def unpaid(shipment):
    Order.objects.filter(pk=shipment.order_id).update(due=Decimal("120.00"))


def of_a_carrier(shipment):
    Shipment.objects.filter(pk=shipment.pk).update(carrier="nova_poshta")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (handed_over, "was handed over already"),
        (cancelled, "was cancelled. Do not hand it over"),
        (unpaid, "120.00 UAH of order"),
        (of_a_carrier, "is not collected from the shop"),
    ],
)
def test_what_must_not_be_handed_over_is_refused_with_a_sentence(order, spoil, words):
    shipment = ready(order)
    spoil(shipment)
    before, facts = fresh(shipment).milestone, Event.objects.count()

    with pytest.raises(actions.ParcelRefused) as refused:
        actions.hand_over(shipment.pk, None, NOW + timedelta(hours=2))

    assert words in str(refused.value)
    assert (fresh(shipment).milestone, Event.objects.count()) == (before, facts)


def test_order_that_is_not_ready_is_not_handed_over(order):
    with pytest.raises(actions.ParcelRefused, match="is not ready yet"):
        actions.hand_over(parcel_of(order).pk, None, NOW)


def test_code_opens_a_page_whose_get_changes_nothing_and_whose_post_hands_over(client, order, agent):
    shipment = ready(order)
    address = path_of(handing.code_url(shipment, order))
    client.force_login(agent)

    page = client.get(address)
    unchanged = fresh(shipment).milestone
    answer = client.post(address, follow=True)

    assert page.status_code == 200
    assert b"<button" in page.content
    assert (unchanged, fresh(shipment).milestone) == ("ready_for_pickup", "delivered")
    assert b"was handed over already" in answer.content


def test_stranger_with_the_code_is_asked_to_sign_in_and_changes_nothing(client, order):
    shipment = ready(order)

    answer = client.post(path_of(handing.code_url(shipment, order)))

    assert (answer.status_code, answer.url.startswith("/accounts/login/")) == (302, True)
    assert fresh(shipment).milestone == "ready_for_pickup"


def test_marketer_may_not_hand_over(client, order):
    client.force_login(room.person("marketer"))

    assert client.post(path_of(handing.code_url(ready(order), order))).status_code == 403


def test_revoked_code_and_code_of_another_door_are_not_found(client, order, agent):
    address = path_of(handing.code_url(ready(order), order))
    Order.objects.filter(pk=order.pk).update(link_version=order.link_version + 1)
    client.force_login(agent)

    assert client.get(address).status_code == 404
    assert client.get(reverse("hand-over", args=["nonsense"])).status_code == 404


def test_customer_sees_the_code_on_the_signed_page_and_never_on_the_stub(client, order):
    shipment = ready(order)
    order.refresh_from_db()
    picture = f"parcels/{shipment.pk}/hand-over.svg"
    signed, stub = path_of(status_url(order)), path_of(stub_url(order))

    assert picture in client.get(signed).content.decode()
    assert picture not in client.get(stub).content.decode()
    assert client.get(signed + picture)["Content-Type"] == "image/svg+xml"
    assert client.get(stub + picture).status_code == 404
    prove(client, order)
    assert picture in client.get(signed).content.decode()


def test_own_courier_goes_out_fails_and_delivers_with_a_name(order):
    shipment = parcel_of(order, "own_courier")

    actions.set_stage(shipment.pk, "on_the_way", None, NOW)
    actions.set_stage(shipment.pk, "failed", None, NOW + timedelta(hours=1), reason="recipient_absent")
    failed = fresh(shipment)
    actions.set_stage(shipment.pk, "delivered", None, NOW + timedelta(days=1), signed_by="Petro")

    assert (failed.milestone, failed.reason) == ("attempt_failed", "recipient_absent")
    assert fresh(shipment).milestone == "delivered"
    assert fresh(shipment).checkpoints.latest("occurred_at").message == "Petro"


def test_stage_of_a_carriers_parcel_is_not_set_by_a_button(order):
    with pytest.raises(actions.ParcelRefused):
        actions.set_stage(parcel_of(order, "nova_poshta", "20400048799001").pk, "ready", None, NOW)

    assert said_by_hand() == []


def test_scan_taken_back_counts_no_more_and_stays_to_be_seen(order, agent):
    shipment = parcel_of(order, "nova_poshta", "20400048799001")
    actions.add_scan(shipment.pk, CheckpointSeen(NOW, "in_transit"), agent.pk, NOW)
    actions.add_scan(shipment.pk, CheckpointSeen(NOW, "ready_for_pickup"), agent.pk, NOW)
    wrong = shipment.checkpoints.get(milestone="ready_for_pickup")

    actions.take_back(shipment.pk, wrong.pk, agent.pk, NOW)

    assert fresh(shipment).milestone == "in_transit"
    assert shipment.checkpoints.count() == 2
    assert said_by_hand()[-1] == ("scan_taken_back", agent.pk)


def test_scan_of_the_future_is_refused(order):
    shipment = parcel_of(order)

    with pytest.raises(actions.ParcelRefused):
        actions.add_scan(shipment.pk, CheckpointSeen(NOW + timedelta(hours=1), "delivered"), None, NOW)

    assert shipment.checkpoints.count() == 0


def test_changed_number_brings_its_carrier_and_is_not_used_twice_in_an_order(order, agent):
    shipment = parcel_of(order, "Nova Poshta", "20400048799001")
    said = Fulfilled(order.pk, "f2", "success", "Nova Poshta", ("20400048799009",), (), (), "", MONDAY)
    make_shipments([said], MONDAY)

    changed = actions.change_number(shipment.pk, "2040 0048 7990 02", agent.pk, NOW)
    with pytest.raises(actions.ParcelRefused):
        actions.change_number(shipment.pk, "20400048799009", agent.pk, NOW)

    assert (changed.number, changed.carrier) == ("20400048799002", "nova_poshta")
    assert fresh(shipment).number == "20400048799002"


def test_agent_sets_the_stage_on_the_parcels_page(client, order, agent):
    shipment = parcel_of(order)
    address = reverse("admin:tracking_shipment_change", args=[shipment.pk])
    client.force_login(agent)

    page = client.get(address)
    client.post(address, {"deed": "set_stage", "stage": "ready"})
    refused = client.post(address, {"deed": "set_stage", "stage": "delivered"}, follow=True)

    assert b'value="set_stage"' in page.content
    assert fresh(shipment).milestone == "ready_for_pickup"
    assert "is no stage that this parcel can be set to" in refused.content.decode()


def test_agent_adds_a_scan_on_the_parcels_page(client, order, agent):
    shipment = parcel_of(order, "nova_poshta", "20400048799001")
    address = reverse("admin:tracking_shipment_change", args=[shipment.pk])
    client.force_login(agent)
    at = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")

    refused = client.post(address, {"deed": "add_scan", "milestone": "delivered", "occurred_at": "yesterday"})
    client.post(address, {"deed": "add_scan", "milestone": "in_transit", "occurred_at": at, "city": "Київ"})

    assert refused.status_code == 400
    assert [(c.milestone, c.city) for c in shipment.checkpoints.all()] == [("in_transit", "Київ")]
