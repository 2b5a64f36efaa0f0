"""``manage.py tick [--forever]``: all due work without Celery."""

import logging
import time

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from events import clocks

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Do all due work once, or (--forever) for as long as the process lives: the fallback without Celery."

    def add_arguments(self, parser):
        parser.add_argument("--forever", action="store_true", help="look again every second until stopped")

    def handle(self, *, forever: bool, **options):
        if not forever:
            self.stdout.write(f"{clocks.tick()} rows moved")
        while forever:
            self.go_round()
            time.sleep(1)

    def go_round(self) -> None:
        """One round that outlives whatever happens in it: a database that restarts is back in a moment."""
        try:
            clocks.tick()
        except Exception:
            log.exception("the work of this second was not done; the next second tries again")
        close_old_connections()
