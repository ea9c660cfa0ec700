"""The process of host cells: a full IPython kernel with what stock ipykernel lacks as a sub-kernel.

Runs as ``python -P -m iot_kernel.host_kernel -f FILE``, started and relayed by `iot_kernel.host`. It knows
nothing of boards. It differs from ipykernel's own kernel in four points:

- an interrupt reaches code that waits in ``await`` (stock: only when the next message happens to arrive);
- a first line ``%%host`` is read as blank, so that line numbers and the debugger's hash of the cell stay
  right;
- cells carry the numbers of the notebook, so that ``In [7]`` in a traceback and ``Out[7]`` are what the
  user sees;
- it dies with its parent, whatever its own threads do.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

#: Key in an execute request's metadata under which the relay sends the cell's number.
METADATA = "iot_kernel"

_HOST_LINE = re.compile(r"%%host[ \t]*\n?\Z")
_PACKAGES = frozenset({"site-packages", "dist-packages"})
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def blank_host_line(lines: list[str]) -> list[str]:
    """Makes a first line ``%%host`` blank; drops it before another cell magic, which has to come first."""
    if not lines or not _HOST_LINE.match(lines[0]):
        return lines
    if len(lines) > 1 and lines[1].startswith("%%"):
        return lines[1:]
    return ["\n", *lines[1:]]


class HostKernel(IPythonKernel):
    """The kernel of host cells."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        assert self.shell is not None  # noqa: S101
        # Behind IPython's own first transform, which removes leading blank lines.
        self.shell.input_transformer_manager.cleanup_transforms.insert(1, blank_host_line)

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
        """Runs a cell under the number that the notebook shows."""
        if store_history and not silent:
            self._count_up_to(((cell_meta or {}).get(METADATA) or {}).get("execution_count", 0))
        reply: dict[str, Any] = await super().do_execute(  # type: ignore[no-untyped-call]
            code, silent, store_history, user_expressions, allow_stdin, cell_meta=cell_meta, cell_id=cell_id
        )
        return reply

    def _count_up_to(self, count: int) -> None:
        """Skips numbers that other cells of the notebook took, so that ``In[n]`` is this cell's text."""
        shell: Any = self.shell
        skipped = count - shell.execution_count
        if skipped > 0:
            shell.execution_count = count
            shell.history_manager.input_hist_parsed.extend([""] * skipped)
            shell.history_manager.input_hist_raw.extend([""] * skipped)

    @contextmanager
    def _cancel_on_sigint(self, future: asyncio.Future[Any]) -> Iterator[None]:
        """Cancels ``future`` on SIGINT and wakes the loop, which stock ipykernel does not."""
        loop = asyncio.get_running_loop()
        saved = signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(future.cancel))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, saved)


def die_with_parent() -> None:
    """Has Linux kill this process when its parent dies.

    ipykernel's own watcher polls once a second in a thread, which code that never lets go of the
    interpreter starves. Other systems have to rely on it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ.get("JPY_PARENT_PID") or os.getppid()):
            os._exit(1)  # the parent died before the call above


class HostApp(IPKernelApp):
    """The application. It runs with ``-P``, so that no file of the user shadows a module while it starts."""

    def init_path(self) -> None:
        """Lets host cells import from the notebook's directory, behind the standard library."""
        packages = [i for i, path in enumerate(sys.path) if Path(path).name in _PACKAGES]
        sys.path.insert(packages[0] if packages else 0, "")


if __name__ == "__main__":
    die_with_parent()
    HostApp.launch_instance(kernel_class=HostKernel)
