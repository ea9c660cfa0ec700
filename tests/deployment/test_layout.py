"""How programs lie on a board; the stub that chooses runs on real MicroPython, whatever it finds."""

import pytest

from iot_kernel.deployment.layout import FIRST, STARTED, home_of, read_layout, stub
from iot_kernel.files.tree import RemoteFile, Tree
from tests.opened import opened
from tests.real_boards import kinds


def tree(*paths, directories=(), leftovers=()):
    files = {path: RemoteFile(path, 1, None, None) for path in sorted(paths)}
    return Tree(files, frozenset(directories), frozenset(), frozenset(leftovers), "sha256", None, False, None)


def layout(*paths, has_stub=True, home="/", **more):
    return read_layout(tree(*paths, **more), home, has_stub=has_stub)


def test_generations_are_read_from_files():
    found = layout(
        *("/main.py", "/.deploy/0/.on", "/.deploy/0/main.py", "/.deploy/4/.on", "/.deploy/4/main.py"),
        *(
            "/.deploy/4/lib/a.py",
            "/.deploy/5/.try",
            "/.deploy/5/main.py",
            "/.deploy/x/main.py",
            "/.deploy/07/y",
        ),
        directories=["/.deploy", "/.deploy/6"],
        leftovers=["/.deploy/9/main.py.~iot"],
    )
    assert list(found.generations) == [0, 4, 5, 6, 9]
    assert sorted(found.generations[4].files) == ["lib/a.py", "main.py"]
    assert (found.current.number, found.previous.number, found.next_number) == (4, FIRST, 10)
    assert [found.generations[number].is_trial for number in (4, 5)] == [False, True]
    assert found.surplus(10) == [5, 6, 9]
    assert (found.main, found.path(5), found.path(5, "a.py")) == ("/main.py", "/.deploy/5", "/.deploy/5/a.py")


def test_what_is_current():
    on = ("/.deploy/1/.on", "/.deploy/1/main.py", "/.deploy/2/.on", "/.deploy/2/main.py")
    assert layout(*on).current.number == 2
    assert layout(*on).previous.number == 1
    assert layout(*on, has_stub=False).current is layout(*on, has_stub=False).previous is None
    assert layout(*on[:3]).current.number == 1  # 2 has lost its main.py
    assert layout("/.deploy/0/.on").current is None
    assert layout().next_number == 1


def test_below_another_home():
    found = layout("/flash/.deploy/3/.on", "/flash/.deploy/3/main.py", "/.deploy/8/.on", home="/flash")
    assert (found.current.number, found.directory, found.main) == (3, "/flash/.deploy", "/flash/main.py")
    assert home_of(frozenset({"/flash", "/sd"})) == "/flash"
    assert home_of(frozenset({"/sd"})) == "/"


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("stub") / "board") as board, opened(board) as device:
        device.directory = board.directory
        yield device


def started(device, *paths, text=None, home="/"):
    """Which program a stub starts on a board with these files; each main.py notes its own path."""
    for path in [*device.files.tree("/").files]:
        device.files.remove(path)
    contents = {path: f"ran = {path!r}".encode() if path.endswith("main.py") else b"" for path in paths}
    device.files.write_files(contents | {"/stub.py": text or stub(home)})
    device.exec("import sys\nsys.path[:] = ['', '.frozen', '/lib']\nran = None\nexecfile('/stub.py')")
    return device.eval("ran"), device.eval(STARTED), device.eval("sys.path[:-3]")


pytestmark = pytest.mark.board


def on(*numbers):
    return [f"/.deploy/{number}/{name}" for number in numbers for name in (".on", "main.py")]


def test_the_stub_starts_the_highest_that_is_on(device):
    assert started(device, *on(0, 9, 10), "/.deploy/11/main.py") == (
        "/.deploy/10/main.py",
        (10, ""),
        ["/.deploy/10", "/.deploy/10/lib"],
    )


def test_the_stub_starts_what_was_there_at_first_as_it_was(device):
    assert started(device, *on(0)) == ("/.deploy/0/main.py", (0, ""), [])


def test_the_stub_starts_a_trial_once(device):
    paths = (*on(1), "/.deploy/2/.try", "/.deploy/2/main.py")
    assert started(device, *paths)[0] == "/.deploy/2/main.py"
    device.exec("execfile('/stub.py')")
    assert device.eval("ran") == "/.deploy/1/main.py"


def test_the_stub_starts_no_trial_that_it_cannot_end(device):
    """As on a file system that is read-only: it would start the trial at each boot."""
    text = (
        stub("/")
        .replace(b"os.remove(", b"os.no_such_function(")
        .replace(b"OSError", b"(OSError, AttributeError)")
    )
    assert (
        started(device, *on(1), "/.deploy/2/.try", "/.deploy/2/main.py", text=text)[0] == "/.deploy/1/main.py"
    )


def test_the_stub_passes_over_what_is_damaged(device):
    damaged = ("/.deploy/7/.on", "/.deploy/8/.try", "/.deploy/x/.on", "/.deploy/x/main.py", "/.deploy/9.on")
    assert started(device, *on(3), *damaged)[0] == "/.deploy/3/main.py"


def test_the_stub_with_nothing_to_start(device):
    assert started(device, "/.deploy/0/.on") == (None, (-1, ""), [])
    assert started(device) == (None, (-1, ""), [])


def test_the_stub_leaves_no_names_but_one(device):
    before = set(device.eval("dir()"))
    started(device, *on(1))
    assert set(device.eval("dir()")) - before - {"sys", "ran"} <= {STARTED}


def test_the_stub_is_not_misled_by_files_called_as_modules(device):
    assert started(device, *on(1), "/os.py")[0] == "/.deploy/1/main.py"


@pytest.mark.parametrize("has_execfile", [True, False])
def test_tracebacks_name_the_real_file_and_line(device, has_execfile):
    started(device, *on(1))
    device.files.write("/.deploy/1/main.py", b"import part\n\npart.f()")
    device.files.write("/.deploy/1/lib/part.py", b"def f():\n    1/0")
    device.files.write("/stub.py", stub("/", has_execfile=has_execfile))
    with pytest.raises(Exception, match="ZeroDivisionError") as caught:
        device.exec("execfile('/stub.py')")
    traceback = caught.value.traceback
    assert 'File "/.deploy/1/main.py", line 3, in <module>' in traceback
    assert 'File "/.deploy/1/lib/part.py", line 2, in f' in traceback


def test_a_program_is_the_main_one(device):
    started(device, *on(1))
    device.files.write("/.deploy/1/main.py", b"ran = __name__")
    device.exec("execfile('/stub.py')")
    assert device.eval("ran") == "__main__"


def test_the_stub_is_small():
    assert len(stub("/flash", has_execfile=False)) < 1500
