"""Our builder of mails held against the standard library's parser."""

import email
import email.policy
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.channels import mime
from messaging.channels.email import Envelope, as_django_mail

# What may stand in a head: no control characters, for those are refused before (headers_are_clean).
line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=2000)


def envelope(**more) -> Envelope:
    known = {
        "message_id": "<k1@shop.example>",
        "to": "olena@example.com",
        "from_name": "Олена · Лавка",
        "from_email": "hello@lavka.example",
        "reply_to": "care+k1@lavka.example",
        "subject": "Ваше замовлення №1042",
        "html": "<p>Чайник</p>",
        "text": "Чайник\n",
        "headers": {"List-Unsubscribe": "<https://care.example/u/abc/>", "Auto-Submitted": "auto-generated"},
    }
    return Envelope(**known | more)


def read(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_a_mail_says_the_same_as_djangos_own():
    ours, theirs = read(mime.build(envelope())), read(as_django_mail(envelope()).message().as_bytes())

    for name in ("From", "To", "Reply-To", "Subject", "Message-ID", "List-Unsubscribe", "Auto-Submitted"):
        assert ours[name] == theirs[name]
    for kind in ("plain", "html"):
        mine = ours.get_body((kind,)).get_content().replace("\r\n", "\n")
        assert mine.strip() == theirs.get_body((kind,)).get_content().strip()
    assert ours["Date"].datetime.tzinfo is not None


@settings(deadline=None, max_examples=300)
@given(subject=line, name=line, html=text, plain=text)
def test_whatever_stands_in_it_comes_out_again(subject, name, html, plain):
    raw = mime.build(envelope(subject=subject, from_name=name, html=html, text=plain))
    mail = read(raw)

    # white space at the ends of a header, and runs of it beside ASCII, belong to the format
    assert str(mail["Subject"]).split() == subject.split()
    # the parser puts a space between the encoded words of a long name
    assert "".join(mail["From"].addresses[0].display_name.split()) == "".join(name.split())
    assert mail["From"].addresses[0].addr_spec == "hello@lavka.example"
    assert mail.get_body(("html",)).get_payload(decode=True).decode() == html.replace("\n", "\r\n")
    assert mail.get_body(("plain",)).get_payload(decode=True).decode() == plain.replace("\n", "\r\n")
    assert len(mail.keys()) == 10
    assert mail.defects == []


@settings(deadline=None, max_examples=200)
@given(subject=line, name=line, html=text)
def test_no_line_is_too_long_begins_with_a_dot_or_ends_in_a_bare_newline(subject, name, html):
    raw = mime.build(envelope(subject=subject, from_name=name, html=html))

    lines = raw.split(b"\r\n")
    assert not [one for one in lines if len(one) > 998 or one.startswith(b".") or b"\n" in one or b"\r" in one]
    assert raw.isascii()
    assert raw.endswith(b"\r\n")


@pytest.mark.parametrize("name", ['Says "hi"', "A, B", "Smith (shop)", "=?utf-8?b?eA==?=", "", "back\\slash", "a@b"])
def test_a_name_that_looks_like_syntax_is_a_name(name):
    mail = read(mime.build(envelope(from_name=name)))

    assert mail["From"].addresses[0].display_name == name
    assert len(mail["From"].addresses) == 1


def test_the_date_is_written_in_english_whatever_the_machine_speaks():
    assert mime._date(1_790_000_000) == "Mon, 21 Sep 2026 14:13:20 +0000"
    assert re.search(
        rb"\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r\n", mime.build(envelope())
    )


@pytest.mark.parametrize("to", ["a@b\r\nX: 1", "<a@b>", "a b@c", "nobody", "a@b\x00"])
def test_an_address_that_is_none_is_named(to):
    with pytest.raises(ValueError, match="is no address of a mail"):
        mime.addresses(envelope(to=to))
