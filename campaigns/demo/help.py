"""The demo's help centre: an article per file, its category first, then title, words and text of each language."""

from datetime import datetime, timedelta
from pathlib import Path

from staff.models import User
from support.actions import articles as deeds
from support.actions.articles import Draft
from support.models import Article

FOLDER = Path(__file__).parent / "articles"
CHECKED_DAYS_AGO = 12
# One needs a look soon, so that the home page has something to say.
LOOKED_AT_DAYS_AGO = {"points": 86}


def write_articles(now: datetime) -> None:
    owner = User.objects.filter(is_active=True).order_by("pk").first()
    for path in sorted(FOLDER.glob("*.txt")):
        category, drafts = read_article(path.read_text("utf-8"))
        at = now - timedelta(days=LOOKED_AT_DAYS_AGO.get(path.stem, CHECKED_DAYS_AGO))
        article = Article.objects.create(slug=path.stem, category=category, owner=owner, made_at=at)
        texts = deeds.write(article.pk, drafts, owner, at)
        deeds.verify(article.pk, [text.pk for text in texts], None, at)
        deeds.publish(article.pk, owner, at)


def read_article(source: str) -> tuple[str, dict[str, Draft]]:
    """``=== en``, then the title, then words that people use, then the text."""
    category, *parts = source.split("\n=== ")
    drafts = {}
    for part in parts:
        language, title, keywords, body = part.split("\n", 3)
        drafts[language] = Draft(title, body, keywords)
    return category.strip(), drafts
