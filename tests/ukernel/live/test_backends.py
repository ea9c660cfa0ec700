"""Which screen there is, what it shows, and what it leaves."""

import base64
import io
import itertools
import types

import ipympl.backend_nbagg  # noqa: F401  it asks for the shell when it is loaded
import IPython
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from ukernel.pipes.live import backends
from ukernel.pipes.live.figure import Chart
from ukernel.pipes.live.options import Look

pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments to super:DeprecationWarning")

WIDGET = "application/vnd.jupyter.widget-view+json"


class Publisher:
    """What shows outputs in a kernel."""

    def __init__(self):
        self.shown = []

    def publish(self, data, metadata, *, transient, update):
        self.shown.append((data, transient["display_id"], update))


@pytest.fixture
def publisher(monkeypatch, backend):
    """This process is a Jupyter kernel."""
    publisher = Publisher()
    shell = types.SimpleNamespace(kernel=object(), display_pub=publisher)
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(backends, "_told", set())
    return publisher


@pytest.fixture(autouse=True)
def backend():
    """Without a display."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


def picture_of(data):
    png = data["image/png"]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png) if isinstance(png, str) else png)))


def chart_on(screen):
    """A chart whose samples can be set."""
    chart = Chart(screen.figure, Look(window=50, ylim=(-1, 1)))
    chart.values = np.full(50, np.nan)
    screen.figure.refresh = lambda: chart.show(chart.values[None], "adc")
    return chart


def wave(phase=0.0):
    return np.sin(np.arange(50) / 5 + phase)


def nothing():
    return True


@pytest.mark.parametrize(
    ("backend", "kind"),
    [
        ("agg", backends.ReplacedPicture),
        ("module://matplotlib_inline.backend_inline", backends.ReplacedPicture),
        ("svg", backends.ReplacedPicture),
        ("module://ipympl.backend_nbagg", backends.Widget),
        ("widget", backends.Widget),
        ("ipympl", backends.Widget),
    ],
)
def test_which_screen_a_kernel_has(publisher, monkeypatch, backend, kind):
    monkeypatch.setattr(mpl, "get_backend", lambda: backend)
    screen = backends.open_screen("adc")
    assert isinstance(screen, kind)
    assert screen.is_pushed
    assert plt.get_fignums() == [], "pyplot's figures are the user's"
    screen.close()


def test_which_screen_a_script_has():
    screen = backends.open_screen("adc")
    assert isinstance(screen, backends.GuiWindow)
    assert not screen.is_pushed
    assert plt.get_fignums() == [screen.figure.number]
    screen.close()
    assert plt.get_fignums() == []


def test_a_terminal_of_ipython_is_no_kernel(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace())
    assert isinstance(backends.open_screen("adc"), backends.GuiWindow)
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    assert isinstance(backends.open_screen("adc"), backends.GuiWindow)


def test_an_output_is_replaced_by_each_picture(publisher, capsys):
    screen = backends.ReplacedPicture(publisher, "adc")
    chart = chart_on(screen)
    screen.start(nothing, 0.1)
    for phase in range(3):
        chart.values = wave(phase)
        screen.draw()
    assert [update for _, _, update in publisher.shown] == [False, True, True, True]
    assert len({display for _, display, _ in publisher.shown}) == 1
    pictures = [picture_of(data) for data, _, _ in publisher.shown]
    assert all(not np.array_equal(one, other) for one, other in itertools.pairwise(pictures))
    screen._canvas.draw()
    assert np.array_equal(pictures[-1], np.asarray(screen._canvas.buffer_rgba()))
    screen.keep()
    screen.close()
    assert len(publisher.shown) == 4


def test_how_to_get_the_better_chart_is_said_once(publisher, capsys):
    for _ in range(3):
        screen = backends.ReplacedPicture(publisher, "adc")
        chart_on(screen)
        screen.start(nothing, 0.1)
    assert capsys.readouterr().out.count("%matplotlib widget") == 1


def test_a_widget_leaves_its_last_picture(publisher, monkeypatch, capsys):
    screen = backends.Widget(publisher, "adc")
    chart = chart_on(screen)
    screen.start(nothing, 0.04)
    chart.values = wave()
    screen.draw()
    screen.keep()
    screen.close()
    first, last, left = (data for data, _, _ in publisher.shown)
    assert first["text/plain"] == left["text/plain"] == "<live chart of pipe 'adc'>"
    assert WIDGET in first
    assert WIDGET in last
    assert set(left) == {"text/plain", "image/png"}
    assert not np.array_equal(picture_of(first), picture_of(last))
    assert np.array_equal(picture_of(last), picture_of(left))
    assert [update for _, _, update in publisher.shown] == [False, True, True]
    assert capsys.readouterr().out == ""


def test_a_script_s_figure_is_up_to_date_when_it_is_saved(tmp_path):
    screen = backends.GuiWindow()
    chart = chart_on(screen)
    screen.start(nothing, 0.04)
    plt.savefig(tmp_path / "empty.png")
    chart.values = wave()
    plt.savefig(tmp_path / "wave.png")
    empty, full = (np.asarray(Image.open(tmp_path / name)) for name in ("empty.png", "wave.png"))
    assert not np.array_equal(empty, full)
    screen.close()


class Timer:
    """The rhythm of a window; the test is its loop."""

    def __init__(self, interval):
        self.interval = interval
        self.callbacks = []
        self.is_running = False

    def add_callback(self, callback):
        self.callbacks.append(callback)

    def start(self):
        self.is_running = True

    def stop(self):
        self.is_running = False


def test_a_window_draws_in_its_own_rhythm(monkeypatch):
    screen = backends.GuiWindow()
    canvas = screen.figure.canvas
    assert canvas.required_interactive_framework is None
    timers, draws = [], []
    monkeypatch.setattr(canvas, "required_interactive_framework", "test", raising=False)
    monkeypatch.setattr(canvas, "new_timer", lambda interval: timers.append(Timer(interval)) or timers[-1])
    monkeypatch.setattr(canvas, "draw_idle", lambda: draws.append(1))
    monkeypatch.setattr(screen.figure, "show", lambda: draws.append("shown"))
    screen.start(lambda: screen.draw() or True, 0.04)
    (timer,) = timers
    assert (timer.interval, timer.is_running, draws) == (40, True, ["shown"])
    timer.callbacks[0]()
    assert draws == ["shown", 1]
    screen.close()
    assert not timer.is_running
