"""Answers to what people ask: one function for the help centre, the contact form and the agent's page.

Only verified texts of published articles are ever given. PostgreSQL finds them by words: it knows how English and
Russian words bend. For Ukrainian it has no dictionary: those words are looked for by their beginnings, without the
last letters, which bend. Words with mistakes are found by their trigrams in titles and in the words that people use.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from orders.using import Article as Shown
from orders.using import Goods
from support.markup import words_of
from support.models import Article, Revision

MOST_WORDS = 12  # of a question; a longer one is told apart by its first
MOST_GUESSED = 6  # words whose mistakes are forgiven
SHORTEST_GUESSED = 5  # letters: of a shorter word too few trigrams are left to tell it from others
# Share of a word's trigrams that a title must have: “retrun” has 0.43 of “return”; pg_trgm's own 0.6 misses it.
ALIKE = 0.42
LONGEST = 400  # characters of a question that are read
EXCERPT = 180
MOST_ABOUT = 5  # articles under one product
PUBLIC: tuple[str, ...] = (Article.Audience.PUBLIC,)
AGENTS: tuple[str, ...] = (Article.Audience.PUBLIC, Article.Audience.AGENTS)
_WORD = re.compile(r"[^\W_]+")
_QUERY = "to_tsquery(%(config)s::regconfig, %(words)s) || to_tsquery('simple', %(beginnings)s)"
# Words that every question holds: PostgreSQL has lists for English and Russian.
_UKRAINIAN = """
але або адже без був буде була були вам вас вже ви від він вона вони все всі для коли мене мені мій моє моя мого моєї
моїй моєму на наш нам нас ні них ось про при під після перед потім поки просто себе так там тільки тому треба тут
цей цього цієї ця це чи чому що щоб як яка який яке які якщо скільки можна може де дуже день добрий доброго дня
привіт вітаю будь ласка дякую хочу є до з за зі із не по та те то у я
"""
_EMPTY = frozenset(_UKRAINIAN.split())


@dataclass(frozen=True, slots=True)
class Answer:
    """An article in the reader's language, or in the next best that it has."""

    article_id: int
    slug: str
    audience: str
    category: str
    language: str
    title: str
    body: str
    verified_at: datetime

    @property
    def excerpt(self) -> str:
        words = words_of(self.body)
        return words if len(words) <= EXCERPT else words[:EXCERPT].rsplit(" ", 1)[0] + "…"


def answers(question: str, language: str, audience: Sequence[str], now: datetime, limit: int = 10) -> list[Answer]:
    """The articles that answer best, best first; equal ones in the order of their making. One query, none for nothing.

    What is asked is looked for in all languages: who asks in Russian on a Ukrainian page is answered too.
    """
    words = _words_of(question)
    if not words:
        return []
    beginnings = _beginnings(words)
    guessed = {f"guess{n}": word for n, word in enumerate(w for w in words if len(w) >= SHORTEST_GUESSED)}
    values = {
        "config": "english" if language == "en" else "russian",  # which takes Latin words as English ones
        "words": " | ".join(f"'{word}'" for word in words),
        "beginnings": " | ".join(beginnings),
        "question": question[:LONGEST].replace("\0", " ").lower(),
        "asked": len(words) + len(beginnings),
        "language": language,
        "languages": list(dict.fromkeys([language, "en"])),
        "audience": list(audience),
        "now": now,
        "limit": limit,
        **dict(list(guessed.items())[:MOST_GUESSED]),
    }
    names = [f"%({name})s" for name in values if name.startswith("guess")]
    sql = _ASKED.format(
        alike="".join(f" OR r.heading %%> {name}" for name in names),
        nearest=f"greatest({', '.join(f'word_similarity({name}, r.heading)' for name in names)})" if names else "0",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Answer(*row) for row in cursor.fetchall()]


# How well: the weights of the words found, a title's above a text's (ts_rank divides by the words asked); some for the
# nearest guess, for a title put as the question is, and for the reader's own language. Two places, so that rounding
# never changes the order. The threshold goes in the same message, and ends with its transaction.
_ASKED = f"""
SET LOCAL pg_trgm.word_similarity_threshold = {ALIKE};
WITH found AS (
    SELECT r.article_id,
        round(max(
            %(asked)s * ts_rank('{{{{0.1, 0.2, 0.3, 1}}}}', r.words, {_QUERY}) + 0.5 * {{nearest}}
            + 0.5 * word_similarity(%(question)s, r.heading)
            + CASE WHEN r.language = %(language)s THEN 0.05 ELSE 0 END
        )::numeric, 2) AS score
    FROM support_revision r JOIN support_article a ON a.id = r.article_id
    WHERE r.is_answer AND r.verified_until > %(now)s AND a.state = 'published' AND a.audience = ANY(%(audience)s)
        AND (r.words @@ ({_QUERY}){{alike}})
    GROUP BY r.article_id ORDER BY score DESC, r.article_id LIMIT %(limit)s
)
SELECT a.id, a.slug, a.audience, a.category, s.language, s.title, s.body, s.verified_at
FROM found JOIN support_article a ON a.id = found.article_id
CROSS JOIN LATERAL (
    SELECT * FROM support_revision s
    WHERE s.article_id = a.id AND s.is_answer AND s.verified_until > %(now)s
    ORDER BY coalesce(array_position(%(languages)s::text[], s.language::text), 9), s.language LIMIT 1
) s
ORDER BY found.score DESC, a.id
"""  # noqa: S608 - our own pieces


def _words_of(question: str) -> list[str]:
    plain = question[:LONGEST].replace("\0", " ").lower()
    return [word for word in dict.fromkeys(_WORD.findall(plain)) if len(word) > 1 and word not in _EMPTY][:MOST_WORDS]


def _beginnings(words: Sequence[str]) -> list[str]:
    """``доставку`` → ``достав:*``. Cyrillic words without the letters that bend; the last word may be unfinished."""
    stems = [word[: max(4, len(word) - 2)] for word in words if re.match("[а-яёєіїґ]", word) and len(word) > 3]
    last = [words[-1]] if len(words[-1]) > 2 else []
    return [f"'{stem}':*" for stem in dict.fromkeys([*stems, *last])]


def shown_in(language: str, audience: Sequence[str], now: datetime, *slugs: str) -> list[Answer]:
    """Every verified article, or those, in the best language for the reader, in the order of titles. One query."""
    rows = Revision.objects.filter(
        is_answer=True,
        verified_until__gt=now,
        article__state=Article.State.PUBLISHED,
        article__audience__in=audience,
    )
    if slugs:
        rows = rows.filter(article__slug__in=slugs)
    best: dict[int, Answer] = {}
    columns = (
        "article_id",
        "article__slug",
        "article__audience",
        "article__category",
        "language",
        "title",
        "body",
        "verified_at",
    )
    for values in rows.order_by("article", "language").values_list(*columns):
        found, known = Answer(*values), best.get(values[0])
        if known is None or _rank(found.language, language) < _rank(known.language, language):
            best[found.article_id] = found
    return sorted(best.values(), key=lambda answer: answer.title)


def articles_about(goods: Sequence[Goods], language: str, now: datetime) -> dict[int, list[Shown]]:
    """Of each product its verified articles for everybody: the one named by hand first. Two queries."""
    names = sorted({name for one in goods for name in one.names})
    named = Q(slug__in={one.article for one in goods if one.article}) | Q(goods__overlap=names)
    about = dict(Article.objects.filter(named, state=Article.State.PUBLISHED).values_list("slug", "goods"))
    shown = shown_in(language, PUBLIC, now, *about) if about else []
    found = {
        one.product_id: [
            Shown(answer.title, f"/help/{answer.slug}/?lang={language}")
            for answer in sorted(shown, key=lambda answer: answer.slug != one.article)
            if answer.slug == one.article or not one.names.isdisjoint(about[answer.slug])
        ][:MOST_ABOUT]
        for one in goods
    }
    return {pk: articles for pk, articles in found.items() if articles}


def _rank(language: str, wanted: str) -> int:
    return [wanted, "en"].index(language) if language in (wanted, "en") else 2


def said_in(slug: str, language: str, audience: Sequence[str], now: datetime) -> Answer | None:
    """One verified article in the best language for the reader."""
    return next(iter(shown_in(language, audience, now, slug)), None)
