"""A teapot in three dimensions, small enough to count: GLB by the bytes, USDZ as a zip that packs nothing."""

import json
import struct
import zlib
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

CORNERS = ((-1.0, 0.0, -1.0), (1.0, 0.0, -1.0), (1.0, 0.0, 1.0), (-1.0, 0.0, 1.0), (0.0, 1.4, 0.0))
SIDES = (0, 1, 2, 0, 2, 3, 0, 4, 1, 1, 4, 2, 2, 4, 3, 3, 4, 0)


def told(**overrides: Any) -> dict[str, Any]:
    """A pyramid of one material, whose picture of one pixel lies in the same file."""
    room = [60, 40, 36, len(red_pixel())]
    starts = [sum(room[:n]) for n in range(4)]
    views = [{"buffer": 0, "byteOffset": at, "byteLength": size} for at, size in zip(starts, room, strict=True)]
    known = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"doubleSided": True, "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 5,
                "type": "VEC3",
                "min": [-1, 0, -1],
                "max": [1, 1.4, 1],
            },
            {"bufferView": 1, "componentType": 5126, "count": 5, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 18, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": sum(room)}],
    }
    return known | overrides


def glb(**overrides: Any) -> bytes:
    return packed(json.dumps(told(**overrides)).encode())


def packed(text: bytes) -> bytes:
    text += b" " * (-len(text) % 4)
    body = b"".join(struct.pack("<3f", *corner) for corner in CORNERS) + bytes(40) + struct.pack("<18H", *SIDES)
    body += red_pixel()
    body += bytes(-len(body) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def red_pixel() -> bytes:
    rows = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xc8\x20\x20")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in rows
    )


def usdz(*names: str, is_packed: bool = False) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED if is_packed else ZIP_STORED) as zipped:
        for name in names or ("teapot.usdc",):
            zipped.writestr(name, b"PXR-USDC" + bytes(60))
    return file.getvalue()
