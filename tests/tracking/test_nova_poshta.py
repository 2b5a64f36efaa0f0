import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from events.payloads import MISSING, NOT_A_TIME
from events.sources import Ignored, Unreadable, Wanted
from tests.builders import nova_poshta as carrier
from tracking.carriers import nova_poshta
from tracking.carriers.seen import Dues, PickupPoint, Proof
from tracking.milestones import RANKS, REASONS

SAMPLES = Path(os.environ.get("SAMPLES_DIR") or "/nonexistent")


def read_one(code="5", **overrides):
    (parcel,) = nova_poshta.read("getStatusDocuments", carrier.answer(carrier.document(code, **overrides)))
    return parcel


def latest(parcel):
    return parcel.checkpoints[-1]


def test_status_becomes_a_scan_beside_the_label_both_in_kyivs_time():
    label, scan = read_one("5").checkpoints

    assert (label.milestone, label.occurred_at) == ("info_received", datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
    assert (scan.milestone, scan.occurred_at) == ("in_transit", datetime(2026, 3, 3, 8, 0, tzinfo=UTC))
    assert (scan.tz_known, scan.occurred_local, scan.raw_code) == (False, "10:00 03.03.2026", "5")


@pytest.mark.parametrize(
    ("code", "milestone", "reason"),
    [
        ("1", "info_received", ""),
        ("2", "cancelled", ""),
        ("12", "info_received", ""),
        ("41", "in_transit", ""),
        ("101", "out_for_delivery", ""),
        ("8", "ready_for_pickup", ""),
        ("9", "delivered", ""),
        ("102", "returning", "refused"),
        ("105", "exception", "storage_expired"),
        ("106", "delivered", ""),
        ("107", "ready_for_pickup", "payment_due"),
        ("111", "attempt_failed", "recipient_absent"),
        ("112", "in_transit", ""),
    ],
)
def test_codes_have_the_meaning_of_the_table(code, milestone, reason):
    scan = latest(read_one(code))

    assert (scan.milestone, scan.reason, scan.unknown) == (milestone, reason, False)


def test_every_code_is_told_in_our_words():
    assert {said.milestone for said in nova_poshta.STATUSES.values()} <= set(RANKS)
    assert {said.reason for said in nova_poshta.STATUSES.values()} <= {"", *REASONS}


def test_unknown_code_is_kept_and_marked_and_moves_nothing():
    scan = latest(read_one("4711"))

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "4711", True)


@pytest.mark.parametrize(
    "written",
    [
        "03-03-2026 10:00:00",
        "2026-03-03 10:00:00",
        "10:00 03.03.2026",
        "03.03.2026 10:00:00",
        "2026-03-03T10:00:00.123",
    ],
)
def test_each_spelling_of_a_time_is_the_same_time(written):
    assert latest(read_one(scanned=written)).occurred_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("zero", ["0001-01-01 00:00:00", "01.01.0001 00:00:00", "0000-00-00", "1970-01-01", "", None])
def test_date_that_means_never_gives_way_to_the_next_one(zero):
    parcel = read_one(scanned=zero, TrackingUpdateDate="2026-03-03 11:00:00", ScheduledDeliveryDate=zero)

    assert latest(parcel).occurred_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert parcel.estimated_on is None


def test_date_of_the_year_3609_is_not_believed():
    assert latest(read_one(scanned="10:00 03.03.3609")).occurred_at == datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def test_document_without_any_time_has_no_scan_but_keeps_what_it_says():
    parcel = read_one("7", scanned="", DateCreated="")

    assert parcel.checkpoints == ()
    assert parcel.pickup_point.name == "Відділення №1"


def test_nonsense_instead_of_a_date_is_refused_by_name():
    with pytest.raises(Unreadable) as refused:
        read_one(scanned="soon")

    assert refused.value.reason.text == NOT_A_TIME
    assert refused.value.reason.values == {"field": "DateScan", "value": "soon"}


def test_document_without_a_number_is_refused():
    with pytest.raises(Unreadable) as refused:
        read_one(number="")

    assert refused.value.reason.text == MISSING


def test_handed_over_is_dated_and_proved_by_the_recipients_time():
    parcel = read_one("9", RecipientDateTime="03.03.2026 13:35:58", RecipientFullName="Петренко Олена")

    at = datetime(2026, 3, 3, 11, 35, 58, tzinfo=UTC)
    assert latest(parcel).occurred_at == at
    assert parcel.proof == Proof("Петренко Олена", "", at)


def test_money_for_the_goods_is_what_is_due_and_is_paid_once_it_is_sent():
    due = read_one("7", AfterpaymentOnGoodsCost="1200.50", AmountToPay="96")
    paid = read_one("11", AfterpaymentOnGoodsCost="1200.50", AmountToPay="96")

    assert due.dues == Dues(Decimal("1200.50"), "UAH", None)
    assert paid.dues == Dues(Decimal("1200.50"), "UAH", True)


def test_carrying_is_due_only_from_the_recipient():
    by_recipient = read_one("7", AmountToPay="96", PaymentStatus="PAYED")
    by_sender = read_one("7", AmountToPay="96", PaymentStatus="PAYED", PayerType="Sender")

    assert by_recipient.dues == Dues(Decimal("96"), "UAH", True, of_goods=False)
    assert by_sender.dues is None


def test_place_and_its_deadline_are_told():
    parcel = read_one("8", CategoryOfWarehouse="Postomat")

    assert parcel.storage_paid_from == date(2026, 3, 9)
    assert parcel.pickup_point == PickupPoint("Відділення №1", "1", "Київ, вул. Пирогівський шлях, 135", "", True)
    assert read_one("101", ServiceType="WarehouseDoors").pickup_point is None


def test_another_day_wished_by_the_recipient_is_no_lateness():
    parcel = read_one("112", ScheduledDeliveryDate="06-03-2026 12:00:00")

    assert (parcel.moved_by_recipient, parcel.estimated_on) == (True, date(2026, 3, 6))


def test_waybill_of_the_way_back_is_known_but_a_change_of_address_is_none():
    back = read_one("103", LastCreatedOnTheBasisNumber="59000000000001")
    moved = read_one(
        "104", LastCreatedOnTheBasisNumber="59000000000002", LastCreatedOnTheBasisDocumentType="Redirecting"
    )

    assert (back.return_number, moved.return_number) == ("59000000000001", "")


def test_what_the_recipient_may_still_change_is_in_our_words():
    parcel = read_one("7", PossibilityTermExtension=True, PossibilityCreateRedirecting=True, PossibilityChangeEW=False)

    assert parcel.possible == ("pickup_point", "storage")


def test_error_is_refused_with_its_words():
    with pytest.raises(Unreadable) as refused:
        nova_poshta.read("getStatusDocuments", carrier.error())

    assert refused.value.reason.values == {"error": "API key is incorrect"}


def test_empty_answer_is_ignored():
    assert isinstance(nova_poshta.read("getStatusDocuments", carrier.answer()), Ignored)


def test_order_of_documents_changes_nothing():
    documents = [carrier.document(code, f"2040004879900{n}") for n, code in enumerate(("1", "7", "9"))]

    read = [set(nova_poshta.read("", carrier.answer(*some))) for some in permutations(documents)]

    assert all(seen == read[0] for seen in read)


def test_nobody_can_push_in_its_name():
    body = json.dumps(carrier.answer(carrier.document())).encode()

    assert nova_poshta.authentic({}, body, ["secret"]) is False
    assert nova_poshta.envelope({}, body).key.startswith("sha256:")


def test_question_holds_numbers_and_phones():
    assert nova_poshta.question([Wanted("20400048799001", "+380671234567"), Wanted("20400048799002")]) == [
        {"DocumentNumber": "20400048799001", "Phone": "380671234567"},
        {"DocumentNumber": "20400048799002", "Phone": ""},
    ]


def test_a_branch_of_the_directory_is_told_with_its_week():
    (place,) = nova_poshta.read("getWarehouses", carrier.place())

    assert (place.carrier, place.ref, place.locker) == ("nova_poshta", carrier.REF, False)
    assert place.address == "Київ, Пирогівський шлях, 135"
    assert place.week == ("08:00–20:00",) * 6 + ("",)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set")
def test_published_document_is_read_to_the_last_field():
    payload = json.loads((SAMPLES / "nova_poshta/getStatusDocuments.json").read_bytes())

    unfound, parcel = nova_poshta.read("getStatusDocuments", payload)

    at = datetime(2023, 4, 7, 10, 35, 58, tzinfo=UTC)
    assert (unfound.checkpoints, unfound.dues, unfound.estimated_on) == ((), None, None)
    assert [(c.milestone, c.raw_code, c.occurred_at) for c in parcel.checkpoints] == [
        ("info_received", "1", datetime(2023, 4, 6, 5, 20, 34, tzinfo=UTC)),
        ("delivered", "9", at),
    ]
    assert parcel.proof == Proof("Иванов Иван Иванович", "", at)
    assert parcel.dues == Dues(Decimal("96"), "UAH", True, of_goods=False)
    assert (parcel.estimated_on, parcel.storage_paid_from) == (date(2023, 4, 6), date(2023, 4, 14))
    assert (parcel.service, parcel.origin, parcel.destination) == ("WarehouseWarehouse", "Київ", "Київ")
    assert (parcel.return_number, parcel.possible, parcel.moved_by_recipient) == ("", (), False)
    assert parcel.pickup_point.code == "98"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set")
def test_published_documents_permuted_and_doubled_are_the_same_parcels():
    payload = json.loads((SAMPLES / "nova_poshta/getStatusDocuments.json").read_bytes())
    expected = set(nova_poshta.read("", payload))

    for some in permutations(payload["data"] * 2):
        assert set(nova_poshta.read("", payload | {"data": list(some)})) == expected
