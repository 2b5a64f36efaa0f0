"""Real mails that others published, each with what it is and what is read from it. Read from SAMPLES_DIR, never copied.

One row per file of ``email/``; a file that stands in no row, or a row without its file, fails the suite.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from messaging.inbound import Mail, read_mail, read_report, why_automatic, without_quotes
from messaging.inbound.text import decode, text_of_html

SAMPLES = Path(os.environ.get("SAMPLES_DIR") or "/nonexistent") / "email"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set: no real mails to read")


@dataclass(frozen=True)
class Written:
    """A person's: who says to have written it, and how the words begin, without quotes and signature."""

    by: str
    subject: str
    begins: str
    attached: tuple[str, ...] = ()


@dataclass(frozen=True)
class Automatic:
    why: str


@dataclass(frozen=True)
class Bounce:
    address: str
    status: str
    is_dead: bool
    returned_id: str = ""  # the Message-ID of the mail that came back, where the report gives it


@dataclass(frozen=True)
class Complaint:
    kind: str
    returned_id: str


@dataclass(frozen=True)
class Fragment:
    """No whole mail, only its text or HTML: what is left of it without the quote."""

    says: str


AWAY = "An automatic answer, as on holiday: nobody wrote it."
LIST = "A mailing list sent it."

OUTCOMES: dict[str, Written | Automatic | Bounce | Complaint | Fragment] = {
    "attachment-nonascii-filename.eml": Written(
        "foo@example.com", "testing", "This is the first part.", ("ciële.txt",)
    ),
    "attachment-only-no-body.eml": Written(
        "rfinnie@domain.dom", "this message JUST contains an attachment", "", ("blah.gz",)
    ),
    "autoreply-apple-vacation.eml": Automatic(AWAY),
    "autoreply-auto-submitted.eml": Automatic(AWAY),
    "autoreply-exchange-suppress.eml": Automatic(AWAY),
    "bilingual-russian-base64.eml": Written(
        "hello@example.com",
        "Simple text. How are you? Как ты поживаешь?",
        "This line is in English\nА эта линия по-русски.",
    ),
    "complaint-aol-arf.eml": Complaint("abuse", "20101117174130.28884.55421@lun"),
    "date-year-3609-windows1251.eml": Written(
        "yusuf75thu@auracom.net", "[0]: XXXXXXX XXXXX XXXXX !", "Filter2: This message has been scanned"
    ),
    "dsn-gmail-invalid-address.eml": Bounce(
        "awfawfawfawfawfaw@someserverhere.com", "5.1.0", True, "CAKsfaBUUGqVZiaMrmH3TRPfq1odQPtM7Ey5YW1SgyJJRHtAjgw"
    ),
    "dsn-mailbox-full.eml": Bounce("user@aol.com", "5.2.2", False),
    "dsn-mailru-russian.eml": Bounce(
        "kijitora@example.jp", "5.1.1", True, "8F3CE2D8-D60E-48C3-B9AF-BED628EE2CA5@mail.example.ru"
    ),
    # "has restricted SMS e-mail": this letter came back, the address lives
    "dsn-multiple-status.eml": Bounce("u@ci.com", "5.3.0", False, "4c2a146147ac8_61ff157c4ec1652df@s.h.c.mail"),
    "dsn-yandex-russian.eml": Bounce("kijitora@example.jp", "5.1.1", True),
    "forwarded-message-rfc822.eml": Written(
        "foo@example.com", "testing", "This is the first part.", ("ForwardedMessage.eml",)
    ),
    "from-raw-latin1-list.eml": Automatic(LIST),
    "in-reply-to-empty.eml": Automatic(LIST),
    "mdn-read-receipt.eml": Automatic("A read receipt: it says nothing of the delivery that we do not know."),
    "references-repeated-one-invalid.eml": Written("redacted@flashmail.net", "Redacted", "foo"),
    "reply-gmail.eml": Written("xxx@gmail.com", "Re: Test", "Hello"),
    "reply-iphone.eml": Written("xxx@gmail.com", "Re: Test", "Hello"),
    "reply-mailru.html": Fragment("Hi. I am fine.\n\nThanks,\nAlex"),
    "reply-outlook.eml": Written("me@example.com", "Test", "Hello"),
    "reply-russian.txt": Fragment("reply-russian.expected.txt"),
    "reply-russian.expected.txt": Fragment("reply-russian.expected.txt"),
    "reply-thunderbird-references.eml": Written("xxxxxxxx@xxx.org", "Re: Test reply email", "Message body"),
    "reply-to-broken-encoding.eml": Written("no-reply@crm.el-example.org", "eBay Bid - 2008 Ford", "Body Text"),
    "reply-ukrainian.txt": Fragment("reply-ukrainian.expected.txt"),
    "reply-ukrainian.expected.txt": Fragment("reply-ukrainian.expected.txt"),
    "reply-yandex.html": Fragment("Hi. I am fine.\n\nThanks,\nAlex"),
    "two-from-in-message.eml": Written(
        "tester1@test.com",
        "Sending messages include last little bit",
        "When sending email:\n* From Hotmail you get the ads",
    ),
    "undecodable-utf8.eml": Written(
        "john.smith@example.cz",
        "Fwd: Cyklozaměstnavatel - změna vyhodnocení",
        "<jiri.houdek@example.cz>\n\nAhoj Johne,",
    ),
    "windows1251-subject-from.eml": Written("support@part-kom.ru", "Свежий прайс-лист", "", ("Price4VladDaKar.xlsx",)),
}
# Exactly these words and no more are left of them.
WHOLE = ("reply-gmail.eml", "reply-iphone.eml", "reply-outlook.eml", "reply-thunderbird-references.eml")


def rows(kind: type) -> list[str]:
    return sorted(name for name, outcome in OUTCOMES.items() if isinstance(outcome, kind))


def the_mail(name: str) -> Mail:
    return read_mail((SAMPLES / name).read_bytes())


def test_every_mail_stands_in_the_table():
    assert sorted(p.name for p in SAMPLES.iterdir()) == sorted(OUTCOMES)


@pytest.mark.parametrize("name", rows(Written))
def test_a_persons_mail_is_read_without_what_it_quotes(name):
    expected, mail = OUTCOMES[name], the_mail(name)
    text = without_quotes(mail.text)

    assert (read_report(mail), why_automatic(mail)) == (None, None)
    assert mail.from_email == expected.by
    assert mail.subject.startswith(expected.subject)
    assert text == expected.begins if name in WHOLE else text.startswith(expected.begins)
    assert tuple(a.name for a in mail.attachments) == expected.attached


@pytest.mark.parametrize("name", rows(Automatic))
def test_an_automatic_mail_is_known_by_a_sign(name):
    mail = the_mail(name)

    assert read_report(mail) is None
    assert str(why_automatic(mail)) == OUTCOMES[name].why


@pytest.mark.parametrize("name", rows(Bounce))
def test_a_bounce_tells_the_address_and_whether_it_is_dead(name):
    expected, report = OUTCOMES[name], read_report(the_mail(name))

    (told,) = report.told
    assert (told.what, told.address, told.status) == ("failed", expected.address, expected.status)
    assert told.is_dead == expected.is_dead
    assert any(expected.returned_id in text for text in report.about)


@pytest.mark.parametrize("name", rows(Complaint))
def test_a_complaint_tells_which_mail_was_meant(name):
    expected, report = OUTCOMES[name], read_report(the_mail(name))

    (told,) = report.told
    assert (told.what, told.said) == ("complained", expected.kind)
    assert any(expected.returned_id in text for text in report.about)


@pytest.mark.parametrize("name", rows(Fragment))
def test_what_is_left_of_an_answer_is_what_others_expect(name):
    says = OUTCOMES[name].says
    expected = decode((SAMPLES / says).read_bytes()).strip() if says.endswith(".txt") else says
    text = decode((SAMPLES / name).read_bytes())

    assert without_quotes(text_of_html(text) if name.endswith(".html") else text) == expected


def test_ids_that_are_torn_or_missing_are_passed_over():
    assert the_mail("references-repeated-one-invalid.eml").answers == ("<baz@bar.net>", "<foo@bar.net>")
    assert the_mail("in-reply-to-empty.eml").answers == ()
    assert the_mail("reply-thunderbird-references.eml").answers == (
        "<348F04F142D69C21-291E56D292BC@xxxx.net>",
        "<473FF3B8.9020707@xxx.org>",
    )


def test_the_year_3609_is_what_the_mail_says_and_nobody_believes():
    assert the_mail("date-year-3609-windows1251.eml").sent_at == datetime(3609, 6, 30, 9, 33, 50, tzinfo=UTC)
