"""The pages of docs/inside name what is there: packages, layers, modules."""

import re
from pathlib import Path

import pytest

from tests.test_layers import LAYERS

ROOT = Path(__file__).parents[1]
ARCHITECTURE = (ROOT / "docs" / "inside" / "architecture.md").read_text(encoding="utf-8")
DEVELOPMENT = (ROOT / "docs" / "inside" / "development.md").read_text(encoding="utf-8")

#: Where a path in these pages may begin.
TOPS = (ROOT, ROOT / "iot_kernel", ROOT / "docs")


def is_there(path):
    return any((top / path).exists() or (top / f"{path}.py").exists() for top in TOPS)


def packages():
    """The packages of both trees, as the page calls them."""
    return {path.parent.name for path in (ROOT / "iot_kernel").glob("*/__init__.py")} | {"ukernel/pipes"}


def test_each_package_has_a_row():
    rows = re.findall(r"^\| `([\w/]+?)/` \|", ARCHITECTURE, re.MULTILINE)
    assert sorted(rows) == sorted(packages())


def test_the_layers_are_those_of_the_test():
    block = re.search(r"^```\n(kernel .*?)^```$", ARCHITECTURE, re.MULTILINE | re.DOTALL)[1]
    told = [set(line.split()) for line in block.splitlines() if not line.startswith("errors, ")]
    layers = [{name.rpartition(".")[2] for name in layer} & packages() for layer in LAYERS]
    assert told == [*(layer for layer in layers if layer), {"ukernel"}]


@pytest.mark.parametrize("page", [ARCHITECTURE, DEVELOPMENT], ids=["architecture", "development"])
def test_modules_are_there(page):
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.(?:py|md))?)`", page)
    examples = {"iot_kernel/a/b.py", "tests/a/test_b.py", "ukernel/pipes/x.py", "tests/ukernel/test_x.py"}
    assert len(named) > 20
    assert sorted({path for path in named if not is_there(path)} - examples) == []
