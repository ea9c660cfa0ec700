"""Modules that are in C wherever firmware has them: to import one has no effect but that it is there.

Some firmware adds names to them with Python of micropython-lib, which does no more. Left out is what other
firmware has in Python (``rp2``, ``ssl``, ``asyncio``, ``neopixel``), and what switches something on, as the
``wifi`` of CircuitPython does.
"""

from __future__ import annotations

_MICROPYTHON = frozenset(
    {
        *(
            "_thread",
            "array",
            "binascii",
            "bluetooth",
            "btree",
            "cmath",
            "collections",
            "cryptolib",
            "deflate",
        ),
        *("errno", "esp", "esp32", "framebuf", "gc", "hashlib", "heapq", "io", "json", "machine", "math"),
        *("micropython", "network", "os", "platform", "pyb", "random", "re", "select", "socket", "stm"),
        *("struct", "sys", "time", "tls", "uctypes", "ulab", "vfs", "websocket", "zephyr"),
    }
)

_CIRCUITPYTHON = frozenset(
    {
        *(
            "adafruit_bus_device",
            "adafruit_pixelbuf",
            "aesio",
            "alarm",
            "analogio",
            "audiobusio",
            "audiocore",
        ),
        *("audiomixer", "audiopwmio", "bitbangio", "bitmaptools", "board", "busio", "busdisplay", "countio"),
        *("digitalio", "displayio", "fontio", "fourwire", "frequencyio", "i2ctarget", "ipaddress", "keypad"),
        *(
            "microcontroller",
            "neopixel_write",
            "nvm",
            "onewireio",
            "pulseio",
            "pwmio",
            "rainbowio",
            "rotaryio",
        ),
        *("rtc", "sdcardio", "storage", "supervisor", "synthio", "terminalio", "touchio", "vectorio", "zlib"),
    }
)

_IN_C = _MICROPYTHON | _CIRCUITPYTHON


def is_in_c(module: str) -> bool:
    """Whether a module is one of these, by its name or as older firmware calls it: ``utime``."""
    return module in _IN_C or module.removeprefix("u") in _MICROPYTHON
