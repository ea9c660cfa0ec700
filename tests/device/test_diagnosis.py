"""What is said when something else answers than the board that was expected."""

import pytest

from iot_kernel.device.diagnosis import another_board, no_prompt
from iot_kernel.device.info import DeviceInfo
from iot_kernel.errors import ConnectReason


@pytest.mark.parametrize(
    ("received", "interrupted", "reason", "text"),
    [
        (b"", False, ConnectReason.TIMEOUT, "%connect"),
        (b"\r\n", False, ConnectReason.TIMEOUT, "a program may be running"),
        (b"", True, ConnectReason.TIMEOUT, "nothing answers"),
        (b"\xff\xfe\x80abc", True, ConnectReason.NOT_A_BOARD, "baud"),
        (b"login: ", True, ConnectReason.NOT_A_BOARD, "'login:'"),
        ("\x1b]0;🐍code.py | 9.2.9\x1b\\".encode(), False, ConnectReason.TIMEOUT, "a program may be running"),
        (b"\x1b[2Jmenu", True, ConnectReason.NOT_A_BOARD, "'?[2Jmenu'"),
    ],
)
def test_no_prompt(received, interrupted, reason, text):
    error = no_prompt("serial:///dev/ttyX", received, interrupted=interrupted)
    assert error.reason is reason
    assert text in str(error)
    assert str(error).startswith("serial:///dev/ttyX: ")


def test_what_is_shown_is_short():
    assert len(str(no_prompt("x://", b"y" * 100_000, interrupted=True))) < 300


def test_another_board():
    before, now = (DeviceInfo(uid, "micropython", "1", "esp32") for uid in ("aa:bb", "cc:dd"))
    text = str(another_board("x://", before, now))
    assert "cc:dd instead of aa:bb" in text
