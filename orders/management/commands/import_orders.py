"""``manage.py import_orders FILE.csv --store SLUG [--dry-run]``: a backfill. It never sends messages for the past."""

import os
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.imports import import_orders
from orders.imports.parts import SIZE
from orders.models import Store
from shelf.reasons import Refusal
from staff.models import Job

BAR = 30  # signs


class Command(BaseCommand):
    help = "Import past orders from a CSV or XLSX file. Nobody is written to about them."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="the store's short name")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, keep nothing")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many share the work")
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
                job = import_orders(found, file, dry_run=dry_run, progress=self.show, processes=options["processes"])
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
            self.stdout.write("")
            for row in job.refused_rows.order_by("line")[:20]:
                self.stdout.write(_("line %(line)s: %(why)s") % {"line": row.line, "why": row.why})
            if job.refused > 20:
                self.stdout.write(_("… and %(rest)s more, under Jobs in the admin") % {"rest": job.refused - 20})
            self.stdout.write(self.sum_up(job))

    def sum_up(self, job: Job) -> str:
        if job.dry_run:
            orders = ngettext("%(n)s order would be imported", "%(n)s orders would be imported", job.done)
        else:
            orders = ngettext("%(n)s order imported", "%(n)s orders imported", job.done)
        rows = ngettext("%(n)s row refused", "%(n)s rows refused", job.refused)
        return f"{orders % {'n': job.done}}, {rows % {'n': job.refused}} (job {job.pk})"

    def show(self, job: Job) -> None:
        """A bar on a terminal; into a file, a line now and then."""
        self.begun = getattr(self, "begun", None) or (time.monotonic(), job.done)
        seconds, done = time.monotonic() - self.begun[0], job.done - self.begun[1]
        rate = done / seconds if seconds else 0
        full = min(BAR, BAR * (job.done + job.refused) // max(job.total, 1))
        left = f", {(job.total - job.done) / rate:,.0f} s left" if rate and job.total > job.done else ""
        line = f"{'█' * full}{'░' * (BAR - full)} {job.done:,} of {job.total:,} orders, {rate:,.0f}/s{left}"
        if self.stderr.isatty():
            self.stderr.write(f"\r{line:<100}", ending="")
            self.stderr.flush()
        elif job.done % 50_000 < SIZE:
            self.stderr.write(line)
