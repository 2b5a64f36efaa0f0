"""Was it a person who opened, or clicked? Mailbox providers fetch pictures and follow links before anybody reads."""

import re

# Apple Mail Privacy Protection names itself exactly so, and fetches every picture of every mail.
APPLE = "Mozilla/5.0"
_MACHINES = re.compile(
    r"googleimageproxy|yahoomailproxy|ggpht\.com|barracuda|proofpoint|mimecast|messagelabs|safelinks|linkcheck|urldefense"
    r"|\bbot\b|bot/|crawler|spider|scanner|preview|facebookexternalhit|python-requests|curl/|wget/|go-http-client"
    r"|headlesschrome|java/|okhttp|libwww|apache-httpclient",
    re.IGNORECASE,
)
AT_ONCE = 10.0  # seconds after the delivery in which a scanner follows links, and a person has hardly seen the subject


def is_machine_open(user_agent: str) -> bool:
    """An open that says only that the mail arrived: a proxy fetched the picture."""
    agent = user_agent.strip()
    return not agent or agent == APPLE or bool(_MACHINES.search(agent))


def is_machine_click(user_agent: str, seconds_after_delivery: float | None = None, method: str = "GET") -> bool:
    """A click by a link scanner: it asks with HEAD, names itself, or comes within seconds of the delivery."""
    agent = user_agent.strip()
    at_once = seconds_after_delivery is not None and seconds_after_delivery < AT_ONCE
    return method != "GET" or at_once or not agent or bool(_MACHINES.search(agent))
