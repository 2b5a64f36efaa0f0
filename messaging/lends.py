"""What messaging lends: a field of conditions; to the agent's room search, tiles, timeline, panels."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.channels import Channel, channel_name
from messaging.actions.health import tone_of
from messaging.desk import TONES, TROUBLE, moment_of, progress_of, state_pill, what_when
from messaging.models import Message, Sender, Stream
from shelf import charts, formats
from shelf.conditions import Field, Rows, Type
from staff import display
from staff.home import Tile
from staff.lists import CAP
from staff.panels import Panel
from staff.timeline import Entry, Sentence
from staff.trouble import Banner

SENTENCES = {
    "mail.received": Sentence(gettext_noop("The customer wrote to us"), "inbox", "now"),
    "message.replayed": Sentence(gettext_noop("A person let a message go out after all, or once more"), "mail", "now"),
    "message.settled": Sentence(gettext_noop("A person noted that an unclear message arrived"), "check", "good"),
    "stream.paused": Sentence(gettext_noop("Sending paused: %(slug)s"), "stop", "wait"),
    "stream.resumed": Sentence(gettext_noop("Sending resumed: %(slug)s"), "play", "good"),
    "sender.paused": Sentence(gettext_noop("A sender paused: its provider is in trouble"), "alert", "wait"),
    "sender.resumed": Sentence(gettext_noop("A sender's letters leave again"), "play", "good"),
    "marketing.paused": Sentence(
        gettext_noop("Marketing paused: %(complaints)s complaints about %(sent)s mails"), "alert", "bad"
    ),
    "marketing.resumed": Sentence(gettext_noop("Marketing resumed"), "play", "good"),
}

# --- Conditions -----------------------------------------------------------------------------------------------------

# No counted fact: it would move a second row for every mail that leaves. The index message_customer answers it.
FIELDS = (
    Field("customer.last_contact", gettext_lazy("last message from us"), Type.MOMENT,
          rows=Rows(lambda: Message.objects.filter(sent_at__isnull=False), "customer", "sent_at"),
          is_silent=True, group=gettext_lazy("What was said")),
    Field("customer.last_click", gettext_lazy("last click in a letter"), Type.MOMENT,
          rows=Rows(lambda: Message.objects.filter(clicked_at__isnull=False), "customer", "clicked_at"),
          is_silent=True, group=gettext_lazy("What was said")),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------

DAYS = 14
PANEL_ROWS = 20


def tiles(now: datetime) -> list[Tile]:
    """Sent today and by day; not sent in the last day; failed and unclear as trouble."""
    may, url = "messaging.view_message", reverse("admin:messaging_message_changelist")
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight.date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    # created_at has the index; what is sent was planned at most some weeks before, rarely more than DAYS
    sent = dict(
        Message.objects.filter(created_at__gte=midnight - timedelta(days=2 * DAYS), sent_at__isnull=False)
        .annotate(day=TruncDate("sent_at"))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by()
    )
    series = [sent.get(day, 0) for day in days]
    names = [formats.day(day, display.language(), "no_year") for day in days]
    recent = Message.objects.filter(created_at__gte=now - timedelta(days=7), state__in=TROUBLE)
    counts = dict(recent.order_by().values_list("state").annotate(n=Count("pk")))
    planned = Message.objects.filter(state=Message.State.READY)[: CAP + 1].count()
    week = _("%(count)s in seven days") % {"count": display.number(sum(series[-7:]))}
    tiles = [
        Tile(
            _("Messages sent today"),
            display.number(series[-1]),
            f"{url}?what=sent",
            week,
            charts.bars(series, _("Messages sent per day in the last fourteen days"), names),
            permission=may,
        ),
        Tile(_("Messages planned"), display.capped(planned, CAP), f"{url}?what=planned", permission=may),
    ]
    if counts.get("skipped"):
        note, skipped = _most_common(now), display.number(counts["skipped"])
        tiles.append(Tile(_("Not sent in seven days"), skipped, f"{url}?what=not", note, permission=may))
    tiles.append(_health_tile(now))
    for state, title in (
        ("failed", _("Failed messages")),
        ("unknown", _("Unclear whether they left")),
        ("bounced", _("Bounced")),
    ):
        if counts.get(state):
            note = _("in seven days")
            value = display.number(counts[state])
            tone = "bad" if state == "failed" else "wait"
            tiles.append(Tile(title, value, f"{url}?state__exact={state}", note, None, tone, "trouble", may))
    return tiles


def _health_tile(now: datetime) -> Tile:
    """How the senders are, at a glance; the page says more."""
    tones = [
        tone_of(sender, getattr(sender, "health", None), now) for sender in Sender.objects.select_related("health")
    ]
    bad, wait = tones.count("bad"), tones.count("wait")
    value = _("in trouble") if bad else _("look at it") if wait else _("good")
    tone = "bad" if bad else "wait" if wait else "plain"
    url = reverse("admin:messaging_sender_health")
    shelf = "trouble" if bad else "pulse"
    return Tile(_("Sending health"), value, url, tone=tone, shelf=shelf, permission="messaging.view_sender")


def banners(user: Any, now: datetime) -> list[Banner]:
    """Sending is paused, a provider is in trouble, too many complain: on every page, for those who may see it."""
    paused = Stream.objects.filter(slug=Stream.EVERYTHING, paused_at__isnull=False)
    troubled = Sender.objects.filter(Q(paused_until__isnull=False) | Q(marketing_paused_at__isnull=False))
    # one question on every page; the rest only when something is the matter
    if not paused.values_list("pk").union(troubled.values_list("pk"), all=True)[:1]:
        return []
    found = []
    if user.has_perm("messaging.view_stream"):
        found += [_paused_banner(stream, now) for stream in paused.select_related("paused_by")]
    if user.has_perm("messaging.view_sender"):
        for sender in troubled.order_by("pk")[:5]:
            found += _sender_banners(sender)
    return found


def _paused_banner(stream: Stream, now: datetime) -> Banner:
    said = {"since": display.in_short(stream.paused_at, now), "who": stream.paused_by}
    text = (
        _("Sending is paused since %(since)s, by %(who)s.")
        if stream.paused_by
        else _("Sending is paused since %(since)s.")
    )
    url = display.page_of("stream", stream.pk)
    return Banner(text % said, url, "bad", "resume", _("Resume sending"), url, "messaging.change_stream")


def _sender_banners(sender: Sender) -> list[Banner]:
    url, banners = reverse("admin:messaging_sender_health") + f"#sender-{sender.pk}", []
    act = reverse("admin:messaging_sender_act", args=[sender.pk])
    if sender.paused_until:
        text = _("%(sender)s does not send at the moment. %(why)s") % {"sender": sender, "why": sender.why_paused}
        banners.append(Banner(text, url, "wait", "resume", _("Try now"), act, "messaging.change_sender"))
    if sender.marketing_paused_at:
        text = _("Marketing by %(sender)s is paused: too many people complained.") % {"sender": sender}
        banners.append(Banner(text, url, "bad"))  # it goes on by a button beside the figures, not in passing
    return banners


def _most_common(now: datetime) -> str:
    """Why most messages were not sent."""
    rows = Message.objects.filter(created_at__gte=now - timedelta(days=7), state="skipped").order_by()
    top = rows.values("reason").annotate(n=Count("pk")).order_by("-n").first()
    example = rows.filter(reason=top["reason"]).first() if top else None
    return _("mostly: %(why)s") % {"why": example.why} if example and example.reason else ""


def timeline(customer_id: int, limit: int) -> list[Entry]:
    """The customer's messages, each at the moment that counts for it."""
    rows = Message.objects.filter(customer_id=customer_id).select_related("template").order_by("-created_at")[:limit]
    return [_entry(message) for message in rows]


SAID = {
    "ready": lambda title: _("Will be sent: %(title)s") % {"title": title},
    "sending": lambda title: _("Being sent: %(title)s") % {"title": title},
    "sent": lambda title: _("Sent: %(title)s") % {"title": title},
    "delivered": lambda title: _("Delivered: %(title)s") % {"title": title},
    "bounced": lambda title: _("Bounced: %(title)s") % {"title": title},
    "complained": lambda title: _("Complained about: %(title)s") % {"title": title},
    "skipped": lambda title: _("Not sent: %(title)s") % {"title": title},
    "expired": lambda title: _("Too late: %(title)s") % {"title": title},
    "failed": lambda title: _("Failed: %(title)s") % {"title": title},
    "unknown": lambda title: _("Unclear whether it left: %(title)s") % {"title": title},
    "cancelled": lambda title: _("Cancelled: %(title)s") % {"title": title},
}


def _entry(message: Message) -> Entry:
    title = message.subject or message.template.name
    if message.channel != Channel.EMAIL:
        title = _("%(title)s (%(channel)s)") % {"title": title, "channel": channel_name(message.channel)}
    text = SAID[message.state](title)
    url = display.page_of("message", message.pk)
    note = message.why or progress_of(message)
    return Entry(moment_of(message), text, "mail", TONES.get(message.state, "plain"), note, url, "message")


def subjects_panel(subjects: Callable[[int], list[tuple[str, int]]]):
    """For PANELS: the messages about a thing and what belongs to it (``subjects(pk)``), what is planned first."""

    def panel(pk: int) -> Panel | None:
        about = Q(pk__in=[])
        for kind, subject_id in subjects(pk):
            about |= Q(subject_type=kind, subject_id=subject_id)
        return _panel(Message.objects.filter(about))

    return panel


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(Message.objects.filter(customer_id=customer_id))


def _panel(messages) -> Panel | None:
    rows = list(messages.select_related("template").order_by("-created_at", "-pk")[: PANEL_ROWS + 1])
    if not rows:
        return None
    for message in rows:
        message.pill, message.moment = state_pill(message), what_when(message)
        message.page_url = display.page_of("message", message.pk)
        message.title = message.subject or message.template.name
        message.progress = progress_of(message)
    planned = sorted((m for m in rows if m.state == Message.State.READY), key=lambda m: m.send_after)
    rest = [m for m in rows if m.state != Message.State.READY][:PANEL_ROWS]
    context = {"planned": planned, "rest": rest}
    return Panel("messages", _("Messages"), "admin/panels/messages.html", context, count=display.capped(len(rows), 20))
