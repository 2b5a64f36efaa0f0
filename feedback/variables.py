"""The variables of review requests and surveys in words, for those who write mails."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "review.url": _("link to the page where the customer writes a review"),
    "review.products": _("the products to review: title, image_url, stars"),
    "survey.url": _("link to the page where the customer answers the question that this mail asks"),
    "survey.choices": _("the numbers to choose from: n, url; a tap opens the page with the number chosen"),
}
