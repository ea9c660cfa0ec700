"""A board with a debugger, and cells that run beside the test."""

import contextlib
import queue
import threading

from iot_kernel.debugging.errors import NotStoppedError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.messages import Stopped
from iot_kernel.device.board_debugger import BoardDebugger

PATIENCE = 20.0  # s; a loaded machine


class DebuggedCells:
    """Runs one cell after the other on a board, each on a thread of its own."""

    def __init__(self, device):
        self.events = queue.Queue()
        self.debugger = BoardDebugger(device, self.events.put, CheckpointTable())
        self.printed = []
        self.value = self.error = self.thread = None

    def start_made(self, made, **options):
        """Runs a cell that has its checkpoints."""
        self.printed.clear()
        self.value = self.error = None

        def run():
            try:
                self.value = self.debugger.run_cell(made.source, self.printed.append, **options)
            except Exception as error:
                self.error = error

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def event(self, kind):
        """Waits for the next event of a kind."""
        while True:
            event = self.events.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event

    def stopped(self):
        """Waits until it stands; the line and the function, and those of the callers before them."""
        self.event(Stopped)
        return self.stack()

    def frames(self):
        return self.debugger.table.stack(self.debugger.stopped.numbers)

    def stack(self):
        points = [frame.place.checkpoint for frame in self.frames()]
        return [(point.line, point.scope.name) for point in points]

    def step(self, step):
        self.debugger.go(step)
        return self.stopped()

    def frame(self, number=-1):
        return self.frames()[number]

    def variables(self, number=-1):
        return {each.name: each.text for each in self.debugger.local(self.frame(number)).variables}

    def go_on(self):
        """Lets it run to its end."""
        while self.thread.is_alive():
            with contextlib.suppress(NotStoppedError):
                self.debugger.go()
            self.thread.join(0.05)
