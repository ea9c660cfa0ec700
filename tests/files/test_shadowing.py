"""Files that hide modules of the firmware are found, and nothing else is taken for one."""

import pytest

from iot_kernel.files.shadowing import MOST, shadowing
from iot_kernel.snippets import SHADOWED
from tests.opened import opened

pytestmark = pytest.mark.board


@pytest.fixture(params=["unix", "wasm", "webrepl"])
def device(request):
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


def test_files_that_hide_modules(device):
    assert shadowing(device, "micropython") == []
    for path in ("/struct.py", "/lib/json.mpy", "/lib/hashlib/__init__.py", "/lib/heapq/x/os.py"):
        device.files.write(path, b"raise ValueError")
    for path in ("/binascii.txt", "/array", "/gc.py", "/ssl.pyc", "/d/os.py", "/mine.py"):
        device.files.write(path, b"")
    assert sorted(shadowing(device, "micropython")) == [
        "/lib/hashlib",
        "/lib/heapq",
        "/lib/json.mpy",
        "/struct.py",
    ]


def test_only_what_the_firmware_has(device):
    device.files.write("/bluetooth.py", b"")
    assert shadowing(device, "micropython") == []


def test_on_circuitpython_there_are_fewer(unix):
    with opened(unix) as device:
        for name in ("struct", "binascii"):
            device.files.write(f"/{name}.py", b"")
        assert shadowing(device, "circuitpython") == ["/binascii.py"]


def test_on_a_micro_bit_it_is_not_asked(microbit):
    with opened(microbit) as device:
        device.exec("f=open('json.py','w');f.close();del f")
        assert shadowing(device, "micropython") == []


def test_no_more_than_so_many(unix, monkeypatch):
    with opened(unix) as device:
        for name in sorted(SHADOWED):
            device.files.write(f"/lib/{name}.py", b"")
            device.files.write(f"/{name}.py", b"")
        assert len(shadowing(device, "micropython")) == MOST
