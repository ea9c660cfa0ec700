"""ipympl's canvas, drawn by a thread and operated by a user: what the browser gets is what was drawn.

The browser's side is `tests/browser/test_live_plot.py`.
"""

import io
import json
import threading
import time

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm
from ipywidgets.widgets.widget import _instances
from PIL import Image

from ukernel.pipes.live.figure import Chart, LiveFigure, figure_options
from ukernel.pipes.live.options import Look
from ukernel.pipes.live.widget_canvas import LiveCanvas, open_canvas

#: How ipympl makes its toolbar.
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments to super:DeprecationWarning")


@pytest.fixture
def sent(monkeypatch):
    """The messages to the browser: what they say, and the picture in them."""
    messages = []

    class Recorder(BaseComm):
        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
            messages.append((msg_type, data, [bytes(buffer) for buffer in buffers or ()]))

    monkeypatch.setattr(comm, "create_comm", Recorder)
    return messages


def pictures(sent):
    """What the browser has drawn, message by message."""
    found = []
    for kind, data, buffers in list(sent):
        if kind == "comm_msg" and data["method"] == "custom":
            content = json.loads(data["content"]["data"])
            if content["type"] == "binary":
                (png,) = buffers
                found.append(np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")))
    return found


def modes(sent):
    return {
        data["state"]["_image_mode"]
        for kind, data, _ in sent
        if kind in ("comm_open", "comm_msg") and "_image_mode" in data.get("state", {})
    }


class Widget:
    def __init__(self):
        self.figure = LiveFigure(**figure_options())
        self.canvas = open_canvas(self.figure)
        self.chart = Chart(self.figure, Look(window=100, ylim=(-1, 1)))
        self.phase = 0.0
        self.figure.refresh = lambda: self.chart.show(
            np.sin(np.arange(100) / 9 + self.phase)[None], f"adc · {self.phase}"
        )

    def pixels(self):
        return np.asarray(self.canvas.buffer_rgba()).copy()

    def say(self, kind, **more):
        """What the browser sends."""
        self.canvas._handle_message(self.canvas, {"type": kind, **more}, [])


@pytest.fixture
def widget(sent):
    made = Widget()
    yield made
    made.canvas.close_all()


def test_what_ipympl_has_to_have(sent):
    """Members that are used here and are no part of its interface."""
    canvas = Widget().canvas
    for name in ("_force_full", "_png_is_old", "_data_url", "syncing_data_url", "_handle_message"):
        assert hasattr(canvas, name), name
    assert canvas._force_full in (True, False)
    assert canvas.manager.web_sockets == [canvas]
    canvas.close_all()


def test_each_picture_is_whole(sent, widget):
    widget.say("initialized")
    for phase in range(4):
        widget.phase = phase
        widget.canvas.draw_moving()
        assert np.array_equal(pictures(sent)[-1], widget.pixels())
        widget.canvas.draw()
        assert np.array_equal(pictures(sent)[-1], widget.pixels())
    assert len(pictures(sent)) == 8
    assert modes(sent) <= {"full"}


def test_a_picture_that_has_not_changed_is_not_sent_twice(sent, widget):
    widget.canvas.draw()
    assert widget.canvas.get_diff_image() is None


def test_pictures_reach_a_browser_that_was_not_heard_yet(sent, widget):
    """A cell that draws and goes on to run keeps the browser's first message waiting."""
    widget.canvas.draw()
    assert np.array_equal(pictures(sent)[-1], widget.pixels())


def test_without_a_browser_the_notebook_gets_a_picture_now_and_then(sent, widget):
    for phase in range(20):
        widget.phase = phase
        widget.canvas.draw_moving()
    urls = [data["state"]["_data_url"] for _, data, _ in sent if "_data_url" in data.get("state", {})]
    urls = [url for url in urls if url]
    assert 1 <= len(urls) < 20
    assert all(url.startswith("data:image/png;base64,iVBOR") for url in urls)


def test_what_a_notebook_saves_is_the_last_picture(widget):
    first = widget.canvas.bundle()
    widget.phase = 2.0
    last = widget.canvas.bundle()
    assert set(last) == {"text/plain", "image/png", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert first["image/png"] != last["image/png"]


@pytest.mark.parametrize("size", [(300, 200), (900, 500)])
def test_it_can_be_resized(sent, widget, size):
    widget.say("initialized")
    widget.canvas.draw()
    widget.say("resize", width=size[0], height=size[1])
    widget.canvas.draw_moving()
    height, width, _ = pictures(sent)[-1].shape
    assert (width, height) == pytest.approx(size, abs=1)
    assert np.array_equal(pictures(sent)[-1], widget.pixels())


def test_keys_change_nothing(widget):
    widget.canvas.draw()
    widget.say("motion_notify", x=300, y=150, button=0, buttons=0, modifiers=[])
    for key in "lkgqs":
        widget.say("key_press", key=f"k{key}", guiEvent=None)
    axes = widget.figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")


def test_a_finer_screen_gets_finer_pictures(sent, widget):
    widget.say("initialized")
    widget.canvas.draw()
    widget.say("set_dpi_ratio", dpi_ratio=2)
    widget.canvas.draw_moving()
    coarse, fine = pictures(sent)[0], pictures(sent)[-1]
    assert fine.shape[:2] == (2 * coarse.shape[0], 2 * coarse.shape[1])
    widget.say("set_dpi_ratio", dpi_ratio=1)


def test_a_user_pans_and_saves_while_a_thread_draws(sent, widget):
    """Each picture is one that was drawn, whoever drew it, and the last one is right."""
    widget.say("initialized")
    widget.canvas.draw()
    drawn = []
    draw, draw_moving = LiveCanvas.draw, LiveCanvas.draw_moving
    errors, has_ended = [], threading.Event()

    def moves():
        try:
            while not has_ended.is_set():
                widget.phase += 0.1
                draw_moving(widget.canvas)
                time.sleep(0.01)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=moves)
    thread.start()
    event = {"button": 0, "buttons": 1, "modifiers": [], "guiEvent": None}
    widget.say("toolbar_button", name="pan")
    for step in range(12):
        for kind, x in (("button_press", 300), ("motion_notify", 310 + step), ("button_release", 310 + step)):
            widget.say(kind, x=x, y=150, step=0, **event)
        widget.say("draw")
        widget.canvas.bundle()
        drawn.append(widget.pixels())
        time.sleep(0.005)
    has_ended.set()
    thread.join()
    assert errors == []
    draw(widget.canvas)
    assert np.array_equal(pictures(sent)[-1], widget.pixels())
    assert modes(sent) <= {"full"}
    assert widget.figure.axes[0].get_xlim() != (-99, 0)
    shapes = {picture.shape for picture in pictures(sent)}
    assert shapes == {widget.pixels().shape}
    assert all((picture[:, :, 3] == 255).all() for picture in pictures(sent))


def test_closing_leaves_no_widget(sent):
    before = set(_instances)
    for _ in range(3):
        one = Widget()
        one.canvas.draw()
        one.canvas.close_all()
    assert set(_instances) == before
    assert [kind for kind, _, _ in sent].count("comm_open") == [kind for kind, _, _ in sent].count(
        "comm_close"
    )
