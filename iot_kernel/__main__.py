"""``python -m iot_kernel``: starts the kernel or a bridge, or installs and removes the kernelspecs."""

from __future__ import annotations

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
    from iot_kernel.kernel.app import IoTKernelApp

    IoTKernelApp.launch_instance(words)


if __name__ == "__main__":
    main()
