"""Pipes from a board, in any Python process: what notebooks and scripts import.

    from ukernel.pipes import subscribe, collect, record, replay, live_plot

`discovery` finds the kernel by what `endpoints` reads, `client` reads a pipe, and the other modules make
arrays, files and charts of it. `framing` specifies what a kernel and a subscriber say to each other. This
package is quick to import: names that need NumPy, Matplotlib or asyncio are loaded when they are used. Never:
an import of ``iot_kernel``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ukernel.pipes.client import Pipe, subscribe
from ukernel.pipes.collecting import EndWarning, LossWarning, collect
from ukernel.pipes.framing import PipeError
from ukernel.pipes.timed import Timed
from ukernel.pipes.timed_pipes import TimedPipes

__all__ = [
    "EndWarning",
    "LossWarning",
    "Pipe",
    "PipeError",
    "Recording",
    "RecordingError",
    "Replay",
    "Stream",
    "Timed",
    "TimedPipes",
    "collect",
    "live_plot",
    "record",
    "replay",
    "stop_live",
    "stream",
    "subscribe",
]

_LATER = {
    "live_plot": "live.live_plot",
    "stop_live": "live.live_plot",
    "record": "recording",
    "Recording": "recordings.tape",
    "RecordingError": "recordings.formats",
    "replay": "replaying",
    "Replay": "replaying",
    "stream": "aio",
    "Stream": "aio",
}

if TYPE_CHECKING:
    from ukernel.pipes.aio import Stream, stream
    from ukernel.pipes.live.live_plot import live_plot, stop_live
    from ukernel.pipes.recording import record
    from ukernel.pipes.recordings.formats import RecordingError
    from ukernel.pipes.recordings.tape import Recording
    from ukernel.pipes.replaying import Replay, replay
else:

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
