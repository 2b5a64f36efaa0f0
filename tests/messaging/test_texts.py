"""SMS, Viber and Telegram: the same rows, the same gate, another way out; and the next channel when one fails."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from customers.channels import Channel
from customers.consent import Said, withdraw
from customers.models import Identifier
from events import clocks, inbox
from events.connections import connect
from events.models import Receipt
from messaging import actions, telegram
from messaging.actions import open_ways, statuses
from messaging.actions.fallback import fall_back
from messaging.channels import sms_parts
from messaging.models import Message, MessageBody, Sender, Template, TemplateContent, TemplateVersion
from orders.actions import save_orders
from shelf import links
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned
from tests.builders.text_api import text_api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

PHONE = "+380671234567"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock
    open_ways.close_ways()


@pytest.fixture
def api():
    with text_api() as api:
        yield api


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen(phone=PHONE)])[0].order


def template(
    channel, text="{{ customer.first_name }}, замовлення {{ order.number }} їде.", purpose="order_updates", **more
):
    made = Template.objects.create(
        slug=f"{channel}-{purpose}", name=channel, purpose_id=purpose, channel=channel, **more
    )
    version = TemplateVersion.objects.create(template=made, number=1, published_at=MONDAY)
    TemplateContent.objects.create(version=version, language="uk", subject="", text=text, compiled_text=text)
    return made


def sender(channel, url, address="Lavka"):
    return Sender.objects.create(slug=f"s-{channel}", channel=channel, is_default=True, url=url, address=address)


def text_to(order, made, key="text", at=MONDAY, **more):
    return planned(order, at, made.slug, key=key, template_id=made.pk, **more)


def state_of(message):
    message.refresh_from_db()
    return message.state


# --- Sending ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VIBER])
def test_a_text_leaves_by_the_provider_and_stands_in_the_archive(api, order, channel):
    sender(channel, api.url("turbosms"))
    message = text_to(order, template(channel))

    actions.send_due()

    assert (state_of(message), message.provider_id, message.address) == ("sent", "ts-1", PHONE)
    [taken] = api.taken
    assert taken["recipients"] == ["380671234567"]
    assert taken[channel] == {"sender": "Lavka", "text": "Олена, замовлення #1042 їде."}
    assert api.tokens == ["Bearer secret"]
    assert MessageBody.objects.get(message=message).text == "Олена, замовлення #1042 їде."


def test_a_bot_writes_to_the_chat_of_who_wrote_first(api, order):
    sender(Channel.TELEGRAM, api.url("telegram"), "@lavka_bot")
    Identifier.objects.create(kind="telegram", value="777", customer=order.customer)
    message = text_to(order, template(Channel.TELEGRAM))

    actions.send_due()

    assert (state_of(message), message.address, message.provider_id) == ("sent", "777", "1")
    assert api.taken == [{"chat_id": "777", "text": "Олена, замовлення #1042 їде.", "disable_web_page_preview": True}]


def test_nobody_is_reached_where_we_know_no_chat(api, order):
    sender(Channel.TELEGRAM, api.url("telegram"))
    message = text_to(order, template(Channel.TELEGRAM))

    actions.send_due()

    assert (state_of(message), message.why) == ("skipped", "No chat: this customer has not started the bot.")
    assert api.taken == []


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VIBER])
def test_nobody_is_reached_where_we_know_no_phone(api, store, channel):
    sender(channel, api.url("turbosms"))
    order = save_orders(store, [order_seen(phone="")])[0].order
    message = text_to(order, template(channel))

    actions.send_due()

    assert (state_of(message), message.why) == ("skipped", "No phone: we know none of this customer.")
    assert api.taken == []


def test_the_gate_asks_for_consent_by_phone(api, order):
    sender(Channel.SMS, api.url("turbosms"))
    withdraw(Said(PHONE, "sms", "review_requests", "a call", MONDAY, customer=order.customer))
    message = text_to(order, template(Channel.SMS, purpose="review_requests"))

    actions.send_due()

    assert (state_of(message), message.why) == ("skipped", "The customer does not want messages of this kind.")


def test_a_text_that_is_too_long_is_refused_before_it_costs_anything(api, order):
    sender(Channel.SMS, api.url("turbosms"))
    message = text_to(order, template(Channel.SMS, "ї" * 403))

    actions.send_due()

    assert (state_of(message), message.why) == ("failed", "The text has 403 letters, and this channel takes 402.")
    assert api.taken == []


REFUSED = {"response_code": 0, "response_result": [{"response_code": 404, "response_status": "INVALID_RECIPIENT"}]}
NO_MONEY = {"response_code": 0, "response_result": [{"response_code": 302, "response_status": "NOT_ENOUGH_CREDITS"}]}


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [
        ((200, REFUSED), "failed", "The provider refused it for good: 404 INVALID_RECIPIENT"),
        ((200, NO_MONEY), "ready", "The provider did not take it yet: 302 NOT_ENOUGH_CREDITS"),
        ((200, {"response_code": 103, "response_status": "INVALID_TOKEN", "response_result": None}), "ready",
         "The provider did not take it yet: 103 INVALID_TOKEN"),
        ((503, None), "ready", "The provider did not take it yet: HTTP 503: no JSON"),
    ],
)  # fmt: skip
def test_what_the_provider_says_is_what_the_message_says(api, order, answer, state, why):
    sender(Channel.SMS, api.url("turbosms"))
    api.answers = [answer]
    message = text_to(order, template(Channel.SMS))

    actions.send_due()

    assert (state_of(message), message.why) == (state, why)


def test_telegrams_retry_after_is_kept_and_a_stopped_bot_is_final(api, order):
    sender(Channel.TELEGRAM, api.url("telegram"))
    Identifier.objects.create(kind="telegram", value="777", customer=order.customer)
    made = template(Channel.TELEGRAM)
    too_many = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 500}}
    api.answers = [(429, too_many)]
    first = text_to(order, made)
    actions.send_due()

    assert state_of(first) == "ready"
    assert first.send_after == MONDAY + timedelta(seconds=500)

    Sender.objects.update(paused_until=None)
    api.answers = [(403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"})]
    second = text_to(order, made, key="second")
    actions.send_due()
    assert (state_of(second), second.why) == (
        "failed",
        "The provider refused it for good: 403 Forbidden: bot was blocked by the user",
    )


def test_a_text_taken_without_an_answer_is_sent_again_and_arrives_once(api, order, monday):
    sender(Channel.SMS, api.url("turbosms"))
    api.answers = [None]
    message = text_to(order, template(Channel.SMS))
    actions.send_due()
    assert state_of(message) == "unknown"

    monday.shift(timedelta(minutes=20))
    actions.resolve_unknown()
    actions.send_due()

    assert state_of(message) == "sent"
    assert len(api.taken) == 1


def test_a_wrong_way_out_is_a_sentence(order):
    sender(Channel.SMS, "smtp://mail.example")
    message = text_to(order, template(Channel.SMS))

    actions.send_due()

    assert state_of(message) == "ready"
    assert "sms needs turbosms://" in message.why


# --- What became of them ------------------------------------------------------------------------------------------


def test_deliveries_are_fetched_and_a_dead_number_bounces(api, order, monday):
    sender(Channel.SMS, api.url("turbosms"))
    made = template(Channel.SMS)
    arrived, lost = text_to(order, made, key="a"), text_to(order, made, key="b")
    actions.send_due()
    for message in (arrived, lost):
        message.refresh_from_db()
    api.statuses = {arrived.provider_id: "Delivered", lost.provider_id: "Undelivered"}
    monday.shift(timedelta(minutes=2))

    assert statuses.ask_for_statuses() == 2
    assert statuses.ask_for_statuses() == 0

    assert [state_of(arrived), state_of(lost)] == ["delivered", "bounced"]


# --- The next channel ---------------------------------------------------------------------------------------------


def chain(api):
    """Telegram, then Viber if unread for two hours, then SMS if that is unread for four."""
    for channel, scheme in ((Channel.TELEGRAM, "telegram"), (Channel.VIBER, "turbosms"), (Channel.SMS, "turbosms")):
        sender(channel, api.url(scheme))
    sms = template(Channel.SMS)
    viber = template(Channel.VIBER, instead=sms, instead_after_hours=4)
    return template(Channel.TELEGRAM, instead=viber, instead_after_hours=2)


def test_who_has_no_chat_is_written_to_in_viber_and_who_does_not_read_there_gets_an_sms(api, order, monday):
    text_to(order, chain(api), key="news")
    actions.send_due()
    assert fall_back() == 1
    assert fall_back() == 0
    actions.send_due()

    monday.shift(4 * HOUR - timedelta(seconds=1))
    assert fall_back() == 0
    monday.shift(timedelta(seconds=1))
    assert fall_back() == 1
    actions.send_due()

    rows = Message.objects.order_by("pk").values_list("key", "channel", "state")
    assert list(rows) == [
        ("news", "telegram", "skipped"),
        ("news:instead", "viber", "sent"),
        ("news:instead:instead", "sms", "sent"),
    ]
    assert Message.objects.get(key="news:instead").instead_of.key == "news"


def test_who_read_it_gets_nothing_more(api, order, monday):
    Identifier.objects.create(kind="telegram", value="777", customer=order.customer)
    message = text_to(order, chain(api), key="news")
    actions.send_due()
    Message.objects.filter(pk=message.pk).update(opened_at=MONDAY)
    monday.shift(10 * HOUR)

    assert fall_back() == 0


def test_what_would_come_too_late_stays_unsaid(api, order, monday):
    text_to(order, chain(api), key="news", expires_at=MONDAY + HOUR)
    actions.send_due()
    monday.shift(2 * HOUR)

    assert fall_back() == 0


# --- The bot ------------------------------------------------------------------------------------------------------


def start(connection, token, update=1, chat=777):
    body = json.dumps({"update_id": update, "message": {"chat": {"id": chat}, "text": f"/start {token}"}}).encode()
    key = telegram.envelope({}, body).key
    inbox.receive(connection, key, "message", body)
    clocks.drain("receipts")
    return Receipt.objects.get(connection=connection, key=key)


def test_a_start_by_our_link_connects_the_chat_with_the_customer(order, api):
    sender(Channel.TELEGRAM, api.url("telegram"), "@lavka_bot")
    connection, _secret = connect("telegram", "bot", MONDAY)
    link = telegram.start_link(order.customer_id)

    receipt = start(connection, link.partition("start=")[2])

    assert link.startswith("https://t.me/lavka_bot?start=")
    assert (receipt.state, receipt.customer_id) == ("done", order.customer_id)
    assert Identifier.objects.get(kind="telegram").customer_id == order.customer_id


@pytest.mark.parametrize("token", ["forged", "", "x" * 64])
def test_a_start_by_no_link_of_ours_connects_nobody(order, token):
    connection, _secret = connect("telegram", "bot", MONDAY)

    receipt = start(connection, token or links.make("unsubscribe", order.customer_id))

    assert receipt.state in ("parked", "ignored")
    assert not Identifier.objects.filter(kind="telegram").exists()


def test_the_door_knows_telegram_by_the_secret_it_was_given():
    assert telegram.authentic({"x-telegram-bot-api-secret-token": "s"}, b"", ["old", "s"])
    assert not telegram.authentic({"x-telegram-bot-api-secret-token": ""}, b"", ["s"])
    assert not telegram.authentic({}, b"", ["s"])


# --- Length and cost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "alphabet", "letters", "parts", "left"),
    [
        ("", "GSM", 0, 0, 160),
        ("a" * 160, "GSM", 160, 1, 0),
        ("a" * 161, "GSM", 161, 2, 145),
        ("€" * 80, "GSM", 160, 1, 0),
        ("ї" * 70, "UCS-2", 70, 1, 0),
        ("ї" * 71, "UCS-2", 71, 2, 63),
        ("a" * 69 + "ї", "UCS-2", 70, 1, 0),
        ("🙂" * 35, "UCS-2", 70, 1, 0),
        ("ї" * 402, "UCS-2", 402, 6, 0),
    ],
)
def test_parts_are_counted_as_the_networks_do(text, alphabet, letters, parts, left):
    assert sms_parts.count(text) == sms_parts.Segments(alphabet, letters, parts, left)


def test_the_cost_is_the_parts_at_the_price_of_one():
    assert sms_parts.count("ї" * 71).cost(Decimal("0.85")) == Decimal("1.70")
    assert sms_parts.count("ї").cost(None) is None
