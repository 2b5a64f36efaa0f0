"""What in a review wants a person's look before others read it. It is told the words, and never the stars."""

import re
from collections.abc import Mapping

LINK = re.compile(r"https?://|www\.|\b[\w-]{2,}\.(?:com|net|org|info|shop|store|ua|ru|by|kz|рф|укр)\b", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w")
PHONE = re.compile(r"(?:\+|\b)\d(?:[\s().-]{0,2}\d){8,}\b")
# Marks that turn the direction of writing can hide what a text says.
TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
MARKUP = re.compile(r"<\s*/?\s*[a-z!]", re.IGNORECASE)
SHOUTED = 20  # letters; shorter is a brand, or joy

LINK_INSIDE, CONTACT_INSIDE, TURNED_INSIDE, MARKUP_INSIDE = "link", "contact", "direction", "markup"
SHOUTS, PHOTOS = "capitals", "photos"


def doubts_about(said: Mapping[str, object], has_photos: bool = False) -> list[str]:
    """Why a person should look at it first; empty: it may be read by all. ``said``: text, pros, cons, author."""
    words = "\n".join(str(said[name]) for name in ("text", "pros", "cons", "author"))
    letters = [letter for letter in words if letter.isalpha()]
    found = {
        LINK_INSIDE: LINK.search(EMAIL.sub(" ", words)),
        CONTACT_INSIDE: EMAIL.search(words) or PHONE.search(words),
        TURNED_INSIDE: TURNED.search(words),
        MARKUP_INSIDE: MARKUP.search(words),
        SHOUTS: len(letters) >= SHOUTED and sum(letter.isupper() for letter in letters) > len(letters) * 0.8,
        PHOTOS: has_photos,
    }
    return [name for name, is_there in found.items() if is_there]
