"""A teapot in three dimensions, thrown on a wheel of our own: a turned body, a spout and a handle, as one GLB."""

import json
import math
import struct
from collections.abc import Sequence

Point = tuple[float, float, float]
ROUND, STEPS = 40, 14
# Half of the body's outline from the foot to the knob: radius and height in metres.
BODY = (
    (0.0, 0.0), (0.043, 0.0), (0.045, 0.004), (0.058, 0.018), (0.069, 0.04), (0.071, 0.058), (0.064, 0.08),
    (0.046, 0.095), (0.036, 0.099), (0.036, 0.102), (0.028, 0.107), (0.012, 0.112), (0.007, 0.115), (0.008, 0.12),
    (0.0105, 0.125), (0.008, 0.131), (0.0, 0.133),
)  # fmt: skip
SPOUT = ((0.055, 0.04), (0.095, 0.045), (0.085, 0.085), (0.112, 0.1)), (0.017, 0.0065)
HANDLE = ((-0.05, 0.085), (-0.135, 0.105), (-0.13, 0.02), (-0.06, 0.03)), (0.006, 0.006)
CLAY = [0.36, 0.12, 0.065, 1.0]


def teapot() -> bytes:
    rows = [[turned(radius, height, part) for part in range(ROUND + 1)] for radius, height in BODY]
    return glb([rows, tube(*SPOUT), tube(*HANDLE)])


def turned(radius: float, height: float, part: int) -> Point:
    angle = 2 * math.pi * part / ROUND
    return radius * math.cos(angle), height, radius * math.sin(angle)


def tube(bends: Sequence[tuple[float, float]], radii: tuple[float, float]) -> list[list[Point]]:
    """Rings along a Bézier curve that lies in the plane through the pot's axis."""
    rows = []
    for step in range(STEPS + 1):
        at = step / STEPS
        weights = ((1 - at) ** 3, 3 * at * (1 - at) ** 2, 3 * at**2 * (1 - at), at**3)
        slopes = (-((1 - at) ** 2), (1 - at) * (1 - 3 * at), at * (2 - 3 * at), at**2)
        x, y = (sum(w * bend[axis] for w, bend in zip(weights, bends, strict=True)) for axis in (0, 1))
        dx, dy = (sum(w * bend[axis] for w, bend in zip(slopes, bends, strict=True)) for axis in (0, 1))
        far, radius = math.hypot(dx, dy), radii[0] + (radii[1] - radii[0]) * at
        ring = [turned(radius, 0, part) for part in range(ROUND + 1)]
        rows.append([(x - dy / far * across, y + dx / far * across, deep) for across, _none, deep in ring])
    return rows


def glb(surfaces: Sequence[list[list[Point]]]) -> bytes:
    """Each surface is rows of points, joined by triangles; their light follows from their neighbours."""
    points: list[Point] = []
    corners: list[int] = []
    for rows in surfaces:
        first, wide = len(points), len(rows[0])
        points += [point for row in rows for point in row]
        for low in range(first, first + wide * (len(rows) - 1), wide):
            for a in range(low, low + wide - 1):
                corners += [a, a + wide, a + 1, a + 1, a + wide, a + wide + 1]
    parts = [
        b"".join(struct.pack("<3f", *point) for point in points),
        b"".join(struct.pack("<3f", *normal) for normal in normals(points, corners)),
        struct.pack(f"<{len(corners)}H", *corners),
    ]
    starts = [sum(map(len, parts[:n])) for n in range(3)]
    told = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "material": 0}]}],
        "materials": [
            {
                "doubleSided": True,
                "pbrMetallicRoughness": {"baseColorFactor": CLAY, "metallicFactor": 0, "roughnessFactor": 0.55},
            }
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3",
             "min": [min(axis) for axis in zip(*points, strict=True)],
             "max": [max(axis) for axis in zip(*points, strict=True)]},
            {"bufferView": 1, "componentType": 5126, "count": len(points), "type": "VEC3"},
            {"bufferView": 2, "componentType": 5123, "count": len(corners), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": at, "byteLength": len(part)} for at, part in zip(starts, parts, strict=True)
        ],
        "buffers": [{"byteLength": sum(map(len, parts))}],
    }  # fmt: skip
    text, body = json.dumps(told).encode(), b"".join(parts)
    text, body = text + b" " * (-len(text) % 4), body + bytes(-len(body) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def normals(points: Sequence[Point], corners: Sequence[int]) -> list[Point]:
    """Points at the same place share one, so that no seam shows."""
    sums: dict[tuple[float, ...], list[float]] = {}
    places = [tuple(round(axis, 6) for axis in point) for point in points]
    for n in range(0, len(corners), 3):
        a, b, c = (points[corner] for corner in corners[n : n + 3])
        u, v = ([far - near for far, near in zip(end, a, strict=True)] for end in (b, c))
        normal = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
        for corner in corners[n : n + 3]:
            known = sums.setdefault(places[corner], [0.0, 0.0, 0.0])
            known[:] = [old + new for old, new in zip(known, normal, strict=True)]
    return [_unit(sums.get(place, [0.0, 1.0, 0.0])) for place in places]


def _unit(vector: Sequence[float]) -> Point:
    length = math.hypot(*vector) or 1.0
    return vector[0] / length, vector[1] / length, vector[2] / length
