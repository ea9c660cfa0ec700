"""Ctrl-C in the middle of a long message, on a slow wire: the cell ends as it should, the link goes on."""

import threading

import pytest

from iot_kernel.device import Device
from iot_kernel.errors import DeviceError
from tests.boards import kinds
from tests.ucore.conftest import Reader

pytestmark = pytest.mark.board


def test_ctrl_c_breaks_a_frame_off(tmp_path):
    with kinds.unix(tmp_path / "board", link="115200") as board:
        device = Device(board.url)
        device.open()
        reader = Reader(device)
        reader.run("pipe = ucore.open_pipe('adc')\ndata = (bytes(range(256)) * 256)[:-1]")
        while reader.hub.damaged < 2:  # most times Ctrl-C finds the board in the middle of a frame
            printed = []
            threading.Timer(0.07, device.interrupt).start()
            with pytest.raises(DeviceError) as caught:
                device.run_cell("while True: pipe.write(data)", printed.append)
            assert caught.value.ename == "KeyboardInterrupt"
            assert "Traceback" in caught.value.traceback
            assert reader.run("print('next')") == (None, "next\n")
        reader.run("pipe.write(b'after')")
        reader.wait(lambda: reader.messages.get("adc", [b""])[-1] == b"after")
        assert reader.hub.pipe("adc").lost
        assert not any(reader.messages["adc"][:-1])
        device.close()
