"""Templates: what the mails say, in every language, as drafts and versions. The editor's form: editor.py."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.channels import Channel
from messaging import blocks
from messaging.actions import Written, drafts, published_contents, showing
from messaging.actions.drafts import SavedByAnother, Working
from messaging.actions.templates import best_language, problems_of
from messaging.admin import editor
from messaging.admin.template_forms import NewTemplate, Settings
from messaging.admin.template_previews import NAMES, STATE_TONES, VIEWS, Previews, subject_of
from messaging.models import Template, TemplateVersion
from messaging.presets import LANGUAGES
from messaging.rendering import TemplateProblem, TemplateRefused
from shelf.reasons import Refusal
from staff.display import pill, when


@admin.register(Template)
class Templates(Previews):
    place = ("talk", 2)
    symbol = "template"
    subject = "template"
    keyset = ("name", "pk")
    list_display = ("name", "purpose", "channel", "live_version", "being_written", "missing")
    form = NewTemplate

    def decorate(self, request, page):
        contents = published_contents({template.pk for template in page})
        waiting = TemplateVersion.objects.filter(template__in=page).exclude(state="published")
        open_ones = {version.template_id: version for version in waiting.select_related("changed_by")}
        for template in page:
            found = contents.get(template.pk, {})
            template.live = max((content.version.number for content in found.values()), default=None)
            template.lacks = [code for code in LANGUAGES if code not in found] if found else []
            template.draft = open_ones.get(template.pk)
        return page

    @admin.display(description=gettext_lazy("version"))
    def live_version(self, template):
        return f"v{template.live}" if template.live else pill(_("not published"), "wait")

    @admin.display(description=gettext_lazy("being written"))
    def being_written(self, template):
        draft = template.draft
        return pill(draft.get_state_display(), STATE_TONES[draft.state]) if draft else ""

    @admin.display(description=gettext_lazy("missing languages"))
    def missing(self, template):
        return ", ".join(code.upper() for code in template.lacks)

    # --- a new one ----------------------------------------------------------------------------------------------------

    def get_form(self, request, obj=None, **kwargs):
        return NewTemplate

    def get_fieldsets(self, request, obj=None):
        return [(None, {"fields": ("name", "purpose", "channel", "start")})]

    def save_model(self, request, obj, form, change):
        made = drafts.create_template(
            form.cleaned_data["name"],
            form.cleaned_data["purpose"].pk,
            form.cleaned_data["channel"],
            form.contents(),
            request.user,
            timezone.now(),
        )
        obj.pk, obj.slug = made.pk, made.slug

    def log_addition(self, request, obj, message): ...

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, _("A draft is ready to be written."))
        return HttpResponseRedirect(self.page_url(obj))

    # --- the editor ---------------------------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        template = self.get_object(request, object_id)
        if template is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, template):
            raise Http404
        if request.method == "POST":
            if not self.has_change_permission(request, template):
                raise PermissionDenied
            return self.do(request, template)
        return self.page(request, template, self.language_of(request, template))

    def language_of(self, request: HttpRequest, template: Template) -> str:
        asked = request.POST.get("language") or request.GET.get("language") or ""
        if asked in LANGUAGES:
            return asked
        return best_language(drafts.working(template).contents, request.LANGUAGE_CODE) or "en"

    def page_url(self, template: Template, **query: Any) -> str:
        url = reverse("admin:messaging_template_change", args=[template.pk])
        query = {name: value for name, value in query.items() if value not in (None, "", -1)}
        return f"{url}?{urlencode(query)}" if query else url

    def do(self, request: HttpRequest, template: Template) -> HttpResponse:
        """One press of a button. What was typed is saved first; ``do`` is ``verb`` or ``verb:what``."""
        verb, _colon, what = request.POST.get("do", "save").partition(":")
        language = self.language_of(request, template)
        if verb in ("discard", "withdraw", "settings", "restore"):
            return self.deed(request, template, language, verb, what)
        written, token = None, request.POST.get("token", "")
        try:
            written = editor.read(request.POST, template.channel)
            written, open_at = self.changed(written, template, language, verb, what)
            now = timezone.now()
            if verb == "drop":
                drafts.drop_language(template, language, token, request.user, now)
                return HttpResponseRedirect(self.page_url(template))
            draft = drafts.save_draft(template, language, written, token, request.user, now)
            if draft:
                token = f"{draft.number}.{draft.saves}"
            if verb in ("publish", "review", "test"):
                return self.deed(request, template, language, verb, what, token, written)
        except SavedByAnother as refusal:
            return self.not_saved(request, template, language, written, refusal)
        except TemplateRefused as refusal:
            return self.refused(request, template, language, written, [str(p) for p in refusal.problems[:5]])
        except Refusal as refusal:
            return self.refused(request, template, language, written, [str(refusal)])
        if self.is_live(request):
            return JsonResponse({"token": token, "said": self.saved_words(draft)})
        if verb == "save":
            self.message_user(request, self.saved_words(draft))
        language = what if verb == "go" and what in LANGUAGES else language
        anchor = f"#block-{open_at + 1}" if open_at >= 0 else ""
        sample = request.POST.get("sample", "")
        return HttpResponseRedirect(self.page_url(template, language=language, open=open_at, sample=sample) + anchor)

    @staticmethod
    def is_live(request: HttpRequest) -> bool:
        """Saved by the page itself while somebody types."""
        return request.headers.get("X-Live") == "save"

    @staticmethod
    def saved_words(draft: TemplateVersion | None) -> str:
        if draft is None:
            return _("Nothing to save: this is what is published.")
        return _("Draft saved at %(time)s.") % {"time": f"{timezone.localtime(draft.changed_at):%H:%M:%S}"}

    def changed(self, written: Written, template: Template, language: str, verb: str, what: str) -> tuple[Written, int]:
        """What the button makes of what was typed, and which block is shown open after it."""
        if verb == "from" and what in LANGUAGES:
            source = drafts.working(template).contents.get(what)
            return (Written.of(source) if source else written), -1
        if verb == "raw":
            return drafts.to_raw(written, language), -1
        if verb == "blocks":
            stored = drafts.working(template).contents.get(language)
            made_of = stored.made_of if stored else None
            whole = Written(written.subject, written.preheader, written.mjml, written.text, None, made_of)
            back = drafts.to_blocks(whole, language)
            if back is None:
                raise Refusal(_("The MJML was changed by hand, so there is no way back to blocks."))
            return back, -1
        if written.blocks is None and template.channel == Channel.EMAIL:
            stored = drafts.working(template).contents.get(language)
            made_of = stored.made_of if stored else None
            return Written(written.subject, written.preheader, written.mjml, written.text, None, made_of), -1
        if verb in ("add", "up", "down", "copy", "remove"):
            many, open_at = editor.rearranged(list(written.blocks or []), verb, what, language)
            return Written(written.subject, written.preheader, "", "", blocks.shape(many)), open_at
        return written, -1

    def deed(self, request, template, language, verb, what="", token="", written=None) -> HttpResponse:
        """What changes more than a text. Refusals of a mail that was just saved are said on its page."""
        now, here = timezone.now(), self.page_url(template, language=language)
        if verb == "test":
            self.message_user(request, self.tested(request, template, language, written))
            return HttpResponseRedirect(self.page_url(template, language=language, sample=request.POST.get("sample")))
        if verb == "publish":
            self.refuse_too_long(request, template, now)
            version = drafts.publish_draft(template, token, request.user, now)
            self.message_user(request, _("Version %(number)s is live.") % {"number": version.number})
        elif verb == "review":
            drafts.ask_for_approval(template, request.user, now)
            self.message_user(request, _("The draft waits for approval."))
        else:
            try:
                self.small_deed(request, template, verb, what)
            except Refusal as refusal:
                self.message_user(request, str(refusal), level="error")
        return HttpResponseRedirect(here)

    def refuse_too_long(self, request, template: Template, now) -> None:
        """Texts whose length shows when they are filled: tried with what the preview shows, in each language."""
        if template.channel == Channel.EMAIL:
            return
        for code, content in drafts.working(template).contents.items():
            showing.refuse_too_long(Written.of(content), code, template, self.subjects(request, template), now)

    def small_deed(self, request, template, verb, what) -> None:
        if verb == "discard":
            drafts.discard_draft(template)
            self.message_user(request, _("The draft was thrown away."))
        elif verb == "withdraw":
            drafts.back_to_draft(template)
            self.message_user(request, _("It is a draft again."))
        elif verb == "restore" and what.isdigit():
            drafts.restore(template, int(what), request.user, timezone.now())
            self.message_user(request, _("Version %(number)s is a draft now.") % {"number": what})
        elif verb == "settings":
            form = Settings(request.POST, instance=template)
            if form.is_valid():
                form.save()
                self.message_user(request, _("Saved."))
            else:
                said = " ".join(str(error) for errors in form.errors.values() for error in errors)
                self.message_user(request, said, level="error")

    def tested(self, request, template, language, written) -> str:
        address = request.POST.get("address", "").strip() or request.user.email
        subjects = self.subjects(request, template)
        return showing.send_test(written, language, template, subjects, address, request.user, timezone.now())

    def not_saved(self, request, template, language, written, refusal: SavedByAnother) -> HttpResponse:
        """Somebody else saved in between: nothing is lost, what was typed stands in the form, theirs in the draft."""
        said = _("%(who)s Nothing of yours is lost: it stands below. Save once more to put it in place of theirs.") % {
            "who": str(refusal)
        }
        if self.is_live(request):
            return JsonResponse({"conflict": said}, status=409)
        return self.page(request, template, language, written, [said], status=409)

    def refused(self, request, template, language, written, said: list[str]) -> HttpResponse:
        if self.is_live(request):
            return JsonResponse({"refused": " ".join(said)}, status=400)
        return self.page(request, template, language, written, said, status=400)

    def page(
        self,
        request: HttpRequest,
        template: Template,
        language: str,
        typed: Written | None = None,
        said: list[str] | None = None,
        status: int = 200,
    ) -> TemplateResponse:
        work = drafts.working(template)
        content = work.contents.get(language)
        written = typed or editor.as_written(content, template.channel)
        problems = self.problems(template, work, written, language, bool(typed))
        may = self.has_change_permission(request, template)
        context = {
            **self.admin_site.each_context(request),
            **self.form_context(request, written, problems, typed),
            **self.version_context(request, template, work),
            **self.preview_context(request, template, language, content),
            **self.counted(template, written.text),
            "opts": self.opts,
            "room": self,
            "thing": template,
            "title": template.name,
            "said": said or [],
            "language": language,
            "languages": [(code, NAMES[code], code in work.contents) for code in LANGUAGES],
            "others": [(code, NAMES[code]) for code in work.contents if code != language],
            "is_written": content is not None,
            "token": work.token,
            "may_change": may,
            "is_email": template.channel == Channel.EMAIL,
            "settings_form": Settings(instance=template),
            "address": request.POST.get("address") or request.user.email,
        }
        return TemplateResponse(request, "admin/messaging/template/page.html", context, status=status)

    @staticmethod
    def problems(template, work: Working, written: Written, language: str, typed: bool) -> list[TemplateProblem]:
        """Only of what is being written: what is published has passed, and an empty form is no mistake."""
        empty = not any((written.subject, written.mjml, written.text, written.blocks))
        if empty or not (typed or work.is_open):
            return []
        try:
            return problems_of(written, language, template.channel)
        except TemplateRefused as refusal:
            return refusal.problems

    @staticmethod
    def form_context(request, written: Written, problems: list[TemplateProblem], typed: Written | None) -> dict:
        is_raw = written.blocks is None
        opened = request.GET.get("open", "")
        return {
            "written": written,
            "is_raw": is_raw,
            "way_back": is_raw and written.made_of is not None,
            "blocks": []
            if is_raw
            else editor.forms_of(written.blocks, problems, int(opened) if opened.isdigit() else None),
            "menu": [(block.name, block.title, block.symbol, block.help) for block in blocks.BLOCKS.values()],
            "errors": editor.part_errors(problems, is_raw),
            "problem_count": len(problems),
            "variables": editor.variables(),
        }

    def version_context(self, request, template: Template, work: Working) -> dict:
        rows = template.versions.select_related("created_by", "approved_by", "changed_by").order_by("-number")[:12]
        why = drafts.why_not_publish(work.version, request.user) if work.is_open else None
        state = work.version.state if work.version else ""
        return {
            "version": work.version,
            "is_open": work.is_open,
            "state": state,
            "pill": pill(work.version.get_state_display(), STATE_TONES[state]) if work.version else "",
            "why_not": str(why) if why else "",
            "versions": [
                (row, pill(row.get_state_display(), STATE_TONES[row.state]), when(row.published_at or row.changed_at))
                for row in rows
            ],
        }

    def preview_context(self, request, template: Template, language: str, content) -> dict:
        view = request.GET.get("view", "phone")
        view = view if view in VIEWS else "phone"
        found = showing.examples(template, request.GET.get("find", ""))
        sample = request.POST.get("sample") or request.GET.get("sample", "")
        named = [(f"{kind}:{pk}", name) for kind, pk, name in found]
        if request.GET.get("find") and named and sample not in dict(named):
            sample = named[0][0]
        if sample and sample not in dict(named) and (subject := subject_of(sample)):
            named.insert(0, (sample, f"{subject[0]} {subject[1]}"))
        url = reverse("admin:messaging_template_mail", args=[template.pk, language]) if content else ""
        return {
            "view": view,
            "views": VIEWS,
            "samples": named,
            "sample": sample,
            "frame_url": f"{url}?{urlencode({'view': view, 'sample': sample})}" if url else "",
            "preview_url": reverse("admin:messaging_template_preview", args=[template.pk]),
        }
