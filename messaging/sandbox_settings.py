"""Django's settings in the child that reads authors' templates: languages, and nothing worth stealing."""

from pathlib import Path

SECRET_KEY = "none"  # noqa: S105 - nothing is signed there
USE_TZ = True
LANGUAGES = [(code, code) for code in ("en", "uk", "ru")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
