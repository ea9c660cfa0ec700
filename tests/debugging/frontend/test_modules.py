"""Which modules get checkpoints, and where breakpoints in them stop."""

import pytest

from iot_kernel.debugging.frontend.breakpoints import Breakpoints
from iot_kernel.debugging.frontend.modules import MOST_EARLY, MOST_MODULES, DebuggedModules
from tests.debugging.frontend.scripted_debugger import CopiedFiles, cut

MOTOR = "import gear\n\n\ndef spin(n):\n    return gear.ratio * n\n"


class World:
    """Files here, and what the debugger makes of them."""

    def __init__(self):
        self.files = CopiedFiles()
        self.points = Breakpoints(cut)
        self.modules = DebuggedModules(self.files, self.points)
        self.motor = self.files.add("/here/motor.py", MOTOR)
        self.gear = self.files.add("/here/gear.py", "ratio = 3\n")

    def set_lines(self, module, *lines):
        return self.modules.exchange(module, [{"line": line} for line in lines])

    def wanted(self, code, *, follows=True):
        return {each.name for each in self.modules.wanted(code, follows=follows)}

    def replace(self, module, text):
        self.files.modules.remove(module)
        return self.files.add(module.path, text)


@pytest.fixture
def world():
    return World()


def test_a_breakpoint_stops_in_the_next_line_with_code(world):
    (made,) = world.set_lines(world.motor, 2)
    assert (made.line, made.is_verified, made.message) == (5, True, "")
    (made,) = world.set_lines(world.motor, 6)
    assert (made.is_verified, bool(made.message)) == (False, True)


def test_a_module_with_a_breakpoint_is_wanted_by_all_cells(world):
    assert world.wanted("x = 1", follows=False) == set()
    world.set_lines(world.motor, 5)
    assert world.wanted("x = 1", follows=False) == {"motor"}


def test_a_followed_cell_wants_what_it_names_and_what_that_names(world):
    assert world.wanted("import motor") == {"motor", "gear"}
    assert world.wanted("import gear") == {"gear"}
    assert world.wanted("import other") == set()


def test_modules_of_packages_are_named_by_their_last_part(world):
    world.files.add("/here/pkg/wheel.py", "from . import tyre", "pkg.wheel")
    world.files.add("/here/pkg/tyre.py", "", "pkg.tyre")
    assert world.wanted("from pkg import wheel") == {"pkg.wheel", "pkg.tyre"}


def test_modules_that_name_one_another_are_wanted_once(world):
    world.files.texts[world.gear.path] = "import motor"
    assert world.wanted("import gear") == {"motor", "gear"}


def test_no_cell_wants_very_many(world):
    for number in range(2 * MOST_MODULES):
        world.files.add(f"/here/m{number}.py", f"import m{number + 1}")
    assert len(world.wanted("import m0")) == MOST_MODULES


def test_a_cell_stops_where_it_leads_to_a_breakpoint(world):
    assert not world.modules.stops("import motor")
    world.set_lines(world.gear, 1)
    assert world.modules.stops("import motor")
    assert not world.modules.stops("import other")


def test_what_is_sent_stops_and_knows_its_module(world):
    made = world.modules.exchange(world.motor, [{"line": 5, "condition": "n > 1"}])
    sent = world.modules.send(world.motor)
    assert sent.source.count("\n") == MOTOR.count("\n")
    ((number, pause),) = world.points.pauses().items()
    place = world.points.table.place(number)
    assert (place.key, place.module, place.checkpoint.line) == (world.motor.path, "motor", made[0].line)
    assert (pause.module, pause.condition) == ("motor", "n > 1")


def test_a_board_that_has_the_text_gets_it_once(world):
    assert not world.modules.is_ready(world.motor, ["other"])
    key = world.modules.send(world.motor).key
    assert world.modules.is_ready(world.motor, [key])
    world.set_lines(world.motor, 5)
    assert not world.modules.is_ready(world.motor, [key])  # its names shall be settable
    assert world.modules.is_current(world.motor, key)
    assert not world.modules.is_current(world.gear, key)
    assert not world.modules.is_current(world.motor, True)
    assert not world.modules.is_current(world.motor, "motor-77")


def test_a_new_text_forgets_where_the_old_one_stopped(world):
    world.set_lines(world.motor, 5)
    key = world.modules.send(world.motor).key
    new = world.replace(world.motor, f"\n{MOTOR}")
    world.set_lines(new, 6)
    assert world.points.pauses() == {}
    assert not world.modules.is_current(new, key)
    world.modules.send(new)
    assert len(world.points.pauses()) == 1


def test_a_file_that_has_changed_here_does_not_stop_but_what_runs_is_shown(world):
    world.modules.send(world.motor)
    world.files.texts[world.motor.path] = None
    (made,) = world.set_lines(world.motor, 5)
    assert not made.is_verified
    assert "copy it again" in made.message
    assert world.wanted("x = 1", follows=False) == {"motor"}  # it may be copied by then
    assert world.modules.send(world.motor) is None
    assert world.modules.text(world.motor.path) == MOTOR
    assert world.modules.text(world.gear.path) == "ratio = 3\n"
    assert world.modules.text("/here/other.py") is None


def test_breakpoints_may_be_set_before_the_file_is_copied(world):
    world.modules.note("/here/wheel.py", [{"line": 1}])
    world.modules.note("/here/tyre.py", [{"line": 1}])
    world.modules.note("/here/tyre.py", [])
    assert world.wanted("x = 1", follows=False) == set()
    for name in ("wheel", "tyre"):
        world.files.add(f"/here/{name}.py", "\nx = 1\n")
    assert world.modules.stops("import wheel")
    assert world.wanted("x = 1", follows=False) == {"wheel"}
    assert world.points.lines("/here/wheel.py") == {2}
    world.modules.note("/here/later.py", [{"line": 1}])
    world.modules.clear()
    world.files.add("/here/later.py", "x = 1\n")
    assert world.wanted("x = 1", follows=False) == set()


def test_not_every_file_is_kept_in_mind(world):
    for number in range(2 * MOST_EARLY):
        world.modules.note(f"/here/f{number}.py", [{"line": 1}])
    for number in (0, MOST_EARLY):
        world.files.add(f"/here/f{number}.py", "x = 1\n")
    assert world.wanted("x = 1", follows=False) == {"f0"}


def test_rows_name_the_board(world):
    assert world.modules.rows()[0] == {
        "id": "board /lib/motor.py",
        "name": "motor (board)",
        "path": "/here/motor.py",
    }
