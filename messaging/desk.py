"""How agents find and see a message: what search looks at, the colour of each state, the mail as it was or will be."""

from datetime import datetime

from django.db.models import Max
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from events.models import Event
from messaging import contexts
from messaging.actions import published_contents
from messaging.contexts import CONTEXTS
from messaging.models import Message, MessageBody, Template, TemplateContent
from messaging.rendering import CannotRender, CompiledContent, RenderedMail, render
from shelf.emails import normalise_email
from staff.display import pill, when
from staff.lists import Find

TONES = {
    "ready": "now",
    "sending": "now",
    "sent": "good",
    "delivered": "good",
    "bounced": "bad",
    "complained": "bad",
    "skipped": "wait",
    "expired": "wait",
    "failed": "bad",
    "unknown": "wait",
    "cancelled": "plain",
}
TROUBLE = ("skipped", "expired", "failed", "unknown", "bounced")
FINDS = (Find("address", lambda typed: [normalise_email(typed) or typed]),)


def state_pill(message: Message) -> SafeString | str:
    return pill(message.get_state_display(), TONES.get(message.state, "plain"))


def moment_of(message: Message) -> datetime:
    """When it left, or when it should; the time that belongs on a list."""
    if message.state == Message.State.READY:
        return message.send_after
    return message.sent_at or message.settled_at or message.handed_off_at or message.created_at


def what_when(message: Message) -> SafeString | str:
    return when(moment_of(message))


def mail_of(message: Message, now: datetime) -> tuple[RenderedMail | None, str]:
    """The archived mail, or a planned one as it would leave now; or None and the reason why there is none."""
    body = MessageBody.objects.filter(pk=message.pk).first()
    if body and message.handed_off_at:
        return RenderedMail(message.subject, body.html, body.text), ""
    if message.state != Message.State.READY:
        return None, _("Nothing was written: it never came to that.")
    by_language = published_contents({message.template_id}).get(message.template_id, {})
    content = by_language.get(message.language) or by_language.get("en") or next(iter(by_language.values()), None)
    subject = (message.subject_type, message.subject_id)
    data = contexts.load([subject], now).get(subject)
    if content is None or data is None:
        return None, _("There is nothing to show yet.")
    return filled(content, data, message.language)


def example_of(template: Template, content: TemplateContent, now: datetime) -> tuple[RenderedMail | None, str]:
    """The template filled with the data of its last message; without one, of the newest thing that fits."""
    last = Message.objects.filter(template=template).order_by("-created_at").first()
    subjects = [(last.subject_type, last.subject_id)] if last else _newest_subjects()
    why = _("The preview needs an order: there is none yet.")
    for subject in subjects:
        data = contexts.load([subject], now).get(subject)
        mail, why = filled(content, data, content.language) if data else (None, why)
        if mail:
            return mail, ""
    return None, why


def _newest_subjects() -> list[tuple[str, int]]:
    newest = (
        (kind, Event.objects.filter(subject_type=kind).aggregate(pk=Max("subject_id"))["pk"]) for kind in CONTEXTS
    )
    return [(kind, pk) for kind, pk in newest if pk]


def filled(content: TemplateContent, data: dict, language: str) -> tuple[RenderedMail | None, str]:
    own = {"language": language, "unsubscribe_url": "", "reason": ""}
    compiled = CompiledContent(content.subject, content.preheader, content.html, content.compiled_text)
    try:
        with translation.override(content.language):
            return render(compiled, {**data, "message": own}, content.language, data["zone"]), ""
    except CannotRender as refusal:
        return None, str(refusal)
