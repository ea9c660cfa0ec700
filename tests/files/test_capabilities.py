"""What firmware has for files, as it says itself; what its clock means; how much goes at once."""

import pytest

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.capabilities import EPOCH_2000, Capabilities
from tests.each import each

ESP32 = (True, True, True, True, "sha256", 2000, 160_000)
MICROBIT = (False, False, False, False, "adler32", 1970, 6208)


def test_from_an_answer():
    esp32 = Capabilities.from_answer([ESP32])
    assert esp32.algorithm == "sha256"
    assert esp32.digest_snippets == ["pieces", "digest_hashlib"]
    assert Capabilities.from_answer([MICROBIT]).digest_snippets == ["pieces_small", "digest_adler32"]


@each("answers", [[], [ESP32, ESP32], [ESP32[:-1]], [(*ESP32[:4], "md5", 1970, 1)], [(1,)]])
def test_from_nonsense(answers):
    with pytest.raises(RemoteProtocolError):
        Capabilities.from_answer(answers)


@each(
    ("epoch", "seconds", "expected"),
    [
        (1970, 1_700_000_000, 1_700_000_000),
        (2000, 1_700_000_000 - EPOCH_2000, 1_700_000_000),
        (2000, 30, None),  # half a minute after switching on, never set
        (1970, 0, None),
        (1970, EPOCH_2000 + 30, None),
        (1970, -5, None),
        (1970, 1_700_000_000.5, 1_700_000_000),
        (1970, 1 << 50, None),
        (1970, None, None),
    ],
)
def test_times(epoch, seconds, expected):
    capabilities = Capabilities.from_answer([(*ESP32[:5], epoch, 1)])
    assert capabilities.host_time(seconds) == expected


def test_pieces_fit_into_the_memory():
    assert Capabilities.from_answer([MICROBIT]).unit == 64
    assert Capabilities.from_answer([ESP32]).unit == 2496
    assert Capabilities.from_answer([(*ESP32[:6], 8_000_000)]).unit == 4096
    assert Capabilities.from_answer([(*ESP32[:6], 25_000)]).unit == 384
    assert Capabilities.from_answer([(*ESP32[:6], 0)]).unit == 64
