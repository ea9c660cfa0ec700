"""Snippets are what their files say, and small; that they run is shown on real boards elsewhere."""

import ast
from pathlib import Path

import pytest

import iot_kernel.snippets
from iot_kernel.snippets import snippet

FILES = sorted(p.stem for p in Path(iot_kernel.snippets.__file__).parent.glob("*.py") if p.stem != "__init__")


@pytest.mark.parametrize("name", FILES)
def test_small_and_the_same(name):
    path = Path(iot_kernel.snippets.__file__).with_name(f"{name}.py")
    original = ast.parse(path.read_text())
    assert ast.dump(ast.parse(snippet(name))) == ast.dump(ast.Module(original.body[1:], []))
    assert "#" not in snippet(name)
    assert len(snippet(name)) < len(path.read_text())


@pytest.mark.parametrize("name", FILES)
def test_no_control_bytes(name):
    assert not set(snippet(name)) & {chr(n) for n in range(6)}
