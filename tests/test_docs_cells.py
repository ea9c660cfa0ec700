"""The cells that docs/reference/cells.md shows run, one after the other, and show what they promise."""

import re
from pathlib import Path

import pytest

from iot_kernel.displays.bundle import bundle_of
from iot_kernel.displays.message import DisplayKind
from tests.opened import opened
from tests.ucore.test_displays import Screen, pixels

TEXT = (Path(__file__).parents[1] / "docs" / "reference" / "cells.md").read_text(encoding="utf-8")
CELLS = re.findall(r"```python\n(.*?)```", TEXT.partition("## Pictures")[2].partition("\n## ")[0], re.DOTALL)


@pytest.mark.board
def test_the_cells_run(unix):
    with opened(unix) as device:
        screen = Screen(device)
        value, objects, film, buffers = CELLS
        assert "<Reading object" in screen.run(value)[0]
        assert screen.rest().data == {"text/html": "<b style='color: green'>21.5 °C</b>"}
        screen.run(objects)
        assert [next(reversed(bundle_of(each.items).data)) for each in screen.shown] == [
            "text/html",
            "text/plain",
            "text/markdown",
            "application/json",
        ]
        screen.run(film)
        assert [each.kind for each in screen.shown] == [DisplayKind.SHOW] + [DisplayKind.UPDATE] * 5
        screen.run(buffers)
        red, _ = (pixels(bundle_of(each.items)) for each in screen.shown)
        assert [red.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0), (0, 255, 0)]
        assert screen.notes == []
