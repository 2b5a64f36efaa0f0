from shelf.charts import bars, columns, span


def test_a_chart_says_what_it_shows_to_those_who_cannot_see_it():
    assert 'role="img" aria-label="Orders &lt;per&gt; day"' in bars([1, 2], "Orders <per> day")


def test_the_tallest_bar_fills_the_height_and_an_empty_day_keeps_the_ground_line():
    drawn = bars([0, 5, 10], "x", ["Mon", "Tue", "Wed"])

    assert 'height="0.75"' in drawn
    assert 'height="16.0"' in drawn
    assert 'height="32.0"' in drawn
    assert "<title>Wed: 10</title>" in drawn


def test_no_values_are_one_low_bar_and_no_error():
    assert "<rect" in bars([], "x")


def test_charts_carry_no_inline_style_or_script():
    drawn = bars([1, 2], "x")

    assert "style=" not in drawn
    assert "<script" not in drawn


def test_columns_stand_on_each_other_and_say_what_they_are():
    drawn = columns([("Mon", (("good", 3), ("bad", 1)), "Mon: 3 of 4"), ("<Tue>", (), "none")], "x")

    assert 'columns__part--good" x="76.0" y="30.0" width="28.0" height="90.0"' in drawn
    assert 'columns__part--bad" x="76.0" y="0.0" width="28.0" height="30.0"' in drawn
    assert "<title>Mon: 3 of 4</title>" in drawn
    assert "&lt;Tue&gt;</text>" in drawn


def test_of_many_columns_only_some_have_captions_and_of_none_there_is_none():
    assert columns([(str(n), (("plain", n),), "") for n in range(52)], "x").count("</text>") == 18
    assert "<g>" not in columns([], "x")


def test_a_span_marks_its_middle_and_never_leaves_its_ground():
    drawn = span(5, 20, 10, "x")

    assert 'class="span__far" y="2" width="120.0"' in drawn
    assert 'class="span__middle" x="59.0"' in drawn
