"""%%profile: the tables it shows."""

import re

import pytest

from iot_kernel.device.profiler import FunctionProfile, Profile
from iot_kernel.errors import DeviceError, NotConnectedError, UsageError
from iot_kernel.magics import profile
from tests.each import each

pytestmark = pytest.mark.board

HEAD = "   Calls       Own     Total  Function"


def rows(shown):
    """Calls by function."""
    lines = shown[shown.index(HEAD) :].partition("\nEach")[0].splitlines()[1:]
    return {line[30:]: line[:8].strip() for line in lines}


def left_behind(notebook):
    names = "[n for n in globals() if n[:6] == '__iot_' and n != '__iot__']"
    return notebook.session.device().eval(names)


def test_a_cell(bit):
    bit.run("def earlier(): pass")
    shown = bit.run(
        "%%profile\ndef f(x):\n    earlier()\n    return x\nprint('x')\nfor i in range(3): f(i)\nf(7)"
    )
    assert shown.startswith(f"x\n{HEAD}\n")
    assert rows(shown) == {"f": "4", "earlier": "4", "(the cell)": ""}
    assert re.search(
        r"\nEach call takes [\d.]+ .s more while it is measured, .*\nOut: 7\n\Z",
        shown,
    )
    assert left_behind(bit) == []


def test_a_cell_that_fails_shows_what_was_measured_until_then(bit):
    with pytest.raises(DeviceError) as caught:
        bit.run("%%profile\ndef f():\n    1 / 0\n\nf()")
    assert rows(bit.plain) == {"f": "1", "(the cell)": ""}
    assert re.findall(r"line \d+, in .*", caught.value.traceback) == ["line 5, in <module>", "line 3, in f"]


def test_a_cell_with_magics(bit):
    assert rows(bit.run("%%profile\ndef f(): pass\n%mem\nf()"))["f"] == "1"


def test_modules(bit):
    with pytest.raises(DeviceError, match="ImportError") as caught:
        bit.run("%%profile nosuch\n1")
    assert caught.value.traceback.count("File") == 1
    assert bit.stdout == ""
    assert left_behind(bit) == []
    with pytest.raises(UsageError, match="no name of a module: a-b"):
        bit.run("%%profile a-b\n1")


def test_without_a_board(notebook):
    with pytest.raises(NotConnectedError):
        notebook.run("%%profile\n1")


SOURCE = """
def f():
    return [x for x in y]

f()"""


def function(name, first, lines, file="<stdin>"):
    return FunctionProfile(file, name, first, 2, 0.001, 0.0125, lines)


def test_lines():
    functions = [
        function("f", 3, {3: (2, 0.0125)}),
        function("<listcomp>", 3, {3: (9, 0.0005)}),
        function("<module>", 2, {2: (1, 1e-6), 5: (1, 0.5)}),
        function("f", 7, {8: (1, 0.001)}),
        function("g", 40, {41: (7, 2.0)}, "lib/sensor.py"),
        function("h", 50, {}, "lib/sensor.py"),
    ]
    table = list(profile._table(Profile(1.0, None, 0.25, functions, has_lines=True), SOURCE))
    assert table[1:7] == [
        "       2      1 ms   12.5 ms  f",
        "       2      1 ms   12.5 ms  <listcomp>",
        "       2      1 ms   12.5 ms  (the cell)",
        "       2      1 ms   12.5 ms  f",
        "       2      1 ms   12.5 ms  g (lib/sensor.py, line 40)",
        "       2      1 ms   12.5 ms  h (lib/sensor.py, line 50)",
    ]
    assert table[7:] == [
        "",
        "    Line      Hits     Total  of this cell",
        "       2         1      1 µs  def f():",
        "       3         2   12.5 ms      return [x for x in y]",
        "       5         1    500 ms  f()",
        "",
        "    Line      Hits     Total  of f in an earlier cell",
        "       8         1      1 ms",
        "",
        "    Line      Hits     Total  of g in lib/sensor.py",
        "      41         7       2 s",
        "Measuring took 250 ms more, which is left out as far as it can be told.",
    ]


@each(
    ("cost", "ending"),
    [(0.0, "  f"), (2e-6, "mostly in the time of its caller.")],
)
def test_what_measuring_costs(cost, ending):
    found = Profile(1.0, 0.5, cost, [FunctionProfile("", "f", 0, 1, 0.4, 0.5)], has_lines=False)
    assert list(profile._table(found, ""))[-1].endswith(ending)
