"""Every address of the house (contract: docs/reference/addresses.md)."""

from django.contrib import admin
from django.urls import include, path

from events import webhooks

urlpatterns = [
    path("in/<slug:source>/<slug:slug>/", webhooks.knock, name="knock"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]
