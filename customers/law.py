"""What the law of the shop's country asks for before a message may leave: data, with its sources. No legal advice.

The law follows the country of the shop. Where a country is missing, the rule of the purpose itself decides. Have a
lawyer check what concerns you; what they say is set under Purposes (``needs``, ``follows_country``).
"""

from customers.models import Purpose

Needs = Purpose.Needs
STRICTER = (Needs.NOTHING, Needs.NO_OBJECTION, Needs.CONSENT)  # from mild to strict

ASKS = ("review_requests", "surveys")


def _rules(asks: Needs, loyalty: Needs, marketing: Needs) -> dict[str, Needs]:
    return dict.fromkeys(ASKS, asks) | {"loyalty": loyalty, "marketing": marketing}


# ePrivacy Directive 2002/58/EC art. 13: prior consent (1); a buyer's address may be used for one's own similar goods
# when they were told so and may object at the purchase and in every message (2). Germany counts review requests and
# satisfaction surveys as advertising, even inside an invoice: BGH, 10.07.2018, VI ZR 225/17; what remains is
# § 7 (3) UWG, the same exception: therefore the notice at the checkout (customers/legal/DE.toml).
_UNION = _rules(Needs.NO_OBJECTION, Needs.NO_OBJECTION, Needs.CONSENT)
UNION = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
    *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    *("IS", "LI", "NO"),  # the European Economic Area takes part
)

RULES: dict[str, dict[str, Needs]] = {
    **dict.fromkeys(UNION, _UNION),
    # Privacy and Electronic Communications Regulations 2003, reg. 22: as in the Union.
    "GB": _UNION,
    # Law on Advertising art. 14-3 and Electronic Communications Act art. 120: no mass mailing without consent.
    # E-commerce Act art. 10: a message without consent only if the person can refuse further ones (not verified
    # against the text of the law): so a buyer may be asked about the purchase until they object.
    "UA": _rules(Needs.NO_OBJECTION, Needs.NO_OBJECTION, Needs.CONSENT),
    # 38-FZ "On Advertising" art. 18: prior consent for advertising by any network, the sender proves it, stops at
    # once; fines per case (KoAP 14.3). What counts as advertising is read widely, so asks and offers need it too.
    "RU": _rules(Needs.CONSENT, Needs.CONSENT, Needs.CONSENT),
    # No text was checked for these two; their rules are taken as the Russian ones, which is the safe side.
    "BY": _rules(Needs.CONSENT, Needs.CONSENT, Needs.CONSENT),
    "KZ": _rules(Needs.CONSENT, Needs.CONSENT, Needs.CONSENT),
    # CASL: express consent, or implied by a purchase within two years; every message with a way out.
    "CA": _rules(Needs.NO_OBJECTION, Needs.NO_OBJECTION, Needs.CONSENT),
    # CAN-SPAM: no opt-in, a way out in every message.
    "US": _rules(Needs.NO_OBJECTION, Needs.NO_OBJECTION, Needs.NO_OBJECTION),
}

# One consent to advertising covers what is advertising only because the country reads the word widely.
COVERED_BY_MARKETING = ("review_requests", "surveys", "loyalty")

# 152-FZ art. 9 in the version of 156-FZ of 24.06.2025, since 01.09.2025: consent to process personal data stands in a
# document of its own, apart from terms and from the consent to advertising. So a Russian form has two boxes.
BESIDE: dict[str, dict[str, str]] = {"RU": {"marketing": "personal_data"}}


def basis_needed(country: str, purpose: Purpose) -> Needs:
    """The stricter of the merchant's own rule and the law of the shop's country; ``country`` empty: the rule alone."""
    own = Needs(purpose.needs)
    by_law = RULES.get(country, {}).get(purpose.pk, own) if purpose.follows_country else own
    return max(own, by_law, key=STRICTER.index)


def second_consent(country: str, purpose: str) -> str:
    """The purpose whose consent has to be asked for beside this one's, in a box of its own; or ""."""
    return BESIDE.get(country, {}).get(purpose, "")


def region_of(country: str) -> tuple[str, ...]:
    """Whose texts are shown: the country's own, else the Union's, else those for everywhere."""
    return (country, "EU", "") if country in UNION else (country, "")
