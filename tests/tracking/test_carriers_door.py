"""Each source of scans at the one door: what proves it, and that nothing else does."""

import pytest

from events.models import Connection, Receipt
from tests.builders import aftership, cdek, easypost, karrio, seventeen_track, shippo
from tests.builders.door import knock
from tests.conftest import connect
from tests.orders.test_connect import connect as connect_by_command

pytestmark = pytest.mark.django_db

SECRET = "the-secret-of-this-source"
DELIVERIES = {
    "easypost": lambda secret: easypost.delivery(easypost.event(easypost.tracker()), secret),
    "aftership": lambda secret: aftership.delivery(aftership.event(aftership.tracking()), secret),
    "17track": lambda secret: seventeen_track.delivery(seventeen_track.update(), secret),
    "shippo": lambda secret: shippo.delivery(shippo.event(shippo.track()), secret),
    "karrio": lambda secret: karrio.delivery(karrio.event(karrio.tracker()), secret),
    "cdek": lambda secret: cdek.delivery(cdek.status(), secret),
}


def deliver(client, source, delivery):
    """A token in the address goes into the address."""
    body, headers = delivery
    token = headers.pop("?token", None)
    query = {} if token is None else {"query_params": {"token": token}}
    return knock(client, f"/in/{source}/parcels/", (body, headers), **query).status_code


@pytest.mark.parametrize("source", DELIVERIES)
def test_delivery_that_proves_itself_is_stored_once(client, source):
    connect(source, "parcels", SECRET)
    delivery = DELIVERIES[source]

    answers = [deliver(client, source, delivery(SECRET)) for _time in range(2)]

    # EasyPost and AfterShip give each event an id of its own; the builders do so too.
    assert answers == [200, 200]
    assert Receipt.objects.count() == (2 if source in ("easypost", "aftership") else 1)


@pytest.mark.parametrize("source", DELIVERIES)
@pytest.mark.parametrize("guess", ["", " ", "a guess", SECRET.upper(), SECRET[:-1]])
def test_delivery_with_a_guess_leaves_a_counter_and_nothing_else(client, source, guess):
    connect(source, "parcels", SECRET)
    body, headers = DELIVERIES[source](guess or "x")
    headers = {name: guess if value in (guess, "x") else value for name, value in headers.items()}

    answer = deliver(client, source, (body, headers))

    assert (answer, Receipt.objects.count()) == (401, 0)
    assert Connection.objects.values_list("refused", flat=True).get() == 1


@pytest.mark.parametrize("source", DELIVERIES)
def test_delivery_without_any_proof_is_refused_also_where_the_secret_is_empty(client, source):
    connection = connect(source, "parcels", SECRET)
    connection.secrets = [{"secret": "", "added_at": "2026-01-01T00:00:00+00:00", "until": None}]
    connection.save()
    body, _headers = DELIVERIES[source](SECRET)

    assert deliver(client, source, (body, {"content-type": "application/json"})) == 401
    assert deliver(client, source, (body, {"content-type": "application/json", "?token": ""})) == 401
    assert Receipt.objects.count() == 0


def test_address_of_a_source_that_signs_nothing_is_printed_with_its_secret(capsys, settings):
    settings.PUBLIC_URL = "https://care.example"

    said = connect_by_command(capsys, "cdek", "parcels", "--secret", "hush & hush")

    assert said["address"] == "https://care.example/in/cdek/parcels/?token=hush+%26+hush"
