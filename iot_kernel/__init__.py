"""A Jupyter kernel for MicroPython and CircuitPython boards, and the same boards for scripts.

    import iot_kernel

    with iot_kernel.connect("pico") as board:
        board.exec("print('hello')")

`iot_kernel.api.public` lists what is public; `iot_kernel.aio` has the same for asyncio. All else is private,
and may change with any release. Importing this package loads nothing else: public names are loaded when the
first of them is used, and packages are imported by name. Beside them stand a few small modules that many
packages use. Never: a module here that knows boards, cells or magics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__distribution__ = "jupyter-iot-kernel"  # says that this file is ours: see jupyter_iot_kernel.name_clash

if TYPE_CHECKING:
    from iot_kernel.api.public import *  # noqa: F403  what `__getattr__` loads
else:

    def __getattr__(name: str) -> object:
        if name.startswith("__") and name not in {"__all__", "__version__"}:  # asked of every module
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from iot_kernel.api import public

        if name != "__all__" and name not in public.__all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(public, name)

    def __dir__() -> list[str]:
        from iot_kernel.api import public

        return sorted({*globals(), *public.__all__})
