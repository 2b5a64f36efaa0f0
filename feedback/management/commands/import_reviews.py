"""``manage.py import_reviews FILE.csv --store SLUG [--dry-run]``: reviews of another system, shown as what they are."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.importing.keeping import import_reviews
from orders.models import Store
from shelf.reasons import Refusal
from staff.models import Job


class Command(BaseCommand):
    help = "Import reviews from a file of Judge.me, Yotpo, Okendo, Stamped, Trustpilot or WooCommerce."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="the store's short name")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, keep nothing")
        parser.add_argument("--language", default="en", help="of the report: en, uk or ru")

    def handle(self, *, file: Path, store: str, dry_run: bool, language: str, **options):
        found = Store.objects.filter(slug=store).first()
        if found is None:
            known = ", ".join(Store.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no store {store}. Stores: {known}.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with translation.override(language):
            try:
                job = import_reviews(found, file, dry_run=dry_run, progress=self.show)
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
            for row in job.refused_rows.order_by("line")[:20]:
                self.stdout.write(_("line %(line)s: %(why)s") % {"line": row.line, "why": row.why})
            if job.refused > 20:
                self.stdout.write(_("… and %(rest)s more, under Jobs in the admin") % {"rest": job.refused - 20})
            self.stdout.write(self.sum_up(job))

    def sum_up(self, job: Job) -> str:
        if job.dry_run:
            reviews = ngettext("%(n)s review would be imported", "%(n)s reviews would be imported", job.done)
        else:
            reviews = ngettext("%(n)s review imported", "%(n)s reviews imported", job.done)
        rows = ngettext("%(n)s row refused", "%(n)s rows refused", job.refused)
        return f"{reviews % {'n': job.done}}, {rows % {'n': job.refused}} (job {job.pk})"

    def show(self, job: Job) -> None:
        self.stderr.write(f"{job.done + job.refused:,} of {job.total:,}")
