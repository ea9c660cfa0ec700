"""Where a live chart is seen: as a widget, a picture that changes, in a window, or nowhere. Needs Matplotlib.

Which of them depends on Matplotlib's backend and on whether this is a Jupyter kernel.
"""

from __future__ import annotations

import importlib
import io
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ukernel.pipes.live.figure import LiveFigure, figure_options

_WIDGET_BACKENDS = {"widget", "ipympl", "module://ipympl.backend_nbagg"}

#: s between pictures that are sent as outputs of a cell, which frontends put into the document each time.
OUTPUT_INTERVAL = 0.1

ADVICE = (
    "This chart is a picture that is replaced. For one that can be zoomed and moves more smoothly,\n"
    "run this first: %matplotlib widget\n"
)

_told: set[str] = set()  # what has been said once


class Screen(ABC):
    """Shows a figure."""

    figure: LiveFigure
    #: a thread shall call `draw` again and again; otherwise `start` has seen to what is needed
    is_pushed = True
    #: s between drawings, at least
    interval = 0.0

    @abstractmethod
    def start(self, tick: Callable[[], bool], interval: float) -> None:
        """Shows the figure for the first time.

        Args:
            tick: for screens with a rhythm of their own: draws if there is something new; false at the end.
            interval: s between calls of it.
        """

    @abstractmethod
    def draw(self) -> None:
        """Shows what is new."""

    def keep(self) -> None:  # noqa: B027  where the picture is an output of the cell, the file has it
        """Leaves the picture where the notebook's file will have it."""

    def close(self) -> None:  # noqa: B027
        """Frees everything but the last picture."""


def open_screen(name: str) -> Screen:
    """Opens the best screen there is.

    Args:
        name: of the chart, for those who cannot see it.
    """
    backend = matplotlib.get_backend().lower()
    publisher = _publisher()
    if publisher is None:
        return GuiWindow()
    if backend in _WIDGET_BACKENDS:
        return Widget(publisher, name)
    return ReplacedPicture(publisher, name)


def _publisher() -> Any:  # noqa: ANN401  IPython has no annotations
    """What shows outputs in this process if it is a Jupyter kernel. Loads nothing."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None else None
    return shell.display_pub if hasattr(shell, "kernel") else None


def _text(name: str) -> str:
    """The text for frontends that show no pictures."""
    return f"<live chart of pipe {name!r}>"


class _Display:
    """An output of a cell. It changes also while another cell runs, and is never captured by one."""

    def __init__(self, publisher: Any) -> None:  # noqa: ANN401
        self._publisher = publisher
        self._id = uuid4().hex
        self._is_shown = False

    def show(self, data: dict[str, Any]) -> None:
        self._publisher.publish(data, metadata={}, transient={"display_id": self._id}, update=self._is_shown)
        self._is_shown = True


class Widget(Screen):
    """An interactive figure in a notebook, by ipympl."""

    def __init__(self, publisher: Any, name: str) -> None:  # noqa: ANN401
        self.figure = LiveFigure(**figure_options())
        self._text = _text(name)
        # Loads ipympl, which only its own users have to have.
        self._canvas = importlib.import_module("ukernel.pipes.live.widget_canvas").open_canvas(self.figure)
        self._display = _Display(publisher)

    def start(self, tick: Callable[[], bool], interval: float) -> None:
        """Shows the widget."""
        self.keep()

    def draw(self) -> None:
        """Sends a picture to the widget."""
        self._canvas.draw_moving()

    def keep(self) -> None:
        """Puts the picture beside the widget, which is not in the file."""
        self._display.show(self._canvas.bundle() | {"text/plain": self._text})

    def close(self) -> None:
        """Leaves the picture in place of the widget."""
        self._display.show({"text/plain": self._text, "image/png": self._canvas.bundle()["image/png"]})
        self._canvas.close_all()


class ReplacedPicture(Screen):
    """A picture in a notebook's output that is replaced again and again."""

    interval = OUTPUT_INTERVAL

    def __init__(self, publisher: Any, name: str) -> None:  # noqa: ANN401
        self.figure = LiveFigure(**figure_options())
        self._canvas: Any = FigureCanvasAgg(self.figure)
        self._text = _text(name)
        self._display = _Display(publisher)

    def start(self, tick: Callable[[], bool], interval: float) -> None:
        """Shows the picture, and once how to get a better one."""
        self.draw()
        if "widget" not in _told:
            _told.add("widget")
            sys.stdout.write(ADVICE)

    def draw(self) -> None:
        """Replaces the picture."""
        with self.figure.lock:
            if not self.figure.draw_moving(self._canvas.get_renderer()):
                self._canvas.draw()
            pixels = np.asarray(self._canvas.buffer_rgba())
            png = io.BytesIO()
            Image.fromarray(pixels).save(png, "png")
        self._display.show({"text/plain": self._text, "image/png": png.getvalue()})


class GuiWindow(Screen):
    """A figure of pyplot: in a window, or where there is none, up to date whenever it is drawn or saved."""

    is_pushed = False

    def __init__(self) -> None:
        from matplotlib import pyplot as plt

        figure = plt.figure(FigureClass=LiveFigure, **figure_options())
        assert isinstance(figure, LiveFigure)  # noqa: S101  for the type checker
        self.figure = figure
        self._timer: Any = None

    def start(self, tick: Callable[[], bool], interval: float) -> None:
        """Has the window's own loop draw."""
        if getattr(self.figure.canvas, "required_interactive_framework", None) is None:
            return
        self._timer = self.figure.canvas.new_timer(interval=round(interval * 1000))
        self._timer.add_callback(tick)
        self.figure.canvas.mpl_connect("close_event", lambda _: self._timer.stop())
        self._timer.start()
        self.figure.show()

    def draw(self) -> None:
        """Has the window drawn when its loop has time."""
        self.figure.canvas.draw_idle()

    def close(self) -> None:
        """Closes the figure."""
        from matplotlib import pyplot as plt

        if self._timer is not None:
            self._timer.stop()
        plt.close(self.figure)
