"""docs/reference/debugging.md shows pictures that are there, and numbers that are those of the code."""

import re
from pathlib import Path

from iot_kernel.debugging.messages import MOST_VARIABLES
from iot_kernel.snippets import snippet

DOCS = Path(__file__).parents[1] / "docs"


def words(page):
    return " ".join((DOCS / page).read_text(encoding="utf-8").split())


TEXT, ARCHITECTURE = words("reference/debugging.md"), words("inside/architecture.md")


def size(*names, platform=""):
    return sum(len(snippet(name, platform)) for name in names)


def test_pictures_are_there():
    pictures = re.findall(r"!\[[^]]+\]\((.*?)\)", TEXT)
    assert len(pictures) >= 2
    assert all((DOCS / "reference" / name).is_file() for name in pictures)


def test_what_the_panel_costs():
    assert "a hundred things at a time" in TEXT
    assert MOST_VARIABLES == 100
    assert "at most 6 KB" in TEXT
    assert "takes 3 KB to the board" in TEXT
    assert 2500 < size("short_value", "parts", "list_children") < 3500
    assert "A micro:bit gets 1 KB" in TEXT
    assert 500 < size("list_children_small", platform="microbit") < 1500


def measured():
    """The figures of `bench.checkpoints` that the page about speed has, by what was measured."""
    page = (DOCS / "reference" / "speed.md").read_text(encoding="utf-8")
    block = page.partition("<!-- bench: checkpoints -->\n```\n")[2].partition("```")[0]
    rows = (re.match(r"(.+?) {2,}([\d.]+) (?:us|KB|bytes)", line) for line in block.splitlines())
    return {row[1]: float(row[2]) for row in rows if row}


def test_what_breakpoints_cost_is_what_was_measured():
    found = measured()
    size, look, alone, both, interpreted, followed, polling, stepping = (
        found[what]
        for what in (
            "the board's side, unix",
            "before a plain statement, 3 names, unix",
            "before a call, 3 names, unix",
            "before a call and in what is called, unix",
            "before a call and in what is called, no machine code",
            "all followed, unix",
            "before a call, 3 names, no threads",
            "all followed, no threads",
        )
    )
    assert f"take {size:.0f} KB of memory on the unix port" in TEXT
    assert f"one takes {look:.2f} µs, and {alone:.2f} to {both:.2f} µs where" in TEXT
    assert f"all of them take {followed:.1f} µs, and while somebody steps {stepping:.1f} µs" in TEXT
    assert f"it is {polling:.1f} µs where" in TEXT
    assert f"| looks into `stops` | {look:.2f} |" in ARCHITECTURE
    assert f"| {alone:.2f}; {both:.2f} where what it calls notes that, too |" in ARCHITECTURE
    assert f"| machine code, with arguments | 3100 | {both:.2f} |" in ARCHITECTURE
    assert f"A note takes {interpreted:.2f} µs there" in ARCHITECTURE
    assert f"| {polling:.1f} to {stepping:.1f} |" in ARCHITECTURE
