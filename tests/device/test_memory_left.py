"""How much memory boards have left, and what their answers may be."""

import re

import pytest

from iot_kernel.device.device import Device
from iot_kernel.device.memory_left import MemoryLeft, ask_memory_left
from iot_kernel.errors import IoTKernelError
from tests.each import each
from tests.real_boards import kinds


@pytest.fixture(scope="module", params=["unix", "wasm", "microbit"])
def device(request, tmp_path_factory):
    make = getattr(kinds, request.param)
    with make(tmp_path_factory.mktemp("board")) if request.param == "unix" else make() as board:
        device = Device(board.url)
        device.open()
        yield device
        device.close()


def test_memory_of_real_boards(device):
    left = ask_memory_left(device.answer_when_idle, platform=device.platform)
    assert 1000 < left.free < 1 << 32
    assert left.largest > 500
    device.exec("big = bytearray(2000)")
    assert ask_memory_left(device.answer_when_idle, platform=device.platform).free < left.free - 1000
    device.exec("del big")
    assert "__iot_memory_left__" not in device.exec("print(dir())")


def test_variables_of_the_user_s_are_no_builtins(device):
    device.exec("print = gc = micropython = Exception = getattr = None")
    assert ask_memory_left(device.answer_when_idle, platform=device.platform).largest > 500
    device.exec("del print, gc, micropython, Exception, getattr")


INFO = "GC: total: 64000, used: 9, free: 8\n No. of 1-blocks: 2, max blk sz: 3, max free sz: 100"


@each(
    ("told", "left"),
    [
        (f"5000 16 {INFO}\n", MemoryLeft(5000, 1600)),
        (f"5000 32 stack: 1 of 2\nfrom a thread\n{INFO}\n", MemoryLeft(5000, 3200)),
        (f"5000 16 {INFO}, max new split: 70000\n", MemoryLeft(5000, 70000)),
        ("5000 16 ", MemoryLeft(5000)),
        ("", None),
        ("x", None),
        ("-1 16 ", None),
        ("9" * 100 + " 16 ", None),
    ],
)
def test_answers(told, left):
    def execute(code):
        return f"noise\x1e{re.search('x1e([0-9a-f]{6})', code)[1]}{told}\x1fnoise"

    assert ask_memory_left(execute) == left


def test_no_answer():
    with pytest.raises(IoTKernelError):
        ask_memory_left(lambda code: "")
