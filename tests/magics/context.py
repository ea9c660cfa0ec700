"""A context for magics that records what they do; boards and host are what a test puts in."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

from iot_kernel.api.parallel import BoardThreads, BoardTurn
from iot_kernel.api.worker import Interrupts
from iot_kernel.boards.board_group import BoardGroup
from iot_kernel.boards.session import Session
from iot_kernel.boards.setup_cells import SetupCells
from iot_kernel.errors import DeviceError
from iot_kernel.magics import build_registry
from iot_kernel.repl.halves import handed_over
from iot_kernel.subkernel.variables import Variables
from iot_kernel.syntax.cell import Target, parse_cell

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class RecordingContext:
    """Runs cells the way a kernel does as far as magics go; everything shown is kept."""

    def __init__(self, *, session=None, registry=None, magics=None):
        self.session = session
        self.registry = registry
        self.magics = magics or build_registry()
        self.stdout = ""
        self.stderr = ""
        self.displays = []
        self.board_runs = []
        self.host_runs = []
        self.default_target = None
        self.is_watched = True
        self.host_started = True
        self.line = 1
        self.shell = None
        self.stops = []
        self.interrupted = threading.Event()
        self.setup_cells = SetupCells()
        self.last_error = ""
        self.cell_id = ""
        self.number = 1
        self.group = BoardGroup(session, registry, self._new_session) if session and registry else None
        self.threads = BoardThreads()
        self.blocks = {}

    def _new_session(self, name):
        return Session(self.registry, notice=lambda text: None, stray=lambda text: None)

    @property
    def plain(self):
        """stdout without colours, and with the text of what is displayed for good, as in a console."""
        return ANSI.sub("", self.stdout)

    def out(self, text):
        self.stdout += text

    def err(self, text):
        self.stderr += text

    def display(self, data, *, display_id=None, update=False):
        self.displays.append((dict(data), display_id, update))
        if display_id is None:
            self.stdout += data["text/plain"]

    def run_board(self, source, line=1, run_code=None, before_value=lambda: None):
        self.board_runs.append((source, line))
        value = None
        for part in parse_cell(source, default=Target.BOARD, ours=()):
            if hasattr(part, "code"):
                value = (run_code or self.run_code)(part.code, part.line + line - 1)
            else:
                self.magics.run_line(self, part.name, part.arguments)
        before_value()
        if value is not None:
            self.out(f"Out: {value}\n")
        return value

    def board_execution(self, source, line=1, sent=lambda code: code):
        yield
        return self.run_board(source, line, lambda code, line: self.run_code(code, line, sent(code)))

    def run_code(self, code, line=1, sent=None, readable=lambda error: error):
        try:
            return self.session.device().run_cell(code if sent is None else sent, self.out)
        except DeviceError as error:
            raise readable(error) from None

    @contextmanager
    def capture(self, kinds):
        self.captured = kinds
        kept = SimpleNamespace(text={"stdout": "", "stderr": ""}, outputs=[])
        before, self.stdout = self.stdout, ""
        try:
            yield kept
        finally:
            kept.text["stdout"], self.stdout = self.stdout, before

    def on_boards(self, boards, do):
        """What each board shows is kept in `blocks`, by its name; stops go to all of them."""
        sessions = {board.name: board.session for board in boards}

        def do_one(turn):
            own = RecordingContext(session=sessions[turn.name], registry=self.registry, magics=self.magics)
            own.group, own.setup_cells, own.shell = self.group, self.setup_cells, self.shell
            own.interruptible, own.check = turn.interrupts.stopped_by, turn.interrupts.check
            self.blocks[turn.name] = own
            block = turn.interrupts.stopped_in_steps(partial(interrupt, own.session))
            with block:
                return (yield from handed_over(block, do(own)))

        interrupts = Interrupts()
        self.stops.append(interrupts.request)
        try:
            return self.threads.run([BoardTurn(name) for name in sessions], do_one, interrupts)
        finally:
            self.stops.remove(interrupts.request)

    def run_host(self, source):
        self.host_runs.append(source)

    def ask_host(self, question, data):
        return Variables(self.shell).answer(question, data)

    @contextmanager
    def interruptible(self, stop):
        self.stops.append(stop)
        try:
            yield
        finally:
            self.stops.remove(stop)
        if self.interrupted.is_set():
            raise KeyboardInterrupt

    def check(self):
        if self.interrupted.is_set():
            raise KeyboardInterrupt

    def interrupt(self):
        """What the kernel does when the user presses stop."""
        self.interrupted.set()
        for stop in list(self.stops):
            stop()

    def set_default_target(self, target):
        self.default_target = target

    def run(self, cell):
        """Runs a cell of magics and board code, and returns what it wrote to stdout, without colours."""
        before = len(self.plain)
        for part in parse_cell(cell, default=Target.BOARD, ours=()):
            self.line = part.line
            if hasattr(part, "body"):
                self.magics.run_cell(self, part)
            elif hasattr(part, "arguments"):
                self.magics.run_line(self, part.name, part.arguments)
            else:
                self.session.device().run_cell(part.code, self.out)
        return self.plain[before:]


def interrupt(session):
    """As the kernel does it: a session that is about to connect has no board yet."""
    if (device := session.current) is not None:
        device.interrupt()
