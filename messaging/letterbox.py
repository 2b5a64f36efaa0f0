"""What the agent's room shows of mails that came in, on the pages of orders and customers, and on its first page."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from messaging.models import InboundMail
from staff import display
from staff.home import Tile
from staff.panels import Panel

TONES = {"waiting": "now", "news": "plain", "received": "good", "ignored": "plain", "failed": "bad"}
PANEL_ROWS = 10
SHOWN = 300  # characters of a mail on somebody else's page


def state_pill(mail: InboundMail) -> SafeString | str:
    return display.pill(mail.get_state_display(), TONES[mail.state])


def proof_pill(mail: InboundMail) -> SafeString | str:
    """Whether we know whom it is from; nothing for a mail that answers no letter of ours."""
    if mail.answers_id is None:
        return ""
    if mail.is_proven:
        return display.pill(_("answer to a signed address"), "good")
    return display.pill(_("only claims to be an answer"), "wait")


def tiles(now: datetime) -> list[Tile]:
    """Mails that could not be read wait for a person."""
    failed = InboundMail.objects.filter(state=InboundMail.State.FAILED)[:1001].count()
    if not failed:
        return []
    url = f"{reverse('admin:messaging_inboundmail_changelist')}?state__exact=failed"
    note = _("they can be read again")
    value = display.capped(failed, 1000)
    return [
        Tile(_("Mails that could not be read"), value, url, note, None, "bad", "trouble", "messaging.view_inboundmail")
    ]


def subjects_panel(subjects: Callable[[int], list[tuple[str, int]]]) -> Callable[[int], Panel | None]:
    """For PANELS: mails that answer letters about a thing and what belongs to it."""

    def panel(pk: int) -> Panel | None:
        about = Q(pk__in=[])
        for kind, subject_id in subjects(pk):
            about |= Q(answers__subject_type=kind, answers__subject_id=subject_id)
        return _panel(InboundMail.objects.filter(about))

    return panel


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(InboundMail.objects.filter(customer=customer_id))


def _panel(mails) -> Panel | None:
    written = mails.filter(state=InboundMail.State.RECEIVED).defer("raw").order_by("-received_at", "-pk")
    rows = list(written[: PANEL_ROWS + 1])
    if not rows:
        return None
    for mail in rows:
        mail.page_url = display.page_of("mail", mail.pk)
        mail.words = Truncator(mail.text).chars(SHOWN)
        mail.pill, mail.moment = proof_pill(mail), display.when(mail.received_at)
    count = display.capped(len(rows), PANEL_ROWS)
    return Panel("mails", _("Wrote to us"), "admin/panels/mails.html", {"mails": rows[:PANEL_ROWS]}, count=count)
