"""Journeys as files: there and back without loss, and refusals that name the file and the step."""

from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns import segments
from campaigns.files import FileRefused, as_file, import_journey, read_file
from campaigns.models import Journey
from tests.builders.door import MONDAY
from tests.builders.journeys import journey, send, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


def run(*arguments):
    said = StringIO()
    call_command("journeys", *map(str, arguments), stdout=said)
    return said.getvalue().splitlines()


def definitions():
    return {j.slug: j.versions.order_by("-number").first().definition for j in Journey.objects.all()}


RICH = [
    {"id": "lots", "do": "split", "variants": [
        {"name": "a", "percent": 90}, {"name": "b", "percent": 10, "holdout": True}]},
    wait(days=7, between=["10:00", "16:00"], weekdays=["mon", "fri"]),
    {"id": "b", "do": "branch", "if": {"all": [{"field": "customer.orders", "op": ">=", "value": 2}]}, "otherwise": ""},
    {"id": "tag", "do": "act", "act": "add_tag", "with": {"tag": "вірний: так"}},
    send("mail", next=""),
]  # fmt: skip


def test_every_journey_comes_back_exactly_as_it_went(tmp_path):
    journey("rich", *RICH, goal={"fact": "customer:order.placed", "days": 30}, re_entry={"days": 30})
    before = definitions()

    run("export", tmp_path)
    Journey.objects.filter(slug="rich").delete()
    said = run("import", tmp_path)

    assert definitions() == before
    assert said == [
        "order_confirmation: as it is already", "review_request: as it is already",
        "rich: made, as a draft, version 1", "shipping_update: as it is already",
    ]  # fmt: skip
    assert Journey.objects.get(slug="rich").state == "draft"


def test_a_file_can_be_read_by_people():
    made = journey("plain", wait(days=7, at="10:00"), send())
    made.name = "Прохання"

    assert as_file(made) == (
        "journey: plain\n"
        "name: Прохання\n"
        "starts_with: order.placed\n"
        "steps:\n"
        "  - id: w\n"
        "    do: wait\n"
        "    at: '10:00'\n"
        "    days: 7\n"
        "  - id: mail\n"
        "    do: send\n"
        "    template: order_confirmation\n"
        "    late_hours: 1000\n"
    )


def test_a_changed_file_is_a_new_version_and_a_dry_run_is_none(tmp_path):
    made = journey("plain", send())
    run("export", tmp_path, "plain")
    file = tmp_path / "plain.yaml"
    file.write_text(file.read_text().replace("1000", "48"))

    assert run("import", "--dry-run", file) == ["plain: would be changed"]
    assert made.versions.count() == 1
    assert run("import", file) == ["plain: changed, version 2"]
    assert made.versions.order_by("-number").first().definition["steps"][0]["late_hours"] == 48
    assert run("import", file) == ["plain: as it is already"]


def test_one_bad_file_lets_none_in(tmp_path):
    journey("plain", send())
    run("export", tmp_path, "plain")
    (tmp_path / "a.yaml").write_text((tmp_path / "plain.yaml").read_text().replace("journey: plain", "journey: a"))
    (tmp_path / "plain.yaml").write_text((tmp_path / "plain.yaml").read_text().replace("order_confirmation", "gone"))

    with pytest.raises(CommandError) as refusal:
        run("import", tmp_path)

    assert str(refusal.value) == f"{tmp_path}/plain.yaml: Step “mail”: there is no template “gone”."
    assert not Journey.objects.filter(slug="a").exists()


def test_a_segment_travels_by_its_name():
    with time_machine.travel(MONDAY, tick=False):
        vips = segments.create("Віп", {"field": "customer.orders", "op": ">=", "value": 2}, timezone.now())
    made = journey("vips", send(), starts_with={"segment": vips.pk}, subject="customer")

    text = as_file(made)

    assert "segment: Віп" in text
    assert import_journey(read_file(text)).what == "same"
    with pytest.raises(FileRefused) as refusal:
        read_file(text.replace("segment: Віп", "segment: Ніхто"))
    assert str(refusal.value) == "There is no segment “Ніхто”."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file does not begin with the short name of a journey (journey: …)."),
        ("- 1", "The file does not begin with the short name of a journey (journey: …)."),
        ("journey: a b", "“a b” is no short name: letters, digits, _ and -."),
        ("journey: a\nname: [1]", "The name of a journey is a text of at most 120 letters."),
        ("journey: a\n\tname: x", "This is not YAML, see line 2."),
        ("journey: !!python/object:os.system x", "This is not YAML, see line 1."),
        ("x" * 1_000_001, "The file is larger than any journey."),
    ],
)
def test_a_file_that_is_no_journey_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(FileRefused) as refusal:
        read_file(text)

    assert str(refusal.value) == sentence
