"""Celery wakes workers up, nothing more: tasks carry no data and no future time. Postgres knows what is due."""

import os

from celery import Celery
from celery.signals import celeryd_after_setup

from config.garbage import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("aftercare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_after_setup.connect
def settle(**_):
    keep_what_is_loaded()  # in the parent, before it forks


@app.on_after_finalize.connect
def sweep(sender, **_):
    """Beat runs every clock of config/wiring.py at its own pace; a nudge only makes it sooner."""
    from events.clocks import CLOCKS
    from events.tasks import run_clock

    for clock in CLOCKS.values():
        sender.add_periodic_task(clock.seconds, run_clock.s(clock.name), name=f"sweep {clock.name}", expires=30)
