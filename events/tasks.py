"""The clock: one task that runs a clock by name. It carries no data and no time; Postgres knows what is due."""

from celery import shared_task
from django.core.cache import cache
from django.db import close_old_connections

from events import clocks


@shared_task(name="events.run_clock", ignore_result=True)
def run_clock(name: str) -> None:
    close_old_connections()  # Celery keeps a connection for a thousand tasks, even one whose server has restarted
    cache.delete(f"nudged:{name}")
    clocks.drain(name)


def publish(name: str) -> None:
    """Queue the clock unless it is queued already; five seconds later anyone may try again."""
    if cache.add(f"nudged:{name}", 1, timeout=5):
        run_clock.apply_async(args=(name,), retry=False)
