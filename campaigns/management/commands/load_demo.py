"""``manage.py load_demo``: three invented stores and forty days of their orders; only for an empty installation."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.demo.load import DemoRefused, load
from orders.links import status_url
from orders.models import Order

QUIET_SECONDS = 2
SHOWN = ("on_the_way", "delivered", "out_for_delivery", "ready_for_pickup", "cancelled")


class Command(BaseCommand):
    help = "Load the demo shop: three invented stores with orders at every stage. Refused when there are orders."

    def handle(self, *, verbosity: int, **options):
        self.said_at = time.monotonic()
        try:
            loaded = load(timezone.now(), self.tell)
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from None
        if verbosity:
            self.stdout.write(f"demo shop: {loaded.orders} orders in three stores ({loaded.seconds:.1f} s)")
        if verbosity > 1:
            self.show_links()

    def tell(self, done: int, of: int) -> None:
        if time.monotonic() - self.said_at >= QUIET_SECONDS:
            self.said_at = time.monotonic()
            self.stdout.write(f"demo shop: {100 * done // of} % told")

    def show_links(self) -> None:
        """Pages worth opening, as customers get them by mail."""
        for stage in SHOWN:
            for order in Order.objects.filter(stage=stage).order_by("store_id", "-placed_at").distinct("store_id"):
                self.stdout.write(f"{stage:17} {order.number:8} {status_url(order)}")
        self.stdout.write(f"mailbox           {settings.PUBLIC_URL}/mailbox/")
