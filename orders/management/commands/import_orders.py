"""``manage.py import_orders FILE.csv --store SLUG [--dry-run]``: a backfill. It never sends messages for the past."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from orders.imports import import_orders
from orders.models import Store
from shelf.reasons import Refusal


class Command(BaseCommand):
    help = "Import past orders from a CSV or XLSX file. Nobody is written to about them."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="the store's short name")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, keep nothing")
        parser.add_argument("--language", default="en", help="of the report: en, uk or ru")

    def handle(self, *, file: Path, store: str, dry_run: bool, language: str, **options):
        found = Store.objects.filter(slug=store).first()
        if found is None:
            known = ", ".join(Store.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no store {store}. Stores: {known}.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with translation.override(language):
            try:
                job = import_orders(found, file.read_bytes(), dry_run=dry_run, progress=self.show)
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
            self.stdout.write("")
            for row in job.refused_rows.order_by("line")[:20]:
                self.stdout.write(f"line {row.line}: {row.why}")
            if job.refused > 20:
                self.stdout.write(f"… and {job.refused - 20} more, under Jobs in the admin")
            verb = "would be imported" if dry_run else "imported"
            self.stdout.write(f"{job.done} orders {verb}, {job.refused} rows refused (job {job.pk})")

    def show(self, done: int) -> None:
        self.stderr.write(f"\r{done} orders", ending="")
        self.stderr.flush()
