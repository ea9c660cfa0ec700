"""Names of a live board: right on every kind, and no code of the user's runs for them."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from iot_kernel.device import lookup
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, IoTKernelError, RemoteProtocolError
from iot_kernel.repl.code_sender import SMALL
from tests.each import each
from tests.real_boards import kinds
from tests.real_boards.wireless import WirelessBoard

CODE = """
ran = []
class Base:
    limit = 3
    def __getattr__(self, name):
        ran.append(name)
        raise AttributeError(name)
    def __repr__(self):
        ran.append('repr')
        return 'x'
    def __len__(self):
        ran.append('len')
        return 1
    def __dir__(self):
        ran.append('dir')
        return []
    def method(self): return 1
class Sensor(Base):
    def read(self): return 2
class Words(dict):
    def __iter__(self):
        ran.append('iter')
        return iter(())
def double(x): return 2 * x
sensor = Sensor()
sensor.own = sensor
number = 42
text = 'abc' * 30
many = [0] * 40
table = {'one': 1, 'two': {}, 3: 4}
words = Words(a=1)
largest = 1 << 200
"""
PROPERTY = """
class Evil:
    @property
    def level(self):
        ran.append('property')
        return 1
evil = Evil()
"""

KINDS = ["unix", "webrepl", "wasm", "microbit"]


@pytest.fixture(scope="module", params=KINDS)
def board(request, tmp_path_factory):
    makes = {"unix": kinds.unix, "webrepl": WirelessBoard}
    make = makes.get(request.param)
    with make(tmp_path_factory.mktemp("board")) if make else getattr(kinds, request.param)() as board:
        device = Device(board.url, password=getattr(board, "password", None))
        device.open()
        device.kind = request.param
        device.exec(CODE)
        yield device
        assert device.eval("ran") == []
        device.close()


def names(board, *chain, **options):
    found = lookup.names(board.exec, chain, platform=board.platform, **options)
    return None if found is None else found.names


def describe(board, *chain):
    return lookup.describe(board.exec, chain, platform=board.platform)


def test_variables_and_builtins(board):
    found = names(board)
    assert {"sensor", "double", "print", "Sensor"} <= set(found)
    assert not [name for name in found if name.startswith("__iot")]
    assert set(names(board, prefix="num")) == {"number"}


def test_modules(board):
    board.exec("import sys, struct")
    assert {"platform", "version"} <= set(names(board, "sys"))
    assert names(board, "struct", prefix="pac") is not None
    assert set(names(board, "struct", prefix="calc")) == {"calcsize"}


def test_classes(board):
    assert {"limit", "method"} <= set(names(board, "Base"))
    assert "read" in names(board, "Sensor")
    assert ("limit" in names(board, "Sensor")) == (board.kind != "microbit")  # which tells of no bases


def test_objects_of_a_user_s_class(board):
    found = set(names(board, "sensor"))
    assert {"read", "own"} <= found
    assert ("method" in found) == (board.kind != "microbit")


def test_a_chain_through_objects(board):
    assert {"read", "own"} <= set(names(board, "sensor", "own", "own"))


def test_objects_of_the_firmware(board):
    assert {"append", "sort"} <= set(names(board, "many"))
    assert {"upper", "split"} <= set(names(board, "text"))


def test_keys(board):
    assert set(names(board, "table", keys=True)) == {"one", "two"}
    assert set(names(board, "table", prefix="t", keys=True)) == {"two"}
    assert names(board, "words", keys=True) == ()
    assert names(board, "many", keys=True) == ()


@pytest.mark.parametrize(
    "chain", [("nothing",), ("sensor", "nothing"), ("many", "nothing"), ("a b",), ("x",) * 21]
)
def test_what_leads_nowhere(board, chain):
    assert names(board, *chain) is None
    assert describe(board, *chain) is None


def test_modules_that_can_be_imported(board):
    found = lookup.modules(board.exec, platform=board.platform)
    if board.kind == "unix":
        (Path(parse_qs(urlsplit(board.url).query)["dir"][0]) / "mine.py").write_text("raise SystemExit\n")
        assert "mine" in lookup.modules(board.exec, platform=board.platform)
    if board.kind == "microbit":
        assert {"os", "random", "micropython"} <= set(found)
    assert list(found) == sorted(found)


@pytest.mark.parametrize("name", ["look_up", "describe", "modules"])
def test_questions_need_no_other_before_them(name):
    """A board would be asked how much memory it has, which takes longer than the question."""
    given = repr(("a_name_of_20_letters",) * 4)
    assert len(lookup._program(name, "rp2")) + len(given) < SMALL


TABLE = """__main__          board             microcontroller   storage
adafruit_bus_device.i2c_device      supervisor
analogio          builtins          os                sys
"""


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "Plus any modules on the filesystem",
        "Und alle Module im Dateisystem",
        "プラス ファイルシステム",
        "加上文件系统上的任何模块",
    ],
)
def test_modules_are_told_in_any_language(ending):
    """CircuitPython says it in its user's language."""

    def execute(code):
        mark = code.partition("\\x1e")[2][:12]
        return f"\x1e{mark}{TABLE}{ending}\n\x1d['code.py', 'lib', 'ünï.py', 'boot_out.txt']\x1f"

    found = lookup.modules(execute, platform="RP2040")
    firmware = ["adafruit_bus_device.i2c_device", "analogio", "board", "builtins", "microcontroller", "os"]
    names = [name.partition(".")[0] for name in [*firmware, "storage", "supervisor", "sys"]]
    assert sorted(found) == sorted([*names, "code", "lib", "ünï"])
    assert sorted(lookup.firmware_modules(execute, platform="RP2040")) == sorted(names)


def test_many_names_are_cut(board, monkeypatch):
    monkeypatch.setattr(lookup, "MOST_NAMES", 20)
    board.exec("space = {}\nfor n in range(30): space['k%02d' % n] = n")
    found = lookup.names(board.exec, ("space",), platform=board.platform, keys=True)
    assert len(found.names) == 20
    assert not found.is_whole
    assert lookup.names(board.exec, ("space",), "k1", platform=board.platform, keys=True).is_whole
    board.exec("del space")


def test_descriptions(board):
    assert describe(board, "number") == lookup.NameDescription("int", None, "42")
    assert describe(board, "text") == lookup.NameDescription(
        "str", 90, repr("abc" * 30)[: lookup.LONGEST_VALUE + 1] + "'… 90 characters"
    )
    assert describe(board, "many") == lookup.NameDescription("list", 40)
    assert describe(board, "double").kind == "function"
    assert describe(board, "sensor") == lookup.NameDescription("Sensor")
    assert describe(board, "Sensor") == lookup.NameDescription("type", None, "Sensor")
    assert describe(board, "words") == lookup.NameDescription("Words")
    assert describe(board, "sensor", "read").kind in ("function", "bound_method")
    assert len(describe(board, "largest").value) <= lookup.LONGEST_VALUE


MADE = """
def evil(name): return lambda *given: ran.append(name) or 1
Made = type('Made', (), {name: evil(name) for name in ('__getattr__', '__len__', '__repr__', '__dir__')})
made = Made()
"""


def test_classes_that_no_statement_made(board):
    """They have no ``__module__``."""
    if board.kind == "microbit":
        return  # which has no memory for more classes
    board.exec(MADE)
    assert names(board, "made", "nothing") is None
    assert names(board, "made") is not None
    assert describe(board, "made") == lookup.NameDescription("Made")
    assert describe(board, "made", "nothing") is None
    board.exec("del evil, Made, made")
    assert board.eval("ran") == []


STRUCTURE = """
import uctypes
register = bytearray(4)
port = uctypes.struct(uctypes.addressof(register), {"value": uctypes.UINT8, "inner": (0, {})})
"""


def test_registers_are_not_read(board):
    """Some chips take reading a register for an order."""
    if board.kind == "microbit":
        with pytest.raises(DeviceError, match="uctypes"):
            board.exec(STRUCTURE)
        return
    board.exec(STRUCTURE)
    assert names(board, "port") is None
    assert names(board, "port", "inner") is None
    assert describe(board, "port", "value") is None


FALSE = """
class Table:
    def __contains__(self, name): ran.append('contains'); return True
    def __getitem__(self, name): ran.append('getitem'); return 1
    def __iter__(self): ran.append('iter'); return iter(['x'])
false = Base()
false.__dict__ = Table()
"""


def test_a_dictionary_that_is_none(board):
    """Its methods would run, and could run for ever."""
    if board.kind == "microbit":
        return  # which has no __dict__, and no memory for more classes
    board.exec(FALSE)
    names(board, "false")
    names(board, "false", "x")
    describe(board, "false", "x")
    board.exec("del Table, false")
    assert board.eval("ran") == []


MODULE = """
ran = []
class Name:
    def __repr__(self): ran.append('repr'); return 'x'
__name__ = __file__ = Name()
"""


def test_a_module_with_another_name(board):
    if board.kind != "unix":
        return  # needs files; the program is the same
    board.exec(f"with open('named.py', 'w') as file: file.write({MODULE!r})")
    board.exec("import named")
    assert describe(board, "named") == lookup.NameDescription("module")
    assert board.eval("named.ran") == []
    board.exec(FALSE)
    board.exec("named.__dict__ = Table()")
    assert names(board, "named") is None
    describe(board, "named")
    assert board.eval("ran") == []


def test_what_cannot_be_listed_is_not_taken_for_empty(board):
    """The text of the cells may know its names."""
    if board.kind != "microbit":
        board.exec("class Odd: pass\nodd = Odd()\nodd.__dict__ = None")
        assert names(board, "odd") is None


def test_properties_are_not_evaluated(board):
    if board.kind == "microbit":
        with pytest.raises(DeviceError, match="property"):
            board.exec(PROPERTY)
        return
    board.exec(PROPERTY)
    assert "level" in names(board, "evil")
    assert names(board, "evil", "level") is None
    assert describe(board, "evil", "level") is None


FILES = """
import os
for name in NAMES:
    open(name, 'w').close()
"""


def files(board, directory="", prefix=""):
    found = lookup.files(board.exec, directory, prefix, platform=board.platform)
    return None if found is None else set(found.names)


def test_files(board):
    names = ["alpha.py", "alarm.csv", "b c.txt", "al.~iot"]
    board.exec(FILES.replace("NAMES", repr(names)))
    assert {"alpha.py", "alarm.csv", "b c.txt"} <= files(board)
    assert files(board, prefix="al") == {"alpha.py", "alarm.csv"}
    assert files(board, prefix="nothing") == set()
    assert "alpha.py" in files(board, "/") or board.kind == "wasm"  # whose files are not in the root
    assert files(board, "/nowhere", "a") is None
    board.exec(f"for name in {names!r}: os.remove(name)\ndel name")


def test_directories(board):
    if board.kind == "microbit":
        assert files(board, "/lib") is None
        return
    board.exec("import os\nos.mkdir('al')\nos.mkdir('al/deep')\nopen('al/f', 'w').close()")
    try:
        assert files(board, prefix="al") == {"al/"}
        assert files(board, "al") == {"deep/", "f"}
        assert files(board, "al/deep") == set()
        assert files(board, "al/f") is None
    finally:
        board.exec("os.remove('al/f')\nos.rmdir('al/deep')\nos.rmdir('al')")


def test_variables_that_can_be_copied(board):
    found = set(lookup.variables(board.exec, platform=board.platform).names)
    assert {"number", "text", "many", "table", "largest", "ran"} <= found
    assert not {"double", "Sensor", "sensor", "words", "os", "print"} & found
    assert set(lookup.variables(board.exec, "ta", platform=board.platform).names) == {"table"}


def test_many_files_and_variables_are_cut(board, monkeypatch):
    monkeypatch.setattr(lookup, "MOST_NAMES", 2)
    board.exec(FILES.replace("NAMES", "['n1', 'n2', 'n3']"))
    found = lookup.files(board.exec, "", "n", platform=board.platform)
    assert (len(found.names), found.is_whole) == (2, False)
    assert lookup.files(board.exec, "", "n1", platform=board.platform).is_whole
    found = lookup.variables(board.exec, platform=board.platform)
    assert (len(found.names), found.is_whole) == (2, False)
    board.exec("for name in ['n1', 'n2', 'n3']: os.remove(name)\ndel name")


def test_it_leaves_nothing(board):
    before = board.eval("sorted(globals())")
    files(board)
    lookup.variables(board.exec, platform=board.platform)
    names(board, "sensor")
    describe(board, "sensor")
    assert board.eval("sorted(globals())") == before


@pytest.mark.parametrize("answer", ["", "\x1eMARK[\x1f", "\x1eMARK__import__('os')\x1f", "\x1e123['a']\x1f"])
def test_what_is_no_answer(answer):
    def execute(code):
        mark = code.partition("\x1e")[2][:12] if "\x1e" in code else code.partition("\\x1e")[2][:12]
        return answer.replace("MARK", mark)

    with pytest.raises((IoTKernelError, RemoteProtocolError)):
        lookup.names(execute, ())


@pytest.mark.parametrize(
    "said", ["['ok', 'a b', '', 'x\\n', 3, None, ('a',), 'b' * 3]", "['ok', 1.5]", "['ok', '__iot__', 'ok']"]
)
def test_names_that_are_none_are_left_out(said):
    def execute(code):
        mark = code.partition("\\x1e")[2][:12]
        return f"noise\x1e{mark}{said}\x1fnoise"

    if "*" in said:
        with pytest.raises(RemoteProtocolError):
            lookup.names(execute, ())
    else:
        assert lookup.names(execute, ()).names == ("ok",)


@pytest.mark.parametrize("said", ["None", "3", "('int',)", "(1, 2, 3)", "'x'"])
def test_descriptions_that_are_none(said):
    def execute(code):
        mark = code.partition("\\x1e")[2][:12]
        return f"\x1e{mark}{said}\x1f"

    assert lookup.describe(execute, ("x",)) is None


@pytest.mark.parametrize(
    "said", ["['ok', 'a/b', '..', '', 'x\\n', 3, None, 'lib//']", "['ok', 'ok', 'no.~iot']"]
)
def test_files_that_are_none_are_left_out(said):
    def execute(code):
        mark = code.partition("\\x1e")[2][:12]
        return f"noise\x1e{mark}{said}\x1fnoise"

    assert lookup.files(execute, "").names == ("ok",)
    assert lookup.variables(execute, "o").names == ("ok",)


def test_firmware_that_lists_plain_names(tmp_path, monkeypatch, capsys):
    """CircuitPython's ``os`` has no ``ilistdir``, as this computer's has none."""

    def execute(code):
        exec(code, {})
        return capsys.readouterr().out

    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "log.csv").write_text("")
    monkeypatch.chdir(tmp_path)
    assert set(lookup.files(execute, "", "l").names) == {"lib/", "log.csv"}
    assert lookup.files(execute, str(tmp_path / "lib")).names == ("deep/",)
    assert lookup.files(execute, "nothing") is None


def test_files_of_modules_that_were_loaded(board):
    loaded = lookup.loaded_files(board.exec, platform=board.platform)
    if board.kind == "microbit":
        assert loaded is None
        return
    board.files.write("/loaded_tool.py", b"x = 1")
    board.exec("import sys\nsys.modules['fake'] = sensor\nimport loaded_tool")
    assert set(lookup.loaded_files(board.exec, platform=board.platform)) - set(loaded) == {"loaded_tool.py"}
    board.exec("del sys.modules['fake'], sys.modules['loaded_tool'], sys, loaded_tool")
    board.files.remove("/loaded_tool.py")


@each("said", ["None", "5", "[1, None, 'a']", "'x'"])
def test_answers_about_loaded_files(said):
    def execute(code):
        return f"\x1e{re.search('x1e([0-9a-f]{12})', code)[1]}{said}\x1f"

    assert lookup.loaded_files(execute) == (["a"] if said.startswith("[") else None)
