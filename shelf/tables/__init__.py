"""Tables that come from people's spreadsheets and go back to them: CSV and XLSX, read and written safely.

``read_table`` finds the encoding and the separator, ``read_decimal`` and its siblings find the value or say why not,
``write_csv`` and ``write_xlsx`` write what a spreadsheet opens by double-click and never takes for a formula.
"""

from shelf.tables.formulas import restore
from shelf.tables.reading import DEFAULT, LARGE, SURPLUS, BadTable, Limits, Table, Value, named, read_table
from shelf.tables.values import BadValue, read_date, read_datetime, read_decimal, read_text
from shelf.tables.writing import write_csv, write_xlsx

__all__ = [
    "DEFAULT",
    "LARGE",
    "SURPLUS",
    "BadTable",
    "BadValue",
    "Limits",
    "Table",
    "Value",
    "named",
    "read_date",
    "read_datetime",
    "read_decimal",
    "read_table",
    "read_text",
    "restore",
    "write_csv",
    "write_xlsx",
]
