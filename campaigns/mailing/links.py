"""Every link and image of the mail is visited once before it leaves, from here and within limits (shelf/safe_http)."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from campaigns.mailing.guards import IMAGE, Verdict
from shelf import safe_http
from shelf.reasons import Reason

MOST = 40  # different addresses of one mail; the rest is counted as unvisited
AT_ONCE = 8
SECONDS = 5
ODD = (401, 403, 405, 406, 429, 451, 999)  # what shops and networks answer to programs
OTHER = ("mailto:", "tel:", "sms:", "viber:", "tg:")

fetch = safe_http.fetch  # replaced in tests


@dataclass(frozen=True, slots=True)
class Visited:
    """``said``: what is wrong, if anything; ``host``: one to be confirmed by a person; ``weight``: bytes, if asked."""

    said: tuple[Verdict, Reason] | None = None
    host: str = ""
    weight: int = 0


def visit_all(urls: Iterable[str], own: Sequence[str], confirmed: Sequence[str]) -> list[Visited]:
    """``own``: hosts of the shop and ours; ``confirmed``: those that a person let pass."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda url: _link(url, own, confirmed), urls))


def weigh_all(urls: Iterable[str]) -> list[Visited]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_image, urls))


def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def belongs(host: str, hosts: Iterable[str]) -> bool:
    """Is it one of them, or below one: shop.example and www.shop.example are one house."""
    return any(host == own or host.endswith(f".{own}") for one in hosts if (own := one.removeprefix("www.")))


def _link(url: str, own: Sequence[str], confirmed: Sequence[str]) -> Visited:
    if not url:
        return _bad(_("A link leads nowhere: its address is empty."))
    if url.lower().startswith(OTHER) or url.startswith("#"):
        return Visited()
    host = host_of(url)
    if not url.lower().startswith(("http://", "https://")) or not host:
        return _bad(_("%(url)s is no address of a page."), url=url)
    said = _opens(url, host in confirmed)
    if said and said[0] == "stop":
        return Visited(said, host="")
    if not belongs(host, own) and host not in confirmed:
        text = _("%(url)s leads to %(host)s, which is not the shop's. Confirm that you know it.")
        return Visited(("stop", Reason(text, {"url": url[:200], "host": host})), host=host)
    return Visited(said)


def _opens(url: str, is_confirmed: bool) -> tuple[Verdict, Reason] | None:
    """None: it does. A page without TLS is visited by its twin with TLS: we visit nothing unencrypted."""
    is_plain = url.lower().startswith("http://")
    try:
        status = _status("https://" + url[7:] if is_plain else url)
    except safe_http.Blocked as refusal:
        return "stop", Reason(_("%(url)s: %(why)s"), {"url": url[:200], "why": _nested(refusal.reason)})
    except safe_http.Unreachable as refusal:
        # Where mail stays on the local mailbox page, as in the demo, a shop that nobody can reach hurts nobody.
        verdict: Verdict = "warn" if is_confirmed or is_plain or not settings.EMAIL_URL else "stop"
        return verdict, Reason(_("%(url)s: %(why)s"), {"url": url[:200], "why": _nested(refusal.reason)})
    if status >= 400 and status not in ODD:
        return "stop", Reason(_("%(url)s answers %(status)s."), {"url": url[:200], "status": status})
    if status in ODD:
        text = _("%(url)s answers %(status)s to us; look at it yourself.")
        return "warn", Reason(text, {"url": url[:200], "status": status})
    if is_plain:
        return "warn", Reason(_("%(url)s is not encrypted; write https://."), {"url": url[:200]})
    return None


def _status(url: str) -> int:
    """HEAD; GET where a server has no HEAD."""
    status = fetch("HEAD", url, timeout=SECONDS, max_bytes=1024).status
    return fetch("GET", url, timeout=SECONDS, max_bytes=1024).status if status in (400, 403, 404, 405, 501) else status


def _image(url: str) -> Visited:
    if not url.lower().startswith("https://"):
        return _bad(_("The image %(url)s has no address that begins with https://."), url=url)
    try:
        answer = fetch("HEAD", url, timeout=SECONDS, max_bytes=1024)
        weight = int(answer.headers.get("content-length") or 0) if answer.status < 400 else 0
        if not weight:
            answer = fetch("GET", url, timeout=SECONDS, max_bytes=4 * IMAGE)
            weight = len(answer.body)
    except (safe_http.Blocked, safe_http.Unreachable) as refusal:
        return _bad(_("The image %(url)s: %(why)s"), url=url, why=_nested(refusal.reason))
    except ValueError:
        return _bad(_("The image %(url)s does not open."), url=url)
    if answer.status >= 300 or not answer.headers.get("content-type", "image/").startswith("image/"):
        return _bad(_("The image %(url)s does not open."), url=url)
    if weight > IMAGE:
        text = _("The image %(url)s has %(size)s KB.")
        return Visited(("warn", Reason(text, {"url": url[:200], "size": round(weight / 1024)})), weight=weight)
    return Visited(weight=weight)


def _bad(text: str, **values) -> Visited:
    values = {name: value[:200] if isinstance(value, str) else value for name, value in values.items()}
    return Visited(("stop", Reason(text, values)))


def _nested(reason: Reason) -> list:
    """A reason inside a reason, for desk.in_words."""
    return [reason.text, reason.values]
