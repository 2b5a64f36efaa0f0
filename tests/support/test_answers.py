"""Answers: verified texts only, in three languages, through mistakes, by the index; and the life of an article."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from events.models import Event
from support.actions import articles as deeds
from support.actions.articles import ArticleRefused, Draft
from support.answers import AGENTS, PUBLIC, answers
from support.models import Article, Revision
from tests.builders.articles import RETURNS, article, many, verified
from tests.builders.room import person
from tests.builders.tickets import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def slugs(question, language="en", audience=PUBLIC, now=NOON):
    return [found.slug for found in answers(question, language, audience, now)]


# --- What is found ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How do I return it?", "en"),
        ("returning goods", "en"),
        ("retrun the parcl", "en"),  # with mistakes
        ("як повернути товар", "uk"),
        ("повернень", "uk"),  # another case
        ("повернненя", "uk"),  # with mistakes
        ("вернуть деньги за товар", "ru"),
        ("возвратов", "ru"),
        ("вазврат", "ru"),
        ("вернуть товар", "uk"),  # asks in Russian on a Ukrainian page
    ],
)
def test_people_find_the_article_however_they_put_it(question, language):
    verified("return", RETURNS)
    verified("pay", {"en": ("Ways to pay", "Card or cash."), "uk": ("Оплата", "Карткою."), "ru": ("Оплата", "Картой.")})

    assert slugs(question, language) == ["return"]


def test_an_article_speaks_the_readers_language_or_the_next_best():
    verified("return", {code: RETURNS[code] for code in ("en", "ru")})

    assert answers("повернення возврат", "uk", PUBLIC, NOON)[0].language == "en"
    assert answers("return", "ru", PUBLIC, NOON)[0].language == "ru"


def test_a_title_counts_for_more_than_a_text_and_equal_answers_keep_their_order():
    verified("b", {"en": ("Parcels", "Points can be spent on parcels.")})
    verified("c", {"en": ("Other", "About points.")})
    verified("d", {"en": ("Other", "About points.")})
    verified("a", {"en": ("Points", "How they are earned.")})

    assert slugs("points") == ["a", "b", "c", "d"]


@pytest.mark.parametrize("question", ["", "  ", "?!", "\0", "' OR 1=1 --", "):* | !(", "%s %(x)s", "що це", "x" * 5000])
def test_what_is_no_question_finds_nothing_and_breaks_nothing(question):
    verified("return", RETURNS)

    assert slugs(question, "uk") == []


def test_one_query_finds_them(django_assert_num_queries):
    verified("return", RETURNS)

    with django_assert_num_queries(1):
        slugs("return")


# --- What is never given ------------------------------------------------------------------------------------------


def test_only_verified_texts_of_published_articles_are_given_and_agents_see_more():
    article("draft", RETURNS)
    verified("inner", RETURNS, audience="agents")
    gone = verified("gone", RETURNS)
    deeds.unpublish(gone.pk, None, NOON)

    assert slugs("return") == []
    assert slugs("return", audience=AGENTS) == ["inner"]


def test_an_answer_stops_at_its_very_moment_whether_or_not_the_clock_has_run():
    made = verified("return", RETURNS)

    assert slugs("return", now=made.verified_until - timedelta(seconds=1)) == ["return"]
    assert slugs("return", now=made.verified_until) == []


def test_a_new_text_changes_nothing_until_somebody_verifies_it():
    made = verified("return", {"en": ("How to return", "Within 14 days.")})

    deeds.write(made.pk, {"en": Draft("How to return", "Within 30 days.", after=1)}, None, NOON)

    assert answers("return", "en", PUBLIC, NOON)[0].body == "Within 14 days."
    deeds.verify(made.pk, [Revision.objects.get(article=made, number=2).pk], None, NOON)
    assert answers("return", "en", PUBLIC, NOON)[0].body == "Within 30 days."


# --- The life of an article ---------------------------------------------------------------------------------------


def test_verification_runs_out_once_and_its_owner_is_named_in_the_fact(noon):
    owner = person("agent")
    made = verified("return", RETURNS, owner=owner)
    noon.move_to(NOON + timedelta(days=91))

    assert [deeds.expire_due(), deeds.expire_due()] == [1, 0]

    fact = Event.objects.get(kind="article.expired")
    assert (fact.subject_id, fact.data["owner_id"]) == (made.pk, owner.pk)


def test_who_did_not_see_the_newest_text_neither_overwrites_nor_verifies_it():
    made = article("return", {"en": RETURNS["en"]})
    first = Revision.objects.get()
    deeds.write(made.pk, {"en": Draft("Newer", "Text", after=1)}, None, NOON)

    with pytest.raises(ArticleRefused, match="newer text meanwhile"):
        deeds.write(made.pk, {"en": Draft("Mine", "Text", after=1)}, None, NOON)
    with pytest.raises(ArticleRefused, match="newer text than the one"):
        deeds.verify(made.pk, [first.pk], None, NOON)

    assert (Revision.objects.count(), Revision.objects.filter(is_answer=True).count()) == (2, 0)


def test_only_the_owner_or_a_manager_verifies():
    owner, other, manager = person("agent"), person("agent", "other@shop.example"), person("manager")
    made = article("return", {"en": RETURNS["en"]}, owner=owner)
    text = Revision.objects.get().pk

    with pytest.raises(ArticleRefused, match="Only the article's owner"):
        deeds.verify(made.pk, [text], other, NOON)

    assert not Event.objects.filter(kind="article.verified").exists()
    assert deeds.verify(made.pk, [text], owner, NOON) == deeds.verify(made.pk, [text], manager, NOON)


def test_nothing_is_published_that_nobody_verified():
    made = article("return", RETURNS)

    with pytest.raises(ArticleRefused, match="Nobody has verified"):
        deeds.publish(made.pk, None, NOON)

    made.refresh_from_db()
    assert made.state == "draft"


def test_saying_the_same_again_is_no_revision_and_half_a_text_is_refused_with_all_the_rest():
    made = article("return", {"en": RETURNS["en"]})
    same = Draft(*RETURNS["en"], after=1)

    assert deeds.write(made.pk, {"en": same, "uk": Draft("", "")}, None, NOON) == []
    with pytest.raises(ArticleRefused, match="needs a title and a text"):
        deeds.write(made.pk, {"en": Draft("New", "New", after=1), "uk": Draft("Назва", "")}, None, NOON)
    assert Revision.objects.count() == 1


def test_an_old_text_comes_back_as_the_newest():
    made = article("return", {"en": ("One", "First")})
    deeds.write(made.pk, {"en": Draft("Two", "Second", after=1)}, None, NOON)

    deeds.restore(made.pk, Revision.objects.get(number=1).pk, 2, None, NOON)

    assert [row.title for row in made.revisions.order_by("number")] == ["One", "Two", "One"]


@pytest.mark.parametrize("change", [{"body": "other"}, {"title": "other"}, {"number": 9}])
def test_postgresql_refuses_to_change_a_text(change):
    article("return", {"en": RETURNS["en"]})

    with pytest.raises(IntegrityError, match="write a new one"), transaction.atomic():
        Revision.objects.update(**change)
    with pytest.raises(IntegrityError, match="write a new one"), transaction.atomic():
        Revision.objects.all().delete()


# --- Among many ---------------------------------------------------------------------------------------------------


def test_among_many_articles_the_indexes_answer():
    many(10_000)
    verified("return", RETURNS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list(i) FROM unnest(ARRAY['revision_words', 'revision_heading']) i")
        cursor.execute("ANALYZE support_revision, support_article")
    seen = []

    def explained(execute, sql, params, many, context):
        setting, _semicolon, question = sql.partition(";")
        with connection.connection.cursor() as cursor:
            cursor.execute(f"{setting}; EXPLAIN {question}", params)
            seen.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        assert slugs("retrun goods")[0] == "return"

    assert "revision_words" in seen[0] and "revision_heading" in seen[0]
    assert "Seq Scan on support_revision" not in seen[0]


def test_the_builders_articles_are_all_published():
    many(3)

    assert Article.objects.filter(state="published").count() == 3
