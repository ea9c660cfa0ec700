"""Asks a program of the host a question: waits for its answer for a time, unless the user interrupts."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from iot_kernel.services.errors import HostServiceError
from iot_kernel.services.job import Job

TIMEOUT = 20.0  # s; a daemon that was just started, on a small computer, takes some

#: Has an interrupt call a function while a block runs.
Interruptible = Callable[[Callable[[], None]], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """What a program said.

    Attributes:
        returncode: its exit status.
        out: what it printed.
        err: what it printed as errors.
    """

    returncode: int
    out: str
    err: str

    @property
    def problem(self) -> str:
        """Why it failed, in its own words, in one line."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        return "; ".join(lines) or f"ended with exit status {self.returncode}"


def ask(
    command: Sequence[str], interruptible: Interruptible, environment: Mapping[str, str] | None = None
) -> ProgramResult:
    """Runs a program that has no input and is soon over.

    Args:
        command: the program and its arguments.
        interruptible: lets the user stop it.
        environment: variables for it.

    Raises:
        HostServiceError: it is not there, or it does not answer within `TIMEOUT`.
    """
    out: list[str] = []
    err: list[str] = []
    job = Job(command, out.append, err.append, environment=environment)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        job.stop()

    timer = threading.Timer(TIMEOUT, give_up)
    timer.start()
    try:
        with interruptible(job.stop):
            returncode = job.run()
    except FileNotFoundError:
        raise HostServiceError(command[0], "is not installed, or not on PATH") from None
    except OSError as error:
        raise HostServiceError(command[0], f"cannot be run here ({error.strerror})") from None
    finally:
        timer.cancel()
    if late.is_set():
        raise HostServiceError(shlex.join(command[:2]), f"does not answer within {TIMEOUT:g} s")
    return ProgramResult(returncode, "".join(out), "".join(err))
