"""Reading and setting clocks: on boards that have one, and on those without."""

import os
import time
from datetime import datetime
from pathlib import Path

import pytest

from iot_kernel.device import clock as module
from iot_kernel.device.clock import Clock, ClockError, zone
from iot_kernel.device.device import Device
from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import literal
from tests.files.faulty_board import FaultyBoard
from tests.opened import opened

SLACK = 0.9  # s; a busy machine stops a board for a while, and a clock that was not set is off by more

SET = "import machine\nmachine.RTC().datetime(({}, 0, 0, 0))"


@pytest.fixture(params=["unix", "webrepl"])
def device(request):
    """A board with a clock."""
    board = request.getfixturevalue(request.param)
    device = Device(board.url, password=getattr(board, "password", None))
    device.open()
    yield device
    device.close()


@pytest.fixture
def other(request):
    """A board of a kind that a test names."""
    board = request.getfixturevalue(request.param)
    device = Device(board.url)
    device.open()
    yield device
    device.close()


def set_to(device, date):
    device.exec(SET.format(date))


@pytest.mark.board
class TestReading:
    def test_a_clock_that_is_right(self, device):
        clock = Clock(device)
        assert abs(clock.read().ahead) <= 0.6
        exact = clock.read(exactly=True)
        assert abs(exact.ahead) <= SLACK
        assert exact.error < 0.5
        assert exact.epoch == 1970

    def test_what_it_shows(self, device):
        set_to(device, "2021, 7, 30, 0, 13")
        reading = Clock(device).read()
        assert reading.shown.isoformat()[:13] == "2021-07-30T13"
        assert reading.ahead < -86400

    def test_how_far_it_is_ahead(self, device):
        now = time.time()
        reading = Clock(device, now=lambda: time.time() - 100).read(exactly=True)
        assert reading.ahead == pytest.approx(100, abs=SLACK)
        assert reading.taken < now

    def test_the_board_rests_while_it_waits_for_the_next_second(self, unix):
        with opened(unix) as device:
            (process,) = unix.processes()
            clock = Clock(device)
            clock.read(exactly=True)  # which ends as a second begins
            before, begin = busy(process), time.monotonic()
            clock.read(exactly=True)
            assert busy(process) - before < (time.monotonic() - begin) / 10


def busy(process):
    """The s for which a process has had a processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.board
class TestSetting:
    def test_a_clock_that_was_never_set(self, device):
        set_to(device, "2000, 1, 1, 5, 0")
        after = Clock(device).set()
        assert abs(after.ahead) <= SLACK
        local = datetime.now()
        assert abs((after.shown - local).total_seconds()) < 3
        assert device.eval("list(__import__('time').localtime()[:2])") == [local.year, local.month]

    def test_in_a_time_zone(self, device, monkeypatch):
        monkeypatch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        try:
            after = Clock(device).set()
            assert abs(after.ahead) <= SLACK
            assert zone(after.shown) == "+0545, UTC+05:45"
            ahead = (after.shown - datetime(1970, 1, 1)).total_seconds() - time.time()
            assert ahead == pytest.approx(20_700, abs=3)
        finally:
            monkeypatch.undo()
            time.tzset()

    def test_only_where_it_is_needed(self, device):
        clock = Clock(device)
        assert abs(clock.correct()) < 1
        set_to(device, "2000, 1, 1, 5, 0")
        assert clock.correct() < -1e8
        assert abs(clock.read().ahead) < 1.5

    def test_a_board_that_begins_too_late_is_given_more_time(self, device, monkeypatch):
        monkeypatch.setattr(module, "LEADS", (-1.0, 0.3))
        after = Clock(device).set()
        assert abs(after.ahead) <= SLACK

    def test_nothing_is_left_behind(self, device):
        before = device.eval("sorted(dir())")
        Clock(device).set()
        assert device.eval("sorted(dir())") == before


@pytest.mark.board
class TestWithout:
    @pytest.mark.parametrize("other", ["microbit"], indirect=True)
    def test_no_clock(self, other):
        for act in (Clock(other).read, Clock(other).set):
            with pytest.raises(ClockError, match="this board has no clock"):
                act()
        assert Clock(other).correct() is None
        assert other.eval("1 + 1") == 2

    @pytest.mark.parametrize("other", ["wasm"], indirect=True)
    def test_a_clock_that_cannot_be_set(self, other):
        assert Clock(other).read(exactly=True).shown.year > 2020
        with pytest.raises(
            ClockError, match=r"cannot be set: its firmware has neither machine\.RTC nor rtc\.RTC"
        ):
            Clock(other).set()
        assert Clock(other).correct(tolerance=-1) is None


class Ported(FaultyBoard):
    """A board that gives itself out as another port."""

    platform = "esp32"


OWN_MODULE = "def own(name,module):sys.modules[name]=sys.modules['u'+name]=module"
FIRMWARE = {
    "machine": "class RTC:\n def datetime(self,now):calls.append(now)\nM.RTC=RTC\nown('machine',M())",
    "wipy": "class RTC:\n def init(self,now):calls.append(now)\nM.RTC=RTC\nown('machine',M())",
    "pyb": (
        "class RTC:\n def datetime(self,now):calls.append(now)\n"
        "class P:pass\nP.RTC=RTC\nown('machine',M())\nsys.modules['pyb']=P()"
    ),
    "circuitpython": (
        "import time\nclass T:\n"
        " localtime=staticmethod(time.localtime)\n"
        " monotonic=staticmethod(lambda:time.ticks_ms()/1000)\n"
        " sleep=staticmethod(time.sleep)\n"
        " struct_time=tuple\n"
        "class RTC:\n def __setattr__(self,name,now):calls.append((name,now))\n"
        "class R:pass\nR.RTC=RTC\n"
        "own('machine',M())\nsys.modules['rtc']=R()\nown('time',T())"
    ),
}


@pytest.mark.board
class TestFirmware:
    """How clocks are set that no board of the tests has: stand-ins for their modules write that down."""

    @pytest.fixture
    def board(self, unix):
        device = Device(unix.url)
        device.open()
        device.exec("import sys\nclass M:pass\ncalls=[]\n" + OWN_MODULE)
        yield Ported(device)
        device.close()

    def calls(self, board, firmware):
        """Has the clock set, and returns with what; the first whole second after that."""
        before = int(time.time())
        board.exec(FIRMWARE[firmware])
        assert Clock(board).correct(tolerance=-1) is not None
        calls = literal(board.exec("print(calls)"))
        assert len(calls) == 1
        return calls[0], datetime.fromtimestamp(before), before

    def check(self, date, since):
        assert 0 <= (datetime(*date) - since).total_seconds() <= 3

    def test_most_ports(self, board):
        now, since, _ = self.calls(board, "machine")
        self.check((*now[:3], *now[4:7]), since)
        assert now[3:4] + now[7:] == (datetime(*now[:3]).weekday(), 0)

    @pytest.mark.parametrize("platform", ["pyboard", "renesas-ra"])
    def test_weekdays_that_begin_with_1(self, board, platform):
        board.platform = platform
        now, *_ = self.calls(board, "pyb" if platform == "pyboard" else "machine")
        assert now[3] == datetime(*now[:3]).isoweekday()

    def test_a_clock_with_init_only(self, board):
        now, since, _ = self.calls(board, "wipy")
        self.check(now[:6], since)
        assert now[6:] == (0, None)

    def test_circuitpython(self, board):
        (name, now), since, _ = self.calls(board, "circuitpython")
        assert name == "datetime"
        self.check(now[:6], since)
        assert now[6:] == (datetime(*now[:3]).weekday(), -1, -1)


class Liar(FaultyBoard):
    """A board whose answers a test chooses."""

    def __init__(self, answer):
        self._answer = answer

    platform, burst, is_paced, on_stray = "esp32", None, True, None

    def exec(self, code, *, on_output=None, timeout=None, exchange=None):
        mark = (
            code.partition("__iot_answer__(")[2] and code.rpartition("__iot_answer__(")[2].partition(",")[0]
        )
        for answer in (self._answer, "('end', None, 1)"):
            on_output(f"\x1e{mark} {len(answer)} {answer}\x1f\n")


@pytest.mark.parametrize(
    "answer",
    [
        "(1,)",
        "((2021, 1), 0, 2000)",
        "((2021, 13, 1, 0, 0, 0), 0, 2000)",
        "((10**9, 1, 1, 0, 0, 0), 0, 0)",
        "((1000000000, 1, 1, 0, 0, 0), 0, 0)",
        "((1000000000000, 1, 1, 0, 0, 0), 0, 0)",
        "((2021, 1, 1, 0, 0, -9000000000000000000), 0, 0)",
        "((2021, 1, 1, 0, 0, 0.5), 0, 0)",
    ],
)
def test_answers_that_make_no_sense(answer):
    with pytest.raises(RemoteProtocolError):
        Clock(Liar(answer)).read()


def test_the_zone_of_a_date(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert zone(datetime(2021, 7, 30)) == "CEST, UTC+02:00"
        assert zone(datetime(2021, 1, 30)) == "CET, UTC+01:00"
    finally:
        monkeypatch.undo()
        time.tzset()
