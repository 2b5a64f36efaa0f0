"""Was it a person who opened, or clicked? Mailbox providers fetch pictures and follow links before anybody reads.

Pure; doubt makes a machine, for people click again.
"""

import re
from collections.abc import Mapping

# Apple Mail Privacy Protection names itself exactly so, and fetches every picture of every mail.
APPLE = "Mozilla/5.0"
_MACHINES = re.compile(
    r"googleimageproxy|yahoomailproxy|ggpht\.com|yandex|mail\.ru|barracuda|proofpoint|mimecast|messagelabs|safelinks"
    r"|symantec|fortinet|sophos|forcepoint|cloudmark|linkcheck|urldefense|\bbot\b|bot/|crawler|spider|scanner|preview"
    r"|facebookexternalhit|python-requests|curl/|wget/|go-http-client|headlesschrome|java/|okhttp|libwww|node-fetch"
    r"|apache-httpclient|telegrambot|twitterbot|whatsapp/",
    re.IGNORECASE,
)
# Yandex's browser and the built-in ones of its apps are in people's hands.
_PEOPLE = re.compile(r"yabrowser|yandexsearch|yaapp|yandexmail", re.IGNORECASE)
AT_ONCE = 10.0  # seconds after the delivery in which a scanner follows links, and a person has hardly seen the subject
TOO_SOON = 2.0  # seconds after the hand-over in which nobody can have opened it


def is_machine_open(user_agent: str, seconds_after_sending: float | None = None) -> bool:
    """An open that says only that the mail arrived: a proxy fetched the picture."""
    agent = user_agent.strip()
    too_soon = seconds_after_sending is not None and seconds_after_sending < TOO_SOON
    return too_soon or not agent or agent == APPLE or _is_named(agent)


def is_machine_click(user_agent: str, seconds_after_delivery: float | None = None, method: str = "GET") -> bool:
    """A click by a link scanner: it asks with HEAD, names itself, or comes within seconds of the delivery."""
    agent = user_agent.strip()
    at_once = seconds_after_delivery is not None and seconds_after_delivery < AT_ONCE
    return method != "GET" or at_once or agent in ("", APPLE) or _is_named(agent)


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """A browser that looks ahead says so."""
    purpose = " ".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")).lower()
    return "prefetch" in purpose or "preview" in purpose


def _is_named(agent: str) -> bool:
    return bool(_MACHINES.search(agent)) and not _PEOPLE.search(agent)
