"""Which state of the program runs here: it differs as soon as one line, template, translation or drawing does."""

from functools import cache
from hashlib import sha256

from django.conf import settings

FOLDERS = ("config", "shelf", "templates", "locale", "static")
ENDINGS = (".py", ".html", ".mo", ".css", ".js", ".svg")


@cache
def fingerprint() -> str:
    """Sixteen signs; a quarter of a second, once in a process."""
    found = sha256()
    for folder in (*settings.FLOORS, *FOLDERS):
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix in ENDINGS:
                found.update(str(path.relative_to(settings.BASE_DIR)).encode() + path.read_bytes())
    return found.hexdigest()[:16]
