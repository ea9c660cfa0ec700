"""``python -m iot_kernel``: starts the kernel or a bridge, or installs and removes the kernelspecs."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line.

    Args:
        arguments: without the program's name; the process's own when None.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and words[0] in ("install", "uninstall"):
        from iot_kernel.kernel.kernelspec import main as install

        sys.exit(install(words))
    if words and words[0] == "bridge":
        from iot_kernel.bridge.command import main as bridge

        sys.exit(bridge(words[1:]))
    ended: list[bool] = []
    atexit.register(_leave, ended)  # the first one to be registered is the last one to run
    from iot_kernel.kernel.app import IoTKernelApp

    IoTKernelApp.launch_instance(words)
    ended.append(True)


def _leave(ended: Sequence[bool]) -> None:
    """Ends the process at once after all exit handlers, unless it fails.

    Python would take all of its objects apart first. That keeps a processor busy for a tenth of a second, and
    who restarts the kernel waits for it. No code of the user is in this process, so no object needs it.
    """
    if ended:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
