"""Values on real boards: every kind, there and back, by every way; what fails, and what is left."""

import contextlib
import re
import threading
from array import array
from collections import OrderedDict

import pytest
from hypothesis import HealthCheck, given, settings

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, RemoteProtocolError
from iot_kernel.files.errors import TooMuchError
from iot_kernel.values import transfer
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError
from iot_kernel.values.transfer import Values
from tests.files.faulty_board import FaultyBoard, Once
from tests.values.conftest import WAYS, switched_on
from tests.values.strategies import same, values

pytestmark = pytest.mark.board

PLAIN = [
    *(None, True, False, 0, -1, 1 << 80, -(1 << 80), 0.5, float("nan"), float("-inf"), -0.0),
    *("", "é\n'\"\\\x04", b"", bytes(range(256)), bytearray(b"\x03"), "x" * 300),
    *([], (), {}, set(), [1, [2, (3, [4])]], {1, "a"}, {"a": {2: [None]}, None: (), 2.5: b""}),
    *(frozenset(), frozenset({1, (2, "b")}), OrderedDict(b=1, a=2)),
]
ARRAYS = [array(code, [0, 1, 2, 1, 0, 100]) for code in "bBhHiIqQfd"]


class TestEveryBoard:
    @pytest.mark.parametrize("value", [[*PLAIN], [*ARRAYS], tuple(PLAIN)], ids=["plain", "arrays", "tuple"])
    def test_there_and_back(self, variables, value):
        variables["v"] = value
        assert same(value, variables["v"])

    def test_one_by_one(self, variables):
        for value in (None, False, -5, 0.5, "é", b"", (), {}, OrderedDict(), array("H")):
            variables["v"] = value
            assert same(value, variables["v"])

    def test_what_the_board_has_itself(self, variables):
        variables.run(
            "from array import array\n"
            "v=[2**70,{'a':(None,True)},bytearray(b'b'),{1,2},array('h',[-1,2]),'\\xe9',float('inf'),[[]]]"
        )
        expected = [2**70, {"a": (None, True)}, bytearray(b"b"), {1, 2}, array("h", [-1, 2])]
        assert same([*expected, "é", float("inf"), [[]]], variables["v"])

    def test_the_board_has_what_was_sent(self, variables):
        variables["v"] = [1, "é", b"\0", {"k": (True, None)}, array("H", [1, 2])]
        assert variables.run(
            "print(v==[1,'\\xe9',b'\\0',{'k':(True,None)},__import__('array').array('H',[1,2])])"
        )

    def test_floats_are_exact_at_the_precision_of_the_board(self, variables):
        variables.run("v=[0.1,1/3,1e-30]")
        pulled = variables["v"]
        variables["w"] = pulled
        assert variables.run("print(v==w)") == "True"
        assert same(pulled, variables["w"])

    def test_larger_ones(self, variables):
        roomy = variables.device.info.free > 50_000
        count = 20_000 if roomy else 200
        for value in (
            list(range(count)),
            array("h", range(count)),
            "é" * count,
            {"k": [0.5] * (count // 10)},
        ):
            variables["v"] = value
            assert same(value, variables["v"])
            variables["v"] = None

    def test_nothing_else_is_left(self, variables):
        variables.run("json=struct=gc=1")
        before = variables.names()
        variables["v"] = ["x" * 3000 if variables.device.info.free > 50_000 else "x", 0.5, {1}]
        assert variables["v"]
        with pytest.raises(VariableNotFoundError):
            variables["nosuch"]
        assert variables.names() == before | {"v"}
        assert variables.run("print(json,struct,gc)") == "1 1 1"

    def test_there_is_no_such_variable(self, variables):
        with pytest.raises(VariableNotFoundError, match="no variable with name 'nosuch' on the board"):
            variables["nosuch"]

    def test_what_cannot_be_moved_is_named(self, variables):
        variables.run("class Lamp:pass\nv={'a':[1,2,3,Lamp()]}")
        with pytest.raises(
            UnmovableValueError, match=r"v\['a'\]\[3\]: a Lamp object cannot be moved to the host"
        ):
            variables["v"]

    def test_what_holds_itself_is_refused(self, variables):
        variables.run("v=[1]\nv.append(v)")
        with pytest.raises(UnmovableValueError, match="levels deep, or inside of themselves"):
            variables["v"]
        variables.run("v=None")


def test_firmware_without_complex_numbers(microbit, request):
    with switched_on(request, "microbit") as variables:
        variables["v"] = 1
        with pytest.raises(UnmovableValueError, match=r"v\[1\]\['a'\]: the board's firmware has no complex"):
            variables["v"] = [1, {"a": 1j}]
        assert variables["v"] == 1
        assert "__iot_parts__" not in variables.names()


def check_sizes(variables, size):
    for value in (bytes(index % 251 for index in range(size)), "ä" * size, array("d", range(size))):
        variables["v"] = value
        assert same(value, variables["v"])


class TestEveryWay:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
    @given(value=values())
    def test_there_and_back(self, on_the_way, value):
        on_the_way["v"] = value
        assert same(value, on_the_way["v"])

    def test_sizes(self, on_the_way):
        for size in (0, 1, 255, 256, 257, 5000):
            check_sizes(on_the_way, size)

    def test_named_tuples_become_tuples(self, on_the_way):
        on_the_way.run("import collections\nv=[collections.namedtuple('P',('x','y'))(1,0.5)]")
        assert on_the_way["v"] == [(1, 0.5)]

    def test_progress_is_told(self, on_the_way):
        told = []
        data = encode(bytes(20_000), "v").data
        on_the_way.values.push("v", data, told.append)
        assert told[-1] == len(data)
        told.clear()
        on_the_way.values.pull("v", told.append)
        assert told == sorted(told)

    def test_what_prints_meanwhile_does_no_harm(self, on_the_way, request):
        if on_the_way.device.platform == "webassembly":
            on_the_way.run("import js\nh=js.setInterval(lambda *a:print('\\x1ez 2 tick\\x1f'),5)")
        else:
            on_the_way.run(
                "import _thread,time\non=True\n"
                "def tick():\n while on:\n  print('\\x1ez 2 tick\\x1f');time.sleep_ms(2)\n"
                "_thread.start_new_thread(tick,())"
            )
        value = ["a" * 5000, list(range(2000)), 0.5]
        for _ in range(5):
            on_the_way["v"] = value
            assert on_the_way["v"] == value
        on_the_way.device.exec("on=False\ntry:js.clearInterval(h)\nexcept NameError:pass")


@pytest.mark.parametrize("way", ["statements", "pieces"])
def test_names_of_the_user_do_no_harm(request, monkeypatch, way):
    for name, value in WAYS[way].items():
        monkeypatch.setattr(transfer, name, value)
    names = "len str bytes list dict type print iter sum int range max min open tuple set globals next chr"
    value = [1, "a" * 300, {b"b": (0.5, {1})}, bytearray(3)]
    with switched_on(request, "unix") as variables:
        variables.run(f"{'='.join(names.split())}=5")
        variables["v"] = value
        assert variables["v"] == value
        assert variables["len"] == 5


class TestHarm:
    """What is damaged on its way is sent again, or an error; statements are code like any of the user's."""

    @pytest.fixture(params=["pieces", "fast"])
    def harmed(self, request, monkeypatch):
        """A board of which a test chooses what goes wrong, and its variables."""
        for name, value in WAYS[request.param].items():
            monkeypatch.setattr(transfer, name, value)
        with switched_on(request, "unix") as variables:
            board = FaultyBoard(variables.device)
            board.info = variables.device.info
            board.run_cell = variables.device.run_cell
            variables.values = Values(board)
            yield board, variables

    @pytest.mark.parametrize("step", range(1, 5))
    def test_code_that_is_damaged_once(self, harmed, step):
        board, variables = harmed
        board.to_board = Once(step, lambda code: code[:40] + code[50:])
        variables["v"] = ["a" * 1000]
        assert variables["v"] == ["a" * 1000]

    def test_data_that_changes_on_its_way_to_the_board(self, harmed):
        board, variables = harmed
        changes = iter([True, True])

        def change(step, code):
            return code.replace("YWFh", "YWFi", 1) if "YWFh" in code and next(changes, False) else code

        board.to_board = change
        variables["v"] = "a" * 5000
        assert variables["v"] == "a" * 5000

    def test_data_that_changes_on_its_way_to_the_host(self, harmed):
        board, variables = harmed
        variables.run("v='a'*900")
        changes = iter([True, True])

        def change(text):
            return text.replace("YWFh", "YWFi", 1) if "YWFh" in text and next(changes, False) else text

        board.to_host = change
        assert variables["v"] == "a" * 900

    def test_a_board_that_never_says_it_right(self, harmed, monkeypatch):
        board, variables = harmed
        monkeypatch.setattr(transfer, "SHORT", 1 << 60)
        variables.run("v='a'*900")
        board.to_host = lambda text: text.replace("YWFh", "YWFi", 1)
        with pytest.raises(RemoteProtocolError):
            variables["v"]
        assert not {name for name in variables.names() if name.startswith("__iot_")} - {"__iot__"}

    def test_what_the_board_refuses_leaves_the_old_value(self, harmed):
        board, variables = harmed
        variables.run("v='before'")
        board.to_board = lambda step, code: code.replace("bytearray()", "nosuch()")
        with pytest.raises((RemoteProtocolError, DeviceError, UnmovableValueError)):
            variables["v"] = ["a" * 1000]
        assert variables.run("print(v)") == "before"
        assert not {name for name in variables.names() if name.startswith("__iot_")} - {"__iot__"}


class Talker(FaultyBoard):
    """A board that says one piece again and again."""

    def __init__(self, count):
        self._count = count
        self.interrupts = 0

    platform, burst, is_paced, info, on_stray = "liar", None, True, None, None

    def interrupt(self):
        self.interrupts += 1

    def exec(self, code, *, on_output=None, timeout=None, transfer=None):
        mark = re.search(r"__iot_answer__\((\d+),", code)
        for answer in ("(False,)", *["(b'n;',)"] * self._count, "(0, 0)") if mark and on_output else ():
            on_output(f"\x1e{mark[1]} {len(answer)} {answer}\x1f\n")


def test_of_a_board_that_says_too_much_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(transfer, "LONGEST", 1000)
    kept, board = [], Talker(100_000)
    with pytest.raises(TooMuchError, match="reading a value: the board sent more than 2048 bytes"):
        Values(board).pull("v", kept.append)
    assert board.interrupts == 1
    assert max(kept) <= 4096 + 2


def test_a_board_without_memory_for_our_programs(unix, monkeypatch):
    """It gets statements, and gives its repr."""
    monkeypatch.setattr(transfer, "LITTLE_MEMORY", 0)
    device = Device(unix.url)
    device.open()
    board = FaultyBoard(device)
    board.info, board.run_cell = device.info, device.run_cell
    board.to_board = lambda step, code: "raise MemoryError" if "__iot_answer__(" in code else code
    values_of_board = Values(board)
    value = ["a" * 1000, 0.1, {1}]
    values_of_board.push("v", encode(value, "v").data)
    assert decode(values_of_board.pull("v"), "v") == value
    device.close()


def test_a_value_too_large_for_the_board(microbit, request):
    with switched_on(request, "microbit") as variables:
        with pytest.raises(UnmovableValueError, match="v: the board's memory is too small for it"):
            variables["v"] = bytes(20_000)
        variables["v"] = 1
        assert variables["v"] == 1


def test_an_interrupt_leaves_the_link_usable(on_the_way):
    value = ["a" * 50_000, list(range(20_000))]
    for action in (lambda: on_the_way.__setitem__("v", value), lambda: on_the_way["v"]):
        timer = threading.Timer(0.02, on_the_way.device.interrupt)
        timer.start()
        with contextlib.suppress(DeviceError):
            action()
        timer.join()
        on_the_way["v"] = value[1]
        assert on_the_way["v"] == value[1]
        assert not {name for name in on_the_way.names() if name.startswith("__iot_")} - {"__iot__"}
