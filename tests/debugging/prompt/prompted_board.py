"""A board for prompts that says what a test wants, and a stack of frames on it."""

from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.prompt.breakpoints import PromptBreakpoints
from iot_kernel.debugging.prompt.frames import standing_frames
from iot_kernel.debugging.prompt.source_texts import SourceTexts
from iot_kernel.syntax.cell import BoardCode
from tests.debugging.frontend.scripted_debugger import page

CODE = """\
def mean(values, *, digits=2):
    total = sum(values)
    count = len(values)
    return total / count

def report(rows):
    title = "x"
    return mean(rows)

report([])"""


class QuietBoard:
    """A board that prints nothing; what it is told is kept."""

    def __init__(self):
        self.told = []
        self.kept = ()
        self.error = None
        self.page = page()

    def local(self, frame, start):
        return self.page

    def execute(self, frame, code):
        self.told.append((None if frame is None else frame.index, code))
        if self.error is not None:
            raise CommandFailedError(*self.error)
        return self.kept

    def set_pauses(self, pauses):
        self.told.append(("pauses", set(pauses)))


class Standing:
    """A board that stands in `mean`, called by `report`, called by a cell."""

    def __init__(self, line=4):
        table, self.texts = CheckpointTable(), SourceTexts()
        self.made = table.add("k", CODE)
        self.texts.add("k", "In [2]", CODE, BoardCode(CODE, 1))
        self.board = QuietBoard()
        self.breakpoints = PromptBreakpoints(table, self.texts)
        self.table = table
        self.stack = self.at(10, 8, line)

    def number(self, line):
        return self.made.find(line).number

    def at(self, *lines):
        return standing_frames(self.table.stack([self.number(line) for line in lines]), self.texts)
