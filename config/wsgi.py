"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from config.garbage import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
keep_what_is_loaded()
