"""Keep the files of products in three dimensions."""

import hashlib

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from orders.models import ProductShape, ShapeFile
from shelf import shapes


@transaction.atomic
def save_shape(shape: ProductShape, glb: bytes = b"", usdz: bytes = b"") -> None:
    """With new files, checked by ``shelf.shapes``, where some came; a file that no product has any more goes."""
    for name, raw, media_type in (("glb", glb, shapes.GLB), ("usdz", usdz, shapes.USDZ)):
        if raw:
            setattr(shape, name, _kept(raw, media_type))
    shape.save()
    forget_files()


def forget_files() -> None:
    shown = ProductShape.objects.filter(Q(glb=OuterRef("pk")) | Q(usdz=OuterRef("pk")))
    ShapeFile.objects.filter(~Exists(shown)).delete()


def _kept(raw: bytes, media_type: str) -> ShapeFile:
    """The file's row; the same file has one."""
    digest = hashlib.sha256(raw).hexdigest()[:32]
    row = {"data": raw, "media_type": media_type, "size": len(raw)}
    return ShapeFile.objects.get_or_create(digest=digest, defaults=row)[0]
