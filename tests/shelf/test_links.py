import random
import re
import string
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import pytest

from shelf import links

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def test_a_link_opens_the_door_it_was_made_for():
    token = links.make("order", 4217, version=3, now=NOON)

    assert links.read("order", token) == links.Link(object_id=4217, version=3, issued_at=NOON)


def test_a_link_is_short_and_needs_no_escaping():
    token = links.make("order", 123456, now=NOON)

    assert len(token) == 35
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)


def test_a_link_carries_128_bits_of_proof():
    token = links.make("order", 1, now=NOON)

    body_bytes = 1 + 1 + 1 + 5  # head, object, version, time
    assert len(urlsafe_b64decode(token + "=")) - body_bytes == 16


@pytest.mark.parametrize("object_id", [0, 1, 127, 128, 2**31, 2**63 - 1])
def test_ids_of_every_size_survive(object_id):
    token = links.make("order", object_id, version=2**31, expires_in=timedelta(days=9000), now=NOON)

    assert len(token) <= 64
    assert links.read("order", token, now=NOON).object_id == object_id


@pytest.mark.parametrize("object_id", [-1, 2**63])
def test_an_impossible_id_is_refused_when_the_link_is_made(object_id):
    with pytest.raises(ValueError):
        links.make("order", object_id)


@pytest.mark.parametrize("other", ["review", "survey", "ticket", "unsubscribe", "preferences", "Order", "order ", ""])
def test_a_link_opens_no_other_door(other):
    token = links.make("order", 4217)

    with pytest.raises(links.BadLink):
        links.read(other, token)


def test_an_expiring_link_works_until_its_last_second():
    token = links.make("order", 4217, expires_in=timedelta(hours=1), now=NOON)

    assert links.read("order", token, now=NOON + timedelta(minutes=59, seconds=59)).object_id == 4217
    with pytest.raises(links.BadLink):
        links.read("order", token, now=NOON + timedelta(hours=1))


def test_a_link_without_an_end_still_works_after_ten_years():
    token = links.make("order", 4217, now=NOON)

    assert links.read("order", token, now=NOON + timedelta(days=3650)).object_id == 4217


@pytest.mark.parametrize(
    "token", [None, "", "a", "====", "…", "a" * 5000, "AAAA", "\x00" * 34, b"bytes", 17, "find", "o/o", "%00"]
)
def test_nonsense_is_one_and_the_same_bad_link(token):
    with pytest.raises(links.BadLink) as refusal:
        links.read("order", token)

    assert refusal.value.args == ()


def test_ten_thousand_mutated_tokens_open_nothing():
    chance = random.Random(20261124)
    alphabet = string.ascii_letters + string.digits + "-_"
    tokens = [
        links.make("order", 4217, version=2, now=NOON),
        links.make("order", 4217, expires_in=timedelta(days=30), now=NOON),
    ]

    hits = sum(_opens(_mutate(chance, alphabet, tokens[turn % 2])) for turn in range(10_000))

    assert hits == 0


def test_every_single_changed_character_is_noticed():
    token = links.make("order", 4217, now=NOON)
    alphabet = string.ascii_letters + string.digits + "-_"

    hits = [
        (place, letter)
        for place in range(len(token))
        for letter in alphabet
        if letter != token[place] and _opens(token[:place] + letter + token[place + 1 :])
    ]

    assert hits == []


def test_links_outlive_a_change_of_the_secret_key(settings):
    settings.SECRET_KEY = "the old key of this house, long enough"
    token = links.make("order", 4217)
    settings.SECRET_KEY = "the new key of this house, long enough"
    settings.SECRET_KEY_FALLBACKS = ["the old key of this house, long enough"]

    assert links.read("order", token).object_id == 4217


def test_links_die_when_the_old_key_is_dropped(settings):
    settings.SECRET_KEY = "the old key of this house, long enough"
    token = links.make("order", 4217)
    settings.SECRET_KEY = "the new key of this house, long enough"
    settings.SECRET_KEY_FALLBACKS = []

    with pytest.raises(links.BadLink):
        links.read("order", token)


def test_random_codes_have_the_bits_asked_for_and_never_repeat():
    codes = {links.random_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert {len(code) for code in codes} == {22}
    assert len(links.random_code(bits=256)) == 43
    assert len(links.random_code(bits=129)) == 23


@pytest.mark.parametrize("door", "korstpu")
def test_tokens_are_masked_in_archives(door):
    token = links.make("order", 4217)

    masked = links.mask(f'<a href="https://shop.example/{door}/{token}/calendar.ics?x=1">look</a>')

    assert masked == f'<a href="https://shop.example/{door}/…/calendar.ics?x=1">look</a>'


def test_tokens_are_masked_in_log_lines_and_in_quoted_addresses():
    token = links.make("order", 4217)
    code = links.random_code()

    assert links.mask(f"GET /o/{token}/ 200") == "GET /o/…/ 200"
    assert links.mask(f"GET /r/{code} 200") == "GET /r/… 200"
    assert links.mask(f"next=%2Fo%2F{token}%2F") == "next=%2Fo%2F…%2F"
    assert links.mask(f"/o/{token}/ and /u/{token}/") == "/o/…/ and /u/…/"


@pytest.mark.parametrize(
    "text",
    [
        "GET /o/find/ 200",
        "https://shop.example/reviews/p/hand-cream-with-sea-buckthorn/",
        "https://shop.example/help/how-to-return-a-parcel-from-abroad/",
        "and/or, w/o a doubt",
        "",
    ],
)
def test_what_is_no_token_stays(text):
    assert links.mask(text) == text


def _opens(token: str) -> bool:
    try:
        links.read("order", token, now=NOON)
    except links.BadLink:
        return False
    return True


def _mutate(chance: random.Random, alphabet: str, token: str) -> str:
    letters = list(token)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(letters))
        match chance.randrange(4):
            case 0:
                letters[place] = chance.choice([letter for letter in alphabet if letter != letters[place]])
            case 1:
                letters.insert(place, chance.choice(alphabet))
            case 2:
                del letters[place]
            case 3:
                letters.append(chance.choice(alphabet + "=/+. "))
    mutated = "".join(letters)
    return mutated if mutated != token else mutated + "A"


# --- Codes ---------------------------------------------------------------------------------------------------------


def test_a_code_says_its_numbers_and_opens_one_door_only():
    code = links.code("click", 4217, 3)

    assert links.read_code("click", code, 2) == (4217, 3)
    assert 20 < len(code) < 40
    for purpose, count in (("open", 2), ("click", 1), ("click", 3)):
        with pytest.raises(links.BadLink):
            links.read_code(purpose, code, count)
    with pytest.raises(links.BadLink):
        links.read("click", code)
    with pytest.raises(links.BadLink):
        links.read_code("order", links.make("order", 4217), 3)


def test_the_same_numbers_give_the_same_code_so_that_a_mail_sent_twice_is_the_same_mail():
    assert links.code("click", 4217, 3) == links.code("click", 4217, 3) != links.code("click", 4217, 4)
