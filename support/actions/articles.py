"""Verbs about articles: write a text, verify it, publish, withdraw, let run out.

Writing changes nothing of what is said: the verified text stays the answer until somebody verifies the new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events.facts import Recorded, record, record_all
from shelf.reasons import Refusal
from staff.models import User
from support.actions.tickets import storable
from support.events import ArticleExpired, ArticlePublished, ArticleUnpublished, ArticleVerified
from support.models import Article, Revision
from support.models.articles import LONGEST_BODY, LONGEST_KEYWORDS, LONGEST_TITLE

State = Article.State
BATCH = 100

NO_TITLE = _("%(language)s: an article needs a title and a text.")
TOO_LONG = _("%(language)s: “%(field)s” has up to %(most)s characters; this one has %(count)s.")
WRITTEN = _("%(language)s: %(who)s wrote a newer text meanwhile. Look at it, and then decide.")
NOT_NEWEST = _("There is a newer text than the one that you read. Read it, and then verify.")
NOTHING_TO_VERIFY = _("This article has no text yet.")
NOT_YOURS = _("Only the article's owner verifies it, or somebody who may verify all articles.")
NOT_VERIFIED = _("Nobody has verified a text of this article, or the time is over. Verify it first.")
PUBLISHED = _("This article is published already.")
NOT_PUBLISHED = _("This article is not published.")
NO_LANGUAGE = _("There is no language “%(language)s” here.")


class ArticleRefused(Refusal):
    """Something that cannot be done with an article, with a sentence for whoever tried."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as it was typed. ``after``: the number of the newest revision that its author saw; 0 for none."""

    title: str
    body: str
    keywords: str = ""
    after: int = 0


# --- Writing --------------------------------------------------------------------------------------------------------


@transaction.atomic
def write(article_id: int, drafts: Mapping[str, Draft], by: User | None, now: datetime) -> list[Revision]:
    """New revisions, by language, of those texts that say something new. Raises ArticleRefused; then none is kept."""
    article = _locked(article_id)
    newest = newest_of([article.pk])
    rows = [row for language, draft in drafts.items() if (row := _row(article, language, draft, newest, by, now))]
    return Revision.objects.bulk_create(rows)


def _row(
    article: Article,
    language: str,
    draft: Draft,
    newest: Mapping[tuple[int, str], Revision],
    by: User | None,
    now: datetime,
) -> Revision | None:
    last = newest.get((article.pk, language))
    texts = _checked(language, draft)
    if texts is None and last is None:
        return None  # a language in which nobody writes
    if last and texts == {name: getattr(last, name) for name in ("title", "keywords", "body")}:
        return None
    if last and last.number != draft.after:
        raise ArticleRefused(WRITTEN, language=_name(language), who=str(last.author or "–"))
    if texts is None:
        raise ArticleRefused(NO_TITLE, language=_name(language))
    number = last.number + 1 if last else 1
    return Revision(article=article, language=language, number=number, author=by, written_at=now, **texts)


def _checked(language: str, draft: Draft) -> dict[str, str] | None:
    """The three texts as they are kept; None where nothing was typed."""
    if language not in dict(settings.LANGUAGES):
        raise ArticleRefused(NO_LANGUAGE, language=language)
    title, keywords = (" ".join(storable(text).split()) for text in (draft.title, draft.keywords))
    body = storable(draft.body)
    if not (title or body or keywords):
        return None
    if not (title and body):
        raise ArticleRefused(NO_TITLE, language=_name(language))
    for field, text, most in ((_("title"), title, LONGEST_TITLE), (_("text"), body, LONGEST_BODY),
                              (_("words that people use"), keywords, LONGEST_KEYWORDS)):  # fmt: skip
        if len(text) > most:
            raise ArticleRefused(TOO_LONG, language=_name(language), field=field, most=most, count=len(text))
    return {"title": title, "keywords": keywords, "body": body}


def restore(article_id: int, revision_id: int, after: int, by: User | None, now: datetime) -> list[Revision]:
    """An old text as the newest one of its language."""
    old = Revision.objects.get(pk=revision_id, article=article_id)
    return write(article_id, {old.language: Draft(old.title, old.body, old.keywords, after)}, by, now)


def newest_of(article_ids: Sequence[int]) -> dict[tuple[int, str], Revision]:
    """The last text of each article and language. One query."""
    rows = Revision.objects.filter(article__in=article_ids).select_related("author").defer("words", "heading")
    newest = rows.order_by("article", "language", "-number").distinct("article", "language")
    return {(row.article_id, row.language): row for row in newest}


# --- Verifying ------------------------------------------------------------------------------------------------------


def may_verify(article: Article, by: User) -> bool:
    return article.owner_id == by.pk or by.has_perm("support.verify_article")


@transaction.atomic
def verify(article_id: int, revision_ids: Sequence[int], by: User | None, now: datetime) -> datetime:
    """Say that these texts are true: they are the answers until the time that comes back. ``by`` None: the house.

    Raises ArticleRefused when one of them is not the newest of its language, for then something else was read.
    """
    article = _locked(article_id)
    if by and not may_verify(article, by):
        raise ArticleRefused(NOT_YOURS)
    newest = {row.pk: row for row in newest_of([article.pk]).values()}
    if not newest:
        raise ArticleRefused(NOTHING_TO_VERIFY)
    if not revision_ids or not set(revision_ids) <= set(newest):
        raise ArticleRefused(NOT_NEWEST)
    until = now + timedelta(days=article.verify_every_days)
    languages = [newest[pk].language for pk in revision_ids]
    Revision.objects.filter(article=article, language__in=languages, is_answer=True).update(is_answer=False)
    Revision.objects.filter(pk__in=revision_ids).update(
        is_answer=True, verified_by=by, verified_at=now, verified_until=until
    )
    _reckon(article)
    fact = ArticleVerified(tuple(sorted(revision_ids)), until)
    record(fact, subject=("article", article.pk), at=now, created_by_id=by.pk if by else None)
    return until


def _reckon(article: Article) -> None:
    """When the first of its answers needs a look."""
    answers = Revision.objects.filter(article=article, is_answer=True)
    article.verified_until = answers.aggregate(first=Min("verified_until"))["first"]
    article.expired_at = None
    article.save(update_fields=["verified_until", "expired_at"])


@transaction.atomic
def expire_due() -> int:
    """Tell of verifications that have run out. Answers stop at that moment by themselves, whenever this runs."""
    now = timezone.now()
    due = Article.objects.filter(state=State.PUBLISHED, verified_until__lte=now, expired_at=None)
    articles = list(due.order_by("verified_until").select_for_update(skip_locked=True)[:BATCH])
    Article.objects.filter(pk__in=[article.pk for article in articles]).update(expired_at=now)
    record_all(
        [
            Recorded(
                ArticleExpired(article.owner_id, article.verified_until),
                ("article", article.pk),
                at=now,
                key=f"article.expired:{article.pk}:{article.verified_until.isoformat()}",
            )
            for article in articles
            if article.verified_until
        ]
    )
    return len(articles)


# --- Publishing -----------------------------------------------------------------------------------------------------


@transaction.atomic
def publish(article_id: int, by: User | None, now: datetime) -> None:
    """From now on it is found. Raises ArticleRefused unless a text of it is verified."""
    article = _locked(article_id)
    if article.state == State.PUBLISHED:
        raise ArticleRefused(PUBLISHED)
    if not Revision.objects.filter(article=article, is_answer=True, verified_until__gt=now).exists():
        raise ArticleRefused(NOT_VERIFIED)
    article.state, article.published_at = State.PUBLISHED, now
    article.save(update_fields=["state", "published_at"])
    fact = ArticlePublished(article.audience)
    record(fact, subject=("article", article.pk), at=now, created_by_id=by.pk if by else None)


@transaction.atomic
def unpublish(article_id: int, by: User | None, now: datetime) -> None:
    article = _locked(article_id)
    if article.state != State.PUBLISHED:
        raise ArticleRefused(NOT_PUBLISHED)
    article.state = State.WITHDRAWN
    article.save(update_fields=["state"])
    record(ArticleUnpublished(), subject=("article", article.pk), at=now, created_by_id=by.pk if by else None)


def _locked(article_id: int) -> Article:
    return Article.objects.select_for_update().get(pk=article_id)


def _name(language: str) -> str:
    return str(dict(settings.LANGUAGES).get(language, language))
