"""What a test needs of a board, by the words of ``@pytest.mark.needs``, and whether a board has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from iot_kernel.errors import UsageError

if TYPE_CHECKING:
    import iot_kernel

#: bytes of heap that only external RAM has: chips have 1 MB inside at most, and such RAM 2 MB at least.
_PSRAM = 1_500_000

#: Features, each an expression that is true, or raises nothing, on a board that has it.
FEATURES = {
    "asyncio": "__import__('asyncio')",
    "bluetooth": "__import__('bluetooth')",
    "machine": "__import__('machine')",
    "network": "__import__('network')",
    "psram": f"(lambda gc: gc.mem_free() + gc.mem_alloc())(__import__('gc')) > {_PSRAM}",
    "threads": "__import__('_thread')",
}

#: What CircuitPython calls them.
_OTHER_NAMES = {"bluetooth": "__import__('_bleio')", "network": "__import__('wifi')"}

#: What ``sys.platform`` is on MicroPython's ports, and on computers.
PORTS = frozenset(
    {
        *("alif", "cc3200", "esp32", "esp8266", "microbit", "mimxrt", "nrf51", "nrf52", "pyboard"),
        *("renesas-ra", "rp2", "samd", "webassembly", "zephyr", "darwin", "linux", "win32"),
    }
)

IMPLEMENTATIONS = frozenset({"circuitpython", "micropython"})


class Features:
    """What one board has; each feature is asked for once."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    def missing(self, device: iot_kernel.Device, words: Iterable[str]) -> str:
        """Says what a board lacks.

        Args:
            device: the board.
            words: features, names of ports, and ``port:NAME``. Of several ports one will do, and of several
                implementations.

        Returns:
            Why a test cannot run there; empty when it can.

        Raises:
            UsageError: a word means nothing.
        """
        info = device.info
        words = list(words)
        features = [word for word in words if word in FEATURES]
        ports = [word.removeprefix("port:") for word in words if word not in {*FEATURES, *IMPLEMENTATIONS}]
        languages = [word for word in words if word in IMPLEMENTATIONS]
        for word in words:
            _check(word, info.platform)
        lacks = [word for word in features if not self._has(device, word)]
        if ports and info.platform.lower() not in {port.lower() for port in ports}:
            lacks.append(f"port {' or '.join(ports)}")
        if languages and info.implementation not in languages:
            lacks.append(" or ".join(languages))
        if not lacks:
            return ""
        return f"needs {', '.join(lacks)}; this board is {info.implementation} on {info.platform}"

    def _has(self, device: iot_kernel.Device, feature: str) -> bool:
        if feature not in self._known:
            expressions = [FEATURES[feature], *filter(None, [_OTHER_NAMES.get(feature)])]
            self._known[feature] = any(_is_true(device, expression) for expression in expressions)
        return self._known[feature]


def _check(word: str, platform: str) -> None:
    known = word in FEATURES or word in PORTS or word in IMPLEMENTATIONS
    if not known and not word.startswith("port:") and word.lower() != platform.lower():
        raise UsageError(
            f"needs({word!r}): this is no feature ({', '.join(FEATURES)}), no implementation "
            f"({', '.join(sorted(IMPLEMENTATIONS))}), and no known port ({', '.join(sorted(PORTS))}); "
            f"write 'port:{word}' for a port that is not among them"
        )


def _is_true(device: iot_kernel.Device, expression: str) -> bool:
    import iot_kernel

    try:
        return "1" in device.exec(f"print(1 if {expression} else 0)", timeout=10)
    except iot_kernel.DeviceError as error:
        if error.ename in {"ImportError", "ModuleNotFoundError", "AttributeError", "NameError"}:
            return False
        raise
