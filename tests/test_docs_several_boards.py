"""What docs/how-to/several-boards.md shows can be typed, and its figures are right."""

import re
from pathlib import Path

from iot_kernel.api.parallel import MOST_THREADS
from iot_kernel.kernel.board_blocks import LONGEST_BLOCK
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import CellMagic, Target, parse_cell

TEXT = (Path(__file__).parents[1] / "docs" / "how-to" / "several-boards.md").read_text(encoding="utf-8")
LINES = re.findall(r"^(%%.*)$", TEXT, re.MULTILINE)


def test_the_magics_take_these_arguments():
    magics = build_registry()
    for line in LINES:
        [cell] = parse_cell(f"{line}\n1", default=Target.BOARD, ours=())
        assert isinstance(cell, CellMagic)
        magic = magics.find(f"%%{cell.name}")
        assert magic.parser.read(cell.arguments, split=magic.split).parallel
    assert len(LINES) == 3


def test_the_figures_are_right():
    assert f"more than {LONGEST_BLOCK:,} characters".replace(",", " ") in TEXT
    assert f"Up to {MOST_THREADS} boards run at the same time" in TEXT
