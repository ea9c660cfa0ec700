"""Says which cells the lines of a board's traceback came from. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from iot_kernel.deployment.layout import DIRECTORY
from iot_kernel.device.traceback import frames_of

if TYPE_CHECKING:
    from iot_kernel.deployment.prepare import Prepared

_INSIDE = re.compile(rf"(?:^|/){re.escape(DIRECTORY)}/\d+/(?P<path>.+)$")


def told(prepared: Prepared, output: str) -> list[str]:
    """Names the cells, and files of this computer, of a traceback in what a program printed."""
    return list(dict.fromkeys(_places(prepared, output)))


def _places(prepared: Prepared, output: str) -> Iterator[str]:
    for frame in frames_of(output):
        if (inside := _INSIDE.search(frame.file)) is None:
            continue
        path = inside["path"]
        if place := prepared.program.place(path, frame.line):
            yield f"{path}, line {frame.line} is {place}"
        elif path in prepared.origins:
            yield f"{path}, line {frame.line} is {prepared.origins[path]}"
