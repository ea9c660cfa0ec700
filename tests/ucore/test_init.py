"""What the kernel does so that a board can import its module of pipes, and when."""

from __future__ import annotations

import ast

import pytest

from iot_kernel import ucore
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, DeviceMemoryError, IoTKernelError, RemoteProtocolError
from iot_kernel.ucore import ModuleMemoryError
from tests.each import each
from tests.real_boards import kinds

INSTALL = "'%upip install ucore' replaces it"


@each(
    ("code", "is_mentioned"),
    [
        ("import ucore", True),
        ("p = ucore.open_pipe('x')", True),
        ("from ucore import *", True),
        ("print('ucore')", True),
        ("import ucores, my_ucore", False),
        ("x = 1", False),
        ("", False),
    ],
)
def test_is_mentioned(code, is_mentioned):
    assert ucore.is_mentioned(code) is is_mentioned


class Script:
    """A board that says to each program what the test wants, until nothing is left: then nothing."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.programs: list[str] = []

    def __call__(self, code: str) -> str:
        self.programs.append(code)
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("kind", ["bytes", "text"])
def test_a_board_without_one_gets_it(kind):
    script = Script(f"\r\nucore {kind}\r\n")
    assert ucore.provide(script) == ""
    assert tuple(script.programs[1:-1]) == ucore.steps()


def test_a_board_with_one_keeps_it():
    script = Script("\nucore there\n", "", f"\nucore True {ucore.VERSION} /lib/ucore.py\n")
    assert ucore.provide(script) == ""
    assert len(script.programs) == 3  # two questions, and the name for the cell


@each(
    ("about", "notice"),
    [
        ("True 0 u.py", f"the board's module ucore (u.py) is older than this kernel needs; {INSTALL}"),
        ("True 0 ", "the board's module ucore is older than this kernel needs; %softreset replaces it"),
        ("True x.y", "the board's module ucore is older than this kernel needs; %softreset replaces it"),
        (
            "False 2.0b ucore.py",
            "the board's own module ucore (ucore.py) is not the one of pipes; give it another name",
        ),
    ],
)
def test_one_that_pipes_do_not_work_with(about, notice):
    assert ucore.provide(Script("ucore there", "", f"\nucore {about}\n")) == notice


def test_one_that_is_broken():
    script = Script(DeviceError("SyntaxError", "invalid syntax", ""))
    said = ucore.provide(script)
    assert said == "the board's own module ucore cannot be imported (SyntaxError: invalid syntax)"
    assert len(script.programs) == 1


@each("answer", ["", "ucore", "boot.py says hello", "ucore there and more"])
def test_an_answer_without_sense(answer):
    with pytest.raises(RemoteProtocolError):
        ucore.provide(Script(answer))


@pytest.mark.parametrize("error", [DeviceMemoryError(5000, 100), DeviceError("MemoryError", "", "")])
def test_too_little_memory(error):
    with pytest.raises(ModuleMemoryError, match="too little free memory for its module ucore"):
        ucore.provide(Script("ucore bytes", "", error))


def test_other_errors_go_on():
    with pytest.raises(DeviceError, match="OSError"):
        ucore.provide(Script("ucore bytes", DeviceError("OSError", "", "")))


@each("kind", ["part", "complete", "other"])
def test_displays_are_added_where_they_lack(kind):
    script = Script(f"\nucore {kind}\n")
    ucore.add_displays(script)
    assert tuple(script.programs[1:]) == (ucore.display_steps() if kind == "part" else ())


def test_too_little_memory_for_displays():
    with pytest.raises(ModuleMemoryError):
        ucore.add_displays(Script("ucore part", DeviceError("MemoryError", "", "")))


@each(
    ("code", "shows"),
    [("ucore.display(1)", True), ("ucore.clear_output()", True), ("h.update(2)", False), ("ucore", False)],
)
def test_code_that_shows_something(code, shows):
    assert ucore.shows(code) is shows


@each(
    ("code", "is_for_pipes"),
    [("ucore.open_pipe('x')", True), ("while ucore.is_pipe_open('x'): pass", True), ("import ucore", False)],
)
def test_code_that_names_pipes(code, is_for_pipes):
    assert ucore.is_for_pipes(code) is is_for_pipes


def test_steps_are_small_and_complete():
    steps = (*ucore.steps()[1:-1], *ucore.display_steps()[:-1])
    assert max(map(len, (*steps, *ucore.steps()))) < 1500
    texts = [ast.literal_eval(ast.parse(step).body[1].body[0].value.args[0]) for step in steps]
    assert "".join(texts) == ucore.minified(ucore.source("ucore"))


@pytest.mark.board
def test_what_a_cell_pays(unix, monkeypatch):
    """One that does not mention it pays nothing, one that does once in the board's run."""
    device = Device(unix.url)
    device.open()
    programs = []
    execute = Device.exec
    monkeypatch.setattr(
        Device, "exec", lambda self, code, **kw: programs.append(code) or execute(self, code, **kw)
    )
    device.run_cell("x = 1", print)
    assert programs == []
    device.run_cell("import ucore\nucore.is_pipe_open('x')", print)
    assert len(programs) == len(ucore.steps()) + 2
    device.run_cell("ucore.VERSION", print)
    paid = len(programs)
    assert paid == len(ucore.steps()) + 2 + len(ucore.display_steps()) + 1
    device.run_cell("import ucore", print)
    assert len(programs) == paid
    device.soft_reset()
    programs.clear()
    device.run_cell("import ucore", print)
    assert paid <= len(programs) <= paid + 1
    device.close()


@pytest.mark.board
def test_a_notice_of_the_board(unix):
    device = Device(unix.url)
    notes = []
    device.callbacks.on_note = notes.append
    device.open()
    (unix.directory / "ucore.py").write_text("MINE = True\n")
    assert device.run_cell("import ucore\nucore.MINE", print) == "True"
    assert device.run_cell("ucore.MINE", print) == "True"
    assert notes == ["the board's own module ucore (ucore.py) is not the one of pipes; give it another name"]
    (unix.directory / "ucore.py").write_text("def wrong(:\n")
    device.soft_reset()
    with pytest.raises(DeviceError) as caught:
        device.run_cell("import ucore", print)
    assert caught.value.ename == "SyntaxError"
    assert len(notes) == 2
    device.close()


@pytest.mark.board
def test_interrupted_half_way(unix, monkeypatch):
    """Ctrl-C between two of the programs: there is no module yet, and the next cell gets it whole."""
    device = Device(unix.url)
    device.open()
    execute = Device.exec
    left = [4]

    def interrupted(self, code, **options):
        left[0] -= 1
        if not left[0]:
            raise DeviceError("KeyboardInterrupt", "", "")
        return execute(self, code, **options)

    monkeypatch.setattr(Device, "exec", interrupted)
    with pytest.raises(DeviceError):
        device.run_cell("ucore.VERSION", print)
    assert device.run_cell("'u' + 'core' in __import__('sys').modules", print) == "False"
    assert device.run_cell("ucore.open_pipe('x').write(b'y')", print) == "True"
    assert device.run_cell("sorted(__import__('sys').modules)", print).count("ucore") == 1
    device.close()


@pytest.mark.board
@pytest.mark.parametrize(("free", "fits"), [(40, True), (14, False)])
def test_memory_of_the_board(tmp_path, free, fits):
    """KB on a board of 64 bits, which needs up to twice as much as one of 32."""
    with kinds.unix(tmp_path / "board", heap="300K") as board:
        device = Device(board.url)
        device.open()
        device.run_cell(
            "import gc\nkept = []\ngc.collect()\n"
            f"while gc.mem_free() > {free} * 1024:\n kept.append(bytearray(400))\n gc.collect()",
            print,
        )
        if fits:
            assert device.run_cell("ucore.open_pipe('x').write(b'y')", print) == "True"
        else:
            with pytest.raises(IoTKernelError) as caught:
                device.run_cell("ucore.VERSION", print)
            assert isinstance(caught.value, ModuleMemoryError)
            device.run_cell("kept.clear()", print)
            assert device.run_cell("ucore.VERSION", print) == str(ucore.VERSION)
        device.close()


@pytest.mark.parametrize("code", ["from ucore import *", "import time\nif 1:\n  from ucore  import  *"])
def test_all_names_at_once_are_refused(code):
    with pytest.raises(ucore.StarImportError, match="from ucore import open_pipe"):
        ucore.check_imports(code)


@pytest.mark.parametrize("code", ["from ucore import Pipe", "from time import *", "# from ucore import *"])
def test_other_imports_are_not(code):
    ucore.check_imports(code)


def test_what_is_of_use_to_cells(tmp_path):
    """Whoever adds to the module says here, or in `INTERNAL`, whether Tab offers it."""
    with kinds.unix(tmp_path / "board") as board:
        device = Device(board.url)
        device.open()
        device.run_cell("import ucore", print)
        there = {name for name in device.eval("dir(ucore)") if not name.startswith("_")}
        device.close()
    offered = {"DisplayHandle", "Pipe", "announce", "clear_output", "close_pipe", "display", "is_pipe_open"}
    offered |= {"LONGEST_DISPLAY", "LONGEST_MESSAGE", "LONGEST_NAME", "MOST_WAITING"}
    assert there - ucore.INTERNAL == offered | {"open_pipe", "update_display"}
