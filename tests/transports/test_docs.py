"""The page of transports has a section for every scheme, and the virtual board's example runs."""

import re
from pathlib import Path

import pytest

from iot_kernel.transports import SCHEMES
from tools import boards

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "transports.md").read_text(encoding="utf-8")


def test_every_scheme_has_a_section():
    headings = " ".join(re.findall("^## (.*)$", PAGE, re.MULTILINE))
    assert [scheme for scheme in SCHEMES if f"`{scheme}://`" not in headings and scheme != "memory"] == []


@pytest.mark.board
def test_the_virtual_boards_example_runs(monkeypatch):
    monkeypatch.setenv("IOT_MICROPYTHON", str(boards.micropython()))
    page = (Path(__file__).parents[2] / "docs" / "reference" / "virtual-board.md").read_text(encoding="utf-8")
    examples = re.findall("^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for example in examples:
        exec(compile(example, "docs/reference/virtual-board.md", "exec"), {})
    assert examples
