"""Mails that come in: what they are, whom they are from, what they grant (nothing), and what they must not break."""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
import time_machine
from django.core.management import call_command

from customers.models import Consent
from events import outbox
from events.models import Connection, Event
from messaging import identity
from messaging.actions import arrivals, signed_addresses
from messaging.actions.arrivals import fetch_mailbox, keep, look_into_mailbox
from messaging.actions.reading_mail import read_again, read_mails, take_as_written
from messaging.inbound import UnreadableMail, read_mail
from messaging.models import InboundMail, News, Sender, Suppression
from tests.builders.imap import mailbox
from tests.builders.news import basic, bounce, handed_over, mail, receive
from tests.builders.room import orders

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAILBOX = "care@lavka.example"


@pytest.fixture(autouse=True)
def an_hour_later(settings):
    settings.NEWS_SECRET, settings.MAIL_SECRET = ["aftercare:news-secret"], ["mail-secret"]
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def letter(store, journeys):
    return handed_over(orders(store, 1)[0], NOON)


def answer_address(m, purpose="reply"):
    return signed_addresses.signed(MAILBOX, purpose, m.pk)


def id_of(m):
    return identity.message_id(identity.mark_of(m), "hello@lavka.example")


# --- Addresses with a signature -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 17, 10**6, 2**40 - 1, 2**40, 2**62])
def test_a_signed_address_says_its_letter_in_small_letters_and_fits(number):
    address = signed_addresses.signed(MAILBOX, "reply", number)

    assert address == address.lower()
    assert len(address.partition("@")[0]) <= 64
    assert signed_addresses.signed_in([address], "reply") == number
    assert signed_addresses.signed_in([address.upper()], "reply") == number


def test_no_change_of_one_letter_of_a_signed_address_is_believed():
    address = signed_addresses.signed(MAILBOX, "reply", 17)
    token = re.search(r"\+(.+)@", address)[1]

    for at, letter in enumerate(token):
        for other in "a2z7":
            forged = token[:at] + other + token[at + 1 :]
            if other != letter:
                assert signed_addresses.signed_in([f"care+{forged}@lavka.example"], "reply") is None


def test_an_address_for_answers_takes_no_bounces(settings):
    assert signed_addresses.signed_in([signed_addresses.signed(MAILBOX, "reply", 17)], "bounce") is None
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, []
    token_of_others = signed_addresses.signed(MAILBOX, "reply", 17)
    settings.SECRET_KEY = "yet another" * 8
    assert signed_addresses.signed_in([token_of_others], "reply") is None
    settings.SECRET_KEY_FALLBACKS = ["another" * 8]
    assert signed_addresses.signed_in([token_of_others], "reply") == 17


def test_a_mailbox_with_no_room_for_a_signature_stays_as_it_is():
    long = f"{'x' * 45}@lavka.example"

    assert signed_addresses.signed(long, "reply", 17) == long


def test_answers_go_to_the_senders_mailbox_else_to_the_stores(settings):
    store = {"support_email": "help@lavka.example"}

    assert signed_addresses.reply_to(17, Sender(), store) == "help@lavka.example"
    assert (
        signed_addresses.signed_in([signed_addresses.reply_to(17, Sender(reply_address=MAILBOX), store)], "reply") == 17
    )
    assert signed_addresses.return_path(17, Sender(reply_address=MAILBOX)) == ""
    settings.BOUNCE_ADDRESS = "bounces@lavka.example"
    assert re.fullmatch(r"bounces\+[a-z2-7]{24}@lavka\.example", signed_addresses.return_path(17, Sender()))


# --- A person writes ----------------------------------------------------------------------------------------------


def test_an_answer_to_a_signed_address_finds_its_order_and_person(letter):
    row = receive(
        mail(
            "Thank you!\n\nOn Fri, Nov 20, 2026 at 12:00 PM Lavka <a@b.example> wrote:\n> Hello", answer_address(letter)
        )
    )

    fact = Event.objects.get(kind="mail.received")
    assert (row.state, row.text, row.answers, row.is_proven) == ("received", "Thank you!", letter, True)
    assert (row.customer_id, row.to_email) == (letter.customer_id, MAILBOX)
    assert (fact.subject_type, fact.subject_id) == (letter.subject_type, letter.subject_id)
    assert fact.customer_id == letter.customer_id
    assert fact.data == {"inbound_id": row.pk, "message_id": letter.pk, "is_proven": True}


def test_the_signature_counts_wherever_the_address_stands(letter):
    signed = answer_address(letter).upper()

    rows = [
        receive(mail("1 one", Cc=f"Shop <{signed}>")),
        receive(mail("2 two", Delivered_To=signed)),
        receive(mail("3 three", Received=f"from mx by host for <{signed}>; Fri, 20 Nov 2026 12:00:00 +0000")),
    ]

    assert [row.is_proven for row in rows] == [True, True, True]


def test_in_reply_to_is_only_a_claim(letter):
    row = receive(mail(In_Reply_To=id_of(letter), References=f"<x@y.example> {id_of(letter)}"))

    assert (row.state, row.answers, row.is_proven) == ("received", letter, False)
    assert Event.objects.get(kind="mail.received").subject_type == "mail"


def test_a_forged_in_reply_to_threads_nowhere(letter):
    row = receive(mail(In_Reply_To=f"<{letter.pk}-{'0' * 32}@lavka.example>"))

    assert (row.state, row.answers, row.customer) == ("received", None, None)


def test_from_grants_nothing(letter):
    row = receive(mail(sender=f"Olena <{letter.address}>"))

    assert (row.state, row.customer, row.is_proven) == ("received", None, False)


def test_a_mail_that_comes_by_two_ways_is_one(letter):
    first = mail(to=answer_address(letter))
    second = b"Received: from elsewhere\r\n" + first.replace(b"\r\n", b"\n")

    assert keep(first, "raw") and not keep(second, "imap")
    read_mails()
    read_mails()
    assert (InboundMail.objects.count(), Event.objects.filter(kind="mail.received").count()) == (1, 1)


def test_a_mail_with_the_message_id_of_another_does_not_keep_it_out(letter):
    keep(mail("an impostor's words", Message_ID="<1@x.example>"), "raw")
    keep(mail("the real ones", Message_ID="<1@x.example>"), "raw")

    assert InboundMail.objects.count() == 2


def test_a_mail_to_the_signed_address_may_ask_for_no_more(letter):
    unproven = receive(mail("", subject="unsubscribe"))
    proven = receive(mail("", to=answer_address(letter), subject="unsubscribe"))

    assert (unproven.state, proven.state) == ("received", "news")
    assert Consent.objects.get(address=letter.address).is_yes is False
    assert proven.why == "It asks for no more letters of this kind."


# --- News by mail -------------------------------------------------------------------------------------------------


def test_a_bounce_to_the_signed_return_path_suppresses(letter):
    row = receive(bounce(answer_address(letter, "bounce"), address="forwarded@elsewhere.example"))

    letter.refresh_from_db()
    assert (row.state, row.answers, row.is_proven) == ("news", letter, True)
    assert (letter.state, Suppression.objects.get().address) == ("bounced", letter.address)
    assert not Event.objects.filter(kind="mail.received").exists()


def test_a_bounce_that_returns_our_message_id_is_believed_without_a_return_path(letter):
    receive(bounce("hello@lavka.example", id_of(letter)))

    letter.refresh_from_db()
    assert (letter.state, Suppression.objects.get().message) == ("bounced", letter)


def test_a_bounce_that_quotes_a_forged_message_id_suppresses_nobody(letter):
    forged = f"<{letter.pk}-{'f' * 32}@lavka.example>"

    row = receive(bounce("hello@lavka.example", forged, address=letter.address))

    letter.refresh_from_db()
    assert (letter.state, row.state, News.objects.get().message) == ("sent", "news", None)
    assert not Suppression.objects.exists()
    assert row.why == "It speaks of a letter that nobody can prove to be ours: nothing follows from it."


def test_a_bounce_for_an_unknown_letter_is_kept(db):
    row = receive(bounce(signed_addresses.signed(MAILBOX, "bounce", 999_999)))

    assert (row.state, row.answers) == ("news", None)
    assert News.objects.get().kind == "bounced"


def test_a_full_mailbox_bounces_the_letter_and_leaves_the_address(letter):
    receive(bounce(answer_address(letter, "bounce"), status="5.2.2", said="552 5.2.2 mailbox full"))

    letter.refresh_from_db()
    assert letter.state == "bounced"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("action", "state"), [("delayed", "sent"), ("relayed", "sent"), ("delivered", "delivered")])
def test_a_report_that_is_no_bounce(letter, action, state):
    receive(bounce(answer_address(letter, "bounce"), status="4.4.1", action=action, said="451 4.4.1 try again"))

    letter.refresh_from_db()
    assert letter.state == state
    assert not Suppression.objects.exists()


MAIL_RU = """Return-path: <>
Auto-Submitted: auto-replied
From: mailer-daemon@corp.mail.ru
To: hello@lavka.example
Content-Type: text/plain; charset=utf-8
Subject: Mail failure.

К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:

  olena@example.com
    SMTP error from remote mail server after RCPT TO:<olena@example.com>:
    host mx.example.com [192.0.2.222]: 550 5.1.1 <olena@example.com>... User Unknown

------ This is a copy of the message, including all the headers. ------

From: hello@lavka.example
Message-Id: {id}
Subject: Your order
"""


def test_a_bounce_in_free_words_finds_its_letter_by_the_returned_head(letter):
    receive(MAIL_RU.format(id=id_of(letter)).encode())

    letter.refresh_from_db()
    assert (letter.state, letter.why) == (
        "bounced",
        "The recipient's mail server sent it back: 550 5.1.1 <olena@example.com>... User Unknown",
    )
    assert Suppression.objects.get().reason == "bounced"


def complaint(to: str, kind: str = "abuse", extra: str = "") -> bytes:
    return f"""Return-Path: <feedback@isp.example>
From: feedback@isp.example
To: {to}
Subject: FW: Your order
Date: Fri, 20 Nov 2026 12:30:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

An abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: ISP/1.0
Version: 1
{extra}
--b
Content-Type: message/rfc822

From: hello@lavka.example
Subject: Your order

Hello
--b--
""".encode()


def test_a_complaint_by_mail_suppresses_and_takes_back_the_consent(letter):
    path = f"Original-Mail-From: <{answer_address(letter, 'bounce')}>\n"

    receive(complaint("abuse@lavka.example", extra=path))

    letter.refresh_from_db()
    assert (letter.state, Suppression.objects.get().reason) == ("complained", "complained")
    assert Consent.objects.get(address=letter.address).source == "complaint"


def test_a_report_that_it_is_no_spam_does_nothing(letter):
    row = receive(complaint(answer_address(letter, "bounce"), kind="not-spam"))

    assert (row.state, row.why) == ("ignored", "A report that a letter is no spam: nothing follows from it.")
    assert not News.objects.exists()


# --- Programs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "An automatic answer, as on holiday: nobody wrote it."),
        ({"Auto_Submitted": "auto-generated (failure)"}, "An automatic answer, as on holiday: nobody wrote it."),
        ({"X_Apple_Action": "VACATION"}, "An automatic answer, as on holiday: nobody wrote it."),
        ({"subject": "Автовідповідь: у відпустці"}, "An automatic answer, as on holiday: nobody wrote it."),
        ({"subject": "Автоответ: Ваш заказ"}, "An automatic answer, as on holiday: nobody wrote it."),
        ({"Return_Path": "<>"}, "It came without a sender (null return path), as only programs write."),
        ({"List_Id": "<news.example>"}, "A mailing list sent it."),
        ({"sender": "postmaster@example.com"}, "A mail program wrote it."),
        (
            {"sender": "hello+x@lavka.example"},
            "It came from an address of our own: answering it would go round in circles.",
        ),
    ],
)
def test_an_automatic_mail_is_kept_and_calls_nobody(letter, fields, why):
    row = receive(mail(to=answer_address(letter), **fields))

    assert (row.state, row.why, row.answers) == ("ignored", why, letter)
    assert not Event.objects.filter(kind="mail.received").exists()


def test_auto_submitted_no_is_written_by_a_person(letter):
    assert receive(mail(Auto_Submitted="no")).state == "received"


def test_two_autoresponders_stop_after_one_answer(letter):
    """One that gives no sign answers each answer of ours: only the first round calls anybody."""
    for round_ in range(10):
        receive(mail(f"We got your mail and will answer soon. Ticket {round_ * 7 + 1000}", answer_address(letter)))

    states = list(InboundMail.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["received"] + ["ignored"] * 9
    assert Event.objects.filter(kind="mail.received").count() == 1


def test_two_photographs_without_words_are_no_loop(letter):
    rows = [receive(mail(f"{n}", Content_Type="image/jpeg; name=cup.jpg")) for n in range(2)]

    assert [row.state for row in rows] == ["received", "received"]


def test_a_flood_from_one_address_calls_people_twenty_times(letter):
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "cup", "tea"]
    for first in words[:5]:
        for second in words[:5]:
            receive(mail(f"{first} {second}"))

    assert Event.objects.filter(kind="mail.received").count() == 20


def test_a_person_can_say_that_a_person_wrote_it(letter):
    row = receive(mail(to=answer_address(letter), Auto_Submitted="auto-replied"))

    assert take_as_written(row.pk) and not take_as_written(row.pk)

    row.refresh_from_db()
    assert (row.state, row.why, Event.objects.filter(kind="mail.received").count()) == ("received", "", 1)


# --- What must not break it ---------------------------------------------------------------------------------------


def test_a_mail_of_five_megabytes_is_read(letter):
    attached = b"QUFB" * 1_250_000
    raw = (
        b"From: olena@example.com\r\nTo: "
        + answer_address(letter).encode()
        + b"\r\nSubject: photo\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/plain\r\n\r\nHere it is.\r\n--b\r\n"
        b'Content-Type: image/jpeg; name="cup.jpg"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + attached
        + b"\r\n--b--\r\n"
    )

    row = receive(raw)

    assert (row.state, row.text, row.is_proven) == ("received", "Here it is.", True)
    assert read_mail(raw).attachments[0].size == 3_750_000


def nested(depth: int) -> bytes:
    opened = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"From: a@example.com\nTo: {MAILBOX}\nMIME-Version: 1.0\n{opened}Content-Type: text/plain\n\nhi\n".encode()


def rfc822(depth: int) -> bytes:
    return b"From: a@example.com\nMIME-Version: 1.0\n" + b"Content-Type: message/rfc822\n\n" * depth + b"\nhi\n"


def flat(parts: int) -> bytes:
    each = "--b\nContent-Type: text/plain\n\nx\n" * parts
    return (
        f'From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n{each}--b--\n'.encode()
    )


@pytest.mark.parametrize("raw", [nested(10_000), nested(50), rfc822(10_000), rfc822(50), flat(10_000)])
def test_too_many_parts_end_in_a_reason_and_soon(db, raw):
    began = time.process_time()
    with time_machine.travel(NOON, tick=True):
        row = receive(raw)

    assert row.state == "failed"
    assert "parts" in row.why
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The mail is empty."),
        (b"\r\n\r\n", "The mail is empty."),
        (b"x" * 100_001, "The mail's header fields are longer than 100000 bytes."),
    ],
)
def test_what_is_no_mail_is_refused_with_a_reason(raw, sentence):
    with pytest.raises(UnreadableMail) as refusal:
        read_mail(raw)

    assert str(refusal.value) == sentence


def test_nul_bytes_and_lone_surrogates_are_dropped(letter):
    raw = mail(
        "before\x00after \ud800 end".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), subject="a\x00b"
    )
    raw = raw.replace(b"before", b"before\x00\x1b[31m")

    row = receive(raw)

    assert row.state == "received"
    assert row.subject == "ab"
    assert "\x00" not in row.text and "\x1b" not in row.text and row.text.startswith("before")


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "Де моя посилка?".encode("cp1251"), "Де моя посилка?"),
        ("x-unknown", "Де моя посилка?".encode(), "Де моя посилка?"),
        ("", "Где посылка?".encode("cp1251"), "Где посылка?"),
        ("koi8-r", "Где посылка?".encode("koi8-r"), "Где посылка?"),
        ("utf-8", "Дякую за чашку, вона гарна".encode()[:-1], "Дякую за чашку, вона гарн�"),
        ("idna", b"plain", "plain"),
        ("base64", b"plain", "plain"),
    ],
)
def test_an_undecodable_charset_is_read_as_well_as_can_be(letter, charset, body, text):
    raw = mail("BODY", Content_Type=f"text/plain; charset={charset}").replace(b"BODY", body)

    assert receive(raw).text == text


def test_a_date_in_the_year_3609_is_held_to_when_it_came(letter):
    raw = bounce(answer_address(letter, "bounce")).replace(b"20 Nov 2026 12:05:00", b"20 Nov 3609 12:05:00")

    receive(raw)

    letter.refresh_from_db()
    assert letter.bounced_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 99:99:99 +9999", "Mon, 1 Jan 0001 00:00:00 +1400"])
def test_a_date_that_is_none_is_passed_over(letter, date):
    assert receive(mail(Date=date)).state == "received"


def test_line_breaks_in_the_subject_stay_one_line(letter):
    row = receive(mail(subject="=?utf-8?q?Hello=0D=0ABcc:_everybody=40example.com?="))

    assert row.subject == "Hello Bcc: everybody@example.com"


def test_html_is_kept_as_its_words(letter):
    html = "<p>Hi <b>there</b></p><script>steal()</script><style>p{}</style><blockquote>old</blockquote><p>Bye</p>"

    row = receive(mail(html, Content_Type="text/html; charset=utf-8"))

    assert row.text == "Hi there\n\nBye"


def test_an_error_of_ours_is_a_reason_and_the_mail_can_be_read_again(letter, monkeypatch):
    from messaging.actions import reading_mail

    monkeypatch.setattr(reading_mail, "read_report", lambda _mail: 1 / 0)
    row = receive(mail(to=answer_address(letter)))
    assert (row.state, row.why) == ("failed", "An error on our side: ZeroDivisionError: division by zero")

    monkeypatch.undo()
    assert read_again([row.pk]) == 1
    read_mails()

    row.refresh_from_db()
    assert (row.state, row.why, row.is_proven) == ("received", "", True)
    outbox.answer_waiting()


# --- The doors ----------------------------------------------------------------------------------------------------


def post_raw(client, raw: bytes, **headers):
    return client.post("/mail/raw/", raw, content_type="message/rfc822", headers=headers)


def test_a_mail_as_it_is_comes_in_with_any_of_three_proofs(client, letter):
    raw = mail(to=answer_address(letter))
    mac = hmac.new(b"mail-secret", raw, hashlib.sha256).hexdigest()

    answers = [
        post_raw(client, raw, Authorization="Bearer mail-secret"),
        post_raw(client, raw, **basic("aftercare:mail-secret")),
        post_raw(client, raw, **{"X-Signature": f"sha256={mac}"}),
    ]

    assert [a.status_code for a in answers] == [200, 200, 200]
    assert InboundMail.objects.count() == 1
    read_mails()
    assert InboundMail.objects.get().state == "received"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"X-Signature": "sha256=00"}, basic()])
def test_a_forged_mail_is_not_kept(client, db, headers):
    assert post_raw(client, mail(), **headers).status_code == 401
    assert not InboundMail.objects.exists()
    assert Connection.objects.get().refused == 1


def test_without_a_secret_there_is_no_door_for_mails(client, db, settings):
    settings.MAIL_SECRET = settings.NEWS_SECRET = []

    assert post_raw(client, mail(), Authorization="Bearer ").status_code == 404
    assert client.post("/mail/postmark/", b"{}", content_type="application/json").status_code == 404
    assert client.get("/mail/raw/").status_code == 404
    assert not InboundMail.objects.exists()


def test_a_mail_larger_than_we_read_is_refused_at_the_door(client, db):
    answer = client.post(
        "/mail/raw/",
        b"",
        content_type="message/rfc822",
        headers={"Authorization": "Bearer mail-secret"},
        CONTENT_LENGTH="25000001",
    )

    assert (answer.status_code, InboundMail.objects.count()) == (413, 0)


def test_the_envelope_that_the_carrier_tells_counts(client, letter):
    signed = answer_address(letter)
    raw = mail(to="undisclosed-recipients:;")

    post_raw(
        client,
        raw,
        **{"Authorization": "Bearer mail-secret", "X-Envelope-To": signed, "X-Envelope-From": "a@b.example\r\nX: y"},
    )
    read_mails()

    row = InboundMail.objects.get()
    assert (row.is_proven, b"X: y" in bytes(row.raw)) == (True, False)


def test_a_mail_by_a_providers_inbound_parsing(client, letter):
    body = {
        "FromFull": {"Email": "olena@example.com", "Name": "Olena"},
        "From": "olena@example.com",
        "ToFull": [{"Email": answer_address(letter), "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": answer_address(letter),
        "Subject": "Re: замовлення",
        "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
        "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
        "TextBody": "Дякую!",
        "HtmlBody": "",
        "Headers": [
            {"Name": "Message-ID", "Value": "<1@example.com>"},
            {"Name": "Return-Path", "Value": "<olena@example.com>"},
        ],
        "Attachments": [],
    }
    for _time in range(2):
        answer = client.post("/mail/postmark/", json.dumps(body), content_type="application/json", headers=basic())
        assert answer.status_code == 200
    read_mails()

    row = InboundMail.objects.get()
    assert (row.state, row.text, row.subject, row.is_proven) == ("received", "Дякую!", "Re: замовлення", True)


def test_a_request_without_a_mail_fails_with_a_reason(client, db):
    client.post("/mail/postmark/", b'{"nonsense": 1}', content_type="application/json", headers=basic())
    read_mails()

    row = InboundMail.objects.get()
    assert (row.state, row.why) == ("failed", "The mail has no sender, no subject and no words.")


def test_parts_that_cannot_be_fetched_are_asked_for_again_and_then_given_up(client, db, monkeypatch):
    from anymail.webhooks import brevo

    def away(*_given, **_more):
        raise brevo.requests.ConnectionError("no route to host")

    monkeypatch.setattr(brevo.requests, "get", away)
    body = {"items": [{"Uuid": ["1"], "Headers": {"From": "a@b.example"}, "Attachments": [{"DownloadToken": "t"}]}]}
    with time_machine.travel(NOON, tick=False) as clock:
        client.post("/mail/brevo/", json.dumps(body), content_type="application/json", headers=basic())
        read_mails()
        row = InboundMail.objects.get()
        assert (row.state, row.attempts) == ("waiting", 1)
        read_mails()
        row.refresh_from_db()
        assert row.attempts == 1  # not at once

        for _try in range(7):
            clock.shift(timedelta(hours=4))
            read_mails()

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 6)
    assert "no route to host" in row.why


# --- A mailbox ----------------------------------------------------------------------------------------------------


def test_a_mailbox_is_read_once_and_in_order(db, settings):
    with mailbox([mail("one"), mail("two")]) as server:
        settings.INBOUND_URL = server.url
        assert look_into_mailbox() == 2
        assert server.seen == {1, 2}
        assert look_into_mailbox() == 0

        server.mails.append(mail("three"))
        server.seen.add(3)  # somebody looked at it before we did
        assert look_into_mailbox() == 1

    read_mails()
    assert list(InboundMail.objects.order_by("pk").values_list("text", flat=True)) == ["one", "two", "three"]
    assert Connection.objects.get(source="mail-imap").options == {"validity": 7, "uid": 3}


def test_a_mailbox_that_numbers_anew_brings_nothing_twice(db, settings):
    with mailbox([mail("one")]) as server:
        settings.INBOUND_URL = server.url
        look_into_mailbox()
        server.validity, server.seen = 8, set()

        assert look_into_mailbox() == 0

    assert InboundMail.objects.count() == 1


def test_a_worker_killed_before_its_commit_has_read_nothing(db, settings, monkeypatch):
    with mailbox([mail("one")]) as server:
        settings.INBOUND_URL = server.url
        monkeypatch.setattr(arrivals, "_take", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            look_into_mailbox()
        assert server.seen == set()

        monkeypatch.undo()
        settings.INBOUND_URL = server.url
        assert look_into_mailbox() == 1


def test_of_a_mail_too_large_only_the_head_is_kept_with_the_reason(db, settings, monkeypatch):
    monkeypatch.setattr(arrivals, "MAX_BYTES", 100)
    with mailbox([mail("x" * 5000)]) as server:
        settings.INBOUND_URL = server.url
        assert look_into_mailbox() == 1

    row = InboundMail.objects.get()
    assert (row.state, len(bytes(row.raw)) < 1000) == ("failed", True)
    assert "MB; we read up to" in row.why


def test_a_mailbox_that_is_away_is_a_line_in_the_log_without_the_password(db, settings, caplog):
    settings.INBOUND_URL = "imap://care:s3cret@127.0.0.1:1/"

    assert look_into_mailbox() == 0
    assert "the mailbox is away" in caplog.text
    assert "s3cret" not in caplog.text


def test_without_a_mailbox_nothing_is_asked(db, settings):
    settings.INBOUND_URL = ""

    assert fetch_mailbox() == 0
    assert not Connection.objects.exists()


def test_the_clock_looks_once_a_minute_however_often_it_is_wound(db, settings):
    with mailbox([mail("one")]) as server, time_machine.travel(NOON, tick=False) as clock:
        settings.INBOUND_URL = server.url
        assert fetch_mailbox() == 1
        server.mails.append(mail("two"))
        assert fetch_mailbox() == 0
        clock.shift(60)

        assert fetch_mailbox() == 1

    assert Connection.objects.get().options["uid"] == 2


def test_a_pipe_keeps_the_mail_on_standard_input(db, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(mail("by pipe"))))

    call_command("read_mail", "--pipe")

    assert capsys.readouterr().out == "kept\n"
    assert InboundMail.objects.get().provider == "pipe"
