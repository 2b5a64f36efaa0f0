"""Mails that came in, and news of letters. A stranger's mail is shown as plain text, never drawn."""

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from messaging.actions.reading_mail import read_again, take_as_written
from messaging.desk import TONES
from messaging.inbound import UnreadableMail, read_mail
from messaging.inbound.text import decode
from messaging.letterbox import proof_pill, state_pill
from messaging.models import InboundMail, Message, News
from shelf.emails import normalise_email
from staff.display import name_of, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed

LONGEST_RAW = 60_000  # bytes of a mail shown as it came


def letter_name(message: Message) -> str:
    return message.subject or message.template.name


@admin.register(InboundMail)
class Mails(ReadingRoom):
    place = ("day", 5)
    symbol = "inbox"
    subject = "mail"
    list_display = ("title", "state_pill", "from_email", "known", "received")
    list_filter = ("state", "provider", "is_proven")
    finds = (Find("from_email", lambda typed: [normalise_email(typed) or typed]),)
    search_hint = _("E-mail address")
    empty_text = _("Mails that people write to us appear here, when a mailbox or a provider brings them.")
    actions = ("read_chosen_again",)
    deeds = ("read_again", "take_as_written")

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        on_list = (
            request is not None and request.resolver_match and request.resolver_match.url_name.endswith("changelist")
        )
        return rows.defer("raw", "text") if on_list else rows

    @admin.display(description=_("subject"))
    def title(self, mail):
        return mail.subject or gettext("no subject")

    @admin.display(description=_("state"))
    def state_pill(self, mail):
        return state_pill(mail)

    @admin.display(description=_("what we know"))
    def known(self, mail):
        """Whether a person's mail is proven to be an answer; why the others are not a person's."""
        return proof_pill(mail) if mail.state == InboundMail.State.RECEIVED else Truncator(mail.why).chars(110)

    @admin.display(description=_("received at"))
    def received(self, mail):
        return when(mail.received_at)

    def page(self, request, mail):
        letter = mail.answers
        return {
            "title": self.title(mail),
            "pill": state_pill(mail),
            "proof": proof_pill(mail),
            "raw": decode(bytes(mail.raw)[:LONGEST_RAW]),
            "attachments": self.attachments(mail),
            "letter_url": page_of("message", letter.pk) if letter else "",
            "letter_name": letter_name(letter) if letter else "",
            "subject_url": page_of(letter.subject_type, letter.subject_id) if letter else "",
            "subject_name": name_of(letter.subject_type, letter.subject_id) if letter else "",
            "customer_url": page_of("customer", mail.customer_id),
            "deeds": [name for name in self.fitting(mail) if self.allowed(request, name)],
        }

    @staticmethod
    def attachments(mail):
        try:
            return [] if mail.is_packed else read_mail(bytes(mail.raw)).attachments
        except UnreadableMail:
            return []

    @staticmethod
    def fitting(mail) -> tuple[str, ...]:
        return {"failed": ("read_again",), "ignored": ("take_as_written", "read_again")}.get(mail.state, ())

    def has_replay_permission(self, request):
        return request.user.has_perm("messaging.change_message")

    @admin.action(description=_("Read again"), permissions=["replay"])
    def read_chosen_again(self, request, queryset):
        count = read_again(list(queryset.values_list("pk", flat=True)))
        said = ngettext("%(count)s mail will be read again.", "%(count)s mails will be read again.", count)
        self.message_user(request, said % {"count": count})

    @deed("messaging.change_message")
    def read_again(self, request, mail):
        read_again([mail.pk])
        return gettext("The mail will be read again in a moment.")

    read_again.short_description = _("Read again")

    @deed("messaging.change_message")
    def take_as_written(self, request, mail):
        take_as_written(mail.pk)
        return gettext("Noted: a person wrote it.")

    take_as_written.short_description = _("A person wrote it")


class OfWhat(admin.SimpleListFilter):
    title = _("of")
    parameter_name = "of"

    def lookups(self, request, model_admin):
        return [("none", _("no letter of ours"))]

    def queryset(self, request, queryset):
        return queryset.filter(message__isnull=True) if self.value() else queryset


@admin.register(News)
class NewsList(ReadingRoom):
    place = ("talk", 9)
    symbol = "bolt"
    list_display = ("title", "kind_pill", "address", "provider", "told_at", "detail_short")
    list_filter = ("kind", OfWhat, "provider", "is_machine")
    list_select_related = ("message", "message__template")
    empty_text = _("What providers and mail servers tell of letters appears here, when they know our address.")

    @admin.display(description=_("message"))
    def title(self, news):
        return letter_name(news.message) if news.message else gettext("no letter of ours")

    @admin.display(description=_("what"))
    def kind_pill(self, news):
        return pill(news.get_kind_display(), TONES.get(news.kind, "plain"))

    @admin.display(description=_("at"))
    def told_at(self, news):
        return when(news.at)

    @admin.display(description=_("detail"))
    def detail_short(self, news):
        return Truncator(news.detail).chars(110)

    def page(self, request, news):
        return {
            "title": news.get_kind_display(),
            "pill": self.kind_pill(news),
            "letter_url": page_of("message", news.message_id),
            "letter_name": letter_name(news.message) if news.message else "",
        }
