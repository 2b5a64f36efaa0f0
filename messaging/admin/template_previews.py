"""Templates as they will be read: previews in a frame, versions with what changed between them."""

import difflib
import re
import secrets
from typing import Any

from csp.decorators import csp_replace
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from customers.channels import Channel
from messaging.actions import Written, drafts, showing
from messaging.actions.templates import best_language, problems_of
from messaging.admin import editor
from messaging.admin.frame import MAIL_POLICY
from messaging.desk import measure, warning
from messaging.models import Template, TemplateVersion
from messaging.presets import LANGUAGES
from messaging.rendering import RenderedMail, TemplateProblem
from messaging.rendering.problems import LiquidFault
from shelf.reasons import Refusal
from staff.display import pill
from staff.lists import Room

NAMES = {"en": "English", "uk": "Українська", "ru": "Русский"}
VIEWS = ("phone", "desktop", "dark", "text")
KEPT_SECONDS = 900  # a preview that nobody looks at any more
GMAIL_CLIPS = 102 * 1024
STATE_TONES = {"draft": "wait", "review": "now", "published": "good"}
_ONLY_TAGS = re.compile(r"\{%.*?%\}")
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


class Previews(Room):
    """What a template looks like: while it is typed, as a draft, as a version."""

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/mail/<slug:language>/", view(self.mail_view), name="messaging_template_mail"),
            path("<int:pk>/preview/", view(require_POST(self.preview_view)), name="messaging_template_preview"),
            path("<int:pk>/preview/<slug:key>/<slug:view>/", view(self.shown_view), name="messaging_template_shown"),
            path("<int:pk>/versions/<int:number>/", view(self.version_view), name="messaging_template_version"),
        ]
        return [*own, *super().get_urls()]

    def template_or_404(self, request, pk: int) -> Template:
        template = self.get_object(request, str(pk))
        if template is None or not self.has_view_permission(request, template):
            raise Http404
        return template

    def subjects(self, request, template: Template) -> list[tuple[str, int]]:
        """What the preview is filled with: what was chosen, else the newest things, the first of them that fits."""
        chosen = subject_of(request.POST.get("sample") or request.GET.get("sample", ""))
        return [chosen] if chosen else [(kind, pk) for kind, pk, _name in showing.examples(template)]

    def preview_view(self, request, pk):
        """What is being typed, filled. Saves nothing; answers with where to look at it for a while."""
        template = self.template_or_404(request, pk)
        if not self.has_change_permission(request, template):
            raise PermissionDenied
        language = self.language_of(request, template)
        answer: dict[str, Any] = {"problems": [], "url": ""}
        try:
            written = editor.read(request.POST, template.channel)
            problems = problems_of(written, language, template.channel)
            answer["problems"] = [_as_json(problem) for problem in problems]
            if not problems:
                shown = showing.fill(written, language, template, self.subjects(request, template), timezone.now())
                answer |= self.kept(template, shown.mail) | self.counted(template, shown.mail.text)
        except Refusal as refusal:
            answer["said"] = str(refusal)
        return JsonResponse(answer)

    @staticmethod
    def counted(template: Template, text: str) -> dict[str, str]:
        """How long a text is and what it costs; nothing of a mail."""
        if template.channel == Channel.EMAIL:
            return {}
        sender = showing.known_sender(template.channel)
        return {"measure": measure(template.channel, text, sender), "warning": warning(template.channel, text)}

    @staticmethod
    def kept(template: Template, mail: RenderedMail) -> dict[str, Any]:
        key = secrets.token_hex(12)
        cache.set(f"mail_preview:{template.pk}:{key}", (mail.subject, mail.html, mail.text), KEPT_SECONDS)
        url = reverse("admin:messaging_template_shown", args=[template.pk, key, "phone"])
        size = len(mail.html.encode())
        return {
            "url": url.removesuffix("phone/"),
            "subject": mail.subject,
            "size": _("%(size)s KB") % {"size": round(size / 1024)},
            "clipped": size > GMAIL_CLIPS,
        }

    @method_decorator(csp_replace(MAIL_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def shown_view(self, request, pk, key, view):
        self.template_or_404(request, pk)
        found = cache.get(f"mail_preview:{pk}:{key}")
        if found is None:
            return HttpResponse(_("This preview is too old."), content_type="text/plain; charset=utf-8")
        return _framed(RenderedMail(*found), view)

    @method_decorator(csp_replace(MAIL_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def mail_view(self, request, pk, language):
        """A stored version in one language, filled with the data of a real order; by default what is being written."""
        template = self.template_or_404(request, pk)
        number = request.GET.get("version", "")
        if number.isdigit():
            content = template.versions.filter(number=int(number)).first()
            content = content.contents.filter(language=language).first() if content else None
        else:
            content = drafts.working(template).contents.get(language)
        if content is None:
            raise Http404
        try:
            written, subjects = Written.of(content), self.subjects(request, template)
            shown = showing.fill(written, language, template, subjects, timezone.now())
        except Refusal as refusal:
            return HttpResponse(str(refusal), content_type="text/plain; charset=utf-8")
        return _framed(shown.mail, request.GET.get("view", "phone"))

    def version_view(self, request, pk, number):
        """One version: who wrote and approved it, how it looks, and what is different from the one before."""
        template = self.template_or_404(request, pk)
        versions = template.versions.select_related("created_by", "approved_by", "changed_by")
        version = versions.filter(number=number).first()
        if version is None:
            raise Http404
        before = versions.filter(number__lt=number).order_by("-number").first()
        contents = {content.language: content for content in version.contents.all()}
        asked = request.GET.get("language", "")
        language = asked if asked in contents else best_language(contents, request.LANGUAGE_CODE)
        frame = reverse("admin:messaging_template_mail", args=[pk, language or "en"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": template,
            "title": _("%(name)s, version %(number)s") % {"name": template.name, "number": number},
            "version": version,
            "before": before,
            "pill": pill(version.get_state_display(), STATE_TONES[version.state]),
            "language": language,
            "languages": [(code, NAMES[code]) for code in LANGUAGES if code in contents],
            "lines": list(_difference(before, version, language)) if before else [],
            "frame_url": f"{frame}?{urlencode({'version': number, 'view': 'phone'})}" if language else "",
            "may_change": self.has_change_permission(request, template),
            "back_url": self.page_url(template),
        }
        return TemplateResponse(request, "admin/messaging/template/version.html", context)


def subject_of(sample: str) -> tuple[str, int] | None:
    kind, _colon, pk = sample.partition(":")
    return (kind, int(pk)) if kind.isidentifier() and pk.isdigit() and len(pk) < 19 else None


def _as_json(problem: TemplateProblem) -> dict[str, Any]:
    at = getattr(problem, "block", -1)
    return {
        "block": at,
        "field": getattr(problem, "field", "") or ("" if at >= 0 else problem.part),
        "what": str(problem.what) if at >= 0 or problem.part in ("subject", "preheader") else str(problem),
    }


def _framed(mail: RenderedMail, view: str) -> HttpResponse:
    """The mail as a mailbox shows it: light or dark whatever the person's own screen prefers, or its text part."""
    if view == "text" or not mail.html:
        return HttpResponse(mail.text, content_type="text/plain; charset=utf-8")
    dark = view == "dark"
    html = _DARK.sub("@media all" if dark else "@media not all", mail.html)
    return HttpResponse(html.replace('content="light dark"', f'content="{"dark" if dark else "light"}"'))


def _difference(before: TemplateVersion, after: TemplateVersion, language: str):
    """(sign, line) of what readers would notice: subject, preview line, text. Equal lines only near a change."""
    old, new = _readable(before, language), _readable(after, language)
    for line in difflib.unified_diff(old, new, lineterm="", n=2):
        if not line.startswith(("---", "+++", "@@")):
            yield {"+": "new", "-": "old"}.get(line[:1], "same"), line[1:]


def _readable(version: TemplateVersion, language: str) -> list[str]:
    content = version.contents.filter(language=language).first()
    if content is None:
        return []
    written = Written.of(content)
    try:
        text = written.sources(language)[1] or written.mjml
    except (LiquidFault, KeyError):  # a draft with Liquid out of order, or a block that is gone, has no text form
        text = "\n".join(f"{name}: {value}" for block in written.blocks for name, value in block.items())
    lines = [written.subject, written.preheader, *text.splitlines()]
    return [line for line in lines if _ONLY_TAGS.sub("", line).strip()]
