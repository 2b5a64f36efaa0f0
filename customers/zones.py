"""Whose clock: a person's own zone, else their country's, else the store's, else that of the store's country.

A country with several zones is told by the one in which most of its people live.
"""

from zoneinfo import ZoneInfo

from django.conf import settings

ZONE_OF = {
    **{"AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich"},
    **{"CY": "Asia/Nicosia", "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen"},
    **{"EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris"},
    **{"GB": "Europe/London", "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest"},
    **{"IE": "Europe/Dublin", "IS": "Atlantic/Reykjavik", "IT": "Europe/Rome", "LI": "Europe/Vaduz"},
    **{"LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga", "MD": "Europe/Chisinau"},
    **{"MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw"},
    **{"PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "RS": "Europe/Belgrade", "SE": "Europe/Stockholm"},
    **{"SI": "Europe/Ljubljana", "SK": "Europe/Bratislava", "TR": "Europe/Istanbul", "UA": "Europe/Kyiv"},
    **{"BY": "Europe/Minsk", "RU": "Europe/Moscow", "KZ": "Asia/Almaty", "UZ": "Asia/Tashkent"},
    **{"KG": "Asia/Bishkek", "TJ": "Asia/Dushanbe", "GE": "Asia/Tbilisi", "AM": "Asia/Yerevan"},
    **{"AZ": "Asia/Baku", "IL": "Asia/Jerusalem", "AE": "Asia/Dubai", "IN": "Asia/Kolkata"},
    **{"CN": "Asia/Shanghai", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "SG": "Asia/Singapore"},
    **{"US": "America/New_York", "CA": "America/Toronto", "MX": "America/Mexico_City", "BR": "America/Sao_Paulo"},
    **{"AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "NZ": "Pacific/Auckland"},
}


def zone_for(own: str, country: str, of_store: str = "", country_of_store: str = "") -> ZoneInfo:
    """The first of these that is known; what is no zone at all counts as unknown."""
    for name in (own, ZONE_OF.get(country, ""), of_store, ZONE_OF.get(country_of_store, "")):
        if name and (zone := _zone(name)):
            return zone
    return ZoneInfo(settings.TIME_ZONE)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # never existed, or tzdata took it back
        return None
