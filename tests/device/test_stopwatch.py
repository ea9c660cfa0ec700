"""How long code takes by the board's own clock, on every kind of board, and what answers are believed."""

import pytest

from iot_kernel.device import stopwatch
from iot_kernel.device.device import Device
from iot_kernel.device.stopwatch import WATCH, NoClockError, Stopwatch, timed
from tests.real_boards import kinds


@pytest.fixture(scope="module", params=["unix", "wasm", "microbit"])
def board(request, tmp_path_factory):
    make = getattr(kinds, request.param)
    with make(tmp_path_factory.mktemp("board")) if request.param == "unix" else make() as board:
        device = Device(board.url)
        device.open()
        yield device
        device.close()


def run(board, code):
    with Stopwatch(board) as watch:
        value = board.run_cell(timed(code), lambda _: None)
        return value, watch.read()


def test_what_code_takes_and_its_value(board):
    board.exec("import time")
    value, measured = run(board, "\ntime.sleep_ms(50)\n'done'")
    assert value == "'done'"
    assert 0.045 < measured.seconds < 5
    assert 0 < measured.step <= 0.002
    assert run(board, "\npass")[1].seconds < measured.seconds


def test_several_pieces_of_code(board):
    with Stopwatch(board) as watch:
        for pause in (1, 60):
            board.run_cell(timed(f"\nimport time\ntime.sleep_ms({pause})"), lambda _: None)
            measured = watch.read()
    assert measured.seconds > 0.05


def test_the_function_is_gone_afterwards(board):
    with pytest.raises(ZeroDivisionError), Stopwatch(board):
        assert board.eval(f"'{WATCH}' in globals()") is True
        raise ZeroDivisionError
    assert board.eval(f"'{WATCH}' in globals()") is False


def test_code_that_did_not_come_to_its_end(board):
    with Stopwatch(board) as watch:
        board.exec(f"{WATCH}()")
        with pytest.raises(NoClockError):
            watch.read()


def test_code_that_removes_the_function(board):
    with Stopwatch(board) as watch:
        board.exec(f"del {WATCH}")
        with pytest.raises(NoClockError):
            watch.read()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("\nx = 1", "w()\nx = 1\nw()"),
        ("\n\nx", "w()\n\nw((x))"),
        ("x; y", "w();x; w((y))"),
        ("x;", "w();x;\nw()"),
        ("for x in y: pass", "w()\nfor x in y: pass\nw()"),
        ("format(x)", "w();w((format(x)))"),
        ("@x\ndef f(): pass", "w()\n@x\ndef f(): pass\nw()"),
        ("\nx = (", "w()\nx = (\nw()"),
    ],
)
def test_code_that_calls_the_function(code, expected):
    assert timed(code).replace(WATCH, "w") == expected


class Liar:
    """A board that answers with a text, in place of the mark's own words."""

    platform = ""

    def __init__(self, answer):
        self.answer = answer

    def on_stray(self, text):
        pass

    def exec(self, code, timeout=None):
        mark = code.split("'")[1] if "'" in code else ""
        return f"\x1e{mark}{self.answer}\x1f"


def heard(answer, monkeypatch, passed=1.0):
    clock = iter([0.0, passed, passed])
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: next(clock))
    with Stopwatch(Liar(answer)) as watch:
        return watch.read()


@pytest.mark.parametrize(
    ("answer", "passed", "seconds", "step"),
    [
        ("('ticks_us', 1073741824, [1, 2], [0, 5, 9, 15, 100, 1104])", 1, 0.001, 1e-6),
        ("('ticks_us', 1073741824, [1, 2], [0, 5, 9, 15, 1073741800, 980])", 1, 0.001, 1e-6),
        ("('ticks_us', 1073741824, [1], [0, 4, 8, 12, 100, 1104])", 2150, 2147.484648, 1e-6),
        ("('ticks_ms', 536870912, [1], [0, 0, 0, 0, 7, 12])", 1, 0.005, 1e-3),
        ("('monotonic_ns', 0, [30517], [0, 0, 0, 0, 7, 2000000007])", 1, 2.0, 30517e-9),
        ("('ms', 0, [], [7, 7, 7, 7, 7, 7])", 1, 0.0, 1.0),
        ("('ticks_us', 1073741824, [1], [0, 50, 90, 130, 200, 210])", 1, 0.0, 1e-6),
    ],
)
def test_clocks(answer, passed, seconds, step, monkeypatch):
    measured = heard(answer, monkeypatch, passed)
    assert measured.seconds == pytest.approx(seconds)
    assert measured.step == pytest.approx(step)


@pytest.mark.parametrize(
    "answer",
    [
        "('sundial', 0, [], [0, 0, 0, 0, 1, 2])",
        "('ticks_us', 'x', [], [0, 0, 0, 0, 1, 2])",
        "('ticks_us', 0, ['x'], [0, 0, 0, 0, 1, 2])",
        "('ticks_us', 0, [], [0, 0, 0, 0, 1, 'x'])",
        "('ticks_us', 0, [], [0, 0, 0, 0])",
        "('ticks_us', 0, [], [])",
        "5",
    ],
)
def test_answers_that_are_none(answer, monkeypatch):
    with pytest.raises(NoClockError):
        heard(answer, monkeypatch)


def test_rough_times():
    assert stopwatch.Measured(0.019, 0.001).is_rough
    assert not stopwatch.Measured(0.021, 0.001).is_rough
