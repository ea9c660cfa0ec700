"""The cells of the how-to pages run on one virtual board, and show what stands below them.

`stream-record-plot.md` runs in `tests/test_docs_pipes.py`; pages without cells have tests of their own.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from iot_kernel.kernel.advice import Failure, advice
from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.pseudo_terminal import PseudoTerminal
from iot_kernel.virtual_board.transport import power_on
from iot_kernel.virtual_board.webrepl import WebRepl
from tests.circuitpython_board import CircuitPythonBoard
from tests.each import each
from tests.end_to_end.notebook import Notebook
from tests.magics.context import ANSI
from tools import boards

ROOT = Path(__file__).parents[1]
HOW_TO = ROOT / "docs" / "how-to"
PAGES = sorted(path.name for path in HOW_TO.glob("*.md") if path.name != "index.md")

UID, PORT, ADDRESS = "e6:61:4c:31:1b:7e:6f:35", "serial:///dev/ttyACM0", "ws://192.168.1.20"

#: What a board with Wi-Fi has, for a board without: it is connected at once.
NETWORK = f"""
STA_IF = 0
class WLAN:
    is_active = False
    def __init__(self, interface): pass
    def active(self, is_active): WLAN.is_active = is_active
    def connect(self, name, password): pass
    def isconnected(self): return WLAN.is_active
    def ifconfig(self): return ({ADDRESS[5:]!r}, "255.255.255.0", "192.168.1.1", "192.168.1.1")
"""
WEBREPL = f"""
def start():
    print("WebREPL server started on http://{ADDRESS[5:]}:8266/")
    print("Started webrepl in normal mode")
"""

#: What the board has when a page begins; with the files of the page before, a page would show others.
BEFORE = {
    "first-board.md": "",
    "webrepl.md": "",
    "project-in-sync.md": "%connect pico\n%rm boot.py network.py webrepl.py\nopen('old.py', 'w').close()",
}

#: Errors in the pages that firmware writes.
OF_OTHERS = {"no module named 'webrepl'"}


def text_of(page):
    return (HOW_TO / page).read_text(encoding="utf-8")


def cells(page):
    """The cells of a page, each with what stands below it; None where nothing does."""
    found = r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?"
    return re.findall(found, text_of(page), re.MULTILINE | re.DOTALL)


@dataclass
class Bench:
    """A notebook, and a board at a cable and in the Wi-Fi that the pages call by other names.

    Attributes:
        names: name in the pages -> name here.
    """

    notebook: Notebook
    names: dict[str, str]

    def run(self, cell):
        """What a cell shows, with the names that the pages use."""
        for shown, real in self.names.items():
            cell = cell.replace(shown, real)
        ended = self.notebook.run(cell)
        assert ended.status == "ok", (cell, ended.reply)
        text = ANSI.sub("", ended.text())
        for shown, real in self.names.items():
            text = text.replace(real, shown + ":8266" * (shown == ADDRESS))
        return text


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Somebody who begins: an empty home, and a board that was once connected by its port."""
    micropython = str(boards.micropython())
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
        (tmp_path / name.lower()).mkdir()
    for name in ("IOT_PROJECTS", "IOT_DEVICES", "IOT_LIBS", "IOT_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    files, port = tmp_path / "board", tmp_path / "ttyACM0"
    files.mkdir()
    (files / "network.py").write_text(NETWORK)
    (files / "webrepl.py").write_text(WEBREPL)
    options = BoardOptions(dir=files, micropython=micropython, webrepl=0, password="swordfish")
    with (
        VirtualBoard(power_on("sim://pico", options, 30)) as board,
        Notebook("iot", cwd=tmp_path) as notebook,
    ):
        port.symlink_to(PseudoTerminal(board).path)
        address = f"ws://127.0.0.1:{WebRepl(board, options).port}"
        notebook.run(f"%connect serial://{port}")
        uid = notebook.run("%uid").text().strip()
        notebook.run("%disconnect")
        yield Bench(notebook, {UID: uid, PORT: f"serial://{port}", ADDRESS: address})


def is_shown(wanted, shown):
    """Whether a cell shows what the page says, in which an ellipsis stands for anything."""
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    pattern = re.escape(wanted.strip("\n")).replace("…", ".*")
    return re.fullmatch(pattern, "\n".join(lines), re.DOTALL) is not None


@pytest.mark.board
def test_the_cells_show_what_stands_below_them(bench):
    for page, before in BEFORE.items():
        if before:
            bench.run(before)
        for cell, wanted in cells(page):
            shown = bench.run(cell)
            assert not wanted or is_shown(wanted, shown), f"{page}:\n{cell}\n{shown}"


def without_first_line(text):
    """Without %connect, and what it says."""
    return text.partition("\n")[2]


def test_circuitpython_says_what_it_said_when_it_was_recorded():
    (print_hello, hello), _, (write, said) = cells("circuitpython.md")
    board = CircuitPythonBoard("circuitpython-9.2.9")
    device = Device(board.url)
    try:
        device.open(timeout=60)
        assert device.exec(without_first_line(print_hello).rstrip()) == without_first_line(hello)
        with pytest.raises(DeviceError) as caught:
            device.exec(write.rstrip())
        error = caught.value
        cause = advice(Failure(error.ename, error.evalue, write, "RP2040", "circuitpython"))
        assert f"{error}\n({cause})\n" == said
    finally:
        device.close()
        board.close()


@each("page", PAGES)
def test_each_page_says_what_to_do(page):
    assert "../troubleshooting.md" in text_of(page)
    assert f"]({page}):" in text_of("index.md")


def errors(page):
    """The texts in the first column of the tables that say what to do."""
    tables = re.findall(
        r"^ *\| what (?:it says|you see) \|.*\n.*\n((?: *\|.*\n)+)", text_of(page), re.MULTILINE
    )
    for first in re.findall(r"^ *\| (.*?) \|", "".join(tables), re.MULTILINE):
        yield from (text.strip("… ") for text in re.findall(r"`([^`]+)`", first) if text.count(" ") > 1)


def test_errors_are_those_of_the_program():
    source = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("iot_kernel/**/*.py"))
    source = re.sub(r"\"\s*\n\s*f?\"", "", source)  # a text that goes on in the next line
    found = {text for page in PAGES for text in errors(page)}
    assert len(found) > 15
    assert {text for text in found if text not in source} == OF_OTHERS
