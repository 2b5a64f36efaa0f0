"""A customer's own cancel: the coupon in the same minute, on the page and in a mail that a person signs."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from events.clocks import tick
from loyalty.models import Coupon
from messaging.models import LocalMail
from orders.actions.behind import orders_behind
from orders.actions.self_service import request_cancel, request_change
from orders.models import Order, OrderPage, OrderRequest
from orders.return_figures import figures
from tests.builders import loyalty as made
from tests.builders.self_service import asker, door, placed, prove, text
from tests.builders.self_service import policy as ways

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_journey")]


@pytest.fixture
def order(store):
    ways(store, cancel="automatic", change="automatic")
    store.sender.person = "Оксана"
    store.sender.save()
    made.programme(cancel_pool=made.pool(slug="sorry"))
    return placed(store)


def mail_of_the_cancel():
    raw = LocalMail.objects.get(subject__contains="is cancelled").raw
    return message_from_bytes(bytes(raw), policy=policy.default).get_body(("plain",)).get_content()


def test_the_coupon_is_on_the_page_and_in_the_mail_within_the_minute(client, order):
    request_cancel(asker(order), "changed_mind", "", timezone.now())
    tick()

    code = Coupon.objects.get(customer=order.customer).code
    prove(client, order)
    page = text(client.get(door(order, "cancel")))
    assert OrderPage.objects.get(pk=order.pk).blocks["goodwill"]["code"] == code
    assert code in page and "Оксана" in page
    letter = mail_of_the_cancel()
    assert code in letter and "Оксана" in letter


def test_an_order_that_nobody_paid_gets_no_coupon(store, order):
    Order.objects.filter(pk=order.pk).update(paid_at=None)

    request_cancel(asker(order), "changed_mind", "", timezone.now())
    tick()

    assert not Coupon.objects.filter(state="issued").exists()
    assert "SORRY" not in mail_of_the_cancel()


def test_an_answer_to_that_mail_belongs_to_its_order(order):
    asked = request_cancel(asker(order), "changed_mind", "", timezone.now())

    assert orders_behind("request", [asked.pk]) == {asked.pk: order.pk}


def test_who_cancelled_and_ordered_again_is_counted_as_a_person(store, order):
    now = timezone.now()
    request_cancel(asker(order), "cheaper", "", now - timedelta(hours=1))
    placed(store, 1043)

    found = figures(now - timedelta(days=1), timezone.now())

    assert (found.cancellers, found.came_back, found.cancel_reasons) == (1, 1, [("cheaper", 1)])


def test_another_address_is_kept_beside_the_old_one_and_shown(client, order):
    typed = {"name": "Олена", "line1": "Відділення 7", "city": "Львів", "postcode": "79000", "phone": "0501234567"}
    prove(client, order)

    answer = client.post(door(order, "change"), typed, follow=True)

    order.refresh_from_db()
    asked = OrderRequest.objects.get()
    assert "The address is changed" in text(answer)
    assert (order.address["line1"], order.address["country"], order.address["phone"]) == (
        "Відділення 7",
        "UA",
        "+380501234567",
    )
    assert (asked.was["line1"], asked.wanted["line1"]) == ("Хрещатик 22", "Відділення 7")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"postcode": "7900"}, "“7900” is no postcode of this country."),
        ({"city": " "}, "Please give the town."),
        ({"line1": "\0"}, "Please give the street and house, or the number of the pick-up point."),
        ({"phone": "12"}, "“12” is no telephone number that we can read."),
    ],
)
def test_an_address_that_no_parcel_finds_is_refused(client, order, wrong, said):
    typed = {"name": "Олена", "line1": "Відділення 7", "city": "Львів", "postcode": "79000"}
    prove(client, order)

    answer = client.post(door(order, "change"), typed | wrong)

    order.refresh_from_db()
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert (order.address["line1"], OrderRequest.objects.count()) == ("Хрещатик 22", 0)


def test_the_shop_that_still_shows_the_old_address_does_not_take_the_new_one_back(store, order):
    wanted = {"name": "Олена", "line1": "Відділення 7", "city": "Львів"}
    request_change(asker(order), wanted, "", timezone.now())

    placed(store)  # the shop's next word, with the old address

    order.refresh_from_db()
    assert order.address["line1"] == "Відділення 7"
