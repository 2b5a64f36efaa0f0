"""Things in three dimensions, as merchants bring them: GLB for browsers and Android, USDZ for iPhones.

Nothing is drawn here. A file is taken that a browser can draw under our policy, alone and from our own address: one
that points to other files, or must be unpacked by a program that the policy forbids, is refused with the reason.
"""

import json
import struct
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal

GLB, USDZ = "model/gltf-binary", "model/vnd.usdz+zip"
MOST_BYTES = 10 * 2**20  # what a phone in a mobile network loads before its owner gives up
MOST_WORDS = 4 * 2**20  # of the description inside a GLB
MOST_ENTRIES = 500  # of a USDZ
# These pack a mesh or its pictures so that only WebAssembly, or a worker made of a text, unpacks them.
PACKED = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "meshopt",
    "KHR_meshopt_compression": "meshopt",
    "KHR_texture_basisu": "KTX2 / Basis Universal",
}
NO_GLB = _("This file is no GLB that we can read. Save the model as glTF 2.0, binary (.glb).")
NO_USDZ = _("This file is no USDZ that we can read. iPhones need a .usdz whose files are not compressed.")
TOO_LARGE = _("The model is larger than %(most)s MB: too much for a phone. Save it with smaller pictures.")


class ShapeRefused(Refusal):
    """A file that is no shape for us, with a sentence for whoever brought it."""


def check_glb(raw: bytes) -> None:
    _check_size(raw)
    told = _told(raw)
    for part in (*told.get("buffers", ()), *told.get("images", ())):
        if not str(part.get("uri", "data:")).startswith("data:"):
            raise ShapeRefused(
                _("The model needs another file, “%(name)s”. Save it as one .glb that holds everything."),
                name=str(part["uri"])[:80],
            )
    used = {*told.get("extensionsUsed", ()), *told.get("extensionsRequired", ())}
    for name in sorted(used & PACKED.keys()):
        raise ShapeRefused(
            _("The model is packed by %(what)s, which browsers may not unpack on our pages. Save it without."),
            what=PACKED[name],
        )


def check_usdz(raw: bytes) -> None:
    """A zip whose first file is the scene and whose files lie in it as they are, as Apple and Pixar demand."""
    _check_size(raw)
    try:
        entries = ZipFile(BytesIO(raw)).infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        raise ShapeRefused(NO_USDZ) from None
    names = [entry.filename.lower() for entry in entries]
    is_scene = bool(names) and len(names) <= MOST_ENTRIES and names[0].endswith((".usdc", ".usda", ".usd"))
    if not is_scene or any(entry.compress_type != ZIP_STORED for entry in entries):
        raise ShapeRefused(NO_USDZ)


def _check_size(raw: bytes) -> None:
    if len(raw) > MOST_BYTES:
        raise ShapeRefused(TOO_LARGE, most=MOST_BYTES // 2**20)


def _told(raw: bytes) -> dict[str, Any]:
    """The description of a GLB: its first chunk. Its parts are what glTF 2.0 says they are, or it is refused."""
    try:
        magic, version, length, size, kind = struct.unpack_from("<4sIII4s", raw)
        if (magic, version, kind) != (b"glTF", 2, b"JSON") or length > len(raw) or 20 + size > min(length, MOST_WORDS):
            raise ShapeRefused(NO_GLB)
        told = json.loads(raw[20 : 20 + size])
        lists = [told.get(name, []) for name in ("buffers", "images")]
        names = [told.get(name, []) for name in ("extensionsUsed", "extensionsRequired")]
        is_gltf = str(told["asset"]["version"]).startswith("2.") and bool(told.get("meshes"))
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ShapeRefused(NO_GLB) from None
    parts_fit = all(isinstance(part, dict) for parts in lists for part in _listed(parts))
    if not (is_gltf and parts_fit and all(isinstance(name, str) for some in names for name in _listed(some))):
        raise ShapeRefused(NO_GLB)
    return told


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [None]
