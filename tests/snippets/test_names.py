"""What a user has on a board does not matter to our programs: variables and files with any name."""

import ast
import contextlib
import symtable
from pathlib import Path

import pytest

import iot_kernel.snippets
from iot_kernel.device.clock import Clock, ClockError
from iot_kernel.errors import DeviceError
from iot_kernel.packages.importing import ask_imports
from iot_kernel.snippets import OWN, SHADOWED, executing, minified, snippet
from iot_kernel.ucore import source
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.transfer import Values
from tests.each import each
from tests.opened import opened

FILES = sorted(p.stem for p in Path(iot_kernel.snippets.__file__).parent.glob("*.py") if p.stem != "__init__")

#: These run among names of their own.
ALONE = ("debug", "debug_modules", "debug_notes", "debug_trace", "frame", "provide_ucore", "receive", "send")

VALUES = {
    "numbers": [1, -(1 << 70), 2.5, True, None],
    "texts": ("é", b"\0\xff", bytearray(b"ab"), {"a": {1, 2}, 3: [(), {}]}),
    "long": ["x" * 700, b"y" * 700, *range(300)],
}

#: Names of builtins.
NAMES = f"[n for n in {OWN}.dir({OWN}) if n!='__name__'][PART]"

#: Parts of these.
QUARTERS = ("::4", "1::4", "2::4", "3::4")

#: Gives variables these names.
TAKE = executing(f"[{OWN}.globals().__setitem__(n,'mine') for n in {NAMES}]")

#: Says which of them have another value now, and what of ours is there.
TAKEN = executing(
    f"{OWN}.print([n for n in {NAMES} if {OWN}.globals().get(n)!='mine'],"
    f"[n for n in {OWN}.globals() if n[:5]=='__iot'and n not in('__iot__','{OWN}')])"
)


def free_names(text):
    """Names that a program looks for among the user's variables, and those that it leaves or has there."""
    table = symtable.symtable(text, "snippet", "exec")
    tables = [table]
    for inner in tables:
        tables += inner.get_children()
    wanted = {
        symbol.get_name()
        for inner in tables
        for symbol in inner.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or inner is table)
    }
    return {name for name in wanted if not name.startswith("__iot_") and not name.isupper()}


@each("name", [name for name in FILES if name not in ALONE])
def test_no_builtin_is_looked_for_among_variables(name):
    assert free_names(snippet(name)) == set()


def test_what_looks_like_that():
    assert free_names("def __iot_a__(say):\n say(len(LONGEST), [print for b in say])") == {"len", "print"}
    assert free_names("def __iot_a__(say):\n def f():\n  return hasattr") == {"hasattr"}
    assert free_names("try:pass\nexcept OSError:pass") == {"OSError"}
    assert free_names("def __iot_a__(say):\n from builtins import len\n return lambda: len") == set()


def imported(text):
    """What a program imports: first the modules, then those that it takes only where others are missing."""
    tree = ast.parse(text)
    rest = {
        node
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler)
        for node in ast.walk(handler)
    }
    found = (set(), set())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found[node in rest].add(node.module)
        elif isinstance(node, ast.Import):
            found[node in rest].update(alias.name for alias in node.names)
    return found


@each("name", [*FILES, "ucore"])
def test_imports_are_of_the_firmwares_modules(name):
    first, rest = imported(minified(source(name)) if name == "ucore" else snippet(name))
    assert not first & SHADOWED
    assert {f"u{name}" for name in rest & SHADOWED} <= first | rest


def test_what_is_imported():
    assert imported("import os\ntry:import json\nexcept:from time import time") == ({"os", "json"}, {"time"})


@pytest.fixture(params=["unix", "wasm", "webrepl", "microbit"])
def device(request):
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


def both_ways_for_files(device):
    files = device.files
    is_flat = device.platform == "microbit"
    where = "/" if is_flat else "/d/e/"
    for is_fast in (False,) if is_flat else (True, False):  # a micro:bit knows one way only
        files._is_fast = is_fast
        content = {f"{where}a{number}.txt": b"some text\n" * 40 for number in range(2)}
        if not is_flat:
            files.mkdirs("/d/e")
        files.write_files(content)
        assert files.read_files(list(content)) == list(content.values())
        files.copy(f"{where}a0.txt", f"{where}b.txt")
        assert [found.size for found in files.stats([f"{where}b.txt"])] == [400]
        assert files.stat("/nowhere") is None
        assert {f"{where}a0.txt", f"{where}b.txt"} <= files.tree(digest_sizes=None).files.keys()
        assert files.listing("/").files.keys() | files.listing("/").directories
        files.space()
        assert files.absolute("x") == "/x"
        files._asker.discard(f"{where}b.txt".removeprefix("/" if is_flat else ""))
        assert files.stat(f"{where}b.txt") is None
        if not is_flat:
            files.remove_directories([])
            with pytest.raises(OSError, match="not empty"):
                files.remove_directories(["/d"])
            files.remove("/d/e/a0.txt")
            files.remove_tree("/d")
        else:
            files.remove_files(list(content))


def values(device):
    moving = Values(device)
    for name, value in VALUES.items():
        if device.platform == "microbit" and name != "texts":
            value = [1, 2.5, "é", {3}, {"a": (b"b",)}]
        moving.push(f"v_{name}", encode(value, name).data)
        assert decode(moving.pull(f"v_{name}"), name) == value
        device.exec(f"del v_{name}")
    moving.ulab()


def others(device):
    with contextlib.suppress(ClockError):
        Clock(device).set()
    ask_imports(device)
    assert device._board.link.sender._free() > 0
    device._board.identify()
    device.exec_when_idle(snippet("announce"))


def pipes(device):
    assert device.run_cell("ucore.is_pipe_open('x')", print) == "False"
    device.exec_when_idle(snippet("announce"))
    device._ucore._has_module = device._ucore._has_displays = ""
    device.run_cell("import ucore", print)
    device.run_cell("ucore.display(1)" if device.platform != "microbit" else "1", print)


@contextlib.contextmanager
def taking(device, part):
    """Runs something beside such variables, which it must leave as they are."""
    device.exec(TAKE.replace("PART", part))
    yield
    assert device.exec(TAKEN.replace("PART", part)) == "[] []\n"


@pytest.mark.board
@pytest.mark.parametrize("action", [both_ways_for_files, values, others])
def test_beside_variables_with_the_name_of_every_builtin(device, action):
    """A fourth of them at a time on the micro:bit: all of them leave it too little memory."""
    for part in QUARTERS if device.platform == "microbit" else (":",):
        with taking(device, part):
            action(device)
        device.soft_reset()


@pytest.mark.board
@pytest.mark.parametrize("part", QUARTERS)
def test_pipes_beside_variables_with_the_name_of_builtins(device, part):
    with taking(device, part):
        pipes(device)


@pytest.mark.board
def test_a_reset_beside_variables_with_the_name_of_every_builtin(device):
    device.exec(TAKE.replace("PART", ":"))
    with contextlib.suppress(DeviceError):
        device.hard_reset()
    assert device.eval("1") == 1
