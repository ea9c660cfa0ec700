"""Ctrl-C in the middle of a long message, on a slow wire: the cell ends as it should, the link goes on."""

import threading

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from tests.real_boards import kinds
from tests.ucore.conftest import Reader

pytestmark = pytest.mark.board


def test_ctrl_c_breaks_a_frame_off(tmp_path):
    with kinds.unix(tmp_path / "board", link="115200") as board:
        device = Device(board.url)
        device.open()
        reader = Reader(device)
        reader.run("pipe = ucore.open_pipe('adc')\ndata = (bytes(range(256)) * 256)[:-1]")
        for number in range(40):
            printed = []
            delay = 0.04 + 0.03 * (number % 10)  # most of them find the board in the middle of a frame
            threading.Timer(delay, device.interrupt).start()
            with pytest.raises(DeviceError) as caught:
                device.run_cell("while True: pipe.write(data)", printed.append)
            assert caught.value.ename == "KeyboardInterrupt"
            assert "Traceback" in caught.value.traceback
            assert reader.run("print('next')") == (None, "next\n")
            if reader.hub.damaged >= 2:
                break
        assert reader.hub.damaged >= 2
        reader.run("pipe.write(b'after')")
        reader.wait(lambda: reader.messages.get("adc", [b""])[-1] == b"after")
        assert reader.hub.pipe("adc").lost
        assert not any(reader.messages["adc"][:-1])
        device.close()
