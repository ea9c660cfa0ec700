"""The board's side of pipes on firmware that has less, played on the virtual board by modules that lack much.

Without ``sys.stdout.buffer``, as on CircuitPython, LF leaves the board as CR LF. There may be no CRC-32, and
no integers of more than 31 bits to make up for it.
"""

import random

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from tests.ucore.conftest import Reader

pytestmark = pytest.mark.board

NO_BUFFER = """
import sys
class Output:
    def write(data, send=sys.stdout.buffer.write):
        send(data.replace(b'\\n', b'\\r\\n'))
        return len(data)
class Sys:
    stdout = Output
    modules = sys.modules
    platform = sys.platform
sys.modules['sys'] = Sys
"""
NO_CRC = """
import sys
class Binascii: pass
sys.modules['binascii'] = sys.modules['ubinascii'] = Binascii
"""
NO_LONG = """
import builtins
class Int(int):
    def from_bytes(data, order):
        raise OverflowError
builtins.int = Int
"""
NO_CLOCK = """
import sys, time
class Time:
    def monotonic_ns(): return 1 << 60
    sleep = time.sleep
sys.modules['time'] = sys.modules['utime'] = Time
"""
FIRMWARE = {
    "circuitpython": NO_CLOCK + NO_BUFFER,
    "no crc": NO_CRC,
    "neither": NO_CRC + NO_BUFFER,
    "no long integers": NO_LONG + NO_CRC + NO_CLOCK + NO_BUFFER,
}


@pytest.fixture(params=FIRMWARE)
def reader(request, unix):
    device = Device(unix.url)
    device.open()
    device.exec(FIRMWARE[request.param])
    has = "[hasattr(__import__('sys').stdout, 'buffer'), hasattr(__import__('binascii'), 'crc32')]"
    assert device.eval(has) == [request.param == "no crc", request.param == "circuitpython"]
    yield Reader(device)
    device.close()


def test_messages(reader):
    contents = [
        b"",
        b"a",
        bytes(range(256)),
        b"\x01\x04>\xfd\xfe\n" * 100,
        b"\n\r\n",
        random.Random(1).randbytes(9000),
    ]
    reader.check_messages(contents)


def test_the_longest_message(reader):
    reader.run("pipe = ucore.open_pipe('adc')")
    assert reader.run("pipe.write((bytes(range(256)) * 256)[:-1])")[0] == "True"
    assert reader.of("adc", 1) == [(bytes(range(256)) * 256)[:-1]]
    with pytest.raises(DeviceError) as caught:
        reader.run("pipe.write(bytes(65536))")
    assert caught.value.ename == "ValueError"


def test_samples_among_text(reader):
    code = "for i in range(300):\n  print(i)\n  p.write(bytes((i & 255, 10, 4, 62)))"
    assert reader.run(f"with ucore.open_pipe('adc') as p:\n {code}")[1] == "".join(
        f"{i}\n" for i in range(300)
    )
    reader.wait(lambda: reader.ends == ["adc"])
    assert reader.messages["adc"] == [bytes((number & 255, 10, 4, 62)) for number in range(300)]


def test_the_boards_time(reader):
    reader.run("pipe = ucore.open_pipe('adc', timestamps=True)\npipe.write(b'abcd')\npipe.write(b'')")
    assert reader.of("adc", 2) == [b"abcd", b""]


def test_a_thread(reader):
    """What has less may have threads."""
    body = "for i in range(500): pipe.write(bytes((i & 255,)))"
    reader.run(f"pipe = ucore.open_pipe('adc')\ndef produce():\n {body}\n pipe.close()")
    reader.run("import _thread\n_thread.start_new_thread(produce, ())")
    for number in range(20):
        assert reader.run(f"{number} + 1")[0] == str(number + 1)
    reader.wait(lambda: reader.ends == ["adc"])
    assert reader.messages["adc"] == [bytes((number & 255,)) for number in range(500)]
