"""Sending health: DNS findings, complaints that stop marketing, figures of the week, what waits and what is unclear."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from events.models import Event
from messaging.actions import dns_checks, health
from messaging.channels.dns import NoAnswer
from messaging.channels.smtp_presets import BY_SLUG, PRESETS, preset_of
from messaging.models import Message, Quota, Sender, SenderHealth
from orders.actions import save_orders
from tests.builders.door import order_seen
from tests.builders.post import planned

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RSA_2048 = base64.b64encode(b"x" * 294).decode()
GOOD = {
    "lavka.ua": ["google-site-verification=1", "v=spf1 include:_spf.yandex.net ~all"],
    "_spf.yandex.net": ["v=spf1 ip4:5.45.192.0/19 ~all"],
    "mail._domainkey.lavka.ua": [f"v=DKIM1; k=rsa; p={RSA_2048}"],
    "_dmarc.lavka.ua": ["v=DMARC1; p=quarantine"],
}


def dns(**changed):
    """A resolver that knows GOOD, with records replaced or (None) removed; dots are written as two underscores."""
    known = GOOD | {name.replace("__", "."): records for name, records in changed.items()}

    def resolve(name):
        return known.get(name) or []

    return resolve


def found(resolve, selectors=("mail",), domain="lavka.ua", preset="yandex360"):
    many = dns_checks.check_domain(domain, list(selectors), BY_SLUG.get(preset), resolve)
    return {finding.what: (finding.tone, str(finding)) for finding in many}


# --- DNS ----------------------------------------------------------------------------------------------------------


def test_a_domain_that_is_set_up_well_is_good_everywhere():
    assert {what: tone for what, (tone, _text) in found(dns()).items()} == {
        "spf": "good",
        "dkim": "good",
        "dmarc": "good",
    }


@pytest.mark.parametrize(
    ("records", "tone", "said"),
    [
        ([], "bad", "No SPF record"),
        (["v=spf1 -all", "v=spf1 ~all"], "bad", "2 SPF records"),
        (["v=spf1 include:_spf.yandex.net +all"], "bad", "lets anybody send"),
        (["v=spf1 include:_spf.google.com ~all"], "bad", "does not name Yandex 360: add include:_spf.yandex.net"),
        (["v=spf1 include:_spf.yandex.net"], "wait", "has no end"),
        (["v=spf1 " + "a:x.lavka.ua " * 11 + "-all"], "bad", "more than 10 DNS questions"),
        (["v=spf10 nonsense"], "bad", "No SPF record"),
        (["v=spf1 redirect=_spf.yandex.net"], "good", "SPF says who may send"),
    ],
)
def test_spf(records, tone, said):
    got_tone, text = found(dns(lavka__ua=records))["spf"]

    assert got_tone == tone
    assert said in text


def test_an_spf_record_that_includes_itself_ends():
    loop = dns(lavka__ua=["v=spf1 include:lavka.ua -all"])

    assert "more than 10 DNS questions" in found(loop, preset="")["spf"][1]


@pytest.mark.parametrize(
    ("record", "tone", "said"),
    [
        (None, "bad", "No DKIM key under mail._domainkey.lavka.ua"),
        ("v=DKIM1; p=", "bad", "was revoked"),
        ("v=DKIM1; p=%%%", "bad", "is damaged"),
        ("v=DKIM1; p=" + base64.b64encode(b"x" * 94).decode(), "bad", "too short"),
        ("v=DKIM1; p=" + base64.b64encode(b"x" * 162).decode(), "wait", "1024 bits"),
        ("v=DKIM1; k=ed25519; p=" + base64.b64encode(b"x" * 32).decode(), "good", "the key of mail stands"),
    ],
)
def test_dkim(record, tone, said):
    resolve = dns(**{"mail___domainkey__lavka__ua": [record] if record else None})

    got_tone, text = found(resolve)["dkim"]

    assert got_tone == tone
    assert said in text


def test_without_a_selector_dkim_cannot_be_judged():
    assert found(dns(), selectors=())["dkim"][0] == "plain"


@pytest.mark.parametrize(
    ("records", "tone", "said"),
    [
        (None, "bad", "No DMARC record"),
        (["v=DMARC1; p=none; rua=mailto:d@lavka.ua"], "good", "watches only"),
        (["v=DMARC1; rua=mailto:d@lavka.ua"], "bad", "names no policy"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "bad", "2 DMARC records"),
    ],
)
def test_dmarc(records, tone, said):
    got_tone, text = found(dns(**{"_dmarc__lavka__ua": records}))["dmarc"]

    assert got_tone == tone
    assert said in text


def test_a_subdomain_follows_the_dmarc_record_of_the_domain_above_it():
    assert found(dns(), domain="news.lavka.ua")["dmarc"] == ("good", "DMARC protects the domain (p=quarantine).")


def test_a_dns_that_does_not_answer_is_no_verdict():
    def silent(name):
        raise NoAnswer("timed out")

    assert {tone for tone, _text in found(silent).values()} == {"plain"}


def test_a_shop_may_write_from_gmail_only_through_gmail():
    by_yandex, by_gmail = found(dns(), domain="gmail.com"), found(dns(), domain="gmail.com", preset="gmail")

    assert (by_yandex["domain"][0], by_gmail["domain"][0]) == ("bad", "wait")


def test_a_domain_that_exists_only_here_asks_nobody():
    def nobody(name):
        raise AssertionError(name)

    assert found(nobody, domain="aftercare.localhost")["domain"][0] == "plain"


@pytest.mark.django_db
def test_findings_are_kept_for_an_hour_and_asked_anew_then():
    lavka = Sender.objects.create(slug="lavka", address="hello@lavka.ua", url="smtp+ssl://u:p@smtp.yandex.ru:465")

    asked = [health.check_dns(NOON + timedelta(minutes=m), dns()) for m in (0, 30, 61)]

    kept = SenderHealth.objects.get(sender=lavka)
    assert asked == [1, 0, 1]
    assert [row["tone"] for row in kept.dns] == ["good", "good", "good"]


# --- Complaints ---------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(store, journeys):
    return planned(save_orders(store, [order_seen(1042)])[0].order, NOON)


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(health.timezone, "now", lambda: NOON)


def history(letter, sent, complaints=0, at=NOON - timedelta(days=1), address="o@gmail.com"):
    """So many mails of the same sender; about the first ``complaints`` of them somebody complained."""
    kept = {
        f.attname: getattr(letter, f.attname) for f in Message._meta.concrete_fields if f.attname not in ("id", "key")
    }
    many = [
        Message(
            **kept
            | {
                "key": f"{at}:{address}:{n}",
                "state": "sent",
                "sent_at": at,
                "address": address,
                "complained_at": at if n < complaints else None,
            }
        )
        for n in range(sent)
    ]
    Message.objects.bulk_create(many)
    Message.objects.update(created_at=at)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "complaints", "pauses"),
    [
        (1000, 3, True),  # 0.3 % of enough mails
        (1000, 2, False),
        (999, 4, False),  # too few of both to say anything
        (10, 5, True),  # few mails, but five people
        (1700, 5, False),  # 0.29 %
    ],
)
def test_marketing_is_paused_at_three_complaints_in_a_thousand(letter, now, sent, complaints, pauses):
    history(letter, sent, complaints)

    assert health.watch_complaints() == pauses
    assert bool(Sender.objects.get(pk=letter.sender_id).marketing_paused_at) == pauses
    assert Event.objects.filter(kind="marketing.paused").count() == pauses


@pytest.mark.django_db
def test_complaints_of_last_month_are_forgotten(letter, now):
    history(letter, 10, 9, at=NOON - timedelta(days=8))

    assert health.watch_complaints() == 0


@pytest.mark.django_db
def test_after_a_person_let_it_go_on_only_new_complaints_count(letter, now):
    history(letter, 10, 5)
    health.watch_complaints()
    sender = Sender.objects.get(pk=letter.sender_id)

    assert health.resume_marketing(sender, 7, NOON)
    assert not health.resume_marketing(sender, 7, NOON)
    assert health.watch_complaints() == 0
    assert Event.objects.get(kind="marketing.resumed").created_by_id == 7


# --- Figures ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_figures_of_the_week_are_counted_by_provider_of_mailboxes(letter):
    history(letter, 4, 1)
    history(letter, 2, address="o@bk.ru")

    health.count_figures(NOON)

    figures = SenderHealth.objects.get(sender_id=letter.sender_id).figures
    assert figures == {
        "gmail": {"sent": 4, "bounced": 0, "complained": 1},
        "mailru": {"sent": 2, "bounced": 0, "complained": 0},
    }
    assert health.totals(figures) == {"sent": 6, "bounced": 0, "complained": 1}


@pytest.mark.django_db
def test_figures_are_counted_every_quarter_of_an_hour_and_old_quotas_forgotten(letter):
    for window in ("2026-09-01", "2026-09-01T12", "2026-11-23"):
        Quota.objects.create(sender_id=letter.sender_id, window=window, used=1)
    history(letter, 1)

    counted = [health.count_figures(NOON + timedelta(minutes=m)) for m in (0, 14, 15)]

    assert counted == [1, 0, 1]
    assert list(Quota.objects.values_list("window", flat=True)) == ["2026-11-23"]


@pytest.mark.django_db
def test_the_oldest_due_is_named_and_what_a_person_paused_is_not(letter):
    due = health.oldest_due(NOON)
    early = health.oldest_due(NOON - timedelta(seconds=1))
    type(letter.stream).objects.update(paused_at=NOON)

    assert (due, early, health.oldest_due(NOON)) == ({letter.sender_id: NOON}, {}, {})


@pytest.mark.django_db
def test_metrics_tell_what_waits_what_died_and_which_provider_is_in_trouble(letter, client):
    Message.objects.filter(pk=letter.pk).update(send_after=timezone.now() - timedelta(seconds=90))
    Sender.objects.update(paused_until=timezone.now() + timedelta(minutes=1), failures=5)

    said = client.get("/metrics").content.decode()

    waits = next(line for line in said.splitlines() if line.startswith("aftercare_messages_oldest_due_seconds"))
    assert 90 <= float(waits.split()[1]) < 120
    assert 'aftercare_sender_breaker{sender="lavka"} 2.0' in said
    assert "aftercare_messages_dead 0.0" in said


# --- Presets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.slug)
def test_a_preset_knows_its_own_url(preset):
    assert preset_of(preset.url("olena@lavka.ua", "p@ss/w:rd")) is preset
    assert preset.source.startswith("https://")


@pytest.mark.parametrize("url", ["", "brevo://KEY", "smtp://localhost:1025", "smtp://[broken", "nonsense"])
def test_other_ways_have_no_preset(url):
    assert preset_of(url) is None
