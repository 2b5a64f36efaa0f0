from xml.etree import ElementTree

from shelf import qr

LINK = "https://care.lavka.example/q/AwEBx0ZT3yXK9m0nVv2cT3aR5g"


def painted(svg):
    """Dark modules as the picture paints them."""
    root = ElementTree.fromstring(svg)
    size = int(root.get("viewBox").split()[2])
    grid = [[False] * size for _row in range(size)]
    for stroke in root.findall("{*}path")[1].get("d").split("z")[:-1]:
        start, rest = stroke[1:].split("h", 1)
        x, y = map(int, start.split())
        for n in range(int(rest.split("v")[0])):
            grid[y][x + n] = True
    return grid


def test_the_picture_paints_the_code_module_by_module():
    assert painted(qr.svg(LINK, "Box")) == qr.matrix(LINK)


def test_four_modules_around_it_are_quiet():
    rows = qr.matrix(LINK)

    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))
    assert not any(any((*row[:4], *row[-4:])) for row in rows)


def test_the_same_link_is_the_same_picture_and_names_itself():
    assert qr.svg(LINK, "Box <1>") == qr.svg(LINK, "Box <1>")
    assert 'aria-label="Box &lt;1&gt;"' in qr.svg(LINK, "Box <1>")


def test_the_png_is_large_enough_to_print():
    from io import BytesIO

    from PIL import Image

    assert Image.open(BytesIO(qr.png(LINK))).size == (1215, 1215)  # ten centimetres at 300 dots an inch
