"""The help centre as people see it, the contact form's suggestions, the agent's panel and the editor."""

from datetime import timedelta

import pytest
import time_machine

from campaigns.demo.help import write_articles
from support.answers import PUBLIC, answers
from support.lends import article_tiles
from support.markup import html_of, text_of, words_of
from support.models import Article, Revision
from tests.builders.articles import RETURNS, article, verified
from tests.builders.room import person
from tests.builders.tickets import NOON, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def read(client, address, **headers):
    return client.get(address, headers=headers)


# --- Pages --------------------------------------------------------------------------------------------------------


def test_articles_stand_by_category_and_are_found_without_javascript(client, store):
    verified("return", RETURNS, category="returns")

    shelves, found = (read(client, f"/help/?lang=en{rest}").content.decode() for rest in ("", "&q=retrun+it"))

    assert "Returns and exchange" in shelves and "/help/return/?lang=en" in shelves
    assert "How to return a purchase" in found and "You can return goods within 14 days." in found


def test_nothing_found_and_nothing_written_both_lead_to_a_person(client, store):
    for address in ("/help/?lang=en", "/help/?lang=en&q=zebra"):
        page = read(client, address).content.decode()

        assert "a person answers" in page and "/contact/?lang=en" in page


def test_an_article_says_when_it_was_checked_and_in_which_languages_it_is(client, store):
    verified("return", RETURNS)

    page = read(client, "/help/return/?lang=uk").content.decode()

    assert "Як повернути покупку" in page and "20 листопада 2026" in page
    assert 'hreflang="ru"' in page and 'content="index, follow"' in page


def test_an_article_whose_time_is_over_stays_says_so_and_is_suggested_to_nobody(client, store, noon):
    made = verified("return", RETURNS)
    noon.move_to(made.verified_until + timedelta(hours=1))

    page = read(client, "/help/return/?lang=en").content.decode()

    assert "We are looking through this article" in page and "noindex" in page
    assert "return" not in read(client, "/help/suggest/?lang=en&q=return").content.decode()


def test_what_was_read_already_is_answered_with_304_until_it_changes(client, store):
    verified("return", RETURNS)
    first = read(client, "/help/return/?lang=en")

    again = client.get("/help/return/?lang=en", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/help/return/?lang=ru", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_what_is_for_agents_is_shown_to_agents_alone(client, store):
    verified("inner", RETURNS, audience="agents")
    article("draft", RETURNS)

    closed = [read(client, f"/help/{slug}/").status_code for slug in ("inner", "draft", "absent")]
    client.force_login(person("agent"))
    page = read(client, "/help/inner/?lang=en")

    assert (closed, page.status_code, page["Cache-Control"]) == ([404, 404, 404], 200, "private, no-store")
    assert "How to return" not in read(client, "/help/?lang=en").content.decode()


@pytest.mark.parametrize(("address", "most"), [("/help/", 3), ("/help/?q=return", 3), ("/help/return/", 4)])
def test_pages_cost_few_queries(client, store, django_assert_max_num_queries, address, most):
    verified("return", RETURNS)

    with django_assert_max_num_queries(most):
        read(client, address)


# --- As one types -------------------------------------------------------------------------------------------------


def test_a_letter_that_is_being_typed_finds_articles_by_post_and_stands_in_no_address(client, store):
    verified("return", RETURNS)
    form = read(client, "/contact/?lang=en").content.decode()

    hints = client.post("/help/suggest/?lang=en", {"q": "Hello, I would like to return my mug, how does it work?"})

    assert 'data-suggest="/help/suggest/?lang=en"' in form
    assert "How to return a purchase" in hints.content.decode()
    assert hints["Cache-Control"] == "private, no-store"


# --- The agent ----------------------------------------------------------------------------------------------------


def test_the_agent_puts_the_link_or_the_text_of_an_article_into_the_answer(client, store):
    verified("return", RETURNS)
    verified("inner", RETURNS, audience="agents")
    client.force_login(person("agent"))
    one = ticket(store, text="I want to return it")
    page = f"/admin/support/ticket/{one.pk}/change/"

    panel, link, text, inner = (
        read(client, page + rest).content.decode()
        for rest in ("", "?article=return", "?article=return&as=text", "?article=inner&as=text")
    )

    assert "?article=return#answer" in panel and "?article=inner" not in panel and "/help/inner/" in panel
    assert "/help/return/?lang=en</textarea>" in link
    assert "You can return goods within 14 days.</textarea>" in text
    assert "14 days.</textarea>" not in inner


def press(client, one, deed, **typed):
    return client.post(f"/admin/support/article/{one.pk}/change/", {"deed": deed, **typed})


def test_an_article_is_made_written_verified_and_published_in_the_room(client, store):
    manager = person("manager")
    client.force_login(manager)
    fields = {"slug": "pay", "category": "payment", "audience": "public", "owner": manager.pk, "verify_every_days": 30}

    client.post("/admin/support/article/add/", fields)
    one = Article.objects.get()
    press(client, one, "write", title_en="How to pay", body_en="By **card**.", after_en="0")
    press(client, one, "verify", seen=[Revision.objects.get().pk])
    press(client, one, "publish")

    one.refresh_from_db()
    assert (one.state, one.verified_until) == ("published", NOON + timedelta(days=30))
    assert "<strong>card</strong>" in read(client, "/help/pay/?lang=en").content.decode()


def test_a_preview_keeps_nothing_and_a_refusal_keeps_what_was_typed(client, store):
    client.force_login(person("agent"))
    one = article("return", {"en": RETURNS["en"]})

    preview = press(client, one, "write", title_en="New", body_en="## Big", after_en="1", preview="1")
    stale = press(client, one, "write", title_en="Newer", body_en="Words", after_en="0")

    assert "<h2>Big</h2>" in preview.content.decode()
    assert stale.status_code == 409 and 'value="Newer"' in stale.content.decode()
    assert Revision.objects.count() == 1


def test_the_difference_is_shown_and_the_old_text_brought_back(client, store):
    client.force_login(person("agent"))
    one = article("return", {"en": ("How to return", "Within 14 days.")})
    press(client, one, "write", title_en="How to return", body_en="Within 30 days.", after_en="1")
    old = Revision.objects.get(number=1)

    page = read(client, f"/admin/support/article/{one.pk}/change/?compare={old.pk}").content.decode()
    press(client, one, "restore", revision=old.pk, after="2")

    assert "<del>Within 14 days.</del><ins>Within 30 days.</ins>" in page
    assert Revision.objects.get(number=3).body == "Within 14 days."


def test_the_list_shows_what_needs_a_look_and_the_home_page_counts_it(client, store, noon):
    made = verified("return", RETURNS)
    verified("later", RETURNS, verify_every_days=200)
    noon.move_to(made.verified_until - timedelta(days=3))
    client.force_login(person("agent"))

    page = read(client, "/admin/support/article/?verified=due").content.decode()

    assert "How to return a purchase" in page and page.count("needs a look soon") == 1
    assert [tile.value for tile in article_tiles(made.verified_until)] == ["1"]
    assert article_tiles(NOON) == []


def test_marketers_read_articles_and_change_nothing(client, store):
    client.force_login(person("marketer"))
    one = article("return", {"en": RETURNS["en"]})

    assert read(client, f"/admin/support/article/{one.pk}/change/").status_code == 200
    for deed in ("write", "settle", "publish", "unpublish", "restore"):
        assert press(client, one, deed).status_code == 403, deed
    assert press(client, one, "verify", seen=[Revision.objects.get().pk]).status_code == 409


# --- Markup -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("One\ntwo\n\nthree", "<p>One<br>two</p>\n<p>three</p>"),
        ("Steps:\n1. one\n2. two", "<p>Steps:</p><ol><li>one</li><li>two</li></ol>"),
        ("## Head\n- a\n- *b*", "<h2>Head</h2>\n<ul><li>a</li><li><em>b</em></li></ul>"),
        ("[us](/contact/)", '<p><a href="/contact/">us</a></p>'),
        ("[x](https://a.example/**b**)", '<p><a href="https://a.example/**b**">x</a></p>'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](//evil.example)", "<p>[x](//evil.example)</p>"),
        ('[x](/"onclick=")', "<p>[x](/&quot;onclick=&quot;)</p>"),
        ("", ""),
    ],
)
def test_marks_become_html_and_all_else_stays_text(source, html):
    assert html_of(source) == html


def test_for_letters_and_excerpts_the_marks_are_taken_off():
    source = "## Head\n- **a** [us](/contact/) and [shop](https://a.example)"

    assert text_of(source) == "Head\n- a us and shop: https://a.example"
    assert words_of(source) == "Head a us and shop"


# --- The demo's articles ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language", "slug"),
    [
        ("where is my parcel", "en", "delivery-time"),
        ("Де моя посилка? Чекаю вже тиждень", "uk", "delivery-time"),
        ("хочу вернуть чашку", "ru", "return"),
        ("I want to cancle my order", "en", "cancel"),
        ("прийшло розбите", "uk", "broken"),
        ("не ту адресу вказала, змініть будь ласка", "uk", "address"),
        ("промокод не работает", "ru", "points"),
        ("коли повернете гроші", "uk", "refund-time"),
        ("need an invoice for my company", "en", "payment"),
    ],
)
def test_the_demos_articles_answer_what_people_ask(question, language, slug):
    write_articles(NOON)

    assert answers(question, language, PUBLIC, NOON)[0].slug == slug


def test_the_demos_articles_are_whole_in_all_languages():
    write_articles(NOON)

    assert (
        Revision.objects.filter(is_answer=True).count() == 3 * Article.objects.filter(state="published").count() == 27
    )
