"""%deploy with a whole kernel: cells of a saved notebook become a program that the board starts by itself."""

import pytest

from tests.deployment.notebooks import notebook as written
from tests.end_to_end.notebook import Notebook, virtual
from tests.magics.context import ANSI

pytestmark = pytest.mark.board

MOTOR = "%%deploy lib/motor.py\nclass Motor:\n    def turn(self):\n        print('turning')"
MAIN = (
    "import helper\n"
    "from motor import Motor\n"
    "turns = 0\n"
    "while True:\n"
    "    Motor().turn()\n"
    "    turns += 1\n"
    "    helper.wait()"
)
HELPER = "import time\n\ndef wait():\n    time.sleep(.2)\n"
BROKEN = "import helper\nhelper.wait()\nhelper.nothing()"


@pytest.fixture(scope="module")
def path(jupyter):
    (jupyter / "helper.py").write_text(HELPER)
    path = jupyter / "robot.ipynb"
    path.write_text(written(MOTOR, (MAIN, "deploy"), "%deploy"))
    return path


@pytest.fixture(scope="module")
def robot(path):
    """The kernel of that notebook, connected to a virtual board."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JPY_SESSION_NAME", str(path))
        with Notebook("iot") as notebook:
            notebook.connect("robot")
            yield notebook


def test_a_notebook_becomes_a_program(robot, path):
    cell = robot.run(MOTOR + "\n\nMotor().turn()")
    assert (cell.status, cell.text()) == ("ok", "turning\n")
    cell = robot.run("%deploy -t 1")
    assert cell.status == "ok", cell.error
    text = ANSI.sub("", cell.text())
    assert "2 cells, 3 files" in text
    assert "ADD     helper.py\nADD     lib/motor.py\nADD     main.py\n" in text
    for heading in ("rehearsal: 1 s on a virtual board\nturning\n", " 1 s\nturning\n"):
        assert heading in text
    assert text.count("the program runs\n") == 2
    robot.wait_for_late("turning\n")  # it goes on, and is heard below the cell
    assert robot.run("turns > 1").result == "True"  # and the next cell interrupts it
    assert "Board and notebook match" in robot.run("%deploy --status").text()

    with Notebook("iot") as other:  # a second notebook gets no board that this one has
        refused = other.run("%connect " + virtual("robot"))
        assert refused.status == "error"
        assert "robot.ipynb" in refused.error

    path.write_text(written(MOTOR, (BROKEN, "deploy"), "%deploy"))
    cell = robot.run("%deploy -t 1 --no-rehearsal\nprint('not reached')")
    assert (cell.status, cell.ename) == ("error", "DeployError")
    assert "the program ended with an error; the old program was put back" in cell.error
    assert "main.py, line 3 is cell [2] 'import helper', line 3" in cell.error
    assert "AttributeError" in cell.text()
    assert "iot_kernel/" not in cell.error
    path.write_text(written(MOTOR.replace("turning", "again"), (MAIN, "deploy"), "%deploy"))
    request = robot.send("%deploy -t 300 --no-rehearsal", allow_stdin=True)
    robot.wait_for("again\n", request)
    robot.manager.interrupt_kernel()
    cell = robot.finish(request)
    assert cell.ename == "KeyboardInterrupt"
    assert "stopped: the board starts the old program" in cell.text("stderr")

    robot.run("pass")
    assert robot.run("%hardreset -t 1").text().count("turning") > 0

    assert "starts no program, as before the first %deploy" in ANSI.sub(
        "", robot.run("%deploy --rollback -t 1").text()
    )
    assert robot.run("import os\nos.listdir('/')").result == "[]"
