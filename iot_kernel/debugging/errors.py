"""The errors of a debugger."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError


class CannotDebugError(IoTKernelError):
    """Code on this board cannot be stopped.

    Args:
        why: for the user, with what to do.
        in_short: the same in a panel as narrow as twenty characters; empty where that is not known.
        instead: what to do, as short; empty where there is nothing to do.
    """

    def __init__(self, why: str, in_short: str = "", instead: str = "") -> None:
        super().__init__(f"this board cannot be debugged: {why}")
        self.why = why
        self.in_short = in_short
        self.instead = instead


class NotStoppedError(IoTKernelError):
    """A command came too late: no code stands any more."""

    def __init__(self) -> None:
        super().__init__("no code of the board stands at a breakpoint")


#: Why no command reaches code that runs as it is.
NO_CHECKPOINTS = "its code has no checkpoints. Set a breakpoint in it, and run it again"


class CommandLostError(IoTKernelError):
    """The board does not answer a command.

    Args:
        why: what it does instead, and what to do.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"the board does not answer: {why}")
        self.why = why


class CommandFailedError(IoTKernelError):
    """A command, or what it evaluated, raised on the board.

    Args:
        ename: the exception's class.
        evalue: its text.
    """

    def __init__(self, ename: str, evalue: str) -> None:
        super().__init__(f"{ename}: {evalue}" if evalue else ename)
        self.ename = ename
        self.evalue = evalue


class NoPromptError(IoTKernelError):
    """The debugger's prompt cannot be shown: nobody can be asked, as when a program runs the notebook."""

    def __init__(self) -> None:
        super().__init__("the debugger asks for commands, but this frontend takes no questions")


class DebuggerQuitError(IoTKernelError):
    """The user has ended a cell at the debugger's prompt."""

    def __init__(self) -> None:
        super().__init__("the cell was ended at the debugger's prompt")
