"""One import, as a job: begun, or gone on with; noted part by part; finished, stopped or failed."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from orders.imports.parts import Part, walk
from orders.models import Store
from orders.stores.csv_file import Defaults, OrderFile
from shelf import tables
from shelf.reasons import Refusal
from staff import jobs
from staff.models import Job

KIND = "import_orders"
OPEN = (Job.State.RUNNING, Job.State.FAILED, Job.State.CANCELLED)


def import_orders(
    store: Store,
    file: bytes | Path,
    *,
    dry_run: bool = False,
    by=None,
    progress: Callable[[Job], None] = lambda job: None,
    processes: int = 1,
) -> Job:
    """Read the file and keep its orders, or (``dry_run``) only say what would happen; the finished job.

    The same file for the same store goes on where its last import stopped; when that had finished, all of it is read
    again, and nothing changes. Raises Refusal when the file as a whole cannot be read, or is being imported just now.
    Single rows never stop the rest: they are the job's refused rows.
    """
    now = timezone.now()
    with alone(store):
        job = _begin(store, file, dry_run, by)
        try:
            found = _opened(store, file, now)
            jobs.expect(job, found.orders)
            first = job.options.get("next_part", 0)
            for part in walk(store, found, first, dry_run=dry_run, processes=processes):
                go_on = _note(job, part)
                progress(job)
                if not go_on:
                    return jobs.finish(job, Job.State.CANCELLED)
        except BaseException as error:
            said = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
            jobs.finish(job, Job.State.FAILED, said)
            raise
        return jobs.finish(job)


def _opened(store: Store, file: bytes | Path, now: datetime) -> OrderFile:
    limits = tables.LARGE if isinstance(file, Path) else tables.DEFAULT
    return OrderFile.opened(file, Defaults(ZoneInfo(store.time_zone), store.currency, store.country), now, limits)


def _note(job: Job, part: Part) -> bool:
    return jobs.note(job, part.orders, part.refused, next_part=part.number + 1)


def _begin(store: Store, file: bytes | Path, dry_run: bool, by) -> Job:
    """The job of this very file, if it was cut off; else a new one."""
    digest = _digest(file)
    cut_off = Job.objects.filter(
        kind=KIND, state__in=OPEN, dry_run=False, options__store=store.slug, options__file=digest
    ).order_by("-pk")
    job = None if dry_run else cut_off.first()
    if job is None or not job.options.get("next_part"):
        return jobs.start(KIND, store.name, dry_run=dry_run, by=by, store=store.slug, file=digest)
    return jobs.go_on(job)


def _digest(file: bytes | Path) -> str:
    if isinstance(file, bytes):
        return hashlib.sha256(file).hexdigest()
    if not file.is_file():
        return ""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """One import into a store at a time; PostgreSQL ends the claim of a process that died."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('import_orders'), %s)", [store.pk])
        if not cursor.fetchone()[0]:
            raise Refusal(_("Orders are being imported into %(store)s just now. Wait for the end."), store=store.name)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('import_orders'), %s)", [store.pk])
