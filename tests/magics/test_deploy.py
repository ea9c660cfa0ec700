"""%deploy and %%deploy: what they print, and which notebook they read."""

import re
from pathlib import Path

import pytest

from iot_kernel.deployment import watch
from iot_kernel.deployment.errors import DeployError
from iot_kernel.device import board_connection
from iot_kernel.errors import ConnectionLostError, UsageError
from tests.deployment.notebooks import notebook as written
from tests.deployment.notebooks import program

pytestmark = pytest.mark.board


@pytest.fixture
def robot(bit, tmp_path, monkeypatch):
    """A notebook that is connected to a board, and saved as robot.ipynb."""
    monkeypatch.setattr(watch, "LEAVE_TIME", 0.05)
    monkeypatch.setattr(board_connection, "ASK_PROMPT_TIMEOUT", 0.5)
    bit.path = tmp_path / "robot.ipynb"
    bit.path.write_text(program("import motor", "motor.go()", motor="def go(): print('going')"))
    monkeypatch.setenv("JPY_SESSION_NAME", str(bit.path))
    return bit


def without_time(text):
    return re.sub(r"saved at \d\d:\d\d:\d\d", "saved at 12:30:05", text)


SUMMARY = "robot.ipynb, saved at 12:30:05: 2 cells, 2 files (51 bytes)\n"
PLAN = SUMMARY + "ADD     main.py\nADD     motor.py\n"
RUNNING = "It was started just now; the next cell for the board interrupts it, a reset starts it again\n"


def test_from_the_plan_to_the_rollback(robot, notices):
    assert without_time(robot.run("%deploy -n")) == PLAN
    assert without_time(robot.run("%deploy --status")) == f"bit starts no program of %deploy\n{PLAN}"
    assert robot.stdout.count("\x1b[32mADD     main.py\x1b[0m\n") == 2
    assert without_time(robot.run("%deploy -t .4")) == (
        f"{PLAN}\n----- rehearsal: 0.4 s on a virtual board\ngoing\nthe program has ended without an error\n"
        "\n----- bit: 0.4 s\ngoing\nthe program has ended without an error\n"
        f"bit starts this program from now on (number 1)\n{RUNNING}"
    )
    assert (
        robot.run("%deploy --status") == "bit starts program 1, from robot.ipynb\nBoard and notebook match\n"
    )
    assert without_time(robot.run("%deploy")) == f"{SUMMARY}bit has this program already\n{RUNNING}"
    robot.path.write_text(program("print('new')"))
    assert robot.run("%deploy --status").endswith("DELETE  motor.py\nUPDATE  main.py\n")
    assert "number 2" in robot.run("%deploy -t .4 --no-rehearsal")
    assert robot.run("%deploy --rollback -t .4") == (
        "\n----- bit: 0.4 s\ngoing\nthe program has ended without an error\n"
        f"bit starts program 1, from robot.ipynb\n{RUNNING}"
    )
    assert robot.run("%deploy --rollback") == "bit starts no program, as before the first %deploy\n"
    assert robot.run("%ls -a") == ""
    assert robot.stderr == ""
    assert notices == []


def test_what_the_virtual_board_lacks_is_told(robot):
    robot.path.write_text(program("import machine", "machine.I2C(0)"))
    with pytest.raises(DeployError, match="the old program was put back"):  # this board has none either
        robot.run("%deploy -t .4")
    assert "\nthe program could not be tried beyond that\n\n----- bit" in robot.plain
    assert robot.stderr == "a virtual board has no machine.I2C\n"


def test_a_program_of_another_notebook_is_told(robot):
    robot.run("%deploy -t .4 --no-rehearsal")
    robot.path = robot.path.rename(robot.path.with_name("other.ipynb"))
    assert without_time(robot.run(f"%deploy -n {robot.path}")).endswith(
        "2 files (51 bytes)\nThe board's program is that of robot.ipynb\nbit has this program already\n"
    )


def test_lines_of_modules_are_known_to_errors(robot, tmp_path):
    (tmp_path / "beside.py").write_text("def f():\n    return 1/0\n")
    robot.path.write_text(program("import beside"))
    robot.run("%deploy -t .4 --no-rehearsal")
    origin = robot.session.origins_of(robot.session.device()).find("/.deploy/1/beside.py")
    assert origin.source == tmp_path / "beside.py"


def test_a_board_that_leaves_in_the_middle(robot, unix):
    robot.run("%deploy -t .4 --no-rehearsal")
    robot.path.write_text(program("print('leaving')", "import time", "time.sleep(9)"))
    write = robot.out

    def leave(text):
        write(text)
        if "leaving" in text:
            unix.kill()

    robot.out = leave
    with pytest.raises(DeployError, match="the board has restarted by itself"):  # it was there again at once
        robot.run("%deploy -t 2 --no-rehearsal")
    robot.out = write
    assert robot.run("%deploy --status").startswith("bit starts program 1, from robot.ipynb\n")
    robot.check = unix.kill
    with pytest.raises(ConnectionLostError):
        robot.run("%deploy --no-rehearsal")
    assert robot.stderr.startswith("stopped: the board starts the old program, or the new one if that had")
    del robot.check
    assert robot.run("%deploy --status").startswith("bit starts program 1, from robot.ipynb\n")


def test_rsync_leaves_programs_alone(robot, board, devices):
    robot.run("%deploy -t .4 --no-rehearsal")
    (devices / "boards.yaml").write_text(
        f"bit:\n  uid: {board.uid}\n  exclude-patterns: [/main.py]\n  resources: [code]\n"
    )
    code = devices.parent / "iot_projects" / "code"
    code.mkdir()
    (code / "tool.py").write_text("x = 1")
    assert robot.run("%rsync") == "ADD     /tool.py\n"
    assert robot.run("%deploy --status").endswith("Board and notebook match\n")


class TestWhichNotebook:
    def test_another_one(self, robot, tmp_path, monkeypatch):
        monkeypatch.delenv("JPY_SESSION_NAME")
        with pytest.raises(DeployError, match=r"path of this notebook is not known .*'%deploy PATH\.ipynb'"):
            robot.run("%deploy -n")
        assert without_time(robot.run(f"%deploy -n {robot.path}")) == PLAN
        monkeypatch.chdir(tmp_path)
        assert without_time(robot.run("%deploy -n robot.ipynb")) == PLAN

    def test_one_that_is_not_saved(self, robot):
        robot.cell_id = "id9"
        with pytest.raises(
            DeployError, match=r"robot\.ipynb was changed since it was saved: this cell is not in"
        ):
            robot.run("%deploy -n")
        robot.path.write_text(written(("import time", "deploy"), "%deploy -n"))
        robot.cell_id = "id1"  # where '%deploy' was typed, and not saved yet
        with pytest.raises(DeployError, match="was changed since it was saved"):
            robot.run("%deploy -n")
        robot.cell_id = "id2"
        assert "ADD     main.py" in robot.run("%deploy -n")

    def test_one_that_was_renamed(self, robot):
        robot.path.rename(robot.path.with_name("other.ipynb"))
        with pytest.raises(DeployError, match=r"robot\.ipynb cannot be read .*saved, or renamed since\?"):
            robot.run("%deploy -n")


class TestCell:
    def test_it_runs_on_the_board(self, robot):
        assert robot.run("%%deploy main.py\nx = 5\nx + 1") == "Out: 6\n"
        assert robot.board_runs == [("x = 5\nx + 1", 2)]

    def test_or_does_not(self, robot):
        robot.run("%%deploy -n main.py\nwhile True: pass")
        robot.run("%%deploy lib/motor.py\n")
        assert robot.board_runs == []

    @pytest.mark.parametrize("head", ["", "boot.py", "/main.py", "a b", "../x.py"])
    def test_wrong_files(self, robot, head):
        with pytest.raises(UsageError, match="%%deploy: error"):
            robot.run(f"%%deploy {head}\nx = 5")


def test_options_that_do_not_go_together(robot):
    with pytest.raises(UsageError, match="--status and --rollback"):
        robot.run("%deploy --status --rollback")


def test_the_documentation_shows_what_happens(robot, board, tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "notebook-to-product.md").read_text(
        encoding="utf-8"
    )
    motor, main = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (wanted,) = re.findall(r"^```text\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "helper.py").write_text("import time\n\n\ndef wait():\n    time.sleep(.5)\n")
    robot.path.write_text(written(motor, (main, "deploy")))
    shown = without_time(robot.run("%deploy -t 1")).replace(": 1 s", ": 5 s")
    assert re.sub(r"(turning\n)+", "turning\nturning\n", shown) == wanted
