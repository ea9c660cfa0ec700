"""`collect` of several pipes: of several boards, on one time axis."""

import math
import struct
import threading
import time
import warnings
from contextlib import ExitStack

import numpy as np
import pytest

from tests.ukernel.boards import bench, write_state, writing
from ukernel import interruptible
from ukernel.pipes import reading
from ukernel.pipes.client import subscribe
from ukernel.pipes.collecting import EndWarning, LossWarning, collect
from ukernel.pipes.timed_pipes import TimedPipes


@pytest.fixture
def two():
    with bench("a", "b") as kernels:
        yield kernels


def test_boards_by_their_names(two):
    with writing(two[0], range(5)), writing(two[1], range(10, 15)):
        found = collect(["a:adc", "b:adc"], n=5)
    assert {name: values.tolist() for name, values in found.items()} == {
        "a:adc": [0, 1, 2, 3, 4],
        "b:adc": [10, 11, 12, 13, 14],
    }


@pytest.mark.parametrize("names", [("uid-0:adc", "uid-1:adc"), ("sim://0:adc", "sim://1:adc")])
def test_by_uid_and_url(two, names):
    with writing(two[0], [1]), writing(two[1], [2]):
        assert [values[0] for values in collect(names, n=1).values()] == [1, 2]


def test_several_pipes_of_one_board(two):
    with writing(two[0], [1, 2], name="x"), writing(two[0], [3, 4], name="y"):
        found = collect(["x", "y"], n=2, device="a")
    assert {name: values.tolist() for name, values in found.items()} == {"x": [1, 2], "y": [3, 4]}


def test_names_of_ones_own(two):
    with writing(two[0], [1]), writing(two[1], [2]):
        assert list(collect({"left": "a:adc", "right": "b:adc"}, n=1)) == ["left", "right"]


def test_pipes_that_are_open_stay_so(two):
    with subscribe("adc", device="a") as one, subscribe("adc", device="b") as other:
        with writing(two[0], range(4)), writing(two[1], range(4)):
            assert list(collect([one, other], n=2)) == ["a:adc", "b:adc"]
            assert collect(one, n=2).tolist() == [2, 3]
        assert not other.closed
        assert len(list(other)) == 2


def test_one_time_axis(two):
    """Both boards see the same flashes; their clocks began at other times, and one is 200 ppm fast."""
    start = time.monotonic()
    clocks = [lambda: 900 + time.monotonic() - start, lambda: 7 + (time.monotonic() - start) * 1.0002]
    seen = threading.Barrier(2)

    def flashes():
        for number in range(60):
            seen.wait()
            yield number
            time.sleep(0.002)

    with writing(two[0], flashes(), clock=clocks[0]), writing(two[1], flashes(), clock=clocks[1]):
        found = collect(["a:adc", "b:adc"], n=60, timestamps=True)
    assert isinstance(found, TimedPipes)
    assert [timed.clock for timed in found.values()] == ["board", "board"]
    apart = np.abs(found["a:adc"].times - found["b:adc"].times)
    assert np.median(apart) <= found.error + 0.01
    assert found.error == pytest.approx(found["a:adc"].error + found["b:adc"].error)
    assert f"<2 pipes on one time axis, error {found.error * 1000:.2g} ms" in repr(found)
    times, values = found["b:adc"]
    assert len(times) == len(values) == 60


def test_a_board_that_leaves_in_the_middle_is_told_and_kept(two):
    told = pytest.warns(EndWarning, match="pipe 'a:adc': the pipe was closed; it has 3 samples")
    with writing(two[0], range(3)), writing(two[1], range(20), wait=0.001), told:
        found = collect(["a:adc", "b:adc"], n=10, timestamps=True)
    assert [len(timed) for timed in found.values()] == [3, 10]


def test_a_kernel_that_dies_in_the_middle(two):
    with ExitStack() as stack:
        stack.enter_context(writing(two[0], range(3), end=False))
        stack.enter_context(writing(two[1], range(5)))
        timer = threading.Timer(0.2, two[0].listener.close)
        timer.start()
        with pytest.warns(EndWarning, match="'a:adc': the pipe was closed; it has 3 samples"):
            found = collect(["a:adc", "b:adc"], n=5)
        timer.join()
    assert [len(values) for values in found.values()] == [3, 5]


def test_a_board_that_hangs_holds_up_nobody(two):
    two[0].board.open("adc")
    told = pytest.warns(EndWarning, match=r"'a:adc': none came in 0\.3 s; it has no samples")
    with writing(two[1], range(5), end=False), told:
        found = collect(["a:adc", "b:adc"], seconds=0.3, timestamps=True)
    assert [len(timed) for timed in found.values()] == [0, 5]
    assert math.isnan(found["a:adc"].error)
    assert found.error == found["b:adc"].error


def test_enough_is_no_early_end(two):
    with writing(two[0], range(5)), writing(two[1], range(5)), warnings.catch_warnings():
        warnings.simplefilter("error")
        collect(["a:adc", "b:adc"], n=5, seconds=60)


def test_nothing_from_any(two):
    for kernel in two:
        kernel.board.open("adc")
    with pytest.raises(
        TimeoutError, match=r"no samples from any pipe; 'a:adc': none came in 0\.1 s; 'b:adc': "
    ):
        collect(["a:adc", "b:adc"], seconds=0.1)
    with pytest.warns(EndWarning):
        assert [
            len(found) for found in collect(["a:adc", "b:adc"], seconds=0.1, allow_empty=True).values()
        ] == [0, 0]


def test_one_that_nobody_opens(two, monkeypatch):
    monkeypatch.setattr(reading, "OPEN_TIMEOUT", 0.2)
    told = pytest.warns(
        EndWarning, match="'a:adc': none came in 0.2 s, and no such pipe is open on the board"
    )
    with writing(two[1], range(2)), told:
        collect(["a:adc", "b:adc"], n=2)


def test_losses_say_of_which_board(two):
    with writing(two[0], [1]), writing(two[1], [1], end=False):
        timer = threading.Timer(
            0.3, lambda: (two[1].board.skip("adc", 2), two[1].board.write("adc", bytes(4)))
        )
        timer.start()
        with pytest.warns(LossWarning, match="'b:adc': 2 of 4 messages were lost"), warnings.catch_warnings():
            warnings.simplefilter("ignore", EndWarning)
            collect(["a:adc", "b:adc"], n=2)
        timer.join()


def test_an_error_of_the_decoder_is_raised(two):
    two[0].board.open("adc")
    wrong = writing(two[1], [(1, 2)], pack="<ff", end=False)
    with wrong, pytest.raises(struct.error, match="a message of 8 bytes"):
        collect(["a:adc", "b:adc"], n=2)


def test_two_boards_with_the_same_name():
    match = "2 boards are called 'a': uid-1 at sim://1 and uid-0 at sim://0; name the one by its uid or url"
    with bench("a", "a"), pytest.raises(ConnectionError, match=match):
        collect(["a:adc", "uid-1:adc"], n=1)


def test_two_kernels_that_name_the_same_board(two):
    """One of them is about to end: the board moved from one notebook to another."""
    write_state(("a", two[0]))
    with writing(two[0], [1]):
        assert collect(["a:adc"], n=1)["a:adc"].tolist() == [1]


@pytest.mark.parametrize(
    ("names", "options", "match"),
    [
        (["a:adc", "a:adc"], {}, "two pipes are called 'a:adc': name boards by their uids"),
        ([], {}, "1 to 100 pipes"),
        (["a:"], {}, "has 1 to 64 bytes"),
        (["a:adc"], {"port": 1}, "'a:adc' is the pipe of a board, and port= says which kernel"),
        (["a:adc"], {"n": None}, "how much"),
    ],
)
def test_nonsense(names, options, match):
    with pytest.raises(ValueError, match=match):
        collect(names, **{"n": 1, **options})


@pytest.mark.parametrize("names", [[5], 5, None, {5: "a:adc"}])
def test_no_names(names):
    with pytest.raises(TypeError, match="must be a str"):
        collect(names, n=1)


def test_a_table_of_all(two):
    with writing(two[0], range(5), wait=0.01), writing(two[1], [(1, 2)] * 4, pack="<ff", wait=0.013):
        found = collect(
            {"a": "a:adc", "b": "b:adc"},
            n=4,
            decoder=lambda data: data[0] if len(data) == 4 else struct.unpack("<ff", data),
            timestamps=True,
        )
    table = found.frame()
    assert list(table.columns) == ["a", "b[0]", "b[1]"]
    assert len(table) == 8
    assert table.index.is_monotonic_increasing
    assert str(table.index.tz) == "UTC"
    assert table["b[1]"].dropna().tolist() == [2, 2, 2, 2]
    assert not table.interpolate("time").iloc[2:].isna().any().any()
    assert len(table.resample("10ms").mean()) > 2


def test_a_table_without_pandas(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(
        ImportError, match=r"needs the package pandas \(in a %%host cell: %pip install pandas\)"
    ):
        TimedPipes().frame()


def test_waits_that_are_short_as_on_windows(two, monkeypatch):
    monkeypatch.setattr(interruptible, "AT_A_TIME", 0.001)
    with writing(two[0], range(5)), writing(two[1], range(5)):
        found = collect(["a:adc", "b:adc"], n=5)
    assert [len(values) for values in found.values()] == [5, 5]
