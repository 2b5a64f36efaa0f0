"""The parts of a file, read and kept by one process or by several; they come back in the order of the file."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from queue import Empty
from typing import Any

from django.db import connections

from orders import actions
from orders.models import Store
from orders.stores.csv_file import OrderFile, RefusedRow
from orders.stores.seen import OrderSeen
from shelf.reasons import Reason

SIZE = 500
WORTH_IT = 5_000  # orders: below, starting processes takes longer than they save
AHEAD = 8  # parts that wait to be noted before a process waits for the others

Refused = list[tuple[int, Reason, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one part: ``orders`` were kept, the rows ``refused`` were not."""

    number: int
    orders: int
    refused: Refused = field(default_factory=list)


def walk(store: Store, file: OrderFile, first: int, *, dry_run: bool, processes: int) -> Iterator[Part]:
    """Each part from number ``first``, kept (or only read, ``dry_run``), in order."""
    if processes < 2 or file.orders < WORTH_IT:
        yield from _keep(store, file, first, 0, 1, dry_run)
        return
    with _shared(store, file, first, dry_run, processes) as results:
        early: dict[int, Part] = {}
        number = first
        for part in results:
            early[part.number] = part
            while number in early:
                yield early.pop(number)
                number += 1


def _keep(store: Store, file: OrderFile, first: int, which: int, of: int, dry_run: bool) -> Iterator[Part]:
    """Every ``of``-th part, beginning with the ``which``-th."""
    for number, found in file.parts(SIZE, lambda part: part >= first and part % of == which):
        orders = [one for one in found if isinstance(one, OrderSeen)]
        refused = [(one.line, one.reason, one.raw) for one in found if isinstance(one, RefusedRow)]
        if orders and not dry_run:
            actions.backfill_orders(store, orders)
        yield Part(number, len(orders), refused)


@contextmanager
def _shared(store: Store, file: OrderFile, first: int, dry_run: bool, processes: int) -> Iterator[Iterator[Part]]:
    """Processes that know what this one knows: they are forked, and each walks the file by itself."""
    fork = multiprocessing.get_context("fork")
    results = fork.Queue(maxsize=AHEAD * processes)
    workers = [
        fork.Process(target=_work, args=(store, file, first, which, processes, dry_run, results), daemon=True)
        for which in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        yield _results(results, workers)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(store: Store, file: OrderFile, first: int, which: int, of: int, dry_run: bool, results: Any) -> None:
    for inherited in connections.all(initialized_only=True):
        inherited.connection = None  # the parent's: closing it here would close it there
    try:
        for part in _keep(store, file, first, which, of, dry_run):
            results.put(part)
        results.put(None)
    except BaseException as error:
        results.put(f"{type(error).__name__}: {error}")
        raise


def _results(results: Any, workers: list[BaseProcess]) -> Iterator[Part]:
    at_work = len(workers)
    while at_work:
        try:
            found = results.get(timeout=1)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise RuntimeError(
                    "A process of the import was killed. Start it again: it goes on from here."
                ) from None
            continue
        if found is None:
            at_work -= 1
        elif isinstance(found, str):
            raise RuntimeError(found)
        else:
            yield found
