"""The clock: one task that runs a clock by name. It carries no data and no time; Postgres knows what is due."""

from celery import shared_task
from django.core.cache import cache

from events import clocks


@shared_task(name="events.run_clock", ignore_result=True)
def run_clock(name: str) -> None:
    cache.delete(f"nudged:{name}")
    clocks.drain(name)


def publish(name: str) -> None:
    """Queue the clock unless it is queued already; five seconds later anyone may try again."""
    if cache.add(f"nudged:{name}", 1, timeout=5):
        run_clock.apply_async(args=(name,), retry=False)
