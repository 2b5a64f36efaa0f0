"""The flow of a draft: taken apart, put together, changed by buttons."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.flow import KINDS, Flow, NotEditable, add, copy, move, remove, rename
from campaigns.flow.tree import nodes_of


def step(name, do="send", **more):
    return {"id": name, "do": do, **more}


def flow(*steps):
    return Flow({"starts_with": "order.placed", "steps": list(steps)})


def read(made):
    """The tree as text: names, and in brackets the ways."""

    def spell(sequence):
        parts = [
            node.id + ("".join(f"[{spell(way)}]" for _key, way in node.ways) if node.parts else "")
            for node in sequence.nodes
        ]
        return " ".join(parts)

    return spell(made.tree)


def branching():
    """a, then yes: b, no: c; both meet at d."""
    return flow(
        step("a"),
        step("q", "branch", then="b", otherwise="c"),
        step("b", next="d"),
        step("c"),
        step("d"),
    )


def test_a_definition_comes_out_as_it_went_in():
    for path in sorted((Path(__file__).parents[2] / "campaigns" / "presets").glob("*.json")):
        definition = json.loads(path.read_text("utf-8"))["definition"]
        if "steps" in definition:
            assert Flow(definition).definition()["steps"] == Flow(Flow(definition).definition()).definition()["steps"]
            assert Flow(definition).steps == Flow(Flow(definition).definition()).steps


def test_ways_that_meet_again_stand_side_by_side():
    assert read(branching()) == "a q[b][c] d"


def test_a_way_that_ends_at_once_leaves_the_other_on_the_main_line():
    made = flow(step("q", "branch", then="out", otherwise="b"), step("out", "exit"), step("b"), step("c"))

    assert read(made) == "q[out][] b c"


def test_a_way_back_is_told_by_name():
    made = flow(
        step("w", "wait", days=1),
        step("q", "branch", then="w", otherwise="b"),
        step("b"),
    )

    assert read(made) == "w q[][] b"
    [_w, question, _b] = made.tree.nodes
    assert [(key, way.lands) for key, way in question.ways] == [("then", "w"), ("otherwise", "b")]


def test_a_new_step_comes_where_it_was_asked_for():
    made = branching()

    name = add(made, "wait", "q:then")

    assert (name, read(made)) == ("wait", "a q[wait b][c] d")
    assert made.definition()["steps"][2] == {"id": "wait", "do": "wait", "after": "step_at", "days": 1}


def test_a_new_step_behind_a_parting_comes_where_its_ways_meet():
    made = branching()

    add(made, "send", "q:after")

    assert read(made) == "a q[b][c] send d"


def test_a_new_question_has_two_ways_that_go_on_below():
    made = flow(step("a"), step("b"))

    add(made, "branch", "a:next")

    assert read(made) == "a branch[][] b"
    assert made.definition()["steps"][1] == {"id": "branch", "do": "branch", "then": "b", "otherwise": "b"}


def test_the_first_step_of_an_empty_journey():
    made = flow()

    add(made, "send", "start")

    assert made.definition()["steps"] == [{"id": "send", "do": "send", "template": ""}]


@pytest.mark.parametrize(
    ("name", "to", "reads"),
    [
        ("d", "up", "a d q[b][c]"),
        ("a", "down", "q[b][c] a d"),
        ("q", "up", "q[b][c] a d"),
        ("q", "down", "a d q[b][c]"),
        ("b", "up", "a b q[][c] d"),
        ("b", "down", "a q[][c] b d"),
        ("d", "q:then", "a q[b][c]"),
        ("a", "q:otherwise", "q[b][a c] d"),
        ("d", "start", "d a q[b][c]"),
    ],
)
def test_steps_move_by_buttons(name, to, reads):
    made = branching()

    moved = move(made, name, to)

    assert moved is True
    if to == "q:then":
        assert read(made) == "a q[d b][c]"
    else:
        assert read(made) == reads


@pytest.mark.parametrize(("name", "to"), [("a", "up"), ("d", "down"), ("q", "q:then"), ("x", "up"), ("a", "gone:next")])
def test_a_move_that_makes_no_sense_changes_nothing(name, to):
    made = branching()

    assert move(made, name, to) is False
    assert read(made) == "a q[b][c] d"


def test_a_step_is_taken_out_and_the_gap_closes():
    made = branching()

    remove(made, "b")

    assert read(made) == "a q[][c] d"
    remove(made, "a")
    assert read(made) == "q[][c] d"


def test_a_parting_goes_with_its_ways_or_keeps_one():
    made = branching()
    remove(made, "q")
    assert read(made) == "a d"

    made = branching()
    remove(made, "q", keep="otherwise")
    assert (read(made), made.lost) == ("a c d", [])


def test_a_parting_is_copied_with_its_ways():
    made = branching()

    name = copy(made, "q")

    assert (name, read(made)) == ("q_2", "a q[b][c] q_2[b_2][c_2] d")


def test_a_step_gets_another_name_and_everybody_still_finds_it():
    made = branching()

    rename(made, "d", "thanks")

    assert read(made) == "a q[b][c] thanks"


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ([], "A journey is a JSON object with a list of steps."),
        ({"steps": "a"}, "A journey is a JSON object with a list of steps."),
        ({"steps": [{"id": "A b", "do": "send"}]}, "Step 1 needs an id of small letters, digits, _ and -."),
        ({"steps": [step("a"), step("a")]}, "Two steps are called “a”."),
        (
            {"steps": [step("a", "dance")]},
            "Step “a”: “dance” is not one of: send, wait, wait_for, branch, split, ask, act, exit.",
        ),
        ({"steps": [step("a", "split", variants=[1])]}, "Step “a” needs at least two variants."),
        ({"steps": [step("a", next=7)]}, "Step “a”: “next” is the id of a step."),
    ],
)
def test_what_is_no_list_of_steps_is_refused(definition, sentence):
    with pytest.raises(NotEditable) as refusal:
        Flow(definition)

    assert str(refusal.value) == sentence


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "keep", "copy", "up", "down", "move"]),
        st.integers(0, 30),
        st.sampled_from(KINDS),
        st.integers(0, 60),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(ORDERS)
def test_whatever_is_pressed_no_way_leads_nowhere_and_no_step_is_doubled(orders):
    made = flow()
    for verb, which, kind, where in orders:
        names = list(made.steps)
        places = ["start", *(f"{n}:{key}" for n, key, _to in made.edges())]
        place = places[where % len(places)]
        name = names[which % len(names)] if names else ""
        if verb == "add" and len(names) < 20:
            add(made, kind, place)
        elif name and verb == "copy" and len(names) < 20:
            copy(made, name)
        elif name and verb in ("remove", "keep"):
            remove(made, name, "then" if verb == "keep" else "")
        elif name and verb != "add":
            move(made, name, place if verb == "move" else verb)
        made = Flow(made.definition())
        assert all(to in made.steps for _name, _key, to in made.edges() if to)
        drawn = [node.id for node in nodes_of(made.tree)]
        assert sorted([*drawn, *(lost["id"] for lost in made.lost)]) == sorted(made.steps)
        assert len(set(drawn)) == len(drawn)
