"""Dead letters: what did not leave, by reason; the rehearsal of a replay; the replay. Beside the list of messages."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import Purpose
from messaging.actions import rehearse, replay, replay_rehearsed
from messaging.actions.replay import KIND, LOOKED_AT, Choice, ReplayRefused, Terms, dead_letters, groups_of, outcome_of
from messaging.desk import pill_of, who
from messaging.models import Message, Stream
from messaging.states import DEAD
from shelf.reasons import say
from staff.display import number, page_of, pill, when
from staff.models import Job, RefusedRow

PERMISSION = "messaging.change_message"
DAYS = (1, 7, 30, 90)
DEFAULT_DAYS = 30
# A "no" by the gate is mostly a right one: it is looked at when somebody asks for it.
SHOWN_FIRST = ("failed", "unknown", "expired")
ROWS = 50
JOB_TONES = {"waiting": "plain", "running": "now", "done": "good", "cancelled": "wait", "failed": "bad"}


class DeadLetterPages:
    """Mixed into the ModelAdmin of messages."""

    admin_site: Any
    opts: Any
    has_view_permission: Any

    def dead_urls(self) -> list:
        view = self.admin_site.admin_view
        return [
            path("dead/", view(self.dead_view), name="messaging_message_dead"),
            path("dead/rehearse/", view(require_POST(self.rehearse_view)), name="messaging_message_rehearse"),
            path("dead/<int:pk>/", view(self.replay_view), name="messaging_message_replay"),
        ]

    def dead_view(self, request: HttpRequest) -> HttpResponse:
        """Dead letters by reason."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        choice, groups = choice_of(request.GET, timezone.now()), []
        found = groups_of(choice)
        for group in found:
            query = request.GET.copy()
            query["state"], query["reason"] = group.state, group.fingerprint
            shown = {"pill": pill_of(group.state), "newest": when(group.newest), "url": f"?{query.urlencode()}"}
            groups.append({"group": group, **shown})
        context = {
            **self._around(request, _("What did not leave")),
            "filters": filters_of(request.GET),
            "groups": groups,
            "total": sum(group.count for group in found),
            "looked_at": LOOKED_AT,
            "letters": _letters_of(choice) if choice.reason else [],
            "is_narrowed": bool(request.GET),
            "may_replay": request.user.has_perm(PERMISSION),
            "asked": [(name, request.GET[name]) for name in ASKED if request.GET.get(name)],
        }
        return TemplateResponse(request, "admin/messaging/message/dead.html", context)

    def rehearse_view(self, request: HttpRequest) -> HttpResponse:
        """A dry run of what was chosen: a filter, a reason, single messages, or another rehearsal on other terms."""
        self._may_replay(request)
        try:
            again = request.POST.get("job")
            choice = _choice_of_job(again) if again else choice_of(request.POST, timezone.now())
            job = rehearse(choice, terms_of(request.POST), timezone.now(), request.user)
        except ReplayRefused as refusal:
            messages.error(request, str(refusal))
            back = [request.POST["job"]] if request.POST.get("job") else []
            return HttpResponseRedirect(
                reverse("admin:messaging_message_replay" if back else "admin:messaging_message_dead", args=back)
            )
        return HttpResponseRedirect(reverse("admin:messaging_message_replay", args=[job.pk]))

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What a rehearsal said, with the button; or how far the replay is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = Job.objects.filter(pk=pk, kind=KIND).select_related("created_by").first()
        if job is None:
            raise Http404
        if request.method == "POST":
            return self._replay(request, job)
        outcome, terms = outcome_of(job), job.options["terms"]
        context = {
            **self._around(request, _("Rehearsal") if job.dry_run else _("Replay")),
            "job": job,
            "pill": pill(job.get_state_display(), JOB_TONES[job.state]),
            "is_over": job.finished_at is not None,
            "outcome": outcome,
            "figures": _figures(outcome, job.dry_run),
            "refused": [(say(text, values), n) for text, values, n in _sorted(outcome.refused)],
            "rows": [] if job.dry_run else _refused_rows(job),
            "rows_shown": ROWS,
            "until": terms["until"][:16],
            "even_unclear": terms["even_unclear"],
            "replayed_url": _job_url(job.options.get("replayed_by")),
            "job_url": page_of("job", job.pk) if request.user.has_perm("staff.view_job") else "",
            "single_url": page_of("message", job.options["choice"]["ids"][0])
            if len(job.options["choice"]["ids"]) == 1
            else "",
            "may_replay": request.user.has_perm(PERMISSION),
            "started": when(job.created_at),
            "by": who(job.created_by),
        }
        return TemplateResponse(request, "admin/messaging/message/replay.html", context)

    def _replay(self, request: HttpRequest, rehearsal: Job) -> HttpResponse:
        self._may_replay(request)
        if not rehearsal.dry_run:
            raise PermissionDenied
        try:
            job = replay_rehearsed(rehearsal, timezone.now(), request.user)
        except ReplayRefused as refusal:
            messages.error(request, str(refusal))
            job = rehearsal
        return HttpResponseRedirect(reverse("admin:messaging_message_replay", args=[job.pk]))

    def _may_replay(self, request: HttpRequest) -> None:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied

    def _around(self, request: HttpRequest, title: str) -> dict:
        return {**self.admin_site.each_context(request), "opts": self.opts, "room": self, "title": title}


# --- What was asked for -------------------------------------------------------------------------------------------

ASKED = ("state", "purpose", "stream", "days", "reason")


def choice_of(asked: QueryDict, now: datetime) -> Choice:
    """The filters as they stand in an address or a form; what makes no sense is left out."""
    ids = tuple(int(one) for one in asked.getlist("ids") if _is_number(one))
    if ids:
        return Choice(ids=ids)
    state, days, stream = asked.get("state", ""), asked.get("days", ""), asked.get("stream", "")
    reason, purpose = asked.get("reason", ""), asked.get("purpose", "")
    back = int(days) if days in map(str, DAYS) else DEFAULT_DAYS
    return Choice(
        states=DEAD if state == "all" else (state,) if state in DEAD else SHOWN_FIRST,
        reason=reason if re.fullmatch("[0-9a-f]{32}", reason) else "",
        stream_id=int(stream) if _is_number(stream) else None,
        purpose_id=purpose if purpose in Purpose.NAMES else "",
        since=(now - timedelta(days=back)).isoformat(),
    )


def _choice_of_job(pk: str) -> Choice:
    job = Job.objects.filter(pk=pk if _is_number(pk) else 0, kind=KIND).first()
    if job is None:
        raise Http404
    return replay.choice_of(job)


def terms_of(asked: QueryDict) -> Terms:
    """A time without a zone is meant where the person sits."""
    try:
        until = parse_datetime(asked.get("until", ""))
    except ValueError:
        until = None
    if until and timezone.is_naive(until):
        until = timezone.make_aware(until)
    return Terms(until.isoformat() if until else "", bool(asked.get("even_unclear")))


def filters_of(asked: QueryDict) -> list[dict]:
    """The chips above the list, as the stock list draws its own."""
    streams = Stream.objects.exclude(slug=Stream.EVERYTHING).order_by("name")[:50]
    many = (
        (
            "state",
            _("state"),
            [("", _("what is in trouble"))]
            + [(str(state), str(Message.State(state).label)) for state in DEAD]
            + [("all", _("everything that did not leave"))],
        ),
        ("purpose", _("purpose"), [("", _("All")), *((code, str(name)) for code, name in Purpose.NAMES.items())]),
        ("stream", _("stream"), [("", _("All")), *((str(stream.pk), stream.name) for stream in streams)]),
        ("days", _("planned"), [(str(days), _days(days)) for days in DAYS]),
    )
    return [_chip(asked, name, title, choices) for name, title, choices in many]


def _chip(asked: QueryDict, name: str, title: str, choices: list[tuple[str, str]]) -> dict:
    default = str(DEFAULT_DAYS) if name == "days" else ""
    chosen = asked.get(name, default)
    links = []
    for value, words in choices:
        query = asked.copy()
        query.pop("reason", None)
        query[name] = value
        if value == default:
            del query[name]
        links.append({"words": words, "url": f"?{query.urlencode()}", "chosen": value == chosen})
    current = next((link["words"] for link in links if link["chosen"]), "")
    return {"title": capfirst(title), "links": links, "current": current, "is_on": chosen != default}


def _days(days: int) -> str:
    return _("in the last day") if days == 1 else _("in the last %(days)s days") % {"days": days}


def _is_number(text: str) -> bool:
    return text.isdigit() and len(text) < 19


# --- What came of it ----------------------------------------------------------------------------------------------


def _figures(outcome, dry_run: bool) -> list[tuple[str, str, str]]:
    """(words, number, tone)"""
    refused = outcome.total - outcome.go - outcome.late - outcome.left - outcome.unclear
    rows = [
        (_("would go out") if dry_run else _("go out"), outcome.go, "good"),
        (_("of these wait a while"), outcome.wait, "now"),
        (_("refused by the gate"), refused, "wait"),
        (_("too late"), outcome.late, "wait"),
        (_("left already"), outcome.left, "plain"),
        (_("may arrive twice"), outcome.unclear, "bad"),
    ]
    return [(words, number(count), tone) for words, count, tone in rows if count or words == rows[0][0]]


def _letters_of(choice: Choice) -> list[dict]:
    rows = dead_letters(choice).select_related("template").order_by("-pk")[:ROWS]
    return [
        {
            "title": m.subject or m.template.name,
            "address": m.address,
            "at": when(m.created_at),
            "url": page_of("message", m.pk),
        }
        for m in rows
    ]


def _sorted(refused: list[list]) -> list[list]:
    return sorted(refused, key=lambda row: -row[2])


def _refused_rows(job: Job) -> list[dict]:
    rows = RefusedRow.objects.filter(job=job).order_by("line")[:ROWS]
    return [
        {"why": row.why, "number": row.row["message"], "url": page_of("message", row.row["message"])} for row in rows
    ]


def _job_url(pk: int | None) -> str:
    return reverse("admin:messaging_message_replay", args=[pk]) if pk else ""
