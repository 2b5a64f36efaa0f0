"""The third tier of an order's page: six digits by mail, a few tries, a cookie of its own."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone

from events.clocks import tick
from messaging.models import LocalMail, Message, MessageBody
from orders import links, verifying
from orders.actions import save_orders
from orders.actions.verifying import CODES_PER_DAY, CODES_PER_HOUR, TRIES, digits_of, forget_codes, mail_code
from orders.models import Order, PageCode
from tests.builders.door import order_seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]
NOT_IT = "This is not the code that we mailed last, or it is too old. You may ask for a new one."


@pytest.fixture(autouse=True)
def nobody_tried():
    cache.clear()


@pytest.fixture
def order(store):
    seen = order_seen(at=timezone.now() - timedelta(days=9), language="en")
    return save_orders(store, [seen], quiet=True)[0].order


@pytest.fixture
def door(order):
    return f"{links.status_url(order).partition('8000')[2]}verify/"


def right(order):
    return digits_of(PageCode.objects.filter(order=order).latest("pk"))


def wrong(order):
    return f"{(int(right(order)) + 1) % 1_000_000:06d}"


def verified(client, order):
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    return verifying.is_verified(request, order)


def test_the_code_of_the_mail_opens_the_order_for_twelve_hours(client, order, door):
    asked = client.post(door)
    tick()
    letter = LocalMail.objects.get()
    text = email.message_from_bytes(bytes(letter.raw), policy=email.policy.default).get_body(("plain",)).get_content()
    [digits] = re.findall(r"\d{3}\u2007\d{3}", text)

    done = client.post(door, {"code": digits})

    assert (asked.status_code, done.status_code, done.url) == (302, 302, door.removesuffix("verify/"))
    assert letter.to == "olena@example.com"
    assert verified(client, order)
    with time_machine.travel(timezone.now() + timedelta(hours=12, minutes=1)):
        assert not verified(client, order)


def test_the_cookie_is_closed_to_scripts_and_goes_to_orders_alone(client, order, door):
    client.post(door)

    client.post(door, {"code": right(order)})

    cookie = client.cookies[f"order_{order.pk}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/o/", True, "Lax")
    assert cookie["max-age"] == 12 * 60 * 60
    assert "sessionid" not in client.cookies


def test_a_wrong_code_counts_as_a_try_and_the_sixth_is_too_late(client, order, door):
    client.post(door)
    answers = [client.post(door, {"code": wrong(order)}) for _ in range(TRIES)]

    late = client.post(door, {"code": right(order)})

    assert {answer.status_code for answer in [*answers, late]} == {422}
    assert all(NOT_IT in answer.content.decode() for answer in [*answers, late])
    assert not verified(client, order)


@pytest.mark.parametrize("how", ["used", "old", "none", "older one", "of another", "empty"])
def test_what_is_no_code_any_more_is_refused_in_the_same_words(client, store, order, door, how):
    now = timezone.now()
    typed = "000000"
    if how != "none":
        mail_code(order, now - timedelta(minutes=16 if how == "old" else 1))
        typed = right(order)
    if how == "used":
        PageCode.objects.update(used_at=now)
    if how == "older one":
        mail_code(order, now)
    if how == "of another":
        other = save_orders(store, [order_seen(1043)], quiet=True)[0].order
        mail_code(other, now)
        typed = right(other)
    if how == "empty":
        typed = ""

    answer = client.post(door, {"code": typed})

    assert (answer.status_code, NOT_IT in answer.content.decode()) == (422, True)
    assert not verified(client, order)


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1} {2}", "{1}\u2007{2}", "{1}-{2}"])
def test_a_code_may_be_typed_as_people_type(client, order, door, typed):
    client.post(door)
    digits = right(order)

    assert client.post(door, {"code": typed.format(digits, digits[:3], digits[3:])}).status_code == 302


def test_three_codes_an_hour_and_ten_a_day_are_mailed_and_every_answer_is_alike(client, order, door):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        answers = {client.post(door).url for _ in range(CODES_PER_HOUR + 2)}
        assert PageCode.objects.count() == CODES_PER_HOUR
        for hours in range(1, 6):
            clock.move_to(now + timedelta(hours=hours, seconds=1))
            answers |= {client.post(door).url for _ in range(CODES_PER_HOUR)}

    assert PageCode.objects.count() == CODES_PER_DAY
    assert len(answers) == 1


def test_to_look_at_the_door_mails_nothing_and_changes_nothing(client, order, door):
    before = Order.objects.values().get()

    for _ in range(3):
        assert client.get(door).status_code == 200
        assert client.get(f"{door}?code=000000&sent=1").status_code == 200

    assert (PageCode.objects.count(), Message.objects.count()) == (0, 0)
    assert Order.objects.values().get() == before


def test_an_order_without_an_address_says_so_and_mails_nothing(client, store):
    order = save_orders(store, [order_seen(email="", customer_id="", language="en")], quiet=True)[0].order
    door = f"{links.status_url(order).partition('8000')[2]}verify/"

    client.post(door)

    assert "came without an e-mail address" in client.get(door).content.decode()
    assert PageCode.objects.count() == 0


def test_a_stub_and_a_revoked_link_have_no_such_door(client, order, door):
    stub = f"/o/{order.public_id}/verify/"
    Order.objects.update(link_version=2)

    answers = [client.post(address).status_code for address in (stub, door, "/o/nonsense/verify/")]

    assert answers == [404, 404, 404]
    assert PageCode.objects.count() == 0


def test_raising_the_version_ends_the_proof(client, order, door):
    client.post(door)
    client.post(door, {"code": right(order)})
    Order.objects.update(link_version=2)

    order.refresh_from_db()
    assert not verified(client, order)


def test_the_proof_for_one_order_opens_no_other_and_no_header_or_parameter_does(client, store, order, door):
    other = save_orders(store, [order_seen(1043)], quiet=True)[0].order
    client.post(door)
    client.post(door, {"code": right(order)})
    proof = client.cookies[f"order_{order.pk}"].value

    request = RequestFactory().get(f"/o/x/?order_{other.pk}={proof}", headers={"x-verified": "1", "cookie": ""})
    request.COOKIES = {f"order_{other.pk}": proof}

    assert not verifying.is_verified(request, other)
    request.COOKIES = {f"order_{other.pk}": links.status_url(other).split("/")[-2]}  # a link is no proof
    assert not verifying.is_verified(request, other)


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("{home}cancel/", "{home}cancel/"),
        ("{home}return/?line=5", "{home}return/?line=5"),
        ("https://evil.example/", "{home}"),
        ("//evil.example/", "{home}"),
        ("{home}../../admin/", "{home}"),
        ("/o/another/cancel/", "{home}"),
        ("{home}\r\nX: y", "{home}"),
        ("", "{home}"),
    ],
)
def test_the_visitor_comes_back_to_what_was_wanted_if_it_is_the_orders_own(client, order, door, wanted, led):
    home = door.removesuffix("verify/")
    client.post(door)

    answer = client.post(
        f"{verifying.verify_url(home.split('/')[2], wanted.format(home=home))}", {"code": right(order)}
    )

    assert answer.url == led.format(home=home)


def test_the_archive_keeps_no_code(client, order, door):
    client.post(door)
    tick()

    message = Message.objects.get()
    digits = right(order)
    kept = MessageBody.objects.get(message=message)

    assert message.state == "sent"
    assert digits not in message.subject
    assert digits not in kept.text and f"{digits[:3]}\u2007{digits[3:]}" not in kept.text + kept.html


def test_a_form_without_its_token_mails_nothing(order, door):
    assert Client(enforce_csrf_checks=True).post(door).status_code == 403
    assert PageCode.objects.count() == 0


def test_yesterdays_codes_are_forgotten(order):
    now = timezone.now()
    mail_code(order, now - timedelta(days=1, minutes=1))
    mail_code(order, now)

    assert forget_codes() == 1
    assert PageCode.objects.count() == 1
