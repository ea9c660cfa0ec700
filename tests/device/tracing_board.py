"""CPython as a board whose firmware has ``sys.settrace``: no such firmware of MicroPython can be had.

It runs code as a board does, sends frames among its output and reads commands from its standard input. As
with MicroPython, a trace function that has raised is the last one that is called.
"""

import contextlib
import signal
import subprocess
import sys
import threading

from iot_kernel.device.callbacks import BoardCallbacks
from iot_kernel.errors import DeviceError
from iot_kernel.protocol.frames import Demultiplexer, Frame

DRIVER = """
import binascii, builtins, os, select, struct, sys, time, types

class Input:
    def fileno(self):
        return 0
    def read(self, size):
        return os.read(0, size).decode()
    def readline(self):
        line = b""
        while not line.endswith(b"\\n"):
            byte = os.read(0, 1)
            if not byte:
                sys.exit()
            line += byte
        return line.decode()

class Poll:
    def __init__(self, poll=select.poll):
        self._poll = poll()
    def register(self, *given):
        self._poll.register(*given)
    def poll(self, ms=-1):
        return self._poll.poll(ms)
    ipoll = poll

def depth():
    frame, count = sys._getframe(1), 0
    while frame:
        frame, count = frame.f_back, count + 1
    return count

def follow(function):
    def call(*given):
        try:
            return follow(function(*given))
        except BaseException:
            is_dead.append(True)
            raise
    return call if callable(function) else None

def has(thing, name, hasattr=hasattr):
    return hasattr(thing, name) and not (name == "__module__" and thing.__module__ == "builtins")

is_dead = []
settrace = sys.settrace
sys.settrace = lambda function: settrace(None if is_dead else follow(function))
builtins.hasattr = has
sys.stdin = Input()
select.poll = Poll
time.ticks_ms = lambda: int(time.monotonic() * 1000)
time.ticks_add = lambda a, b: a + b
time.ticks_diff = lambda a, b: a - b
time.sleep_ms = lambda ms: time.sleep(ms / 1000)
micropython = types.ModuleType("micropython")
micropython.stack_use = depth
micropython.native = lambda function: function
modules = {"ubinascii": binascii, "uselect": select, "ustruct": struct, "utime": time, "uos": os}
sys.modules.update(modules, micropython=micropython)

def serve(names):
    while True:
        try:
            code = eval(sys.stdin.readline())
            exec(compile(code, "<stdin>", "exec"), names)
        except BaseException as error:
            print("\\x05" + repr((type(error).__name__, str(error))), end="")
        print("\\x04", end="", flush=True)

serve({"__name__": "__main__"})
"""


class TracingBoard:
    """What a debugger needs of a board.

    Args:
        directory: its files.
    """

    platform = "linux"
    info = None
    is_asking = False

    def __init__(self, directory):
        self.callbacks = BoardCallbacks()
        self._answer = threading.Condition()
        self._said, self._is_done = b"", False
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-S", "-B", "-c", DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=directory,
            bufsize=0,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        demultiplexer = Demultiplexer()
        while data := self._process.stdout.read(4096):
            for part in demultiplexer.feed(data):
                if isinstance(part, Frame):
                    self.callbacks.on_debug(part.data)
                else:
                    self._take(part)

    def _take(self, text):
        with self._answer:
            self._said += text
            self._is_done = self._said.endswith(b"\x04")
            self._answer.notify_all()

    def exec(self, code, timeout=60.0, on_output=None):
        with self._turn:
            self._said, self._is_done = b"", False
            self.command(repr(code))
            with self._answer:
                assert self._answer.wait_for(lambda: self._is_done, timeout), self._said
            said, _, error = self._said.removesuffix(b"\x04").decode().partition("\x05")
        if error:
            raise DeviceError(*eval(error), "")
        return said

    def exec_soon(self, code, *, patience, timeout):
        self.exec(code, timeout)
        return True

    def run_cell(self, code, on_output, **_):
        on_output(self.exec(code))

    def cell_execution(self, *args, **options):
        yield
        return self.run_cell(*args, **options)

    def command(self, line):
        self._process.stdin.write(f"{line}\n".encode())

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def on_stray(self, text):
        pass

    def note_request(self):
        pass

    def mark_unsynced(self):
        pass

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
