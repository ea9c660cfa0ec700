"""%gettime and %synctime: what they show."""

import re
from datetime import datetime

import pytest

from iot_kernel.device import clock as board_clock
from iot_kernel.device.clock import ClockError, ClockReading
from iot_kernel.errors import NotConnectedError
from iot_kernel.magics import clock
from tests.each import each
from tests.magics.conftest import connected, known

pytestmark = pytest.mark.board

TIME = r"\d{4}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d\d \d\d:\d\d:\d\d"


def set_to(notebook, date):
    notebook.session.device().exec(f"import machine\nmachine.RTC().datetime({date})")


def test_the_time(bit):
    set_to(bit, (2021, 7, 30, 4, 13, 39, 37, 0))
    assert re.fullmatch(r"2021-Jul-30 13:39:3[78]\n", bit.run("%gettime"))


def test_a_clock_that_was_wrong(bit):
    set_to(bit, (2021, 7, 30, 4, 13, 39, 37, 0))
    first, second = bit.run("%synctime").splitlines()
    assert abs(datetime.strptime(first, "%Y-%b-%d %H:%M:%S") - datetime.now()).total_seconds() < 5
    assert re.fullmatch(
        r"local time \(\w+, UTC[-+]\d\d:\d\d\); it was [\d,]+ days slow, and is now within [\d.]+ m?s of "
        r"this computer's clock",
        second,
    )
    assert re.fullmatch(TIME, bit.run("%gettime").rstrip())


def test_a_clock_that_was_right(bit, monkeypatch):
    monkeypatch.setattr(board_clock, "FINE", 0.5)
    bit.run("%synctime")
    assert "; it was right, within " in bit.run("%synctime")


def test_months_are_english_everywhere():
    written = [clock._written(datetime(2021, month, 3, 4, 5, 6)) for month in range(1, 13)]
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    assert written == [f"2021-{month}-03 04:05:06" for month in months]


def reading(ahead, epoch=1970):
    return ClockReading(datetime(2021, 7, 30, 13, 39, 37), ahead, 0.002, epoch, 0, 0.0)


@each(
    ("ahead", "words"),
    [
        (0.2, "it was 200 ms fast, and is now within 5 ms"),
        (-3.44, "it was 3.4 s slow, and"),
        (600, "it was 10.0 min fast, and"),
        (-7200.5, "it was 2.0 h slow, and"),
        (86_400 * 1000, "it was 1,000 days fast, and"),
    ],
)
def test_how_far_it_was_off(ahead, words):
    assert words in clock._story(reading(ahead), reading(0.003))


def test_a_board_that_counts_from_2000():
    after = reading(0.0, epoch=2000)
    assert clock._story(after, after).endswith("clock; its time.time() counts from 2000")


def test_a_board_without_a_clock(notebook, microbit, devices):
    connected(notebook, known(microbit.url), devices)
    for magic in ("%gettime", "%synctime"):
        with pytest.raises(ClockError, match="this board has no clock"):
            notebook.run(magic)


@pytest.mark.parametrize("magic", ["%gettime", "%synctime"])
def test_without_a_board(notebook, magic):
    with pytest.raises(NotConnectedError):
        notebook.run(magic)
