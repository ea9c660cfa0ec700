"""A whole kernel without anything that only POSIX has: see tests/without_posix/sitecustomize.py."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest

from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.ports import TcpPort
from iot_kernel.virtual_board.transport import power_on
from iot_kernel.virtual_board.web_assembly import PACKAGE
from tests.end_to_end.notebook import Notebook
from tests.end_to_end.pipes import PRODUCERS, Consumer, subscribed
from tools import boards, node

ROOT = Path(__file__).parents[2]
WITHOUT_POSIX = ROOT / "tests" / "without_posix"

#: Modules that are loaded by nobody on Windows, and by others only where they are used.
POSIX = {
    "iot_kernel.virtual_board.interrupts",
    "iot_kernel.virtual_board.output",
    "iot_kernel.virtual_board.process",
    "iot_kernel.virtual_board.pseudo_terminal",
}

#: What it says is what cannot be imported. Programs for boards are no modules of this computer, and pytest's
#: plugin loads much; the text of both is looked at below.
IMPORT_ALL = """%%host
import importlib, pkgutil, sys, iot_kernel, ukernel
LEFT_OUT = tuple(f"iot_kernel.{name}." for name in ("snippets", "ucore", "virtual_board.firmware", "testing"))
sys.modules["matplotlib"] = None  # it takes seconds, and has code of its own for Windows
def modules(package):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.startswith(LEFT_OUT) and not found.name.endswith("__main__"):
            yield found.name
count = 0
for name in [*modules(iot_kernel), *modules(ukernel)]:
    count += 1
    try:
        importlib.import_module(name)
    except (ImportError, AttributeError) as error:
        if "matplotlib" not in str(error):
            print(name)
print(count)
del sys.modules['matplotlib']
"""

#: It stands for the program of Windows, which ends a process and its children.
TASKKILL = '#!/bin/sh\nkill -9 "$4" $(cat /proc/"$4"/task/*/children)\n'


@pytest.fixture(scope="module")
def computer(tmp_path_factory):
    """A directory, and an environment in which modules of this project find what Windows has."""
    place = tmp_path_factory.mktemp("windows")
    (place / "taskkill").write_text(TASKKILL)
    (place / "taskkill").chmod(0o755)
    path = os.pathsep.join([str(place), str(Path(node.node()[0]).parent), os.environ["PATH"]])
    package = place / "modules" / PACKAGE
    package.parent.mkdir(parents=True)
    package.symlink_to(boards.wasm())
    shown = {"PYTHONPATH": f"{WITHOUT_POSIX}{os.pathsep}{ROOT}", "PATH": path}
    return place, {**os.environ, **shown, "NODE_PATH": str(place / "modules")}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """A board behind a TCP port, in this process, which has all that POSIX has."""
    options = BoardOptions(dir=tmp_path_factory.mktemp("board"), micropython=str(boards.micropython()))
    with VirtualBoard(power_on("sim://served", options, 30)) as board:
        yield TcpPort(board).port


@pytest.fixture(scope="module")
def windows(computer, port):
    """A notebook that is connected to that board."""
    place, environ = computer
    with Notebook("iot", env=environ, cwd=str(place)) as notebook:
        assert notebook.run(f"%connect socket://127.0.0.1:{port}").status == "ok"
        yield notebook
        begun = time.monotonic()
        notebook.manager.shutdown_kernel()
        assert time.monotonic() - begun < 10
        assert notebook.manager.provisioner is None or not notebook.manager.is_alive()


pytestmark = pytest.mark.wasm


def test_no_text_imports_at_its_beginning_what_only_posix_has():
    names = (WITHOUT_POSIX / "windows_names.txt").read_text(encoding="utf-8").partition("\n\n")[0]
    modules = "|".join(names.split("\n", 1)[1].split())
    imports = re.compile(rf"^(import|from) ({modules})\b", re.MULTILINE)
    files = [file for package in ("iot_kernel", "ukernel") for file in (ROOT / package).rglob("*.py")]
    found = {file for file in files if imports.search(file.read_text(encoding="utf-8"))}
    allowed = {ROOT / f"{name.replace('.', '/')}.py" for name in POSIX}
    assert found <= allowed, found - allowed


def test_it_takes_effect(windows):
    assert windows.run("%%host\nimport sys, os; sys.platform, os.name").result == "('linux', 'posix')"
    ours = "import iot_kernel.syntax.words as words; words.os.name, hasattr(words.os, 'killpg')"
    assert windows.run(f"%%host\n{ours}").result == "('nt', False)"
    loop = "import asyncio\nawait asyncio.sleep(0)\ntype(asyncio.get_running_loop()).__name__"
    assert windows.run(f"%%host\n{loop}").result == "'ProactorEventLoop'"
    assert windows.run("%%host\nwith open('held', 'w'):\n    os.remove('held')").ename == "PermissionError"


def test_all_modules_are_there_but_those_of_the_unix_port(windows):
    *missing, count = windows.run(IMPORT_ALL).text().split()
    assert set(missing) == POSIX
    assert int(count) > 350


def test_cells_and_interrupts(windows):
    assert windows.run("import sys\nprint('é', file=sys.stderr)\n6 * 7").result == "42"
    assert windows.run("1 / 0").ename == "ZeroDivisionError"
    request = windows.send("print('on')\nwhile True: pass")
    windows.wait_for("on", request)
    windows.manager.interrupt_kernel()
    assert windows.finish(request).ename == "KeyboardInterrupt"
    content = windows.client.complete("sys.plat", reply=True, timeout=60)["content"]
    assert content["matches"] == ["platform"]


def test_host_cells(windows):
    assert windows.run("%%host\nx = [1, 'ä']\nsum([1, 2])").result == "3"
    assert windows.run("%push x\nx[1] == 'ä'").result == "True"
    assert windows.run("y = {'a': (1, 2.5)}\n").status == "ok"
    assert windows.run("%pull y\n").status == "ok"
    assert windows.run("%%host\ny").result == "{'a': (1, 2.5)}"
    request = windows.send("%%host\nimport asyncio\nprint('on')\nawait asyncio.sleep(1000)")
    windows.wait_for("on", request)
    windows.manager.interrupt_kernel()
    assert windows.finish(request).status == "error"


def test_files_both_ways(windows, computer):
    place, _ = computer
    (place / "noise").write_bytes(bytes(range(256)) * 200)
    cell = windows.run("%%writefile a.txt\nhällo\n")
    assert (cell.status, (place / "a.txt").read_bytes()) == ("ok", "hällo\n".encode())
    assert windows.run("%cp noise a.txt :/data/\n%cp -r :/data back\n%cp :/data/noise noise").status == "ok"
    assert (place / "back" / "noise").read_bytes() == bytes(range(256)) * 200
    assert windows.run("%cat data/a.txt").text() == "hällo\n"


def test_pipes(windows):
    assert windows.run(f"{PRODUCERS}\ncount('adc')").status == "ok"
    count = "from ukernel.pipes import collect, record\nprint(len(collect('adc', n=50)))\n"
    recorded = "print(record('adc', 'adc.csv', n=20, progress=False).samples)"
    assert windows.run(f"%%host\n{count}{recorded}").text().split() == ["50", "20"]
    other = Consumer("adc")
    try:
        assert subscribed(windows, "adc")
        assert windows.run("ucore.close_pipe('adc')").status == "ok"
        assert other.result()[1] == 0
    finally:
        other.close()


@pytest.mark.skipif(shutil.which("bash") is None, reason="this computer has no bash")
def test_commands_of_the_shell(windows):
    assert windows.run("! echo hi; echo 'ä' >&2; echo $PYTHONIOENCODING").text() == "hi\nä\nutf-8\n"
    assert windows.run("%%bash --err wrong\necho a; echo b >&2; cat; exit 3").ename == "HostCommandError"
    request = windows.send("%%bash\necho on; sleep 1000; echo no")
    windows.wait_for("on", request)
    windows.manager.interrupt_kernel()
    cell = windows.finish(request)
    assert (cell.status, "no" in cell.text()) == ("error", False)


def test_the_virtual_board_runs_on_webassembly(windows, port):
    assert windows.run("%connect sim://").status == "ok"
    assert windows.run("import sys\nsys.platform").result == "'webassembly'"
    assert windows.run("%cp a.txt :\n%cat a.txt").text() == "hällo\n"
    request = windows.send("print('on')\nwhile True: pass")
    windows.wait_for("on", request)
    windows.manager.interrupt_kernel()
    assert windows.finish(request).ename == "KeyboardInterrupt"
    assert windows.run(f"%connect socket://127.0.0.1:{port}").status == "ok"


def test_com_ports(windows):
    error = windows.run(r"%connect \\.\com10").reply["evalue"]
    assert error.startswith("serial://COM10: there is no such serial port")
    assert windows.run("%discover").status == "ok"
