"""Modules that were copied to a real board, and are debugged there; its files stay as they are."""

import contextlib

import pytest

from iot_kernel.boards.origins import note_copied
from iot_kernel.errors import ConnectionLostError, DeviceError, DeviceResetError
from tests.kernel.debugger.test_debug_session import PATIENCE, Desk
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

MOTOR = """\
'''Drives.'''
turns = []


class Motor:
    def spin(self, n):
        angle = n * 90
        turns.append(angle)
        return angle


def half(n):
    return 360 // n
"""
ROBOT = """\
from motor import Motor, half


def dance(n):
    done = Motor().spin(n)
    return done + half(2)
"""
STANDING = "import os\nprint([path for _, path in os.mount()])"


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("modules") / "board") as board, opened(board) as device:
        yield device


@pytest.fixture
def desk(device, tmp_path):
    """A debugger that is on, a board that was just reset, and two modules that were copied to it."""
    device.soft_reset()
    with contextlib.closing(Desk(device)) as desk:
        desk.here = tmp_path
        copy(desk, "motor", MOTOR)
        copy(desk, "robot", ROBOT)
        desk.attach()
        yield desk
        if desk.cell is not None and desk.cell.is_alive():
            device.interrupt()
            desk.cell.join(PATIENCE)


def copy(desk, name, text, *, sent=None):
    """Copies a file to the board as `%cp` does; ``sent`` goes there instead."""
    path = desk.here / f"{name}.py"
    path.write_text(text)
    there = f"/lib/{name}.py"
    desk.device.files.mkdirs("/lib")
    desk.device.files.write_files({there: (sent or text).encode()})
    note_copied(desk.origins, desk.device, {there: path}, [there])


def break_in(desk, name, *lines):
    wanted = [line if isinstance(line, dict) else {"line": line} for line in lines]
    source = {"path": str(desk.here / f"{name}.py")}
    return desk.ask("setBreakpoints", source=source, breakpoints=wanted)["breakpoints"]


def places(desk):
    """Waits until it stands; the files and lines, the innermost first."""
    desk.event("stopped")
    return [(frame["source"]["path"].rpartition("/")[2], frame["line"]) for frame in desk.frames()]


def content(desk, name):
    return desk.device.files.read(f"/lib/{name}.py").decode()


def are_as_they_were(desk):
    """Whether the board's files are the originals, and nothing stands in their place."""
    assert desk.device.exec(STANDING) == "['/']\n"
    return (content(desk, "motor"), content(desk, "robot")) == (MOTOR, ROBOT)


def test_a_breakpoint_in_a_module_stops_and_shows_where(desk):
    (made,) = break_in(desk, "motor", 8)
    assert (made["line"], made["verified"], "message" in made) == (8, True, False)
    code = "import robot\nrobot.dance(2)"
    desk.start(code)
    assert [place[1] for place in places(desk)] == [8, 5, 2]
    inner, middle, outer = desk.frames()
    assert [frame["name"] for frame in (inner, middle, outer)] == ["Motor.spin", "dance", "<module>"]
    assert inner["source"]["path"] == str(desk.here / "motor.py")
    assert middle["source"]["path"] == str(desk.here / "robot.py")
    assert desk.ask("source", source=inner["source"])["content"] == MOTOR
    assert desk.variables()["angle"] == "180"
    assert desk.variables("Globals")["turns"] == "[]"
    assert "dance" in desk.variables("Globals", frame=1)
    assert desk.ask("evaluate", expression="half(4)", frameId=inner["id"])["result"] == "90"
    desk.go()
    assert desk.end() == ("", "360")
    assert are_as_they_were(desk)


def test_a_directory_of_the_users_own_in_sys_path(desk):
    path = desk.here / "wheel.py"
    path.write_text("def roll(n):\n    return n\n")
    desk.device.files.mkdirs("/app")
    desk.device.files.write_files({"/app/wheel.py": path.read_bytes()})
    note_copied(desk.origins, desk.device, {"/app/wheel.py": path}, ["/app/wheel.py"])
    desk.run("import sys\nsys.path.append('/app')")
    break_in(desk, "wheel", 2)
    desk.start("import wheel\nwheel.roll(3)")
    assert places(desk)[0] == ("wheel.py", 2)
    assert "roll" in desk.variables("Globals")
    desk.go()
    assert desk.end() == ("", "3")


def test_an_expression_sees_the_modules_names_in_conditions_and_messages(desk):
    break_in(
        desk, "motor", {"line": 8, "condition": "len(turns) == n - 1"}, {"line": 7, "logMessage": "{turns}"}
    )
    desk.start("from motor import Motor\nfor n in (5, 5, 3):\n    Motor().spin(n)")
    logged = ""
    while logged.count("\n") < 3:  # what is said in quick succession comes together
        logged += desk.event("output")["output"]
    assert logged == "[]\n[450]\n[450, 450]\n"
    assert places(desk)[0] == ("motor.py", 8)
    desk.go()
    desk.end()


def test_a_cell_steps_into_a_module_without_breakpoints(desk):
    code = "import motor\nmotor.half(3)"
    desk.break_at(code, 2)
    desk.start(code)
    assert len(places(desk)) == 1
    desk.go("stepIn")
    assert places(desk)[0] == ("motor.py", 13)
    desk.go("stepOut")
    assert desk.end() == ("", "120")


def test_an_error_that_nobody_catches_keeps_the_frames_of_modules(desk):
    desk.request("setExceptionBreakpoints", filters=["uncaught"])
    desk.start("import motor\nmotor.half(0)")
    assert places(desk) == [("motor.py", 13), (places_of_cell(desk), 2)]
    assert desk.variables() == {"n": "0"}
    desk.go()
    with pytest.raises(DeviceError, match="ZeroDivisionError") as raised:
        desk.end()
    assert 'File "/lib/motor.py", line 13, in half' in raised.value.traceback


def places_of_cell(desk):
    return desk.frames()[-1]["source"]["path"].rpartition("/")[2]


def test_names_and_lines_in_tracebacks_are_the_files_own(desk):
    with pytest.raises(DeviceError) as plain:
        desk.run("import motor\nmotor.half(0)")
    desk.device.soft_reset()
    break_in(desk, "motor", 8)
    with pytest.raises(DeviceError) as debugged:
        desk.run("import motor\nmotor.half(0)")
    assert debugged.value.traceback == plain.value.traceback
    assert desk.run("motor.__file__, motor.__name__") == ("", "('/lib/motor.py', 'motor')")


def test_code_sees_the_files_as_they_are_while_they_are_imported_otherwise(desk):
    break_in(desk, "motor", 8)
    look = "os.listdir('/lib'), os.stat('/lib/motor.py')[6], hash(open('/lib/motor.py', 'rb').read())"
    desk.run("import os")
    expected = desk.device.run_cell(look, lambda _: None)
    assert desk.run(f"before = {look}\nimport motor\nbefore == ({look}), before") == (
        "",
        f"(True, {expected})",
    )
    assert "__iot_b__" not in content(desk, "motor")


def test_code_may_write_and_remove_such_a_file(desk):
    break_in(desk, "motor", 8)
    assert desk.run(
        "with open('/lib/motor.py', 'w') as f: f.write('half = 5')\nimport motor\nmotor.half"
    ) == ("", "5")
    copy(desk, "motor", MOTOR)
    desk.device.soft_reset()
    assert desk.run("import os\nos.remove('/lib/motor.py')\n'motor.py' in os.listdir('/lib')") == (
        "",
        "False",
    )
    copy(desk, "motor", MOTOR)


def test_a_module_that_is_imported_already_is_left_alone_and_said_so(desk):
    desk.run("import motor\nmotor.turns.append(7)")
    (made,) = break_in(desk, "motor", 8)
    assert "%softreset" in made["message"]
    assert desk.run("import motor\nmotor.Motor().spin(1), motor.turns") == ("", "(90, [7, 90])")
    assert [note for note in desk.notes if "motor" in note]
    desk.run("motor.turns")
    assert not desk.notes  # once is enough
    desk.device.soft_reset()
    desk.start("import motor\nmotor.Motor().spin(1)")
    assert places(desk)[0] == ("motor.py", 8)
    desk.go()
    desk.end()


def test_breakpoints_change_in_a_module_that_was_imported_with_checkpoints(desk):
    break_in(desk, "motor", 8)
    desk.start("import motor\nmotor.half(4)")
    assert desk.end() == ("", "90")
    (made,) = break_in(desk, "motor", 13)
    assert "message" not in made
    desk.start("motor.half(4)")
    assert places(desk)[0] == ("motor.py", 13)
    desk.go()
    desk.end()
    break_in(desk, "motor")
    assert desk.run("motor.half(4)") == ("", "90")
    assert not desk.notes


def test_a_file_that_has_changed_here_stops_when_it_was_copied_again(desk):
    (desk.here / "motor.py").write_text(f"# new\n{MOTOR}")
    (made,) = break_in(desk, "motor", 14)
    assert not made["verified"]
    assert desk.run("import motor\nmotor.half(4)") == ("", "90")
    assert [note for note in desk.notes if "copy it again" in note]
    copy(desk, "motor", f"# new\n{MOTOR}")
    desk.device.soft_reset()
    desk.start("import motor\nmotor.half(4)")
    assert places(desk)[0] == ("motor.py", 14)
    desk.go()
    desk.end()


def test_a_file_that_has_changed_on_the_board_is_imported_as_it_is(desk):
    copy(desk, "motor", MOTOR, sent=f"# other\n{MOTOR}")
    break_in(desk, "motor", 8)
    assert desk.run("import motor\nmotor.Motor().spin(1)") == ("", "90")


def test_a_breakpoint_set_before_the_file_is_copied(desk):
    path = desk.here / "wheel.py"
    assert desk.request("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": 2}]) is None
    copy(desk, "wheel", "def roll(n):\n    return n\n")
    desk.start("import wheel\nwheel.roll(3)")
    assert places(desk)[0] == ("wheel.py", 2)
    desk.go()
    desk.end()


def test_a_new_text_counts_after_the_next_import(desk):
    break_in(desk, "motor", 13)
    desk.run("import motor")
    copy(desk, "motor", f"# new\n{MOTOR}")
    (made,) = break_in(desk, "motor", 14)
    assert "%softreset" in made["message"]
    assert desk.run("motor.half(4)") == ("", "90")
    desk.run("import sys\ndel sys.modules['motor']")
    desk.start("import motor\nmotor.half(4)")
    assert places(desk)[0] == ("motor.py", 14)
    desk.go()
    desk.end()


def test_what_is_not_there_as_text_is_said(desk):
    desk.device.files.remove("/lib/motor.py")
    break_in(desk, "motor", 8)
    desk.run("x = 1")
    assert ["compiled" in note for note in desk.notes] == [True]


def test_a_module_that_does_not_fit_is_imported_as_it_is(desk, monkeypatch):
    monkeypatch.setattr("iot_kernel.debugging.module_commands.WORDS", 1 << 40)
    break_in(desk, "motor", 8)
    assert desk.run("import motor\nmotor.Motor().spin(1)") == ("", "90")
    assert ["memory" in note for note in desk.notes] == [True]


def test_firmware_that_mounts_nothing_there_imports_files(desk, monkeypatch):
    monkeypatch.setattr("iot_kernel.debugging.module_commands.MOUNT", "1/0")
    break_in(desk, "motor", 8)
    assert desk.run("import motor\nmotor.Motor().spin(1)") == ("", "90")


def test_nothing_stands_after_a_cell_that_imports_nothing_or_fails(desk):
    break_in(desk, "motor", 8)
    desk.run("x = 1")
    assert are_as_they_were(desk)
    with pytest.raises(DeviceError):
        desk.run("1 / 0")
    assert are_as_they_were(desk)
    desk.start("import motor\nmotor.Motor().spin(1)")
    assert places(desk)[0] == ("motor.py", 8)
    desk.request("disconnect")
    assert desk.end() == ("", "90")
    assert are_as_they_were(desk)


def test_the_stop_button_and_a_reset_leave_the_originals(desk):
    break_in(desk, "motor", 8)
    break_in(desk, "robot", 5)
    desk.start("import motor\nmotor.Motor().spin(1)")
    places(desk)
    desk.device.interrupt()
    with pytest.raises(DeviceError, match="KeyboardInterrupt"):
        desk.end()
    assert are_as_they_were(desk)
    with pytest.raises(DeviceResetError):
        desk.run("import machine\nmachine.reset()")
    assert are_as_they_were(desk)
    desk.start("import robot\nrobot.dance(1)")
    assert [line for _, line in places(desk)] == [5, 2]
    desk.go()
    assert places(desk)[0] == ("motor.py", 8)
    desk.go()
    desk.end()


def test_without_a_debugger_nothing_is_sent(desk):
    break_in(desk, "motor", 8)
    desk.request("disconnect")
    assert desk.run("import motor\nmotor.Motor().spin(1)") == ("", "90")
    assert desk.session._board is None


def test_modules_are_listed(desk):
    body = desk.ask("modules")
    ours = {row["path"] for row in body["modules"]}
    assert {str(desk.here / "motor.py"), str(desk.here / "robot.py")} <= ours


@pytest.mark.parametrize("kind", ["unix", "webrepl"])
def test_a_wire_that_is_cut_or_a_kernel_that_dies_leaves_the_originals(kind, request, tmp_path):
    """The next connection is all that it takes: nobody has to debug again."""
    board = request.getfixturevalue(kind)
    with opened(board) as device, contextlib.closing(Desk(device)) as desk:
        desk.here = tmp_path
        copy(desk, "motor", MOTOR)
        copy(desk, "robot", ROBOT)
        desk.attach()
        break_in(desk, "motor", 8)
        break_in(desk, "robot", 5)
        desk.start("import motor\nmotor.Motor().spin(1)")
        assert places(desk)[0] == ("motor.py", 8)
        desk.go()
        assert desk.end() == ("", "90")
        desk.start("breakpoint()\nx = 1\n")
        desk.stopped()
        device.close()  # as the end of a process does
        with pytest.raises(ConnectionLostError):
            desk.end()
        with opened(board) as desk.device:
            assert are_as_they_were(desk)
            desk.device.files.write_files({"/lib/robot.py": b"new = 1\n"})
            assert desk.device.exec("import robot; print(robot.new)") == "1\n"
