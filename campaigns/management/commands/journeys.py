"""``manage.py journeys export FOLDER [SLUG …]`` and ``import FILE_OR_FOLDER … [--dry-run] [--people finish]``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from campaigns.actions.publishing import CHOICES
from campaigns.files import SUFFIX, Imported, as_file, import_journey, read_file
from campaigns.models import Journey
from shelf.reasons import Refusal


class Command(BaseCommand):
    help = "Write journeys as files, one each, and read them back: a way to keep them in git."

    def add_arguments(self, parser):
        commands = parser.add_subparsers(dest="what", required=True)
        export = commands.add_parser("export", help="write the newest versions as files")
        export.add_argument("folder", type=Path)
        export.add_argument("slugs", nargs="*", help="only these journeys; all of them without a name")
        bring = commands.add_parser("import", help="publish what files say; all of them, or none when one is refused")
        bring.add_argument("paths", nargs="+", type=Path, help="files, or folders with them")
        bring.add_argument("--dry-run", action="store_true", help="check, and say what would change")
        bring.add_argument("--people", choices=CHOICES, default="finish", help="what becomes of the people inside")

    def handle(self, *, what: str, **options):
        if what == "export":
            self.export(options["folder"], options["slugs"])
        else:
            self.bring(options["paths"], options["people"], options["dry_run"])

    def export(self, folder: Path, slugs: list[str]) -> None:
        journeys = Journey.objects.order_by("slug")
        unknown = sorted(set(slugs) - set(journeys.values_list("slug", flat=True)))
        if unknown:
            raise CommandError(f"There is no journey called {unknown[0]}.")
        folder.mkdir(parents=True, exist_ok=True)
        for journey in journeys.filter(slug__in=slugs) if slugs else journeys.filter(versions__isnull=False).distinct():
            path = folder / f"{journey.slug}{SUFFIX}"
            path.write_text(as_file(journey), "utf-8")
            self.stdout.write(str(path))

    def bring(self, paths: list[Path], people: str, dry_run: bool) -> None:
        files = [file for path in paths for file in (sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path])]
        with transaction.atomic():
            for file in files:
                self.say(self.one(file, people, dry_run), dry_run)

    def one(self, file: Path, people: str, dry_run: bool) -> Imported:
        try:
            return import_journey(read_file(file.read_text("utf-8")), people, dry_run=dry_run)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from None
        except Refusal as refusal:
            raise CommandError(f"{file}: {refusal}") from None

    def say(self, done: Imported, dry_run: bool) -> None:
        version = f", version {done.version.number}" if done.version else ""
        would = "would be " if dry_run and done.what != "same" else ""
        words = {"made": "made, as a draft", "changed": "changed", "same": "as it is already"}[done.what]
        self.stdout.write(f"{done.slug}: {would}{words}{version}")
