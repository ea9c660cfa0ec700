"""``python -m jupyter_iot_kernel``, the command ``iot-kernel``: does the same as ``python -m iot_kernel``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jupyter_iot_kernel.name_clash import fault


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line, or says why this installation cannot.

    Args:
        arguments: without the program's name; the process's own when None.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    broken = fault()
    if broken is None:
        from iot_kernel.__main__ import main as kernel

        kernel(words)
        return
    print(broken, file=sys.stderr)  # noqa: T201  the log of the Jupyter server, or a terminal
    if "-f" not in words:
        sys.exit(1)
    from jupyter_iot_kernel.last_resort import run

    run(words[words.index("-f") + 1], broken)


if __name__ == "__main__":
    main()
