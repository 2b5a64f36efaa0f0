"""The contact file: what foreign parsers read in it, and what cannot be put into it."""

from base64 import b64decode
from dataclasses import replace

import pytest
import vobject
from icalendar import Component
from icalendar.parser import unescape_char

from tests.builders import cards
from vcards import vcf

WHOLE = vcf.VCard(
    uid="urn:uuid:5f1c0f3e-8f5b-4c58-9a54-0d6e2a4c2b11",
    revised="2026-11-23T09:00:00Z",
    first_name="Ірина",
    last_name="Мельник-Заславська",
    company="Лавка чаю; Київ, «Поділ»",
    department="Відділ турботи про покупців",
    role="Старша менеджерка, яка пам'ятає кожного",
    note="Пн–Пт\nз 9 до 18",
    address="Київ, Хрещатик 22",
    contacts=(
        vcf.Contact("cell", "+380501112233"),
        vcf.Contact("email", "iryna@example.com"),
        vcf.Contact("Telegram", "https://t.me/iryna_tea"),
    ),
    photo=bytes(range(256)) * 40,
)
EVIL = "a\r\nTEL:+666\rURL:https://evil.example\nX:y\u2028EMAIL:e@evil\x85NOTE:n\x0bBDAY:1\x00\x1b"


def unfolded(raw: bytes) -> list[str]:
    """RFC 2425 by hand, for what the two foreign readers do not show."""
    return raw.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")[:-1]


def values(raw: bytes) -> dict[str, str]:
    """name → value, escapes undone one character at a time."""
    found = {}
    for line in unfolded(raw):
        head, _colon, value = line.partition(":")
        plain, escaped = "", False
        for letter in value:
            plain += {"n": "\n", "N": "\n"}.get(letter, letter) if escaped else "" if letter == "\\" else letter
            escaped = letter == "\\" and not escaped
        found[head.partition(";")[0]] = plain
    return found


def test_vobject_reads_back_what_was_written():
    read = vobject.readOne(vcf.write(WHOLE).decode("utf-8"))

    assert (read.fn.value, read.title.value) == ("Ірина Мельник-Заславська", WHOLE.role)
    assert (read.n.value.given, read.n.value.family) == (WHOLE.first_name, WHOLE.last_name)
    assert read.org.value == [WHOLE.company, WHOLE.department]
    assert read.note.value == WHOLE.note
    assert (read.tel.value, read.email.value) == ("+380501112233", "iryna@example.com")
    assert (read.url.value, read.x_ablabel.value) == ("https://t.me/iryna_tea", "Telegram")
    assert read.photo.value == WHOLE.photo


def test_icalendar_which_knows_cards_too_reads_the_same():
    read = Component.from_ical(vcf.write(WHOLE).decode("utf-8"))
    plain = {name: unescape_char(str(read[name])) for name in ("FN", "TITLE", "NOTE", "TEL", "EMAIL", "UID")}

    assert read.name == "VCARD"
    assert (read["N"].fields.given, read["N"].fields.family) == (WHOLE.first_name, WHOLE.last_name)
    # it undoes the escapes before it splits
    assert [part.strip() for part in read["ORG"].fields] == [*WHOLE.company.split("; "), WHOLE.department]
    assert (plain["FN"], plain["TITLE"], plain["NOTE"]) == ("Ірина Мельник-Заславська", WHOLE.role, WHOLE.note)
    assert (plain["TEL"], plain["EMAIL"], plain["UID"]) == ("+380501112233", "iryna@example.com", WHOLE.uid)
    assert b64decode(str(read["PHOTO"])) == WHOLE.photo


def test_a_reader_by_the_letter_of_the_standard_reads_the_same():
    read = values(vcf.write(WHOLE))

    assert (read["FN"], read["TITLE"], read["NOTE"]) == ("Ірина Мельник-Заславська", WHOLE.role, WHOLE.note)
    assert read["ORG"] == f"{WHOLE.company};{WHOLE.department}"
    assert read["UID"] == WHOLE.uid


def test_no_line_is_longer_than_seventy_five_octets_and_no_character_is_cut():
    raw = vcf.write(replace(WHOLE, role="ї" * 300, note="😀" * 200))

    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
    assert values(raw)["TITLE"] == "ї" * 300


def test_the_photo_comes_last_and_the_version_first():
    names = [line.partition(":")[0].partition(";")[0] for line in unfolded(vcf.write(WHOLE))]

    assert names[:2] == ["BEGIN", "VERSION"]
    assert names[-2:] == ["PHOTO", "END"]


TEXTS = ("uid", "revised", "first_name", "last_name", "company", "department", "role", "note", "address")


@pytest.mark.parametrize("field", TEXTS)
def test_no_line_break_in_a_field_begins_a_property(field):
    honest = [line.partition(":")[0] for line in unfolded(vcf.write(WHOLE))]

    raw = vcf.write(replace(WHOLE, **{field: EVIL}))

    assert [line.partition(":")[0] for line in unfolded(raw)] == honest
    assert raw.count(b"\r") == raw.count(b"\r\n") == raw.count(b"\n")
    assert not {"\x00", "\x1b", "\x85", "\u2028", "\x0b"} & set(raw.decode())


@pytest.mark.parametrize("field", ["kind", "value", "label"])
def test_no_line_break_in_a_contact_begins_a_property(field):
    contact = replace(vcf.Contact("Telegram", "https://t.me/iryna", "Write here"), **{field: EVIL})

    raw = vcf.write(replace(WHOLE, contacts=(contact,), photo=b""))

    heads = [line.partition(":")[0] for line in unfolded(raw)]
    assert [head for head in heads if "item" in head] == ["item1.URL", "item1.X-ABLabel"]
    assert not {"TEL", "URL", "X", "EMAIL", "BDAY"} & set(heads)
    assert vobject.readOne(raw.decode()).fn.value == "Ірина Мельник-Заславська"


@pytest.mark.django_db
def test_the_file_of_a_card_is_served_as_telephones_want_it(client):
    code = cards.code(cards.card())

    response = cards.opened(client, f"/c/{code}.vcf?lang=uk")

    read = vobject.readOne(response.content.decode("utf-8"))
    assert response["Content-Type"] == "text/vcard; charset=utf-8"
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert (read.fn.value, read.title.value) == ("Ірина Мельник", "Менеджерка")
    assert (read.tel.value, read.org.value) == ("+380501112233", ["Лавка чаю"])


@pytest.mark.django_db
def test_every_field_of_a_stored_card_may_hold_line_breaks_and_the_file_has_no_line_more(client):
    evil = EVIL.replace("\x00", "")
    made = cards.card(first_name=evil[:100], last_name=evil, role=evil, department=evil, about=evil)
    made.contacts.update(label=evil[:60])

    response = cards.opened(client, f"/c/{cards.code(made)}.vcf?lang=uk")

    heads = [line.partition(":")[0] for line in unfolded(response.content)]
    assert heads.count("BEGIN") == heads.count("END") == 1
    assert not {"TEL", "URL", "X", "EMAIL", "BDAY", "NOTE"} & set(heads)
    assert "\n" not in response["Content-Disposition"] and "\r" not in response["Content-Disposition"]
