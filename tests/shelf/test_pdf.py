"""Papers: what stands at the foot of pages, what keeps together, how text finds its size."""

from shelf.pdf import TICK, Column, Paper, fitting
from tests.builders.door import MONDAY
from tests.builders.papers import pages_of


def paper(**more):
    made = Paper(title="Рахунок", language="uk", made_at=MONDAY, **more)
    made.page()
    return made


def test_the_foot_can_be_read_whatever_a_page_ended_with():
    made = paper()
    made.foot("Рахунок № 7")
    made.block("Разом", is_bold=True, size=12)
    made.page()
    made.block("Дрібно", size=7.5)

    pages = pages_of(made.finish())

    assert [page.split("\n")[-1] for page in pages] == ["Рахунок № 7 1 / 2", "Рахунок № 7 2 / 2"]


def test_the_last_row_goes_with_what_follows_and_new_pages_are_named():
    made = paper()
    made.over("Замовлення 5")

    made.table([Column("", 10), Column("Товар")], [(TICK, f"Рядок {n}") for n in range(20)], keep=200)

    first, second = pages_of(made.finish())
    assert first.split("\n")[-1] == "Рядок 18"
    assert second.split("\n") == ["Замовлення 5", "Товар", "Рядок 19"]


def test_text_is_made_smaller_before_a_word_of_it_breaks():
    assert fitting("Дякуємо, Олено!", 60, 2, (12, 10, 8)) == 12
    assert fitting("Дякуємо, Олександро-Вікторіє!", 30, 2, (12, 10, 8), is_bold=True) == 8
    assert fitting("а" * 400, 30, 2, (12, 10)) == 10  # nothing fits: the last, and then it breaks
