"""Has a program come up? On a virtual board, with every way in which it may not."""

import pytest

from iot_kernel.deployment.layout import stub
from iot_kernel.deployment.watch import LONGEST_BOOT, ProgramState, watch
from iot_kernel.device import board_connection

pytestmark = pytest.mark.board

SECONDS = 0.4


def watched(device, source, *, seconds=SECONDS):
    device.files.write_files(
        {
            "/.deploy/1/main.py": b"print('the old one')",
            "/.deploy/1/.on": b"",
            "/.deploy/2/main.py": source.encode(),
            "/.deploy/2/.try": b"",
            "/main.py": stub("/"),
        }
    )
    shown = []
    found = watch(device, 2, seconds, shown.append)
    assert "".join(shown).startswith(found.output)
    assert len("".join(shown)) < 10 * LONGEST_BOOT
    return found


def test_a_program_that_goes_on(device):
    found = watched(device, "import time\nwhile True:\n print('tick')\n time.sleep(.1)")
    assert (found.state, found.is_up) == (ProgramState.RUNS, True)
    assert set(found.output.split()) == {"tick"}


def test_a_program_that_ends(device):
    found = watched(device, "print('done')")
    assert (found.state, found.is_up, found.output) == (ProgramState.ENDED, True, "done\n")
    assert device.eval("1") == 1


def test_an_error(device):
    found = watched(device, "print('soon')\n1/0")
    assert (found.state, found.is_up) == (ProgramState.FAILED, False)
    assert found.output.startswith('soon\nTraceback (most recent call last):\n  File "main.py"')
    assert found.output.endswith(
        'File "/.deploy/2/main.py", line 2, in <module>\nZeroDivisionError: divide by zero\n'
    )


def test_an_error_whose_traceback_was_lost(device, monkeypatch):
    """A port of the board's own is not there yet when a program fails at once."""
    restart = device.restart
    monkeypatch.setattr(device, "restart", lambda on_output, *, seconds: restart(seconds=seconds))
    found = watched(device, "def f():\n    1/0\nf()")
    assert found.state is ProgramState.FAILED
    assert found.output.startswith('Traceback (most recent call last):\n  File "main.py"')
    assert found.output.endswith('"/.deploy/2/main.py", line 2, in f\nZeroDivisionError: divide by zero\n')


def test_text_that_comes_when_watching_has_ended_in_the_middle_of_a_line(device, monkeypatch):
    restart, is_waiting, late = device.restart, device.is_waiting, []

    def restart_cut(on_output, *, seconds):
        text = []
        restart(text.append, seconds=seconds)
        line, end, rest = "".join(text).partition("\n")
        on_output(line)
        late.append(end + rest)

    def ask(on_output):
        on_output(late.pop())
        return is_waiting(on_output)

    monkeypatch.setattr(device, "restart", restart_cut)
    monkeypatch.setattr(device, "is_waiting", ask)
    assert watched(device, "print('soon')\n1/0").output.startswith("soon\nTraceback")


def test_an_error_that_the_program_tells_and_survives(device):
    found = watched(device, "import sys\ntry:\n 1/0\nexcept Exception as e:\n sys.print_exception(e)")
    assert found.state is ProgramState.ENDED
    assert "ZeroDivisionError" in found.output


def test_a_mistake_that_only_the_board_finds(device):
    assert watched(device, "x = (").state is ProgramState.FAILED


@pytest.mark.parametrize("end", ["import machine\nmachine.reset()", "import sys\nsys.exit()"])
def test_a_program_that_restarts_the_board_is_started_once(device, end):
    found = watched(device, f"print('new')\n{end}")
    assert (found.state, found.is_up) == (ProgramState.RESTARTED, False)
    assert found.output.replace("MPY: soft reboot\n", "") == "new\nthe old one\n"


def test_a_board_on_which_another_main_is(device):
    device.files.write("/main.py", b"print('what?')")
    assert watch(device, 2, SECONDS).state is ProgramState.RESTARTED


def test_a_program_that_does_not_let_itself_be_interrupted(device, monkeypatch):
    monkeypatch.setattr(board_connection, "CONNECT_TIMEOUT", 1.0)
    source = "import time\nwhile True:\n try:\n  while True: time.sleep(.01)\n except KeyboardInterrupt: pass"
    found = watched(device, source)
    assert (found.state, found.is_up) == (ProgramState.SILENT, False)
    device.hard_reset(quiet=0.1)
    assert device.eval("1") == 1


def test_a_program_that_prints_without_end(device):
    found = watched(device, "while True: print('x' * 1000)")
    assert (found.state, len(found.output)) == (ProgramState.RUNS, LONGEST_BOOT)


def test_a_program_that_prints_what_the_firmware_prints(device):
    text = "MicroPython v1.25.0 on x; y\nType help\n>>> "
    found = watched(device, f"print({text!r})\nprint('more')")
    assert (found.state, found.output) == (ProgramState.ENDED, text + "\nmore\n")
