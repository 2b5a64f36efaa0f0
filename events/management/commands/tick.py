"""``manage.py tick [--forever]``: all due work without Celery."""

import time

from django.core.management.base import BaseCommand

from events import clocks


class Command(BaseCommand):
    help = "Do all due work once, or (--forever) for as long as the process lives: the fallback without Celery."

    def add_arguments(self, parser):
        parser.add_argument("--forever", action="store_true", help="look again every second until stopped")

    def handle(self, *, forever: bool, **options):
        moved = clocks.tick()
        self.stdout.write(f"{moved} rows moved")
        while forever:
            time.sleep(1)
            clocks.tick()
