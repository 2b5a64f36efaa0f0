"""Articles: written, verified and published; many at once."""

from datetime import timedelta
from typing import Any

from support.actions import articles as deeds
from support.actions.articles import Draft
from support.models import Article, Revision
from tests.builders.tickets import NOON

Texts = dict[str, tuple[str, str]]
RETURNS: Texts = {
    "en": ("How to return a purchase", "You can return goods within 14 days."),
    "uk": ("Як повернути покупку: повернення", "Товар можна повернути протягом 14 днів."),
    "ru": ("Как вернуть покупку: возврат", "Товар можно вернуть в течение 14 дней."),
}


def article(slug: str, texts: Texts, **fields: Any) -> Article:
    made = Article.objects.create(slug=slug, made_at=NOON, **fields)
    deeds.write(made.pk, {language: Draft(*said) for language, said in texts.items()}, None, NOON)
    return made


def verified(slug: str, texts: Texts, **fields: Any) -> Article:
    made = article(slug, texts, **fields)
    deeds.verify(made.pk, list(made.revisions.values_list("pk", flat=True)), None, NOON)
    deeds.publish(made.pk, None, NOON)
    made.refresh_from_db()
    return made


def many(total: int) -> None:
    """``total`` published articles, each with words of its own."""
    until = NOON + timedelta(days=90)
    made = Article.objects.bulk_create(
        [Article(slug=f"n{n}", made_at=NOON, state="published", verified_until=until) for n in range(total)]
    )
    Revision.objects.bulk_create(
        [
            Revision(
                article=one,
                language="en",
                number=1,
                title=f"Matter {n} of kind{n % 97}",
                body=f"It says thing{n} and nothing else. " * 20,
                written_at=NOON,
                is_answer=True,
                verified_at=NOON,
                verified_until=until,
            )
            for n, one in enumerate(made)
        ]
    )
