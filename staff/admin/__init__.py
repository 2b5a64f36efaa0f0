"""The agent's room on staff's own floor, and on the engine room below it: each file registers its pages."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from staff.admin import connections, engine, jobs, outgoing, users  # noqa: F401 - they register themselves

admin.site.site_title = "Aftercare"
admin.site.site_header = "Aftercare"
admin.site.index_title = _("Home")
admin.site.site_url = None
admin.site.enable_nav_sidebar = False
admin.site.disable_action("delete_selected")  # nothing is thrown away by the dozen
