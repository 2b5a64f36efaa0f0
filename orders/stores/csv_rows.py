"""Rows of a file of orders: cells asked for by our names of the columns, and one walk over all the numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence

from orders.stores import csv_words as words
from shelf import tables


class Head:
    """Which of our columns stands where. A typed cell or a text is asked for by our name."""

    __slots__ = ("headings", "places", "whole")

    def __init__(self, headings: Sequence[str], columns: Mapping[str, str]):
        self.headings = tuple(headings)
        self.places = {name: self.headings.index(heading) for name, heading in columns.items() if heading}
        self.whole = tuple((name, self.places[name]) for name in words.WHOLE_ORDER if name in self.places)


class Row:
    """One row of the file; ``line`` as an editor counts it."""

    __slots__ = ("_texts", "cells", "head", "line")

    def __init__(self, line: int, cells: list[tables.Value], head: Head):
        self.line, self.cells, self.head = line, cells, head
        self._texts: dict[str, str] = {}

    def cell(self, name: str) -> tables.Value:
        place = self.head.places.get(name)
        if place is None or place >= len(self.cells):
            return ""
        cell = self.cells[place]
        return tables.restore(cell) if isinstance(cell, str) and cell[:1] == "'" else cell

    def text(self, name: str, longest: int = 255) -> str:
        text = self._texts.get(name)
        if text is None:
            text = self._texts[name] = tables.read_text(cell) if (cell := self.cell(name)) != "" else ""
        return text[:longest]

    @property
    def has_surplus(self) -> bool:
        return any(cell != "" for cell in self.cells[len(self.head.headings) :])

    @property
    def raw(self) -> dict[str, str]:
        """The row as it stands in the file, as text."""
        return {name: tables.read_text(value) for name, value in tables.named(self.head.headings, self.cells).items()}


def survey(table: tables.Table, head: "Head") -> tuple[dict[str, int], int]:
    """One walk over the numbers: whose rows do not stand together, and how many orders there are."""
    seen: set[int] = set()  # hashes, not texts: a million of them take a third of the room
    scattered: set[str] = set()
    before, orders = "", 0
    for _line, cells in table.records():
        number = Row(0, cells, head).text("number", 60)
        if number == before and number:
            continue
        before = number
        if number and hash(number) in seen:
            scattered.add(number)
        else:
            orders += 1
            seen.add(hash(number))
    if not scattered:
        return {}, orders
    numbers = (Row(0, cells, head).text("number", 60) for _line, cells in table.records())
    return dict(Counter(number for number in numbers if number in scattered)), orders
