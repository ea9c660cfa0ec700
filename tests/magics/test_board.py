"""%softreset, %hardreset: on the virtual board, on a micro:bit, and on a firmware that cannot reset."""

import pytest

from iot_kernel.errors import ConnectError, ConnectReason, DeviceError, NotConnectedError, UsageError
from tests.magics.conftest import connected, known

ROW = "!" * 31


@pytest.fixture(params=["unix", "microbit_process"])
def bit(request, notebook, devices):
    """A notebook that is connected to a board called ``bit``."""
    return connected(notebook, known(request.getfixturevalue(request.param).url), devices)


def banner(what):
    return f"\n{ROW}\n!!!!!   {what} ...     !!!!!\n{ROW}\n\n"


def test_softreset_clears_variables_and_the_cell_goes_on(bit):
    with pytest.raises(DeviceError) as caught:
        bit.run('a = 5\n%softreset\nprint("this will fail ...")\nprint(a)\n')
    assert bit.plain == banner("softreset") + "this will fail ...\n"
    assert f"\x1b[46m\x1b[31m{ROW}\x1b[0m" in bit.stdout
    assert caught.value.traceback.split("\n")[:2] == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 2, in <module>',
    ]
    assert caught.value.ename == "NameError"


def test_quiet_softreset(bit):
    bit.run("a = 5")
    assert bit.run("%softreset -q\nprint(1)") == "1\n"
    with pytest.raises(DeviceError):
        bit.run("a")


def test_hardreset_shows_how_the_board_boots_and_ends_in_a_blank_line(bit):
    bit.run("a = 5")
    text = bit.run("%hardreset -t 0.3")
    assert text.startswith(banner("hardreset") + "MicroPython v1.")
    assert text.endswith("\n\n")
    with pytest.raises(DeviceError, match="NameError"):
        bit.run("a")


@pytest.mark.parametrize("magic", ["%softreset", "%hardreset"])
def test_no_banner_announces_a_reset_that_no_board_can_do(notebook, monkeypatch, magic):
    with pytest.raises(NotConnectedError):
        notebook.run(magic)

    def gone():
        raise ConnectError("serial:///dev/ttyACM0", ConnectReason.MISSING, "there is no such serial port")

    monkeypatch.setattr(notebook.session, "device", gone)
    with pytest.raises(ConnectError):
        notebook.run(magic)
    assert notebook.stdout == ""


def test_hardreset_where_the_firmware_has_none(notebook, wasm):
    notebook.run(f"%connect {wasm.url}")
    with pytest.raises(DeviceError, match="no function that resets"):
        notebook.run("%hardreset")
    assert notebook.run("print(1)") == "1\n"


@pytest.mark.parametrize("time", ["0", "-1", "soon", "nan", "1e9"])
def test_hardreset_refuses_times_that_are_none(bit, time):
    with pytest.raises(UsageError, match="argument -t/--time: "):
        bit.run(f"%hardreset -t {time}")
    assert bit.stdout == ""
