"""Reports of a journey and of a campaign, as a page and as CSV. Their addresses stand in config/urls.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from psycopg2.errors import QueryCanceled

from campaigns.models import Campaign, Journey
from campaigns.read_aloud import fact_in_words
from campaigns.reports import journeys, mailings
from campaigns.reports.journeys import Report, Variant
from campaigns.reports.lift import Lift
from campaigns.reports.revenue import by_currency
from campaigns.reports.tallies import BOXES, Tally
from campaigns.touchpoints.choosing import choose
from shelf.charts import stack
from shelf.reasons import without_values
from shelf.tables import write_csv
from staff import display
from staff.display import money, number, percent

SECONDS = 8  # for each question
REASONS = 6

BOX_WORDS = {
    "sent": _("sent"),
    "held": _("not yet sent"),
    "skipped": _("not sent"),
    "failed": _("failed"),
    "unknown": _("unclear whether it left"),
    "holdout": _("held out"),
    "refused": _("asked already"),
    "unwritten": _("its template is gone"),
    "late": _("too late"),
    "gone": _("its message is gone"),
}
BOX_TONES = {"sent": "good", "held": "wait", "failed": "bad", "unknown": "bad", "stuck": "bad"}
OUTCOME_WORDS = {
    "standing": _("stand here now"),
    "planned": _("done"),
    "waited": _("waited until the time"),
    "heard": _("heard what it waited for"),
    "passed": _("waited in vain"),
    "then": _("yes"),
    "otherwise": _("no"),
    "exited": _("left here"),
    "holdout": _("held out"),
    "late": _("too late"),
    "refused": _("refused"),
    "unwritten": _("its template is gone"),
    "stuck": pgettext_lazy("report", "stuck"),
}
DO_WORDS = {
    "send": _("send"),
    "ask": _("ask"),
    "wait": _("wait"),
    "wait_for": _("wait for"),
    "branch": _("branch"),
    "split": _("split"),
    "act": _("act"),
    "exit": _("exit"),
}
HEADINGS = (
    *(_("Step"), _("Does"), _("Variant"), pgettext_lazy("report", "Entered")),
    *BOX_WORDS.values(),
    *(_("Delivered"), _("Clicked"), _("Goal"), _("Outcomes"), _("Reasons")),
)


# --- In words -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    word: str
    tone: str
    count: str


@dataclass(frozen=True, slots=True)
class Line:
    """A step (or a variant of it) as the page shows it."""

    step: str
    does: str
    variant: str
    entered: str
    picture: SafeString
    boxes: list[Box]
    delivered: str
    clicked: str
    goal: str
    sends: bool
    reasons: list[tuple[str, str]]
    parts: list["Line"]


def line_of(tally: Tally) -> Line:
    boxes = boxes_of(tally)
    sent = tally.boxes["sent"]
    return Line(
        tally.step,
        str(DO_WORDS.get(tally.do, tally.do)),
        tally.variant or (pgettext("variant", "before the split") if tally.do else ""),
        number(tally.entered),
        stack([(box.name, n, f"{box.word}: {box.count}") for box, n in boxes], _shares(boxes)),
        [box for box, _n in boxes],
        _of(tally.delivered, sent),
        _of(tally.clicked, sent),
        _of(tally.goal, sent),
        tally.sends,
        [(without_values(reason), number(n)) for reason, n in tally.reasons.most_common(REASONS)],
        [line_of(part) for part in tally.parts] if tally.sends else [],
    )


def boxes_of(tally: Tally) -> list[tuple[Box, int]]:
    """Those that hold somebody."""
    if tally.sends:
        found = [(name, BOX_WORDS[name], tally.boxes[name]) for name in BOXES]
    else:
        words = {} if tally.do == "split" else OUTCOME_WORDS  # a variant may be called as anything
        found = [(name, words.get(name, name), n) for name, n in sorted(tally.outcomes.items(), key=_place)]
    return [(Box(name, str(word), BOX_TONES.get(name, "plain"), number(n)), n) for name, word, n in found if n]


def _place(outcome: tuple[str, int]) -> tuple[int, str]:
    """Known outcomes in the order of OUTCOME_WORDS, then the names of variants."""
    name = outcome[0]
    return (list(OUTCOME_WORDS).index(name) if name in OUTCOME_WORDS else len(OUTCOME_WORDS), name)


def _shares(boxes: Sequence[tuple[Box, int]]) -> str:
    return ", ".join(f"{box.word}: {box.count}" for box, _n in boxes)


def _of(n: int, whole: int) -> str:
    return f"{number(n)} ({percent(n / whole)})" if whole and n <= whole else number(n)


def verdict_of(found: Lift | None) -> tuple[str, str]:
    """(tone, sentence): what may be said of it, and no more."""
    if found is None:
        return "", ""
    points = {"difference": _points(found.difference), "low": _points(found.interval.low)}
    points["high"] = _points(found.interval.high)
    if found.verdict == "nobody":
        return "plain", gettext("Nobody to compare with yet.")
    if found.verdict == "too few":
        text = gettext("Too few to tell: %(difference)s, with 95 %% certainty between %(low)s and %(high)s.")
        return "wait", text % points
    if found.verdict == "up":
        text = gettext("It helps: %(difference)s, with 95 %% certainty between %(low)s and %(high)s.")
        return "good", text % points
    text = gettext("It harms: %(difference)s, with 95 %% certainty between %(low)s and %(high)s.")
    return "bad", text % points


def _points(share: float) -> str:
    """Percentage points with their sign: +4.2."""
    return gettext("%(points)s points") % {
        "points": ("+" if share > 0 else "−" if share < 0 else "") + number(round(abs(100 * share), 1))
    }


@dataclass(frozen=True, slots=True)
class Side:
    name: str
    is_holdout: bool
    people: str
    hits: str
    tone: str
    verdict: str


def side_of(variant: Variant, has_split: bool) -> Side:
    """``hits`` as a share of the people."""
    name = variant.name or (gettext("before the split") if has_split else gettext("everybody"))
    if variant.is_holdout:
        name = gettext("%(name)s (held out)") % {"name": name}
    return Side(
        name,
        variant.is_holdout,
        number(variant.people),
        _of(variant.hits, variant.people),
        *verdict_of(variant.lift),
    )


# --- Pages --------------------------------------------------------------------------------------------------------


@admin.site.admin_view
def journey(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm("campaigns.view_journey"):
        raise PermissionDenied
    thing = get_object_or_404(Journey, pk=pk)
    chosen = choose(request.GET, timezone.now())
    scope = chosen.scope(timezone.now(), display.zone())
    found = _in_time(lambda: journeys.report(thing, scope.since, scope.until))
    more = {
        "chosen": chosen,
        "export": chosen.query(store=None, segment=None, export="csv"),
        "back": reverse("admin:campaigns_journey_change", args=[thing.pk]),
        "kind": gettext("Report of the journey"),
        "goal": str(fact_in_words(found.goal)) if found and found.goal else "",
    }
    return _answer(request, thing, found, more, f"journey-{thing.slug}-{chosen.since}-{chosen.until}")


@admin.site.admin_view
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm("campaigns.view_campaign"):
        raise PermissionDenied
    thing = get_object_or_404(Campaign, pk=pk)
    found = _in_time(lambda: mailings.report(thing))
    more = {
        "export": "?export=csv",
        "back": reverse("admin:campaigns_campaign_change", args=[thing.pk]),
        "kind": gettext("Report of the campaign"),
        "goal": gettext("An order within five days after its start") if thing.started_at else "",
        "is_open": mailings.is_open(thing, timezone.now()),
    }
    return _answer(request, thing, found, more, f"campaign-{thing.pk}")


def _in_time(ask) -> Report | None:
    """None: it took too long."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [SECONDS * 1000])
            return ask()
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None


def _answer(request: HttpRequest, thing, found: Report | None, more: dict, name: str) -> HttpResponse:
    if found and request.GET.get("export") == "csv":
        return _as_csv(found, name)
    shown = found or Report([], [], [])
    tone, verdict = verdict_of(shown.lift)
    has_split = any(variant.name for variant in shown.variants)
    context = {
        **admin.site.each_context(request),
        "opts": thing._meta,
        "thing": thing,
        "title": str(thing),
        "is_cut": found is None,
        "entered": number(shown.entered),
        "lines": [line_of(tally) for tally in shown.steps],
        "sides": [side_of(variant, has_split) for variant in shown.variants],
        "verdict": verdict,
        "tone": tone,
        "revenue": [(number(n), money(total, code)) for code, (n, total) in by_currency(shown.revenue).items()],
        "revenue_by_step": [
            (row.step, row.variant, number(row.orders), money(row.total, row.currency)) for row in shown.revenue
        ],
        **more,
    }
    return TemplateResponse(request, "admin/campaigns/reports/report.html", context)


def _as_csv(found: Report, name: str) -> StreamingHttpResponse:
    headings = [str(heading) for heading in HEADINGS]
    pieces = write_csv(headings, cells(found.steps), get_language() or "en", display.zone())
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def cells(steps: Sequence[Tally]) -> Iterator[list]:
    """A row for each variant of a step; of a step without variants, one."""
    for step in steps:
        for one in step.parts or [step]:
            counts = [one.boxes[name] for name in BOXES] if one.sends else [""] * len(BOXES)
            outcomes = "" if one.sends else "; ".join(f"{word}: {n}" for word, n in sorted(one.outcomes.items()))
            reasons = "; ".join(f"{without_values(reason)} {n}" for reason, n in one.reasons.most_common())
            last = [one.delivered, one.clicked, one.goal] if one.sends else ["", "", ""]
            yield [one.step, one.do, one.variant, one.entered, *counts, *last, outcomes, reasons]
