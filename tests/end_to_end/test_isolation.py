"""What happens to one process must not happen to another: crashes, exits, kills, shutdown."""

import os
import signal
import time

import pytest

from tests.each import each
from tests.end_to_end.conftest import alive, children
from tests.end_to_end.notebook import Notebook, eventually


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import ctypes; ctypes.string_at(0)", "Segmentation fault"),
        ("import os; os._exit(3)", "exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Killed"),
    ],
)
def test_a_crash_of_host_code_leaves_the_board_alone(board, code, how):
    board.run("survivor = 41")
    board.run("%%host\nlost = 1")
    cell = board.run(f"%%host\nprint('before', flush=True)\nimport time; time.sleep(0.3)\n{code}")
    assert (cell.status, cell.ename) == ("error", "HostDiedError")
    assert cell.text() == "before\n"
    assert how in cell.error
    assert board.run("survivor + 1").result == "42"
    assert board.run("%%host\nlost").ename == "NameError"
    assert board.run("%%host\n1 + 1").result == "2"


def test_a_crash_in_a_mixed_cell_is_reported_in_it(board, tmp_path):
    (tmp_path / "crash.py").write_text("import os\nos._exit(5)\n")
    cell = board.run(f"print('a')\n%run {tmp_path}/crash.py\nprint('b')")
    assert (cell.status, cell.ename) == ("error", "HostDiedError")
    assert "exit status 5" in cell.error
    assert cell.text() == "a\n"


def test_exit_ends_the_host_process_only(board):
    assert board.run("%%host\nexit()").status == "ok"
    assert eventually(lambda: board.run("%%host\n3").result == "3")


def test_a_kernel_that_is_killed_leaves_no_process_behind():
    notebook = Notebook("iot")
    try:
        notebook.connect("isolated")
        notebook.run("%%host\n1")
        started = children(notebook.pid)
        assert started
        os.kill(notebook.pid, signal.SIGKILL)
        assert eventually(lambda: not any(map(alive, started)))
    finally:
        notebook.close()


def test_a_host_that_never_lets_go_dies_with_a_killed_kernel():
    notebook = Notebook("iot")
    try:
        notebook.send("%%host\nprint('on', flush=True)\nimport itertools\nsum(itertools.count())")
        assert eventually(lambda: children(notebook.pid))
        time.sleep(0.5)
        started = children(notebook.pid)
        os.kill(notebook.pid, signal.SIGKILL)
        assert eventually(lambda: not any(map(alive, started)))
    finally:
        notebook.close()


@each("running", ["", "while True: pass", "%%host\nwhile True: pass", "! sleep 60"])
def test_a_shutdown_ends_everything(running):
    with Notebook("iot") as notebook:
        notebook.connect("isolated")
        notebook.run("%%host\n1")
        pid, started = notebook.pid, children(notebook.pid)
        if running:
            notebook.send(running)
            time.sleep(0.3)
            started = children(notebook.pid)
        begin = time.monotonic()
        notebook.manager.shutdown_kernel()
        elapsed = time.monotonic() - begin
    assert not alive(pid)
    assert eventually(lambda: not any(map(alive, started)))
    assert elapsed < 2.4, "the manager had to send signals"


def test_a_restart_gives_a_new_kernel():
    with Notebook("iot") as notebook:
        notebook.connect("isolated")
        notebook.run("%%host\nx = 1")
        notebook.manager.restart_kernel()
        notebook.client.wait_for_ready(timeout=60)
        assert notebook.run("%%host\nx").ename == "NameError"
        assert notebook.run("1").ename == "NotConnectedError"
