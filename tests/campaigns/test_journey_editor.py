"""The editor of journeys: its forms, its buttons, what it says when something is wrong. No script runs here."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import files
from campaigns.actions import drafting, set_state
from campaigns.flow import Flow
from campaigns.models import Journey, JourneyDraft, StepTaken
from campaigns.ready_made import read_presets
from tests.builders import journeys as j
from tests.builders.door import MONDAY
from tests.builders.room import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def marketer(client):
    client.user = person("marketer")
    client.force_login(client.user)
    return client


@pytest.fixture
def made():
    return j.journey("after", *j.WIDE["steps"], **{key: j.WIDE[key] for key in ("ends_with", "goal", "subject")})


def at(made, page="edit"):
    return reverse(f"admin:campaigns_journey_{page}", args=[made.pk])


def press(client, made, deed, **more):
    token = drafting.working(made).token
    return client.post(at(made), {"token": token, "deed": deed, **more})


def steps_of(made):
    return drafting.working(made).definition["steps"]


def step_of(made, name):
    return next(step for step in steps_of(made) if step["id"] == name)


def values(form):
    """What a browser sends for a form as it is drawn."""
    sent = {}
    for one in [form, *(delay for _heading, delay in form.delays)]:
        for field in one:
            value = field.value()
            if value not in (None, "", False):
                sent[field.html_name] = "on" if value is True else value
    return sent


def opened(client, made, name):
    cards, found = list(client.get(f"{at(made)}?step={name}").context["laid"].cards), None
    while cards and found is None:
        card = cards.pop()
        found = card.form
        cards += [inner for way in card.ways for inner in way.cards]
    return values(found)


# --- Forms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [step["id"] for step in j.WIDE["steps"]])
def test_a_form_that_is_saved_as_it_is_drawn_changes_nothing(marketer, made, name):
    sent = opened(marketer, made, name)
    if name == "regular":
        sent |= {
            "node": ["0", "0.0"],
            "kind-0": "all",
            "field-0.0": "customer.orders",
            "op-0.0": ">=",
            "value-0.0": "3",
        }

    answer = press(marketer, made, f"save:{name}", **sent)

    assert (answer.status_code, answer["Location"]) == (302, f"{at(made)}#step-{name}")
    assert JourneyDraft.objects.count() == (1 if name == "paid" else 0)
    if name == "paid":  # a list of one fact is written as that fact
        assert step_of(made, name)["fact"] == "order.paid"


def test_a_wait_is_filled_in(marketer, made):
    sent = opened(marketer, made, "wait") | {
        "until-days": 3,
        "until-side": "before",
        "until-at": "",
        "until-since": "22:00",
        "until-until": "08:00",
        "until-weekdays": ["sat"],
        "has_otherwise": "on",
        "otherwise-after": "placed_at",
        "otherwise-days": 14,
    }

    press(marketer, made, "save:wait", **sent)

    assert step_of(made, "wait") == {
        "id": "wait",
        "do": "wait",
        "after": "delivered_at",
        "days": -3,
        "weekdays": ["sat"],
        "between": ["22:00", "08:00"],
        "otherwise": {"after": "placed_at", "days": 14},
    }


def test_a_step_gets_another_name_and_the_ways_follow(marketer, made):
    press(marketer, made, "save:lots", **(opened(marketer, made, "lots") | {"name": "draw"}))

    assert step_of(made, "regular")["otherwise"] == "draw"


def test_where_a_way_leads_can_be_chosen_by_name(marketer, made):
    press(marketer, made, "save:paid", **(opened(marketer, made, "paid") | {"lead-otherwise": ""}))

    assert step_of(made, "paid")["otherwise"] == ""


def test_a_lot_without_a_name_is_taken_out_and_a_new_one_goes_on_below(marketer, made):
    sent = opened(marketer, made, "lots") | {"lot-1": "", "lot-3": "c", "percent-3": 45}

    press(marketer, made, "save:lots", **sent)

    assert step_of(made, "lots")["variants"] == [
        {"name": "a", "percent": 45, "next": "thanks"},
        {"name": "held", "percent": 10, "next": "paid", "holdout": True},
        {"name": "c", "percent": 45, "next": "paid"},
    ]


def test_conditions_are_added_by_a_button_and_nothing_is_saved_before_the_step_is(marketer, made):
    sent = opened(marketer, made, "regular") | {"node": ["0"], "kind-0": "any", "new-0": "customer.country"}

    answer = press(marketer, made, "save:regular", **sent, do="add:0")

    assert answer.status_code == 200
    assert 'name="field-0.0" value="customer.country"' in answer.content.decode()
    assert JourneyDraft.objects.count() == 0


def test_beginning_and_end_are_filled_in(marketer, made):
    sent = {
        "subject": "customer",
        "starts": "date",
        "date": "customer.birthday",
        "days": 7,
        "side": "before",
        "at": "09:30",
        "re_entry": "days",
        "re_entry_days": 300,
        "goal": "customer:order.placed",
        "goal_days": 14,
        "goal_ends": "on",
        "ends_with": ["customer:consent.revoked"],
    }

    answer = press(marketer, made, "frame:", **sent)

    assert answer.status_code == 302
    definition = drafting.working(made).definition
    assert {key: value for key, value in definition.items() if key != "steps"} == {
        "starts_with": {"date": "customer.birthday", "days": -7, "at": "09:30"},
        "subject": "customer",
        "re_entry": {"days": 300},
        "goal": {"fact": "customer:order.placed", "days": 14, "ends": True},
        "ends_with": ["customer:consent.revoked"],
    }


def test_a_name_that_another_step_has_is_refused_beside_its_field(marketer, made):
    answer = press(marketer, made, "save:wait", **(opened(marketer, made, "wait") | {"name": "lots"}))

    assert answer.status_code == 422
    assert "Another step is called so." in answer.content.decode()
    assert JourneyDraft.objects.count() == 0


# --- Buttons --------------------------------------------------------------------------------------------------------


def test_a_step_is_added_where_one_stands_and_its_form_opens(marketer, made):
    answer = press(marketer, made, "add:send:regular:then")

    assert answer["Location"] == f"{at(made)}?step=send#step-send"
    assert (step_of(made, "regular")["then"], step_of(made, "send").get("next", "tag")) == ("send", "tag")


def test_steps_move_copy_and_go(marketer, made):
    press(marketer, made, "down:wait")
    assert [step["id"] for step in steps_of(made)][:2] == ["regular", "tag"]

    press(marketer, made, "move:wait", place="start")
    assert [step["id"] for step in steps_of(made)][:2] == ["wait", "regular"]

    press(marketer, made, "copy:wait")
    assert [step["id"] for step in steps_of(made)][:2] == ["wait", "wait_2"]

    press(marketer, made, "remove:regular:otherwise")
    assert [step["id"] for step in steps_of(made)] == ["wait", "wait_2", "lots", "thanks", "paid", "gone", "ask"]


@pytest.mark.parametrize("deed", ["", "dance:wait", "up:nothing", "move:wait:nowhere:next", "add:dance:start", "up:"])
def test_a_deed_that_is_none_does_no_harm(marketer, made, deed):
    before = steps_of(made)

    assert press(marketer, made, deed).status_code == 302

    assert steps_of(made) == before


# --- What is wrong --------------------------------------------------------------------------------------------------


def test_what_is_wrong_stands_at_its_step_and_on_top_with_a_link(marketer, made):
    press(marketer, made, "add:send:start")
    press(marketer, made, "add:branch:start")

    answer = marketer.get(at(made))

    assert [(p.step, p.sentence) for p in answer.context["problems"]] == [
        ("branch", "Step “branch” needs a condition (if) or a fact, and not both."),
        ("send", "Step “send” does not say which template to send."),
    ]
    body = answer.content.decode()
    assert f'href="{at(made)}?step=send#step-send"' in body
    assert body.count("Step “send” does not say which template to send.") == 2


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (
            [j.wait("w", after="entered_at", days=1, next="a"), j.send("a", next="w")],
            ("w", "The way from the step “w” leads back to it without a wait of at least an hour after a step."),
        ),
        ([j.send("a", next="nowhere")], ("a", "Step “a” leads to “nowhere”, and there is none.")),
        ([j.send("a", next=""), j.send("b")], ("b", "Nothing leads to the step “b”.")),
        (
            [{"id": "q", "do": "branch", "if": {"field": "customer.shoe", "op": "=", "value": 1}}, j.send("a")],
            (
                "q",
                "Step “q”: There is no field “customer.shoe” any more: "
                "take this condition out or choose another field.",
            ),
        ),
        ([j.wait("w", on="2020-01-01"), j.send("a")], ("w", "Step “w” waits for 1 January 2020, which has passed.")),
    ],
)
def test_bad_plans_are_drafts_that_name_their_step(marketer, made, steps, problem):
    drafting.save_draft(made, j.definition(*steps), "1.0", marketer.user, timezone.now())

    answer = marketer.get(f"{at(made)}?step={problem[0]}")

    assert answer.status_code == 200
    assert [(p.step, p.sentence) for p in answer.context["problems"]] == [problem]


def test_who_saves_second_keeps_what_was_typed_and_may_save_again(marketer, made):
    petro = person("manager", "petro@shop.example")
    sent = opened(marketer, made, "wait") | {"until-days": 5}
    theirs = [{**step, "late_hours": 48} if step["id"] == "ask" else step for step in j.WIDE["steps"]]
    drafting.save_draft(made, j.definition(*theirs), "1.0", petro, timezone.now())

    answer = marketer.post(at(made), {"token": "1.0", "deed": "save:wait", **sent})

    assert answer.status_code == 409
    body = answer.content.decode()
    assert f"{petro} saved this journey at" in body
    assert "What you typed stands below: save it again to put it on top of theirs." in body
    assert '<input type="number" name="until-days" value="5"' in body
    assert JourneyDraft.objects.get().changed_by == petro
    again = marketer.post(at(made), {"token": answer.context["token"], "deed": "save:wait", **sent})
    assert again.status_code == 302
    assert (step_of(made, "wait")["days"], step_of(made, "ask")["late_hours"]) == (5, 48)


def test_what_changes_is_told_in_sentences(marketer, made):
    press(marketer, made, "remove:gone")
    press(marketer, made, "add:exit:lots:1")

    changes = marketer.get(at(made)).context["changes"]

    assert [(c.kind, c.step, c.before, c.after) for c in changes] == [
        (
            "changed",
            "lots",
            "a · 45 % → thanks; b · 45 % → paid; held · 10 % · held out → paid",
            "a · 45 % → thanks; b · 45 % → exit; held · 10 % · held out → paid",
        ),
        ("changed", "paid", "it happened → ask; it did not → gone", "it happened → ask; it did not → the end"),
        ("gone", "gone", "Lets them go.", ""),
        ("added", "exit", "", "Lets them go."),
    ]


# --- Publishing, pausing --------------------------------------------------------------------------------------------


def test_the_publish_dialog_counts_people_at_each_step_and_asks_what_becomes_of_them(marketer, made):
    j.inside(made, {"wait": 3, "gone": 2}, timezone.now())
    press(marketer, made, "remove:gone")

    page = marketer.get(at(made, "publish"))

    rows = [(place.step, place.people, place.gone) for place in page.context["places"]]
    assert rows == [("gone", 2, True), ("wait", 3, False)]
    assert list(page.context["form"].fields) == ["choice", "landing-gone"]
    sent = {"token": page.context["token"], "choice": "move", "landing-gone": "ask"}
    answer = marketer.post(at(made, "publish"), sent)
    assert answer.status_code == 302
    assert sorted(j.where(made)) == [("active", "ask")] * 2 + [("active", "wait")] * 3
    assert made.versions.count() == 2


def test_a_draft_with_something_to_mend_is_refused_by_the_dialog_too(marketer, made):
    press(marketer, made, "add:send:start")

    answer = marketer.post(at(made, "publish"), {"token": "1.1"})

    assert answer.status_code == 422
    assert "Step “send” does not say which template to send." in answer.content.decode()
    assert made.versions.count() == 1


@pytest.mark.parametrize(("how", "left"), [("continue", None), ("shift", 3600), ("drop", None)])
def test_a_paused_journey_asks_how_it_goes_on(marketer, made, monday, how, left):
    j.inside(made, {"wait": 1}, timezone.now())
    set_state(made, "paused")
    monday.shift(3600)

    page = marketer.get(at(made, "resume"))
    assert [way for way, _label in page.context["ways"]] == ["continue", "shift", "drop"]
    marketer.post(at(made, "resume"), {"how": how})

    made.refresh_from_db()
    assert made.state == "live"
    assert (made.drop_to_at is not None) == (how == "drop")
    if left:
        assert made.enrolments.get().shift.total_seconds() == left


# --- New ones, files ------------------------------------------------------------------------------------------------


def test_a_journey_begins_blank_from_a_preset_or_as_a_copy(marketer, made):
    add = reverse("admin:campaigns_journey_add")
    for start in ("", "preset:review_request", f"copy:{made.pk}"):
        answer = marketer.post(add, {"deed": "make", "name": f"New {start[:4]}", "start": start})
        assert answer.status_code == 302

    news = {one.slug: len(steps_of(one)) for one in Journey.objects.filter(name__startswith="New")}
    assert news == {"new": 0, "new_pres": 2, "new_copy": 8}


def test_a_file_is_looked_at_before_it_becomes_a_draft(marketer, made):
    text = files.as_file(made).replace("days: 2", "days: 4")
    add = reverse("admin:campaigns_journey_add")

    look = marketer.post(add, {"deed": "look", "file": SimpleUploadedFile("after.yaml", text.encode())})

    assert [(c.step, c.before[:12], c.after[:12]) for c in look.context["look"].changes] == [
        ("wait", "Waits until ", "Waits until ")
    ]
    assert JourneyDraft.objects.count() == 0
    taken = marketer.post(add, {"deed": "take", "text": look.context["look"].text})
    assert taken["Location"] == at(made)
    assert step_of(made, "wait")["days"] == 4
    assert made.versions.count() == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff\xfe\x00", "The file is no text in UTF-8."),
        (b"[1, 2]", "The file does not begin with the short name of a journey (journey: …)."),
        (b"journey: x\nsteps: [1]", "A journey is a JSON object with a list of steps."),
    ],
)
def test_a_file_that_is_no_journey_is_refused_in_a_sentence(marketer, body, sentence):
    add = reverse("admin:campaigns_journey_add")

    answer = marketer.post(add, {"deed": "look", "file": SimpleUploadedFile("x.yaml", body)})

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_the_file_of_a_journey_reads_back_the_same(marketer, made):
    answer = marketer.get(at(made, "file"))

    assert answer["Content-Disposition"] == 'attachment; filename="after.yaml"'
    assert files.read_file(answer.content.decode()).definition == made.versions.get().definition


# --- Who may --------------------------------------------------------------------------------------------------------


def test_agents_see_only(client, made):
    client.force_login(person("agent"))

    body = client.get(at(made, "change")).content.decode()

    assert "Waits until 2 days after the delivery" in body
    assert at(made) not in body
    assert "Rename" not in body
    for page in ("edit", "publish", "resume"):
        assert client.get(at(made, page)).status_code == 403
        assert client.post(at(made, page), {"deed": "add:send:start"}).status_code == 403
    assert client.post(at(made, "change"), {"deed": "pause"}).status_code == 403
    assert client.post(reverse("admin:campaigns_journey_add"), {"name": "x"}).status_code == 403
    assert (Journey.objects.get(pk=made.pk).state, JourneyDraft.objects.count()) == ("live", 0)


def test_rename_duplicate_and_delete_on_the_page(marketer, made):
    marketer.post(at(made, "change"), {"deed": "rename", "name": "After all"})
    copied = marketer.post(at(made, "change"), {"deed": "duplicate", "name": "Once more"})
    made.refresh_from_db()
    other = Journey.objects.get(name="Once more")

    assert (made.name, made.stream.name, copied["Location"]) == ("After all", "After all", at(other))
    marketer.post(at(other, "change"), {"deed": "delete"})
    marketer.post(at(made, "change"), {"deed": "delete"})
    assert list(Journey.objects.filter(pk__in=[made.pk, other.pk])) == [made]


def test_agents_see_who_would_get_it_now_and_why_others_would_not(client, store):
    made = j.journey("now", j.send("mail"), state="draft")
    j.place(store, 1042)
    client.force_login(person("agent"))

    answer = client.get(at(made, "dry_run"))

    assert [(why, n) for _mark, why, n in answer.context["counts"]] == [("", 1)]
    assert "will be sent" in answer.content.decode()
    assert made.enrolments.count() == 0


def test_a_draft_is_asked_who_would_get_it_before_it_is_published(client, store):
    made = j.journey("now", j.send("mail"), state="draft")
    j.place(store, 1042)
    late = j.definition(j.wait("w", days=3), j.send("mail"))
    drafting.save_draft(made, late, drafting.working(made).token, None, timezone.now())
    client.force_login(person("agent"))

    version, draft = client.get(at(made, "dry_run")), client.get(at(made, "dry_run") + "?of=draft")

    assert [(why, n) for _mark, why, n in version.context["counts"]] == [("", 1)]
    assert [(why, n) for _mark, why, n in draft.context["counts"]] == [("Waits until 26 November 2026.", 1)]
    assert "Asked of the draft" in draft.content.decode()
    assert made.enrolments.count() == 0


def test_a_draft_that_cannot_run_yet_says_why_instead_of_who_gets_it(client):
    made = drafting.create_journey("New", j.definition(j.send("mail", template="nothing")), None, timezone.now())
    client.force_login(person("agent"))

    answer = client.get(at(made, "dry_run"))

    assert answer.context["counts"] == []
    [problem] = answer.context["problems"]
    assert problem.sentence == "Step “mail”: there is no template “nothing”."


def test_a_press_of_undo_takes_the_last_change_back(marketer, made):
    before = steps_of(made)
    press(marketer, made, f"remove:{before[0]['id']}")
    assert steps_of(made) != before

    page = marketer.get(at(made)).content.decode()
    press(marketer, made, "undo")

    assert 'value="undo"' in page
    assert steps_of(made) == before


# --- Figures, queries -----------------------------------------------------------------------------------------------


def test_figures_count_who_stands_where_and_how_far_they_came(marketer, made):
    now = timezone.now()
    j.inside(made, {"wait": 6, "paid": 2}, now)
    for enrolment in made.enrolments.filter(step="paid"):
        StepTaken.objects.create(enrolment=enrolment, seq=1, step="wait", outcome="waited", at=now)
    made.enrolments.filter(step="paid").update(goal_at=now)

    figures = marketer.get(at(made)).context["figures"]

    assert (figures.inside, figures.entered) == (8, 8)
    assert {name: (figures.share(name), figures.goal_share(name)) for name in ("wait", "paid", "ask")} == {
        "wait": (100, 25),
        "paid": (25, 0),
        "ask": (0, None),
    }


@pytest.mark.parametrize("page", ["edit", "change", "publish"])
def test_a_page_asks_as_much_for_two_hundred_people_as_for_two(marketer, made, page):
    press(marketer, made, "add:send:start")
    j.inside(made, {"wait": 1, "paid": 1}, timezone.now())
    marketer.get(at(made, page))
    with CaptureQueriesContext(connection) as few:
        marketer.get(at(made, page))
    j.inside(made, {"wait": 100, "paid": 100}, timezone.now())

    with CaptureQueriesContext(connection) as more:
        marketer.get(at(made, page))

    assert len(more) == len(few)
    assert len(more) <= {"edit": 20, "change": 22, "publish": 18}[page], [q["sql"][:90] for q in more]


def test_the_list_shows_state_drafts_and_people_and_is_searched(marketer, made):
    j.inside(made, {"wait": 3}, timezone.now())
    press(marketer, made, "add:send:start")
    address = reverse("admin:campaigns_journey_changelist")

    body = marketer.get(f"{address}?q=aft&state__exact=live").content.decode()

    assert "changes not published" in body
    assert "Review request" not in body
    with CaptureQueriesContext(connection) as four:
        marketer.get(address)
    for number in range(6):
        j.journey(f"more-{number}", j.send("a"))
    with CaptureQueriesContext(connection) as ten:
        marketer.get(address)
    assert len(ten) == len(four)


def test_every_ready_made_journey_can_be_edited(marketer):
    for preset in read_presets():
        made = drafting.create_journey(preset.named("en"), preset.definition, marketer.user, timezone.now())

        answer = marketer.get(at(made))

        assert answer.status_code == 200, preset.slug
        assert answer.context["laid"].lost == [], preset.slug
        assert Flow(preset.definition).steps == Flow(Flow(preset.definition).definition()).steps
