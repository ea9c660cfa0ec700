"""%time, %%time, %timeit and %%timeit: what they show, on real boards."""

import re

import pytest

from iot_kernel.errors import DeviceError, NotConnectedError, UsageError
from iot_kernel.magics import timing
from iot_kernel.magics.timing import TimeitResult
from tests.each import each
from tests.magics.conftest import connected, known

pytestmark = pytest.mark.board

TIME = r"[\d.]+ (?:s|ms|µs|ns)"
RUNS = r"\(mean ± std\. dev\. of (\d+) runs?, ([\d,]+) loops? each(?:; .*)?\)"
LOOPS = rf"(?:.*\n)?{TIME} ± {TIME} per loop {RUNS}\n"


@pytest.fixture
def quick(monkeypatch):
    """Loops that are long enough sooner."""
    monkeypatch.setattr(timing, "LONG_ENOUGH", 0.01)


def left_behind(notebook):
    return notebook.session.device().eval(
        "[n for n in globals() if n.startswith('__iot') and n != '__iot__']"
    )


def test_a_statement(bit):
    assert re.fullmatch(
        rf"Wall time: {TIME}(?: \(measured in steps of {TIME}\))?\nOut: 2\n", bit.run("%time 1 + 1")
    )
    assert re.fullmatch(r"0\n1\nWall time: .*\n", bit.run("%time for i in range(2): print(i)"))
    assert left_behind(bit) == []


def test_a_cell(bit):
    shown = bit.run("%%time\nimport time\nfor i in range(3):\n    time.sleep_ms(20)\n    print(i)\ni")
    found = re.fullmatch(r"0\n1\n2\nWall time: ([\d.]+) ms\nOut: 2\n", shown)
    assert 55 < float(found[1]) < 5000
    assert bit.run("i") == ""
    assert bit.session.device().eval("i") == 2


def test_a_cell_with_magics(bit):
    shown = bit.run("%%time\nx = 1\n%softreset -q\ny = 2\ny")
    assert re.fullmatch(r"Wall time: .*\nOut: 2\n", shown)


def test_a_cell_that_fails(bit):
    with pytest.raises(DeviceError) as caught:
        bit.run("%%time\nx = 1\nx / 0")
    assert 'File "<stdin>", line 3, in <module>' in caught.value.traceback
    assert left_behind(bit) == []


def test_a_cell_that_takes_the_clock_away(bit):
    assert bit.run("%%time\ndel __iot_watch__\n__iot_watch__ = lambda v=None: v\n7") == "Out: 7\n"
    assert bit.stderr == "the board did not tell how long the code took; it may have restarted\n"


def test_loops(bit, quick):
    assert re.fullmatch(LOOPS, bit.run("%timeit 1 + 1"))[1] == "7"
    found = re.fullmatch(LOOPS, bit.run("%timeit -n 1000 -r 2 1 + 1"))
    assert found.groups() == ("2", "1,000")
    assert bit.run("%timeit -q -n 1 -r 1 print('x')") == "x\n"
    assert left_behind(bit) == []


def test_a_cell_in_loops(bit):
    shown = bit.run("%%timeit -n 2 -r 3 print('setup')\nprint('x')\nown = 1")
    assert shown.count("setup\nx\nx\n") == shown.count("setup") == 3
    assert bit.session.device().eval("'own' in globals()") is False


def test_what_takes_long_is_not_repeated_more_than_it_has_to(bit):
    shown = bit.run("%%timeit -r 2 import time\ntime.sleep_ms(210); print('x')")
    assert shown.count("x\n") == 3
    assert re.search(r"\d{3} ms ± .* of 2 runs, 1 loop each", shown)


def test_errors_in_loops(bit):
    bit.run("def f(): return 1 / 0")
    with pytest.raises(DeviceError) as caught:
        bit.run("%%timeit x = 0\ny = x\nf()")
    frames = re.findall('"<stdin>", line .*', caught.value.traceback)
    assert frames == ['"<stdin>", line 3, in <module>', '"<stdin>", line 1, in f']
    assert left_behind(bit) == []


@each(
    "cell",
    [
        "%%timeit\n",
        "%%timeit\n%ls\n",
        "%timeit",
        "%time",
        "%timeit -n 0 x",
        "%timeit await x",
        "%timeit -r x y",
        "%%time x\ny",
    ],
)
def test_nothing_to_time(bit, cell):
    with pytest.raises(UsageError):
        bit.run(cell)


def test_small_boards(notebook, microbit, devices):
    connected(notebook, known(microbit.url), devices)
    assert re.fullmatch(r"Wall time: .*\nOut: 3\n", notebook.run("%%time\nx = 1\nx + 2"))
    assert re.fullmatch(LOOPS, notebook.run("%timeit -n 9 -r 2 x + 1"))


def test_a_clock_of_milliseconds(notebook, wasm, devices):
    connected(notebook, known(wasm.url), devices)
    shown = notebook.run("%%time\n1")
    assert re.fullmatch(r"Wall time: \d m?n?s \(measured in steps of \d ms\)\nOut: 1\n", shown)
    shown = notebook.run("%timeit -n 1 -r 1 1")
    assert re.match(r"The board measures in steps of \d ms: more loops would tell more\.", shown)


@each("cell", ["%time 1", "%%time\n1", "%timeit 1", "%%timeit\n1"])
def test_without_a_board(notebook, cell):
    with pytest.raises(NotConnectedError):
        notebook.run(cell)


def test_the_text_is_ipythons():
    runs = [0.10, 0.12, 0.11]
    assert TimeitResult(runs, 1000, 0.0, 1e-6).text(3) == (
        "110 µs ± 8.16 µs per loop (mean ± std. dev. of 3 runs, 1,000 loops each)"
    )
    assert TimeitResult([1.5], 1, 2e-6, 1e-6).text(2) == (
        "1.5 s ± 0 ns per loop (mean ± std. dev. of 1 run, 1 loop each; 2 µs of the loop itself taken off)"
    )


def test_runs_that_differ():
    (note,) = TimeitResult([0.1, 0.5], 1, 0.0, 1e-6).notes()
    assert note.startswith("The slowest run took 5.0 times longer than the fastest")
    assert TimeitResult([0.1, 0.3], 1, 0.0, 1e-6).notes() == []
