"""Several pipes in one chart: who is there, who has left, and the time axis that they share."""

import math
import struct
import threading
import time
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

from tests.pipes.kernels import TIMEOUT, kernel
from tests.ukernel.boards import bench, write_state
from tests.ukernel.live.test_live_plot import seen, threads, until  # noqa: F401  a fixture
from tests.ukernel.recordings.taped import tape_all
from ukernel.pipes import discovery, live_plot, replay, stop_live
from ukernel.pipes.client import subscribe
from ukernel.pipes.framing import PipeError
from ukernel.pipes.live import timed_feed
from ukernel.pipes.live.feed_group import FeedGroup


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0.1)
    monkeypatch.setattr(timed_feed, "RETRY_INTERVAL", 0.02)


def started(connects, decoder=None, span=10.0, names=None):
    group = FeedGroup(connects, decoder, span, names)
    group.start()
    return group


@contextmanager
def grouped(*labels, decoder=None, span=10.0, names=None):
    connects = {
        label: partial(subscribe, label.split(":")[1], device=label.split(":")[0]) for label in labels
    }
    group = started(connects, decoder, span, names)
    runner = threading.Thread(target=group.run)
    runner.start()
    try:
        yield group
    finally:
        group.end("stopped")
        runner.join(TIMEOUT)
        until(lambda: threads() == [])


def write(kernel, *values, name="adc"):
    for value in values:
        kernel.board.write(name, struct.pack("<f", value))


def values_of(group):
    return {curve.label: curve.values[np.isfinite(curve.values)].tolist() for curve in group.curves()}


@pytest.fixture
def two():
    with bench("a", "b") as kernels:
        for one in kernels:
            one.board.open("adc")
        yield kernels


def test_lines_of_two_boards(two):
    with grouped("a:adc", "b:adc") as group:
        assert [curve.label for curve in group.curves()] == ["a:adc", "b:adc"]
        group.wait_for_one()
        assert not group.has_samples
        for one in two:
            one.wait_for("adc")
        write(two[0], 1, 2)
        write(two[1], 3)
        until(lambda: values_of(group) == {"a:adc": [1, 2], "b:adc": [3]})
        assert group.has_samples


def test_samples_with_several_values(two):
    with grouped("a:adc", decoder=struct.Struct("<ff").unpack) as group:
        two[0].wait_for("adc")
        two[0].board.write("adc", struct.pack("<ff", 1, 2))
        until(lambda: values_of(group) == {"a:adc 0": [1], "a:adc 1": [2]})
    with grouped("a:adc", decoder=struct.Struct("<ff").unpack, names=("x", "y")) as group:
        two[0].wait_for("adc")
        two[0].board.write("adc", struct.pack("<ff", 1, 2))
        until(lambda: values_of(group) == {"a:adc x": [1], "a:adc y": [2]})


def test_a_board_that_joins_late():
    with kernel("one") as first, kernel("two") as second:
        first.board.open("adc")
        second.board.open("adc")
        write_state(("a", first))
        with grouped("a:adc", "b:adc") as group:
            group.wait_for_one()
            first.wait_for("adc")
            write(first, 1)
            until(lambda: "b:adc is not there" in group.status())
            write_state(("a", first), ("b", second))
            second.wait_for("adc")
            write(second, 2)
            until(lambda: values_of(group) == {"a:adc": [1], "b:adc": [2]})
            until(lambda: "b:adc" not in group.status())


def test_a_board_that_leaves_and_comes_again(two):
    with grouped("a:adc", "b:adc") as group:
        for one in two:
            one.wait_for("adc")
            write(one, 1)
        until(lambda: values_of(group) == {"a:adc": [1], "b:adc": [1]})
        two[1].board.close("adc")
        until(lambda: "b:adc has left" in group.status())
        write(two[0], 2)
        until(lambda: values_of(group)["a:adc"] == [1, 2])
        two[1].board.open("adc")
        two[1].wait_for("adc")
        write(two[1], 5)
        until(lambda: values_of(group)["b:adc"] == [1, 5])
        assert "b:adc" not in group.status()
        middle = next(curve for curve in group.curves() if curve.label == "b:adc").values
        assert np.isnan(middle[-2])  # no line from before to after


def test_all_have_left(two):
    with grouped("a:adc", "b:adc") as group:
        for one in two:
            one.wait_for("adc")
            write(one, 1)
            one.board.close("adc")
        assert group.ended.wait(TIMEOUT)
        assert group.status().startswith("all pipes are closed")


def test_it_stops_after_some_seconds(two):
    group = started({"a:adc": partial(subscribe, "adc", device="a")})
    group.run(0.05)
    assert group.status() == "stopped after 0.05 s"
    assert group.ended.is_set()


def test_none_of_them_is_there():
    write_state()
    group = started({name: partial(subscribe, "adc", device=name) for name in ("a", "b")})
    try:
        with pytest.raises(ConnectionError, match="no kernel is listed in the state file"):
            group.wait_for_one()
    finally:
        group.end("")


@pytest.mark.filterwarnings("ignore:live_plot")
def test_two_boards_with_the_same_name():
    with bench("a", "a"):
        group = started({"a:adc": partial(subscribe, "adc", device="a")})
        with pytest.raises(PipeError, match="2 boards are called 'a'"):
            group.wait_for_one()


def test_one_that_does_not_want_us(two):
    connects = {
        "a:adc": partial(subscribe, "adc", device="a"),
        "b:adc": partial(subscribe, "adc", port=two[1].port, token="wrong"),
    }
    with pytest.warns(RuntimeWarning, match="live_plot: b:adc: .*wrong token"):
        group = started(connects)
        until(lambda: "b:adc cannot be read" in group.status())
    two[0].wait_for("adc")
    two[0].board.close("adc")
    group.run()
    assert group.status() == "all pipes are closed"


def test_losses_and_messages_that_are_not_understood(two):
    with grouped("a:adc") as group:
        two[0].wait_for("adc")
        write(two[0], 1)
        two[0].board.skip("adc", 2)
        write(two[0], 2)
        until(lambda: "2 lost" in group.status())
        with pytest.warns(
            RuntimeWarning, match=r"live_plot\('a:adc'\): a message of 3 bytes was not understood"
        ):
            two[0].board.write("adc", b"odd")
            until(lambda: "1 not understood" in group.status())
        values = group.curves()[0].values
        assert np.isnan(values[[0, 2]]).all()
        assert values[[1, 3]].tolist() == [1, 2]


def test_one_time_axis(two):
    """Board a's clock began at 900 s, and b's at 7 s; both write at the same moments."""
    for one in two:
        one.board.open("timed", stamps=True)
    with grouped("a:timed", "b:timed") as group:
        for one in two:
            one.wait_for("timed")
        start = time.monotonic()
        for number in range(40):
            now = time.monotonic() - start
            for one, began in zip(two, (900, 7), strict=True):
                one.board.write("timed", struct.pack("<If", round((began + now) * 1e6) % 2**30, number))
            time.sleep(0.002)
        until(lambda: all(len(values) == 40 for values in values_of(group).values()))
        times = [curve.times[np.isfinite(curve.values)] for curve in group.curves()]
    apart = np.abs(times[0] - times[1])
    assert np.median(apart) < 0.02
    assert math.isclose(times[0][-1], time.time(), abs_tol=TIMEOUT)


def test_live_plot_of_several(two, seen):  # noqa: F811
    names = ["a:adc", "b:adc"]
    live_plot(names, title="Bench", span=5)
    for one in two:
        one.wait_for("adc")
        write(one, 0.5, 0.75)
    axes = seen[-1].figure.axes[0]
    until(lambda: [len(line.get_ydata()) for line in axes.lines] == [3, 3])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == names
    assert axes.get_xlim() == (-5, 0)
    assert axes.get_xlabel() == "seconds (0 is the newest sample)"
    live_plot(names)
    assert seen[0].log[-1] == "closed"
    stop_live(names)
    assert seen[1].status.startswith("stopped")


def test_live_plot_of_a_recording(tmp_path, seen):  # noqa: F811
    tape_all(tmp_path / "a.csv", range(5))
    live_plot(replay(tmp_path / "a.csv", speed=math.inf), ylim=None)
    until(lambda: seen[-1].status == "a · pipe closed")
    until(lambda: seen[-1].values()[0][-5:].tolist() == [0, 1, 2, 3, 4])
    live_plot([replay(tmp_path / "a.csv", speed=math.inf)])
    until(lambda: seen[-1].status == "all pipes are closed")


def test_live_plot_where_no_board_is_there(seen):  # noqa: F811
    with pytest.raises(ConnectionError, match="no kernel is listed in the state file"):
        live_plot(["a:adc"])
    assert seen == []
    until(lambda: threads() == [])
