from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from tracking.carriers.names import (
    ALIASES,
    CARRIERS,
    SPELLINGS,
    carrier_slug,
    display_name,
    find_carrier,
    tracking_url,
    zone_of,
)
from tracking.carriers.numbers import plain_number


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Nova Poshta", "nova_poshta"),
        ("nova-poshta", "nova_poshta"),
        ("NovaPoshta", "nova_poshta"),
        ("Нова Пошта", "nova_poshta"),
        ("НОВАЯ ПОЧТА", "nova_poshta"),
        ("Нова пошта, відділення №12", "nova_poshta"),
        ("Новою поштою на відділення", "nova_poshta"),
        ("Nova Post", "nova_poshta"),
        ("Ukrposhta", "ukrposhta"),
        ("Укрпошта Експрес", "ukrposhta"),
        ("Meest Express", "meest"),
        ("CDEK", "cdek"),
        ("СДЭК до двери", "cdek"),
        ("сдек", "cdek"),
        ("Почта России", "russian_post"),
        ("UPS", "ups"),
        ("UPS Ground", "ups"),
        ("USPS", "usps"),
        ("FedEx", "fedex"),
        ("Fed Ex International", "fedex"),
        ("DHL", "dhl"),
        ("DHL Express Worldwide", "dhl"),
        ("DHLExpress", "dhl"),
        ("dhl-germany", "dhl"),
        ("dpd-uk", "dpd"),
        ("inpost-paczkomaty", "inpost"),
        ("Zásilkovna", "packeta"),
        ("Royal_Mail", "royal_mail"),
    ],
)
def test_free_text_of_shops_names_a_carrier(text, slug):
    assert find_carrier(text) == slug


@pytest.mark.parametrize("text", ["", "My Courier", "Groups", "Supsonic", "Пошта", "Post", "🚚", "\0", "UPSIDE"])
def test_other_text_names_none(text):
    assert find_carrier(text) == ""


@pytest.mark.parametrize(
    ("number", "slug"),
    [
        ("1Z999AA10123456784", "ups"),
        ("1z 999 aa1 01 2345 6784", "ups"),
        ("20 4500 0000 0001", "nova_poshta"),
        ("59000000000001", "nova_poshta"),
        ("9400111899223100000000", "usps"),
        ("RA473124829UA", "ukrposhta"),
        ("RA473124828UA", ""),  # wrong check digit
        ("RA473124829ZZ", ""),
        ("1234567890", ""),
        ("", ""),
    ],
)
def test_number_gives_the_carrier_away_when_the_text_says_nothing(number, slug):
    assert find_carrier("", number) == slug
    assert find_carrier("Other", number) == slug


def test_named_carrier_wins_over_the_look_of_the_number():
    assert find_carrier("DHL", "1Z999AA10123456784") == "dhl"
    assert find_carrier("My Courier", "1Z999AA10123456784") == ""


def test_unknown_carrier_gets_a_slug_of_its_own():
    assert carrier_slug("My Courier") == "my_courier"
    assert carrier_slug("", "20450000000001") == "nova_poshta"
    assert carrier_slug("") == ""


@pytest.mark.parametrize(
    ("slug", "language", "name"),
    [
        ("nova_poshta", "en", "Nova Poshta"),
        ("nova_poshta", "uk", "Нова пошта"),
        ("nova_poshta", "ru", "Новая почта"),
        ("cdek", "ru", "СДЭК"),
        ("ups", "uk", "UPS"),
        ("my_courier", "uk", "my courier"),
        ("", "en", ""),
    ],
)
def test_name_is_in_the_readers_language(slug, language, name):
    assert display_name(slug, language) == name


def test_tracking_page_is_linked_with_the_number_escaped():
    assert tracking_url("ups", "1Z999AA1") == "https://www.ups.com/track?tracknum=1Z999AA1"
    assert tracking_url("ups", "1Z/&x=<") == "https://www.ups.com/track?tracknum=1Z%2F%26x%3D%3C"
    assert tracking_url("my_courier", "1") == tracking_url("ups", "") == tracking_url("rozetka_delivery", "1") == ""


@pytest.mark.parametrize(
    ("language", "url"),
    [
        ("en", "https://track.ukrposhta.ua/tracking_EN.html?barcode=0500100031143"),
        ("uk", "https://track.ukrposhta.ua/tracking_UA.html?barcode=0500100031143"),
        ("ru", "https://track.ukrposhta.ua/tracking_UA.html?barcode=0500100031143"),
    ],
)
def test_the_page_is_in_the_readers_language_where_the_carrier_has_one(language, url):
    assert tracking_url("ukrposhta", "0500100031143", language) == url


def test_times_without_an_offset_are_local_to_the_carrier():
    assert zone_of("nova_poshta") == ZoneInfo("Europe/Kyiv")
    assert zone_of("ups") is zone_of("my_courier") is UTC


def test_numbers_are_compared_without_spaces_and_dashes():
    assert plain_number(" 1z 999-aa1 ") == "1Z999AA1"


def test_every_row_is_complete_and_no_spelling_belongs_to_two_carriers():
    for carrier in CARRIERS:
        assert zone_of(carrier.slug)
        for url in (carrier.url, *carrier.urls.values()):
            assert url == "" or (url.startswith("https://") and url.count("{}") == 1)
    for spelling, slug in SPELLINGS:
        assert ALIASES[spelling.replace(" ", "")] == slug
