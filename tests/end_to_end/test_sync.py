"""%rdiff and %rsync in a notebook: a device file, a directory, a board, and what may go wrong in between."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.end_to_end.conftest import children
from tests.end_to_end.notebook import Notebook, virtual
from tests.magics.context import ANSI

pytestmark = pytest.mark.board

BIG = os.urandom(150_000)  # takes 13 s at 115200 baud


@pytest.fixture(scope="module")
def projects(jupyter):
    (jupyter / "projects").mkdir(exist_ok=True)
    return jupyter / "projects"


@pytest.fixture(scope="module")
def notebook(jupyter, projects):
    """Connected to a virtual board that the device file calls ``lamp``."""
    with Notebook("iot") as opened:
        opened.connect("sync")
        yield opened


@pytest.fixture
def lamp(notebook, projects):
    """A board without files, and a device file that wants the directory ``lamp`` on it."""
    notebook.run("%connect " + virtual("sync"))
    notebook.run("%%ucore\n" + WIPE)
    shutil.rmtree(projects / "lamp", ignore_errors=True)
    configure(notebook, projects, "  resources: [lamp]\n")
    return notebook


WIPE = """
import os
def wipe(path):
    for name, kind, *_ in os.ilistdir(path or "/"):
        if kind == 0x4000:
            wipe(path + "/" + name)
            os.rmdir(path + "/" + name)
        else:
            os.remove(path + "/" + name)
wipe("")
"""


def configure(notebook, projects, yaml):
    uid = notebook.run("%uid").text().strip()
    (projects / "boards.yaml").write_text(f"lamp:\n  uid: {uid}\n{yaml}")


def write(projects, **files):
    for name, data in files.items():
        path = Path(projects, "lamp", f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)


def lines(cell):
    assert cell.status == "ok", cell.reply
    return ANSI.sub("", cell.text())


def failed(cell, ename, *words):
    assert (cell.status, cell.ename) == ("error", ename)
    assert "iot_kernel/" not in cell.error
    for word in words:
        assert word in cell.error, cell.error


def listing(notebook):
    return notebook.run("import os\nsorted(os.listdir('/'))").result


def test_a_board_is_kept_up_to_date(lamp, projects):
    write(projects, tool="def answer(): return 41", main="print('main')")
    assert lines(lamp.run("%rdiff")) == "ADD     /main.py\nADD     /tool.py\n"
    assert listing(lamp) == "[]"
    cell = lamp.run("%rsync\nimport tool\ntool.answer()")
    assert lines(cell) == "ADD     /main.py\nADD     /tool.py\n"
    assert cell.result == "41"
    assert lines(lamp.run("%rsync")) == "Directories match\n"
    write(projects, tool="def answer(): return 42")
    Path(projects, "lamp", "main.py").unlink()
    lamp.run("open('/notes.txt', 'w').close()")
    changes = "DELETE  /notes.txt\nDELETE  /main.py\nUPDATE  /tool.py\n"
    assert lines(lamp.run("%rdiff")) == changes
    assert lines(lamp.run("%rdiff -u")) == "UPDATE  /tool.py\n"
    assert lines(lamp.run("%rsync --dry-run")) == changes
    assert lines(lamp.run("%rsync")) == changes
    assert listing(lamp) == "['tool.py']"
    lamp.run("%softreset -q")
    assert lamp.run("import tool\ntool.answer()").result == "42"


def test_there_and_back_without_deleting(lamp, projects):
    write(projects, tool="x = 1")
    lamp.run("open('/notes.txt', 'w').close()")
    assert lines(lamp.run("%rsync -u")) == "ADD     /tool.py\n"
    assert listing(lamp) == "['notes.txt', 'tool.py']"
    assert lines(lamp.run("%rsync -u")) == "Directories match\n"


def test_excluded_files_stay(lamp, projects):
    configure(lamp, projects, "  exclude-patterns: [boot_out.txt, /data]\n  resources: [lamp]\n")
    write(projects, tool="x = 1")
    lamp.run("import os\nos.mkdir('/data')\nfor n in ('data/log.csv', 'boot_out.txt', 'x.txt'): open(n, 'w')")
    assert lines(lamp.run("%rsync")) == "DELETE  /x.txt\nADD     /tool.py\n"
    assert listing(lamp) == "['boot_out.txt', 'data', 'tool.py']"
    assert lamp.run("os.listdir('/data')").result == "['log.csv']"


def test_compiled_modules(lamp, projects):
    configure(lamp, projects, "  mpy: true\n  resources: [lamp]\n")
    lamp.run("with open('/tool.py', 'w') as file: file.write('def answer(): return 0')")
    write(projects, tool="def answer(): return 42")
    cell = lamp.run("%rsync\nimport tool\ntool.answer()")
    assert lines(cell) == "DELETE  /tool.py\nADD     /tool.mpy\n"
    assert cell.result == "42"
    lamp.run("%softreset -q")


class TestRefusals:
    """All end a cell with an error, and so 'Run all'."""

    @pytest.mark.parametrize("line", ["%rsync", "%rdiff"])
    def test_a_missing_source(self, lamp, projects, line):
        configure(lamp, projects, "  resources:\n    - lamp\n    - lmap\n")
        write(projects, tool="x = 1")
        lamp.run("open('/notes.txt', 'w').close()")
        cell = lamp.run(f"{line}\nprint('not reached')")
        failed(cell, "SyncError", "nothing is deleted on the board", f"there is no {projects}/lmap")
        assert "not reached" not in cell.text()
        assert "notes.txt" in listing(lamp)

    def test_nothing_configured(self, lamp, projects):
        lamp.run("open('/notes.txt', 'w').close()")
        configure(lamp, projects, "")
        failed(lamp.run("%rsync"), "ConfigError", "'lamp' has no resources")
        (projects / "boards.yaml").unlink()
        failed(lamp.run("%rsync"), "ConfigError", "no device file describes the board")
        (projects / "boards.yaml").write_text("lamp: [")
        failed(lamp.run("%rsync"), "ConfigError", "boards.yaml, line 1")
        assert listing(lamp) == "['notes.txt']"

    def test_a_wrong_option(self, lamp):
        cell = lamp.run("%rsync --delete")
        assert cell.ename == "UsageError"
        assert cell.text("stderr").startswith("usage: %rsync [-h] [-u] [-n] [--on BOARD [BOARD ...]]\n")

    def test_a_file_in_the_way(self, lamp, projects):
        (projects / "lamp" / "data").mkdir(parents=True)
        (projects / "lamp" / "data" / "a.py").write_text("x = 1")
        configure(lamp, projects, "  exclude-patterns: [data]\n  resources: [lamp: {exclude-patterns: []}]\n")
        lamp.run("open('/data', 'w').close()")
        failed(lamp.run("%rsync"), "SyncError", "/data/a.py: /data is a file on the board, and must not be")
        assert listing(lamp) == "['data']"


class TestInterrupted:
    @pytest.fixture
    def slow(self, lamp, projects):
        """The board behind a slow wire, with an old file that is replaced by a big one, and one that goes."""
        lamp.run("for name in ('big.py', 'old.py'):\n    with open(name, 'w') as file: file.write('old')")
        assert lamp.run(f"%connect {virtual('sync')}&link=115200").status == "ok"
        write(projects, big=BIG, small="x = 1")
        return lamp

    def bar(self, notebook, request):
        """Waits for the progress to show that bytes have moved."""
        for message in notebook.published(request):
            text = message["content"].get("data", {}).get("text/plain", "")
            if text.startswith("copying: ") and not text.startswith("copying: 0 "):
                return text
        raise AssertionError("no progress was shown")

    def test_stop(self, slow, projects):
        request = slow.send("%rsync", allow_stdin=True)
        text = self.bar(slow, request)
        assert "/s" in text and " left" in text
        slow.manager.interrupt_kernel()
        cell = slow.finish(request)
        assert cell.ename == "KeyboardInterrupt"
        assert slow.run("open('/big.py').read()").result == "'old'"
        assert slow.run("%connect " + virtual("sync")).status == "ok"
        assert lines(slow.run("%rsync")).replace("ADD     /small.py\n", "") == "UPDATE  /big.py\n"
        assert slow.run("import os\nos.stat('/big.py')[6]").result == str(len(BIG))
        assert lines(slow.run("%rsync")) == "Directories match\n"

    def test_unplugged(self, slow, projects):
        request = slow.send("%rsync", allow_stdin=True)
        self.bar(slow, request)
        for process in children(slow.pid):
            if b"micropython" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)
        cell = slow.finish(request)
        failed(cell, "ConnectionLostError", "lost the connection")
        assert "'%rsync' again does the rest" in cell.text("stderr")
        assert slow.run("%connect " + virtual("sync")).status == "ok"
        assert slow.run("open('/big.py').read()").result == "'old'"
        assert "UPDATE  /big.py\n" in lines(slow.run("%rsync"))
        assert lines(slow.run("%rsync")) == "Directories match\n"

    def test_nobody_watches(self, slow, projects):
        write(projects, big=BIG[:20_000])
        cell = slow.run("%rsync")
        assert lines(cell).endswith("UPDATE  /big.py\n")
        assert [content for content in cell.of("display_data") if content["transient"]] == []
