"""%push, %pull, %store and the clock in notebooks, as a user sees them."""

import re

import pytest

from tests.end_to_end.notebook import Notebook, eventually

pytestmark = pytest.mark.board


def failed(cell, ename, words):
    assert (cell.status, cell.ename) == ("error", ename)
    assert words in cell.error
    assert len(cell.said.split("\n")) == 1


class TestPushAndPull:
    def test_there_and_back(self, board):
        board.run("%%host\nvalue = {'a': [1, 2.5, (None, True)], 'é': b'\\x00', 2 ** 80: {1}}")
        cell = board.run("%push value as v\nv['a'][0] += 1\n%pull v as back")
        assert (cell.status, cell.text(), cell.kinds.count("stream")) == ("ok", "", 0)
        assert board.run("%%host\nvalue['a'][0] += 1\nvalue == back").result == "True"

    def test_numpy_arrays(self, board):
        board.run("%%host\nimport numpy as np\nwave = np.linspace(-1, 1, 1000, dtype='f4')")
        assert board.run("%push wave\n(type(wave), len(wave))").result == "(<class 'array'>, 1000)"
        board.run("%pull wave as again")
        assert (
            board.run("%%host\nnp.array_equal(wave, again), again.dtype.name").result == "(True, 'float32')"
        )

    def test_cell_numbers_and_history_go_on_as_if_nothing_happened(self, board):
        before = board.run("%%host\nlast = 41").reply["execution_count"]
        assert board.run("%push last").reply["execution_count"] == before + 1
        cell = board.run("%%host\n_ih[-3:-1], len(_ih) - 1, _oh.get(0)")
        assert cell.reply["execution_count"] == before + 2
        assert cell.result == f"(['\\nlast = 41', '%push last'], {before + 2}, None)"

    def test_a_large_one(self, board):
        board.run("%%host\nblob = bytes(range(256)) * 8000")
        assert board.run("%push blob\nlen(blob)").result == "2048000"
        board.run("%pull blob as back")
        assert board.run("%%host\nblob == back").result == "True"
        board.run("del blob")

    def test_what_cannot_be_moved(self, board):
        board.run("import socket\ndata = {'a': [0, 1, 2, socket.socket()]}")
        failed(
            board.run("%pull data\nprint('not reached')"),
            "UnmovableValueError",
            "data['a'][3]: a socket object cannot be moved to the host",
        )
        board.run("%%host\nclass Lamp: pass\nlamps = [Lamp()]")
        failed(
            board.run("%push lamps"),
            "UnmovableValueError",
            "lamps[0]: a Lamp object cannot be moved to the board",
        )

    def test_there_is_none(self, board):
        failed(
            board.run("%push nosuch"), "VariableNotFoundError", "no variable with name 'nosuch' on the host"
        )
        failed(
            board.run("%pull nosuch"), "VariableNotFoundError", "no variable with name 'nosuch' on the board"
        )

    def test_nothing_is_left_among_the_board_s_variables(self, board):
        board.run("json = 1\nbefore = set(dir())")
        board.run("%%host\nlong = list(range(5000))")
        board.run("%push long\n%pull long\n%store long\n%store -r long")
        assert board.run("set(dir()) ^ before, json").result == "({'before', 'long'}, 1)"

    def test_an_interrupt(self, board):
        board.run("%%host\nlong = list(range(500_000))")
        request = board.send("%push long")
        with board.soon(board.manager.interrupt_kernel, 0.3):
            cell = board.finish(request)
        assert cell.ename in ("KeyboardInterrupt", "UnmovableValueError")
        assert board.run("6 * 7").result == "42"
        assert board.run("%%host\nlen(long)").result == "500000"
        assert "__iot_" not in board.run("[n for n in dir() if n != '__iot__']").result

    def test_after_a_crash_of_the_host(self, board):
        board.run("x = [1, 2]")
        board.run("%%host\nimport os; os._exit(1)")
        assert eventually(lambda: board.run("%pull x").status == "ok")
        assert board.run("%%host\nx").result == "[1, 2]"


def test_in_host_cells_of_the_ucore_kernel(ucore):
    cell = ucore.run("values = [1, 2]\n%push values\nvalues.append(3)\n%pull values as back\nback, values")
    assert cell.result == "([1, 2], [1, 2, 3])"


class TestStore:
    def test_ipython_s_own_store_sees_the_same(self, board):
        board.run("%store -z")
        board.run("ip = {'address': ('192.168.1.5', 8266)}\n%store ip")
        assert board.run("%%host\n%store -r ip\nip").result == "{'address': ('192.168.1.5', 8266)}"
        board.run("%%host\nip = [b'changed']\n%store ip")
        assert board.run("%store -r ip\nip").result == "[b'changed']"
        assert board.run("%store").text() == "ip -> [b'changed']\n"
        board.run("%store -d ip")
        assert "no stored variable or alias ip" in board.run("%%host\n%store -r ip").text()
        assert board.run("%store").text("stderr") == "storage is empty\n"

    def test_there_is_none(self, board):
        failed(
            board.run("%store -r nosuch"),
            "VariableNotFoundError",
            "no variable with name 'nosuch' in storage",
        )

    def test_other_notebooks_see_it_at_once(self, board, ucore):
        for number in range(3):
            board.run(f"shared = {number}\n%store shared")
            assert ucore.run("%store -r shared\nshared").result == str(number)
        board.run("%store -z")
        assert board.run("%store").text() == ""

    def test_in_a_host_cell_it_is_that_of_ipython(self, board):
        assert "Stored 'x' (int)" in board.run("%%host\nx = 1\n%store x").text()
        board.run("%store -d x")


class TestClock:
    def test_it_is_set(self, board):
        board.run("import machine\nmachine.RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))")
        assert board.run("%gettime").text().startswith("2001-Feb-03 04:05:")
        first, second = board.run("%synctime").text().splitlines()
        assert re.fullmatch(r"\d{4}-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d", first)
        assert re.search(
            r"it was [\d,]+ days slow, and is now within [\d.]+ m?s of this computer's clock$", second
        )
        assert board.run("%gettime").text()[:11] == first[:11]

    def test_an_interrupt(self, board):
        board.run("import machine\nmachine.RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))")
        request = board.send("%synctime")
        with board.soon(board.manager.interrupt_kernel, 0.2):
            assert board.finish(request).ename == "KeyboardInterrupt"
        assert board.run("6 * 7").result == "42"


def test_a_board_that_lies(jupyter, tmp_path):
    """What a board says is read, never run, also where it says nonsense."""
    with Notebook("iot") as notebook:
        notebook.connect("liar")
        notebook.run("import builtins\nclass Evil(list):\n def __len__(self): return 5\nx = [Evil([1])]")
        cell = notebook.run("%pull x")
        assert (cell.status, cell.ename) == ("error", "UnmovableValueError")
        notebook.run(
            "class list:\n def __len__(self): return 5\n def __iter__(self): return iter([1])\ny = list()"
        )
        cell = notebook.run("%pull y")
        assert (cell.status, cell.ename) == ("error", "RemoteProtocolError")
        assert len(cell.said.split("\n")) == 1
        assert notebook.run("1 + 1").result == "2"
