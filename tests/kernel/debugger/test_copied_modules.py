"""Files that were copied to a board, as modules of the debugger."""

import pytest

from iot_kernel.boards.origins import Origins, digest
from iot_kernel.kernel.debugger.copied_modules import CopiedModules


class Session:
    """A kernel's session with a board that has imported one module."""

    platform = "rp2"

    def __init__(self):
        self.origins = Origins()
        self.current = self
        self.loaded = ["motor.py", 5]

    def origins_of(self, device):
        return self.origins

    def answer_when_idle(self, code):
        mark = code.partition("\\x1e")[2].partition("%s")[0]
        return f"\x1e{mark}{self.loaded!r}\x1f"


@pytest.fixture
def session(tmp_path):
    session = Session()
    for name in ("motor.py", "gear.py", "not-a-module.py", "data.txt"):
        (tmp_path / name).write_text("x = 'ü'\n")
        session.origins.note({f"/{name}": tmp_path / name}, "life", loaded=[], sent=[f"/{name}"])
    return session


def test_only_what_can_be_imported_is_a_module(session, tmp_path):
    motor, gear = CopiedModules(session).known()
    assert (motor.path, motor.file, motor.name) == (str(tmp_path / "motor.py"), "/motor.py", "motor")
    assert gear.digest == digest("x = 'ü'\n".encode())


def test_a_file_is_found_however_it_is_called(session, tmp_path):
    copied = CopiedModules(session)
    (tmp_path / "link").symlink_to(tmp_path)
    for path in (tmp_path / "motor.py", tmp_path / "link" / "motor.py"):
        assert copied.find(str(path)).name == "motor"
    assert copied.find(str(tmp_path / "other" / "motor.py")) is None
    assert copied.find("") is None


def test_the_text_is_that_which_was_copied(session, tmp_path):
    copied = CopiedModules(session)
    motor, gear = copied.known()
    assert copied.text(motor) == "x = 'ü'\n"
    (tmp_path / "motor.py").write_text("x = 2\n")
    assert copied.text(motor) is None
    session.origins.forget("/gear.py")
    assert copied.text(gear) is None


def test_bytes_that_are_no_text_are_left_alone(session, tmp_path):
    (tmp_path / "motor.py").write_bytes(b"x = '\xff'\n")
    session.origins.note({"/motor.py": tmp_path / "motor.py"}, "life", loaded=[], sent=["/motor.py"])
    copied = CopiedModules(session)
    assert copied.text(copied.find(str(tmp_path / "motor.py"))) is None


def test_what_is_imported(session):
    copied = CopiedModules(session)
    assert copied.imported(copied.known()) == [True, None]
    modules = copied.known()
    session.current = None
    assert copied.imported(modules) == [None, None]
    assert copied.known() == []
