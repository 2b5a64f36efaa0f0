"""The house keeps its own rules: floors, tables, words, migrations, templates."""

import ast
import subprocess
import sys
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from inspect import signature
from io import StringIO
from pathlib import Path
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.template.loader import get_template
from django.urls import resolve

from config import wiring
from events import facts, inbox, outbox
from messaging.gate import CHECKS
from messaging.models import Message

ROOT = Path(settings.BASE_DIR)
FLOORS = list(reversed(settings.FLOORS))  # from the ground up
OURS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in FLOORS]


def floor(label):
    """Django's own tables (groups, permissions) lie below the ground."""
    return FLOORS.index(label) if label in FLOORS else -1


# --- Floors and names ---------------------------------------------------------------------------------------------


def test_every_relation_points_down_or_stays_on_its_floor():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in OURS
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        if floor(field.related_model._meta.app_label) > floor(model._meta.app_label)
    ]

    assert upward == []


def test_the_import_contracts_are_kept():
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert "Contracts: 3 kept, 0 broken." in ran.stdout, ran.stdout[-3000:]


@pytest.mark.parametrize("label", FLOORS)
def test_every_app_says_in_one_paragraph_what_it_is_for(label):
    tree = ast.parse((ROOT / label / "__init__.py").read_text("utf-8"))

    assert ast.get_docstring(tree)
    assert len(tree.body) == 1  # no code


def python_files():
    folders = [*FLOORS, "shelf", "config"]
    return [path for name in folders for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]


def test_no_module_is_a_drawer_for_everything():
    drawers = {"core", "common", "utils", "util", "helpers", "helper", "misc", "lib", "services", "managers"}

    assert [str(p.relative_to(ROOT)) for p in python_files() if drawers & {p.stem, p.parent.name}] == []


def test_no_class_hides_behind_an_empty_word():
    empty = ("Manager", "Helper", "Service", "Base", "Util", "Utils")
    classes = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and (node.name.endswith(empty) or node.name.startswith("Base"))
    ]

    assert classes == []


def test_no_module_is_longer_than_430_lines():
    long = [str(p.relative_to(ROOT)) for p in python_files() if len(p.read_text("utf-8").splitlines()) > 430]

    assert long == []


def test_every_module_says_what_it_holds():
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if (text := path.read_text("utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]

    assert silent == []


# --- Models -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()

    call_command("makemigrations", check=True, dry_run=True, stdout=out)

    assert out.getvalue().strip() == "No changes detected"


def test_every_table_has_a_name_for_people_and_a_text_of_its_own():
    for model in OURS:
        if model._meta.auto_created:
            continue
        assert type(model._meta.verbose_name).__name__ == "__proxy__", model._meta.label
        assert "__str__" in vars(model) or model.__mro__[1] is not models.Model, model._meta.label


def test_every_field_that_people_see_has_a_label_that_can_be_translated():
    unlabelled = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        if not model._meta.auto_created
        for field in model._meta.local_fields
        if not is_inner(field) and type(field.verbose_name).__name__ != "__proxy__"
    ]

    assert unlabelled == []


INNER = {
    "id", "public_id", "link_version", "fingerprint", "digest", "key", "entry_key", "lease", "lease_until", "seq",
    "listens", "raw", "starts_by", "drop_from_at", "drop_to_at", "let_in_up_to_on", "since_at", "step_at", "shift",
    "shifted_at", "rounds", "goal", "goal_ends_at", "event_id", "saves",
    "reason_values", "subject_type", "subject_id", "cause_type", "cause_id", "customer_id", "created_by_id", "html",
    "text", "compiled_text", "external_id", "blocks", "version", "tz_known", "summary", "country", "image_url", "at",
    "sender", "to", "subject", "preview", "figures", "guards", "checked_hash", "written_up_to", "written_all",
    "uid", "revision", "drawn_revision", "drawn_at", "tier", "asked", "stamp", "looks",
}  # fmt: skip


def is_inner(field):
    """Columns that no page names; relations through a table's own key too."""
    return field.name in INNER or field.primary_key


TIMES = (
    "at",
    "since",
    "send_after",
    "last_login",
    "lease_until",
    "paused_until",
    "full_until",
    "asks_full_until",
    "verified_until",
)


def test_money_is_decimal_and_times_are_named_for_what_they_are():
    for model in OURS:
        for field in model._meta.local_fields:
            assert not isinstance(field, models.FloatField), field
            if isinstance(field, models.DateTimeField):
                assert field.name.endswith("_at") or field.name in TIMES, field
            elif isinstance(field, models.DateField):
                assert field.name.endswith("_on"), field


def test_names_of_indexes_and_constraints_are_unique():
    named = [i.name for m in OURS for i in m._meta.indexes] + [c.name for m in OURS for c in m._meta.constraints]

    assert sorted(named) == sorted(set(named))


# --- Facts --------------------------------------------------------------------------------------------------------

FACTS = {kind: fact for kind, fact in facts.KINDS.items() if fact.__module__.partition(".")[0] in FLOORS}


def test_every_fact_stands_in_the_table_and_the_table_names_no_other():
    assert set(wiring.REACTIONS) == set(FACTS)


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_is_frozen_dotted_past_and_lives_in_the_events_of_its_app(kind):
    fact = FACTS[kind]

    assert fact.__module__.endswith(".events")
    assert fact.__dataclass_params__.frozen
    assert kind.count(".") == 1 and kind == kind.lower()
    assert fact.__name__.endswith(("ed", "Paid", "Left", "Held"))


PLAIN = (int, str, bool, Decimal, datetime, type(None))
PERSONAL = ("token", "email", "mail", "phone", "address", "name", "secret", "url_signed", "postcode")


def is_plain(kind):
    if get_origin(kind) is None:
        return kind in PLAIN
    return get_origin(kind) in (tuple, UnionType) and all(is_plain(a) for a in get_args(kind) if a is not ...)


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_holds_plain_values_and_nothing_about_a_person(kind):
    hints = get_type_hints(FACTS[kind])

    for field in fields(FACTS[kind]):
        assert is_plain(hints[field.name]), field.name
        assert not any(word in field.name for word in PERSONAL), field.name


# --- Wiring -------------------------------------------------------------------------------------------------------


def test_every_table_was_handed_to_its_owner():
    assert inbox.READERS == wiring.READERS
    assert outbox.REACTIONS == wiring.REACTIONS
    assert outbox.EVERY == wiring.EVERY
    assert CHECKS == wiring.CHECKS


def test_every_clock_has_a_name_of_its_own_and_a_pace():
    names = [clock.name for clock in wiring.CLOCKS]

    assert sorted(names) == sorted(set(names))
    assert all(0 < clock.seconds <= 60 for clock in wiring.CLOCKS)
    for clock in wiring.CLOCKS:
        signature(clock.run).bind()  # raises TypeError: a clock says nothing to what it runs


def test_every_nudge_wakes_a_clock_that_exists():
    nudged = {
        node.args[0].value
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "nudge" and node.args
        if isinstance(node.args[0], ast.Constant)
    }

    assert nudged <= {clock.name for clock in wiring.CLOCKS}
    assert {"receipts", "events", "journeys", "messages"} <= nudged


def test_reactions_are_named_for_their_answers_and_each_stands_in_a_reactions_module():
    for reaction in {r for many in [*wiring.REACTIONS.values(), wiring.EVERY] for r in many}:
        assert reaction.__module__.endswith(".reactions")
        assert reaction.__doc__ or reaction.__name__


# --- Messages -----------------------------------------------------------------------------------------------------


def test_the_states_of_a_message_are_the_ones_that_docs_and_indexes_know():
    assert {state.value for state in Message.State} == {
        "ready", "sending", "sent", "delivered", "bounced", "complained", "skipped", "expired", "failed", "unknown",
        "cancelled",
    }  # fmt: skip


# --- Pages --------------------------------------------------------------------------------------------------------

TEMPLATES = sorted(
    str(path.relative_to(ROOT / "templates"))
    for path in (ROOT / "templates").rglob("*.html")
    if "messaging/presets" not in str(path)
)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles_and_brings_no_script_or_style_of_its_own(name):
    get_template(name)

    source = (ROOT / "templates" / name).read_text("utf-8")
    if name not in ("400.html", "500.html"):
        assert " style=" not in source and "<style" not in source
    assert " onclick=" not in source and "javascript:" not in source
    assert "<script>" not in source


ADDRESSES = {
    "/": "home",
    "/o/find/": "find",
    "/o/x/": "order",
    "/o/x/review/": "order-review",
    "/o/x/contact/": "order-contact",
    "/o/x/account/": "order-account",
    "/o/x/cancel/": "order-cancel",
    "/o/x/change/": "order-change",
    "/o/x/return/": "order-return",
    "/o/x/return/7/": "order-return-one",
    "/o/x/documents/": "order-documents",
    "/o/x/invoice.pdf": "order-invoice",
    "/o/x/verify/": "order-verify",
    "/o/x/calendar.ics": "order-calendar",
    "/o/x/again/": "order-again",
    "/o/x/followers/": "order-followers",
    "/o/x/following/": "order-following",
    "/me/": "find-account",
    "/me/x/": "account",
    "/me/x/redeem/": "redeem",
    "/contact/": "contact",
    "/help/": "help",
    "/help/suggest/": "help-suggestions",
    "/help/x/": "help-article",
    "/t/x/": "ticket",
    "/c/x/": "card",
    "/i/x/": "insert",
    "/c/x": "card-scan",
    "/c/x.vcf": "card-file",
    "/c/x.svg": "card-qr",
    "/r/x/": "review",
    "/s/x/": "survey",
    "/u/x/": "unsubscribe",
    "/in/shopify/lavka/": "knock",
    "/api/v1/orders/": "order-list",
    "/api/v1/shipments/": "shipment-list",
    "/api/v1/tickets/": "ticket-list",
    "/api/v1/points/": "account-list",
    "/api/v1/reviews/": "review-list",
    "/api/v1/scores/": "score-list",
    "/api/v1/schema/": "schema",
    "/api/v1/docs/": "api-docs",
    "/admin/": "admin:index",
    "/mailbox/": "mailbox",
    "/healthz": "config.health.live",
    "/readyz": "config.health.ready",
    "/metrics": "config.health.metrics",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_contract_leads_to_its_page(address):
    assert resolve(address).view_name == ADDRESSES[address]
