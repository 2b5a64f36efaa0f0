import pytest

from shelf.signatures import hmac_base64, hmac_hex, matches_any, signed_by_any

BODY = b'{"id": 1}'


def test_both_spellings_of_a_known_digest():
    # RFC 4231, test case 2
    secret, body = "Jefe", b"what do ya want for nothing?"

    assert hmac_hex(secret, body) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_base64(secret, body) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="


def test_any_of_several_live_secrets_will_do():
    given = hmac_base64("old", BODY)

    assert signed_by_any(given, BODY, ["new", "old"])
    assert signed_by_any(given, BODY, ["old", "new"])
    assert not signed_by_any(given, BODY, ["new", "newer"])


def test_one_changed_byte_breaks_the_signature():
    given = hmac_base64("secret", BODY)

    assert not signed_by_any(given, BODY + b"\n", ["secret"])
    assert not signed_by_any(given[:-2], BODY, ["secret"])


@pytest.mark.parametrize("given", [None, "", "   ", "Ω≈ç", "\udcff", "0" * 10_000])
def test_absent_empty_or_strange_header_never_matches(given):
    assert not signed_by_any(given, BODY, ["secret"])


def test_no_secret_at_all_matches_nothing():
    assert not signed_by_any(hmac_base64("secret", BODY), BODY, [])
    assert not matches_any("", [""])


@pytest.mark.parametrize("secret", ["", " ", "\t"])
def test_empty_secret_is_passed_over(secret):
    forged = hmac_base64(secret or " ", BODY)

    assert not signed_by_any(forged, BODY, [secret])
    assert not signed_by_any("", BODY, [secret])


def test_signing_with_an_empty_secret_is_refused():
    with pytest.raises(ValueError, match="empty secret"):
        hmac_hex("", BODY)


def test_hex_is_not_taken_for_base64():
    assert not signed_by_any(hmac_hex("secret", BODY), BODY, ["secret"], sign=hmac_base64)


def test_base64_is_compared_with_its_case():
    assert not signed_by_any(hmac_base64("secret", BODY).swapcase(), BODY, ["secret"])
