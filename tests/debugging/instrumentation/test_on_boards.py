"""Programs with checkpoints print, raise and return what they do without; on real MicroPython."""

import ast
import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging.instrumentation.instrument import STOP, STOPS, instrument
from iot_kernel.errors import DeviceError
from tests.debugging.instrumentation.programs import FEWER, program
from tests.each import each
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

#: Forgets the program before.
CLEAN = "for name in list(globals()):\n if name[:2] != '__': del globals()[name]\n"

#: Where something is in memory.
ADDRESS = re.compile(r"\bat (0x)?[0-9a-f]{6,16}\b|\b0x[0-9a-f]{6,16}\b")

#: No checkpoint stops.
NONE = f"import builtins\nbuiltins.{STOPS} = set()\nbuiltins.{STOP} = None\n"

#: Each one stops, and goes on at once.
ALL = f"""import builtins
class Everywhere:
    def __contains__(self, number): return True
builtins.{STOPS} = Everywhere()
builtins.{STOP} = lambda *_: None
"""

#: These stop, and give the names their own values; of each it is known how many it hands over.
SOME = f"""import builtins
def stop(number, a, b=None, c=None, counts=COUNTS):
    return [a, b] + (list(c) if counts[number] > 3 else [c])
builtins.{STOPS} = set(COUNTS)
builtins.{STOP} = stop
"""

#: Programs in what all MicroPython knows, also the oldest and smallest.
SMALL = (
    """def f(n):
    if n > 1: x = 1
    for i in range(n):
        y = i
    return x
print(f(2), f(2))
f(1)""",
    """def g(a):
    try:
        yield a; yield b
    finally:
        print('finally')
for x in g(1): print(x)""",
    """class A:
    x = 1; y = x
    def m(self):
        return self.x
print(A().m() +\\
    A.y); [][1]""",
    """def d(f): return f
@d
def h(*a, k=2): return [(lambda: z + k)() for z in a]
print(h(1, 2)); h(1, k='')""",
    """def f(x):
    class A:
        x = 2
        def m(self, k=x): return k
    return A().m()
print(f(1))""",
)


@pytest.fixture(scope="module")
def unix_device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("checkpoints") / "board") as board, opened(board) as device:
        yield device


@pytest.fixture(params=["microbit", "wasm", "webrepl"])
def other_device(request):
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


def result(device, before, source):
    """What a program prints, and the traceback it ends with."""
    device.exec(before + CLEAN)
    printed, traceback = [], ""
    with contextlib.suppress(DeviceError):
        try:
            device.exec(source, on_output=printed.append)
        except DeviceError as error:
            traceback = error.traceback
            raise
    return ADDRESS.sub("ADDRESS", "".join(printed)), traceback


def assert_same(device, source, *, knows_walrus=True):
    made = instrument(source)
    plain = result(device, "", source)
    assert result(device, NONE, made.source) == plain
    assert result(device, ALL, made.source) == plain
    if knows_walrus:
        made = instrument(source, watched=range(source.count("\n") + 2))
        counts = {
            point.number: len(point.names) + bool(point.unsure)
            for point in made.checkpoints
            if point.settable
        }
        assert result(device, SOME.replace("COUNTS", repr(counts)), made.source) == plain


@FEWER
@given(st.integers(0, 1 << 40))
def test_programs_at_random(unix_device, seed):
    assert_same(unix_device, program(seed))


#: What is left out of the function makes no local name there.
LEFT_OUT = """\
x = 5
def f(a):
    print(x)
    if 'yes': raise ValueError(a)
    else: x = 1
    print(x)
f(1)
"""


def test_a_name_that_gets_its_values_in_code_that_is_left_out(unix_device):
    assert_same(unix_device, LEFT_OUT)


def test_small_programs_on_other_boards(other_device):
    for source in SMALL:
        assert_same(other_device, source, knows_walrus=other_device.platform != "microbit")


@each(
    "source, value",
    [("x = 5\nx + 1", "6"), ("def f(): return 7\nf()", "7"), ("f'{x}'; None", None), ("(\n1,\n2)", "(1, 2)")],
)
def test_the_value_of_a_cell_stays(unix_device, source, value):
    unix_device.exec(NONE + "x = 1\n")
    assert unix_device.run_cell(instrument(source).source, lambda _: None) == value


def test_the_line_of_a_bare_name_in_elif_becomes_the_right_one(unix_device):
    source = "if str(1) == '2':\n    pass\nelif missing:\n    pass\n"
    lines = [result(unix_device, NONE, text)[1] for text in (source, instrument(source).source)]
    assert ["line 2" in lines[0], "line 3" in lines[1]] == [True, True]


def test_a_wrong_program_says_the_same(unix_device):
    source = "x = 1\nif x\n    y\n"
    assert instrument(source).source == source
    with pytest.raises(DeviceError) as error:
        unix_device.exec(instrument(source).source)
    assert "line 2" in error.value.traceback


#: Two hundred statements with three names, in front of which something stands.
COSTS = """\
import gc, time
def made(text):
    gc.collect()
    before = gc.mem_alloc()
    exec("def f(a, b, x):\\n for i in range(100):\\n" + ("  " + text + "x=a\\n") * 200, globals())
    gc.collect()
    return gc.mem_alloc() - before
def cost(text):
    global f
    made(text); f = None
    size = made(text)
    best = 1 << 30
    for _ in range(25):  # the best of many: the machine may be busy
        begun = time.ticks_us()
        f(1, 2, 3)
        best = min(best, time.ticks_diff(time.ticks_us(), begun))
    f = None
    return size, best
def called(n): pass
print([cost(text) for text in ("", "8191 in __iot_s__ and __iot_b__(8191,a,b,x);", "called(8191);")])
"""


def test_what_a_checkpoint_costs_that_does_not_stop(unix_device):
    source = "def f(a, b, x):\n x=a\n"
    call = "8191 in __iot_s__ and __iot_b__(8191,a,b,x);"
    assert call in instrument(source, first=8191).source
    plain, checked, called = ast.literal_eval(unix_device.exec(NONE + COSTS))
    assert (checked[0] - plain[0]) / 200 <= 24  # bytes
    assert checked[1] - plain[1] <= 5 * (called[1] - plain[1])  # a call of a function that does nothing
