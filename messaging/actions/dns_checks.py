"""May this sender write in the name of its domain? SPF, DKIM and DMARC, as mailbox providers will look at them.

Pure: what the DNS says is asked of ``resolve``. RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from messaging.channels.dns import NoAnswer, Resolve
from messaging.channels.smtp_presets import Preset
from messaging.mailbox_groups import OTHER, group_of_domain
from shelf.reasons import say

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: beyond them the record counts as broken
# bytes of an RSA public key with its frame (SubjectPublicKeyInfo)
RSA_1024, RSA_2048 = 160, 290


@dataclass(frozen=True, slots=True)
class Finding:
    """``what``: domain, spf, dkim, dmarc. ``tone``: good, wait (look at it), bad, plain (nothing to say)."""

    what: str
    tone: str
    text: str
    values: dict = field(default_factory=dict)
    record: str = ""

    def __str__(self) -> str:
        return say(self.text, self.values)


def check_domain(domain: str, selectors: list[str], preset: Preset | None, resolve: Resolve) -> list[Finding]:
    """All findings about one domain that mails are sent from. Never raises: what could not be asked is a finding."""
    if is_at_home(domain):
        text = _("%(domain)s exists only here: nothing can be checked, and nobody outside would take mail from it.")
        return [Finding("domain", "plain", text, {"domain": domain})]
    own = group_of_domain(domain)
    if own != OTHER:
        return [_somebody_elses(domain, own, preset)]
    checks = (
        ("spf", lambda: check_spf(domain, preset, resolve)),
        ("dkim", lambda: check_dkim(domain, selectors, resolve)),
        ("dmarc", lambda: check_dmarc(domain, resolve)),
    )
    found = []
    for what, check in checks:
        try:
            found.append(check())
        except NoAnswer as error:
            text = _("The DNS gave no answer; it is asked again within the hour: %(error)s")
            found.append(Finding(what, "plain", text, {"error": str(error)[:200]}))
    return found


def is_at_home(domain: str) -> bool:
    return "." not in domain or domain.endswith((".localhost", ".local", ".test", ".example", ".invalid", ".internal"))


def _somebody_elses(domain: str, group: str, preset: Preset | None) -> Finding:
    """A shop that writes as somebody@gmail.com: only Google may do so."""
    at = group_of_domain(preset.host.partition(".")[2]) if preset else OTHER
    values = {"domain": domain}
    if at == group:
        text = _("%(domain)s belongs to the provider of the mailbox, who signs these mails. An own domain is safer.")
        return Finding("domain", "wait", text, values)
    text = _("Only the provider of %(domain)s may send in its name: mailboxes refuse these mails. Use an own domain.")
    return Finding("domain", "bad", text, values)


# --- SPF ----------------------------------------------------------------------------------------------------------


def check_spf(domain: str, preset: Preset | None, resolve: Resolve) -> Finding:
    records = spf_records(domain, resolve)
    if not records:
        return Finding(
            "spf", "bad", _("No SPF record: nobody can tell who may send for %(domain)s."), {"domain": domain}
        )
    if len(records) > 1:
        text = _("%(count)s SPF records: there may be only one, so none of them counts.")
        return Finding("spf", "bad", text, {"count": len(records)}, " | ".join(records))
    record = records[0]
    words = record.lower().split()
    if "+all" in words or "all" in words:
        return Finding("spf", "bad", _("The SPF record lets anybody send in your name (+all)."), {}, record)
    names = list(_names(record, resolve, MOST_LOOKUPS + 1))
    if len(names) > MOST_LOOKUPS:
        text = _("The SPF record needs more than %(most)s DNS questions, so it does not count.")
        return Finding("spf", "bad", text, {"most": MOST_LOOKUPS}, record)
    if preset and preset.spf_includes and not set(preset.spf_includes) & set(names):
        text = _("The SPF record does not name %(provider)s: add include:%(include)s.")
        return Finding("spf", "bad", text, {"provider": preset.name, "include": preset.spf_includes[0]}, record)
    if not ({"-all", "~all"} & set(words) or any(word.startswith("redirect=") for word in words)):
        return Finding("spf", "wait", _("The SPF record has no end: it should close with ~all or -all."), {}, record)
    return Finding("spf", "good", _("SPF says who may send for %(domain)s."), {"domain": domain}, record)


def spf_records(domain: str, resolve: Resolve) -> list[str]:
    return [record for record in resolve(domain) if record.lower().split()[:1] == ["v=spf1"]]


def _names(record: str, resolve: Resolve, left: int) -> Iterator[str]:
    """Names that a receiver has to ask for, at most ``left`` of them, includes of includes too."""
    for word in record.lower().split():
        term = word.lstrip("+-~?")
        if left <= 0:
            return
        if re.match(r"(a|mx|ptr)([:/]|$)|exists:", term):
            left -= 1
            yield term
        elif term.startswith(("include:", "redirect=")):
            name = re.split("[:=]", term, maxsplit=1)[1]
            left -= 1
            yield name
            for inner in spf_records(name, resolve)[:1]:
                for found in _names(inner, resolve, left):
                    left -= 1
                    yield found


# --- DKIM ---------------------------------------------------------------------------------------------------------


def check_dkim(domain: str, selectors: list[str], resolve: Resolve) -> Finding:
    if not selectors:
        text = _("Write the DKIM selector of your provider into the sender: without its name the key cannot be found.")
        return Finding("dkim", "plain", text)
    found = [(s, record) for s in selectors for record in resolve(f"{s}._domainkey.{domain}") if "p=" in record]
    if not found:
        text = _("No DKIM key under %(selectors)s._domainkey.%(domain)s: mails are not signed in your name.")
        return Finding("dkim", "bad", text, {"selectors": ", ".join(selectors), "domain": domain})
    selector, record = found[0]
    return _dkim_key(selector, record)


def _dkim_key(selector: str, record: str) -> Finding:
    values: dict = {"selector": selector}
    said = tags(record)
    try:
        key = base64.b64decode(said.get("p", ""), validate=True)
    except (binascii.Error, ValueError):
        return Finding("dkim", "bad", _("The DKIM key of %(selector)s is damaged."), values, record)
    if not key:
        return Finding("dkim", "bad", _("The DKIM key of %(selector)s was revoked."), values, record)
    if said.get("k", "rsa") == "rsa" and len(key) < RSA_1024:
        return Finding("dkim", "bad", _("The DKIM key of %(selector)s is too short to count."), values, record)
    if said.get("k", "rsa") == "rsa" and len(key) < RSA_2048:
        text = _("The DKIM key of %(selector)s has 1024 bits; 2048 are advised.")
        return Finding("dkim", "wait", text, values, record)
    return Finding("dkim", "good", _("DKIM: the key of %(selector)s stands."), values, record)


# --- DMARC --------------------------------------------------------------------------------------------------------


def check_dmarc(domain: str, resolve: Resolve) -> Finding:
    name, records = domain, dmarc_records(domain, resolve)
    if not records and domain.count(".") > 1:  # a subdomain follows the domain above it
        name = domain.partition(".")[2]
        records = dmarc_records(name, resolve)
    if not records:
        text = _("No DMARC record at _dmarc.%(domain)s: Gmail and Yahoo refuse bulk mail without one.")
        return Finding("dmarc", "bad", text, {"domain": domain})
    if len(records) > 1:
        text = _("%(count)s DMARC records: there may be only one, so none of them counts.")
        return Finding("dmarc", "bad", text, {"count": len(records)}, " | ".join(records))
    said = tags(records[0])
    policy = (said.get("sp") if name != domain else None) or said.get("p", "")
    if policy not in ("none", "quarantine", "reject"):
        return Finding("dmarc", "bad", _("The DMARC record names no policy (p=)."), {}, records[0])
    if policy == "none":
        text = _("DMARC watches only (p=none): enough for Gmail, and others can still write in your name.")
        return Finding("dmarc", "good", text, {}, records[0])
    return Finding("dmarc", "good", _("DMARC protects the domain (p=%(policy)s)."), {"policy": policy}, records[0])


def dmarc_records(domain: str, resolve: Resolve) -> list[str]:
    return [record for record in resolve(f"_dmarc.{domain}") if record.lower().replace(" ", "").startswith("v=dmarc1")]


def tags(record: str) -> dict[str, str]:
    """``v=DMARC1; p=none`` as a dict; white space inside values does not count."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _eq, value in pairs if name.strip()}


def as_row(finding: Finding) -> dict:
    return {
        "what": finding.what,
        "tone": finding.tone,
        "text": finding.text,
        "values": finding.values,
        "record": finding.record[:2000],
    }


def from_row(row: dict) -> Finding:
    return Finding(row["what"], row["tone"], row["text"], row.get("values", {}), row.get("record", ""))
