"""/api/v1/: bearer token, OpenAPI 3.1."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.routers import DefaultRouter

from campaigns.api import Segments
from feedback.api import Reviews, Scores
from loyalty.api import Points
from orders.api import Consents, Orders
from support.api import Tickets
from tracking.api import Shipments

router = DefaultRouter()
router.include_root_view = False
router.register("orders", Orders)
router.register("consents", Consents)
router.register("shipments", Shipments)
router.register("segments", Segments)
router.register("tickets", Tickets)
router.register("points", Points)
router.register("reviews", Reviews)
router.register("scores", Scores)

urlpatterns = router.urls


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema describes staff.tokens.BearerToken."""

    target_class = "staff.tokens.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}
