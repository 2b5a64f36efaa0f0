from shelf.charts import bars


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
