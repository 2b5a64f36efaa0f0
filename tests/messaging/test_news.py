"""News of providers: who may bring them, and what they do to a letter, to an address and to a consent."""

import hashlib
import hmac
import itertools
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings as the_settings
from django.db import OperationalError

from customers.models import Consent
from events import inbox
from events.models import Connection, Receipt
from messaging import webhooks
from messaging.models import Message, News, Suppression
from messaging.news import PROVIDERS
from tests.builders.news import basic, brevo, handed_over, post, tell
from tests.builders.room import orders

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def a_secret(settings):
    settings.NEWS_SECRET = ["aftercare:news-secret"]
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def letter(store, journeys):
    return handed_over(orders(store, 1)[0], NOON)


# --- Who may knock ------------------------------------------------------------------------------------------------


def test_every_provider_of_anymail_has_a_door():
    from anymail import urls

    known = {p.name.removesuffix("_tracking_webhook").removesuffix("_webhook") for p in urls.urlpatterns}
    known = {name for name in known if not name.endswith("_inbound")} - {"sendinblue"}

    assert {name.replace("ses", "amazon_ses") if name == "ses" else name for name in PROVIDERS} == known


def test_every_key_of_a_provider_is_read_from_the_environment():
    named = {
        name
        for provider in PROVIDERS.values()
        for name in (
            provider.news_key[0],
            provider.mail_key[0],
            *(wanted for wanted, _default in provider.options.values()),
        )
    }

    assert set(the_settings.PROVIDER_KEYS) == named - {""}


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_door_without_a_secret_does_not_exist(client, db, settings, provider):
    settings.NEWS_SECRET, settings.PROVIDER_KEYS = [], {}

    assert post(client, {"event": "delivered"}, provider).status_code == 404
    assert client.get(f"/news/{provider}/").status_code == 404
    assert not Receipt.objects.exists() and not Connection.objects.exists()


def test_an_unknown_provider_finds_no_door(client, db):
    assert post(client, {}, "gmail").status_code == 404
    assert not Receipt.objects.exists() and not Connection.objects.exists()


@pytest.mark.parametrize(
    "headers", [{}, basic("aftercare:guess"), {"Authorization": "Basic ???"}, basic("news-secret")]
)
def test_a_forged_webhook_leaves_a_counter_and_one_line(client, letter, caplog, headers):
    answer = post(client, brevo(letter, "hard_bounce", LATER), headers=headers)

    letter.refresh_from_db()
    assert (answer.status_code, letter.state) == (401, "sent")
    assert not Receipt.objects.exists() and not News.objects.exists()
    assert Connection.objects.get(source="news-brevo").refused == 1
    assert len([r for r in caplog.records if "forged" in r.message]) == 1
    assert letter.address not in caplog.text


def test_nobody_can_bring_news_by_the_door_for_shops(client, letter):
    tell(client, brevo(letter, "delivered", LATER))

    answer = client.post("/in/news-brevo/news/", brevo(letter, "spam", LATER), "application/json", headers=basic())

    letter.refresh_from_db()
    assert (answer.status_code, letter.state) == (401, "delivered")


def mailersend_signature(body: bytes, key: str = "ms-key") -> dict:
    return {"Signature": hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}


def test_a_signed_webhook_with_any_bit_flipped_is_refused(client, letter, settings):
    settings.PROVIDER_KEYS = {"MAILERSEND_SIGNING_SECRET": "ms-key"}
    body = json.dumps({"type": "activity.delivered", "data": {"type": "delivered"}}).encode()
    headers = mailersend_signature(body)

    refused = {
        post(client, body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :], "mailersend", headers).status_code
        for at in range(len(body))
    }

    assert refused == {401}
    assert not Receipt.objects.exists()
    assert post(client, body, "mailersend", headers).status_code == 200


def svix(body: bytes, at: datetime, key: bytes = b"k" * 24) -> dict:
    stamp = str(int(at.timestamp()))
    mac = hmac.digest(key, f"msg_1.{stamp}.".encode() + body, "sha256")
    return {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": f"v1,{b64encode(mac).decode()}"}


def test_resend_is_believed_by_its_signature_and_not_an_old_one(client, letter, settings):
    settings.PROVIDER_KEYS = {"RESEND_SIGNING_SECRET": "whsec_" + b64encode(b"k" * 24).decode()}
    now = NOON + timedelta(hours=1)
    told = {
        "type": "email.delivered",
        "created_at": LATER.isoformat(),
        "data": {"email_id": "re_1", "to": [letter.address]},
    }
    told["data"]["headers"] = [{"name": "X-Metadata", "value": brevo(letter, "x", NOON)["X-Mailin-custom"]}]
    body = json.dumps(told).encode()

    assert post(client, body, "resend", svix(body, now, b"other key of 24 bytes..")).status_code == 401
    assert post(client, body, "resend", svix(body, now - timedelta(minutes=6))).status_code == 401
    assert post(client, body, "resend", {}).status_code == 401
    tell(client, body, "resend", svix(body, now))
    letter.refresh_from_db()
    assert (letter.state, letter.delivered_at) == ("delivered", LATER)


def test_mailgun_which_does_not_sign_its_body_is_asked_for_the_secret_too(client, db, settings):
    settings.PROVIDER_KEYS = {"MAILGUN_WEBHOOK_SIGNING_KEY": "mg-key"}
    token, stamp = "t" * 50, "1795000000"
    signature = hmac.new(b"mg-key", f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    body = {
        "signature": {"token": token, "timestamp": stamp, "signature": signature},
        "event-data": {"event": "opened"},
    }

    assert post(client, body, "mailgun", {}).status_code == 401
    assert post(client, body, "mailgun").status_code == 200


def test_a_provider_may_ask_whether_the_door_is_there(client, db):
    assert client.get("/news/brevo/").status_code == client.head("/news/brevo/").status_code == 200


def test_a_database_that_is_away_is_answered_with_try_again(client, letter, monkeypatch):
    def away(*_given):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(webhooks.inbox, "receive", away)

    answer = post(client, brevo(letter, "delivered", LATER))

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_a_paused_connection_makes_the_provider_try_later(client, letter):
    tell(client, brevo(letter, "delivered", LATER))
    Connection.objects.update(paused_at=NOON)

    assert post(client, brevo(letter, "opened", LATER)).status_code == 503


def test_a_body_without_measure_is_refused(client, db):
    answer = post(client, b"x" * (webhooks.NEWS_LIMIT + 1))

    assert answer.status_code == 413
    assert not Receipt.objects.exists()


# --- What they say ------------------------------------------------------------------------------------------------


def test_the_door_only_stores_and_a_worker_reads(client, letter):
    post(client, brevo(letter, "delivered", LATER))

    assert not News.objects.exists()

    inbox.read_waiting()
    letter.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.customer_id) == ("done", letter.customer_id)
    assert (letter.state, letter.delivered_at) == ("delivered", LATER)
    assert News.objects.get().message == letter


def test_a_replayed_webhook_is_taken_and_changes_nothing(client, letter):
    for _time in range(3):
        tell(client, brevo(letter, "delivered", LATER))

    assert (Receipt.objects.count(), News.objects.count()) == (1, 1)


def test_the_same_event_in_another_request_is_kept_once(client, letter):
    tell(client, brevo(letter, "delivered", LATER))
    tell(client, brevo(letter, "delivered", LATER, attempt=2))

    assert (Receipt.objects.count(), News.objects.count()) == (2, 1)


EVENTS = ("request", "delivered", "unique_opened", "hard_bounce", "spam")


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_events_that_come_twice_and_in_any_order_end_the_same(client, letter, order):
    for place in [*order, *reversed(order)]:
        moment = LATER + timedelta(seconds=place)
        tell(client, brevo(letter, EVENTS[place], moment))

    letter.refresh_from_db()
    assert (letter.state, letter.reason) == ("complained", "")
    assert letter.delivered_at == LATER + timedelta(seconds=1)
    assert letter.bounced_at == LATER + timedelta(seconds=3)
    assert letter.complained_at == LATER + timedelta(seconds=4)
    assert News.objects.count() == 5
    assert Suppression.objects.count() == 1


def test_times_are_those_of_the_first_telling(client, letter):
    for minutes in (9, 3, 6):
        tell(client, brevo(letter, "delivered", LATER + timedelta(minutes=minutes)))

    letter.refresh_from_db()
    assert letter.delivered_at == LATER + timedelta(minutes=3)


def test_a_clock_that_is_wrong_tells_no_future(client, letter):
    tell(client, brevo(letter, "delivered", datetime(2090, 1, 1, tzinfo=UTC)))

    letter.refresh_from_db()
    assert letter.delivered_at == NOON + timedelta(hours=1)


def test_an_unknown_letter_is_settled_by_news(client, store, journeys):
    unclear = handed_over(orders(store, 1)[0], NOON, state="unknown", key="unclear")

    tell(client, brevo(unclear, "delivered", LATER))

    unclear.refresh_from_db()
    assert (unclear.state, unclear.sent_at) == ("delivered", NOON)


def test_a_hard_bounce_suppresses_in_the_same_transaction(client, letter, monkeypatch):
    from messaging.actions import news as actions

    monkeypatch.setattr(actions, "_withdraw", lambda *_given: 1 / 0)
    post(client, brevo(letter, "hard_bounce", LATER, reason="550 5.1.1 user unknown"))
    inbox.read_waiting()
    assert not News.objects.exists() and not Suppression.objects.exists()
    letter.refresh_from_db()
    assert letter.state == "sent"

    monkeypatch.undo()
    Receipt.objects.update(next_at=NOON)
    inbox.read_waiting()
    letter.refresh_from_db()
    suppressed = Suppression.objects.get()
    assert (letter.state, suppressed.address, suppressed.reason) == ("bounced", letter.address, "bounced")
    assert suppressed.message == letter
    assert "550 5.1.1 user unknown" in letter.why


def test_a_refusal_as_spam_bounces_the_letter_and_leaves_the_address(client, letter):
    tell(client, brevo(letter, "hard_bounce", LATER, reason="550 5.7.1 message looks like spam"))

    letter.refresh_from_db()
    assert letter.state == "bounced"
    assert not Suppression.objects.exists()


def test_a_complaint_suppresses_and_takes_back_the_consent(client, letter):
    tell(client, brevo(letter, "spam", LATER))

    said = Consent.objects.filter(address=letter.address).latest("pk")
    assert Suppression.objects.get().reason == "complained"
    assert (said.purpose_id, said.is_yes, said.source) == ("order_updates", False, "complaint")
    assert said.evidence["message"] == letter.pk


def test_an_unsubscription_at_the_provider_takes_back_the_consent_only(client, letter):
    tell(client, brevo(letter, "unsubscribe", LATER))

    assert Consent.objects.get(address=letter.address).is_yes is False
    assert not Suppression.objects.exists()


def soft(client, store, count, start=0):
    for number in range(start, start + count):
        m = handed_over(store.orders.first(), NOON + timedelta(minutes=number), key=f"soft:{number}")
        tell(client, brevo(m, "soft_bounce", m.sent_at, reason="452 4.2.2 mailbox full"))
    return m


def test_seven_soft_bounces_in_a_row_suppress(client, letter, store):
    last = soft(client, store, 6)
    assert not Suppression.objects.exists()

    last = soft(client, store, 1, start=6)

    suppressed = Suppression.objects.get()
    assert (suppressed.reason, suppressed.message) == ("soft", last)
    last.refresh_from_db()
    assert last.state == "sent"  # it may arrive yet


def test_a_delivery_between_soft_bounces_begins_the_count_anew(client, letter, store):
    m = soft(client, store, 6)
    tell(client, brevo(m, "delivered", NOON + timedelta(minutes=30)))

    soft(client, store, 6, start=7)

    assert not Suppression.objects.exists()


def test_news_of_a_letter_that_is_not_ours_are_kept_and_nothing_follows(client, letter):
    foreign = brevo(letter, "hard_bounce", LATER, email="stranger@example.com")
    foreign["X-Mailin-custom"] = "{}"
    forged = brevo(letter, "spam", LATER)
    forged["X-Mailin-custom"] = json.dumps({"aftercare": f"{letter.pk}-{'0' * 32}"})

    tell(client, foreign)
    tell(client, forged)

    letter.refresh_from_db()
    assert letter.state == "sent"
    assert list(News.objects.values_list("message", flat=True)) == [None, None]
    assert not Suppression.objects.exists()


def test_a_letter_is_found_by_the_number_that_the_provider_gave_it(client, letter):
    Message.objects.filter(pk=letter.pk).update(provider_id="<201798300811.5787683@smtp-relay.example>")
    told = brevo(letter, "delivered", LATER)
    del told["X-Mailin-custom"]

    tell(client, told)

    letter.refresh_from_db()
    assert letter.state == "delivered"


def test_an_open_by_a_machine_arrives_and_is_no_reading(client, letter, settings):
    told = {
        "RecordType": "Open",
        "Recipient": letter.address,
        "ReceivedAt": LATER.isoformat(),
        "UserAgent": "Mozilla/5.0",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": json.loads(brevo(letter, "x", NOON)["X-Mailin-custom"]),
    }
    tell(client, told, "postmark")

    letter.refresh_from_db()
    assert (letter.state, letter.opened_at, News.objects.get().is_machine) == ("delivered", None, True)

    tell(client, {**told, "UserAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0)"}, "postmark")
    letter.refresh_from_db()
    assert letter.opened_at == LATER


def test_a_provider_that_posts_forms_is_read_as_well(client, letter, settings):
    settings.PROVIDER_KEYS = {"MANDRILL_WEBHOOK_KEY": "md-key"}
    events = [{"event": "hard_bounce", "ts": int(LATER.timestamp()), "_id": "m1", "msg": {"email": letter.address}}]
    events[0]["msg"] |= {"_id": "m1", "diag": "smtp;550 5.1.1 unknown user", "bounce_description": "bad_mailbox"}
    events[0]["msg"]["metadata"] = json.loads(brevo(letter, "x", NOON)["X-Mailin-custom"])
    form = {"mandrill_events": json.dumps(events)}
    signed = "http://testserver/news/mandrill/" + "".join(k + v for k, v in sorted(form.items()))
    mac = hmac.new(b"md-key", signed.encode(), hashlib.sha1).digest()

    answer = client.post(
        "/news/mandrill/",
        urlencode(form),
        "application/x-www-form-urlencoded",
        headers={"X-Mandrill-Signature": b64encode(mac).decode()},
    )
    inbox.read_waiting()

    letter.refresh_from_db()
    assert (answer.status_code, letter.state) == (200, "bounced")
    assert Suppression.objects.get().address == letter.address


def test_amazon_asks_once_and_a_person_confirms(client, db):
    body = {"Type": "SubscriptionConfirmation", "MessageId": "m1", "TopicArn": "arn:aws:sns:eu-west-1:1:news"}
    body["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    headers = {**basic(), "x-amz-sns-message-type": "SubscriptionConfirmation", "x-amz-sns-message-id": "m1"}

    tell(client, body, "ses", headers)

    receipt = Receipt.objects.get()
    assert receipt.state == "parked"
    assert body["SubscribeURL"] in receipt.why


def test_amazon_tells_of_a_bounce_without_boto3(client, letter):
    mark = json.loads(brevo(letter, "x", NOON)["X-Mailin-custom"])
    ses = {
        "eventType": "Bounce",
        "mail": {
            "messageId": "0102",
            "destination": [letter.address],
            "headers": [{"name": "X-Metadata", "value": json.dumps(mark)}],
        },
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": letter.address, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
        },
    }
    body = {"Type": "Notification", "MessageId": "n1", "Message": json.dumps(ses), "Timestamp": LATER.isoformat()}
    headers = {**basic(), "x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": "n1"}

    tell(client, body, "ses", headers)

    letter.refresh_from_db()
    assert (letter.state, Suppression.objects.get().reason) == ("bounced", "bounced")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b'{"event": {}}', b'{"items": []}', b"\x00"]
)
def test_a_body_that_makes_no_sense_is_parked_with_a_reason(client, db, body):
    tell(client, body)

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.why.partition(": ")[0]) == ("parked", "anymail could not read what brevo says")
    assert not News.objects.exists()
