"""Every address of the house; what may be relied upon stands in docs/reference/addresses.md."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from campaigns import views as campaigns
from campaigns.admin import reports
from config import health
from config.api import urlpatterns as api
from events import webhooks
from feedback import public_views as reviews
from feedback import views as feedback
from loyalty import views as loyalty
from messaging import tracking_views
from messaging import views as messaging
from messaging import webhooks as providers
from orders import find_views as finding
from orders import follow_views as following
from orders import insert_views as inserts
from orders import money_views as money
from orders import paper_views as papers
from orders import return_pages, self_service
from orders import views as orders
from staff import languages
from staff import views as staff
from support import help_views as help_centre
from support import views as support
from tracking import views as parcels
from vcards import views as cards

admin.autodiscover()
for model in (Group, EmailAddress, Authenticator):  # their own apps bring pages; roles stand in config/wiring.py
    admin.site.unregister(model)
admin.site.login = secure_admin_login(admin.site.login)
# Swagger UI styles itself inline; its scripts come from our own files as everywhere.
api_docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

urlpatterns = [
    # people
    path("", orders.home, name="home"),
    path("o/find/", finding.find, name="find"),
    path("o/<str:token>/", orders.order_page, name="order"),
    path("o/<str:token>/verify/", orders.verify, name="order-verify"),
    path("o/<str:token>/cancel/", self_service.cancel, name="order-cancel"),
    path("o/<str:token>/change/", self_service.change, name="order-change"),
    path("o/<str:token>/return/", return_pages.ask, name="order-return"),
    path("o/<str:token>/return/<int:pk>/", return_pages.follow, name="order-return-one"),
    path("o/<str:token>/return/<int:pk>/files/<int:file_id>", return_pages.file, name="order-return-file"),
    path("o/<str:token>/pay.svg", money.pay_code, name="order-pay-code"),
    path("o/<str:token>/receipt.svg", money.receipt_code, name="order-receipt-code"),
    path("o/<str:token>/pause/<int:line_id>/", money.pause_subscription, name="order-pause"),
    path("o/<str:token>/calendar.ics", orders.calendar, name="order-calendar"),
    path("o/<str:token>/again/", orders.again, name="order-again"),
    path("o/<str:token>/followers/", following.followers, name="order-followers"),
    path("o/<str:token>/following/", following.answer, name="order-following"),
    path("o/<str:token>/documents/", papers.documents, name="order-documents"),
    path("o/<str:token>/invoice.pdf", papers.document, {"name": "invoice"}, name="order-invoice"),
    path("o/<str:token>/delivery-note.pdf", papers.document, {"name": "delivery-note"}),
    path("o/<str:token>/return.pdf", papers.return_application),
    path("o/<str:token>/parcels/<int:pk>/hand-over.svg", parcels.hand_over_code, name="hand-over-code"),
    path("o/<str:token>/account/", finding.account_of_order, name="order-account"),
    path("me/", finding.find_account, name="find-account"),
    path("me/<str:token>/", finding.my_account, name="account"),
    path("me/<str:token>/redeem/", loyalty.redeem_points, name="redeem"),
    path("o/<str:token>/review/", feedback.from_order, name="order-review"),
    path("o/<str:token>/contact/", support.contact_about_order, name="order-contact"),
    path("t/<str:token>/", support.ticket, name="ticket"),
    path("contact/", support.contact, name="contact"),
    path("help/", help_centre.help_centre, name="help"),
    path("help/suggest/", help_centre.suggest, name="help-suggestions"),
    path("help/<slug:slug>/", help_centre.help_article, name="help-article"),
    path("r/<str:token>/", feedback.review, name="review"),
    path("r/<str:token>/photos/<int:photo_id>.jpg", feedback.photo, name="review-photo"),
    path("s/<str:token>/", feedback.survey, name="survey"),
    path("reviews/one/<int:pk>/", reviews.one, name="review-one"),
    path("reviews/one/<int:pk>/helpful/", reviews.helpful, name="review-helpful"),
    path("reviews/photo/<int:pk>.jpg", reviews.photo, name="review-photo"),
    path("reviews/<slug:slug>/", reviews.index, name="reviews"),
    path("reviews/<slug:slug>/<int:pk>/", reviews.product, name="product-reviews"),
    path("reviews/<slug:slug>/<int:pk>/ask/", reviews.question, name="review-question"),
    path("reviews/<slug:slug>/how-we-check/", reviews.how_we_check, name="reviews-how"),
    path("reviews/<slug:slug>/widget/", reviews.widget, name="reviews-widget"),
    path("reviews/<slug:slug>/google.xml", reviews.google_feed, name="reviews-google"),
    path("p/<str:token>/", messaging.preferences, name="preferences"),
    path("u/<str:token>/", messaging.unsubscribe, name="unsubscribe"),
    path("k/<str:code>.gif", tracking_views.opened, name="opened"),
    path("k/<str:code>", tracking_views.click, name="click"),
    path("c/<str:code>.vcf", cards.contact_file, name="card-file"),
    path("c/<str:code>.svg", cards.qr_svg, name="card-qr"),
    path("c/<str:code>.png", cards.qr_png),
    path("c/<str:code>.jpg", cards.photo),
    path("c/<str:code>/logo", cards.logo),
    path("c/<str:code>/go/<int:contact_id>", cards.go),
    path("c/<str:code>/", cards.card, name="card"),
    path("c/<str:code>", cards.card, name="card-scan"),
    path("i/<str:code>/", inserts.insert, name="insert"),
    re_path(r"^shapes/(?P<digest>[0-9a-f]{32})\.(?:glb|usdz)$", inserts.shape_file, name="shape"),
    path("q/<str:code>", campaigns.touchpoint, name="touchpoint"),
    re_path(r"^brand/(?P<slug>[-\w]+)-(?P<accent>[0-9a-f]{6})-(?P<ink>[0-9a-f]{6})\.css$", orders.brand_css),
    # staff
    path("admin/find/", staff.find, name="staff-find"),
    path("admin/report/journey/<int:pk>/", reports.journey, name="journey-report"),
    path("admin/report/campaign/<int:pk>/", reports.campaign, name="campaign-report"),
    path("admin/hand-over/<str:token>/", parcels.hand_over, name="hand-over"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("i18n/setlang/", languages.switch, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("styleguide/", staff.styleguide, name="styleguide"),
    path("mailbox/", messaging.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", messaging.mailbox, name="mailbox-mail"),
    path("mailbox/<int:pk>/html/", messaging.mailbox_html, name="mailbox-html"),
    # machines
    path("in/<slug:source>/<slug:slug>/", webhooks.knock, name="knock"),
    path("news/<slug:provider>/", providers.news, name="news"),
    path("mail/<slug:provider>/", providers.mail, name="mail"),
    path("api/v1/", include(api)),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", api_docs, name="api-docs"),
    path("healthz", health.live),
    path("readyz", health.ready),
    path("metrics", health.metrics),
]
