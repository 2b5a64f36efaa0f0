"""Files into rows. All limits are checked before the first row is handed out, save for XLSX rows (see below)."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal
from shelf.tables.formulas import restore

Value = str | int | Decimal | bool | date | datetime
Row = dict[str, Value]

SURPLUS = "…"  # the key of what stands right of the last heading, cells joined by " | "

_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "cp1251": "Windows-1251"}
_SEPARATORS = (";", ",", "\t", "|")
_SAMPLE_ROWS = 50
_SAMPLE = 200_000
_NO_TABLE = _("This is no table: expected .xlsx, or .csv in UTF-8, UTF-16 or Windows-1251.")
_NO_XLSX = _("The file is damaged or is no Excel table (.xlsx).")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# csv refuses a longer field by itself, in English; ours is lower and speaks the reader's language.
_CSV_FIELD_LIMIT = csv.field_size_limit()


class BadTable(Refusal):
    """The file as a whole cannot be used."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``unpacked`` is for XLSX, which is a ZIP: bytes of all its parts together."""

    bytes: int = 32_000_000
    rows: int = 100_000
    columns: int = 200
    cell: int = 32_767  # characters: what Excel itself holds
    unpacked: int = 200_000_000


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` can be walked once: (line in the file, {column: value}). ``records()`` begins anew each time it is
    called: (line, cells as they stand, without an empty tail's cells), for who walks a large file or walks it twice.

    CSV values are text; XLSX values are text, int, Decimal, bool, date or datetime. An empty cell is ``""``. Rows
    without any value are left out. Cells right of the last heading are kept under ``SURPLUS``.
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Row]]
    records: Callable[[], Iterator[tuple[int, list[Any]]]]
    kind: str
    encoding: str = ""
    separator: str = ""


LARGE = Limits(bytes=4_000_000_000, rows=20_000_000)  # a CSV that is walked, never held


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a CSV, in memory or on disk: ``lines()`` begins anew each time."""

    sample: str
    encoding: str
    lines: Callable[[], Iterable[str]]


def read_table(file: bytes | BinaryIO | Path, limits: Limits = DEFAULT) -> Table:
    """The table in a CSV (UTF-8, UTF-16, Windows-1251; ``;`` ``,`` tab ``|``) or in the first sheet of an XLSX.

    Raises BadTable at once, or, for a row or cell of an XLSX beyond the limits, when that row is reached. A CSV named
    by its path is walked on disk, whatever its size.
    """
    if isinstance(file, Path):
        return _read_file(file, limits)
    raw = file if isinstance(file, bytes) else file.read(limits.bytes + 1)
    if len(raw) > limits.bytes:
        raise BadTable(_("The file is larger than %(limit)s MB."), limit=limits.bytes // 1_000_000)
    if raw.startswith(_ZIP):
        return _read_xlsx(raw, limits)
    if raw.startswith(_OLD_EXCEL):
        raise BadTable(_("This is an Excel file of the old kind (.xls). Save it as .xlsx or .csv."))
    return _read_csv(_in_memory(raw), limits)


# --- CSV ------------------------------------------------------------------------------------------------------


def _read_file(path: Path, limits: Limits) -> Table:
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((_ZIP, _OLD_EXCEL)):
        with path.open("rb") as file:
            return read_table(file, DEFAULT if limits is LARGE else limits)
    if path.stat().st_size > limits.bytes:
        raise BadTable(_("The file is larger than %(limit)s MB."), limit=limits.bytes // 1_000_000)
    return _read_csv(_on_disk(path, head), limits)


def _read_csv(text: _Text, limits: Limits) -> Table:
    if text.sample.lstrip()[:1] == "<":
        raise BadTable(_("This is a web page or an XML file. Save it as .xlsx or .csv."))
    text, separator = _announced(text)
    separator = separator or _sniff(text.sample)
    heading_line = _check(text, separator, limits)
    heading = next(cells for line, cells in _records(text.lines(), separator) if line == heading_line)
    columns = _columns(heading)

    def records() -> Iterator[tuple[int, list[Any]]]:
        return (
            (line, cells) for line, cells in _records(text.lines(), separator) if line > heading_line and any(cells)
        )

    rows = ((line, named(columns, cells)) for line, cells in records())
    return Table(columns, rows, records, "csv", _ENCODINGS[text.encoding], separator)


def _in_memory(raw: bytes) -> _Text:
    text, encoding = _decode(raw)
    return _Text(text[:_SAMPLE], encoding, lambda: io.StringIO(text, newline=""))


def _on_disk(path: Path, head: bytes) -> _Text:
    """The whole file is decoded once, in pieces, to know that it can be."""
    for encoding in _candidates(head):
        try:
            if not _is_text(path, encoding):
                break
        except UnicodeDecodeError:
            continue
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(_SAMPLE).removeprefix("\ufeff")
        return _Text(sample, encoding, partial(_lines_of, path, encoding))
    raise BadTable(_NO_TABLE)


def _is_text(path: Path, encoding: str) -> bool:
    with path.open(encoding=encoding, newline="") as file:
        return not any("\0" in piece for piece in iter(lambda: file.read(1_000_000), ""))


def _lines_of(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, newline="") as file:
        yield next(file, "").removeprefix("\ufeff")
        yield from file


def _decode(raw: bytes) -> tuple[str, str]:
    for encoding in _candidates(raw):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text.removeprefix("\ufeff"), encoding
    raise BadTable(_NO_TABLE)


def _candidates(raw: bytes) -> tuple[str, ...]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = raw[:200]
    # UTF-16 without its mark: separators, digits and line ends are Latin, so every other byte of them is zero.
    if len(head) > 3 and head[1::2].count(0) * 4 > len(head) // 2 and not head[::2].count(0):
        return ("utf-16-le",)
    if raw.startswith(b"\xef\xbb\xbf") or _is_nearly_utf8(raw):
        return ("utf-8-sig",)
    return ("utf-8-sig", "cp1251")


def _is_nearly_utf8(raw: bytes) -> bool:
    """A damaged UTF-8 file must not be taken for Windows-1251, which would turn every name into rubbish."""
    sample = raw[:_SAMPLE].decode("utf-8", errors="replace")
    broken = sample.count("\ufffd")
    whole = sum(letter > "\x7f" for letter in sample) - broken
    return 0 < broken * 20 < whole


def _announced(text: _Text) -> tuple[_Text, str]:
    """Excel's own first line ``sep=;``, blanked out so that line numbers stay true."""
    first, end, rest = text.sample.partition("\n")
    word = first.strip().strip('"').lower()
    if len(word) == 5 and word.startswith("sep=") and word[4] in _SEPARATORS:
        blanked = _Text(end + rest, text.encoding, lambda: chain(["\n"], islice(text.lines(), 1, None)))
        return blanked, word[4]
    return text, ""


def _sniff(sample: str) -> str:
    """The separator that gives the heading most columns and the other rows as many cells as the heading."""
    return max(_SEPARATORS, key=lambda separator: _fit(sample, separator))


def _fit(sample: str, separator: str) -> float:
    try:
        records = islice(_records(io.StringIO(sample, newline=""), separator), _SAMPLE_ROWS)
        widths = [len(cells) for _line, cells in records if any(cells)]
    except csv.Error:
        return 0
    if not widths or widths[0] == 1:
        return 0
    return widths[0] * widths.count(widths[0]) / len(widths)


def _records(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, stripped cells) of each record; a quoted cell may span lines."""
    reader = csv.reader(lines, delimiter=separator)
    line = 1
    for cells in reader:
        yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _check(text: _Text, separator: str, limits: Limits) -> int:
    """Walks the whole file once; returns the line of the heading. An unclosed quotation mark swallows the rest."""
    heading_line = rows = last = 0
    try:
        for line, cells in _records(text.lines(), separator):
            last = line
            if not any(cells):
                continue
            rows += 1
            heading_line = heading_line or line
            _check_row(line, cells, rows - 1, limits)
    except csv.Error:
        raise _too_long_a_cell(last + 1, _CSV_FIELD_LIMIT) from None
    if not heading_line:
        raise BadTable(_("The file is empty."))
    _check_end(text, separator, last)
    return heading_line


def _check_row(line: int, cells: Iterable[Any], row: int, limits: Limits) -> None:
    width = 0
    for cell in cells:
        width += 1
        if isinstance(cell, str) and len(cell) > limits.cell:
            raise _too_long_a_cell(line, limits.cell)
    if width > limits.columns:
        raise BadTable(_("Line %(line)s has more than %(limit)s columns."), line=line, limit=limits.columns)
    if row > limits.rows:
        raise BadTable(_("The file has more than %(limit)s rows. Split it into parts."), limit=limits.rows)


def _too_long_a_cell(line: int, limit: int) -> BadTable:
    return BadTable(
        _("A cell on line %(line)s is longer than %(limit)s characters; is a quotation mark left open?"),
        line=line,
        limit=limit,
    )


def _check_end(text: _Text, separator: str, last_line: int) -> None:
    """Only the strict reader tells that the file ended inside quotation marks."""
    tail = islice(text.lines(), last_line - 1, None)
    try:
        list(csv.reader(tail, delimiter=separator, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise BadTable(
                _("The quotation mark that opens on line %(line)s is never closed."), line=last_line
            ) from None


# --- XLSX -----------------------------------------------------------------------------------------------------


def _read_xlsx(raw: bytes, limits: Limits) -> Table:
    from openpyxl import load_workbook  # 9 MB, which a worker that reads no table need not carry

    broken = BadTable(_NO_XLSX)
    try:
        _check_archive(raw, limits)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # many programs write a wrong size, and openpyxl would believe it
        records = _sheet_rows(sheet.iter_rows(values_only=True), limits)
        heading = next((cells for _line, cells in records), None)
    except Refusal:
        raise
    except Exception:  # a file from outside can make openpyxl raise anything, KeyError and AttributeError included
        raise broken from None
    if heading is None:
        raise BadTable(_("The file is empty."))
    columns = _columns([str(cell) for cell in heading])
    held: list[tuple[int, list[Any]]] = []

    def again() -> Iterator[tuple[int, list[Any]]]:
        if not held:
            held.extend(_guarded(records, broken))
        return iter(held)

    return Table(columns, ((line, named(columns, cells)) for line, cells in _guarded(records, broken)), again, "xlsx")


def _check_archive(raw: bytes, limits: Limits) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > limits.unpacked or len(parts) > 1_000:
            raise BadTable(_("The file unpacks to more than %(limit)s MB."), limit=limits.unpacked // 1_000_000)
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as xml:
                    _check_xml(xml)


def _check_xml(xml: IO[bytes]) -> None:
    """No spreadsheet program writes a DOCTYPE, nor another encoding than UTF-8; an XML bomb needs the one."""
    tail = b""
    while chunk := xml.read(1_000_000):
        if b"<!DOCTYPE" in tail + chunk or b"<!ENTITY" in tail + chunk or b"\0" in chunk:
            raise BadTable(_NO_XLSX)
        tail = chunk[-10:]


def _sheet_rows(rows: Iterable[tuple], limits: Limits) -> Iterator[tuple[int, list[Value]]]:
    count = 0
    for line, raw_cells in enumerate(rows, start=1):
        cells = [_value(cell) for cell in raw_cells]
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            continue
        count += 1
        _check_row(line, cells, count - 1, limits)
        yield line, cells


def _value(cell: Any) -> Value:
    if cell is None:
        return ""
    if isinstance(cell, float):
        # 15 digits are what a spreadsheet keeps; the 16th is the noise of binary fractions.
        return int(cell) if cell.is_integer() else Decimal(f"{cell:.15g}")
    if isinstance(cell, str):
        return cell.strip()
    return cell if isinstance(cell, bool | int | date | datetime) else str(cell)


def _guarded(records: Iterator[tuple[int, list[Value]]], broken: BadTable) -> Iterator[tuple[int, list[Value]]]:
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except Refusal:
            raise
        except Exception:  # the sheet is parsed while it is read; see _read_xlsx
            raise broken from None
        yield record


# --- Both -----------------------------------------------------------------------------------------------------


def _columns(heading: list[str]) -> tuple[str, ...]:
    """The headings; a second "Price" becomes "Price (2)", so that no column hides another."""
    names: list[str] = []
    for written in heading:
        name, turn = " ".join(written.split()), 1
        while name and (name if turn == 1 else f"{name} ({turn})") in names:
            turn += 1
        names.append(name if turn == 1 else f"{name} ({turn})")
    return tuple(names)


def named(columns: tuple[str, ...], cells: list[Any]) -> Row:
    """Cells as they stand by their headings."""
    values: list[Any] = [restore(cell) if isinstance(cell, str) else cell for cell in cells]
    values += [""] * (len(columns) - len(values))
    row = {name: value for name, value in zip(columns, values, strict=False) if name}
    surplus = [value for value in values[len(columns) :] if value != ""]
    if surplus:
        row[SURPLUS] = " | ".join(map(str, surplus))
    return row
