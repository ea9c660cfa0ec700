"""Snippets are what their files say, and small; that they run is shown on real boards elsewhere."""

import ast
import symtable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import python_minifier

import iot_kernel.snippets
from iot_kernel.device.device import Device
from iot_kernel.snippets import alone, interpreted, minified, snippet
from tests.each import each

FILES = sorted(p.stem for p in Path(iot_kernel.snippets.__file__).parent.glob("*.py") if p.stem != "__init__")


def names_outside(text):
    """Names that a program expects to be there, or leaves there."""
    table = symtable.symtable(text, "snippet", "exec")
    tables = [table, *table.get_children()]
    return {
        symbol.get_name()
        for inner in tables
        for symbol in inner.get_symbols()
        if symbol.is_global() or inner is table
    }


@each("name", FILES)
def test_small_and_with_the_same_names_outside(name):
    original = Path(iot_kernel.snippets.__file__).with_name(f"{name}.py").read_text()
    small = snippet(name)
    assert names_outside(small) == names_outside(original)
    assert ast.get_docstring(ast.parse(small)) is None
    assert len(small) < len(original)


@each("name", FILES)
def test_no_control_bytes(name):
    assert not set(snippet(name)) & {chr(n) for n in range(6)}


def test_without_machine_code_a_program_is_the_same_otherwise():
    program = (
        "def a(b):\n    @micropython.native\n    def c(d, e=None, b=b, f=d):\n        return b\n    return c"
    )
    assert interpreted(program) == "def a(b):\n\n    def c(d, e=None, f=d):\n        return b\n    return c"
    assert interpreted("@cached\ndef a(b=b):\n    return b") == "@cached\ndef a(b=b):\n    return b"


@pytest.mark.parametrize("inflates", [False, True])
def test_programs_alone_see_no_names_of_the_user(unix, inflates):
    device = Device(unix.url)
    device.open()
    device.exec("print_ = print; bytes = 5; mine = 42")
    code = "print(bytes(2), given, 'mine' in globals(), 'ü')\nleft = 1\n"
    assert device.exec(alone(code, "'given':mine", inflates=inflates)) == "b'\\x00\\x00' 42 False ü\n"
    assert device.exec("print('left' in globals())") == "False\n"
    device.close()


def test_deflated_programs_are_smaller():
    assert len(alone(snippet("receive"), inflates=True)) < 0.8 * len(alone(snippet("receive")))


def test_a_program_that_many_boards_need_at_once_is_made_once(monkeypatch):
    made = []
    minify = python_minifier.minify
    monkeypatch.setattr(python_minifier, "minify", lambda *a, **k: made.append(a) or minify(*a, **k))
    with ThreadPoolExecutor(8) as boards:
        assert set(boards.map(minified, ["wanted_by_many = 1"] * 50)) == {"wanted_by_many=1\n"}
    assert len(made) == 1
