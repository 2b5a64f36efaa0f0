"""Codes that no table of ours holds: kept, counted once each, explained by the owner, read again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from events.models import Event
from orders.actions import save_orders
from orders.models import OrderPage
from tests.builders.door import MONDAY, order_seen
from tracking.actions import CodeRefused, Fulfilled, explain, foresee, make_shipments, save_parcels
from tracking.actions.meanings import count_unknown, explained
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.models import Checkpoint, Shipment, UnknownCode

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def parcel_of(store, number="1106321645", order=1042):
    placed = save_orders(store, [order_seen(order)])[0].order
    one = Fulfilled(placed.pk, f"f-{number}", "success", "CDEK", (number,), (), (), "", MONDAY)
    return make_shipments([one], MONDAY)[0]


def scan(code="BEAMED", hours=1, milestone="pending", unknown=True, **more):
    return CheckpointSeen(MONDAY + hours * HOUR, milestone, raw_code=code, unknown=unknown, **more)


def tell(*scans, number="1106321645", hours=9, receipt=7):
    at = MONDAY + hours * HOUR
    return save_parcels([(ParcelSeen(number, "cdek", scans), at)], "cdek", at, receipts=[receipt])


def row():
    return UnknownCode.objects.values_list("source", "code", "carrier", "count", "receipt_id").get()


def milestone_of(shipment):
    shipment.refresh_from_db()
    return shipment.milestone


def test_unknown_code_is_kept_with_its_scan_and_counted_once_however_often_it_is_told(store):
    parcel_of(store)

    for receipt in (7, 8, 9):
        tell(scan(hours=1), scan(hours=2), scan(hours=2, summary=True), receipt=receipt)

    assert row() == ("cdek", "BEAMED", "cdek", 2, 7)
    code = UnknownCode.objects.get()
    assert (code.first_seen_at, code.last_seen_at) == (MONDAY + 9 * HOUR, MONDAY + 9 * HOUR)
    assert set(Checkpoint.objects.values_list("raw_code", "milestone", "unknown")) == {("BEAMED", "pending", True)}


def test_unknown_code_neither_raises_nor_lowers_what_is_known(store):
    shipment = parcel_of(store)
    tell(scan("TAKEN_BY_COURIER", 3, "out_for_delivery", unknown=False))

    tell(scan(hours=4), scan(hours=4, summary=True))

    assert milestone_of(shipment) == "out_for_delivery"
    assert not Shipment.objects.get().disputed


def test_unknown_scan_is_shown_as_on_the_way_only_while_the_carrier_has_the_parcel(store):
    shipment = parcel_of(store)
    tell(scan(hours=1), scan("TAKEN", 2, "picked_up", unknown=False), scan(hours=3))
    tell(scan("DELIVERED", 4, "delivered", unknown=False), scan(hours=5))

    (block,) = OrderPage.objects.get(order=shipment.order_id).blocks["parcels"]

    assert [s["milestone"] for s in block["checkpoints"]] == ["delivered", "in_transit", "picked_up"]
    assert UnknownCode.objects.get().count == 3


def test_parcel_that_nobody_knows_counts_when_it_is_stored(store):
    tell(scan(), number="9999999999")

    assert not UnknownCode.objects.exists()


def test_known_codes_cost_no_query(store, django_assert_num_queries):
    parcel_of(store)
    tell(scan("TAKEN", 1, "picked_up", unknown=False))
    known = [(ParcelSeen("1106321645", "cdek", (scan("SENT", 2, "in_transit", unknown=False),)), MONDAY)]

    with django_assert_num_queries(0):
        assert explained(known, "cdek") is known
        count_unknown(known, [Shipment.objects.none()], "cdek", [7])


def test_rehearsal_says_what_would_change_and_changes_nothing(store):
    shipment = parcel_of(store)
    tell(scan(hours=1))

    seen = foresee(UnknownCode.objects.get(), "ready_for_pickup", "", MONDAY + 9 * HOUR)

    assert (seen.scans, seen.parcels, seen.changes) == (1, 1, 1)
    assert seen.first == ((shipment, "pending", "ready_for_pickup"),)
    assert milestone_of(shipment) == "pending"
    assert UnknownCode.objects.get().explained_at is None


def test_what_the_owner_says_holds_for_old_scans_and_for_later_ones(store):
    first, second = parcel_of(store), parcel_of(store, "1106321646", 1043)
    tell(scan(hours=1))

    read = explain(UnknownCode.objects.get(), "ready_for_pickup", "", MONDAY + 9 * HOUR, by=3)
    tell(scan(hours=1), scan(hours=2))
    tell(scan(hours=2), number="1106321646")

    assert read == 1
    assert (milestone_of(first), milestone_of(second)) == ("ready_for_pickup", "ready_for_pickup")
    assert Checkpoint.objects.count() == 3  # the scan that came again is the same row
    assert UnknownCode.objects.get().explained_by_id == 3


def test_owner_may_change_their_mind(store):
    shipment = parcel_of(store)
    tell(scan(hours=1))
    code = UnknownCode.objects.get()

    explain(code, "delivered", "", MONDAY + 9 * HOUR)
    explain(code, "in_transit", "customs", MONDAY + 10 * HOUR)

    assert milestone_of(shipment) == "in_transit"
    assert Shipment.objects.get().reason == "customs"


def test_what_is_older_than_two_days_is_history_and_told_to_nobody(store):
    parcel_of(store)
    tell(scan(hours=1))
    later = MONDAY + timedelta(days=5)

    explain(UnknownCode.objects.get(), "delivered", "", later)

    delivered = Event.objects.get(kind="shipment.delivered")
    assert delivered.at == MONDAY + HOUR
    assert delivered.handled_at is not None  # recorded as history: no journey starts from it


@pytest.mark.parametrize(("milestone", "reason"), [("", ""), ("teleported", ""), ("delivered", "because")])
def test_meaning_that_is_not_ours_is_refused_and_nothing_changes(store, milestone, reason):
    shipment = parcel_of(store)
    tell(scan(hours=1))
    code = UnknownCode.objects.get()

    with pytest.raises(CodeRefused):
        explain(code, milestone, reason, MONDAY)

    assert (milestone_of(shipment), UnknownCode.objects.get().explained_at) == ("pending", None)


def test_owner_tries_and_then_decides_on_the_codes_own_page(admin_client, store):
    shipment = parcel_of(store)
    tell(scan(hours=1))
    page = reverse("admin:tracking_unknowncode_change", args=[UnknownCode.objects.get().pk])
    choice = {"milestone": "ready_for_pickup", "reason": ""}

    tried = admin_client.post(page, {**choice, "deed": "try_out"})
    before = milestone_of(shipment)
    decided = admin_client.post(page, {**choice, "deed": "decide"}, follow=True)

    assert (tried.status_code, before) == (200, "pending")
    assert "Parcels whose status changes" in tried.content.decode()
    assert "1 old scan was read again" in decided.content.decode()
    assert milestone_of(shipment) == "ready_for_pickup"


def test_list_is_searched_filtered_and_exported(admin_client, store):
    parcel_of(store)
    tell(scan("BEAMED"), scan("TELEPORTED", 2))
    explain(UnknownCode.objects.get(code="TELEPORTED"), "in_transit", "", MONDAY)
    address = reverse("admin:tracking_unknowncode_changelist")

    found = admin_client.get(address, {"q": "BEAM"}).content.decode()
    open_ones = b"".join(admin_client.get(address, {"explained": "no", "export": "csv"}).streaming_content).decode()

    assert "BEAMED" in found and "TELEPORTED" not in found
    assert "cdek,BEAMED,cdek,1" in open_ones.replace(";", ",") and "TELEPORTED" not in open_ones
