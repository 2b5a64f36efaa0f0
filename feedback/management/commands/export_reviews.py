"""``manage.py export_reviews --store SLUG [--form json]``: all reviews of a store to the standard output."""

import sys

from django.core.management.base import BaseCommand, CommandError

from feedback.exporting import csv_of, json_of
from orders.models import Store


class Command(BaseCommand):
    help = "All reviews of a store as CSV or JSON, with replies, photos and days."

    def add_arguments(self, parser):
        parser.add_argument("--store", required=True, help="the store's short name")
        parser.add_argument("--form", choices=["csv", "json"], default="csv")

    def handle(self, *, store: str, form: str, **options):
        found = Store.objects.filter(slug=store).first()
        if found is None:
            raise CommandError(f"There is no store {store}.")
        for piece in json_of(found) if form == "json" else csv_of(found, "en"):
            sys.stdout.buffer.write(piece)
