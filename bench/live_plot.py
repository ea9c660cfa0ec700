"""How smoothly live charts move: the pictures of one that a notebook gets, alone and beside cells that run.

Run ``python -m bench.live_plot``. The board is the virtual one and writes a thousand samples a second; what a
browser would get is taken from the kernel's messages. There is no peer; the limit is matplotlib alone, which
draws and packs a picture each 40 ms in a process that does the same beside it as the cell.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from jupyter_client.blocking.client import BlockingKernelClient
from PIL import Image

from bench.kernel_latency import TIMEOUT, jupyter_directories, kernel, reply_time
from bench.rows import Pair, Row, at_least, tell

SECONDS = 3.0  # in which pictures are counted
LEAST = {False: 0.6, True: 1.0}  # of the limit, alone or beside what computes: a chart draws less anew

#: Pictures a second of matplotlib alone.
BARE = """
    import io, sys, threading, time, numpy
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image
    seconds, samples, count = float(sys.argv[1]), numpy.arange(1000), 0
    figure = Figure()
    canvas, (line,) = FigureCanvasAgg(figure), figure.subplots().plot(samples, numpy.sin(samples / 30))
    begin = due = time.monotonic()
    def compute():
        while time.monotonic() < begin + seconds: pass
    if sys.argv[2] == "compute":
        threading.Thread(target=compute).start()
    while time.monotonic() < begin + seconds:
        line.set_ydata(numpy.sin(samples / 30 + count))
        canvas.draw()
        Image.fromarray(numpy.asarray(canvas.buffer_rgba())).save(io.BytesIO(), format="png")
        count += 1
        due = max(due + 0.04, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
    print(count / seconds)
"""

PRODUCE = """import _thread, math, struct, time, ucore
def produce():
    step, pipe = 0, ucore.open_pipe("adc")
    while ucore.is_pipe_open("adc"):
        pipe.write(struct.pack("<f", math.sin(step / 30)))
        step += 1
        time.sleep_ms(1)
_ = _thread.start_new_thread(produce, ())"""

START = """%%host
%matplotlib widget
import hashlib, time, numpy
from ukernel.pipes.live import live_plot
live_plot.live_plot("adc")"""

PIXELS = """%%host
live_plot.stop_live()
(live,) = live_plot._charts.values()
print(hashlib.sha256(numpy.asarray(live._screen.figure.canvas.buffer_rgba()).tobytes()).hexdigest())"""

COMPUTING = "a host cell that computes"

#: What runs beside a chart, for so many seconds.
BESIDE = {
    "nothing else": None,
    "a board cell": "import time; time.sleep({})",
    "a host cell that sleeps": "%%host\ntime.sleep({})",
    COMPUTING: "%%host\nend = time.time() + {}\nwhile time.time() < end: pass",
}


class Viewer:
    """A frontend as far as a chart can tell."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self._last = b""

    def greet(self) -> None:
        """Tells the newest canvas that a browser is there."""
        for message in self._messages(until=time.monotonic() + TIMEOUT):
            view = message["content"].get("data", {}).get("application/vnd.jupyter.widget-view+json")
            if message["msg_type"] == "display_data" and view:
                data = {"method": "custom", "content": {"type": "initialized"}}
                content = {"comm_id": view["model_id"], "data": data}
                self._client.shell_channel.send(self._client.session.msg("comm_msg", content))
                return

    def count(self, seconds: float) -> int:
        """Different pictures that come meanwhile."""
        seen = set()
        for message in self._messages(until=time.monotonic() + seconds):
            if (png := _picture(message)) is not None:
                seen.add(hashlib.sha256(png).digest())
                self._last = png
        return len(seen)

    def last(self) -> str:
        """A hash of the pixels of the last picture."""
        self.count(1.0)
        pixels = np.asarray(Image.open(io.BytesIO(self._last)).convert("RGBA"))
        return hashlib.sha256(pixels.tobytes()).hexdigest()

    def text(self, code: str) -> str:
        """Runs a cell; what it prints."""
        request, said = self._client.execute(code), ""
        for message in self._messages(until=time.monotonic() + TIMEOUT):
            self._last = _picture(message) or self._last
            if message["parent_header"].get("msg_id") == request:
                said += message["content"].get("text", "")
                if message["content"].get("execution_state") == "idle":
                    break
        self._client.get_shell_msg(timeout=TIMEOUT)
        return said.strip()

    def _messages(self, *, until: float) -> Iterator[dict[str, Any]]:
        while (remaining := until - time.monotonic()) > 0:
            if self._client.iopub_channel.socket.poll(remaining * 1000):
                yield self._client.get_iopub_msg(timeout=TIMEOUT)


def _picture(message: dict[str, Any]) -> bytes | None:
    """The picture in a message of ipympl's canvas."""
    data = message["content"].get("data", {})
    if message["msg_type"] != "comm_msg" or data.get("method") != "custom":
        return None
    said = json.loads(data["content"].get("data", "{}"))
    return bytes(message["buffers"][0]) if said.get("type") == "binary" else None


def measure() -> Iterator[Row]:
    """Measures everything; some thirty seconds."""
    with jupyter_directories(), kernel("iot") as (_, client):
        for cell in ("%connect sim://", PRODUCE):
            reply_time(client, cell)
        viewer = Viewer(client)
        client.execute(START)
        viewer.greet()
        viewer.count(2.0)
        for what, cell in BESIDE.items():
            yield _pictures(viewer, client, what, cell)
        drawn = viewer.text(PIXELS)
        same = viewer.last() == drawn
        yield Row("live chart, last picture", "as drawn" if same else "DIFFERENT", "", same, "no wrong pixel")


def _pictures(viewer: Viewer, client: BlockingKernelClient, what: str, cell: str | None) -> Row:
    if cell is not None:
        client.execute(cell.format(SECONDS + 1))
        viewer.count(0.5)
    rate = viewer.count(SECONDS) / SECONDS
    if cell is not None:
        viewer.count(1.5)
    computes = what == COMPUTING
    pair = Pair((rate,), (_bare(computes=computes),))
    return at_least(f"live chart beside {what}", pair, "pictures/s", LEAST[computes], of="limit", digits=1)


def _bare(*, computes: bool) -> float:
    command = [sys.executable, "-c", textwrap.dedent(BARE), str(SECONDS), "compute" if computes else "wait"]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
