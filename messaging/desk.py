"""How agents find and see a message: what search looks at, the colour of each state, the mail as it was or will be."""

from datetime import datetime
from operator import itemgetter

from django.conf import settings
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.channels import Channel, channel_name
from events.models import Event
from messaging import contexts, named
from messaging.actions import published_contents
from messaging.actions.fallback import stand_in_of
from messaging.actions.templates import best_language
from messaging.channels import sms_parts, texts
from messaging.channels.marks import REMEMBERS
from messaging.events import MessageReplayed, MessageSettled
from messaging.models import Message, MessageBody, News, Sender, TemplateContent
from messaging.rendering import CannotRender, CompiledContent, RenderedMail, render
from messaging.rendering.fill import render_text
from shelf import formats
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from staff.display import in_short, number, page_of, pill, when
from staff.display import language as reading
from staff.lists import Find
from staff.models import User
from staff.timeline import Entry

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
FINDS = (Find("address", lambda typed: [normalise_email(typed) or normalise_phone(typed) or typed]),)


ROLES = {
    "owner": gettext_lazy("owner"),
    "manager": gettext_lazy("manager"),
    "agent": gettext_lazy("agent"),
    "marketer": gettext_lazy("marketer"),
}


def state_pill(message: Message) -> SafeString | str:
    return pill_of(message.state)


def pill_of(state: str) -> SafeString | str:
    return pill(str(Message.State(state).label), TONES.get(state, "plain"))


def who(user) -> str:
    """A member of staff by name and role; empty for nobody."""
    if user is None:
        return ""
    role = user.groups.order_by("pk").values_list("name", flat=True).first()
    return f"{user.get_short_name()} · {ROLES.get(role, role)}" if role else user.get_short_name()


def moment_of(message: Message) -> datetime:
    """When it left, or when it should; the time that belongs on a list."""
    if message.state == Message.State.READY:
        return message.send_after
    return message.sent_at or message.settled_at or message.handed_off_at or message.created_at


def what_when(message: Message) -> SafeString | str:
    return when(moment_of(message))


PROGRESS = {
    "delivered_at": gettext_lazy("delivered %(when)s"),
    "opened_at": gettext_lazy("opened %(when)s"),
    "clicked_at": gettext_lazy("clicked %(when)s"),
    "bounced_at": gettext_lazy("sent back %(when)s"),
    "complained_at": gettext_lazy("reported as spam %(when)s"),
}


def progress_of(message: Message) -> str:
    """``delivered today, 15:05 · opened today, 15:10``: what was told of it, in the order of the day."""
    moments = [(at, words) for name, words in PROGRESS.items() if (at := getattr(message, name))]
    now = timezone.now()
    return " · ".join(str(words) % {"when": in_short(at, now)} for at, words in sorted(moments, key=itemgetter(0)))


def mail_of(message: Message, now: datetime) -> tuple[RenderedMail | None, str]:
    """The archived mail, or a planned one as it would leave now; or None and the reason why there is none."""
    body = MessageBody.objects.select_related("pattern").filter(pk=message.pk).first()
    if body and message.handed_off_at:
        return RenderedMail(message.subject, body.html, body.text), ""
    if message.state != Message.State.READY:
        return None, _("Nothing was written: it never came to that.")
    by_language = published_contents({message.template_id}).get(message.template_id, {})
    content = by_language.get(best_language(by_language, message.language))
    subject = (message.subject_type, message.subject_id)
    data = contexts.load([subject], now, named.fields_in(content.sources) if content else ()).get(subject)
    if content is None or data is None:
        return None, _("There is nothing to show yet.")
    return filled(content, contexts.for_ask(data, message.ask), message.language, message.channel)


def filled(
    content: TemplateContent, data: dict, language: str, channel: str = Channel.EMAIL
) -> tuple[RenderedMail | None, str]:
    own = {**dict.fromkeys(contexts.MESSAGE["message"], ""), "language": language}
    compiled = CompiledContent(content.subject, content.preheader, content.html, content.compiled_text)
    try:
        with translation.override(content.language):
            if channel != Channel.EMAIL:
                text = render_text(content.compiled_text, {**data, "message": own}, content.language, data["zone"])
                return RenderedMail("", "", text), ""
            return render(compiled, {**data, "message": own}, content.language, data["zone"]), ""
    except CannotRender as refusal:
        return None, str(refusal)


# --- Texts: SMS, Viber, Telegram ----------------------------------------------------------------------------------


def measure(channel: str, text: str, sender: Sender) -> str:
    """``Cyrillic and others (UCS-2) · 71 letters · 2 parts · 63 left in this part · 1,70 ₴ for one message``."""
    if channel == Channel.SMS:
        found = sms_parts.count(text)
        alphabet = _("Latin letters (GSM)") if found.alphabet == "GSM" else _("all letters (UCS-2)")
        said = [alphabet, letters(found.letters), parts(found.parts), left(found.left)]
        cost = found.cost(sender.price)
    else:
        said = [letters(len(text)), _("at most %(most)s") % {"most": number(texts.LONGEST[channel])}]
        cost = sender.price  # a message is one part, whatever its length
    if cost is not None and sender.price_currency:
        money = formats.money(cost, sender.price_currency, reading())
        said.append(_("%(money)s for one message") % {"money": money})
    return " · ".join(said)


def letters(count: int) -> str:
    return ngettext("%(count)s letter", "%(count)s letters", count) % {"count": number(count)}


def parts(count: int) -> str:
    return ngettext("%(count)s part", "%(count)s parts", count) % {"count": number(count)}


def left(count: int) -> str:
    said = ngettext("%(count)s letter left in this part", "%(count)s letters left in this part", count)
    return said % {"count": number(count)}


def warning(channel: str, text: str) -> str:
    """Which letters make an SMS twice as dear; empty if none, or if it is written in such letters anyway."""
    odd = sms_parts.odd_letters(text) if channel == Channel.SMS else ""
    if not odd:
        return ""
    named = ", ".join(f"“{letter}” (U+{ord(letter):04X})" for letter in odd)
    return ngettext(
        "%(letters)s is not in the GSM alphabet: because of it a part holds 70 letters instead of 160.",
        "%(letters)s are not in the GSM alphabet: because of them a part holds 70 letters instead of 160.",
        len(odd),
    ) % {"letters": named}


def stands_in(message: Message) -> tuple[str, str]:
    """What is said of the message that this one follows in another channel, and where it is; or nothing."""
    first = message.instead_of
    if first is None or not message.key.endswith(":instead"):
        return "", ""
    said = _("Stands in for %(channel)s: %(why)s") if first.reason else _("Stands in for %(channel)s, which was unread")
    return said % {"channel": channel_name(first.channel), "why": first.why}, page_of("message", first.pk)


def followed_by(message: Message) -> tuple[str, str]:
    follower = stand_in_of(message)
    if follower is None:
        return "", ""
    said = _("Followed by %(channel)s") % {"channel": channel_name(follower.channel)}
    return said, page_of("message", follower.pk)


# --- What became of it --------------------------------------------------------------------------------------------

TOLD_ROWS = 40
NEWS_TONES = {"delivered": "good", "opened": "good", "clicked": "good", "bounced": "bad", "complained": "bad"}


def told_of(message: Message) -> list[Entry]:
    """What providers and the mail itself told of it, newest first."""
    rows = News.objects.filter(message=message).select_related("link").order_by("-at", "-pk")[:TOLD_ROWS]
    return [_entry_of(news) for news in rows]


def _entry_of(news: News) -> Entry:
    said = str(news.get_kind_display())
    if news.is_machine:
        said = _("%(what)s by a machine") % {"what": said}
    note = news.detail or (news.link.url if news.link else "")
    tone = "wait" if news.kind == News.Kind.BOUNCED and not news.is_final else NEWS_TONES.get(news.kind, "plain")
    return Entry(news.at, said[:1].upper() + said[1:], "mail", "plain" if news.is_machine else tone, note[:200])


def replays_of(message: Message) -> list[tuple[str, datetime, str]]:
    """Who sent it again or settled it by hand, and when: (what, when, who), newest first."""
    kinds = {
        MessageReplayed.kind: _("Let go out after all"),
        MessageSettled.kind: _("Noted as arrived"),
    }
    events = list(
        Event.objects.filter(subject_type="message", subject_id=message.pk, kind__in=kinds).order_by("-at", "-pk")[:10]
    )
    people = User.objects.in_bulk({e.created_by_id for e in events if e.created_by_id})
    return [
        (
            _("A copy was sent") if e.data.get("new_id") else kinds[e.kind],
            e.at,
            who(people.get(e.created_by_id)),
        )
        for e in events
    ]


def may_be_two(message: Message) -> str:
    """Why the customer may have got it twice; empty if not."""
    if message.resent_at is None:
        return ""
    way = (message.sender.url or settings.EMAIL_URL).partition("://")[0]
    if way in REMEMBERS:
        return _("It was handed over twice with the same key: the provider drops the second copy.")
    return _("It was handed over twice because nobody could tell whether the first one left: there may be two of it.")
