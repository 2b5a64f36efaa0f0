"""The catalogues hold every sentence of code and templates."""

import pytest

from config import translations


def test_sentences_of_code_and_templates_are_found_where_they_stand():
    said = translations.said()

    assert said["Delivered on Monday"] == "orders/templatetags/order_page.py"
    assert said["%(arrived)s of %(total)s parcel has arrived."] == "orders/templatetags/order_page.py"
    assert said["Find my order"].startswith("templates/")


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_a_sentence_that_was_never_gathered_is_named_with_its_file(language):
    said = {"Delivered on Monday": "orders/a.py", "Nobody gathered this": "orders/b.py"}

    found = translations.never_gathered(language, said)

    assert found == [f"{language}: never gathered (--extract): 'Nobody gathered this' in orders/b.py"]


def test_calls_are_read_out_of_what_a_template_becomes():
    text = """X gettext('It\\'s “%(name)s” (here)') ngettext('%(n)s day', '%(n)s days', n) _("plain") nogettext(1)"""

    assert translations.CALL.findall(text) == [
        "gettext('It\\'s “%(name)s” (here)')",
        "ngettext('%(n)s day', '%(n)s days', n)",
        '_("plain")',
    ]
