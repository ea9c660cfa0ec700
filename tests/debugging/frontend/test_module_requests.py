"""What a frontend is answered about modules of the board."""

import pytest

from iot_kernel.errors import ConnectionLostError
from tests.debugging.frontend.scripted_debugger import Session

MOTOR = "def spin(n):\n    return n\n"


@pytest.fixture
def session():
    session = Session()
    session.attach()
    session.motor = session.files.add("/here/motor.py", MOTOR)
    return session


def set_lines(session, *lines, path="/here/motor.py"):
    wanted = [{"line": line} for line in lines]
    return session.ask("setBreakpoints", source={"path": path}, breakpoints=wanted)["breakpoints"]


def test_the_boards_modules_are_listed_before_the_hosts(session):
    session.host["modules"] = {"modules": [{"id": 1, "name": "os", "path": "/os.py"}], "totalModules": 1}
    body = session.ask("modules")
    assert [row["path"] for row in body["modules"]] == ["/here/motor.py", "/os.py"]
    assert body["totalModules"] == 2
    session.host.clear()
    assert len(session.ask("modules")["modules"]) == 1


def test_its_source_is_that_of_the_file_here(session):
    assert session.ask("source", source={"path": "/here/motor.py"}) == {"content": MOTOR}
    assert session.request("source", source={"path": "/here/other.py"}) is None


def test_breakpoints_are_set_for_both_sides_and_told_once(session):
    session.host["debugInfo"]["breakpoints"] = [{"source": "/here/motor.py", "breakpoints": [{"line": 9}]}]
    (made,) = set_lines(session, 2)
    assert (made["line"], made["verified"], made["source"]) == (2, True, {"path": "/here/motor.py"})
    assert session.asked[-1] == "setBreakpoints"
    assert session.ask("debugInfo")["breakpoints"] == [
        {"source": "/here/motor.py", "breakpoints": [{"line": 2}]}
    ]


def test_files_that_are_no_modules_of_the_board_are_debugpys(session):
    path = {"path": "/here/other.py"}
    assert session.request("setBreakpoints", source=path, breakpoints=[{"line": 1}]) is None


def test_what_was_imported_before_says_what_to_do(session):
    session.board.texts["motor"] = True
    (made,) = set_lines(session, 2)
    assert made["verified"]
    assert made["message"].startswith("motor was imported before")
    session.board.texts["motor"] = session.cells.modules.send(session.motor).key
    (made,) = set_lines(session, 2)
    assert "message" not in made


def test_a_board_that_cannot_be_asked_is_no_hindrance(session):
    async def lost(modules):
        raise ConnectionLostError("gone")

    session.board.imported = lost
    assert "message" not in set_lines(session, 2)[0]
    assert set_lines(session) == []


def test_only_while_somebody_debugs_modules_are_wanted(session):
    set_lines(session, 2)
    assert session.cells.follows("import motor")
    assert session.cells.wanted("x = 1", follows=False) == [session.motor]
    session.request("disconnect")
    assert session.cells.wanted("import motor", follows=True) == []
