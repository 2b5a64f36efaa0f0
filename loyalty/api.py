"""Balances by API, for the shop's own pages: ``GET /api/v1/points/?email=…``."""

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.pagination import CursorPagination

from loyalty.models import Account
from shelf.emails import normalise_email


class Newest(CursorPagination):
    ordering = "-id"
    page_size = 50


class BalanceOut(serializers.ModelSerializer):
    owed = serializers.SerializerMethodField(help_text="Taken back after it was spent; the next points repay it.")
    expire_at = serializers.DateTimeField(
        source="customer.stats.points_expire_at", help_text="When the first of the available points expire."
    )

    class Meta:
        model = Account
        fields = ["customer", "available", "pending", "owed", "expire_at"]
        read_only_fields = fields

    def get_owed(self, account: Account) -> int:
        return -account.debt


class Points(mixins.ListModelMixin, viewsets.GenericViewSet):
    """What customers can spend. ``?email=`` narrows the list to one person."""

    queryset = Account.objects.filter(customer__isnull=False).select_related("customer__stats")
    serializer_class = BalanceOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Account]:
        email = self.request.query_params.get("email", "").strip().replace("\x00", "")
        if not email:
            return self.queryset
        known = normalise_email(email) or email
        return self.queryset.filter(customer__identifiers__kind="email", customer__identifiers__value=known)
