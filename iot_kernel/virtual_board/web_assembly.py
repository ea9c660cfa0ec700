"""A virtual board where MicroPython has no unix port: its WebAssembly port in a process of Node.js.

``firmware/web_assembly.mjs`` is the board. Its terminal is the process's standard input and output, whose end
ends it; so no board survives this process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.virtual_board.interpreter import PROGRAM, cache, environment
from iot_kernel.virtual_board.options import BoardOptions

PACKAGE = "@micropython/micropython-webassembly-pyscript"
VERSION = "1.29.0-6"  # the one that is tested
OLDEST_NODE = 20  # ``node:inspector/promises``, by which code is interrupted

READ_SIZE = 65536
LAST_WORDS = 4000  # bytes of what the process says as it fails
EXIT_TIMEOUT = 5.0  # s; a process that was killed takes milliseconds

_MODULE = "micropython.mjs"
_BOARD = PROGRAM / "web_assembly.mjs"
_GET_NODE = {
    "win32": "'winget install OpenJS.NodeJS.LTS'",
    "darwin": "'brew install node'",
    "linux": "'apt install nodejs npm' on Debian",
}
_GET_PACKAGE = f"'npm install -g {PACKAGE}@{VERSION}' in a terminal"


@dataclass(frozen=True, slots=True)
class WebAssemblyPort:
    """What runs a board.

    Args:
        node: the program.
        package: the directory of the npm package.
    """

    node: Path
    package: Path


def find_port(
    wanted: str | None = None, environ: Mapping[str, str] = os.environ, *, windows: bool = os.name == "nt"
) -> WebAssemblyPort | None:
    """Finds the port; None where Node.js or the package is missing.

    Args:
        wanted: the directory of the package, where one was asked for; nothing else will do then.
        environ: the environment.
        windows: whether this is Windows.
    """
    node = find_node(environ, windows=windows)
    if node is None:
        return None
    places = [Path(wanted).expanduser()] if wanted else _places(node, environ, windows=windows)
    package = next((place for place in places if (place / _MODULE).is_file()), None)
    return None if package is None else WebAssemblyPort(node, package.absolute())


def find_node(environ: Mapping[str, str] = os.environ, *, windows: bool = os.name == "nt") -> Path | None:
    """Finds Node.js on PATH, or where its installer for Windows puts it: a kernel's PATH may be older."""
    found = shutil.which("node", path=environ.get("PATH", ""))
    usual = Path(environ.get("ProgramFiles", ""), "nodejs", "node.exe")
    if found is None and windows and usual.is_file():
        return usual
    return None if found is None else Path(found)


def is_package(wanted: str) -> bool:
    """Whether a path that was asked for is the npm package, and no interpreter."""
    return (Path(wanted).expanduser() / _MODULE).is_file()


def how_to_get(environ: Mapping[str, str] = os.environ, *, system: str = sys.platform) -> str:
    """What is missing for it, and how to get that."""
    if find_node(environ) is None:
        node = f"install Node.js {OLDEST_NODE} or newer ({_GET_NODE.get(system, 'https://nodejs.org')})"
        return f"{node}, then run {_GET_PACKAGE}, and connect again"
    return f"run {_GET_PACKAGE}, and connect again"


def _places(node: Path, environ: Mapping[str, str], *, windows: bool) -> Iterator[Path]:
    """Where npm puts packages that are installed for all programs; then what this project's tools fetched."""
    real = node.resolve().parent
    home = Path.home()
    roots = [Path(place) for place in environ.get("NODE_PATH", "").split(os.pathsep) if place]
    if windows:
        roots += [Path(environ[name], "npm", "node_modules") for name in ("APPDATA",) if environ.get(name)]
        roots.append(real / "node_modules")
    else:
        prefixes = [environ.get("NPM_CONFIG_PREFIX"), real.parent, "/usr/local", home / ".npm-global"]
        roots += [Path(prefix, "lib", "node_modules") for prefix in prefixes if prefix]
    yield from (root / PACKAGE for root in [*roots, home / "node_modules"])
    yield from sorted(cache(environ).glob("npm/*micropython-webassembly-pyscript-*/package"), reverse=True)


def check_options(url: str, options: BoardOptions) -> None:
    """Makes sure that nothing is asked for that this port cannot do.

    Raises:
        ConnectError: UNSUPPORTED, naming the option.
    """
    asked = {"boot": options.boot, "buffer": options.buffer, "webrepl": options.webrepl is not None}
    names = ", ".join(f"'{name}'" for name, is_asked in asked.items() if is_asked)
    if names:
        problem = (
            f"a virtual board on MicroPython's WebAssembly port has no {names}: that needs the unix port"
        )
        raise ConnectError(url, ConnectReason.UNSUPPORTED, problem)


class WebAssemblyBoard:
    """A running virtual board; one thread reads, any thread writes.

    Args:
        url: the board's, for errors.
        port: what runs it.
        directory: its file system; must exist.
        uid: its id, 12 hex digits.
        options: how it is made.
    """

    def __init__(
        self, url: str, port: WebAssemblyPort, directory: Path, uid: str, options: BoardOptions
    ) -> None:
        self._url = url
        made = (str(directory), str(options.heap), uid)
        self._command = [str(port.node), str(_BOARD), str(port.package), *made]
        self._process: subprocess.Popen[bytes] | None = None
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._changed = threading.Condition()
        self._is_on = self._is_over = False
        self._said = b""
        self._is_stopped = False
        self.on_reset: Callable[[], None] = lambda: None  # never called: a reset is one of MicroPython alone

    def start(self, timeout: float) -> None:
        """As `BoardProcess.start`."""
        try:
            self._process = process = subprocess.Popen(
                self._command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise ConnectError(self._url, ConnectReason.UNSUPPORTED, f"cannot start: {error}") from None
        listening = threading.Thread(target=self._listen, args=[process], name="virtual board", daemon=True)
        listening.start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_on or self._is_over, timeout)
        if not self._is_on:
            self.stop()
            raise self._failure()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Takes what the process says beside the terminal: that it is on, or why it fails."""
        assert process.stderr is not None  # noqa: S101  it is a pipe
        with process.stderr:
            data = b"-"
            while data:
                data = process.stderr.read(READ_SIZE)
                with self._changed:
                    self._said = (self._said + data)[:LAST_WORDS]
                    self._is_on = self._is_on or self._said.startswith(b"on\n")
                    self._is_over = not data
                    self._changed.notify_all()

    def _failure(self) -> ConnectError:
        if not self._said:
            return ConnectError(self._url, ConnectReason.TIMEOUT, "Node.js does not start in time; try again")
        lines = self._said.decode(errors="replace").splitlines()
        why = next((line.strip() for line in lines if "Error" in line), lines[0].strip())
        problem = f"Node.js cannot run the board ({why[:200]!r}); it needs Node.js {OLDEST_NODE} or newer"
        return ConnectError(self._url, ConnectReason.UNSUPPORTED, problem)

    def read(self) -> bytes:
        """Blocks until the board sends something; ``b""`` once it was stopped.

        Raises:
            ConnectionLostError: the process ended by itself.
        """
        process = self._process
        if process is None or process.stdout is None or self._is_stopped:
            return b""
        with self._reading:
            if not self._is_stopped and (data := process.stdout.read(READ_SIZE)):
                return data
        if self._is_stopped:
            return b""
        raise ConnectionLostError(self._url, f"the process of the board ended, exit status {process.wait()}")

    def write(self, data: bytes) -> None:
        """Sends bytes to the board's terminal; the interrupt character interrupts while code runs.

        Raises:
            ConnectionLostError: the board is gone or stopped.
        """
        process = self._process
        if process is None or process.stdin is None or self._is_stopped:
            raise ConnectionLostError(self._url, "the virtual board was stopped")
        rest = memoryview(data)
        with self._writing:
            try:
                while rest and not self._is_stopped:
                    rest = rest[process.stdin.write(rest) or 0 :]
            except OSError:
                raise ConnectionLostError(self._url, "the virtual board is gone") from None

    def unread_writes(self) -> int:
        """Nothing is known of what the board has read; options that need it are refused."""
        return 0

    def interrupt_char(self) -> bytes:
        """As `unread_writes`."""
        return b""

    def stop(self) -> None:
        """Switches the board off; twice is fine, any thread is fine."""
        self._is_stopped = True
        process = self._process
        if process is None:
            return
        process.kill()
        process.wait(EXIT_TIMEOUT)
        for pipe, using in ((process.stdin, self._writing), (process.stdout, self._reading)):
            with using, contextlib.suppress(OSError):  # the end of the process has woken whoever used it
                if pipe is not None:
                    pipe.close()
