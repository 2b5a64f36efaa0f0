"""How people see journeys and those inside, campaigns and how far they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from django.conf import settings
from django.db.models import Count, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import mailing
from campaigns.acts import ACTS
from campaigns.forecast import Ahead
from campaigns.mailing.dry_run import Foreseen
from campaigns.mailing.variants import OWN, shares_of
from campaigns.models import Campaign, Enrolment, StepTaken
from campaigns.read_aloud import fact_in_words
from customers.models import Ask, Customer, OpenMatter, Purpose
from messaging.desk import TONES
from messaging.models import Message, Template
from messaging.states import LEFT
from shelf.reasons import Reason, say
from staff import display

JOURNEY_TONES = {"draft": "plain", "live": "good", "paused": "wait"}
ENROLMENT_TONES = {"active": "now", "done": "good", "exited": "plain", "failed": "bad"}


def steps_of(enrolment: Enrolment) -> list[StepTaken]:
    return list(enrolment.steps.order_by("-seq")[:50])


# --- Looking ahead ------------------------------------------------------------------------------------------------

AHEAD = {
    "send": (_("will be sent"), "good"),
    "hold": (_("waits"), "wait"),
    "skip": (_("will not be sent"), "plain"),
    "expire": (_("will be too late"), "plain"),
    "act": (_("will be done"), "good"),
    "holdout": (_("held out"), "plain"),
    "waits": (_("waits for a fact"), "wait"),
}


@dataclass(frozen=True, slots=True)
class ShownAhead:
    """One row of what lies ahead, as pages show it."""

    at: Any
    what: str
    journey: str
    url: str
    pill: SafeString | str
    why: str


def shown_ahead(found: Sequence[Ahead]) -> list[ShownAhead]:
    names = dict(Template.objects.filter(slug__in={one.template for one in found}).values_list("slug", "name"))
    return [
        ShownAhead(
            one.at,
            _what(one, names),
            one.journey,
            display.page_of("journey", one.journey_id),
            display.pill(str(AHEAD[one.verdict][0]), AHEAD[one.verdict][1]),
            why_ahead(one.reason),
        )
        for one in found
    ]


def _what(one: Ahead, names: Mapping[str, str]) -> str:
    if one.verdict == "act" and one.template in ACTS:
        return str(ACTS[one.template].label)
    return names.get(one.template, one.template or one.step)


def why_ahead(reason: Reason) -> str:
    """In the reader's words: facts as a journey's own page names them."""
    values = dict(reason.values)
    if isinstance(values.get("facts"), list):
        values["facts"] = "; ".join(fact_in_words(str(kind)) for kind in values["facts"])
    if "fact" in values:
        values["fact"] = fact_in_words(str(values["fact"]))
    return say(reason.text, values)


# --- Campaigns ----------------------------------------------------------------------------------------------------

CAMPAIGN_TONES = {
    "draft": "plain",
    "checking": "now",
    "checked": "good",
    "approval": "wait",
    "armed": "wait",
    "canary": "now",
    "sending": "now",
    "done": "good",
    "cancelled": "plain",
    "stopped": "bad",
}
GUARD_TONES = {"ok": "good", "warn": "wait", "stop": "bad"}
GUARD_WORDS = {"ok": _("in order"), "warn": _("look at it"), "stop": _("mend it")}


def in_words(text: str, values: Mapping[str, Any]) -> str:
    """A stored reason, with numbers as people write them, reasons inside it translated, and codes by their names."""
    spoken = {name: _spoken(name, value) for name, value in values.items()}
    if "count" in spoken and isinstance(values.get("why"), list):  # a sentence that goes on: "… (12)"
        spoken["why"] = spoken["why"].rstrip(".")
    return say(text, spoken)


def _spoken(name: str, value: Any) -> Any:
    if isinstance(value, list) and len(value) == 2:
        return in_words(*value)
    if isinstance(value, int) and name not in ("status", "port"):
        return display.number(value)
    if name == "state":
        return str(dict(Campaign.State.choices).get(value, value))
    if name == "ask":
        return str(Ask.NAMES.get(value, value))
    if name == "matter":
        return str(OpenMatter.NAMES.get(value, value))
    if name == "purpose":
        return gettext(str(Purpose.NAMES.get(value, value)))
    if name in ("language", "instead"):
        return gettext(dict(settings.LANGUAGES).get(value, value))
    return value


@dataclass(frozen=True, slots=True)
class Shown:
    """A guard as the page shows it."""

    pill: str
    tone: str
    text: str
    details: list[str]


def guards_of(campaign: Campaign) -> list[Shown]:
    """Who gets it; then what has to be mended, and what is to be looked at."""
    order = ("stop", "warn", "ok")
    rows = sorted(campaign.guards, key=lambda guard: (guard["name"] != "audience", order.index(guard["verdict"])))
    return [
        Shown(
            display.pill(str(GUARD_WORDS[row["verdict"]]), GUARD_TONES[row["verdict"]]),
            GUARD_TONES[row["verdict"]],
            in_words(**row["what"]),
            [in_words(**detail) for detail in row["details"]],
        )
        for row in rows
    ]


def hosts_to_confirm(campaign: Campaign) -> list[str]:
    """Hosts that links lead to and nobody has vouched for."""
    details = [detail for guard in campaign.guards if guard["name"] == "links" for detail in guard["details"]]
    hosts = dict.fromkeys(detail["values"]["host"] for detail in details if "host" in detail["values"])
    return [host for host in hosts if host not in campaign.confirmed_hosts]


def steps_of_campaign(campaign: Campaign) -> list[tuple[str, str]]:
    """The way of a campaign as (name, "done" | "here" | ""); approval and the first few only where they belong."""
    state = Campaign.State
    way = [state.DRAFT, state.CHECKED]
    if mailing.needs_second_person(campaign):
        way.append(state.APPROVAL)
    way.append(state.ARMED)
    if campaign.recipients > settings.CAMPAIGN_CANARY:
        way.append(state.CANARY)
    way += [state.SENDING, state.DONE]
    now = {state.CHECKING: state.DRAFT}.get(campaign.state, campaign.state)
    if now not in way:
        return []
    at = way.index(now)
    return [(str(s.label), "done" if n < at else "here" if n == at else "") for n, s in enumerate(way)]


def time_in_words(campaign: Campaign) -> str:
    """When it leaves: "24 Nov, 10:00", by whose clock; empty where it leaves as soon as it is sent."""
    if campaign.goes == Campaign.Goes.NOW or not campaign.goes_on or not campaign.goes_at:
        return ""
    on = format_date(campaign.goes_on, "d MMM y", locale=display.BABEL.get(display.language()[:2], "en_GB"))
    at = f"{on}, {campaign.goes_at:%H:%M}"
    if campaign.goes == Campaign.Goes.LOCAL:
        return gettext("%(at)s by each customer's clock") % {"at": at}
    return gettext("%(at)s by the store's clock (%(zone)s)") % {"at": at, "zone": campaign.store.time_zone}


@dataclass(frozen=True, slots=True)
class Wording:
    """One of several mails of a test; ``name`` can be dropped where it is a variant."""

    name: str
    title: str
    percent: str
    url: str
    is_variant: bool


def wordings_of(campaign: Campaign) -> list[Wording]:
    """Who is drawn for what; nothing where all get the same."""
    shares = shares_of(campaign)
    if len(shares) == 1:
        return []
    titles = dict(Template.objects.filter(pk__in=[s.template_id for s in shares]).values_list("pk", "name"))
    return [
        Wording(
            share.name,
            wording_in_words(share.name) if share.name == Message.HOLDOUT else titles[share.template_id],
            display.number(share.percent),
            "" if share.name == Message.HOLDOUT else display.page_of("template", share.template_id),
            share.name not in ("", OWN, Message.HOLDOUT),
        )
        for share in shares
    ]


def wording_in_words(name: str) -> str:
    return gettext("gets nothing") if name == Message.HOLDOUT else name or OWN


def outcome_of_wordings(campaign: Campaign) -> list[dict[str, str]]:
    """By wording: people, left, clicked. Never opened: machines open mails too."""
    rows = (
        mailing.messages_of(campaign)
        .order_by()
        .values("variant")
        .annotate(
            people=Count("pk"),
            left=Count("pk", filter=Q(state__in=LEFT)),
            clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        )
        .order_by("variant")
    )
    if len(rows) < 2:
        return []
    return [
        {
            "name": wording_in_words(row["variant"]),
            **{name: display.number(row[name]) for name in ("people", "left", "clicked")},
        }
        for row in rows
    ]


VERDICTS = {
    "send": (_("gets it"), "good"),
    "hold": (_("later"), "wait"),
    "skip": (_("does not get it"), "plain"),
    "expire": (_("too late"), "plain"),
}


def foreseen_in_words(found: Sequence[Foreseen]) -> list[dict[str, Any]]:
    """A row for each person, with the customer's name, in one query."""
    names = Customer.objects.in_bulk({row.person.customer_id for row in found})
    rows = []
    for row in found:
        words, tone = VERDICTS[row.decision.verdict]
        customer = names.get(row.person.customer_id)
        rows.append(
            {
                "name": str(customer or row.person.address),
                "url": display.page_of("customer", row.person.customer_id),
                "address": row.person.address,
                "pill": display.pill(str(words), tone),
                "why": in_words(row.decision.why.text, row.decision.why.values) if row.decision.why.text else "",
                "at": display.when(row.decision.until or row.at) if row.decision.verdict in ("send", "hold") else "",
                "zone": row.person.zone.key,
                "language": row.person.language,
                "wording": wording_in_words(row.person.variant) if row.person.variant else "",
            }
        )
    return rows


@dataclass(frozen=True, slots=True)
class Progress:
    total: int
    done: int
    rows: list[tuple[SafeString | str, str]]
    is_written: bool

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 0


def progress_of(campaign: Campaign) -> Progress:
    """How many messages stand where; ``done``: those of which nothing more is to do."""
    counts = mailing.counts_of(campaign)
    rows = [
        (display.pill(str(Message.State(state).label), TONES.get(state, "plain")), display.number(n))
        for state, n in sorted(counts.items(), key=lambda row: -row[1])
    ]
    waiting = counts.get("ready", 0) + counts.get("sending", 0)
    written = sum(counts.values())
    total = written if campaign.written_all else max(written, campaign.recipients)
    return Progress(total, written - waiting, rows, campaign.written_all)
