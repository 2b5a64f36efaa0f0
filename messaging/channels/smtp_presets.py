"""Mail servers that shops of our countries use, as data: the sender's form offers them, the health page knows them.

Limits change with plans and with time: each preset says where they stand and when they were read there; ``checked_on``
is empty where that page could not be opened. None: the provider publishes no number. Daily limits of mailbox providers
run over a sliding day; ours runs over the day of UTC, so leave some air. UniSender Go, Brevo, Mailgun and other
providers with an API go by anymail: a way out such as ``unisender_go://KEY``.
"""

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Preset:
    """``tls`` as in the scheme of EMAIL_URL: "smtp+ssl" from the first byte, "smtp+tls" after STARTTLS."""

    slug: str
    name: str
    host: str
    port: int
    tls: str
    per_hour: int | None
    per_day: int | None
    connections: int
    source: str
    checked_on: str
    is_for_bulk: bool  # does the provider want letters of a shop, or is it a person's mailbox?
    dkim_selectors: tuple[str, ...] = ()
    spf_includes: tuple[str, ...] = ()  # one of them must stand in the SPF record
    hosts: tuple[str, ...] = field(default=())  # further names of the same service

    def url(self, username: str = "", password: str = "") -> str:
        who = f"{quote(username, safe='')}:{quote(password, safe='')}@" if username else ""
        return f"{self.tls}://{who}{self.host}:{self.port}"


PRESETS = (
    Preset(
        slug="sendpulse",
        name="SendPulse",
        host="smtp-pulse.com",
        port=587,
        tls="smtp+tls",
        per_hour=50,  # the free plan: 50 an hour, 12,000 a month; paid plans are given more
        per_day=400,
        connections=4,
        source="https://sendpulse.com/prices/smtp",
        checked_on="",
        is_for_bulk=True,
        dkim_selectors=("sign",),
        spf_includes=("mxsmtp.sendpulse.com", "mxsspf.sendpulse.com"),
    ),
    Preset(
        slug="esputnik",
        name="eSputnik (Yespo)",
        host="smtp.esputnik.com",
        port=587,
        tls="smtp+tls",
        per_hour=None,  # by contract
        per_day=None,
        connections=4,
        source="https://docs.yespo.io/",
        checked_on="",
        is_for_bulk=True,
    ),
    Preset(
        slug="yandex360",
        name="Yandex 360",
        host="smtp.yandex.ru",
        port=465,
        tls="smtp+ssl",
        per_hour=None,
        per_day=500,  # one mailbox in 24 hours, counted by recipient
        connections=2,
        source="https://yandex.com/support/mail/web/letter/create/send-many-letters.html",
        checked_on="2026-11-22",
        is_for_bulk=False,
        dkim_selectors=("mail",),
        spf_includes=("_spf.yandex.net",),
        hosts=("smtp.yandex.com",),
    ),
    Preset(
        slug="mailru",
        name="Mail.ru",
        host="smtp.mail.ru",
        port=465,
        tls="smtp+ssl",
        per_hour=None,  # not published; a mailbox that sends much is closed for a day
        per_day=None,
        connections=2,
        source="https://help.mail.ru/mail/mailer/popsmtp",
        checked_on="",
        is_for_bulk=False,
        dkim_selectors=("mailru",),
        spf_includes=("_spf.mail.ru",),
    ),
    Preset(
        slug="ukrnet",
        name="ukr.net",
        host="smtp.ukr.net",
        port=465,
        tls="smtp+ssl",
        per_hour=None,  # not published
        per_day=None,
        connections=1,
        source="https://wiki.ukr.net/ManageIMAPAccess",
        checked_on="",
        is_for_bulk=False,
    ),
    Preset(
        slug="gmail",
        name="Gmail",
        host="smtp.gmail.com",
        port=587,
        tls="smtp+tls",
        per_hour=None,
        per_day=500,  # a personal mailbox; Google Workspace: 2,000
        connections=2,
        source="https://support.google.com/mail/answer/22839",
        checked_on="2026-11-22",
        is_for_bulk=False,
        dkim_selectors=("google",),
        spf_includes=("_spf.google.com",),
    ),
)
BY_SLUG = {preset.slug: preset for preset in PRESETS}


def preset_of(url: str) -> Preset | None:
    """The preset whose server a way out leads to."""
    scheme, _, rest = url.partition("://")
    if not scheme.startswith("smtp"):
        return None
    try:
        host = (urlsplit(f"x://{rest}").hostname or "").lower()
    except ValueError:
        return None
    return next((p for p in PRESETS if host in (p.host, *p.hosts)), None)
