"""Modules that a real board imports from its memory, instead of its files."""

import hashlib

import pytest

from iot_kernel.debugging import module_commands
from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.errors import DeviceError, DeviceMemoryError
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

FILE, PLAIN = "/pkg/tool.py", b"x = 'plain'\n"
STANDING = "import os\nprint([path for _, path in os.mount()])"


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("served") / "board") as board, opened(board) as device:
        device.files.mkdirs("/pkg")
        device.files.write_files(
            {"/pkg/__init__.py": b"", FILE: PLAIN, "/pkg/user.py": b"from . import tool\n"}
        )
        yield device


@pytest.fixture
def debugger(board):
    board.soft_reset()
    debugger = BoardDebugger(board, lambda _: None, CheckpointTable())
    debugger.attach()
    debugger.modules.attach()
    return debugger


def provide(debugger, text, *, file=FILE, key="k", digest=None):
    found = hashlib.sha256(PLAIN).digest() if digest is None else digest
    return debugger.modules.provide(file, key, "pkg.tool", found, text)


def test_an_import_in_a_package_reads_the_text_once(board, debugger):
    text = "x = 'ü'\n" + "# long\n" * 1000
    assert provide(debugger, text) == ""
    assert board.exec("import pkg.user; print(pkg.user.tool.x)") == "plain\n"  # it does not stand yet
    board.exec("import sys\nfor name in ('pkg', 'pkg.tool', 'pkg.user'): del sys.modules[name]")
    debugger.modules.mount()
    assert board.exec("import pkg.user; print(pkg.user.tool.x)") == "ü\n"
    assert board.exec(STANDING) == "['/']\n"
    assert debugger.modules.told([FILE, "/pkg/user.py", "/lib/a/__init__.py"]) == [
        ("pkg.tool", "k"),
        ("pkg.user", True),
        ("a", None),
    ]
    board.exec("del sys.modules['pkg.tool']")
    assert debugger.modules.told([FILE]) == [("pkg.tool", None)]
    assert debugger.modules.forget([FILE]) == frozenset()


def test_a_package_is_a_module_as_well(board, debugger):
    digest = hashlib.sha256(b"").digest()
    assert debugger.modules.provide("/pkg/__init__.py", "p", "pkg", digest, "from . import tool\ny = 2") == ""
    debugger.modules.mount()
    assert board.exec("import pkg; print(pkg.y, pkg.tool.x, pkg.__file__)") == "2 plain pkg/__init__.py\n"
    assert debugger.modules.told(["/pkg/__init__.py"]) == [("pkg", "p")]


def test_texts_wait_for_their_import_and_are_forgotten(debugger):
    provide(debugger, "x = 1", key="a")
    provide(debugger, "x = 2", key="b")
    assert debugger.modules.forget([FILE]) == {"b"}
    assert debugger.modules.forget([]) == frozenset()


def test_a_text_that_did_not_arrive_as_a_whole_is_none(board, debugger):
    digest = hashlib.sha256(PLAIN).digest()
    *most, _ = module_commands.provide(FILE, "k", "pkg.tool", digest, "x = 1\n" * 1000)
    for command in most:
        debugger.modules._link.ask(command)
    debugger.modules.mount()
    assert board.exec(STANDING) == "['/']\n"
    assert debugger.modules.forget([FILE]) == frozenset()


def test_nothing_stands_after_a_cell_or_when_told_so(board, debugger):
    provide(debugger, "x = 1")
    debugger.modules.mount()
    assert board.exec(STANDING) == f"['{FILE}', '/']\n"
    board.run_cell("1", lambda _: None)
    assert board.exec(STANDING) == "['/']\n"
    debugger.modules.mount()
    debugger.modules.mount()
    debugger.modules.unmount()
    debugger.modules.unmount()
    assert board.exec(STANDING) == "['/']\n"
    assert board.run_cell("2", lambda _: None) == "2"


def test_a_mount_that_somebody_has_taken_away_is_no_hindrance(board, debugger):
    provide(debugger, "x = 1")
    debugger.modules.mount()
    assert board.run_cell(f"import os\nos.umount('{FILE}')\n5", lambda _: None) == "5"
    assert board.exec(STANDING) == "['/']\n"


def test_another_file_than_expected_is_imported_as_it_is(board, debugger):
    provide(debugger, "x = 1", digest=b"other")
    debugger.modules.mount()
    assert board.exec("import pkg.tool; print(pkg.tool.x)") == "plain\n"
    assert debugger.modules.told([FILE]) == [("pkg.tool", True)]


def test_why_a_text_is_refused(debugger, monkeypatch):
    assert "compiled" in provide(debugger, "", file="/pkg/none.py")
    monkeypatch.setattr("iot_kernel.debugging.module_commands.WORDS", 1 << 40)
    assert "memory" in provide(debugger, "x = 1")


def test_a_board_that_lacks_something_says_what(board, debugger, monkeypatch):
    def attach(error):
        def raise_it(program):
            raise error

        monkeypatch.setattr(debugger.modules, "_send", raise_it)
        debugger.modules.is_there = False
        debugger.modules.attach()

    with pytest.raises(CannotDebugError, match="hashlib"):
        attach(DeviceError("ImportError", "no module named 'hashlib'", "", ""))
    with pytest.raises(CannotDebugError, match="memory"):
        attach(DeviceMemoryError(9, 1))
    with pytest.raises(DeviceError, match="NameError"):
        attach(DeviceError("NameError", "", "", ""))
