"""Articles as agents see them: the list with what needs a look, and the editor with all languages side by side."""

import difflib
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.display import in_short, pill, when
from staff.lists import ReadingRoom, deed
from support.actions import articles as deeds
from support.actions.articles import ArticleRefused, Draft, may_verify, newest_of
from support.markup import html_of
from support.models import Article, Revision
from support.models.articles import LONGEST_BODY, LONGEST_KEYWORDS, LONGEST_TITLE, SOON

WRITES = "support.change_article"
HISTORY = 30
TONES = {"draft": "plain", "published": "good", "withdrawn": "bad"}


class ByVerification(admin.SimpleListFilter):
    title = _("verification")
    parameter_name = "verified"

    def lookups(self, request, model_admin):
        return [("due", _("needs a look within a week")), ("never", _("never verified"))]

    def queryset(self, request, queryset):
        if self.value() == "due":
            return queryset.filter(state=Article.State.PUBLISHED, verified_until__lte=timezone.now() + SOON)
        return queryset.filter(verified_until=None) if self.value() == "never" else queryset


@admin.register(Article)
class Articles(ReadingRoom):
    place = ("talk", 7)
    symbol = "text"
    subject = "article"
    keyset = ("slug", "pk")
    fields = ("slug", "category", "audience", "owner", "verify_every_days", "goods")
    list_display = ("name", "state_pill", "verification", "spoken", "category", "audience", "owner")
    list_filter = (ByVerification, "state", "category", "audience")
    list_select_related = ("owner",)
    empty_text = _("What customers ask again and again: write the answer once, in each language.")
    deeds = ("write", "settle", "verify", "publish", "unpublish", "restore")

    def has_add_permission(self, request):
        return request.user.has_perm("support.add_article")

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()[:200].replace("\x00", "")
        if not typed:
            return queryset, False
        named = Revision.objects.filter(title__icontains=typed).values("article")
        return queryset.filter(Q(slug__icontains=typed) | Q(pk__in=named)), False

    def decorate(self, request, page):
        texts = newest_of([article.pk for article in page])
        for article in page:
            article.texts = {language: row for (pk, language), row in texts.items() if pk == article.pk}
        return page

    def get_changeform_initial_data(self, request):
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        obj.made_at = obj.made_at or timezone.now()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(_page(obj))

    # --- the list ---------------------------------------------------------------------------------------------------

    @admin.display(description=_("article"))
    def name(self, article):
        texts = article.texts
        known = texts.get("en") or next(iter(texts.values()), None)
        return known.title if known else article.slug

    @admin.display(description=_("state"))
    def state_pill(self, article):
        return pill(article.get_state_display(), TONES[article.state])

    @admin.display(description=_("verified until"))
    def verification(self, article):
        return verified_pill(article)

    @admin.display(description=_("languages"))
    def spoken(self, article):
        """With a star where a newer text waits to be verified."""
        return ", ".join(code if article.texts[code].is_answer else f"{code}*" for code in sorted(article.texts))

    # --- the page ---------------------------------------------------------------------------------------------------

    def page(self, request, article):
        texts = {language: row for (_pk, language), row in newest_of([article.pk]).items()}
        rows = [_column(code, str(name), texts.get(code)) for code, name in settings.LANGUAGES]
        old = self._compared(request, article)
        return {
            "deeds": [],  # the page has its own buttons, beside what they are about
            "title": next((row["title"] for row in rows if row["title"]), article.slug),
            "may_write": request.user.has_perm(WRITES),
            "may_verify": may_verify(article, request.user),
            "rows": rows,
            "pill": pill(article.get_state_display(), TONES[article.state]),
            "verification": standing_pill(article),
            "unverified": [text for text in texts.values() if not text.is_answer],
            "seen": [text.pk for text in texts.values()],
            "history": list(_history(article)),
            "old": old,
            "difference": _difference(old, texts[old.language]) if old else [],
            "newest": texts[old.language] if old else None,
            "form": self.get_form(request, article, change=True)(instance=article),
            "longest": {"title": LONGEST_TITLE, "keywords": LONGEST_KEYWORDS, "body": LONGEST_BODY},
            "help_url": reverse("help-article", args=[article.slug]),
        }

    def get_form(self, request, obj=None, change=False, **kwargs):
        # the stock form leaves out what has_change_permission forbids; here the deeds ask for their own
        kwargs.setdefault("fields", self.fields)
        return super().get_form(request, None, False, **kwargs)

    def _compared(self, request: HttpRequest, article: Article) -> Revision | None:
        typed = request.GET.get("compare", "")
        if not typed.isdecimal() or len(typed) > 9:
            return None
        return Revision.objects.filter(pk=typed, article=article).select_related("author").first()

    def act(self, request, thing):
        """What is refused is said on the page, with everything that was typed still there."""
        try:
            return super().act(request, thing)
        except ArticleRefused as refusal:
            known = self.get_object(request, thing.pk)
            return self.drawn(request, known, 409, refusal=str(refusal), **_typed_rows(request))

    @deed(WRITES)
    def write(self, request, article):
        if "preview" in request.POST:
            return self.drawn(request, article, previews=True, **_typed_rows(request))
        made = deeds.write(article.pk, _drafts(request), request.user, timezone.now())
        return gettext("Kept. The text in force stays until this one is verified.") if made else gettext("Nothing new.")

    @deed(WRITES)
    def settle(self, request, article):
        form = self.get_form(request, article, change=True)(request.POST, instance=article)
        if not form.is_valid():
            return self.drawn(request, self.get_object(request, article.pk), 422, form=form)
        form.save()
        return gettext("Kept.")

    @deed("support.view_article")
    def verify(self, request, article):
        seen = [int(pk) for pk in request.POST.getlist("seen") if pk.isdecimal() and len(pk) < 10]
        deeds.verify(article.pk, seen, request.user, timezone.now())
        return gettext("Verified.")

    @deed(WRITES)
    def publish(self, request, article):
        deeds.publish(article.pk, request.user, timezone.now())
        return gettext("Published.")

    @deed(WRITES)
    def unpublish(self, request, article):
        deeds.unpublish(article.pk, request.user, timezone.now())
        return gettext("Nobody finds this article any more.")

    @deed(WRITES)
    def restore(self, request, article):
        number, pk = (request.POST.get(name, "") for name in ("after", "revision"))
        if number.isdecimal() and pk.isdecimal() and article.revisions.filter(pk=pk[:9]).exists():
            deeds.restore(article.pk, int(pk[:9]), int(number[:9]), request.user, timezone.now())
        return gettext("The old text is the newest one now. Verify it, and then it is in force.")


def verified_pill(article: Article):
    now = timezone.now()
    if article.verified_until is None:
        return pill(gettext("never verified"), "plain")
    if article.verified_until <= now:
        return pill(gettext("needs a look"), "bad")
    if article.verified_until <= now + SOON:
        return pill(gettext("needs a look soon"), "wait")
    return when(article.verified_until)


def standing_pill(article: Article):
    """Beside the title, where no heading of a column says what the date means."""
    now = timezone.now()
    if article.verified_until and article.verified_until > now + SOON:
        return pill(f"{gettext('verified until')} {in_short(article.verified_until, now)}", "plain")
    return verified_pill(article)


def _page(article: Article) -> str:
    return reverse("admin:support_article_change", args=[article.pk])


def _column(code: str, name: str, text: Revision | None) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "title": text.title if text else "",
        "keywords": text.keywords if text else "",
        "body": text.body if text else "",
        "after": text.number if text else 0,
        "text": text,
    }


def _drafts(request: HttpRequest) -> dict[str, Draft]:
    typed = request.POST
    return {
        code: Draft(
            *(typed.get(f"{name}_{code}", "") for name in ("title", "body", "keywords")),
            after=int(after) if (after := typed.get(f"after_{code}", "")).isdecimal() and len(after) < 9 else 0,
        )
        for code, _name in settings.LANGUAGES
    }


def _typed_rows(request: HttpRequest) -> dict[str, Any]:
    if request.POST.get("deed") != "write":
        return {}
    drafts = _drafts(request)
    return {
        "rows": [
            {"code": code, "name": str(name), "title": drafts[code].title, "keywords": drafts[code].keywords,
             "body": drafts[code].body, "after": drafts[code].after, "html": html_of(drafts[code].body)}
            for code, name in settings.LANGUAGES
        ]
    }  # fmt: skip


def _history(article: Article):
    rows = article.revisions.select_related("author", "verified_by").defer("words", "heading", "body")
    return rows.order_by("-written_at", "-pk")[:HISTORY]


def _difference(old: Revision, new: Revision) -> list[tuple[str, str]]:
    """Lines with what became of them: "same", "gone", "new"."""
    before, after = ([text.title, text.keywords, "", *text.body.splitlines()] for text in (old, new))
    kinds = {"  ": "same", "- ": "gone", "+ ": "new"}
    return [(kinds[line[:2]], line[2:]) for line in difflib.ndiff(before, after) if line[:2] in kinds]
