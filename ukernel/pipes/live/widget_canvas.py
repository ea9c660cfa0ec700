"""ipympl's canvas for a live chart: drawn by a thread, and operated by the user at the same time.

Importing this loads ipympl.
"""

from __future__ import annotations

import time
from base64 import b64encode
from typing import Any

from ipympl.backend_nbagg import Canvas, FigureManager

from ukernel.pipes.live.figure import LiveFigure

#: s between pictures for a notebook that is run without a browser; they go into the notebook.
EMBEDDING_INTERVAL = 1.0


class LiveCanvas(Canvas):  # type: ignore[misc]  # ipympl has no annotations
    """A canvas that sends whole pictures, at once, whoever draws.

    ipympl's own sends differences, which go wrong when two threads draw, and asks the browser before it
    draws, which is not heard while a cell runs.
    """

    figure: LiveFigure

    def draw(self) -> None:
        """Draws everything and sends it."""
        with self.figure.lock:
            super().draw()

    def draw_moving(self) -> None:
        """Sends a new picture, and draws no more than it has to."""
        with self.figure.lock:
            if self.figure.draw_moving(self.get_renderer()):
                self._png_is_old = True
                self.manager.refresh_all()
            else:
                self.draw()

    def get_diff_image(self) -> bytes | None:
        """A whole picture; None where it has not changed."""
        with self.figure.lock:
            self._force_full = True
            png: bytes | None = super().get_diff_image()
            return png

    def send_binary(self, data: bytes) -> None:
        """Sends a picture; also before the browser has said that it is there."""
        if self.syncing_data_url and time.monotonic() >= self._embed_at:
            self._embed_at = time.monotonic() + EMBEDDING_INTERVAL
            self._data_url = f"data:image/png;base64,{b64encode(data).decode()}"
        self.send({"data": '{"type": "binary"}'}, buffers=[data])

    _embed_at = 0.0

    def bundle(self) -> dict[str, Any]:
        """What a notebook shows and saves: the widget, and a picture for where there are no widgets."""
        with self.figure.lock:
            data: dict[str, Any] = self._repr_mimebundle_()
            return data

    def close_all(self) -> None:
        """Closes the widgets: this, its toolbar and their layouts."""
        for widget in (self.toolbar.layout, self.toolbar, self.layout, self):
            widget.close()

    def _handle_message(self, widget: object, content: dict[str, Any], buffers: list[Any]) -> None:
        """Takes what the user does, while nobody draws."""
        with self.figure.lock:
            super()._handle_message(widget, content, buffers)


def open_canvas(figure: LiveFigure) -> LiveCanvas:
    """Gives a figure a canvas with a toolbar. pyplot knows nothing of it."""
    canvas = LiveCanvas(figure)
    manager = FigureManager(canvas, 1)
    # One of the keys makes an axis logarithmic, with numbers that are formulas; all are too easily hit.
    canvas.mpl_disconnect(manager.key_press_handler_id)
    canvas.header_visible = False
    canvas.footer_visible = False
    return canvas
