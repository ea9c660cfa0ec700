"""Names of modules that a cell imports which has not run: nothing of the user's runs for them either."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from iot_kernel.device import lookup
from iot_kernel.device.modules_in_c import is_in_c
from iot_kernel.errors import IoTKernelError
from iot_kernel.snippets import OWN
from iot_kernel.syntax.bindings import Imported
from tests.opened import opened
from tests.real_boards import kinds

CODE = """
import __main__, sys
ran = []
class Base:
    def __getattr__(self, name):
        ran.append(name)
        raise AttributeError(name)
    def __dir__(self):
        ran.append('dir')
        return []
    @property
    def level(self):
        ran.append('level')
        return self
    def method(self): return 1
sensor = Base()
sys.modules['fake'] = sensor
"""

#: A module of the user's: it says when it runs, and when somebody asks it for what it has not.
MODULE = """
import __main__
__main__.ran.append(__name__)
limit = 5
class Bus(__main__.Base): pass
bus = Bus()
def __getattr__(name):
    __main__.ran.append('getattr')
    raise AttributeError(name)
"""


@pytest.fixture(scope="module")
def unix(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("board")) as board, opened(board) as device:
        device.exec(CODE)
        yield device


@pytest.fixture(scope="module", params=["unix", "wasm"])
def board(request):
    if request.param == "unix":
        yield request.getfixturevalue("unix")
    else:
        with kinds.wasm() as board, opened(board) as device:
            device.exec(CODE)
            yield device


@pytest.fixture(autouse=True)
def nothing_runs(request):
    """Nothing of the user's runs but what the test itself runs, and nothing is left."""
    device = request.getfixturevalue("board" if "board" in request.fixturenames else "unix")
    device.exec("ran.clear()")
    places = device.eval("sys.path")
    yield
    assert device.eval("ran") == []
    assert device.eval("sys.path") == places
    assert not device.eval(f"'{OWN}' in globals()")


@pytest.fixture
def directory(unix):
    """Where the files of a board on this computer are."""
    return Path(parse_qs(urlsplit(unix.url).query)["dir"][0])


def names(board, module, *path, prefix=""):
    place, may = Imported(module, path), is_in_c(module)
    found = lookup.names(board.exec, place, prefix, platform=board.platform, may_import=may)
    return None if found is None else found.names


def describe(board, module, *path):
    place, may = Imported(module, path), is_in_c(module)
    return lookup.describe(board.exec, place, platform=board.platform, may_import=may)


def imported(board, statement):
    """Runs an import that binds no variable."""
    board.exec(f"def load():\n {statement}\nload()\nran.clear()")


def test_modules_of_the_firmware(board):
    assert {"sin", "sqrt"} <= set(names(board, "cmath", prefix="s"))
    assert "popitem" in names(board, "collections", "OrderedDict")
    assert describe(board, "cmath", "pi").kind == "float"
    assert describe(board, "collections", "OrderedDict").kind == "type"
    assert not board.eval("'cmath' in globals()")


@pytest.mark.parametrize(
    "place",
    [
        ("cmath", "nothing"),
        ("cmath", "not a name"),
        ("nothing",),
        ("no.such",),
        ("..",),
        ("framebuf.FrameBuffer",),
        ("__main__", "sensor", "level"),
        ("fake",),
        ("fake", "method"),
    ],
)
def test_what_leads_nowhere(board, place):
    assert names(board, *place) is None
    assert describe(board, *place) is None


def test_many_names_are_cut(board, monkeypatch):
    monkeypatch.setattr(lookup, "MOST_NAMES", 3)
    found = lookup.names(board.exec, Imported("cmath"), platform=board.platform, may_import=True)
    assert (len(found.names), found.is_whole) == (3, False)


def test_no_module_in_python_is_imported(unix, directory):
    (directory / "mine.py").write_text(MODULE)
    (directory / "heapq.py").write_text(MODULE)  # comes before the firmware's
    (directory / "pack").mkdir()
    for name in ("__init__", "one", "two"):
        (directory / "pack" / f"{name}.py").write_text(MODULE)
    assert "heappop" in names(unix, "heapq")
    for name in ("mine", "pack", "pack.one", "asyncio"):  # the last one is frozen
        assert names(unix, name) is None
        assert not unix.eval(f"'{name}' in sys.modules")
    assert not unix.eval("'heapq' in sys.modules")
    imported(unix, "import pack.one")
    assert names(unix, "pack.two") is None
    assert not unix.eval("'pack.two' in sys.modules")


@pytest.mark.parametrize("has_init", [True, False])
def test_what_was_imported_before_is_looked_into(unix, directory, has_init):
    package = f"lib{has_init:d}"
    (directory / package).mkdir()
    (directory / package / "bus.py").write_text(MODULE)
    if has_init:
        (directory / package / "__init__.py").write_text(MODULE)
    imported(unix, f"import {package}.bus")
    assert names(unix, f"{package}.bus", prefix="l") == ("limit",)
    assert "method" in names(unix, f"{package}.bus", "bus")
    assert "method" in names(unix, package, "bus", "bus")
    assert names(unix, package, "bus", "bus", "level") is None
    assert describe(unix, package, "bus", "limit").value == "5"
    assert names(unix, package, "nothing") is None


def test_threads_that_import_are_not_disturbed(unix, directory):
    (directory / "plain.py").write_text("value = 1\n")
    unix.exec("""
import _thread
failed, count, stop = [], [0], []
def load():
    while not stop:
        sys.modules.pop('plain', None)
        try:
            import plain
            count[0] += 1
        except BaseException as error:
            failed.append(error)
    stop.append('ended')
_thread.start_new_thread(load, ())
""")
    while unix.eval("count[0]") < 50:
        assert "sqrt" in names(unix, "cmath", prefix="s")
    unix.exec("import time\nstop.append(1)\nwhile len(stop) < 2: time.sleep_ms(1)")
    assert unix.eval("failed") == []


def test_a_board_that_cannot_tell_files_from_firmware_is_asked_for_the_variable():
    asked = []

    def execute(code):
        asked.append(code)
        raise IoTKernelError("enough")

    with pytest.raises(IoTKernelError):
        lookup.names(execute, Imported("cmath", ("pi",)), platform="microbit")
    assert len(asked) == 1
    assert "('cmath', 'pi')" in asked[0]
