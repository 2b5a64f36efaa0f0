"""The fields of a block's form, as data: how each is read, what is wrong with it, how it is written into a mail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_noop

from messaging.blocks import wording
from shelf.reasons import Reason

Words = str | Promise

NEEDED = gettext_noop("Something has to stand here.")
TOO_LONG = gettext_noop("This is longer than %(most)s characters.")
NO_LINK = gettext_noop(
    "“%(address)s” leads nowhere safe: an address begins with https://, or is a variable such as {{ order.url }}."
)
NO_CHOICE = gettext_noop("“%(value)s” is none of the choices.")
TOO_MANY_ROWS = gettext_noop("There are more than %(most)s rows.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """``kind`` tells the editor which control to draw. What a fresh field says in words stands in words.*.toml."""

    name: str
    label: Words
    help: Words = ""
    default: Any = ""
    needed: bool = False
    most: int = 300
    kind: ClassVar[str] = "line"
    # may hold variables, so the editor lets them be put in
    takes_liquid: ClassVar[bool] = True

    def read(self, value: object) -> Any:
        """What a form or a stored list holds, as this field's value; nonsense becomes nothing."""
        return value.replace("\r\n", "\n").replace("\x00", "") if isinstance(value, str) else ""

    def problems(self, value: Any) -> Iterator[Reason]:
        if self.needed and not value.strip():
            yield Reason(NEEDED)
        if len(value) > self.most:
            yield Reason(TOO_LONG, {"most": self.most})

    def liquid(self, value: Any) -> Iterator[tuple[str, str]]:
        """(path, source) of everything Liquid may stand in: to be checked, to be searched."""
        yield self.name, value

    def html(self, value: Any) -> Any:
        return wording.html_line(value)

    def text(self, value: Any) -> Any:
        return wording.text_line(value)

    def starting(self) -> Any:
        return self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Field):
    """One line of text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Field):
    """Some paragraphs, with the few marks of wording.py."""

    most: int = 8000
    kind: ClassVar[str] = "passage"

    def problems(self, value: str) -> Iterator[Reason]:
        yield from Field.problems(self, value)
        for address in wording.links_in(value) if len(value) <= self.most else ():
            if not wording.is_safe_link(address):
                yield Reason(NO_LINK, {"address": address[:80]})

    def html(self, value: str) -> str:
        return wording.html_passage(value)

    def text(self, value: str) -> str:
        return wording.text_passage(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Field):
    """An address, or a variable that holds one."""

    most: int = 1000
    kind: ClassVar[str] = "link"

    def problems(self, value: str) -> Iterator[Reason]:
        yield from Field.problems(self, value)
        if value.strip() and not wording.is_safe_link(value):
            yield Reason(NO_LINK, {"address": value.strip()[:80]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(Link):
    """The address of a picture. Over https, for mail programs fetch nothing else."""

    def problems(self, value: str) -> Iterator[Reason]:
        yield from Field.problems(self, value)
        ok = wording.is_safe_link(value) and value.strip().startswith(("https://", "{{"))
        if value.strip() and not ok:
            yield Reason(NO_LINK, {"address": value.strip()[:80]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Field):
    """One of a few words; ``options`` are (value, label). In a block's file, ``<name>_<value>`` asks which."""

    options: Sequence[tuple[str, Words]] = ()
    kind: ClassVar[str] = "choice"
    takes_liquid: ClassVar[bool] = False

    def problems(self, value: str) -> Iterator[Reason]:
        if value not in dict(self.options):
            yield Reason(NO_CHOICE, {"value": value[:40]})

    def liquid(self, value: str) -> Iterator[tuple[str, str]]:
        yield from ()

    def html(self, value: str) -> str:
        return value if value in dict(self.options) else self.default

    def text(self, value: str) -> str:
        return self.html(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Field):
    default: bool = False
    kind: ClassVar[str] = "tick"
    takes_liquid: ClassVar[bool] = False

    def read(self, value: object) -> bool:
        return value is True or value in ("on", "true", "1")

    def problems(self, value: bool) -> Iterator[Reason]:
        yield from ()

    def liquid(self, value: bool) -> Iterator[tuple[str, str]]:
        yield from ()

    def html(self, value: bool) -> bool:
        return value

    def text(self, value: bool) -> bool:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Field):
    """A few things of the same kind: products, links. A row in which nothing stands is none."""

    fields: Sequence[Field] = ()
    most: int = 8
    default: Sequence[Mapping[str, str]] = ()
    kind: ClassVar[str] = "rows"
    takes_liquid: ClassVar[bool] = False

    def read(self, value: object) -> list[dict[str, Any]]:
        rows = value if isinstance(value, list) else []
        read = [{f.name: f.read(row.get(f.name)) for f in self.fields} for row in rows if isinstance(row, Mapping)]
        return [row for row in read if any(value for value in row.values())]

    def problems(self, value: list) -> Iterator[Reason]:
        if self.needed and not value:
            yield Reason(NEEDED)
        if len(value) > self.most:
            yield Reason(TOO_MANY_ROWS, {"most": self.most})

    def liquid(self, value: list) -> Iterator[tuple[str, str]]:
        for at, row in enumerate(value):
            for f in self.fields:
                for path, source in f.liquid(row[f.name]):
                    yield f"{self.name}.{at}.{path}", source

    def html(self, value: list) -> list[dict]:
        return [{f.name: f.html(row[f.name]) for f in self.fields} for row in value[: self.most]]

    def text(self, value: list) -> list[dict]:
        return [{f.name: f.text(row[f.name]) for f in self.fields} for row in value[: self.most]]

    def starting(self) -> list[dict]:
        return [dict(row) for row in self.default]
