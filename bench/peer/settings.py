"""Nothing but Django, without middleware, with the database connection kept open."""

from config.settings import DATABASES as OURS
from config.settings import SECRET_KEY  # noqa: F401

DATABASES = {"default": {**OURS["default"], "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["bench.peer"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.peer.urls"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
