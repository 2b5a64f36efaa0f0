"""The roof: settings, addresses, and the tables that say who lends what to whom. Sees all apps, is seen by none."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
