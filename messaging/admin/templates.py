"""Templates: what the mails say, in every language, in versions."""

from csp.decorators import csp_replace
from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from messaging import contexts
from messaging.actions import Written, publish_template, published_contents
from messaging.admin.frame import MAIL_POLICY
from messaging.desk import example_of
from messaging.models import Template
from messaging.presets import LANGUAGES
from messaging.rendering import TemplateRefused, check_content
from staff.display import pill
from staff.lists import Room

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
