"""/api/v1/: bearer token, OpenAPI 3.1."""

from rest_framework.routers import DefaultRouter

from orders.api import Orders
from tracking.api import Shipments

router = DefaultRouter()
router.include_root_view = False
router.register("orders", Orders)
router.register("shipments", Shipments)

urlpatterns = router.urls
