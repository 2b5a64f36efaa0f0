"""The pages of single things."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event, OwedReaction, Receipt
from messaging.models import Message
from tests.builders import letters, room


@pytest.fixture
def owner(client, store, journeys):
    client.force_login(room.person("owner"))
    return client


def page(client, name, pk):
    return client.get(reverse(f"admin:{name}_change", args=[pk]))


def test_the_order_page_shows_the_whole_story(owner, store):
    [order] = room.orders(store, 1)
    room.lines(order)
    room.parcels([order])
    room.facts([order])
    room.receipts(store, [order])
    room.messages([order], state="skipped", reason="The customer has no e-mail address.")

    body = page(owner, "orders_order", order.pk).content.decode()

    for part in ("#1001", "Cup", "20450000000000", "UAH&nbsp;1,200.00", "orders/create"):
        assert part.replace("&nbsp;", "\xa0") in body
    assert "Order #1001 placed for UAH\xa01,200.00" in body
    assert "The customer has no e-mail address." in body
    assert f"/o/{order.public_id}/" in body


def test_the_order_page_costs_the_same_for_three_parcels_as_for_one(owner, store):
    one, many = room.orders(store, 2)
    room.parcels([one, many])
    for n in range(2):
        many.shipments.create(number=f"X{n}", external_id=f"x{n}")
    page(owner, "orders_order", one.pk)

    with CaptureQueriesContext(connection) as few:
        page(owner, "orders_order", one.pk)
    with CaptureQueriesContext(connection) as more:
        page(owner, "orders_order", many.pk)

    assert len(more) == len(few)


def test_the_customer_page_merges_facts_messages_and_receipts(owner, store):
    [order] = room.orders(store, 1)
    room.facts([order])
    room.receipts(store, [order])
    room.messages([order], state="sent", subject="We have your order", sent_at=order.placed_at)

    body = page(owner, "customers_customer", order.customer_id).content.decode()

    assert "Order #1001 placed" in body
    assert "Sent: We have your order" in body
    assert "Received from shopify/lavka: orders/create" in body


def test_a_message_says_why_it_was_not_sent(owner, store):
    [message] = room.messages(room.orders(store, 1), state="skipped", reason="The customer has no e-mail address.")

    body = page(owner, "messaging_message", message.pk).content.decode()

    assert "The customer has no e-mail address." in body


def test_a_mail_is_shown_in_a_frame_without_scripts(owner, store):
    html = "<style>p{color:red}</style><p>Hi</p><script>alert(1)</script>"
    [message] = room.messages(room.orders(store, 1), state="sent", handed_off_at=room.NOON)
    letters.keep(message, html, "Hi")

    body = page(owner, "messaging_message", message.pk).content.decode()
    mail = owner.get(reverse("admin:messaging_message_mail", args=[message.pk]))

    assert 'sandbox title="The mail"' in body
    assert "alert(1)" not in body
    assert mail["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in mail["Content-Security-Policy"]
    assert "script-src" not in mail["Content-Security-Policy"]
    assert "sandbox" in mail["Content-Security-Policy"]


def test_a_receipt_shows_its_body_escaped_and_indented(owner, store):
    [receipt] = room.receipts(store, room.orders(store, 1), state="parked", reason="The body is empty.")

    body = page(owner, "events_receipt", receipt.pk).content.decode()

    assert "&quot;note&quot;: &quot;&lt;b&gt;&quot;" in body
    assert "The body is empty." in body


def test_replay_makes_a_receipt_wait_again(owner, store):
    [receipt] = room.receipts(store, room.orders(store, 1), state="parked", reason="The body is empty.", attempts=3)

    owner.post(reverse("admin:events_receipt_change", args=[receipt.pk]), {"deed": "replay"})

    receipt.refresh_from_db()
    assert (receipt.state, receipt.reason, receipt.attempts) == ("waiting", "", 0)


def test_chosen_receipts_are_replayed_and_the_others_left_alone(owner, store):
    first, second = room.receipts(store, room.orders(store, 2), state="dead")

    owner.post(
        reverse("admin:events_receipt_changelist"),
        {"action": "replay_chosen", "_selected_action": [first.pk], "index": 0, "select_across": 0},
    )

    assert Receipt.objects.get(pk=first.pk).state == "waiting"
    assert Receipt.objects.get(pk=second.pk).state == "dead"


def test_an_owed_reaction_is_tried_again(owner, store):
    [event] = room.facts(room.orders(store, 1))
    owed = OwedReaction.objects.create(
        event=event, reaction="x.y", state="parked", attempts=6, next_at=room.NOON, error="ValueError"
    )

    owner.post(reverse("admin:events_owedreaction_change", args=[owed.pk]), {"deed": "replay"})

    owed.refresh_from_db()
    assert (owed.state, owed.attempts) == ("waiting", 0)


def test_an_unclear_message_can_be_settled_by_a_person(owner, store):
    [message] = room.messages(room.orders(store, 1), state="unknown", handed_off_at=room.NOON)

    owner.post(reverse("admin:messaging_message_change", args=[message.pk]), {"deed": "it_arrived"})

    assert Message.objects.get(pk=message.pk).state == "sent"


def test_a_fact_without_words_is_named_by_its_kind(owner, store):
    event = Event.objects.create(kind="moon.landed", at=room.NOON, handled_at=room.NOON)

    assert "moon.landed" in page(owner, "events_event", event.pk).content.decode()
