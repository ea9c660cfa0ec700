"""From power-on to reset: what runs, what is said, and what stays."""

import re

import pytest

from iot_kernel.errors import ConnectionLostError
from tests.virtual_board.firmware.dialogue import RAW_BANNER

pytestmark = pytest.mark.board


@pytest.fixture
def files(unix):
    unix.directory.mkdir()
    return unix.directory


class TestPowerOn:
    def test_runs_boot_and_main(self, files, switch_on):
        (files / "boot.py").write_text("print('boot')\na = 1\n")
        (files / "main.py").write_text("print('main', a, __name__)\n")
        assert switch_on().hear(b">>> ").startswith(b"boot\r\nmain 1 __main__\r\nMicroPython v")

    def test_goes_on_after_an_error(self, files, switch_on):
        (files / "boot.py").write_text("x = 1\nundefined\n")
        (files / "main.py").write_text("print('main')\n")
        heard = switch_on().hear(b">>> ")
        assert heard.startswith(
            b'Traceback (most recent call last):\r\n  File "boot.py", line 2, in <module>'
        )
        assert b"\r\nmain\r\n" in heard

    def test_the_users_namespace_is_empty(self, raw):
        assert raw.run("print(dir())") == b"['__name__']\r\n"

    def test_module_names_are_free(self, files, switch_on):
        """The program that is the board must not be in the way of files with the same names."""
        for name in ("repl", "terminal", "registers", "execute", "firmware", "paste", "interrupts"):
            (files / f"{name}.py").write_text("mine = True\n")
        board = switch_on()
        board.enter_raw()
        board.run("import repl, terminal, registers, execute, firmware, paste, interrupts")
        assert board.run("print(repl.mine, paste.mine)") == b"True True\r\n"

    def test_imports_from_the_root_and_from_lib(self, files, switch_on):
        (files / "one.py").write_text("number = 1\n")
        (files / "lib").mkdir()
        (files / "lib" / "two.py").write_text("number = 2\n")
        board = switch_on()
        board.enter_raw()
        assert board.run("import one, two, sys\nprint(one.number, two.number, sys.path)") == (
            b"1 2 ['', '.frozen', '/lib']\r\n"
        )


class TestSoftReset:
    def test_raw(self, files, switch_on):
        (files / "boot.py").write_text("print('boot')\n")
        (files / "main.py").write_text("print('main')\n")
        board = switch_on()
        board.enter_raw()
        board.run("gone = 1")
        board.say(b"\x04")
        board.expect(b"OK\r\nMPY: soft reboot\r\nboot\r\n" + RAW_BANNER)
        assert b"NameError" in board.fail("gone")

    def test_friendly(self, files, switch_on):
        (files / "main.py").write_text("print('main')\n")
        board = switch_on()
        board.hear(b">>> ")
        assert re.fullmatch(
            rb'\r\nMPY: soft reboot\r\nmain\r\nMicroPython v[^\n]+\nType "help\(\)" for more [^\n]+\n>>> ',
            board.ask(b"\x04", b">>> "),
        )

    @pytest.mark.parametrize(
        "code", ["import sys\nsys.exit()", "raise SystemExit", "import machine\nmachine.soft_reset()"]
    )
    def test_by_program(self, raw, code):
        raw.say(code.encode() + b"\x04")
        raw.expect(b"OK\x04\x04MPY: soft reboot\r\n" + RAW_BANNER)

    def test_exit_of_main(self, files, switch_on):
        (files / "main.py").write_text(
            "import os\nif 'again' not in os.listdir():\n open('again', 'w').close()\n raise SystemExit\n"
        )
        assert switch_on().hear(b">>> ").startswith(b"MPY: soft reboot\r\nMicroPython")

    def test_ends_threads(self, raw):
        raw.run(
            "import _thread, time\ndef tell():\n while True:\n  print('still here')\n  time.sleep_ms(5)\n"
            "_thread.start_new_thread(tell, ())"
        )
        raw.hear(b"still here")
        raw.ask(b"\x04", b"soft reboot\r\n")
        raw.hear(RAW_BANNER)
        raw.say(b"import time\ntime.sleep_ms(100)\x04")
        raw.expect(b"OK\x04\x04>")

    def test_ends_busy_threads_that_collect_garbage(self, raw):
        for _ in range(10):
            raw.run(
                "import _thread\ndef busy():\n while True: [i for i in range(100)]\n"
                "for _ in range(3): _thread.start_new_thread(busy, ())"
            )
            raw.ask(b"\x04", RAW_BANNER)


class TestHardReset:
    @pytest.mark.parametrize(
        "caller", ["{}()", "import _thread, time\n_thread.start_new_thread({}, ())\ntime.sleep(60)"]
    )
    def test_starts_from_scratch_on_the_same_link(self, files, switch_on, caller):
        (files / "boot.py").write_text("print('boot')\n")
        (files / "main.py").write_text("print('main')\n")
        board = switch_on()
        board.enter_raw()
        board.say(b"import machine\n" + caller.format("machine.reset").encode() + b"\x04")
        board.expect(b"OKboot\r\nmain\r\nMicroPython v")
        board.hear(b">>> ")

    def test_cannot_be_caught(self, raw):
        raw.say(b"import machine\ntry: machine.reset()\nfinally: print('caught')\x04")
        assert b"caught" not in raw.hear(b">>> ")


class TestOff:
    def test_an_interpreter_that_dies_is_a_lost_board(self, raw, unix):
        unix.kill()
        raw.over()
        assert "signal 9" in str(raw.lost)
        with pytest.raises(ConnectionLostError):
            raw.say(b"1")

    def test_no_program_outlives_its_link(self, raw, unix):
        raw.say(b"while True: pass\x04")
        raw.expect(b"OK")
        raw.close()
        assert unix.processes() == []

    def test_files_stay(self, switch_on):
        board = switch_on()
        board.enter_raw()
        board.run("with open('kept.txt', 'w') as file: file.write('here')")
        board.close()
        board = switch_on()
        board.enter_raw()
        assert board.run("print(open('/kept.txt').read())") == b"here\r\n"
