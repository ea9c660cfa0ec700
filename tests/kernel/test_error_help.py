"""Errors of real boards, as a cell shows them: where they happened, and advice."""

import re
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from iot_kernel.boards.origins import Origins
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration
from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.traceback import device_error, failed_line
from iot_kernel.errors import DeviceError
from iot_kernel.kernel import error_help
from iot_kernel.kernel.error_help import explained, within
from iot_kernel.kernel.output import Bursts, CellOutput, Pace
from iot_kernel.kernel.ran_cells import RanCells, RanCode
from iot_kernel.kernel.runner import CellRun
from iot_kernel.kernel.wiring import Wiring
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import Target, parse_cell
from tests.circuitpython_board import RECORDINGS, Recording
from tests.each import each
from tests.real_boards import kinds

ANSI = re.compile(r"\x1b\[[0-9;]*m")
NOTHING = SimpleNamespace(raising=nullcontext, note_code=lambda code: None)


class Notebook:
    """Cells of a notebook on a board, without a kernel around them."""

    def __init__(self, url, data):
        self.url = url
        self.data = data
        self.registry = DeviceRegistry(Configuration.from_environment())
        self.session = Session(self.registry, notice=lambda text: None, stray=lambda text: None)
        self.wiring = Wiring(self.session, self.registry, build_registry(), None, None)
        self.number = 0
        self.bursts = Bursts()
        self.session.connect(url)

    def run(self, text):
        """Runs a cell and returns what its error shows below what the board said; "" without an error."""
        self.number += 1
        output = CellOutput(lambda *_: None, {"content": {}}, self.number, self.bursts, Pace())
        cell = CellRun(self.wiring, NOTHING, NOTHING, output, Target.BOARD, None, None)
        reply = cell.run(parse_cell(text, default=Target.BOARD, ours=self.wiring.magics.host_line_names), {})
        if reply["status"] == "ok":
            return ""
        assert reply["ename"] in reply["traceback"][0] or reply["traceback"][0].startswith("Traceback"), reply
        said = next(at for at, line in enumerate(reply["traceback"]) if line.startswith(reply["ename"]))
        return ANSI.sub("", "\n".join(reply["traceback"][said + 1 :]))

    def close(self):
        self.session.close()
        self.bursts.close()


@pytest.fixture(scope="module", params=["unix", "microbit", "wasm"])
def everywhere(request, tmp_path_factory):
    """A notebook on each kind of board."""
    data = tmp_path_factory.mktemp("data")
    make = getattr(kinds, request.param)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
            (data / name.lower()).mkdir()
            patch.setenv(name, str(data / name.lower()))
        patch.delenv("IOT_PACKAGE_INDEX", raising=False)
        with make(data / "board") if request.param == "unix" else make() as board:
            notebook = Notebook(board.url, data)
            yield notebook
            notebook.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Advice gets as long as it takes on a busy machine."""
    monkeypatch.setattr(error_help, "PATIENCE", 30.0)


@pytest.fixture
def notebook(everywhere, tmp_path, monkeypatch):
    """The notebook, in a directory of its own, in a new life of its board."""
    monkeypatch.chdir(tmp_path)
    everywhere.number = 0
    everywhere.session.device().soft_reset()
    return everywhere


def test_lines_of_cells(notebook):
    assert notebook.run("x = 1\nundefined") == "In [1], line 2: undefined"
    notebook.run("%name\n\ndef f(x):\n    return g(x)")
    notebook.run("def g(x):\n    return 1 // x")
    assert notebook.run("a = 1\n%name\nf(0)  # now") == (
        "In [4], line 3: f(0)  # now\nIn [2], line 4, in f: return g(x)\nIn [3], line 2, in g: return 1 // x"
    )
    assert notebook.run("x = (\n") in ("In [5], line 2", "In [5], line 1: x = (")  # where it ends, or begins
    notebook.run("%softreset")
    assert notebook.run("g = lambda x: 1 // x\ng(0)") == (
        "In [7], line 2: g(0)\nIn [7], line 1: g = lambda x: 1 // x"
    )


def test_frames_of_methods_and_brackets(notebook):
    notebook.run("class A:\n    def run(self, x):\n        return divide(x)")
    notebook.run("\ndef divide(x):\n    return [\n        1 // x\n        for x in (x, x)]")
    assert notebook.run("a = A()\na.run(1)\na.run(0)") == (
        "In [3], line 3: a.run(0)\nIn [1], line 3, in run: return divide(x)\n"
        "In [2], line 5, in divide: for x in (x, x)]\nIn [2], line 4: 1 // x"
    )


def test_files_that_were_copied(notebook, tmp_path):
    source = tmp_path / "tool.py"
    source.write_text("# a tool\ndef g(x):\n    return 1 // x\n")
    assert notebook.run("import tool") == (
        "In [1], line 1: import tool\n"
        "(tool.py is on this computer, and not on the board: '%cp tool.py :' copies it)"
    )
    told = f"{source}, line 3, in g: return 1 // x"
    assert notebook.run("%cp tool.py :\nimport tool\ntool.g(0)") == f"In [2], line 3: tool.g(0)\n{told}"
    notebook.run("%cp tool.py :")
    assert notebook.run("tool.g(0)") == f"In [4], line 1: tool.g(0)\n{told}"  # it is the same
    source.write_text("def g(x):\n    # other\n    return 1 // x\ndef h(): pass\n")
    changed = f"{source}, line 3, in g (changed here since it was copied)"
    assert notebook.run("tool.g(0)") == f"In [5], line 1: tool.g(0)\n{changed}"
    has_list = notebook.session.device().platform != "microbit"
    old = "(tool was copied again after it was imported, and the board goes on with the old one: %softreset"
    old += ", or del sys.modules['tool'] and import it again)" * has_list or ")"
    notebook.run("%cp tool.py :")
    assert notebook.run("tool.g(0)") == f"In [7], line 1: tool.g(0)\n{old}"
    assert notebook.run("import tool as t\nt.h()") == f"In [8], line 2: t.h()\n{old}"
    assert notebook.run("from tool import h") == f"In [9], line 1: from tool import h\n{old}"
    assert notebook.run("(1).h") == "In [10], line 1: (1).h"
    if has_list:
        again = "import sys\ndel sys.modules['tool']\nimport tool\ntool.g(0)"
        assert notebook.run(again) == f"In [11], line 4: tool.g(0)\n{told}"
    notebook.run("%softreset\nimport tool")
    assert notebook.run("tool.g(0)").endswith(f"line 1: tool.g(0)\n{told}")
    source.unlink()
    assert notebook.run("tool.g(0)").endswith(changed)
    notebook.run("%rm tool.py")
    assert notebook.run("tool.g(0)").endswith("line 1: tool.g(0)")


def test_a_package_in_the_current_directory(notebook, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    assert notebook.run("from pack import inner").endswith(
        "\n(pack is on this computer, and not on the board: '%cp -r pack :' copies it)"
    )


def test_a_byte_order_mark(notebook, tmp_path):
    (tmp_path / "marked.py").write_bytes(b"\xef\xbb\xbfimport gc\n")
    (tmp_path / "name.py").write_bytes(b"\xef\xbb\xbf# begins with a comment\n")
    advice = "(the file begins with a byte order mark (BOM, U+FEFF): save it as UTF-8 without BOM)"
    assert notebook.run("%cp marked.py name.py :\nimport marked") == (
        f"In [1], line 2: import marked\n{tmp_path}/marked.py, line 1: import gc\n{advice}"
    )
    assert notebook.run("import name").endswith(f"line 1: # begins with a comment\n{advice}")


def test_memory(notebook):
    where, advice = notebook.run("x = bytearray(1 << 28)").split("\n")
    assert where == "In [1], line 1: x = bytearray(1 << 28)"
    assert re.fullmatch(
        r"\([\d.]+ [KM]B are free now(, [\d.]+ [KM]B of it in one piece)?; "
        r"del of what is not needed frees more, %softreset all\)",
        advice,
    )


def test_packages_of_the_index(notebook, monkeypatch):
    assert notebook.run("import umqtt.simple") == (
        "In [1], line 1: import umqtt.simple\n('%upip install umqtt.simple' installs it)"
    )
    assert notebook.run("import nosuch") == "In [2], line 1: import nosuch"
    monkeypatch.setenv("IOT_PACKAGE_INDEX", "http://127.0.0.1:9/")  # nobody is there, and nobody is asked
    assert notebook.run("import umqtt.simple") == "In [3], line 1: import umqtt.simple"
    notebook.wiring.package_names["http://127.0.0.1:9/"] = ("wonder-lamp",)  # as Tab has fetched them
    assert notebook.run("import wonder.lamp").endswith("\n('%upip install wonder-lamp' installs it)")
    monkeypatch.setenv("IOT_PACKAGE_INDEX", "no address")
    assert notebook.run("import umqtt.simple") == "In [5], line 1: import umqtt.simple"


def test_missing_files(notebook):
    assert (
        notebook.run("open('nosuch.txt')").split("\n")[1].startswith("(ENOENT: the board has no such file: ")
    )


def test_what_stop_has_interrupted(notebook):
    threading.Timer(0.5, notebook.session.device().interrupt).start()
    assert notebook.run("def wait():\n    while True:\n        pass\nwait()").startswith(
        "In [1], line 4: wait()\nIn [1], line "
    )


@pytest.mark.parametrize("everywhere", ["unix"], indirect=True)
class TestProject:
    """What the device file says; a board without a uid has none."""

    @pytest.fixture(autouse=True)
    def resources(self, notebook):
        uid = notebook.session.device().info.uid
        (notebook.data / "iot_devices" / "x.yaml").write_text(
            f'bit:\n  uid: "{uid}"\n  resources:\n    - mine\n    - package\n    - gone\n'
            "    - made:\n        mpy: true\n        install-dir: /lib\n"
        )
        self.projects = notebook.data / "iot_projects"
        for directory in ("mine", "package", "made"):
            (self.projects / directory).mkdir(exist_ok=True)
        (self.projects / "mine" / "motor.py").write_text("def run(x):\n    return 1 // x\n")
        (self.projects / "made" / "quick.py").write_text("def run(x):\n    return 1 // x\n")
        (self.projects / "package" / "__init__.py").write_text("")

    def test_what_belongs_on_the_board_and_is_not_there(self, notebook):
        advice = "(motor belongs on the board, and is not there: %rsync copies {}/mine/motor.py)"
        assert notebook.run("import motor").endswith(advice.format(self.projects))
        assert "package/__init__.py)" in notebook.run("import package.inner")

    def test_modules_that_were_synchronised_after_they_were_imported(self, notebook):
        notebook.run("%rsync -u")
        notebook.run("%softreset\nimport motor, quick")
        for module, file in (("motor", "mine/motor.py"), ("quick", "made/quick.py")):
            (self.projects / file).write_text("\n\ndef run(x):\n    return 1 // x\n")
            notebook.run("%rsync -u")
            assert notebook.run(f"{module}.run(0)").endswith(
                f"({module} was copied again after it was imported, and the board goes on with the old one: "
                f"%softreset, or del sys.modules['{module}'] and import it again)"
            )

    def test_lines_of_synchronised_files(self, notebook):
        told = f"line 3: motor.run(0)\n{self.projects}/mine/motor.py, line 2, in run: return 1 // x"
        notebook.run("%rsync -u")  # says that something is missing
        assert notebook.run("\nimport motor\nmotor.run(0)").endswith(told)
        notebook.run("%rsync -u")
        assert notebook.run("%softreset\nimport motor\nmotor.run(0)").endswith(told)
        assert notebook.run("import quick\nquick.run(0)").endswith(
            f"line 2: quick.run(0)\n{self.projects}/made/quick.py, line 2, in run: return 1 // x"
        )


# Without a board


class FakeBoard:
    """Answers questions as it is told."""

    mark, platform = "life", "rp2"
    info = DeviceInfo("", "micropython", "1.25.0", "rp2")

    def __init__(self, answer=lambda code: None):
        self.answer_when_idle = answer


def explain(said, *cells, board=None):
    """The lines that are added to what a board said of the last cell."""
    past = [RanCode(text, 1, number) for number, text in enumerate(cells, 1)]
    wiring = SimpleNamespace(session=SimpleNamespace(origins_of=lambda device: Origins()), ran=RanCells())
    error = device_error(said if isinstance(said, bytes) else said.encode())
    past[-1] = replace(past[-1], failed=failed_line(error.traceback))
    for code in past:
        wiring.ran.note(FakeBoard.mark, code)
    found = explained(error, board or FakeBoard(), wiring)
    assert (found.ename, found.evalue) == (error.ename, error.evalue)
    assert found.traceback.startswith(error.traceback)
    return ANSI.sub("", found.traceback[len(error.traceback) :]).split("\n")[1:]


MEMORY = 'Traceback:\n  File "<stdin>", line 1, in <module>\nMemoryError: '


def test_a_board_that_does_not_answer_delays_no_error(monkeypatch):
    monkeypatch.setattr(error_help, "PATIENCE", 0.05)
    never = threading.Event()
    began = time.monotonic()
    assert explain(MEMORY, "x", board=FakeBoard(lambda code: never.wait(60))) == ["In [1], line 1: x"]
    assert time.monotonic() - began < 30
    never.set()


@each("answer", [None, "", "rubbish", "\x1eabcdef12 16", ValueError("x"), DeviceError("E", "", "")])
def test_a_board_that_is_busy_or_answers_nonsense(answer):
    def answering(code):
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert explain(MEMORY, "x", board=FakeBoard(answering)) == ["In [1], line 1: x"]


@each("name", RECORDINGS)
def test_circuitpython_in_all_languages(name):
    code = b"def f():\n    undefined_name\nf()"
    said = Recording(name).programs()[code].split(b"\x04")[1]
    assert explain(said, code.decode()) == ["In [1], line 3: f()", "In [1], line 2, in f: undefined_name"]


def test_deep_recursion_is_shown_in_few_lines():
    frames = "".join(f'  File "<stdin>", line {1 + n % 2}, in {"fg"[n % 2]}\n' for n in range(500))
    said = f'Traceback:\n  File "<stdin>", line 1, in <module>\n{frames}RuntimeError: x'
    lines = explain(said, "def f(): g()\ndef g(): f()", "f()")
    assert lines[:3] == ["In [2], line 1: f()", "In [1], line 1, in f: def f(): g()", "…"]
    assert len(lines) == 9


def test_a_long_line_is_cut_and_controls_are_not_shown():
    (line,) = explain(MEMORY.replace("Memory", "Value"), f"x = '\x1b[31m\t{'y' * 5000}'")
    assert len(line) < 160
    assert line.isprintable()


def test_an_error_that_cannot_be_explained_is_shown_as_it_is():
    error = device_error(MEMORY.encode())
    assert explained(error, FakeBoard(), None) is error


@each("file", ["<string>", "../../etc/passwd", "/etc/passwd", "\0", "x" * 5000])
def test_other_files_are_not_looked_at(file):
    said = f'Traceback:\n  File "<stdin>", line 1, in <module>\n  File "{file}", line 1, in f\nE: x'
    assert explain(said, "f()") == ["In [1], line 1: f()"]


def test_within():
    assert within(20, lambda: 5) == 5
    assert within(20, lambda: 1 // 0) is None
    assert within(0.01, lambda: time.sleep(1)) is None
