"""Long work a person started: progress, cancel, refused rows. The work itself belongs to the app that does it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from shelf.reasons import Reason
from staff.models import Job, RefusedRow


def start(kind: str, title: str, *, dry_run: bool = False, by=None, **options) -> Job:
    return Job.objects.create(
        kind=kind, title=title, dry_run=dry_run, created_by=by, options=options, state=Job.State.RUNNING
    )


def go_on(job: Job) -> Job:
    """Take up a job that was cut off; what it noted stays."""
    job.state, job.error, job.finished_at, job.cancel_requested_at = Job.State.RUNNING, "", None, None
    job.save(update_fields=["state", "error", "finished_at", "cancel_requested_at"])
    return job


def expect(job: Job, total: int) -> None:
    """How much there is to do in all."""
    job.total = total
    job.save(update_fields=["total"])


@transaction.atomic
def note(job: Job, done: int, refused: Iterable[tuple[int, Reason, dict]] = (), **options) -> bool:
    """Add to the counts, keep the refused rows (line, reason, row) and ``options``. False: somebody asked to stop."""
    rows = [
        RefusedRow(job=job, line=line, reason=reason.text, reason_values=reason.values, row=row)
        for line, reason, row in refused
    ]
    RefusedRow.objects.bulk_create(rows)
    job.done += done
    job.refused += len(rows)
    job.options |= options
    job.save(update_fields=["done", "refused", "options"])
    return not Job.objects.filter(pk=job.pk, cancel_requested_at__isnull=False).exists()


def finish(job: Job, state: str = Job.State.DONE, error: str = "") -> Job:
    job.state, job.error, job.finished_at = state, error[:2000], timezone.now()
    job.save(update_fields=["state", "error", "finished_at"])
    return job


def ask_to_stop(job: Job) -> None:
    Job.objects.filter(pk=job.pk, finished_at__isnull=True).update(cancel_requested_at=timezone.now())
