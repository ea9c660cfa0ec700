"""A board that stands, and a sub-kernel, which say what a test wants."""

import asyncio

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.frontend.adapter import Adapter
from iot_kernel.debugging.frontend.debugged_cells import DebuggedCells
from iot_kernel.debugging.frontend.modules import ModuleFile
from iot_kernel.debugging.messages import Stopped, Variable, VariablePage
from iot_kernel.syntax.cell import BoardCode, Target, parse_cell

PREFIX, SUFFIX, SEED = "/tmp/ipykernel_7/", ".py", 0xC70F6907


def cut(code):
    """Plain cells run on the board."""
    parts = parse_cell(code, default=Target.BOARD, ours=())
    return [part for part in parts if isinstance(part, BoardCode)]


def page(*variables, start=0, total=None):
    """A page of integers, or of variables."""
    made = [
        each if isinstance(each, Variable) else Variable(each[0], "int", None, str(each[1]), 0)
        for each in variables
    ]
    return VariablePage(start, len(made) if total is None else total, tuple(made))


class ScriptedBoard:
    """A board that stands: what it is told is kept, what it says is set beforehand."""

    def __init__(self):
        self.told = []
        self.pages = {}
        self.values = {}
        self.kept = ()
        self.texts = {}  # keys of imported modules
        self.files = {}
        self.why = None

    def why_not(self):
        return self.why

    def _page(self, *asked):
        self.told.append(asked)
        return self.pages.get(asked, page())

    async def local(self, frame, start):
        return self._page("local", frame.index, frame.place.checkpoint.names, start)

    async def wide(self, module, start):
        return self._page("wide", module, start)

    async def children(self, reference, start):
        return self._page("children", reference, start)

    async def evaluate(self, frame, code):
        self.told.append(("evaluate", frame.index, code))
        if code not in self.values:
            raise CommandFailedError("NameError", f"name '{code}' isn't defined")
        return self.values[code]

    async def execute(self, frame, code):
        self.told.append(("execute", frame.index, code))
        return self.kept

    async def go(self, step):
        self.told.append(("go", Step(step)))

    async def pause(self):
        self.told.append(("pause",))

    async def file_text(self, file):
        self.told.append(("file_text", file))
        return self.files[file]

    async def set_pauses(self, pauses):
        self.told.append(("set_pauses", dict(pauses)))

    async def imported(self, modules):
        return [self.texts.get(each.name) for each in modules]


class CopiedFiles:
    """Modules that came from here, with their texts by path."""

    def __init__(self):
        self.texts = {}
        self.modules = []

    def add(self, path, text, name=None):
        stem = path.rpartition("/")[2].removesuffix(".py")
        self.modules.append(ModuleFile(path, f"/lib/{stem}.py", name or stem, text.encode()))
        self.texts[path] = text
        return self.modules[-1]

    def known(self):
        return self.modules

    def find(self, path):
        return next((each for each in self.modules if each.path == path), None)

    def text(self, module):
        return self.texts.get(module.path)


class Session:
    """An adapter with its board and its sub-kernel."""

    def __init__(self):
        self.events = []
        self.board = ScriptedBoard()
        self.files = CopiedFiles()
        self.cells = DebuggedCells(cut, self.files, list)
        self.adapter = Adapter(self.cells, self.events.append, lambda *shown: shown)
        self.host = {
            "debugInfo": {
                "isStarted": True,
                "hashMethod": "Murmur2",
                "hashSeed": SEED,
                "tmpFilePrefix": PREFIX,
                "tmpFileSuffix": SUFFIX,
                "breakpoints": [],
                "stoppedThreads": [],
            },
            "threads": {"threads": [{"id": 1, "name": "MainThread"}]},
        }
        self.asked = []
        self.is_idle = False
        self._sequence = 0

    async def _ask(self, request):
        self.asked.append(request["command"])
        body = self.host.get(request["command"])
        return None if body is None else {"success": True, "command": request["command"], "body": body}

    def request(self, command, **arguments):
        """The whole reply; None where the sub-kernel answers."""
        self._sequence += 1
        request = {"type": "request", "seq": self._sequence, "command": command, "arguments": arguments}
        reply = asyncio.run(self.adapter.answer(request, self.board, self._ask, is_idle=self.is_idle))
        if reply is not None and "request_seq" in reply:
            assert reply["type"] == "response"
            assert (reply["request_seq"], reply["command"]) == (self._sequence, command)
        return reply

    def ask(self, command, **arguments):
        """The body of a reply that is a success."""
        reply = self.request(command, **arguments)
        assert reply is not None, command
        assert reply["success"], reply
        return reply["body"]

    def attach(self):
        self.ask("debugInfo")
        assert self.request("initialize") is None
        assert self.request("attach") is None

    def set_lines(self, code, *lines):
        """Sets breakpoints, and returns where they are."""
        wanted = [line if isinstance(line, dict) else {"line": line} for line in lines]
        source = {"path": self.path(code)}
        return self.ask("setBreakpoints", source=source, breakpoints=wanted)["breakpoints"]

    def path(self, code):
        """What `debugInfo` has said is enough to know it."""
        return self.cells.paths.path(code)

    def run(self, code):
        """What goes to the board, one plan for each piece; none where it runs as it is."""
        return [self.cells.plan(code, piece) for piece in cut(code) if self.cells.follows(code)]

    def checkpoint(self, code, line):
        """The number of a checkpoint of what was sent last."""
        table = self.cells.table
        numbers = [
            number
            for number, place in table._places.items()
            if place.key == self.path(code) and place.checkpoint.line == line
        ]
        return numbers[-1]

    def stop(self, *numbers, reason="breakpoint", text="", thread=None):
        self.adapter.stops.take(Stopped(1, thread is None, thread or 1, reason, text, numbers))

    def event(self, name):
        """The last event of a name."""
        return [event["body"] for event in self.events if event["event"] == name][-1]

    def frames(self):
        return self.ask("stackTrace", threadId=self.event("stopped")["threadId"])["stackFrames"]

    def scopes(self, frame=0):
        scopes = self.ask("scopes", frameId=self.frames()[frame]["id"])["scopes"]
        return {scope["name"]: scope["variablesReference"] for scope in scopes}

    def rows(self, reference):
        rows = self.ask("variables", variablesReference=reference)["variables"]
        return {row["name"]: row for row in rows}
