"""The frames of a cell that has failed: where they are, and which names belong to them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from iot_kernel.boards.origins import Origins
from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.messages import MOST_KEPT_FRAMES
from iot_kernel.debugging.prompt.source_texts import SourceTexts
from iot_kernel.device.traceback import CodeFrame
from iot_kernel.errors import DeviceError
from iot_kernel.kernel.debugger.last_failure import FailedCell
from iot_kernel.kernel.debugger.post_mortem import BoardAfterError, frames_after, names_of, still_there
from iot_kernel.kernel.ran_cells import RanCode
from iot_kernel.syntax.cell import BoardCode
from tests.each import each

CELL = """\
def f(x):
    y = x
    return [g(y) for y in (x,)]

def g(x):
    return 1 / x

class Motor:
    def g(self):
        return g(0)
    speed = 1
f(0)"""

LINES = {"<module>": 12, "f": 3, "g": 6, "Motor.g": 10, "Motor": 11}


def table():
    made = CheckpointTable()
    return made, made.add("k", CELL)


def kept(*names):
    made, code = table()
    return made.stack([code.find(LINES[name]).number for name in names])


def frames(*names):
    return [CodeFrame("<stdin>", 1, name) for name in names]


@each(
    "traceback, names, found",
    [
        (["<module>", "f", "g"], ["<module>", "f", "g"], ["", "f", "g"]),
        (["<module>", "f", "<listcomp>", "g"], ["<module>", "f", "g"], ["", "f", None, "g"]),
        (["<module>", "g"], ["<module>", "Motor.g"], ["", "Motor.g"]),
        (["<module>", "Motor"], ["<module>", "Motor"], ["", "Motor"]),
        # what has ended before the error
        (["<module>"], ["<module>", "f"], [""]),
        (["<module>", "f"], ["<module>", "f", "g"], ["", "f"]),
        # what has no checkpoints
        (["<module>", "f", "g"], ["<module>", "g"], ["", None, "g"]),
        (["<module>", "f"], ["f"], [None, "f"]),
        (["<module>", "f"], [], [None, None]),
        # recursion
        (["<module>", "f", "f"], ["<module>", "f", "f"], ["", "f", "f"]),
        ([], ["<module>"], []),
    ],
)
def test_names_belong_to_the_frames_of_the_traceback(traceback, names, found):
    some = names_of(frames(*traceback), kept(*names))
    assert [None if each is None else each.place.checkpoint.scope.name for each in some] == found


def test_of_a_deep_recursion_the_innermost_frames_are_kept():
    stack = kept(*["f"] * MOST_KEPT_FRAMES)
    some = names_of(frames("<module>", *["f"] * 60), stack)
    assert some == [None] * 21 + list(stack)


def error(*places):
    lines = [f'  File "{file}", line {line}, in {name}' for file, line, name in places]
    return DeviceError("E", "", "\n".join(["Traceback (most recent call last):", *lines, "E: "]))


def test_frames_that_had_not_ended():
    stack = kept("<module>", "f", "g")
    assert still_there(error(("<stdin>", 12, "<module>")), stack) == stack[:1]
    assert still_there(DeviceError("E", "", "E: "), stack) == stack


def failed(*places, text=CELL, line=1):
    device = SimpleNamespace(mark="m")
    return FailedCell(device, "m", error(*places), [RanCode(text, line, 4, failed=12)])


def shown(cell, stack=(), texts=None, origins=None):
    found = frames_after(cell, stack, texts or SourceTexts(), origins or Origins())
    return [(frame.source.name, frame.line, frame.function, frame.names is not None) for frame in found]


PLACES = [("<stdin>", 12, "<module>"), ("<stdin>", 3, "f"), ("<stdin>", 6, "g")]


def test_without_names_the_notebook_tells_where():
    assert shown(failed(*PLACES)) == [
        ("In [4]", 12, "", False),
        ("In [4]", 3, "f", False),
        ("In [4]", 6, "g", False),
    ]
    outer = frames_after(failed(*PLACES, line=3), (), SourceTexts(), Origins())[0]
    assert (outer.line, outer.source.line(14)) == (14, "f(0)")


def test_with_names_lines_are_those_of_the_traceback():
    texts = SourceTexts()
    texts.add("k", "In [4]", CELL, BoardCode(CELL, 1))
    cell = failed(*PLACES[:2])
    stack = kept("<module>", "f")
    early = replace(stack[1], place=replace(stack[1].place, checkpoint=table()[1].find(2)))
    assert shown(cell, [stack[0], early], texts) == [("In [4]", 12, "", True), ("In [4]", 3, "f", True)]


def test_files_and_what_is_not_known(tmp_path):
    source = tmp_path / "tool.py"
    source.write_text("def run():\n    1 / 0\n")
    origins = Origins()
    origins.note({"/tool.py": source}, "m", loaded=(), sent=())
    cell = failed(PLACES[0], ("tool.py", 2, "run"), ("boot.py", 7, "go"), ("<stdin>", 99, "h"))
    assert shown(cell, origins=origins) == [
        ("In [4]", 12, "", False),
        (str(source), 2, "run", False),
        ("boot.py", 7, "go", False),
        ("an earlier cell", 99, "h", False),
    ]
    assert frames_after(cell, (), SourceTexts(), origins)[1].source.line(2) == "1 / 0"


def test_text_that_the_board_refuses_is_in_the_cell():
    traceback = 'Traceback (most recent call last):\n  File "<stdin>", line 2\nSyntaxError: '
    cell = replace(failed(), error=DeviceError("SyntaxError", "", traceback))
    assert shown(cell) == [("In [4]", 2, "", False)]


def test_an_error_without_frames_is_in_the_cell():
    assert shown(failed()) == [("In [4]", 1, "", False)]
    assert len(shown(replace(failed(), past=[]))) == 1


class Device:
    def __init__(self, failure=None):
        self.ran = []
        self.failure = failure

    def run_cell(self, code, on_output):
        self.ran.append(code)
        if self.failure is not None:
            raise self.failure
        on_output("printed")


def test_without_names_code_runs_as_a_cell_does():
    printed, device = [], Device()
    board = BoardAfterError(device, None, printed.append)
    assert board.execute(None, "f(1)") == ()
    assert (device.ran, printed) == (["f(1)"], ["printed"])
    with pytest.raises(CommandFailedError, match="E: no"):
        BoardAfterError(Device(DeviceError("E", "no", "")), None, printed.append).execute(None, "f(1)")
