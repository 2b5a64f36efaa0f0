"""Who is it: one person behind many orders, and never two people in one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from customers.actions import Sighting, recognise
from customers.models import Customer, Identifier, Stats

pytestmark = pytest.mark.django_db

PHONE = "+380501234567"


def meet(**seen):
    """The customer behind one sighting in the shop “lavka” in Ukraine."""
    return recognise([Sighting(**({"scope": "lavka", "region": "UA"} | seen))])[0]


def identifiers(customer):
    return sorted(customer.identifiers.values_list("kind", "value"))


def test_a_stranger_becomes_a_customer_with_all_their_identifiers():
    olena = meet(external_id="7", email=" Olena@Example.COM ", phone="050 123 45 67", first_name="Олена", country="UA")

    assert identifiers(olena) == [("email", "olena@example.com"), ("external", "7"), ("phone", PHONE)]
    assert (olena.name, olena.country, olena.time_zone, olena.stats.orders) == ("Олена", "UA", "Europe/Kyiv", 0)


@pytest.mark.parametrize(
    "again",
    [{"external_id": "7"}, {"email": "OLENA@example.com"}, {"phone": "+38 (050) 123-45-67"}, {"phone": "80501234567"}],
)
def test_any_one_of_the_identifiers_leads_back_to_the_person(again):
    olena = meet(external_id="7", email="olena@example.com", phone=PHONE)

    assert meet(**again) == olena
    assert Customer.objects.count() == 1


def test_the_same_number_of_another_shop_is_another_person():
    olena = meet(external_id="7")

    stranger = meet(scope="hlyna", external_id="7")

    assert set(Customer.objects.all()) == {olena, stranger}
    assert Customer.objects.count() == 2


def test_a_guest_order_adds_what_it_knows_to_the_person():
    olena = meet(email="olena@example.com")

    meet(email="olena@example.com", phone=PHONE)
    meet(phone=PHONE, external_id="7")

    assert identifiers(olena) == [("email", "olena@example.com"), ("external", "7"), ("phone", PHONE)]


def test_a_phone_that_a_family_shares_does_not_make_them_one_person():
    olena = meet(email="olena@example.com", phone=PHONE, first_name="Олена")

    petro = meet(email="petro@example.com", phone=PHONE, first_name="Петро")

    assert petro != olena
    assert identifiers(olena) == [("email", "olena@example.com"), ("phone", PHONE)]
    assert identifiers(petro) == [("email", "petro@example.com")]
    assert (olena.name, petro.name) == ("Олена", "Петро")


def test_two_of_a_family_in_one_batch_are_two_people_too():
    olena, petro, again = recognise(
        [
            Sighting(email="olena@example.com", phone=PHONE),
            Sighting(email="petro@example.com", phone=PHONE),
            Sighting(phone=PHONE),
        ]
    )

    assert olena != petro
    assert again == olena


def test_somebody_known_by_phone_alone_gets_an_email_with_the_next_order():
    olena = meet(phone=PHONE)

    assert meet(email="olena@example.com", phone=PHONE) == olena
    assert identifiers(olena) == [("email", "olena@example.com"), ("phone", PHONE)]


def test_the_shops_id_is_believed_before_the_email_and_that_before_the_phone():
    by_id, by_email, by_phone = meet(external_id="7"), meet(email="o@example.com"), meet(phone=PHONE)

    assert meet(external_id="7", email="o@example.com", phone=PHONE) == by_id
    assert meet(email="o@example.com", phone=PHONE) == by_email
    assert meet(phone=PHONE) == by_phone
    assert identifiers(by_id) == [("external", "7")]


@pytest.mark.parametrize(
    "address", ["x1y2z3@marketplace.amazon.de", "noreply@lavka.example", "none@example.com", "olena@", "", "—"]
)
def test_an_address_that_stands_for_nobody_identifies_nobody(address):
    first, second = meet(email=address, external_id="1"), meet(email=address, external_id="2")

    assert first != second
    assert meet(email=address) is None
    assert not Identifier.objects.filter(kind="email").exists()


def test_without_any_identifier_there_is_nobody():
    assert meet(first_name="Олена", phone="call me") is None
    assert not Customer.objects.exists()


def test_a_name_is_learned_when_there_was_none_and_never_overwritten():
    olena = meet(phone=PHONE)

    meet(phone=PHONE, first_name="Олена", last_name="Коваленко")
    meet(phone=PHONE, first_name="Lena")

    olena.refresh_from_db()
    assert olena.name == "Олена Коваленко"


def test_a_name_that_only_the_second_order_of_a_batch_gives_is_learned():
    recognise([Sighting(phone=PHONE), Sighting(phone=PHONE, first_name="Олена")])

    assert Customer.objects.get().name == "Олена"


@pytest.mark.parametrize(
    ("seen", "country", "zone"),
    [
        ({"country": "PL", "phone": PHONE}, "PL", "Europe/Warsaw"),
        ({"phone": PHONE}, "UA", "Europe/Kyiv"),
        ({"phone": "+77011234567"}, "KZ", "Asia/Almaty"),
        ({"email": "a@example.com"}, "", ""),
        ({"email": "a@example.com", "country": "JP"}, "JP", "Asia/Tokyo"),
        ({"email": "a@example.com", "country": "AQ"}, "AQ", ""),
    ],
)
def test_country_and_time_zone_come_from_the_address_then_from_the_phone(seen, country, zone):
    met = meet(**seen)

    assert (met.country, met.time_zone) == (country, zone)


def test_a_batch_of_two_hundred_strangers_costs_as_many_statements_as_one(django_assert_max_num_queries):
    many = [Sighting(email=f"n{n}@example.com", phone=f"+38050{n:07}") for n in range(200)]

    with django_assert_max_num_queries(6):
        found = recognise(many)

    assert len({c.pk for c in found}) == Customer.objects.count() == Stats.objects.count() == 200


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_meet_the_same_stranger_agree_on_one_row():
    begin = threading.Barrier(8)

    def meet_in_thread(n):
        try:
            begin.wait()
            with transaction.atomic():
                return meet(external_id="7", email="olena@example.com", phone=PHONE, first_name=f"Олена {n}").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(meet_in_thread, range(8)))

    assert found == {Customer.objects.get().pk}
    assert Identifier.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_somebody_we_know_stays_themselves_when_another_worker_takes_their_phone():
    olena = meet(external_id="7")
    taken, go_on = threading.Event(), threading.Event()

    def petro_takes_it():
        with transaction.atomic():
            meet(email="petro@example.com", phone=PHONE)
            taken.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=petro_takes_it)
    thread.start()
    taken.wait(10)
    threading.Timer(0.2, go_on.set).start()
    with transaction.atomic():
        found = meet(external_id="7", phone=PHONE)
    thread.join()

    assert found == olena
    assert Customer.objects.count() == 2
    assert Identifier.objects.get(value=PHONE).customer != olena


@pytest.mark.django_db(transaction=True)
def test_two_of_a_family_who_order_at_the_same_moment_stay_two_people():
    taken, go_on = threading.Event(), threading.Event()

    def petro_orders():
        with transaction.atomic():
            meet(email="petro@example.com", phone=PHONE)
            taken.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=petro_orders)
    thread.start()
    taken.wait(10)
    threading.Timer(0.2, go_on.set).start()
    with transaction.atomic():
        olena = meet(email="olena@example.com", phone=PHONE)
    thread.join()

    assert Customer.objects.count() == 2
    assert identifiers(olena) == [("email", "olena@example.com")]
