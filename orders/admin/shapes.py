"""Products in three dimensions, as marketers bring them: a file of theirs, checked, or where the shop keeps it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from orders.actions.shapes import forget_files, save_shape
from orders.models import ProductShape
from shelf import shapes
from shelf.reasons import Refusal
from staff.lists import Room

ONE_OF = _("Bring a file, or say where the shop keeps it.")


class ShapeForm(forms.ModelForm):
    new_glb = forms.FileField(
        label=_("GLB"), required=False, widget=forms.ClearableFileInput(attrs={"accept": ".glb"}),
        help_text=_("glTF 2.0, binary, all in one file of at most 10 MB, without Draco: browsers and Android draw it."),
    )  # fmt: skip
    new_usdz = forms.FileField(
        label=_("USDZ"), required=False, widget=forms.ClearableFileInput(attrs={"accept": ".usdz"}),
        help_text=_("Of the same model, for iPhones: they show it in the room. At most 10 MB."),
    )  # fmt: skip
    drops_files = forms.BooleanField(label=_("without the files that are here"), required=False)

    class Meta:
        model = ProductShape
        fields = ("product", "glb_url", "usdz_url")

    def clean_new_glb(self) -> bytes:
        return _checked(self.cleaned_data.get("new_glb"), shapes.check_glb)

    def clean_new_usdz(self) -> bytes:
        return _checked(self.cleaned_data.get("new_usdz"), shapes.check_usdz)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kept = not cleaned.get("drops_files") and (self.instance.glb_id or self.instance.usdz_id)
        brought = [cleaned.get(name) for name in ("new_glb", "new_usdz", "glb_url", "usdz_url")]
        if not (kept or any(brought) or self.errors):
            raise forms.ValidationError(ONE_OF)
        for name in ("glb_url", "usdz_url"):
            if cleaned.get(name) and not cleaned[name].startswith("https://"):
                self.add_error(name, _("Phones load models by https:// only."))
        return cleaned


def _checked(file: Any, check: Any) -> bytes:
    if not file:
        return b""
    raw = file.read(shapes.MOST_BYTES + 1)
    try:
        check(raw)
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal)) from None
    return raw


@admin.register(ProductShape)
class ProductShapes(Room):
    place = ("shop", 3)
    symbol = "cube"
    form = ShapeForm
    list_display = ("product", "glb_here", "usdz_here")
    list_select_related = ("product", "glb", "usdz")
    raw_id_fields = ("product",)
    empty_text = _("A product that people turn on their screen, and see in their room, on the page of their parcel.")
    fieldsets = (
        (None, {"fields": ("product",)}),
        (_("Files"), {"fields": ("new_glb", "new_usdz", "drops_files")}),
        (_("Or where the shop keeps them"), {"fields": ("glb_url", "usdz_url")}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).defer("glb__data", "usdz__data")

    @admin.display(description=_("GLB"), boolean=True)
    def glb_here(self, shape):
        return bool(shape.glb_id or shape.glb_url)

    @admin.display(description=_("USDZ"), boolean=True)
    def usdz_here(self, shape):
        return bool(shape.usdz_id or shape.usdz_url)

    def save_model(self, request, obj, form, change):
        if form.cleaned_data["drops_files"]:
            obj.glb = obj.usdz = None
        save_shape(obj, form.cleaned_data["new_glb"], form.cleaned_data["new_usdz"])

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def delete_model(self, request, obj):
        obj.delete()
        forget_files()
