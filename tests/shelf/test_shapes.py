"""Which 3D files are taken, and why others are not."""

import json

import pytest

from shelf.shapes import MOST_BYTES, ShapeRefused, check_glb, check_usdz
from tests.builders.shapes import glb, packed, told, usdz


def test_a_file_that_holds_everything_is_taken():
    check_glb(glb())
    check_usdz(usdz("teapot.usdc", "0/wood.png"))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (glb(images=[{"uri": "wood.png"}]), "needs another file, “wood.png”"),
        (glb(buffers=[{"uri": "https://evil.example/x.bin"}]), "needs another file, “https://evil.example/x.bin”"),
        (glb(extensionsUsed=["KHR_draco_mesh_compression"]), "packed by Draco"),
        (glb(extensionsRequired=["KHR_texture_basisu"]), "packed by KTX2"),
        (bytes(MOST_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_what_browsers_could_not_draw_on_our_pages_is_refused_with_the_reason(raw, said):
    with pytest.raises(ShapeRefused) as refused:
        check_glb(raw)

    assert said in str(refused.value)


def test_whatever_is_no_glb_is_refused_and_never_an_error():
    whole = glb()
    strange = [
        b"", b"glTF", whole[:19], whole[:400], whole.replace(b"glTF", b"glTX", 1), whole.replace(b"JSON", b"BIN\0", 1),
        glb(meshes=[]), glb(asset={"version": "1.0"}), glb(asset=None), glb(images={}), glb(buffers=["x"]),
        glb(extensionsUsed="KHR"), glb(extensionsUsed=[{}]), packed(b"[]"), packed(b"[" * 200_000),
        packed(b"\xff\xfe{"),
    ]  # fmt: skip

    for raw in strange:
        with pytest.raises(ShapeRefused, match="no GLB that we can read"):
            check_glb(raw)
    check_glb(packed(json.dumps(told(images=[{"uri": "data:image/png;base64,"}])).encode()))


def test_an_iphones_file_begins_with_its_scene_and_packs_nothing():
    crowd = usdz(*[f"{n}.usd" for n in range(501)])
    for raw in (b"", b"PK\x03\x04", usdz("wood.png", "teapot.usdc"), usdz(is_packed=True), crowd):
        with pytest.raises(ShapeRefused, match="no USDZ that we can read"):
            check_usdz(raw)
