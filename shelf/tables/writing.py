"""Rows into files that open correctly by double-click.

**CSV** follows what Excel for Windows does without asking: it takes UTF-8 only when the file begins with its mark
(BOM), and the separator from the regional settings, which is ``;`` wherever the decimal sign is a comma (Ukrainian
and Russian) and ``,`` for English. A first line ``sep=;`` would settle the separator, but Excel then reads the file
in the Windows code page in spite of the mark, so that Cyrillic turns to rubbish, and every other program takes the
line for data; therefore there is none. Numbers that a spreadsheet must not touch (long order numbers, leading
zeros) survive in XLSX only, because a CSV has no types.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from shelf.tables.formulas import defuse
from shelf.tables.reading import BadTable

_DECIMAL_COMMA = ("uk", "ru")
_CHUNK_ROWS = 500
_XLSX_ROWS, _XLSX_COLUMNS, _XLSX_CELL = 1_048_575, 16_384, 32_767
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_WIDEST = 60


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], language: str = "en", zone: tzinfo = UTC
) -> Iterator[bytes]:
    """A CSV in pieces, ready for a streaming answer. ``zone`` is where moments are told.

    UTF-8 with BOM, CRLF; ``;``, decimal comma and 24.11.2026 for uk and ru; ``,``, point and ISO days for en.
    """
    comma = language.partition("-")[0] in _DECIMAL_COMMA
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=";" if comma else ",", lineterminator="\r\n")
    page.write("\ufeff")
    writer.writerow([_csv_cell(name, comma, zone) for name in columns])
    for count, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(cell, comma, zone) for cell in row])
        if count % _CHUNK_ROWS == 0:
            yield _taken(page)
    yield _taken(page)


def write_xlsx(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    language: str = "en",
    zone: tzinfo = UTC,
    title: str = "",
) -> bytes:
    """A workbook with one sheet: numbers are numbers, days are days, and text is never a formula."""
    from openpyxl import Workbook  # 9 MB, which a worker that writes no table need not carry
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_title(title))
    sheet.freeze_panes = "A2"
    if len(columns) > _XLSX_COLUMNS:
        raise BadTable(_("An Excel sheet holds %(limit)s columns at most."), limit=_XLSX_COLUMNS)
    for place, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = min(max(len(str(name)) + 2, 12), _WIDEST)
    sheet.append([_heading(sheet, name) for name in columns])
    day = "dd.mm.yyyy" if language.partition("-")[0] in _DECIMAL_COMMA else "yyyy-mm-dd"
    for count, row in enumerate(rows, start=1):
        if count > _XLSX_ROWS:
            raise BadTable(_("An Excel sheet holds %(limit)s rows at most."), limit=_XLSX_ROWS)
        sheet.append([_xlsx_cell(sheet, cell, day, zone) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _taken(page: io.StringIO) -> bytes:
    piece = page.getvalue().encode("utf-8")
    page.seek(0)
    page.truncate()
    return piece


def _csv_cell(cell: Any, comma: bool, zone: tzinfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, Decimal | float):
        written = format(cell if isinstance(cell, Decimal) else Decimal(str(cell)), "f")
        return written.replace(".", ",") if comma else written
    if isinstance(cell, datetime):
        return _local(cell, zone).strftime("%d.%m.%Y %H:%M" if comma else "%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y" if comma else "%Y-%m-%d")
    return defuse(str(cell).translate(_CONTROL))


def _xlsx_cell(sheet: Any, cell: Any, day: str, zone: tzinfo) -> Any:
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float | Decimal):
        # A spreadsheet keeps 15 digits; a longer number is a name made of digits.
        if isinstance(cell, int) and abs(cell) >= 10**15:
            return _text(sheet, str(cell))
        number = _cell(sheet, cell)
        if isinstance(cell, Decimal):
            number.number_format = "#,##0.00" if cell.as_tuple().exponent == -2 else "General"
        return number
    if isinstance(cell, date):
        moment = isinstance(cell, datetime)
        found = _cell(sheet, _local(cell, zone) if isinstance(cell, datetime) else cell)
        found.number_format = f"{day} hh:mm" if moment else day
        return found
    return _text(sheet, str(cell))


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    return WriteOnlyCell(sheet, value=value)


def _text(sheet: Any, text: str) -> Any:
    cell = _cell(sheet, text.translate(_CONTROL)[:_XLSX_CELL])
    cell.data_type = "s"  # openpyxl takes a leading "=" for a formula and "#N/A" for an error
    return cell


def _heading(sheet: Any, name: str) -> Any:
    from openpyxl.styles import Font

    cell = _text(sheet, str(name))
    cell.font = Font(bold=True)
    return cell


def _local(at: datetime, zone: tzinfo) -> datetime:
    """Spreadsheets know no zones: the local time, without seconds' fractions."""
    local = at.astimezone(zone) if at.tzinfo else at
    return local.replace(tzinfo=None, microsecond=0)


def _sheet_title(title: str) -> str:
    return "".join(" " if letter in "[]:*?/\\" else letter for letter in title).strip("' ")[:31] or "1"
