"""The process of host cells: a full IPython kernel with what stock ipykernel lacks as a sub-kernel.

Runs as ``python -P -m iot_kernel.subkernel.kernel -f FILE``, started and relayed by
`iot_kernel.subkernel.process`. It knows nothing of boards. It differs from ipykernel's own kernel in eleven
points; what of that needs private parts of ipykernel stands in `ipykernel_internals`:

- an interrupt reaches code that waits in ``await`` (stock: only when the next message happens to arrive);
- a first line ``%%host`` is read as blank and leading blank lines stay, so that line numbers and the
  debugger's hash of the cell are right;
- cells carry the numbers of the notebook, so that ``In [7]`` in a traceback and ``Out[7]`` are what the
  user sees;
- `%history` and its like know the cells that ran on boards, too;
- of a magic that is not defined it says what may have been meant, also where it is one of the kernel around
  it;
- of a module that only boards have it says where it can be imported;
- a widget's message that comes while a cell waits in ``await`` is answered by an idle, as any other is;
- it answers questions of the kernel around it about variables, which no frontend hears of;
- a shutdown waits a moment for the reply of an interrupted cell (stock: closes the socket under it, which
  logs an error);
- its last status is sent before the channels are closed;
- it dies with its parent, whatever its own threads do.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import leading_empty_lines

from iot_kernel.subkernel.channels import METADATA
from iot_kernel.subkernel.input_history import InputHistory
from iot_kernel.subkernel.ipykernel_internals import AppBase, SubkernelBase, explain_missing_magics
from iot_kernel.syntax.suggestions import not_defined
from iot_kernel.values.wire_format import REPLY, REQUEST

#: s for an interrupted cell to end and its reply to be sent; the parent kills this process soon after.
LAST_REPLY = 0.5

#: Modules that are imported on this computer by mistake.
BOARD_MODULES = frozenset({"machine", "micropython", "ucore"})

_HOST_LINE = re.compile(r"%%host[ \t]*(?:;[ \t]*)?(?:#[^\n]*)?\n?\Z")
_PACKAGES = frozenset({"site-packages", "dist-packages"})
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def first_lines(lines: list[str]) -> list[str]:
    """Makes a first line ``%%host`` blank, and keeps leading blank lines where IPython removes them.

    They have to go where IPython looks at the first line only: before a cell magic and before indented code.
    """
    start = _first_text(lines)
    if start < len(lines) and _HOST_LINE.match(lines[start]):
        lines = [*lines[:start], "\n", *lines[start + 1 :]]
        start = _first_text(lines)
    return lines[start:] if "".join(lines[start:]).startswith(("%%", " ", "\t")) else lines


def _first_text(lines: list[str]) -> int:
    """The index of the first line that is not blank."""
    return next((index for index, line in enumerate(lines) if line.strip()), len(lines))


class Subkernel(SubkernelBase):
    """The kernel of host cells."""

    msg_types = [*SubkernelBase.msg_types, REQUEST]  # noqa: RUF012  ipykernel declares it so
    unnoticed = frozenset({REQUEST})

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        assert self.shell is not None  # noqa: S101  it has just been made
        transforms = self.shell.input_transformer_manager.cleanup_transforms
        if leading_empty_lines in transforms:
            transforms.remove(leading_empty_lines)
        transforms.insert(0, first_lines)
        self._inputs = InputHistory(self.shell)
        self._magics_around: list[str] = []  # of the kernel that relays for this one
        explain_missing_magics(self.shell, self._unknown_magic)
        self.shell.set_custom_exc((ModuleNotFoundError,), explain_missing_module)

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: Mapping[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Runs a cell, or a piece of one, under the number that the notebook shows."""
        shell: Any = self.shell
        about = (cell_meta or {}).get(METADATA) or {}
        number, self._magics_around = about.get("execution_count"), about.get("magics", [])
        self._inputs.fill(about.get("earlier", ()))
        if number is not None and not silent:
            shell.execution_count = number
            if store_history:
                self._inputs.make_room(number)  # so that In[number] is this cell
        reply: dict[str, Any] = await super().do_execute(  # type: ignore[no-untyped-call]
            code, silent, store_history, user_expressions, allow_stdin, cell_meta=cell_meta, cell_id=cell_id
        )
        if number is not None and not silent:
            shell.execution_count = number + 1
        return reply

    async def values_request(self, stream: Any, ident: list[bytes], parent: dict[str, Any]) -> None:  # noqa: ANN401
        """Answers a question of the kernel around this one."""
        from iot_kernel.subkernel.variables import Variables

        data = b"".join(map(bytes, parent["buffers"]))
        answer, answered = Variables(self.shell).answer(parent["content"], data)
        assert self.session is not None  # noqa: S101  the application gave us one
        self.session.send(stream, REPLY, dict(answer), parent, ident, buffers=[answered])

    def _unknown_magic(self, kind: str, name: str) -> UsageError:
        """Says what may have been meant, also of the magics of the kernel around this one."""
        title = f"%%{name}" if kind == "cell" else f"%{name}"
        return UsageError(not_defined(title, self._magics_around, _titles(self.shell)))

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """Waits for the reply of the running cell. Runs on the control thread."""
        end = time.monotonic() + LAST_REPLY
        while self.handling and time.monotonic() < end:  # noqa: ASYNC110  a request of another loop
            await asyncio.sleep(0.01)
        reply: dict[str, Any] = super().do_shutdown(restart)  # type: ignore[no-untyped-call]
        return reply


def _titles(shell: Any) -> list[str]:  # noqa: ANN401  IPython has no annotations
    """How the shell's own magics are called."""
    known = shell.magics_manager.lsmagic()
    return [f"%{name}" for name in known["line"]] + [f"%%{name}" for name in known["cell"]]


def explain_missing_module(
    shell: Any,  # noqa: ANN401  IPython has no annotations
    kind: type[ModuleNotFoundError],
    error: ModuleNotFoundError,
    traceback: object,
    tb_offset: int | None = None,
) -> None:
    """Shows the error; of a module that only boards have it says where it can be imported."""
    if error.name in BOARD_MODULES:
        error.msg = f"{error} on this computer; boards have it: begin the cell with %%ucore"
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset, running_compiled_code=True)


def die_with_parent() -> None:
    """Has Linux kill this process when its parent dies.

    ipykernel's own watcher polls once a second in a thread, which code that never lets go of the
    interpreter starves. Other systems have to rely on it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ.get("JPY_PARENT_PID") or os.getppid()):
            os._exit(1)  # the parent died before the call above


class SubkernelApp(AppBase):
    """The application. It runs with ``-P``, so that no file of the user shadows a module while it starts."""

    def init_path(self) -> None:
        """Lets host cells import from the notebook's directory, behind the standard library."""
        packages = [i for i, path in enumerate(sys.path) if Path(path).name in _PACKAGES]
        sys.path.insert(packages[0] if packages else 0, "")


if __name__ == "__main__":
    die_with_parent()
    SubkernelApp.launch_instance(kernel_class=Subkernel)
