"""The variables of review requests in words, for those who write mails."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "review.url": _("link to the page where the customer writes a review"),
    "review.products": _("the products to review: title, image_url, stars"),
}
