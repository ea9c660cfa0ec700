"""docs/debugging.md shows pictures that are there, and numbers that are those of the code."""

import re
from pathlib import Path

from iot_kernel.debugging.messages import MOST_VARIABLES
from iot_kernel.snippets import snippet

DOCS = Path(__file__).parents[1] / "docs"


def words(page):
    return " ".join((DOCS / page).read_text(encoding="utf-8").split())


TEXT, ARCHITECTURE = words("debugging.md"), words("architecture.md")


def size(*names, platform=""):
    return sum(len(snippet(name, platform)) for name in names)


def test_pictures_are_there():
    pictures = re.findall(r"!\[[^]]+\]\((.*?)\)", TEXT)
    assert len(pictures) >= 2
    assert all((DOCS / name).is_file() for name in pictures)


def test_what_the_panel_costs():
    assert "a hundred things at a time" in TEXT
    assert MOST_VARIABLES == 100
    assert "at most 6 KB" in TEXT
    assert "takes 3 KB to the board" in TEXT
    assert 2500 < size("short_value", "parts", "list_children") < 3500
    assert "A micro:bit gets 1 KB" in TEXT
    assert 500 < size("list_children_small", platform="microbit") < 1500


def test_what_breakpoints_cost_is_what_was_measured():
    assert "23 KB of memory on the unix port" in TEXT
    assert "takes 23 KB of memory on the unix port" in ARCHITECTURE
    assert "0.9 to 1.7 µs" in TEXT
    assert "0.9 to 1.7 µs" in ARCHITECTURE
