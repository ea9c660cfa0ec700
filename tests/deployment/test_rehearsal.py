"""Rehearsals: what a program does on a virtual board with the board's files, and what that lacks."""

import pytest

from iot_kernel.deployment import rehearsal
from iot_kernel.deployment.rehearsal import board_files, rehearse
from iot_kernel.deployment.switch import look
from iot_kernel.deployment.watch import ProgramState
from tests.each import each

pytestmark = pytest.mark.board

SECONDS = 0.4
FIRMWARE = {"machine", "time", "esp32", "sys"}


def rehearsed(main, there=None, **modules):
    contents = {"main.py": main.encode()} | {f"{name}.py": data.encode() for name, data in modules.items()}
    return rehearse(contents, there or {}, FIRMWARE, SECONDS)


def test_a_main_loop_is_up_after_the_time():
    found = rehearsed("import time, part\nwhile True: time.sleep(.1)", part="print('part')")
    assert (found.watched.state, found.watched.output) == (ProgramState.RUNS, "part\n")
    assert found.lacking == ()


def test_an_error():
    found = rehearsed("import time\n\ntime.nothing()")
    assert found.watched.state is ProgramState.FAILED
    assert 'File "/.deploy/1/main.py", line 3' in found.watched.output


def test_it_has_the_files_of_the_board():
    source = "import stored\nprint(stored.x, open('/data/a.txt').read())"
    found = rehearsed(
        source, {"/lib/stored.py": b"x = 5", "/data/a.txt": b"text", "/boot.py": b"print('boot')"}
    )
    assert found.watched.output == "boot\n5 text\n"


@each(
    "source, lacking",
    [
        ("import esp32", ("esp32",)),
        ("import machine\nfrom machine import I2C", ("machine.I2C",)),
        ("import machine\nmachine.I2C(0)", ("machine.I2C",)),
        ("import machine as m\nm.SPI(1)", ("machine.SPI",)),
    ],
)
def test_what_only_the_virtual_board_lacks_is_no_mistake(source, lacking):
    found = rehearsed(source)
    assert (found.lacking, found.is_stopped_by_lack) == (lacking, True)


def test_modules_compiled_for_another_board_are_no_mistake():
    found = rehearsed("import stored", {"/lib/stored.mpy": b"M\x01\x00\x1f"})
    assert found.watched.output.endswith("ValueError: incompatible .mpy file\n")
    assert found.is_stopped_by_lack


def test_what_modules_of_the_board_lack_is_no_mistake():
    found = rehearsed("import stored", {"/lib/stored.py": b"import esp32"})
    assert (found.lacking, found.is_stopped_by_lack) == (("esp32",), True)


@each("source", ["import machine\nmachine.Pin\nimport nothing", "import machine\ndef f(): machine.I2C\n1/0"])
def test_other_errors_are_mistakes(source):
    found = rehearsed(source)
    assert (found.watched.state, found.is_stopped_by_lack) == (ProgramState.FAILED, False)


def test_what_is_lacking_and_not_reached_is_told():
    found = rehearsed("try:\n import esp32\nexcept ImportError: print('without')")
    assert (found.watched.state, found.lacking) == (ProgramState.ENDED, ("esp32",))


def test_files_of_the_board(device, monkeypatch):
    device.files.write_files(
        {
            "/lib/a.py": b"1",
            "/main.py": b"2",
            "/.deploy/1/main.py": b"3",
            "/data.bin": bytes(500),
            "/more.bin": bytes(400),
        }
    )
    state = look(device)
    assert board_files(device.files, state.tree, state.layout) == (
        {"/lib/a.py": b"1", "/more.bin": bytes(400), "/data.bin": bytes(500)},
        "",
    )
    monkeypatch.setattr(rehearsal, "MOST_BYTES", 450)
    assert board_files(device.files, state.tree, state.layout) == (
        {"/lib/a.py": b"1", "/more.bin": bytes(400)},
        "1 larger file of the board (500 bytes) was not there",
    )
