import pytest

from shelf.emails import is_relay, normalise_email


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("olena@example.com", "olena@example.com"),
        ("  Olena@Example.COM \r\n", "olena@example.com"),
        ("\ufeffolena@example.com\u200b", "olena@example.com"),
        ("\xa0olena@example.com\xa0", "olena@example.com"),
        ("olena.k+shop@gmail.com", "olena.k+shop@gmail.com"),
        ("o'brien@example.ie", "o'brien@example.ie"),
        ("petro@пошта.укр", "petro@xn--80a1acn3a.xn--j1amh"),
        ("petro@ПОШТА.УКР", "petro@xn--80a1acn3a.xn--j1amh"),
        ("petro@xn--80a1acn3a.xn--j1amh", "petro@xn--80a1acn3a.xn--j1amh"),
        ("petro@mu\u0308nchen.de", "petro@xn--mnchen-3ya.de"),
        ("a@b.co", "a@b.co"),
        ("1@mail.example.co.uk", "1@mail.example.co.uk"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_an_address_has_one_spelling(raw, address):
    assert normalise_email(raw) == address


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "   ",
        "olena",
        "olena@",
        "@example.com",
        "olena@@example.com",
        "olena@example.com@example.com",
        "olena@example.com, petro@example.com",
        "olena@example",
        "olena@localhost",
        "olena@[127.0.0.1]",
        "olena@127.0.0.1",
        "olena@example..com",
        "olena@-example.com",
        "olena@example.com.",
        ".olena@example.com",
        "olena.@example.com",
        "ole..na@example.com",
        "ole na@example.com",
        '"ole na"@example.com',
        "Olena <olena@example.com>",
        "olena@example.com\r\nBcc: petro@example.com",
        "ole\x00na@example.com",
        "ole\u200bna@example.com",
        "ole\u202ena@example.com",
        "\u043elena@example.com",
        "olena@exa mple.com",
        "olena@example.com/x",
        "olena@exam_ple.com",
        "x" * 65 + "@example.com",
        "x@" + "a" * 64 + ".com",
        "x" * 60 + "@" + ".".join(["a" * 60] * 4) + ".com",
        "x@" + "я" * 100_000,
        "немає",
    ],
)
def test_what_is_no_address_identifies_nobody(raw):
    assert normalise_email(raw) is None


def test_an_address_may_have_254_characters_and_not_one_more():
    domain = "a" * 63 + "." + "b" * 63 + "." + "c" * 57 + ".com"
    longest = "x" * 64 + "@" + domain

    assert len(longest) == 254
    assert normalise_email(longest) == longest
    assert normalise_email(longest.replace(".com", ".info")) is None


@pytest.mark.parametrize(
    "address",
    [
        "6bmcx2l1t7cwrwb@marketplace.amazon.co.uk",
        "6bmcx2l1t7cwrwb@marketplace.amazon.com",
        "buyer_ab12@members.ebay.com",
        "buyer_ab12@members.ebay.de",
        "v4bd3uwha2@scs.tiktokw.us",
        "v4bd3uwha2@scs2.tiktok.com",
        "abc+123@user.allegromail.pl",
        "0ab1@allegromail.pl",
        "0ab1@relay.walmart.com",
        "x@u.shipping.temuemail.com",
        "noreply@example.com",
        "no-reply@example.com",
        "no_reply@example.com",
        "no-reply+4711@example.com",
        "donotreply@example.com",
        "do-not-reply@example.com",
        "DoNotReply@example.com",
        "mailer-daemon@example.com",
        "nomail@example.com",
        "no-email@example.com",
        "none@example.com",
        "buyer@nowhere.invalid",
    ],
)
def test_a_relay_stands_for_nobody(address):
    assert is_relay(address)


@pytest.mark.parametrize(
    "address",
    [
        "olena@example.com",
        "abc123@privaterelay.appleid.com",
        "noreplyson@example.com",
        "norah@example.com",
        "noemi@example.com",
        "olena@amazon.com",
        "olena@notmarketplace.amazon.evil.example.com",
        "olena@ebay.com",
        "olena@invalid.example.com",
    ],
)
def test_a_persons_own_address_is_no_relay(address):
    assert not is_relay(address)
