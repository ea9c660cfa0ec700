"""What may be imported for a question, on boards with real firmware."""

import pytest

from iot_kernel.device import lookup
from iot_kernel.device.device import Device
from iot_kernel.device.modules_in_c import is_in_c
from tests.real_boards import kinds

#: What firmware adds to with Python: the virtual board its pins, the WebAssembly port micropython-lib.
ADDED_TO = {"unix": {"machine"}, "wasm": {"binascii", "collections", "io", "os", "time"}}


@pytest.mark.parametrize("kind", ["unix", "wasm"])
def test_none_is_in_python(kind, tmp_path):
    with kinds.unix(tmp_path / "board") if kind == "unix" else kinds.wasm() as board:
        device = Device(board.url)
        device.open()
        listed = lookup.firmware_modules(device.exec, platform=device.platform)
        in_c = [name for name in listed if is_in_c(name)]
        device.exec(f"found = [name for name in {in_c!r} if hasattr(__import__(name), '__file__')]")
        assert set(device.eval("found")) == ADDED_TO[kind]
        device.close()
    assert {"cmath", "framebuf", "machine", "math", "time"} & set(in_c) > {"math", "time"}


@pytest.mark.parametrize(
    "name",
    ["asyncio", "rp2", "ssl", "neopixel", "main", "u", "wifi", "ucore", "umath", "network", "zlib", ""],
)
def test_others(name):
    assert not is_in_c(name)


@pytest.mark.parametrize("name", ["machine", "utime", "uctypes"])
def test_names_of_older_firmware(name):
    assert is_in_c(name)
