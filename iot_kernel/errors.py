"""The tree of all errors, by cause, and the classes that several packages use.

This module imports nothing of ours. An error that only one package raises has its class in that package, as
the tree says in brackets. Each class builds its own message from the data it carries, and each message says
what is wrong, where, and what to do next.

    IoTKernelError
    ├─ UsageError                 a magic or its arguments are wrong; shown as usage, never as a traceback
    ├─ ConfigError                a configuration file cannot be used: path, line, what was expected
    ├─ NotConnectedError          a board was needed and none is connected
    ├─ DeviceClosedError          a script uses a board that it has closed: url [api.errors]
    ├─ OtherProcessError          a process uses a board of the one it was forked from: url [api.errors]
    ├─ InputNotPossibleError      code that a script runs has asked for input [api.errors]
    ├─ UnsendableFunctionError    a function cannot be sent to a board: name, problem [api.errors]
    ├─ OtherBoardError            another board is connected than was asked for [boards.errors]
    ├─ DeviceNotFoundError        no board answers to this name, uid or url [boards.errors]
    ├─ AmbiguousDeviceError       several boards do [boards.errors]
    ├─ TransportError             (deliberately not an OSError: a lost link must not read as "no such file")
    │   ├─ ConnectError           the board could not be reached: url, reason
    │   └─ ConnectionLostError    the link broke: url
    ├─ ProtocolError
    │   ├─ LocalProtocolError     our own bug: a request in the wrong state
    │   ├─ RemoteProtocolError    the board said something that makes no sense: state, last bytes
    │   └─ TooMuchError           the board tells more than can be true: what, limit [files.errors]
    ├─ DeviceTimeoutError         the board did not answer in time: operation, seconds (also a TimeoutError)
    │   ├─ DeviceStalledError     code that talks with the host fell silent: seconds
    │   └─ DeviceStuckError       code does not let itself be interrupted: seconds
    ├─ EndLostError               a cell has ended, and how was lost on the wire: url
    ├─ DeviceResetError           the board restarted while code ran on it
    ├─ DeviceMemoryError          the code is larger than the board's free memory
    ├─ ModuleMemoryError          a module of ours is larger than that: name [ucore]
    ├─ StarImportError            code imports every name of ucore [ucore]
    ├─ AsyncioMissingError        a cell awaits something, and the board has no asyncio [device.board_asyncio]
    ├─ DeviceError                the user's code raised: ename, evalue, traceback, output
    ├─ StdinNotImplementedError   code asked for input, and the frontend takes no questions [kernel.board_run]
    ├─ HostError                  the user's code on the host failed, and the cell shows it already: reply
    ├─ HostDiedError              the process of host cells ended
    ├─ HostCommandError           a shell script failed, wherever it ran: returncode [services.errors]
    ├─ HostServiceError           a program is missing, or fails: service, problem [services.errors]
    ├─ TransferError              a file did not arrive as it was sent: path, problem [files.errors]
    ├─ ClockError                 a board has no clock, or none that can be set [device.clock]
    ├─ NoClockError               a board did not tell how long code took [device.stopwatch]
    ├─ NoMemoryError              a board does not tell about its memory [device.memory]
    ├─ LittleMemoryError          a board has too little of it to tell its variables [device.children]
    ├─ UnmovableValueError        a value cannot go to a board or come from it: place, problem [values.errors]
    ├─ VariableNotFoundError      there is no variable with this name: name, place [values.errors]
    ├─ PackageError               a package cannot be installed: package, problem [packages.errors]
    │   ├─ PackageNotFoundError   it is not where it was looked for [packages.errors]
    │   └─ NotWantedError         fetching was ended: nobody waits for it [packages.errors]
    ├─ SyncError                  directories and board could not be made the same: problems [sync.errors]
    ├─ CompileError               a module cannot be compiled for the board: path, problem [sync.errors]
    ├─ DeployError                a notebook cannot be deployed, or fails then: problems [deployment.errors]
    ├─ CannotDebugError           code on this board cannot be stopped: why [debugging.errors]
    ├─ NotStoppedError            no code stands at a breakpoint any more [debugging.errors]
    ├─ CommandLostError           a board that is debugged does not answer [debugging.errors]
    ├─ CommandFailedError         what a stopped board was asked raised: ename, evalue [debugging.errors]
    ├─ NoPromptError              nobody can be asked what a debugger shall do [debugging.errors]
    ├─ DebuggerQuitError          the user has ended a cell at the debugger's prompt [debugging.errors]
    ├─ BoardNotCleanError         a test left its board so: board, test, problem [testing.board_under_test]
    └─ TargetsFailedError         a cell for several boards failed on some of them: names [magics.on_boards]
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping


class IoTKernelError(Exception):
    """Base of every error this project raises on purpose. Can be pickled, so that other processes get it."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return _restored, (type(self), self.args), self.__dict__


def _restored(kind: type[IoTKernelError], args: tuple[object, ...]) -> IoTKernelError:
    """Makes an error of its text: `__init__` makes the text of other arguments."""
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class UsageError(IoTKernelError):
    """A magic was called wrongly.

    Args:
        message: what is wrong, one line or several.
        usage: the usage text to show before it; empty when there is none.
    """

    def __init__(self, message: str, usage: str = "") -> None:
        super().__init__(message)
        self.usage = usage


class ConfigError(IoTKernelError, ValueError):
    """A configuration file cannot be used.

    Args:
        path: the file.
        problem: what is wrong and what was expected.
        line: 1-based line in the file, None when unknown.
    """

    def __init__(self, path: str, problem: str, line: int | None = None) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem


class NotConnectedError(IoTKernelError):
    """A board was needed and none is connected."""

    def __init__(self) -> None:
        super().__init__(
            "no board is connected: '%discover' lists the boards within reach, '%connect NAME' connects one, "
            "'%connect sim://' starts a virtual board"
        )


class TransportError(IoTKernelError):
    """The byte stream to a board failed."""


class ConnectReason(enum.Enum):
    """Why a board could not be reached."""

    MISSING = "missing"  # there is no such port, host or program
    BUSY = "busy"  # another program has the port
    HELD = "held"  # another kernel of ours drives the board
    OWN = "own"  # this kernel drives it already
    DENIED = "denied"  # the operating system does not let us
    REFUSED = "refused"  # the host is there, nobody listens
    AUTH = "auth"  # wrong or missing password
    TIMEOUT = "timeout"  # nothing answered in time
    NOT_A_BOARD = "not a board"  # something answered, but no Python prompt
    UNSUPPORTED = "unsupported"  # this url cannot be used here


class ConnectError(TransportError):
    """A board could not be reached.

    Args:
        url: the board's url.
        reason: why, for code.
        message: why and what to do, for people; the url is put before it.
    """

    def __init__(self, url: str, reason: ConnectReason, message: str) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url
        self.reason = reason


class ConnectionLostError(TransportError):
    """The link to a board broke.

    Args:
        url: the board's url.
        problem: what the operating system said, if anything.
    """

    def __init__(self, url: str, problem: str = "") -> None:
        detail = f" ({problem})" if problem else ""
        super().__init__(
            f"lost the connection to {url}{detail}; the next board cell or call tries to connect again"
        )
        self.url = url
        self.problem = problem


class ProtocolError(IoTKernelError):
    """Host and board do not speak the same protocol."""


class LocalProtocolError(ProtocolError):
    """A request that the current state does not allow: a bug on our side."""


class RemoteProtocolError(ProtocolError):
    """The board said something that makes no sense in the current state.

    Args:
        state: what we were waiting for.
        received: the last bytes from the board.
    """

    def __init__(self, state: str, received: bytes) -> None:
        super().__init__(
            f"unexpected answer from the board while {state}: {received[-80:]!r}. Try again; if it comes "
            "back, reset the board"
        )
        self.state = state
        self.received = received


class DeviceTimeoutError(IoTKernelError, TimeoutError):
    """The board did not answer in time.

    Args:
        operation: what was waited for.
        seconds: how long.
        hint: what to do next.
        received: the last bytes that came instead of the answer.
    """

    def __init__(self, operation: str, seconds: float, hint: str = "", received: bytes = b"") -> None:
        super().__init__(f"{operation}: no answer within {seconds:g} s" + (f"; {hint}" if hint else ""))
        self.operation = operation
        self.seconds = seconds
        self.received = received


class DeviceStalledError(DeviceTimeoutError):
    """Code that talks with the host fell silent, and could not be ended in good order either.

    Args:
        seconds: how long.
    """

    def __init__(self, seconds: float) -> None:
        hint = "try %softreset, then %hardreset, or reset the board by hand"
        super().__init__("transferring data", seconds, hint)


class DeviceStuckError(DeviceTimeoutError):
    """Code does not let itself be interrupted.

    Args:
        seconds: how long it was waited for, after Ctrl-C.
        hint: what to do next.
    """

    def __init__(self, seconds: float, hint: str = "") -> None:
        super().__init__("stopping the code", seconds, hint)


class EndLostError(IoTKernelError):
    """The board waits for code again, and nobody knows how the code before ended.

    Args:
        url: the board's url.
    """

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url}: the end of the cell was lost on its way from the board: output, an error or the value "
            "may be missing. The board waits for code again, and its variables are there"
        )
        self.url = url


class DeviceResetError(IoTKernelError):
    """The board restarted while code ran on it; its variables are gone.

    Args:
        url: the board's url.
    """

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}: the board was reset while the cell ran; its variables are gone")
        self.url = url


class DeviceMemoryError(IoTKernelError):
    """The code does not fit into the board's memory.

    Args:
        size: bytes of code.
        free: bytes free on the board.
    """

    def __init__(self, size: int, free: int) -> None:
        super().__init__(
            f"the cell has {size} bytes of code and the board {free} bytes of free memory; split the cell, "
            "or store the code as a file on the board and import it"
        )
        self.size = size
        self.free = free


class DeviceError(IoTKernelError):
    """The user's code raised an exception on the board.

    Args:
        ename: the exception's class name, e.g. ``NameError``.
        evalue: its text; may be empty.
        traceback: the board's own text, LF line ends, no trailing newline.
        output: what the code had printed, where the caller asked for it as a string.
    """

    def __init__(self, ename: str, evalue: str, traceback: str, output: str = "") -> None:
        super().__init__(f"{ename}: {evalue}" if evalue else ename)
        self.ename = ename
        self.evalue = evalue
        self.traceback = traceback
        self.output = output

    def without_frames(self) -> DeviceError:
        """The same of a program of ours, whose lines tell the user nothing."""
        return DeviceError(self.ename, self.evalue, str(self))


class HostError(IoTKernelError):
    """The user's code on the host failed; the cell shows the error already.

    Args:
        reply: the content of the host's execute_reply, with ``ename``, ``evalue`` and ``traceback``.
    """

    def __init__(self, reply: Mapping[str, object]) -> None:
        super().__init__(f"{reply.get('ename', 'Error')}: {reply.get('evalue', '')}")
        self.reply = dict(reply)


class HostDiedError(IoTKernelError):
    """The process of host cells ended.

    Args:
        reason: how, e.g. its exit status or the signal that ended it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the Python process of host cells ended ({reason}); its variables are gone, those of the board "
            "are not, and the next host cell starts a new process"
        )
        self.reason = reason
