"""Pipes from a board, in any Python process; see `iot_kernel.pipes`. Importing this loads nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_kernel.pipes.client import Pipe, subscribe
from iot_kernel.pipes.collecting import LossWarning, collect
from iot_kernel.pipes.framing import PipeError
from iot_kernel.pipes.timed import Timed

if TYPE_CHECKING:
    from iot_kernel.pipes.plot import live_plot, stop_live
    from iot_kernel.pipes.recording import Recording, record
    from iot_kernel.pipes.streams import Stream, stream

__all__ = [
    "LossWarning",
    "Pipe",
    "PipeError",
    "Recording",
    "Stream",
    "Timed",
    "collect",
    "live_plot",
    "record",
    "stop_live",
    "stream",
    "subscribe",
]

_LATER = {
    "live_plot": "plot",
    "stop_live": "plot",
    "record": "recording",
    "Recording": "recording",
    "stream": "streams",
    "Stream": "streams",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"iot_kernel.pipes.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
