"""The calendar: what is scheduled, by month and by week; a campaign is moved by a form, or by dragging it."""

from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from campaigns import mailing
from campaigns.desk import CAMPAIGN_TONES, in_words
from campaigns.mailing.calendar import Day, days_between
from campaigns.mailing.moving import is_movable
from campaigns.models import Campaign
from shelf.reasons import Refusal
from staff.display import BABEL, language, number, page_of, pill, zone

DAY = timedelta(days=1)


class CalendarPages:
    """Mixed into the ModelAdmin of campaigns."""

    admin_site: Any
    opts: Any
    has_view_permission: Any

    def calendar_urls(self) -> list:
        view = self.admin_site.admin_view
        return [
            path("calendar/", view(self.calendar_view), name="campaigns_campaign_calendar"),
            path("calendar/move/", view(require_POST(self.move_view)), name="campaigns_campaign_move"),
        ]

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        span = "week" if request.GET.get("span") == "week" else "month"
        today = timezone.localdate()
        on = _day(request.GET.get("on", "")) or today
        first, last = _week(on) if span == "week" else _month(on)
        may_move = request.user.has_perm("campaigns.send_campaign")
        days = [_drawn(day, on, today, span, may_move) for day in days_between(first, last, zone())]
        before, after = (on - 7 * DAY, on + 7 * DAY) if span == "week" else _months_beside(on)
        context = {
            **self._frame(request, gettext("Calendar")),
            "span": span,
            "on": on,
            "today": today,
            "heading": _heading(on, first, last, span),
            "weekdays": [capfirst(_in_words(first + n * DAY, "EEE")) for n in range(7)],
            "weeks": [days[n : n + 7] for n in range(0, len(days), 7)],
            "is_empty": not any(day["campaigns"] or day["journeys"] for day in days),
            "before": _url(span, before),
            "after": _url(span, after),
            "as_month": _url("month", on),
            "as_week": _url("week", on),
            "may_move": may_move,
            "zone": zone().key,
        }
        return TemplateResponse(request, "admin/campaigns/campaign/calendar.html", context)

    def move_view(self, request: HttpRequest) -> HttpResponse:
        """To another day; a question first where some have it already."""
        if not request.user.has_perm("campaigns.send_campaign"):
            raise PermissionDenied
        pk, day = request.POST.get("campaign", ""), _day(request.POST.get("day", ""))
        campaign = Campaign.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 18 else None
        if campaign is None:
            raise Http404
        back = _url("week" if request.POST.get("span") == "week" else "month", day or timezone.localdate())
        try:
            if day is None:
                raise mailing.CampaignRefused("Say on which day and at which hour.")
            mailing.move_to(campaign, day, timezone.now(), confirmed=bool(request.POST.get("confirmed")))
        except mailing.SomeGotIt as question:
            return self._ask(request, campaign, day, in_words(question.reason.text, question.reason.values), back)
        except Refusal as refusal:
            messages.error(request, in_words(refusal.reason.text, refusal.reason.values))
        else:
            said = gettext("“%(name)s” moved to %(day)s.")
            messages.success(request, said % {"name": campaign.name, "day": _in_words(day, "EEEE, d MMMM")})
        return HttpResponseRedirect(back)

    def _ask(
        self, request: HttpRequest, campaign: Campaign, day: date | None, question: str, back: str
    ) -> HttpResponse:
        context = {
            **self._frame(request, campaign.name),
            "thing": campaign,
            "question": question,
            "day": day,
            "day_words": _in_words(day, "EEEE, d MMMM") if day else "",
            "span": request.POST.get("span", "month"),
            "back": back,
        }
        return TemplateResponse(request, "admin/campaigns/campaign/move.html", context, status=409)

    def _frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "room": self, "title": title}


def _drawn(day: Day, on: date, today: date, span: str, may_move: bool) -> dict[str, Any]:
    """One box of the grid."""
    return {
        "on": day.on,
        "words": capfirst(_in_words(day.on, "EEEE, d MMMM")),
        "is_today": day.on == today,
        "is_other": span == "month" and day.on.month != on.month,
        "is_past": day.on < today,
        "campaigns": [
            {
                "campaign": campaign,
                "pill": pill(campaign.get_state_display(), CAMPAIGN_TONES[campaign.state]),
                "tone": CAMPAIGN_TONES[campaign.state],
                "url": page_of("campaign", campaign.pk),
                "at": f"{campaign.goes_at:%H:%M}" if campaign.goes_at else _clock(campaign),
                "by_their_clock": campaign.goes == Campaign.Goes.LOCAL,
                "people": number(campaign.recipients) if campaign.recipients else "",
                "movable": may_move and is_movable(campaign),
            }
            for campaign in day.campaigns
        ],
        "journeys": [
            {
                "journey": volume.journey,
                "url": page_of("journey", volume.journey.pk),
                "planned": number(volume.messages) if volume.messages else "",
                "waking": number(volume.waking) if volume.waking else "",
            }
            for volume in day.journeys
        ],
    }


def _clock(campaign: Campaign) -> str:
    at = campaign.started_at or campaign.starts_at
    return f"{timezone.localtime(at):%H:%M}" if at else ""


def _day(typed: str) -> date | None:
    """None for what is no day, or one of another century."""
    try:
        day = parse_date(typed)
    except ValueError:
        return None
    return day if day and 2000 <= day.year < 2100 else None


def _week(on: date) -> tuple[date, date]:
    first = on - on.weekday() * DAY
    return first, first + 6 * DAY


def _month(on: date) -> tuple[date, date]:
    """Whole weeks, Monday to Sunday, that hold the month."""
    first = on.replace(day=1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return _week(first)[0], _week(last)[1]


def _months_beside(on: date) -> tuple[date, date]:
    first = on.replace(day=1)
    return (first - DAY).replace(day=1), (first + 31 * DAY).replace(day=1)


def _heading(on: date, first: date, last: date, span: str) -> str:
    if span == "week":
        return f"{_in_words(first, 'd MMM')} – {_in_words(last, 'd MMM y')}"
    return capfirst(_in_words(on, "LLLL y"))


def _in_words(on: date, pattern: str) -> str:
    return format_date(on, pattern, locale=BABEL.get(language()[:2], "en_GB"))


def _url(span: str, on: date) -> str:
    return f"{reverse('admin:campaigns_campaign_calendar')}?span={span}&on={on:%Y-%m-%d}"
