"""How the benchmark's figures get into a page."""

from pathlib import Path

import pytest

from bench.page import fill

ROOT = Path(__file__).parents[1]

PAGE = """text
<!-- bench: one -->
```
old 1
```
more text
<!-- bench: two three -->
```
old 2
old 3
```
```
no figures
```
"""


def test_figures_replace_those_of_their_block():
    page = fill(PAGE, {"one": ["new", "newer"]})
    assert page == PAGE.replace("old 1", "new\nnewer")


def test_a_block_of_several_parts_is_replaced_once_all_are_there():
    assert fill(PAGE, {"three": ["new 3"]}) == PAGE
    page = fill(PAGE, {"three": ["new 3"], "two": ["new 2"]})
    assert page == PAGE.replace("old", "new").replace("new 1", "old 1")


def test_figures_without_a_block_are_an_error():
    with pytest.raises(ValueError, match="no block for four"):
        fill(PAGE, {"one": ["new"], "four": ["new"]})


def test_all_that_is_measured_has_a_block_in_the_documentation():
    modules = [file for file in (ROOT / "bench").glob("*.py") if "def measure(" in file.read_text()]
    page = (ROOT / "docs" / "reference" / "speed.md").read_text()
    assert len(modules) > 1
    assert "\nnothing\n" in fill(page, {file.stem: ["nothing"] for file in modules})
