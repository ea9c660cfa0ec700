"""Live charts of pipes, as one calls for them."""

import builtins
import contextlib
import inspect
import math
import struct
import subprocess
import sys
import threading
import time

import comm
import ipympl.backend_nbagg  # noqa: F401  it asks for the shell when it is loaded
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib import pyplot as plt

from tests.mqtt_bench import bench
from tests.pipes.kernels import TIMEOUT
from ukernel.pipes.framing import LONGEST_NAME
from ukernel.pipes.live import backends, drawing
from ukernel.pipes.live import live_plot as module
from ukernel.pipes.live.figure import LiveFigure, figure_options
from ukernel.pipes.live.live_plot import live_plot, stop_live


class Screen:
    """A screen that draws on threads, as a notebook does, and counts."""

    is_pushed = True
    interval = 0.0

    def __init__(self):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.figure = LiveFigure(**figure_options())
        self.canvas = FigureCanvasAgg(self.figure)
        self.log = []
        self.times = []

    def start(self, tick, interval):
        self.log.append("shown")

    def draw(self):
        self.times.append(time.monotonic())
        if not self.figure.draw_moving(self.canvas.get_renderer()):
            self.canvas.draw()

    def keep(self):
        self.log.append("kept")

    def close(self):
        self.log.append("closed")

    @property
    def status(self):
        return self.figure.status.get_text()

    def values(self):
        return [line.get_ydata() for line in self.figure.axes[0].lines]


@pytest.fixture
def seen(monkeypatch):
    """The screens that were opened."""
    opened = []

    def open_screen(name):
        opened.append(Screen())
        return opened[-1]

    monkeypatch.setattr(backends, "open_screen", open_screen)
    monkeypatch.setattr(drawing, "KEEP_AFTER", math.inf)  # a busy machine is no reason for a picture
    yield opened
    stop_live()
    for live in module._charts.values():
        live.close()
    module._charts.clear()
    assert threads() == []


@pytest.fixture
def show(kernel, board, seen):
    """Calls live_plot for a pipe that is open; gives the screen."""
    board.open("adc")

    def show(name="adc", **options):
        live_plot(name, port=kernel.port, token=kernel.token, **options)
        kernel.wait_for(name)
        return seen[-1]

    return show


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("live_plot")]


def until(condition):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def write(board, *values, name="adc"):
    for value in values:
        board.write(name, struct.pack("<f", value))


def test_the_signature():
    parameters = list(inspect.signature(live_plot).parameters.values())
    assert parameters[0].name == "name"
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters[1:])
    defaults = {parameter.name: parameter.default for parameter in parameters[1:]}
    assert defaults == {
        "decoder": None, "window": 200, "ylim": (-1.5, 1.5), "title": None, "interval": 40, "duration": None,
        "labels": None, "host": None, "port": None, "token": None, "device": None,
        "broker": None, "span": 10,
    }  # fmt: skip
    assert inspect.signature(stop_live).parameters["name"].default is None


def test_importing_it_loads_nothing_heavy():
    program = "import sys; from ukernel.pipes import live_plot, stop_live; stop_live(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "IPython", "ipywidgets"} & set(run.stdout.split())


def test_threads_that_compute_let_others_in_more_often_as_long_as_there_are_charts(show, board):
    before = sys.getswitchinterval()
    board.open("imu")
    show("adc"), show("imu")
    until(lambda: sys.getswitchinterval() == pytest.approx(drawing.SWITCH_INTERVAL))
    stop_live("adc")
    assert sys.getswitchinterval() == pytest.approx(drawing.SWITCH_INTERVAL)
    stop_live("imu")
    assert sys.getswitchinterval() == before


def test_samples_appear(show, board):
    screen = show(window=4, title="ADC (V)")
    assert screen.log == ["shown"]
    until(lambda: screen.status == "adc · waiting for samples")
    write(board, 1, 2, 3)
    until(lambda: np.array_equal(screen.values(), [[np.nan, 1, 2, 3]], equal_nan=True))
    assert screen.figure.axes[0].get_title("left") == "ADC (V)"


def test_it_returns_nothing_at_once_also_before_the_pipe_is_open(kernel, board, seen):
    assert live_plot("later", port=kernel.port, token=kernel.token, window=2) is None
    (screen,) = seen
    until(lambda: screen.status == "later · waiting for the board to open it")
    kernel.wait_for("later")
    board.open("later")
    write(board, 1, 2, name="later")
    until(lambda: np.array_equal(screen.values(), [[1, 2]]))


def test_several_lines(show, board):
    screen = show(window=2, decoder=lambda data: struct.unpack("<fff", data), labels=["x", "y", "z"])
    for row in ((1, 2, 3), (4, 5, 6)):
        board.write("adc", struct.pack("<fff", *row))
    until(lambda: np.array_equal(screen.values(), [[1, 4], [2, 5], [3, 6]]))
    legend = screen.figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["x", "y", "z"]


def test_the_same_name_replaces_the_chart(show, kernel, board):
    first = show()
    second = show()
    assert first.log == ["shown", "kept", "closed"]
    assert second.log == ["shown"]
    assert len(threads()) == 2
    write(board, 1)
    until(lambda: second.values()[0][-1] == 1)
    assert np.isnan(first.values()[0][-1])
    stop_live("adc")
    third = show()
    assert second.log == ["shown", "kept", "closed"]
    assert third.log == ["shown"]


def test_a_picture_is_kept_soon(show, board, monkeypatch):
    """The notebook may be saved, or left, before the chart ends."""
    monkeypatch.setattr(drawing, "KEEP_AFTER", 0.0)
    screen = show()
    assert screen.log == ["shown"]
    write(board, 1)
    until(lambda: screen.log == ["shown", "kept"])
    assert len(threads()) == 2
    stop_live("adc")
    assert screen.log == ["shown", "kept", "kept"]


def test_it_ends_with_the_pipe(show, board):
    screen = show(window=2)
    write(board, 1, 2)
    board.close("adc")
    until(lambda: screen.log == ["shown", "kept"])
    assert screen.status == "adc · pipe closed"
    assert np.array_equal(screen.values(), [[1, 2]])
    until(lambda: threads() == [])


def test_stop_live_stops_one(show, board):
    board.open("imu")
    adc, imu = show("adc"), show("imu")
    stop_live("adc")
    assert adc.log == ["shown", "kept"]
    assert adc.status == "adc · stopped"
    write(board, 1, name="imu")
    until(lambda: imu.values()[0][-1] == 1)
    stop_live("nothing")
    stop_live("adc")
    assert imu.log == ["shown"]


def test_stop_live_stops_all(show, board):
    board.open("imu")
    adc, imu = show("adc"), show("imu")
    stop_live()
    assert adc.log == imu.log == ["shown", "kept"]
    assert threads() == []
    stop_live()


def test_a_chart_that_is_interrupted_while_it_begins_is_none(show, seen, monkeypatch):
    real = threading.Thread.start

    def start(thread):
        if thread.name.startswith("live_plot draws"):
            raise KeyboardInterrupt
        real(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(KeyboardInterrupt):
            show("adc")
    until(lambda: threads() == [])
    stop_live()
    assert show("adc").log == ["shown"]


def test_it_stops_after_its_time(show, board):
    screen = show(duration=0.3, window=2)
    while len(screen.log) < 2:
        write(board, 1)
        time.sleep(0.01)
    assert screen.log == ["shown", "kept"]
    assert screen.status.startswith("adc · stopped after 0.3 s")


def test_the_last_picture_has_all_samples(show, board):
    screen = show(window=1000, interval=10_000)
    write(board, *range(1000))
    board.close("adc")
    until(lambda: screen.log == ["shown", "kept"])
    assert np.array_equal(screen.values(), [range(1000)])


def test_nothing_new_is_not_drawn(show, board):
    screen = show(interval=5)
    write(board, 1)
    until(lambda: screen.values()[0][-1] == 1)
    time.sleep(0.2)
    drawn = len(screen.times)
    time.sleep(0.2)
    assert len(screen.times) <= drawn + 1  # the rate may have become known


def test_pictures_have_a_rhythm(show, board):
    start = time.monotonic()
    screen = show(interval=100)
    while len(screen.times) < 8:
        write(board, 1)
        time.sleep(0.002)
    assert time.monotonic() - start >= 0.7


def test_lost_samples_are_seen(show, board):
    screen = show(window=4)
    write(board, 1)
    board.skip("adc", 2)
    write(board, 2)
    until(lambda: np.array_equal(screen.values(), [[1, np.nan, np.nan, 2]], equal_nan=True))
    assert screen.status.endswith(" · 2 lost")


def test_a_decoder_that_fails_is_told_of_once(show, board):
    with pytest.warns(RuntimeWarning, match=r"live_plot\('adc'\): a message of 3 bytes") as warnings:
        screen = show()
        for _ in range(3):
            board.write("adc", b"123")
        write(board, 5)
        until(lambda: screen.values()[0][-1] == 5)
        until(lambda: screen.status.endswith("3 not understood"))
    assert len(warnings) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_chart_that_cannot_be_drawn_is_read_no_more(seen, kernel, board, monkeypatch):
    def broken(self):
        raise OSError("no pixels")

    monkeypatch.setattr(Screen, "draw", broken)
    board.open("adc")
    live_plot("adc", port=kernel.port, token=kernel.token)
    until(lambda: threads() == [])
    kernel.wait_for("adc", 0)
    assert seen[0].log == ["shown"]


def test_a_decoder_may_stop_its_chart(show, board):
    def decode(data):
        stop_live("adc")
        return 1.0

    screen = show(decoder=decode)
    write(board, 1)
    until(lambda: screen.log == ["shown", "kept"])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"window": 1}, ValueError),
        ({"ylim": 3}, TypeError),
        ({"title": 3}, TypeError),
        ({"labels": []}, TypeError),
        ({"interval": 0}, ValueError),
        ({"duration": -1}, ValueError),
        ({"decoder": "<f"}, TypeError),
        ({"port": 0}, ValueError),
        ({"port": "1"}, ValueError),
    ],
)
def test_arguments_are_checked_before_anything_is_connected(seen, wrong, error):
    with pytest.raises(error, match=next(iter(wrong))):
        live_plot("adc", **wrong)
    assert seen == []


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_NAME + 1), "a\nb", 7, None])
def test_names_are_checked(seen, name):
    with pytest.raises((TypeError, ValueError), match="name of a pipe"):
        live_plot(name)


def test_a_wrong_token_is_told_and_the_old_chart_stays(show, kernel, seen):
    screen = show()
    with pytest.raises(ConnectionError, match="wrong token"):
        live_plot("adc", port=kernel.port, token="other")
    assert seen == [screen]
    assert screen.log == ["shown"]


def test_no_kernel_is_told(seen, monkeypatch):
    monkeypatch.setattr("ukernel.pipes.discovery.PATIENCE", 0.0)
    with pytest.raises(ConnectionError, match="state file"):
        live_plot("adc")
    assert seen == []


def test_a_screen_that_fails_leaves_nothing_open(kernel, monkeypatch):
    def broken(name):
        raise OSError("no screen")

    monkeypatch.setattr(backends, "open_screen", broken)
    with pytest.raises(OSError, match="no screen"):
        live_plot("adc", port=kernel.port, token=kernel.token)
    kernel.wait_for("adc", 0)
    assert threads() == []


def test_without_matplotlib_it_says_what_to_install(monkeypatch, seen):
    original = builtins.__import__

    def missing(name, *args):
        if name == "matplotlib":
            raise ImportError("No module named 'matplotlib'")
        return original(name, *args)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"; in a %%host cell: %pip install matplotlib"):
        live_plot("adc")


@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments to super:DeprecationWarning")
def test_many_widgets_leave_one(kernel, board, monkeypatch):
    """In a notebook: widgets, threads and connections of the replaced charts are gone."""
    board.open("adc")
    monkeypatch.setattr(comm, "create_comm", lambda **_: comm.DummyComm())
    monkeypatch.setattr(backends, "open_screen", lambda name: backends.Widget(Nobody(), name))
    before = len(_instances)
    for number in range(12):
        live_plot("adc", port=kernel.port, token=kernel.token, ylim=None)
        if number == 0:
            widgets = len(_instances)
            write(board, 1)
    assert len(_instances) == widgets
    assert len(threads()) == 2
    kernel.wait_for("adc", 1)
    stop_live()
    assert threads() == []
    module._charts.popitem()[1].close()
    assert len(_instances) == before


class Nobody:
    """Shows outputs to nobody."""

    def publish(self, data, metadata, *, transient, update):
        pass


SCRIPT = """
import sys, time
import matplotlib.pyplot as plt
from ukernel.pipes import live_plot, stop_live
live_plot("adc", port=int(sys.argv[1]), token=sys.argv[2], title="ADC")
axes = plt.gca()
print("open", flush=True)
end = time.monotonic() + 20
while time.monotonic() < end:
    plt.savefig(sys.argv[3])
    if axes.lines[0].get_ydata()[-1] == 7:
        break
    time.sleep(0.05)
if sys.argv[4] == "stop":
    stop_live()
print(axes.lines[0].get_ydata()[-1])
"""


@pytest.mark.parametrize("how", ["stop", "leave"])
def test_a_plain_script_without_a_display(kernel, board, tmp_path, how):
    board.open("adc")
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    command += [str(kernel.port), kernel.token, str(tmp_path / "adc.png"), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout.readline() == "open\n"
        kernel.wait_for("adc")
        write(board, 7)
        assert process.stdout.read() == "7.0\n"
    assert process.returncode == 0
    assert (tmp_path / "adc.png").stat().st_size > 5000


def test_fifty_charts_leave_one(kernel, board):
    """In a script: figures and threads of the replaced ones are gone."""
    board.open("adc")
    with contextlib.ExitStack() as stack:
        stack.callback(plt.close, "all")
        plt.switch_backend("agg")
        for _ in range(50):
            live_plot("adc", port=kernel.port, token=kernel.token, ylim=None)
        assert len(plt.get_fignums()) == 1
        assert len(threads()) == 1
        kernel.wait_for("adc", 1)
        stop_live()
        assert threads() == []
        module._charts.popitem()[1].close()
        assert plt.get_fignums() == []


def test_a_pipe_at_a_broker(mosquitto, seen, monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_SECRETS", str(tmp_path / "secrets.py"))
    with bench(mosquitto, "chart") as made:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        live_plot("chart:adc", broker=mosquitto.url)
        write(made.board, 1, 2)
        until(lambda: [list(line[~np.isnan(line)]) for line in seen[-1].values()] == [[1, 2]])
        made.board.close("adc")
        until(lambda: "closed" in seen[-1].status)
