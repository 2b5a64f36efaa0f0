"""Whose mailbox an address is. Reputation is kept by each provider of mailboxes, so limits and rates are too.

Only the domains that providers give to people; a company's domain at Google or Yandex counts as ``other``, because
telling it apart would need a look at its MX records.
"""

NAMES = {
    "gmail": "Gmail",
    "yahoo": "Yahoo, AOL",
    "outlook": "Outlook",
    "yandex": "Yandex",
    "mailru": "Mail.ru",
    "ukrnet": "ukr.net",
}
OTHER = "other"
GROUPS = (*NAMES, OTHER)

DOMAINS = {
    "gmail": "gmail.com googlemail.com",
    "yahoo": "yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com",
    "outlook": "outlook.com hotmail.com live.com msn.com passport.com windowslive.com",
    "yandex": "ya.ru yandex.ru yandex.com yandex.ua yandex.by yandex.kz yandex.uz yandex.com.tr narod.ru",
    "mailru": "mail.ru inbox.ru list.ru bk.ru internet.ru xmail.ru mail.ua",
    "ukrnet": "ukr.net",
}
GROUP_OF = {domain: group for group, domains in DOMAINS.items() for domain in domains.split()}
# national domains: yahoo.co.uk, outlook.fr, hotmail.de, live.nl
BY_FIRST_WORD = {"yahoo": "yahoo", "outlook": "outlook", "hotmail": "outlook", "live": "outlook"}


def group_of(address: str) -> str:
    """``gmail``, ``yahoo``, ``outlook``, ``yandex``, ``mailru``, ``ukrnet`` or ``other``."""
    return group_of_domain(address.rpartition("@")[2])


def group_of_domain(domain: str) -> str:
    domain = domain.strip().rstrip(".").lower()
    known = GROUP_OF.get(domain)
    if known:
        return known
    first, _dot, rest = domain.partition(".")
    # "live.nl" and "yahoo.co.uk" are a name and a country; "live.example.com" is somebody's host
    is_national = len(rest) == 2 or (rest[:3] in ("co.", "com") and len(rest) in (5, 6))
    return BY_FIRST_WORD.get(first, OTHER) if is_national else OTHER
