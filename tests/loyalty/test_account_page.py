"""The account at /me/: a link by mail, orders of that address, points with their why, coupons for points."""

import re

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Identifier
from events.clocks import tick
from loyalty.actions import (
    Issue,
    claw_back_orders,
    earn_for_orders,
    give_goodwill,
    issue_coupon,
    note_uses,
    release_due,
)
from loyalty.models import Coupon
from messaging.models import LocalMail, Message
from orders import account
from orders.actions import save_orders
from orders.links import status_url
from orders.models import Order
from shelf import links
from staff.models import User
from tests.builders import loyalty as made
from tests.builders.door import MONDAY, order_seen
from tests.builders.loyalty import DAY, standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_tried():
    """Wishes for a link are counted for an hour, by address."""
    cache.clear()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def olena(store):
    """Olena's delivered order; 125 points that wait, and 300 from an agent."""
    made.programme()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)
    agent = User.objects.create(email="agent@lavka.example", is_staff=True)
    give_goodwill(order.customer_id, 300, "Посилка запізнилась", agent, "gift", MONDAY)
    return order


def path_of():
    row = Identifier.objects.get(kind="email", value="olena@example.com")
    return account.account_url(row).removeprefix(settings.PUBLIC_URL)


def page(client, path, language="en"):
    response = client.get(f"{path}?lang={language}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " ")


# --- The way in -----------------------------------------------------------------------------------------------------


def test_the_link_goes_to_the_address_and_the_answer_is_always_the_same(client, olena, journeys):
    known = client.post("/me/?lang=en", {"email": "Olena@Example.com"})
    unknown = client.post("/me/?lang=en", {"email": "nobody@example.com"})
    tick()

    strip = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
    assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)
    assert dict(known.headers) == dict(unknown.headers)
    [mail] = LocalMail.objects.filter(to="olena@example.com", subject="Посилання на ваш кабінет")
    [token] = re.findall(r"/me/([\w-]{20,})/", bytes(mail.raw).decode().replace("=\r\n", ""))[:1]
    assert client.get(f"/me/{token}/").status_code == 200


def test_an_address_that_is_known_costs_what_an_unknown_one_does(client, olena):
    """The time of the answer tells nothing: whose the address is, a clock asks later."""

    def asked_of_the_database(email):
        with CaptureQueriesContext(connection) as seen:
            client.post("/me/", {"email": email})
        return [re.sub(r"'[^']*'|_x[0-9]+", "…", query["sql"]) for query in seen]

    hit, miss = asked_of_the_database("olena@example.com"), asked_of_the_database("nobody@example.com")

    assert hit == miss
    assert [sql.split(" (")[0] for sql in hit if "orders_" in sql] == ['INSERT INTO "orders_linkwish"']


def test_an_order_page_mails_the_link_to_the_orders_own_address(client, olena, journeys):
    token = status_url(olena).rstrip("/").rpartition("/")[2]

    response = client.post(f"/o/{token}/account/")
    tick()

    assert response.status_code == 200
    assert Message.objects.filter(cause_type="account").values_list("address", flat=True).get() == "olena@example.com"


def test_a_get_mails_nothing_and_the_stub_of_an_order_asks_for_nothing(client, olena, journeys):
    token = status_url(olena).rstrip("/").rpartition("/")[2]

    client.get("/me/")
    client.get(f"/o/{token}/account/")
    refused = client.post(f"/o/{olena.public_id}/account/")

    assert refused.status_code == 404
    assert not Message.objects.filter(cause_type="account").exists()


def test_an_hour_brings_one_mail(client, olena, journeys):
    for _n in range(5):
        client.post("/me/", {"email": "olena@example.com"})
    tick()

    assert Message.objects.filter(cause_type="account").count() == 1


@pytest.mark.parametrize("purpose", ["order", "preferences", "review"])
def test_a_token_of_another_door_opens_nothing(client, olena, purpose):
    row = Identifier.objects.get(customer=olena.customer_id, kind="email")

    assert client.get(f"/me/{links.make(purpose, row.pk)}/").status_code == 404


def test_the_link_ends_after_thirty_days_and_when_an_agent_revokes_it(client, olena, clock):
    path = path_of()
    assert client.get(path).status_code == 200

    clock.move_to(MONDAY + 30 * DAY)
    assert client.get(path).status_code == 404
    clock.move_to(MONDAY + DAY)
    Identifier.objects.update(links_revoked_at=timezone.now())
    assert client.get(path).status_code == 404


def test_only_orders_of_the_address_are_shown(client, olena, store):
    made.delivered(store, 2000, email="other@example.com", customer_id="77")

    said = page(client, path_of())

    assert "#1042" in said
    assert "#2000" not in said


def test_a_token_is_masked_in_what_we_keep():
    assert links.mask("https://x.example/me/" + "a" * 35 + "/") == "https://x.example/me/…/"


# --- Balance and why ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["300 points", "125 points for order #1042; they wait until it can no longer be sent back"]),
        ("en", ["300 points from us, as a gift", "Посилка запізнилась", "+300"]),
    ],
)
def test_the_account_says_how_the_balance_came_about(client, olena, language, said):
    text = page(client, path_of(), language)

    assert all(sentence in text for sentence in said), text


def test_the_lines_add_up_to_the_balance(olena, clock):
    from loyalty.models import Account
    from loyalty.words import why

    clock.move_to(MONDAY + 15 * DAY)
    release_due()
    Order.objects.filter(pk=olena.pk).update(refunded=500, financial="partly_refunded")
    claw_back_orders([olena.pk], timezone.now())

    lines = why(Account.objects.get())
    assert sum(line.change for line in lines) == 375
    assert (sum(line.pending for line in lines), sum(line.debt for line in lines)) == (0, 0)
    assert lines[0].said == "50 points taken back: money for order #1042 was returned"


def test_the_account_page_costs_the_same_for_any_number_of_lines(client, olena, store, django_assert_max_num_queries):
    agent = User.objects.get()
    for number in range(20):
        give_goodwill(olena.customer_id, 1, "more", agent, f"more:{number}", MONDAY)

    with django_assert_max_num_queries(12):
        client.get(path_of())


# --- Points for a coupon --------------------------------------------------------------------------------------------

ONCE = "abcdefghijklmnopqrstuv"


def test_a_coupon_for_points_shows_its_code_and_a_form_sent_twice_takes_points_once(client, olena):
    pool = made.pool()
    path = path_of()

    first = client.post(f"{path}redeem/?lang=en", {"pool": pool.pk, "once": ONCE})
    client.post(f"{path}redeem/?lang=en", {"pool": pool.pk, "once": ONCE})

    assert first.url == f"{path}?said=taken&lang=en#points"
    assert standing(olena.customer_id) == (200, 125, 0)
    assert "HUNDRED-001" in page(client, path)


@pytest.mark.parametrize(
    ("codes", "price", "said"),
    [(3, 301, "There are not enough points for that."), (0, 100, "These coupons have just run out.")],
)
def test_what_cannot_be_had_is_said_and_nothing_is_taken(client, olena, codes, price, said):
    pool = made.pool(codes, price=price)
    path = path_of()

    answer = client.post(f"{path}redeem/?lang=en", {"pool": pool.pk, "once": ONCE})

    assert said in client.get(answer.url).content.decode()
    assert standing(olena.customer_id) == (300, 125, 0)
    assert not Coupon.objects.exclude(state="free").exists()


@pytest.mark.parametrize(
    "posted", [{}, {"pool": "x", "once": ONCE}, {"pool": "1"}, {"pool": "9" * 30, "once": ONCE}, {"once": "\0"}]
)
def test_a_form_that_nobody_drew_is_not_found(client, olena, posted):
    made.pool()

    assert client.post(f"{path_of()}redeem/", posted).status_code == 404
    assert client.get(f"{path_of()}redeem/").status_code == 405


def test_a_pool_without_a_price_is_not_for_sale(client, olena):
    pool = made.pool(price=None)
    path = path_of()

    client.post(f"{path}redeem/", {"pool": pool.pk, "once": ONCE})

    assert standing(olena.customer_id) == (300, 125, 0)
    assert "Take it" not in page(client, path)


# --- The order's page -----------------------------------------------------------------------------------------------


def test_the_order_page_says_what_the_order_earns_and_from_when(client, olena, clock):
    url = status_url(olena).removeprefix(settings.PUBLIC_URL)
    assert "You can use them from 7 December 2026" in page(client, url)

    clock.move_to(MONDAY + 15 * DAY)
    release_due()
    Order.objects.filter(pk=olena.pk).update(refunded=500, financial="partly_refunded")
    claw_back_orders([olena.pk], timezone.now())

    said = page(client, url)
    assert "75 points You can use them now. 50 points went back with the money" in said


def test_the_order_page_asks_nothing_more_for_points(client, olena, django_assert_num_queries):
    url = status_url(olena).removeprefix(settings.PUBLIC_URL)

    with django_assert_num_queries(4):
        client.get(url)


def test_the_stub_says_nothing_of_points(client, olena):
    assert "points" not in page(client, f"/o/{olena.public_id}/")


# --- Use ------------------------------------------------------------------------------------------------------------


def test_the_next_order_that_carries_the_code_uses_the_coupon(client, olena, store):
    pool = made.pool()
    issue_coupon(Issue(pool.pk, olena.customer_id, "k", "agent", ("customer", olena.customer_id)), MONDAY)

    save_orders(store, [order_seen(1050, discount_codes=("hundred-001",))])
    tick()

    coupon = Coupon.objects.get(code="HUNDRED-001")
    assert (coupon.state, coupon.order.number) == ("used", "#1050")
    assert "Used with order #1050" in page(client, path_of())


def test_a_code_of_another_store_is_not_used(olena, store):
    from orders.models import Store

    other = Store.objects.create(slug="other", name="Other", country="PL", currency="PLN")
    made.pool(store=other)
    Order.objects.filter(pk=olena.pk).update(discount_codes=["HUNDRED-001"])

    assert note_uses([olena.pk], MONDAY) == 0


def test_a_code_that_leaked_is_used_up_and_given_to_nobody(olena):
    pool = made.pool(2)
    Order.objects.filter(pk=olena.pk).update(discount_codes=["HUNDRED-001"])

    assert note_uses([olena.pk], MONDAY) == 1
    given = issue_coupon(Issue(pool.pk, olena.customer_id, "k", "agent", ("customer", olena.customer_id)), MONDAY)

    assert given.code == "HUNDRED-002"
