"""Codes come into a pool from a file: a column of codes in a CSV or XLSX. Each line that cannot be taken says why."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from django.db.models.functions import Upper
from django.utils.translation import gettext_noop as _

from loyalty.models import Coupon, Pool
from shelf import tables
from shelf.reasons import Reason, Refusal
from shelf.rows import insert_missing_rows
from staff import jobs
from staff.models import Job, User

BATCH = 2000
LONGEST = 60
HEADINGS = (
    *("code", "coupon", "coupon code", "discount code", "promo code", "voucher"),
    *("код", "купон", "код купона", "промокод", "ваучер"),
)
CODE = re.compile(r"[^\s\x00-\x1f\x7f,;]+")

NO_COLUMN = _("No column is called “code”. The file has: %(found)s.")
EMPTY = _("There is no code in this line.")
TOO_LONG = _("The code has more than %(most)s characters.")
UNUSABLE = _("A code is one word, without spaces, commas and semicolons.")
TWICE = _("The same code stands in line %(line)s.")
KNOWN = _("The code is in the pool “%(pool)s” already.")


@dataclass(frozen=True, slots=True)
class Line:
    line: int
    code: str


def import_codes(
    pool: Pool,
    file: bytes,
    *,
    dry_run: bool = False,
    by: User | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Job:
    """Put the codes of the file into the pool, or (``dry_run``) only say what would happen; the finished job.

    Raises Refusal when the file as a whole cannot be read. A batch is one statement: whoever stops the job, or the
    power, leaves whole batches, and the same file again brings in the rest.
    """
    lines = _lines(file)
    job = jobs.start("import_codes", pool.name, dry_run=dry_run, by=by, pool=pool.slug)
    try:
        seen: dict[str, int] = {}
        while batch := list(islice(lines, BATCH)):
            job.total += len(batch)
            taken, refused = _sort_out(batch, seen)
            known = _keep(pool, taken, dry_run)
            go_on = jobs.note(job, len(taken) - len(known), [*refused, *known])
            progress(job.done)
            if not go_on:
                return jobs.finish(job, Job.State.CANCELLED)
    except Exception as error:
        said = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        jobs.finish(job, Job.State.FAILED, said)
        raise
    Job.objects.filter(pk=job.pk).update(total=job.total)
    return jobs.finish(job)


def _lines(file: bytes) -> Iterator[Line]:
    """Lines by number. A file of one column needs no heading: then its first line is a code like the others."""
    table = tables.read_table(file)
    spelled = {_plain(column): column for column in table.columns}
    column = next((spelled[word] for word in HEADINGS if word in spelled), None)
    if column is None and len(table.columns) > 1:
        raise tables.BadTable(NO_COLUMN, found=", ".join(filter(None, table.columns))[:300])
    if column is None:
        [column] = table.columns
        yield Line(1, column.strip())
    for line, cells in table.rows:
        yield Line(line, tables.read_text(cells.get(column)).strip())


def _plain(heading: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", heading).lower().split())


Refused = tuple[int, Reason, dict]


def _sort_out(batch: list[Line], seen: dict[str, int]) -> tuple[list[Line], list[Refused]]:
    taken, refused = [], []
    for one in batch:
        reason = _unusable(one.code) or _twice(one, seen)
        if reason:
            refused.append((one.line, reason, {"code": one.code[:200]}))
        else:
            seen[one.code.upper()] = one.line
            taken.append(one)
    return taken, refused


def _unusable(code: str) -> Reason | None:
    if not code:
        return Reason(EMPTY)
    if len(code) > LONGEST:
        return Reason(TOO_LONG, {"most": LONGEST})
    return None if CODE.fullmatch(code) else Reason(UNUSABLE)


def _twice(one: Line, seen: Mapping[str, int]) -> Reason | None:
    first = seen.get(one.code.upper())
    return Reason(TWICE, {"line": first}) if first else None


def _keep(pool: Pool, lines: list[Line], dry_run: bool) -> list[Refused]:
    """Store those that nobody knows; the others, with where they are. Two imports at once: the first keeps a code."""
    by_code = {one.code.upper(): one for one in lines}
    owners = _owners(by_code)
    if not dry_run:
        fresh = [Coupon(pool=pool, code=one.code) for code, one in by_code.items() if code not in owners]
        insert_missing_rows(fresh)
    return [
        (by_code[code].line, Reason(KNOWN, {"pool": name}), {"code": by_code[code].code})
        for code, name in owners.items()
    ]


def _owners(codes: Mapping[str, Line]) -> dict[str, str]:
    """{code in capitals: the name of its pool}."""
    rows = Coupon.objects.annotate(folded=Upper("code")).filter(folded__in=list(codes))
    return dict(rows.values_list("folded", "pool__name"))
