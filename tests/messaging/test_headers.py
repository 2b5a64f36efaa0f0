"""The head of a mail: what stands there, word for word, and that nothing typed by anybody adds a line to it."""

from email import message_from_bytes, policy
from time import process_time

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging import headers
from messaging.channels import mime
from messaging.channels.email import Envelope, check
from messaging.rendering import UncleanHeader, check_content, one_line
from messaging.rendering.header_values import no_reply_in

ASK = headers.Cause("journey-review-request", 3, "review_requests", "lavka", "lavka.example")
UPDATE = headers.Cause("journey-order-confirmation", 12, "order_updates", "lavka", "lavka.example")
DOOR = "https://aftercare.example/u/AYEgAQ/"


def test_the_head_of_a_mail_that_one_may_refuse():
    assert headers.headers_of(ASK, DOOR, "care+ad4e@lavka.example") == {
        "Feedback-ID": "journey-review-request:3:review-requests:lavka",
        "List-Unsubscribe": f"<{DOOR}>, <mailto:care+ad4e@lavka.example?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": "<review-requests.lavka.example>",
    }


def test_without_a_mailbox_that_reads_it_nobody_is_told_to_unsubscribe_by_mail():
    assert headers.headers_of(ASK, DOOR)["List-Unsubscribe"] == f"<{DOOR}>"


def test_the_head_of_a_notification():
    assert headers.headers_of(UPDATE) == {
        "Feedback-ID": "journey-order-confirmation:12:order-updates:lavka",
        "Auto-Submitted": "auto-generated",
    }


@pytest.mark.parametrize("purpose", ["support", "review_requests", "surveys", "loyalty", "marketing"])
def test_what_a_person_writes_does_not_call_itself_automatic(purpose):
    cause = headers.Cause("s", 1, purpose, "lavka", "lavka.example")

    assert "Auto-Submitted" not in headers.headers_of(cause, DOOR)


@pytest.mark.parametrize(
    ("slug", "sender"),
    [
        ("lavka", "lavka"),
        ("tea", "tea-shop"),
        ("", "aftercare"),
        ("the-field-and-flax-shop", "the-field-and-f"),
        ("чай", "aftercare"),
    ],
)
def test_gmail_wants_a_senders_name_of_5_to_15_characters(slug, sender):
    cause = headers.Cause("sale:2026", 1, "marketing", slug, "lavka.example")

    assert headers.headers_of(cause)["Feedback-ID"] == f"sale-2026:1:marketing:{sender}"
    assert 5 <= len(sender) <= 15


def test_a_domain_beyond_ascii_is_written_in_its_ascii_spelling():
    cause = headers.Cause("s", 1, "marketing", "lavka", "лавка.укр")

    assert headers.headers_of(cause, DOOR)["List-Id"] == "<marketing.xn--80aaf6ac.xn--j1amh>"


# --- Who writes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "store", "name"),
    [
        ("Олена", "Лавка", "Олена · Лавка"),
        ("", "Лавка", "Лавка"),
        ("Olena", "", "Olena"),
        ("Олена з Лавки", "лавки", "Олена з Лавки"),
        ("Olena\r\nBcc: x@y.example", "Lavka", "Olena Bcc: x@y.example · Lavka"),
        ('"Olena" <evil@x.example>', "Lavka", "Olena evil@x.example · Lavka"),
        ("=?utf-8?q?a=0d=0aBcc:x?=", "Lavka", "utf-8?q?a=0d=0aBcc:x · Lavka"),
        ("Olena\u202emoc.live", "Lavka", "Olena moc.live · Lavka"),
        ("О" * 200, "Лавка", "О" * 70),
    ],
)
def test_a_person_writes_for_the_store(person, store, name):
    assert headers.from_name(person, store) == name


@pytest.mark.parametrize(
    "address",
    ["noreply@lavka.example", "no-reply@lavka.example", "No.Reply@lavka.example", "do-not-reply@x.example",
     "donotreply@x.example", "orders-noreply@x.example", "noreply+7@x.example", "no_response@x.example"],
)  # fmt: skip
def test_an_address_that_takes_no_answers_is_refused_with_a_sentence(address):
    with pytest.raises(headers.NoReply) as refusal:
        headers.answerable(address)

    assert str(refusal.value) == (
        f"“{address}” tells people not to answer. Write from an address where somebody reads the answers."
    )


@pytest.mark.parametrize("address", ["hello@lavka.example", "noreen@lavka.example", "care@noreply.example"])
def test_an_address_that_takes_answers_passes(address):
    assert headers.answerable(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "olena", "olena@", "@x.example", "a b@x.example", "a@x.example\r\nBcc: b@x.example", "a@x.example\n",
     "a@b@c.example",
     "a@x.example,b@x.example", "<a@x.example>", "a@x.example>", "a@x..example", "a@-x.example", "a\u202e@x.example",
     "a\u200b@x.example", "a@x.example\0", "x" * 65 + "@x.example", "a@" + "x" * 250 + ".example", '"a b"@x.example'],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UncleanHeader):
        headers.checked(address)


@pytest.mark.parametrize("address", ["olena@example.com", "o.k+tag@пошта.укр", "олена@example.com", "a@localhost"])
def test_addresses_of_people_pass(address):
    assert headers.checked(address) == address


def test_a_header_longer_than_a_line_is_refused():
    with pytest.raises(UncleanHeader, match="List-Id"):
        headers.fits({"List-Id": "x" * 901})


# --- Whatever is typed --------------------------------------------------------------------------------------------

anything = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(
    [
        "a\r\nBcc: b@x.example",
        "\u2028X: y",
        "=?utf-8?b?DQpCY2M6IHg=?=",
        "<a href=https://x.example>Prize</a>",
        "\x85B: c",
    ]
)
NAMES = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Feedback-ID", "List-Unsubscribe",
         "List-Unsubscribe-Post", "List-Id", "MIME-Version", "Content-Type"]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(person=anything, store=anything, subject=anything, slug=anything, domain=anything, stream=anything)
def test_nothing_that_is_typed_adds_a_header(person, store, subject, slug, domain, stream):
    cause = headers.Cause(stream, 1, "marketing", slug, domain)
    envelope = Envelope(
        message_id="<1-ab@lavka.example>",
        to="olena@example.com",
        from_name=headers.from_name(person, store),
        from_email="hello@lavka.example",
        reply_to="care@lavka.example",
        subject=one_line(subject),
        html="<p>Hello</p>",
        text="Hello",
        headers=headers.fits(headers.headers_of(cause, DOOR)),
    )

    check(envelope)
    mail = message_from_bytes(mime.build(envelope), policy=policy.default)

    assert mail.keys() == NAMES
    assert mail.defects == []
    assert [a.addr_spec for a in mail["From"].addresses] == ["hello@lavka.example"]


@settings(max_examples=300, deadline=None)
@given(local=anything, rest=anything)
def test_an_address_is_refused_or_stays_one_address(local, rest):
    try:
        address = headers.checked(f"{local}@{rest}")
    except UncleanHeader:
        return

    assert not set(address) & set('\r\n\t ,<>"();:\\') and address.count("@") == 1


# --- What people write --------------------------------------------------------------------------------------------


def test_a_template_that_names_an_address_without_answers_is_refused_at_its_line():
    mjml = (
        "<mjml><mj-body><mj-section><mj-column>\n<mj-text>Write to\nno-reply@lavka.example</mj-text>\n"
        "</mj-column></mj-section></mj-body></mjml>"
    )

    with override("en"):
        problems = check_content("Hello", "", mjml, "care@lavka.example", {})

    assert [(p.part, p.line, str(p.what)) for p in problems] == [
        ("mjml", 3, "“no-reply@” tells people not to answer. Write from an address where somebody reads the answers.")
    ]


def test_a_long_source_without_addresses_is_looked_through_at_once():
    begun = process_time()

    assert no_reply_in("no-reply." * 7000) == []

    assert process_time() - begun < 1
