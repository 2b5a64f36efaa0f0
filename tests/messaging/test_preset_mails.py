import re
from decimal import Decimal
from html import unescape

import pytest

from messaging import blocks
from messaging.actions.showing import CONTRACT
from messaging.presets import LANGUAGES, read_presets
from messaging.rendering import RenderedMail, check_content, render
from tests.builders.mails import KNOWN, ZONES, mail_data

PRESETS = {preset.slug: preset for preset in read_presets()}
# The others are about a contract, or were asked for: there is nothing to unsubscribe from.
REFUSABLE = [slug for slug, preset in PRESETS.items() if preset.purpose not in CONTRACT]
EVERY = [(slug, language) for slug in PRESETS for language in LANGUAGES]


def written(slug: str, language: str, **data) -> RenderedMail:
    content = PRESETS[slug].contents[language].compiled()
    return render(content, data or mail_data(language, unsubscribe=slug in REFUSABLE), language, ZONES[language])


def seen(html: str) -> str:
    """The words of a mail as they are read, with plain spaces."""
    html = re.sub(r"</?(?:a|span)\b[^>]*>", "", html)
    return plain(unescape(re.sub(r"<!--.*?-->|<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_preset_mails_have_their_purposes():
    assert {slug: preset.purpose for slug, preset in PRESETS.items()} == {
        **dict.fromkeys(["account_link", "confirm_subscription", "order_link"], "account"),
        **dict.fromkeys(["page_code", "follow_invitation"], "account"),
        **dict.fromkeys(["order_confirmation", "payment_receipt", "payment_reminder", "parcel_news"], "order_updates"),
        **dict.fromkeys(["shipping_update", "out_for_delivery", "ready_for_pickup"], "order_updates"),
        **dict.fromkeys(["pickup_reminder", "failed_attempt", "failed_attempt_again"], "order_updates"),
        **dict.fromkeys(["delay_apology", "delivered", "return_reminder", "refund_done"], "order_updates"),
        **dict.fromkeys(["order_cancelled", "request_refused", "address_changed"], "order_updates"),
        **dict.fromkeys(["return_requested", "return_approved", "return_label"], "order_updates"),
        **dict.fromkeys(["return_refused", "return_received", "return_settled"], "order_updates"),
        **dict.fromkeys(["storage_ending", "parcel_held", "parcel_returning"], "order_updates"),
        **dict.fromkeys(["payment_failed", "renewal_reminder"], "order_updates"),
        **dict.fromkeys(["review_request", "review_reminder"], "review_requests"),
        **dict.fromkeys(["check_in", "csat", "ces", "nps", "after_deal_check"], "surveys"),
        **dict.fromkeys(["thank_you", "thank_you_again", "care_tips", "tier_upgrade", "points_expiry"], "loyalty"),
        **dict.fromkeys(["news", "cross_sell", "replenishment", "referral_ask", "sunset"], "marketing"),
        **dict.fromkeys(["win_back", "win_back_reason", "win_back_offer", "birthday"], "marketing"),
        **dict.fromkeys(["birthday_reminder", "after_deal_refill"], "marketing"),
        **dict.fromkeys(["business_card", "ticket_reply", "ticket_received", "ticket_confirm"], "support"),
    }
    assert PRESETS["order_confirmation"].name["uk"] == "Підтвердження замовлення"


@pytest.mark.parametrize(("slug", "language"), EVERY)
def test_every_preset_mail_would_be_accepted_in_the_admin(slug, language):
    content = PRESETS[slug].contents[language]

    known = blocks.described(KNOWN)
    assert blocks.check(content.blocks) == []
    assert check_content(content.subject, content.preheader, content.mjml, content.text, known) == []


@pytest.mark.parametrize(("slug", "language"), EVERY)
def test_every_preset_mail_is_light_and_loads_nothing_from_strangers(slug, language):
    html = written(slug, language).html

    hosts = set(re.findall(r"https?://([\w.-]+)", html))
    assert len(html.encode()) < 60 * 1024
    assert hosts == {"www.w3.org", "aftercare.example", "shop.example"}  # the first names a grammar, and is not asked
    assert f'<html lang="{language}"' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "<img" not in html and "[[" not in html


@pytest.mark.parametrize(
    ("slug", "language", "subject"),
    [
        ("order_confirmation", "en", "We have your order 1042"),
        ("order_confirmation", "uk", "Ми отримали ваше замовлення 1042"),
        ("order_confirmation", "ru", "Мы получили ваш заказ 1042"),
        ("order_link", "en", "The link to your order 1042"),
        ("order_link", "uk", "Посилання на ваше замовлення 1042"),
        ("order_link", "ru", "Ссылка на ваш заказ 1042"),
        ("shipping_update", "en", "Your order 1042 is on its way"),
        ("shipping_update", "uk", "Замовлення 1042 уже в дорозі"),
        ("shipping_update", "ru", "Заказ 1042 уже в пути"),
        ("review_request", "en", "How do you like your order 1042?"),
        ("review_request", "uk", "Як вам покупки із замовлення 1042?"),
        ("review_request", "ru", "Лампа настольная «Аист»: как вам?"),
    ],
)
def test_subjects(slug, language, subject):
    assert written(slug, language).subject == subject


@pytest.mark.parametrize(
    ("language", "sums"),
    [
        ("en", "Items €299.30 Discount −€10.00 Delivery €4.90 Total €294.20 Including tax €46.87"),
        ("uk", "Товари 1 920,50 ₴ Доставка 75,00 ₴ Разом 1 995,50 ₴"),
        ("ru", "Товары 7 490,00 ₽ Доставка бесплатно Итого 7 490,00 ₽"),
    ],
)
def test_the_confirmation_adds_up_as_each_language_writes_it(language, sums):
    mail = written("order_confirmation", language)

    assert sums in seen(mail.html)
    assert sums in plain(mail.text).replace(":", "")


def test_the_confirmation_shows_tax_as_a_row_when_it_comes_on_top():
    data = mail_data("en")
    data["order"] |= {"tax": Decimal("29.42"), "total": Decimal("323.62")}

    assert "Delivery €4.90 Tax €29.42 Total €323.62" in seen(written("order_confirmation", "en", **data).html)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Order 1042 of 22 November has reached us."),
        ("uk", "Замовлення 1042 від 22 листопада уже в нас."),
        ("ru", "Заказ 1042 от 23 ноября уже у нас."),
    ],
)
def test_the_day_of_the_order_is_the_readers_day(language, sentence):
    mail = written("order_confirmation", language)  # placed at 21:30 UTC, which is after midnight in Moscow

    assert sentence in seen(mail.html)
    assert sentence in plain(mail.text)


def test_the_text_part_of_a_confirmation_reads_like_a_letter():
    assert written("order_confirmation", "uk").text.replace("\xa0", " ") == (
        """\
Дякуємо за замовлення, Олено

Добрий день! Замовлення 1042 від 22 листопада уже в нас. Готуємо його до
відправлення й напишемо вам, щойно посилка вирушить у дорогу. А поки що його
стан можна будь-коли переглянути на сторінці замовлення.

Переглянути замовлення: https://aftercare.example/o/eyJvIjoxMDQyfQ/

Що ви замовили

- Чашка «Полин», 250 мл, 2 шт.: 1 180,00 ₴
- Тарілка глибока, 1 шт.: 740,50 ₴

Товари: 1 920,50 ₴
Доставка: 75,00 ₴
Разом: 1 995,50 ₴

Куди доставити: Олена Ковальчук, Нова пошта, відділення № 17, Львів
Спосіб доставки: Нова пошта, до відділення
Оплата: Післяплата

Щось не так або хочете змінити замовлення? Просто дайте відповідь на цей
лист чи зателефонуйте: +380 44 555 01 99. Вам відповість людина.

З теплом,
Глина

Ви отримали цей лист, бо зробили замовлення в магазині «Глина».
Обрати, що отримувати від нас: https://aftercare.example/p/eyJwIjo3fQ/
"""
    )


@pytest.mark.parametrize(
    ("language", "expected", "unknown"),
    [
        ("en", "Expected Wednesday, 25 November", "The carrier has not named a delivery day yet"),
        ("uk", "Очікуємо доставку середа, 25 листопада", "Дня доставки перевізник ще не назвав"),
        ("ru", "Ожидаемая доставка среда, 25 ноября", "День доставки перевозчик ещё не назвал"),
    ],
)
def test_a_shipping_update_names_the_day_or_says_that_there_is_none_yet(language, expected, unknown):
    data = mail_data(language)
    with_day = seen(written("shipping_update", language, **data).html)
    data["shipment"]["estimated_on"] = None
    without_day = written("shipping_update", language, **data)

    assert expected in with_day and unknown not in with_day
    assert unknown in seen(without_day.html) and unknown in plain(without_day.text)


def test_a_shipping_update_carries_carrier_number_and_track_button():
    html = written("shipping_update", "uk").html

    assert "Перевізник Нова пошта Номер відправлення 20450912345678" in seen(html)
    assert 'href="https://aftercare.example/o/eyJvIjoxMDQyfQ/?parcel=20450912345678"' in html


def test_each_product_of_a_review_request_has_five_stars_that_carry_the_score():
    html = written("review_request", "uk").html

    links = re.findall(r'<a class="star" .*?href="([^"]+)" aria-label="([^"]+)"', html)
    assert [(unescape(url).split("/")[-1], label) for url, label in links[5:]] == [
        ("?product=2&stars=1", "1 зірка"),
        ("?product=2&stars=2", "2 зірки"),
        ("?product=2&stars=3", "3 зірки"),
        ("?product=2&stars=4", "4 зірки"),
        ("?product=2&stars=5", "5 зірок"),
    ]
    assert len(links) == 10


@pytest.mark.parametrize(("slug", "language"), EVERY)
def test_only_a_mail_that_one_may_refuse_offers_to_unsubscribe(slug, language):
    mail = written(slug, language)

    offered = "https://aftercare.example/u/eyJ1Ijo3fQ/"
    assert (offered in mail.html, offered in mail.text) == (slug in REFUSABLE,) * 2


@pytest.mark.parametrize(("slug", "language"), EVERY)
def test_a_mail_without_a_name_or_extras_still_reads_well(slug, language):
    data = mail_data(language, first_name="", unsubscribe=True)
    data["order"] |= {"address_lines": [], "shipping_method": "", "payment_method": ""}
    data["store"] |= {"support_phone": "", "support_email": "", "address": ""}
    data["shipment"]["lines"] = []

    mail = written(slug, language, **data)

    assert not re.search(r" [,.!]|,,|\(\)", seen(mail.html).replace(" \xa0", ""))
    assert not re.search(r" [,.!]|,,|\n{3}", mail.text)


def test_a_name_with_markup_arrives_as_text():
    data = mail_data("en", first_name='<a href="x">Eve</a>')

    html = written("order_confirmation", "en", **data).html

    assert "Thank you for your order, &lt;a href=&#34;x&#34;&gt;Eve&lt;/a&gt;</h1>" in html


def test_pictures_replace_the_letter_where_there_are_some():
    data = mail_data("uk")
    data["store"]["logo_url"] = "https://shop.example/logo.png"
    data["order"]["lines"][0]["image_url"] = "https://shop.example/cup.jpg"

    html = written("order_confirmation", "uk", **data).html

    assert 'src="https://shop.example/logo.png" alt="Глина"' in html
    assert html.count('class="thing"') == 1 and html.count('class="no-thing"') == 1


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_every_mail_leads_to_the_page_on_which_the_reader_chooses(language):
    for slug in PRESETS:
        mail = written(slug, language)

        assert "https://aftercare.example/p/eyJwIjo3fQ/" in mail.html
        assert "https://aftercare.example/p/eyJwIjo3fQ/" in mail.text


@pytest.mark.parametrize(("slug", "language"), EVERY)
def test_a_subject_is_short_enough_for_a_phone(slug, language):
    subject = written(slug, language).subject

    assert len(subject) <= (47 if slug != "confirm_subscription" else 60), subject


@pytest.mark.parametrize(("slug", "language"), EVERY)
def test_a_preset_mail_has_one_button_and_tells_whom_to_answer(slug, language):
    blocks_of = [block["block"] for block in PRESETS[slug].contents[language].blocks]

    assert blocks_of.count("button") <= 1
    assert re.search("reply|відповідь|ответ", written(slug, language).text)


def test_a_survey_shows_its_numbers_as_links_and_nothing_where_there_is_none():
    data = mail_data("uk", unsubscribe=True)
    without = written("nps", "uk", **data)
    choices = [{"n": n, "url": f"https://aftercare.example/s/x/?n={n}"} for n in range(11)]
    asked = written("nps", "uk", **data, survey={"url": "https://aftercare.example/s/x/", "choices": choices})

    assert "/s/x/" not in without.html + without.text
    assert re.findall(r'href="https://aftercare.example/s/x/\?n=(\d+)"', asked.html) == [str(n) for n in range(11)]
    assert "10: https://aftercare.example/s/x/?n=10" in asked.text
    assert "0: зовсім малоймовірно · 10: дуже ймовірно" in seen(asked.html)
