"""Which boards are known to stop nowhere, and how that reads in a narrow panel."""

from types import SimpleNamespace

from iot_kernel.device.cannot_debug import why_never
from tests.each import each

NARROW = 20  # characters of a value in JupyterLab's panel as it opens


def board(platform, implementation="micropython"):
    return SimpleNamespace(platform=platform, info=SimpleNamespace(implementation=implementation))


@each(
    "device, word",
    [
        (board("microbit"), "10 KB"),
        (board("webassembly"), "reads nothing"),
        (board("rp2040", "circuitpython"), "CircuitPython"),
    ],
)
def test_it_says_why_and_what_to_do(device, word):
    error = why_never(device)
    assert word in str(error)
    assert "; " in error.why
    assert 0 < len(error.in_short) <= NARROW
    assert 0 < len(error.instead) <= NARROW


@each("device", [board("esp32"), board("linux"), SimpleNamespace(platform="", info=None)])
def test_all_others_may_be_possible(device):
    assert why_never(device) is None
