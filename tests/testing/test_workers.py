"""Several processes run the tests: each board belongs to one of them."""

import os
import subprocess
import sys

import pytest

from iot_kernel.testing.workers import boards_in, joined_boards
from tests.testing.cells import cell
from tests.testing.conftest import PLUGIN

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.board

#: Notes which process has had which board.
CODE = """
import os, pathlib, pytest

@pytest.mark.parametrize("n", range(3))
def test_it(board, n):
    with pathlib.Path("log").open("a") as file:
        file.write(f"{board.info.uid} {os.getpid()}\\n")
    assert board.files.listdir() == []
    board.files.write_bytes("left", b"")
    board.exec("import time; time.sleep(0.1)")
"""

#: As tests/conftest.py does, and for the same reason.
NO_GRAMMAR = "import sys\nsys.modules['rfc3987_syntax'] = None"


@pytest.fixture
def distribute(pytester):
    """Runs pytest with two workers, which takes processes of their own."""
    pytester.makeconftest(NO_GRAMMAR)

    def distribute(*args):
        command = [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:randomly", "-n", "2", *args]
        environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command[3:3] = ["-p", "xdist"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=170, env=environ)
        return done.returncode, done.stdout + done.stderr

    return distribute


def test_each_board_is_driven_by_one(distribute, pytester, boards_of):
    pytester.makepyfile(test_it=CODE)
    one, two = boards_of("one"), boards_of("two")
    code, text = distribute("--board", one.url, "--board", two.url)
    assert code == 0, text
    assert "6 passed" in text
    pairs = {tuple(line.split()) for line in (pytester.path / "log").read_text().splitlines()}
    assert len(pairs) == len({uid for uid, _ in pairs}) == len({process for _, process in pairs}) == 2


def test_a_notebook_is_run_by_one(distribute, write):
    write("a.ipynb", cell("n = 1"), cell("n += 1"), cell("assert n == 2"), kernel="python3")
    code, text = distribute("--notebooks")
    assert code == 0, text
    assert "3 passed" in text


def test_each_process_has_a_virtual_board_of_its_own(distribute, pytester):
    pytester.makepyfile(test_it=CODE)
    code, text = distribute()
    assert code == 0, text
    pairs = {tuple(line.split()) for line in (pytester.path / "log").read_text().splitlines()}
    assert len(pairs) == len({uid for uid, _ in pairs}) == 2


def test_ways_that_would_split_a_board(distribute, pytester):
    pytester.makepyfile(test_it=CODE)
    code, text = distribute("--board", "sim://other", "--dist", "loadfile")
    assert code == 4
    assert "--dist loadfile gives the tests of one board" in text
    assert "leave it out, or use --dist loadgroup" in text


def test_boards_among_the_parameters_of_a_test():
    boards = ["pico", "pico-2", "rp2"]
    assert boards_in("test_a.py::test_it[pico]", boards) == ["pico"]
    assert boards_in("test_a.py::test_it[1-rp2-x]", boards) == ["rp2"]
    assert boards_in("test_a.py::test_it[pico-2]", boards) == ["pico", "pico-2"]
    assert boards_in("test_a.py::test_it[rp2]@group", boards) == ["rp2"]
    assert boards_in("test_pico.py::test_rp2[none]", boards) == []
    assert boards_in("a.ipynb::cell 1[rp2]", boards) == ["rp2"]
    assert boards_in("pico", boards) == []


def test_boards_that_cannot_be_told_apart_share_a_worker():
    boards = ["pico", "pico-2", "rp2"]
    assert joined_boards(["t::a[pico-1]", "t::a[rp2-1]", "t::b"], boards) == {name: name for name in boards}
    joined = joined_boards(["t::a[pico-2]", "t::b[pico-rp2]"], boards)
    assert len(set(joined.values())) == 1
