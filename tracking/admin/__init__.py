"""What agents see of parcels, and the codes of carriers that the owner explains."""

from tracking.admin.codes import Codes
from tracking.admin.patience import Patiences
from tracking.admin.shipments import Shipments

__all__ = ["Codes", "Patiences", "Shipments"]
