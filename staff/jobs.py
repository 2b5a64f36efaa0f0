"""Long work a person started: progress, cancel, refused rows. The work itself belongs to the app that does it."""

from collections.abc import Iterable

from django.utils import timezone

from shelf.reasons import Reason
from staff.models import Job, RefusedRow


def start(kind: str, title: str, *, dry_run: bool = False, by=None, **options) -> Job:
    return Job.objects.create(
        kind=kind, title=title, dry_run=dry_run, created_by=by, options=options, state=Job.State.RUNNING
    )


def note(job: Job, done: int, refused: Iterable[tuple[int, Reason, dict]] = ()) -> bool:
    """Add to the counts and keep the refused rows (line, reason, row). False when somebody asked to stop."""
    rows = [
        RefusedRow(job=job, line=line, reason=reason.text, reason_values=reason.values, row=row)
        for line, reason, row in refused
    ]
    RefusedRow.objects.bulk_create(rows)
    job.done += done
    job.refused += len(rows)
    job.save(update_fields=["done", "refused"])
    return not Job.objects.filter(pk=job.pk, cancel_requested_at__isnull=False).exists()


def finish(job: Job, state: str = Job.State.DONE, error: str = "") -> Job:
    job.state, job.error, job.finished_at = state, error[:2000], timezone.now()
    job.save(update_fields=["state", "error", "finished_at"])
    return job


def ask_to_stop(job: Job) -> None:
    Job.objects.filter(pk=job.pk, finished_at__isnull=True).update(cancel_requested_at=timezone.now())
