"""Every column of words in a table that leads to a customer says what erasure makes of it."""

from collections import defaultdict

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, CharField, JSONField, TextField

from customers.holdings import holdings

OURS = (
    *("customers", "events", "staff", "messaging", "orders", "vcards"),
    *("tracking", "feedback", "loyalty", "support", "campaigns"),
)
WORDS = (CharField, TextField, JSONField, BinaryField, ArrayField)  # a slug, a URL and an address are CharFields
# Columns that hold a code, a number or a sentence of ours, whatever table they stand in.
CODES = {
    *("key", "digest", "kind", "channel", "source", "provider", "provider_id", "external_id", "public_id", "seed"),
    *("stamp", "tier", "asked", "html", "scope", "purpose", "subject_type", "cause_type", "topic", "waits_for"),
    *("reaction", "ask", "step", "outcome", "goal", "listens", "rounds", "variant", "entry_key", "reason"),
    *("reason_values", "milestone", "stage", "raw_code", "fingerprint", "occurred_local", "dated_wrongly"),
    *("line_external_id", "variant_key", "currency", "only_currency", "dues_currency", "language", "country"),
    *("time_zone", "carrier", "promise_source", "media_type", "sku"),
}  # fmt: skip


def led():
    """Tables with a relation to a customer, or to a table that has one."""
    tables = [m for m in apps.get_models() if m._meta.app_label in OURS]
    found = {apps.get_model("customers.Customer")}
    found |= {m for m in tables if any(f.name == "customer_id" for f in m._meta.fields)}
    while more := {m for m in tables if m not in found and _leads_to(m, found)}:
        found |= more
    return sorted(found, key=lambda m: m._meta.label)


def _leads_to(model, found):
    return any((f.many_to_one or f.one_to_one) and f.related_model in found for f in model._meta.fields)


# The proof that it was done, and what leads to the customer's orders but says nothing of them.
SILENT = {"customers.Erasure"}


@pytest.mark.parametrize("model", led(), ids=lambda m: m._meta.label)
def test_what_becomes_of_every_column_of_words_is_said(model):
    if model._meta.label in SILENT:
        return
    listed = [h for h in holdings() if h.model == model._meta.label]
    said = {name for h in listed for name in (*h.empties, *h.stays)}

    assert listed, "customers/holdings.py says how; list it in the app's holdings.py"
    open_ones = {
        f.name for f in model._meta.concrete_fields if isinstance(f, WORDS) and not f.choices and f.name not in CODES
    }
    assert any(h.goes for h in listed) or open_ones - said == set()


def test_whatever_stays_has_a_reason_and_every_column_that_is_named_exists():
    for holding in holdings():
        names = {f.name for f in holding.table._meta.concrete_fields}

        assert bool(holding.why) or not holding.stays, holding.model
        assert {*holding.empties, *holding.stays, *holding.hides} <= names, holding.model


def test_a_table_is_handed_out_once():
    told = defaultdict(int)
    for holding in holdings():
        told[holding.model] += holding.tells and not callable(holding.person)

    assert {model for model, times in told.items() if times > 1} == set()
