"""Scripts deploy notebooks: by the functions of `%deploy`, whose own tests try what can go wrong."""

import os
import signal

import pytest

import iot_kernel
from iot_kernel.deployment import watch
from iot_kernel.device import board_connection
from tests.deployment.notebooks import program

pytestmark = pytest.mark.board

QUICKLY = {"rehearse": False, "seconds": 0.3}


@pytest.fixture
def notebook(tmp_path, board, monkeypatch):
    """Writes a notebook; returns its path."""
    monkeypatch.setattr(watch, "LEAVE_TIME", 0.05)
    monkeypatch.setattr(board_connection, "ASK_PROMPT_TIMEOUT", 0.5)
    before = board.files.snapshot()

    def write(*lines, **modules):
        path = tmp_path / "robot.ipynb"
        path.write_text(program(*lines, **modules))
        return path

    yield write
    board.files.restore(before)


def test_from_the_plan_to_the_rollback(board, notebook):
    path = notebook("import motor", "motor.go()", motor="def go(): print('going')")
    plan = board.programs.deploy(path, dry_run=True)
    assert (plan.adds, plan.is_done, plan.was_there) == (("main.py", "motor.py"), False, False)
    assert board.files.listdir() == []
    printed, heard = [], []
    board.events.on_output = heard.append
    done = board.programs.deploy(os.fspath(path), seconds=0.3, on_output=printed.append)
    board.events.on_output = lambda _: None
    assert (done.number, done.is_done, done.output, done.notes) == (1, True, "going\n", ())
    assert "".join(printed) == "".join(heard) == "going\ngoing\n"  # in the rehearsal, and on the board
    again = board.programs.deploy(path, dry_run=True)
    assert (again.number, again.was_there, again.adds) == (1, True, ())
    changed = board.programs.deploy(notebook("print('new')"), **QUICKLY)
    assert (changed.number, changed.deletes, changed.updates) == (2, ("motor.py",), ("main.py",))
    assert board.programs.roll_back(seconds=0.3) == 1
    assert board.programs.roll_back(seconds=0.3) == 0
    assert board.files.listdir() == []


def test_what_is_wrong_is_said_in_words_of_scripts(board, notebook, tmp_path):
    with pytest.raises(iot_kernel.DeployError) as caught:
        board.programs.deploy(tmp_path / "nowhere.ipynb")
    assert "%" not in str(caught.value)
    with pytest.raises(iot_kernel.DeployError) as caught:
        board.programs.deploy(notebook("%deploy --no-watch"))
    assert "'%deploy --no-watch' is a magic" in str(caught.value)  # that is what stands in the cell
    with pytest.raises(
        iot_kernel.DeployError, match=r"deploy\(rehearse=False\) deploys it all the same"
    ) as caught:
        board.programs.deploy(notebook("print('on')", "1 / 0"), seconds=0.3)
    assert caught.value.output.startswith("on\n")
    assert "deploy(rehearse=False)" in caught.value.problems[0]
    with pytest.raises(iot_kernel.DeployError, match=r"deploy\(\) has put no program"):
        board.programs.roll_back()


def test_ctrl_c_while_it_is_watched_puts_the_old_program_back(board, notebook):
    board.programs.deploy(notebook("print('old')"), **QUICKLY)
    path = notebook("import time", "print('new')", "time.sleep(60)")

    def press(_):
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        board.programs.deploy(path, rehearse=False, seconds=60, on_output=press)
    old = board.programs.deploy(notebook("print('old')"), dry_run=True)
    assert (old.number, old.was_there) == (1, True)
