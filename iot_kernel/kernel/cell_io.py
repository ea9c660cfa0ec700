"""What the code of a cell talks with while it runs on a board."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_kernel.debugging.prompt.console import AskLine
from iot_kernel.repl.halves import Halves

if TYPE_CHECKING:
    from iot_kernel.device.device import Device


@dataclass(frozen=True, slots=True)
class CellIO:
    """The callbacks of one piece of a cell.

    Attributes:
        code: the text of the whole cell.
        on_output: takes what it prints; called on the thread that reads.
        on_error_text: takes what it writes to ``sys.stderr``, and what the user should know; from any thread.
        hold: waits for an event, which an interrupt sets, too.
        on_begin: as for `Device.run_cell`.
        on_survived: the same.
        on_input: the same.
        number: the same.
        name: of the cell, as ``In [3]``.
        ask: asks the user for a line; None where nobody can be asked.
        steps: it is run step by step, at the debugger's prompt.
        stops: and it stops at its first line.
    """

    code: str
    on_output: Callable[[str], None]
    on_error_text: Callable[[str], None]
    hold: Callable[[threading.Event], None]
    on_begin: Callable[[], None]
    on_survived: Callable[[], None]
    on_input: Callable[[str], None]
    number: int | None
    name: str = ""
    ask: AskLine | None = None
    steps: bool = False
    stops: bool = False


def run_plainly(device: Device, code: str, cell: CellIO) -> Halves[str | None]:
    """Runs code as it is; raises and returns what `Device.cell_execution` does."""
    return device.cell_execution(
        code,
        cell.on_output,
        on_begin=cell.on_begin,
        on_survived=cell.on_survived,
        on_input=cell.on_input,
        on_error_text=cell.on_error_text,
        number=cell.number,
    )
