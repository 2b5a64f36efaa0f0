"""The line beside the subject in the mailbox's list."""

from django.core.mail import EmailMultiAlternatives

from messaging.channels.email import first_words

HTML = """<!doctype html><html><head><title>Aftercare</title><style>p { color: red }</style></head><body>
<div>Two things, 1&nbsp;811,00&nbsp;₴.&zwnj;&#847;&shy;</div><!--[if mso]><b>Outlook</b><![endif]-->
<style>h1 { margin: 0 }</style><h1>Thank you,\n Olena &amp; Petro</h1></body></html>"""


def test_the_preview_is_what_an_inbox_would_show_first():
    assert first_words(mail(HTML)) == "Two things, 1 811,00 ₴. Thank you, Olena & Petro"


def test_a_mail_without_html_is_previewed_by_its_text():
    assert first_words(mail()) == "Thank you, Olena. Your order has reached us."


def test_a_long_letter_is_cut_to_fit_its_column():
    assert len(first_words(mail("<p>" + "слово " * 1000))) == 200


def test_the_first_words_of_a_long_mail_are_found_without_reading_all_of_it():
    row = f"<p style='color:red' title='{'x' * 50}'>Tea &amp; honey</p> "

    words = first_words(mail("<p>Hello</p> " + row * 500), longest=10**6)

    assert words == " ".join(["Hello", *["Tea & honey"] * (len(words) // len("Tea & honey "))])
    assert 50 < words.count("honey") < 500


def mail(html=""):
    letter = EmailMultiAlternatives("Your order", "Thank you, Olena.\n\nYour order has reached us.\n")
    if html:
        letter.attach_alternative(html, "text/html")
    return letter
