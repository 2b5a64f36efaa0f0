"""Messages, templates, streams and suppressed addresses as agents and marketers see them."""

from csp.decorators import csp_replace
from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from customers.models import Purpose
from messaging import contexts
from messaging.actions import Written, publish_template, published_contents, settle_unknown
from messaging.desk import FINDS, TROUBLE, example_of, mail_of, state_pill, what_when
from messaging.models import Message, Stream, Suppression, Template
from messaging.presets import LANGUAGES
from messaging.rendering import TemplateRefused, check_content
from shelf.emails import normalise_email
from staff.display import name_of, page_of, pill, when
from staff.lists import Find, ReadingRoom, Room, deed

# A mail is somebody's HTML: no scripts, no forms, no frames, own styles, pictures from anywhere; an origin of its own.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["https:", "data:", "'self'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [],
}


class Trouble(admin.SimpleListFilter):
    title = _("what happened")
    parameter_name = "what"

    def lookups(self, request, model_admin):
        return [("planned", _("will be sent")), ("sent", _("was sent")), ("not", _("was not sent"))]

    def queryset(self, request, queryset):
        if self.value() == "planned":
            return queryset.filter(state=Message.State.READY)
        if self.value() == "sent":
            return queryset.filter(state__in=["sent", "delivered", "complained"])
        if self.value() == "not":
            return queryset.filter(state__in=TROUBLE)
        return queryset


@admin.register(Message)
class Messages(ReadingRoom):
    place = ("day", 4)
    symbol = "mail"
    subject = "message"
    keyset = ("-pk",)
    list_display = ("title", "state_pill", "address", "purpose_code", "moment", "why")
    list_filter = (Trouble, "state", "purpose", "stream")
    list_select_related = ("template",)
    finds = FINDS
    search_hint = _("E-mail address")
    empty_text = _("Messages appear here as soon as a journey plans the first one.")
    deeds = ("it_arrived", "send_again")
    export = (
        ("address", _("address")),
        ("state", _("state")),
        ("template__name", _("template")),
        ("purpose_id", _("purpose")),
        ("why", _("reason")),
        ("created_at", _("planned at")),
        ("send_after", _("send after")),
        ("sent_at", _("sent at")),
    )

    @admin.display(description=_("message"))
    def title(self, message):
        return message.subject or message.template.name

    @admin.display(description=_("state"))
    def state_pill(self, message):
        return state_pill(message)

    @admin.display(description=_("purpose"))
    def purpose_code(self, message):
        return str(Purpose.NAMES.get(message.purpose_id, message.purpose_id))

    @admin.display(description=_("when"))
    def moment(self, message):
        return what_when(message)

    def page(self, request, message):
        mail, why_none = mail_of(message, timezone.now())
        return {
            "title": message.subject or (mail.subject if mail else message.template.name),
            "pill": state_pill(message),
            "mail": mail,
            "why_none": why_none,
            "frame_url": reverse("admin:messaging_message_mail", args=[message.pk]),
            "customer_url": page_of("customer", message.customer_id),
            "subject_url": page_of(message.subject_type, message.subject_id),
            "subject_name": name_of(message.subject_type, message.subject_id),
            "deeds": self.deeds
            if message.state == Message.State.UNKNOWN and self.allowed(request, "send_again")
            else (),
        }

    @deed("messaging.change_message")
    def it_arrived(self, request, message):
        settle_unknown(message, arrived=True)
        return gettext("Noted: it arrived.")

    it_arrived.short_description = _("It arrived")

    @deed("messaging.change_message")
    def send_again(self, request, message):
        settle_unknown(message, arrived=False)
        return gettext("It goes out again now.")

    send_again.short_description = _("Send it again")

    def get_urls(self):
        mail = path("<int:pk>/mail/", self.admin_site.admin_view(self.mail_view), name="messaging_message_mail")
        return [mail, *super().get_urls()]

    @method_decorator(csp_replace(MAIL_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def mail_view(self, request, pk):
        """The mail by itself, for the sandboxed frame on the page."""
        message = self.get_object(request, str(pk))
        if message is None or not self.has_view_permission(request, message):
            raise Http404
        mail, why_none = mail_of(message, timezone.now())
        return HttpResponse(mail.html if mail else why_none)


PARTS = ("subject", "preheader", "mjml", "text")


class TemplateForm(forms.ModelForm):
    """A template with its contents in every language. What is wrong is said beside the field, with its line."""

    class Meta:
        model = Template
        fields = ("name", "purpose")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        contents = published_contents({self.instance.pk}).get(self.instance.pk, {}) if self.instance.pk else {}
        for language in LANGUAGES:
            content = contents.get(language)
            for part in PARTS:
                self.fields[f"{part}_{language}"] = self.part_field(part, getattr(content, part, ""))

    @staticmethod
    def part_field(part: str, initial: str) -> forms.CharField:
        labels = {"subject": _("subject"), "preheader": _("preview line"), "mjml": _("mail (MJML and Liquid)")}
        rows = {"mjml": 24, "text": 10}
        widget = forms.TextInput()
        if part in rows:
            widget = forms.Textarea(attrs={"rows": rows[part], "spellcheck": "false", "class": "code"})
        return forms.CharField(
            label=labels.get(part, _("plain text")), initial=initial, widget=widget, required=False, strip=False
        )

    def written(self) -> dict[str, Written]:
        """Languages in which something was written."""
        parts = {
            language: [self.cleaned_data.get(f"{part}_{language}", "").replace("\r\n", "\n") for part in PARTS]
            for language in LANGUAGES
        }
        return {language: Written(*four) for language, four in parts.items() if any(text.strip() for text in four)}

    def clean(self):
        cleaned = super().clean()
        written, known = self.written(), contexts.describe_all()
        if not written:
            raise forms.ValidationError(_("Write the mail in one language at least."))
        for language, w in written.items():
            for problem in check_content(w.subject, w.preheader, w.mjml, w.text, known):
                self.add_error(f"{problem.part}_{language}", str(problem))
        return cleaned

    @property
    def languages(self) -> list[dict]:
        """For the page: one block per language."""
        names = {"en": "English", "uk": "Українська", "ru": "Русский"}
        return [
            {
                "code": language,
                "name": names[language],
                "fields": [self[f"{part}_{language}"] for part in PARTS],
                "wrong": any(self.errors.get(f"{part}_{language}") for part in PARTS) if self.is_bound else False,
            }
            for language in LANGUAGES
        ]


@admin.register(Template)
class Templates(Room):
    place = ("talk", 2)
    symbol = "template"
    subject = "template"
    keyset = ("name", "pk")
    list_display = ("name", "slug", "purpose", "live_version")

    def decorate(self, request, page):
        contents = published_contents({template.pk for template in page})
        for template in page:
            versions = {content.version.number for content in contents.get(template.pk, {}).values()}
            template.live = max(versions, default=None)
        return page

    @admin.display(description=_("version"))
    def live_version(self, template):
        return f"v{template.live}" if template.live else pill(str(_("not published")), "wait")

    def has_add_permission(self, request):
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        template = self.get_object(request, object_id)
        if template is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, template):
            raise Http404
        may = self.has_change_permission(request, template)
        form = TemplateForm(request.POST if request.method == "POST" and may else None, instance=template)
        if form.is_bound and form.is_valid() and self.published(request, form):
            return HttpResponseRedirect(request.path)
        contents = published_contents({template.pk}).get(template.pk, {})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": template,
            "title": template.name,
            "form": form,
            "may_change": may,
            "versions": template.versions.select_related("created_by").order_by("-number")[:8],
            "frames": [
                (language, reverse("admin:messaging_template_mail", args=[template.pk, language]))
                for language in LANGUAGES
                if language in contents
            ],
            "variables": sorted(spelled_out(contexts.describe_all())),
        }
        return TemplateResponse(request, "admin/messaging/template/page.html", context)

    def published(self, request, form: TemplateForm) -> bool:
        """Saved, and the contents are a new live version if they differ from the last one."""
        changed = [name for name in form.changed_data if name not in ("name", "purpose")]
        try:
            with transaction.atomic():
                template = form.save()
                if changed:
                    version = publish_template(template, form.written(), request.user)
        except TemplateRefused as refusal:
            form.add_error(None, str(refusal))
            return False
        said = _("Version %(number)s is live.") % {"number": version.number} if changed else _("Saved.")
        self.message_user(request, said)
        return True

    def get_urls(self):
        mail = path(
            "<int:pk>/mail/<slug:language>/",
            self.admin_site.admin_view(self.mail_view),
            name="messaging_template_mail",
        )
        return [mail, *super().get_urls()]

    @method_decorator(csp_replace(MAIL_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def mail_view(self, request, pk, language):
        """The live version in one language, filled with the data of a real message."""
        template = self.get_object(request, str(pk))
        content = published_contents({pk}).get(pk, {}).get(language)
        if template is None or content is None or not self.has_view_permission(request, template):
            raise Http404
        mail, why_none = example_of(template, content, timezone.now())
        return HttpResponse(mail.html if mail else why_none)


def spelled_out(known, before: str = ""):
    """``order.number`` … every variable that a template may name."""
    for name, what in known.items():
        inner = what[0] if isinstance(what, list) and what else what
        if isinstance(inner, dict):
            yield from spelled_out(inner, f"{before}{name}{'[]' if isinstance(what, list) else ''}.")
        else:
            yield f"{before}{name}"


@admin.register(Stream)
class Streams(ReadingRoom):
    place = ("talk", 4)
    symbol = "stream"
    subject = "stream"
    keyset = ("name", "pk")
    list_display = ("name", "slug", "state")
    deeds = ("pause", "resume")

    @admin.display(description=_("state"))
    def state(self, stream):
        return pill(str(_("paused")), "wait") if stream.paused_at else pill(str(_("running")), "good")

    def page(self, request, stream):
        wanted = "resume" if stream.paused_at else "pause"
        newest = stream.messages.select_related("template").order_by("-created_at")[:20]
        return {
            "pill": self.state(stream),
            "deeds": [wanted] if self.allowed(request, wanted) else [],
            "messages_of": [(message, state_pill(message), what_when(message)) for message in newest],
        }

    @deed("messaging.change_stream")
    def pause(self, request, stream):
        Stream.objects.filter(pk=stream.pk, paused_at__isnull=True).update(paused_at=timezone.now())
        return gettext("Paused: nothing of this stream leaves until it is resumed.")

    pause.short_description = _("Pause")

    @deed("messaging.change_stream")
    def resume(self, request, stream):
        Stream.objects.filter(pk=stream.pk).update(paused_at=None)
        return gettext("Running again.")

    resume.short_description = _("Resume")


@admin.register(Suppression)
class Suppressions(Room):
    place = ("talk", 6)
    symbol = "stop"
    list_display = ("address", "channel", "reason", "since")
    finds = (Find("address", lambda typed: [normalise_email(typed) or typed]),)
    search_hint = _("E-mail address")
    empty_text = _("No address is suppressed. One gets here when a mail bounces for good, or its owner complains.")

    @admin.display(description=_("since"))
    def since(self, suppression):
        return when(suppression.created_at)

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("messaging.delete_suppression")

    def delete_model(self, request, obj):
        obj.delete()
