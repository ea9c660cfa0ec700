"""Cells on a board, without a kernel around them, whose debugger's prompt is answered from a list."""

import asyncio
import re
import threading
from contextlib import nullcontext
from types import SimpleNamespace

from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration
from iot_kernel.kernel.board_pieces import board_pieces
from iot_kernel.kernel.debugger.copied_modules import CopiedModules
from iot_kernel.kernel.debugger.debug_session import DebugSession
from iot_kernel.kernel.output import Bursts, CellOutput, Pace
from iot_kernel.kernel.runner import CellRun
from iot_kernel.kernel.wiring import Wiring
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import Target, parse_cell

PATIENCE = 30.0  # s; a loaded machine

ANSI = re.compile(r"\x1b\[[0-9;]*m")
NOTHING = SimpleNamespace(raising=nullcontext, raise_interrupt=lambda: None, started=False)


class PromptNotebook:
    """A notebook that is connected to a board; ``shown`` is what its user sees of a cell."""

    def __init__(self, url):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        registry = DeviceRegistry(Configuration.from_environment())
        self.session = Session(registry, notice=lambda text: None, stray=lambda text: self.see(text))
        self.wiring = Wiring(self.session, registry, build_registry(), None, None)
        self.events = []
        copied = CopiedModules(self.session)
        self.debugging = DebugSession(self.loop, self.cut, self.events.append, copied, self.wiring.past)
        self.bursts = Bursts()
        self.number = 0
        self.shown = ""
        self.asked = threading.Event()
        self.session.connect(url)

    def close(self):
        self.session.close()
        self.bursts.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def cut(self, code):
        return board_pieces(code, Target.BOARD, self.wiring.magics)

    @property
    def device(self):
        return self.session.device()

    def see(self, text):
        self.shown += ANSI.sub("", text)

    def publish(self, kind, content, parent, metadata):
        if kind == "stream":
            self.see(content["text"])
        elif kind == "error":
            self.see(f"[{content['ename']}]\n")
        elif kind == "execute_result":
            self.see(f"Out: {content['data']['text/plain']}\n")

    def request(self, command, **arguments):
        """What a frontend that debugs asks."""
        asked = {"seq": 1, "command": command, "arguments": arguments}
        answer = self.debugging.answer(asked, _subkernel)
        self.loaded = self.debugging
        return asyncio.run_coroutine_threadsafe(answer, self.loop).result(PATIENCE)

    def asking(self, commands, *, waits):
        """Answers the prompt from a list; when that is used up it waits, or the cell is ended."""
        commands = list(commands)

        def ask(prompt, on_answer):
            if not commands and waits:
                self.see(prompt)
                self.asked.set()
                return
            command = commands.pop(0) if commands else "q"
            self.see(f"{prompt}{command}\n")
            on_answer(command)

        return SimpleNamespace(note_code=lambda code: None, ask_user=ask)

    def begin(self, text, *commands, allow_stdin=True, waits=False):
        """Begins a cell; returns its `CellRun`, and what runs it to its end."""
        self.number += 1
        self.shown = ""
        self.asked.clear()
        request = {"content": {"allow_stdin": allow_stdin, "code": text}}
        output = CellOutput(self.publish, request, self.number, self.bursts, Pace())
        calls = self.asking(commands, waits=waits)
        run = CellRun(
            *(self.wiring, NOTHING, calls, output, Target.BOARD, self.loaded), lambda: self.debugging
        )
        names = self.wiring.magics.host_line_names
        return run, lambda: run.run(parse_cell(text, default=Target.BOARD, ours=names), {})

    loaded = None  # the debugger, as long as no cell has needed it

    def run(self, text, *commands, **options):
        """Runs a cell to its end; returns what is shown."""
        run, end = self.begin(text, *commands, **options)
        self.reply = end()
        self.loaded = run._debugger.session
        return self.shown

    def wait(self, text, *commands):
        """Begins a cell, and waits until its prompt has no command left; returns it, and its thread."""
        run, end = self.begin(text, *commands, waits=True)
        thread = threading.Thread(target=lambda: setattr(self, "reply", end()))
        thread.start()
        assert self.asked.wait(PATIENCE), self.shown
        return run, thread

    def ended(self, run, thread):
        """Waits for the end of such a cell; returns the name of its error, empty without one."""
        thread.join(PATIENCE)
        assert not thread.is_alive()
        self.loaded = run._debugger.session
        return self.reply.get("ename", "")


async def _subkernel(request):
    info = {"hashMethod": "Murmur2", "hashSeed": 1, "tmpFilePrefix": "/t/", "tmpFileSuffix": ".py"}
    return {"success": True, "body": info} if request["command"] == "debugInfo" else None
