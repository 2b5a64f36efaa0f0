"""The report of parcels and the list of late ones: each fits, can be read, and asks no other host."""

from datetime import timedelta

import pytest
import time_machine

from staff.models import User
from tests.browser.test_money_pages import OF_ROOM, looked_at
from tests.builders.parcel_report import DAY, MONDAY, parcel, scan
from tests.builders.tickets import ticket
from tracking.models import ShipmentFlag

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROADS = (
    ("nova_poshta", "Відділення – відділення", "Кам’янець-Подільський"),
    ("ukrposhta", "Укрпошта Експрес", "Івано-Франківськ"),
    ("meest", "", "Львів"),
)


def travelled(store):
    for n in range(72):
        carrier, service, city = ROADS[n % 7 % 3]
        days, sent = (n * 7) % 11 / 2 + n % 3 * 0.7, MONDAY - timedelta(days=n % 50)
        went = {"shipped_at": sent, "first_attempt_at": sent + days * DAY, "estimated_on": (sent + 3 * DAY).date()}
        road = {"carrier": carrier, "service": service, "destination": city}
        shipment = parcel(store, n, days, **went, promised_on=went["estimated_on"], **road)
        if n % 9 == 0:
            scan(shipment, "exception", ("customs", "damaged")[n % 2])
        if n % 11 == 0:
            scan(shipment, "attempt_failed", "recipient_absent")
    for n, kind in enumerate(("at_risk", "stalled", "trouble", "storage"), 80):
        late = parcel(store, n, promised=-1 - n % 3)
        ShipmentFlag.objects.create(shipment=late, kind=kind, raised_at=MONDAY)
    for n in range(12):
        ticket(store, at=MONDAY - n * DAY, text="Де моє замовлення?" if n % 3 else "Чи можна повернути?")


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_the_report_of_parcels_fits_and_can_be_read(visit, agent, store, language):
    travelled(store)
    User.objects.update(language=language)
    window = visit(cookies=agent)

    with time_machine.travel(MONDAY + DAY, tick=True):
        page = window.open("/admin/tracking/shipment/report/")

        looked_at(window, page, f"parcels-{language}", OF_ROOM)


def test_the_empty_report_of_parcels_says_so(visit, agent, store):
    window = visit(cookies=agent)

    page = window.open("/admin/tracking/shipment/report/")

    looked_at(window, page, "parcels-none", OF_ROOM)
