"""The backfill: past orders from a file, as history. Nothing is sent, and no journey starts."""

from collections.abc import Callable, Iterator
from itertools import islice
from zoneinfo import ZoneInfo

from django.utils import timezone

from orders import actions
from orders.models import Store
from orders.stores.csv_file import Defaults, RefusedRow, read_orders
from orders.stores.seen import OrderSeen
from shelf.reasons import Refusal
from staff import jobs
from staff.models import Job

BATCH = 500


def import_orders(
    store: Store,
    file: bytes,
    *,
    dry_run: bool = False,
    by=None,
    progress: Callable[[int], None] = lambda done: None,
) -> Job:
    """Read the file and keep its orders, or (``dry_run``) only say what would happen; the finished job.

    Raises Refusal when the file as a whole cannot be read. Single rows never stop the rest: they are the job's refused
    rows. Importing the same file again changes nothing.
    """
    defaults = Defaults(ZoneInfo(store.time_zone), store.currency, store.country)
    job = jobs.start("import_orders", f"{store.name}", dry_run=dry_run, by=by, store=store.slug)
    try:
        for batch in _batches(read_orders(file, defaults, timezone.now())):
            orders = [one for one in batch if isinstance(one, OrderSeen)]
            refused = [(one.line, one.reason, one.raw) for one in batch if isinstance(one, RefusedRow)]
            if orders and not dry_run:
                actions.save_orders(store, orders, quiet=True)
            go_on = jobs.note(job, len(orders), refused)
            progress(job.done)
            if not go_on:
                return jobs.finish(job, Job.State.CANCELLED)
    except Exception as error:
        said = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        jobs.finish(job, Job.State.FAILED, said)
        raise
    return jobs.finish(job)


def _batches(rows: Iterator[OrderSeen | RefusedRow]) -> Iterator[list[OrderSeen | RefusedRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
