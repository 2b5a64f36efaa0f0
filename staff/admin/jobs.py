"""Long work: how far it is, what was refused and why, and a way to stop it."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.display import pill, when
from staff.lists import ReadingRoom, deed
from staff.models import Job

TONES = {"waiting": "plain", "running": "now", "done": "good", "cancelled": "wait", "failed": "bad"}
ROWS = 200


@admin.register(Job)
class Jobs(ReadingRoom):
    place = ("engine", 5)
    symbol = "job"
    subject = "job"
    keyset = ("-created_at", "-pk")
    list_display = ("name", "state_pill", "progress", "refused", "created_by", "started")
    list_filter = ("state",)
    list_select_related = ("created_by",)
    deeds = ("cancel",)
    empty_text = _("No long work has been started.")

    @admin.display(description=_("job"))
    def name(self, job):
        return str(job)

    @admin.display(description=_("state"))
    def state_pill(self, job):
        return pill(job.get_state_display(), TONES[job.state])

    @admin.display(description=_("progress"))
    def progress(self, job):
        return bar(job)

    @admin.display(description=_("created at"))
    def started(self, job):
        return when(job.created_at)

    def page(self, request, job):
        open_ = job.state in (Job.State.WAITING, Job.State.RUNNING) and not job.cancel_requested_at
        return {
            "pill": self.state_pill(job),
            "bar": bar(job),
            "refused_rows": job.refused_rows.order_by("line")[:ROWS],
            "rows_shown": ROWS,
            "deeds": ["cancel"] if open_ and self.allowed(request, "cancel") else [],
        }

    @deed("staff.change_job")
    def cancel(self, request, job):
        Job.objects.filter(pk=job.pk, cancel_requested_at__isnull=True).update(cancel_requested_at=timezone.now())
        return gettext("It stops after the row it is working on.")

    cancel.short_description = _("Stop it")


def bar(job: Job):
    return format_html(
        '<progress class="bar" max="100" value="{}" aria-label="{}"></progress> <span class="num">{} / {}</span>',
        job.percent,
        gettext("progress"),
        job.done + job.refused,
        job.total or "?",
    )
