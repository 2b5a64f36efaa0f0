"""What a recipe of CONTRIBUTING adds is complete: each failure names the place that was forgotten."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from campaigns.admin.journeys.forms import FORMS
from campaigns.admin.reports import DO_WORDS
from campaigns.checking import OF_THE_HOUSE
from campaigns.engine.reading import DOES
from campaigns.flow.changes import NEW
from campaigns.flow.speech import NAMES, SHORT, SYMBOLS
from campaigns.read_aloud import FACTS
from config import room, wiring
from customers.channels import ADDRESS_OF, Channel
from customers.models import Identifier
from events.sources import name_of
from messaging.channels import texts
from messaging.gate.judging import NO_ADDRESS
from orders import webhooks as shops
from tests.house.test_house import FACTS as KINDS
from tracking import webhooks as carriers

ROOT = Path(settings.BASE_DIR)


def missing(places, wanted):
    """place → what it lacks, for places that lack something."""
    return {place: lack for place, known in places.items() if (lack := set(wanted) - set(known))}


def on_page(path):
    """What stands on a page in backquotes."""
    return {path: re.findall(r"`([^`\n]+)`", (ROOT / path).read_text("utf-8"))}


# --- A shop platform, a carrier -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "room", "sources"),
    [("orders/stores", "orders", shops.SOURCES), ("tracking/carriers", "tracking", carriers.SOURCES)],
)
def test_every_adapter_is_a_source_with_builders_tests_and_a_page(folder, room, sources):
    files = {p.stem for p in (ROOT / folder).glob("*.py") if "\ndef authentic(" in p.read_text("utf-8")}
    adapters = {name_of(import_module(f"{folder.replace('/', '.')}.{name}")) for name in files}

    lacking = missing({f"ADAPTERS in {folder}/__init__.py": {s.name for s in sources}}, adapters)
    for name in files:
        for path in (f"tests/builders/{name}.py", f"tests/{room}/test_{name}.py"):
            lacking |= {} if (ROOT / path).exists() else {path: name}

    assert lacking == {}
    assert missing(on_page("docs/reference/webhooks.md"), adapters) == {}


# --- A channel ----------------------------------------------------------------------------------------------------


def test_every_channel_has_an_address_a_way_out_and_a_sentence_for_no_address():
    by_text = set(Channel.values) - {Channel.EMAIL}
    kinds = set(ADDRESS_OF.values())

    assert missing({"customers/channels.py ADDRESS_OF": ADDRESS_OF}, Channel.values) == {}
    assert missing({"Identifier.Kind": Identifier.Kind.values, "gate/judging.py NO_ADDRESS": NO_ADDRESS}, kinds) == {}
    ways = {channel for provider in texts.PROVIDERS.values() for channel in provider.channels}
    assert missing({"texts.py LONGEST": texts.LONGEST, "texts.py PROVIDERS": ways}, by_text) == {}


# --- A journey step -----------------------------------------------------------------------------------------------


def test_every_step_can_be_read_edited_drawn_and_reported():
    places = {
        "flow/changes.py NEW": NEW,
        "flow/speech.py NAMES": NAMES,
        "flow/speech.py SHORT": SHORT,
        "flow/speech.py SYMBOLS": SYMBOLS,
        "admin/journeys/forms/steps.py FORMS": FORMS,
        "admin/reports.py DO_WORDS": DO_WORDS,
    }

    assert missing(places, DOES) == {}
    assert missing(on_page("docs/reference/journeys.md"), DOES) == {}


# --- A fact -------------------------------------------------------------------------------------------------------


def test_every_fact_has_a_sentence_and_a_row_on_its_page():
    assert missing({"SENTENCES in the lends.py of its app": room.SENTENCES}, KINDS) == {}
    assert missing(on_page("docs/reference/facts.md"), KINDS) == {}


def test_every_fact_about_a_customer_can_be_said_in_a_journey():
    heard = {kind for kind in KINDS if not kind.startswith(OF_THE_HOUSE)}

    assert missing({"FACTS in campaigns/read_aloud.py": FACTS}, heard) == {}


# --- Mails --------------------------------------------------------------------------------------------------------


def test_every_block_has_its_look_its_plain_text_and_a_row_on_its_page():
    names = {block.name for block in wiring.BLOCKS}
    looks = ROOT / "templates/messaging/blocks"
    places = {f"{looks.relative_to(ROOT)}/*{end}": {p.stem for p in looks.glob(f"*{end}")} for end in (".mjml", ".txt")}

    assert missing(places, names) == {}
    assert missing(on_page("docs/reference/templates.md"), names) == {}


def leaves(described, path=""):
    """Every variable by its full name; a list counts as one."""
    for name, what in described.items():
        full = f"{path}{name}"
        yield from leaves(what, f"{full}.") if isinstance(what, dict) else [full]


def test_every_variable_is_said_in_words_and_stands_on_its_page():
    contexts = [context for many in wiring.CONTEXTS.values() for context in many]
    known = {name for context in contexts for name in leaves(context.describe)}
    words = {name for context in contexts for name in context.words}

    assert missing({"WORDS in the variables.py of its app": words}, known) == {}
    assert missing(on_page("docs/reference/templates.md"), known) == {}
