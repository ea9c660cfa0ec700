"""Modules that are in C wherever firmware has them: to import one has no effect but that it is there.

Some firmware adds names to them with Python of micropython-lib, which does no more. Left out is what other
firmware has in Python (``rp2``, ``ssl``, ``asyncio``, ``neopixel``), and what switches something on, as
``network`` and ``socket`` do on some chips.
"""

from __future__ import annotations

from iot_kernel.snippets import SHADOWED

_IN_C = frozenset(
    {
        *("_thread", "array", "binascii", "bluetooth", "btree", "cmath", "collections", "cryptolib"),
        *("deflate", "errno", "esp", "esp32", "framebuf", "gc", "hashlib", "heapq", "io", "json", "machine"),
        *("math", "micropython", "os", "platform", "pyb", "random", "re", "select", "stm", "struct", "sys"),
        *("time", "tls", "uctypes", "ulab", "vfs", "websocket"),
    }
)


def is_in_c(module: str) -> bool:
    """Whether a module is one of these, by its name or as older firmware calls it: ``utime``."""
    plain = module.removeprefix("u")
    return module in _IN_C or (plain in _IN_C and plain in SHADOWED)
