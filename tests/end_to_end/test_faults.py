"""What goes wrong in the world: each time one clear error that says what to do, and the next cell works."""

import os
import pty
import re
import threading
import tty

import pytest
import serial

from tests.end_to_end.notebook import Notebook, virtual
from tests.free_ports import free_port

pytestmark = pytest.mark.board

MEGABYTE = 1_000_000


def failed(cell, *words):
    """One error, with words that say what happened and what to do; no traceback of ours."""
    assert cell.status == "error"
    shown = cell.text("stderr") + "".join("\n".join(error["traceback"]) for error in cell.of("error"))
    assert len(cell.of("error")) <= 1
    assert "iot_kernel/" not in shown
    for word in words:
        assert word in shown, shown
    return shown


def works(notebook):
    """The kernel lives and the next board cell works."""
    assert notebook.run("40 + 2").result == "42"


def goes_on(notebook):
    """After a failed %connect nothing runs on the board before, until the user says so."""
    shown = failed(notebook.run("40 + 2"), "OtherBoardError", "is still connected")
    assert notebook.run(re.search(r"'(%connect [^']*)' goes on", shown)[1]).status == "ok"
    works(notebook)


class Port:
    """A serial port (a pseudo-terminal) with something at its other end."""

    def __init__(self, answer=None):
        self.ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        self._theirs = theirs
        self._answer = answer
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        heard = b""
        while not self._ended.is_set():
            try:
                heard += os.read(self.ours, 4096)
            except OSError:
                return
            if b"\x18\x18\x18" in heard:
                return
            if self._answer and (answer := self._answer(heard)) is not None:
                heard = b""
                os.write(self.ours, answer)

    def close(self):
        self._ended.set()
        os.write(self._theirs, b"\x18\x18\x18")
        self._thread.join()
        os.close(self._theirs)
        os.close(self.ours)


@pytest.fixture(scope="module")
def free():
    """A second notebook, for boards that a test breaks."""
    with Notebook("iot") as notebook:
        yield notebook


@pytest.fixture
def other(free):
    """The second notebook without a board; a test that takes one lets it be disconnected before it goes."""
    free.late.clear()
    yield free
    free.run("%disconnect")


@pytest.fixture
def port():
    ports = []

    def make(answer=None):
        ports.append(Port(answer))
        return ports[-1]

    yield make
    for each in ports:
        each.close()


class TestConnecting:
    def test_a_port_that_is_not_there(self, board):
        failed(board.run("%connect serial:///dev/ttyNOTHERE"), "/dev/ttyNOTHERE", "no such serial port")
        goes_on(board)

    def test_a_port_that_another_program_has(self, board, port):
        busy = port()
        with serial.Serial(busy.path, exclusive=True):
            failed(board.run(f"%connect serial://{busy.path}"), "in use by another program", "close it")
        goes_on(board)

    def test_a_port_that_is_no_board_and_garbage_at_the_wrong_baud_rate(self, board, other, port):
        """Each is given all the time that a board has to answer, so they have it together."""
        other.connect("other")
        login = port(lambda heard: b"\r\nlogin: ")
        garbage = port(lambda heard: b"\xfe\x80\x00\xf8\xfc" * 9)
        first = board.send(f"%connect serial://{login.path}")
        second = other.send(f"%connect serial://{garbage.path}")
        failed(board.finish(first), "login:", "no board")
        failed(other.finish(second), "baud")
        goes_on(board)
        goes_on(other)

    @pytest.mark.parametrize("magic", ["%connect", "%register"])
    def test_an_interrupt_while_a_board_is_waited_for(self, board, port, magic):
        silent = port()
        with board.soon(board.manager.interrupt_kernel):
            cell = board.run(f"{magic} serial://{silent.path}")
        assert cell.ename == "KeyboardInterrupt"
        assert failed(cell, "KeyboardInterrupt").count("\n") == 0
        works(board) if magic == "%register" else goes_on(board)

    def test_nobody_listens(self, board):
        number = free_port()
        failed(board.run(f"%connect ws://127.0.0.1:{number}"), f"127.0.0.1:{number}", "is WebREPL started")
        shown = failed(board.run(f"%connect socket://127.0.0.1:{number}"), "serves the serial port started")
        assert "WebREPL" not in shown
        goes_on(board)

    def test_wrong_password(self, webrepl, monkeypatch):
        monkeypatch.setenv("IOT_WEBREPL_PASSWORD", "wrong-one")
        with Notebook("iot") as notebook:
            shown = failed(notebook.run(f"%connect {webrepl.url}"), "it came from IOT_WEBREPL_PASSWORD")
            assert "wrong-one" not in shown
            notebook.connect("after-all")
            works(notebook)

    def test_no_password(self, board, webrepl):
        failed(board.run(f"%connect {webrepl.url}"), "password", "put webrepl_pwd = '...' into /")
        goes_on(board)

    def test_an_unknown_kind_of_address(self, board):
        failed(board.run("%connect gopher://board"), "serial://", "sim://")
        goes_on(board)

    def test_a_name_nobody_has(self, board):
        failed(board.run("%connect nobody"), "nobody", "%discover")
        goes_on(board)

    def test_a_board_that_boots_for_three_seconds(self, unix, other):
        assert other.run(f"%connect {unix.url}&boot=3").status == "ok"
        works(other)

    def test_a_board_busy_in_main(self, unix, other):
        unix.directory.mkdir()
        (unix.directory / "main.py").write_text("while True: pass")
        assert other.run(f"%connect {unix.url}").status == "ok"
        works(other)

    def test_two_kernels_at_one_board(self, unix, monkeypatch):
        monkeypatch.setenv("JPY_SESSION_NAME", "/home/someone/lab/lamp.ipynb")
        with Notebook("iot") as first, Notebook("iot") as second:
            assert first.run(f"%connect {unix.url}").status == "ok"
            failed(second.run(f"%connect {unix.url}"), "lab/lamp.ipynb", "%disconnect")
            works(first)
            assert first.run("%disconnect").status == "ok"
            assert second.run(f"%connect {unix.url}").status == "ok"
            works(second)

    def test_no_board(self):
        with Notebook("iot") as notebook:
            failed(notebook.run("1"), "%discover", "%connect", "sim://")
            assert notebook.run("%%host\n1").result == "1"


class TestCells:
    def test_a_syntax_error(self, board):
        failed(board.run("print(1)\ndef f(:"), "SyntaxError", "line 2")
        works(board)

    @pytest.mark.parametrize(
        ("code", "hint"),
        [("if True:\n    %info", "has to start in the first column"), ("x = 1\nprint?", "help(print)")],
    )
    def test_ipython_s_syntax_where_only_python_s_goes(self, board, code, hint):
        failed(board.run(code), "SyntaxError", "line 2", hint)
        works(board)

    def test_a_megabyte_of_code(self, board):
        cell = board.run("# " + "x" * MEGABYTE + "\nprint('end')")
        assert cell.text() == "end\n"
        works(board)

    def test_megabytes_of_output(self, board):
        """More than is sent at once: servers take a megabyte a second."""
        cell = board.run("for i in range(40000): print('x' * 99)")
        assert len(cell.text()) == 4 * MEGABYTE
        works(board)

    def test_output_with_the_end_mark(self, board):
        cell = board.run("print('a' + chr(4) + 'b')\n7")
        assert (cell.text(), cell.result) == ("ab\n", "7")
        cell = board.run("print('a\\x04b')\n1/0")
        assert failed(cell, "ZeroDivisionError", "line 2")
        assert cell.ename == "ZeroDivisionError"
        cell = board.run("print('a\\x04\\x04>', end='')\nimport time\ntime.sleep(0.3)\nprint('b')")
        assert (cell.status, cell.text()) == ("ok", "a>b\n")
        assert board.run("1").text() == ""
        works(board)

    def test_output_that_looks_like_a_restart(self, board):
        board.run("kept = 5")
        code = "print('raw REPL; CTRL-B to exit\\n>', end='')\nimport time\ntime.sleep(0.3)\nprint('x')"
        cell = board.run(code)
        assert (cell.status, cell.text()) == ("ok", "raw REPL; CTRL-B to exit\n>x\n")
        assert board.run("kept").result == "5"
        assert board.late_text() == ""

    def test_a_stop_that_the_cell_catches(self, board):
        with board.soon(board.manager.interrupt_kernel):
            cell = board.run("n = 0\ntry:\n    while True: n += 1\nexcept KeyboardInterrupt: pass\nn > 0")
        assert (cell.status, cell.result) == ("ok", "True")

    def test_a_stop_that_parks_a_motor(self, board):
        with board.soon(board.manager.interrupt_kernel):
            cell = board.run(
                "import time\ntry:\n    while True: pass\nfinally:\n    time.sleep(4)\n    print('parked')"
            )
        assert cell.ename == "KeyboardInterrupt"
        assert cell.text() == "parked\n"
        assert "once more" in cell.text("stderr")

    def test_a_cell_that_is_indented_as_a_whole(self, board):
        assert board.run("    if True:\n        print('in')\n    8").result == "8"
        assert board.run("\ufeff9").result == "9"

    def test_split_and_invalid_utf8(self, board):
        cell = board.run(
            "import sys, time\nfor b in (b'\\xe2', b'\\x82', b'\\xac', b'\\xff', b'\\n'):\n"
            "    _ = sys.stdout.buffer.write(b)\n    time.sleep(0.05)"
        )
        assert cell.text() == "€\\xff\n"
        works(board)

    def test_a_reset_in_the_middle(self, board):
        failed(board.run("print('before')\nimport sys\nsys.exit()"), "reset", "variables are gone")
        works(board)

    def test_unplugged_in_the_middle(self, unix, other):
        assert other.run(f"%connect {unix.url}\na = 1").status == "ok"
        with other.soon(unix.kill):
            failed(other.run("while True: pass"), "lost the connection", "next board cell")
        cell = other.run("'a' in globals()")
        assert cell.result == "False"
        assert "variables are gone" in other.late_text() + cell.text() + cell.text("stderr")

    def test_unplugged_between_cells(self, unix, other):
        assert other.run(f"%connect {unix.url}\na = 1").status == "ok"
        other.late.clear()
        unix.kill()
        other.wait_for_late("lost the connection")
        assert other.run("%%host\n1").status == "ok"
        works(other)

    def test_unplugged_and_not_plugged_in_again(self, microbit, other):
        assert other.run(f"%connect {microbit.url}").status == "ok"
        microbit.kill()
        failed(other.run("1"), microbit.url)
        assert other.run("%%host\n1").result == "1"
        microbit.start()
        works(other)

    def test_more_code_than_memory(self, microbit, other):
        assert other.run(f"%connect {microbit.url}").status == "ok"
        failed(other.run("x = '" + "y" * 20_000 + "'"), "free memory", "split the cell")
        works(other)


class TestMagics:
    @pytest.mark.parametrize(
        ("cell", "words"),
        [
            ("%nosuch", ["Line magic nosuch not defined", "%lsmagic"]),
            ("%%nosuch\n1", ["Cell magic %%nosuch not defined", "%lsmagic"]),
            ("%inof", ["did you mean %info?"]),
            ("%%ucroe\n1", ["did you mean %%ucore?"]),
            ("%%host\n%timit x", ["did you mean %timeit?"]),
            ("%%host\n%timeit -z 1", ["option -z not recognized"]),
            ("%%host\n%name", ["Line magic name not defined on the host", "without %%host"]),
            ("%%connect --host\n%name", ["Line magic name not defined on the host", "without", "--host"]),
            ("%discover --bogus", ["usage: %discover", "unrecognized arguments: --bogus"]),
            ("%register", ["usage: %register"]),
            ("%cd /no/such/directory", ["/no/such/directory"]),
            ("%unregister nobody", ["nobody"]),
            ("! exit 3", ["3"]),
            ("%%bash\nexit 4", ["4"]),
            ("%%writefile /no/such/directory/file\nx", ["/no/such/directory/file"]),
        ],
    )
    def test_wrong_use(self, board, cell, words):
        failed(board.run(cell), *words)
        works(board)

    def test_wrong_use_of_connect_leaves_no_cell_on_the_board_before(self, board):
        failed(board.run("%connect 'unbalanced"), "%connect")
        failed(board.run("6 * 7"), "%connect")
        board.connect("iot")
        works(board)


class TestConfiguration:
    @pytest.fixture
    def devices(self, tmp_path, monkeypatch):
        directory = tmp_path / "devices"
        directory.mkdir()
        monkeypatch.setenv("IOT_DEVICES", str(directory))
        return directory

    def test_a_missing_directory_is_fine(self, tmp_path, monkeypatch):
        monkeypatch.setenv("IOT_DEVICES", str(tmp_path / "nowhere"))
        with Notebook("iot") as notebook:
            notebook.connect("plain")
            works(notebook)

    def test_a_broken_file_is_named_with_its_line(self, devices):
        (devices / "boards.yaml").write_text("lamp:\n  uid: [1, 2\n")
        with Notebook("iot") as notebook:
            failed(notebook.run("%connect lamp"), "boards.yaml", "line")
            assert "boards.yaml, line" in notebook.run(f"%connect {virtual('still')}").text("stderr")
            works(notebook)

    def test_a_name(self, devices):
        with Notebook("iot") as notebook:
            notebook.connect("named")
            uid = notebook.run("%uid").text().strip()
            (devices / "boards.yaml").write_text(f"lamp:\n  uid: {uid}\n")
            assert notebook.run("%name").text() == "lamp\n"
            assert "Connected to lamp @ sim://" in notebook.run("%connect lamp").text()
