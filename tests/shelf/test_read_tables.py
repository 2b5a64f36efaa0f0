import io
import time
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook

from shelf.tables import SURPLUS, BadTable, Limits, read_table

UKRAINIAN = "Номер;Ім'я;Сума\r\n1001;Олена Коваль;1 234,50\r\n1002;Петро Їжак;99,00\r\n"
ROWS = [
    (2, {"Номер": "1001", "Ім'я": "Олена Коваль", "Сума": "1 234,50"}),
    (3, {"Номер": "1002", "Ім'я": "Петро Їжак", "Сума": "99,00"}),
]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp1251", "Windows-1251"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
    ],
)
def test_a_cyrillic_file_is_read_in_every_usual_encoding(encoding, name):
    table = read_table(UKRAINIAN.encode(encoding))

    assert (table.kind, table.encoding, table.separator) == ("csv", name, ";")
    assert table.columns == ("Номер", "Ім'я", "Сума")
    assert list(table.rows) == ROWS


def test_a_stream_is_read_like_bytes():
    assert list(read_table(io.BytesIO(UKRAINIAN.encode())).rows) == ROWS


@pytest.mark.parametrize(
    ("text", "separator", "cells"),
    [
        ("a;b\n1,5;2,5\n", ";", {"a": "1,5", "b": "2,5"}),
        ("a,b\n1;5,2;5\n", ",", {"a": "1;5", "b": "2;5"}),
        ("a\tb\n1,5\t2;5\n", "\t", {"a": "1,5", "b": "2;5"}),
        ("a|b\n1|2\n", "|", {"a": "1", "b": "2"}),
        ('a,b\n"1,5","x;y;z"\n', ",", {"a": "1,5", "b": "x;y;z"}),
        ("name, full;price\nKoval, O;1\nIvanov, P;2\n", ";", {"name, full": "Koval, O", "price": "1"}),
        ("sep=;\na;b\n1;2\n", ";", {"a": "1", "b": "2"}),
        ('"sep=|"\r\na|b;c\r\n1|2\r\n', "|", {"a": "1", "b;c": "2"}),
        ("a\n1\n", ";", {"a": "1"}),
        ("a;b\r1;2\r", ";", {"a": "1", "b": "2"}),
    ],
)
def test_the_separator_is_found(text, separator, cells):
    table = read_table(text.encode())

    assert table.separator == separator
    assert next(table.rows)[1] == cells


def test_a_quoted_cell_may_hold_lines_and_lines_are_counted_as_an_editor_does():
    table = read_table(b'id;note\n1;"two\nlines; ""quoted"""\n\n2;end\n')

    assert list(table.rows) == [
        (2, {"id": "1", "note": 'two\nlines; "quoted"'}),
        (5, {"id": "2", "note": "end"}),
    ]


def test_line_numbers_stay_true_below_an_announced_separator_and_empty_lines():
    table = read_table(b"sep=;\n\n;;\na;b\n1;2\n")

    assert table.columns == ("a", "b")
    assert list(table.rows) == [(5, {"a": "1", "b": "2"})]


def test_short_rows_are_filled_and_surplus_cells_are_kept_apart():
    table = read_table(b"a;b\n1\n1;2;3;;4\n1;2;;\n")

    assert [row for _line, row in table.rows] == [
        {"a": "1", "b": ""},
        {"a": "1", "b": "2", SURPLUS: "3 | 4"},
        {"a": "1", "b": "2"},
    ]


def test_two_columns_of_one_name_do_not_hide_each_other():
    table = read_table(b"price;price;;price\n1;2;x;3\n")

    assert next(table.rows)[1] == {"price": "1", "price (2)": "2", "price (3)": "3"}


def test_quotation_marks_inside_a_cell_do_no_harm():
    table = read_table('a;b\n"Рога и копыта" ООО;5" pipe\n'.encode())

    assert next(table.rows)[1] == {"a": "Рога и копыта ООО", "b": '5" pipe'}


def test_what_our_own_export_defused_is_restored():
    table = read_table("phone;note\n'+380501234567;'=1+1\n'тут;'90\n".encode())

    assert [row for _line, row in table.rows] == [
        {"phone": "+380501234567", "note": "=1+1"},
        {"phone": "'тут", "note": "'90"},
    ]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n;;\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "This is an Excel file of the old kind (.xls). Save it as .xlsx or .csv.",
        ),
        (b"<html><table><tr>", "This is a web page or an XML file. Save it as .xlsx or .csv."),
        (b'<?xml version="1.0"?>', "This is a web page or an XML file. Save it as .xlsx or .csv."),
        (b"a;b\n\x00\x00;1", "This is no table: expected .xlsx, or .csv in UTF-8, UTF-16 or Windows-1251."),
        (b"a;b\n\x98;1", "This is no table: expected .xlsx, or .csv in UTF-8, UTF-16 or Windows-1251."),
        (b"PK\x03\x04rubbish", "The file is damaged or is no Excel table (.xlsx)."),
        (b'a;b\n1;2\n3;"open\n5;6\n', "The quotation mark that opens on line 3 is never closed."),
        (b'a;b\n1;5"\n3;"open\n', "The quotation mark that opens on line 3 is never closed."),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(raw, sentence):
    with pytest.raises(BadTable) as refusal:
        read_table(raw)

    assert str(refusal.value) == sentence


def test_a_damaged_utf8_file_is_not_taken_for_windows_1251():
    damaged = (UKRAINIAN * 20).encode()[:-400] + b"\xff" + UKRAINIAN.encode()

    with pytest.raises(BadTable):
        read_table(damaged)


@pytest.mark.parametrize(
    ("raw", "limits", "sentence"),
    [
        (b"a" * 2_000_001, Limits(bytes=2_000_000), "The file is larger than 2 MB."),
        (b"a\n1\n2\n3\n", Limits(rows=2), "The file has more than 2 rows. Split it into parts."),
        (b"a;b;c\n", Limits(columns=2), "Line 1 has more than 2 columns."),
        (b"a;b\n1;2\n1;2;3\n", Limits(columns=2), "Line 3 has more than 2 columns."),
        (
            b"a;b\n1;12345\n",
            Limits(cell=4),
            "A cell on line 2 is longer than 4 characters; is a quotation mark left open?",
        ),
        (
            b'a;b\n1;"' + b"x" * 200_000,
            Limits(),
            "A cell on line 2 is longer than 131072 characters; is a quotation mark left open?",
        ),
    ],
)
def test_every_limit_has_its_sentence(raw, limits, sentence):
    with pytest.raises(BadTable) as refusal:
        read_table(raw, limits)

    assert str(refusal.value) == sentence


def test_exactly_as_many_rows_as_allowed_are_read():
    assert len(list(read_table(b"a\n1\n2\n", Limits(rows=2)).rows)) == 2


def test_a_million_rows_are_refused_within_two_seconds():
    raw = b"number;name\n" + b"1001;Olena\n" * 1_000_000

    began = time.process_time()
    with pytest.raises(BadTable):
        read_table(raw)

    assert time.process_time() - began < 2


def test_a_gigabyte_is_refused_without_being_read():
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            self.taken += size
            return b"x" * size

    stream = Endless()

    with pytest.raises(BadTable):
        read_table(stream)

    assert stream.taken == 32_000_001


# --- XLSX -----------------------------------------------------------------------------------------------------


def test_an_excel_sheet_keeps_its_types():
    table = read_table(
        sheet(["Номер", "Дата", "Сума", "К-сть", "Оплачено", "Примітка"])(
            [1001, datetime(2026, 11, 24, 15, 5), 1234.1, 2.0, True, " так "],
            [],
            ["0012", None, 0.1 + 0.2, None, None, None],
        )
    )

    assert table.kind == "xlsx"
    assert list(table.rows) == [
        (
            2,
            {
                "Номер": 1001,
                "Дата": datetime(2026, 11, 24, 15, 5),
                "Сума": Decimal("1234.1"),
                "К-сть": 2,
                "Оплачено": True,
                "Примітка": "так",
            },
        ),
        (4, {"Номер": "0012", "Дата": "", "Сума": Decimal("0.3"), "К-сть": "", "Оплачено": "", "Примітка": ""}),
    ]


def test_an_empty_workbook_is_refused():
    with pytest.raises(BadTable) as refusal:
        read_table(sheet([])())

    assert str(refusal.value) == "The file is empty."


def test_limits_hold_for_excel_too():
    many = sheet(["a"])(*[[n] for n in range(5)])
    wide = sheet(["a", "b", "c"])()

    with pytest.raises(BadTable) as rows:
        list(read_table(many, Limits(rows=4)).rows)
    with pytest.raises(BadTable) as columns:
        read_table(wide, Limits(columns=2))

    assert str(rows.value) == "The file has more than 4 rows. Split it into parts."
    assert str(columns.value) == "Line 1 has more than 2 columns."


def test_a_zip_bomb_is_refused_before_it_unpacks():
    began = time.process_time()
    with pytest.raises(BadTable) as refusal:
        read_table(with_part("xl/sharedStrings.xml", b" " * 210_000_000))

    assert str(refusal.value) == "The file unpacks to more than 200 MB."
    assert time.process_time() - began < 5


def test_an_xml_bomb_is_refused():
    bomb = b'<?xml version="1.0"?><!--' + b"x" * 9000 + b'--><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'

    with pytest.raises(BadTable) as refusal:
        read_table(with_part("xl/sharedStrings.xml", bomb))

    assert str(refusal.value) == "The file is damaged or is no Excel table (.xlsx)."


def test_a_zip_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")

    with pytest.raises(BadTable) as refusal:
        read_table(file.getvalue())

    assert str(refusal.value) == "The file is damaged or is no Excel table (.xlsx)."


def test_a_truncated_workbook_is_refused():
    whole = sheet(["a"])([1])

    for cut in range(10, len(whole), 97):
        with pytest.raises(BadTable):
            list(read_table(whole[:cut]).rows)


def sheet(heading):
    def fill(*rows):
        book = Workbook()
        for row in [heading, *rows]:
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    return fill


def with_part(name, content):
    source, target = io.BytesIO(sheet(["a"])(["x"])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return target.getvalue()
