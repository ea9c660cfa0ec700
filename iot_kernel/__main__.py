"""``python -m iot_kernel``: starts the kernel or a bridge, installs and removes kernelspecs, shows help."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Sequence

from iot_kernel.urls import __version__

WRONG_ARGUMENTS = 2  # the exit status, as argparse has it

HELP = """\
usage: iot-kernel COMMAND [-h]

A Jupyter kernel for MicroPython and CircuitPython boards. Jupyter starts it: run 'jupyter lab', and
choose "IoT Kernel".

commands:
  install     make the kernels known to all of your Jupyters
  uninstall   remove what 'install' made
  bridge      publish the pipes of a board at an MQTT broker, without a notebook

options:
  -h, --help  show this text; behind a command, show its options
  --version   show the version

'python -m iot_kernel' does the same. Without a command, or with '-f FILE', a kernel is started.
"""


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
    if words and words[0] in ("-h", "--help", "--help-all", "--version"):
        print(__version__ if words[0] == "--version" else HELP.rstrip())  # noqa: T201  a command line
        return
    if words and not words[0].startswith("-"):
        print(f"there is no command {words[0]!r}\n\n{HELP}", end="", file=sys.stderr)  # noqa: T201
        sys.exit(WRONG_ARGUMENTS)
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
