"""Names of modules that a cell imports which has not run: nothing of the user's runs for them either."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from iot_kernel.device import lookup
from iot_kernel.device.device import Device
from iot_kernel.errors import IoTKernelError
from iot_kernel.snippets import OWN
from iot_kernel.syntax.imports import Imported
from tests.real_boards import kinds

CODE = """
ran = []
class Base:
    def __getattr__(self, name):
        ran.append(name)
        raise AttributeError(name)
    def __dir__(self):
        ran.append('dir')
        return []
    def method(self): return 1
sensor = Base()
number = 42
table = {'two': 1}
"""


@pytest.fixture(scope="module")
def unix(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("board")) as board:
        yield from opened(board)


@pytest.fixture(scope="module", params=["unix", "wasm"])
def board(request):
    if request.param == "unix":
        yield request.getfixturevalue("unix")
    else:
        with kinds.wasm() as board:
            yield from opened(board)


def opened(board):
    device = Device(board.url)
    device.open()
    device.exec(CODE)
    yield device
    assert device.eval("ran") == []
    device.close()


@pytest.fixture
def directory(unix):
    """Where the files of a board on this computer are."""
    return Path(parse_qs(urlsplit(unix.url).query)["dir"][0])


def names(board, chain, module, path=(), **options):
    found = lookup.names(
        board.exec, (chain,), platform=board.platform, imported=Imported(module, path), **options
    )
    return None if found is None else found.names


def describe(board, chain, module, *path):
    return lookup.describe(board.exec, (chain,), platform=board.platform, imported=Imported(module, path))


def test_modules_of_the_firmware(board):
    assert {"sin", "sqrt"} <= set(names(board, "cmath", "cmath", prefix="s"))
    assert "popitem" in names(board, "Many", "collections", ("OrderedDict",))
    assert describe(board, "pi", "cmath", "pi").kind == "float"
    assert not board.eval("'cmath' in globals()")


@pytest.mark.parametrize(
    ("module", "path"),
    [("cmath", ("nothing",)), ("nothing", ()), ("no.such", ()), ("cmath", ("not a name",)), ("..", ())],
)
def test_what_leads_nowhere(board, module, path):
    assert names(board, "it", module, path) is None
    assert describe(board, "it", module, *path) is None


def test_many_names_are_cut(board, monkeypatch):
    monkeypatch.setattr(lookup, "MOST_NAMES", 3)
    found = lookup.names(board.exec, ("m",), platform=board.platform, imported=Imported("cmath"))
    assert (len(found.names), found.is_whole) == (3, False)


def test_variables_come_first(board):
    assert names(board, "table", "cmath", prefix="t", keys=True) == ("two",)
    assert "method" in names(board, "sensor", "cmath")
    assert describe(board, "number", "cmath").value == "42"


def test_no_module_in_python_is_imported(unix, directory):
    (directory / "mine.py").write_text("import __main__\n__main__.ran.append('mine')\n")
    before = unix.eval("__import__('sys').path")
    for name in ("mine", "asyncio"):  # a file, and one that is frozen
        assert names(unix, name, name) is None
        assert not unix.eval(f"'{name}' in __import__('sys').modules")
    assert unix.eval("__import__('sys').path") == before
    assert unix.eval("__import__('asyncio').__name__") == "asyncio"


LOADED = """
import __main__
limit = 5
class Bus(__main__.Base): pass
bus = Bus()
def __getattr__(name):
    __main__.ran.append('module')
    raise AttributeError(name)
"""


def test_a_file_that_was_imported_before_is_looked_into(unix, directory):
    (directory / "bus_of_mine.py").write_text(LOADED)
    unix.exec("def load():\n import bus_of_mine\nload()")
    assert names(unix, "bus_of_mine", "bus_of_mine", prefix="l") == ("limit",)
    assert "method" in names(unix, "bus", "bus_of_mine", ("bus",))
    assert describe(unix, "limit", "bus_of_mine", "limit").value == "5"
    assert names(unix, "bus_of_mine", "bus_of_mine", ("nothing",)) is None
    assert not unix.eval(f"'{OWN}' in globals()")


def test_a_board_that_cannot_tell_files_from_firmware_is_asked_for_variables_alone():
    asked = []

    def execute(code):
        asked.append(code)
        raise IoTKernelError("enough")

    with pytest.raises(IoTKernelError):
        lookup.names(execute, ("cmath",), platform="microbit", imported=Imported("cmath"))
    assert len(asked) == 1
