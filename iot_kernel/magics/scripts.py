"""What the magics that run a shell script share: where its output goes, and what its exit status means."""

from __future__ import annotations

import argparse
import keyword
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from iot_kernel.magics.magic import MagicContext, argument
from iot_kernel.services.errors import HostCommandError
from iot_kernel.services.job import Job
from iot_kernel.values.encoding import encode
from iot_kernel.values.host_side import HostVariables

LAST_WORDS = 4000  # characters; what a program says of its own failure is shorter

Write = Callable[[str], None]
_Function = TypeVar("_Function", bound=Callable[..., None])


def variable(text: str) -> str:
    """A name of a variable.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"'{text}' is no name for a variable")
    return text


_ARGUMENTS = (
    argument("--no-raise-error", action="store_true", help="go on with the notebook when the script fails"),
    argument("--err", type=variable, metavar="NAME", help="likewise for the errors"),
    argument(
        "--out", type=variable, metavar="NAME", help="host variable for the output, instead of showing it"
    ),
)


def script_arguments(function: _Function) -> _Function:
    """Gives a magic ``--out``, ``--err`` and ``--no-raise-error``, which `run_script` and `conclude` read."""
    for attach in _ARGUMENTS:
        function = attach(function)
    return function


@dataclass(frozen=True, slots=True)
class Ended:
    """How a script ended.

    Attributes:
        returncode: its exit status.
        last_output: the last that was printed, at most `LAST_WORDS` characters.
        last_errors: the last that was printed as errors, likewise.
    """

    returncode: int
    last_output: str
    last_errors: str


class _Stream:
    """Where the text of one stream goes."""

    def __init__(self, show: Write, name: str | None) -> None:
        self.name = name
        self.end = ""
        self._show = show
        self._parts: list[str] = []

    def write(self, text: str) -> None:
        self.end = (self.end + text)[-LAST_WORDS:]
        if self.name is None:
            self._show(text)
        else:
            self._parts.append(text)

    @property
    def kept(self) -> str:
        return "".join(self._parts)


def run_script(ctx: MagicContext, args: argparse.Namespace, make_job: Callable[[Write, Write], Job]) -> Ended:
    """Runs a job; what it prints goes to the cell, or to variables of host cells.

    Args:
        ctx: the cell.
        args: has ``out`` and ``err``, names of variables or None.
        make_job: makes the job from what takes its output and its errors.
    """
    out, err = _Stream(ctx.out, args.out), _Stream(ctx.err, args.err)
    job = make_job(out.write, err.write)
    with ctx.interruptible(job.stop):
        returncode = job.run()
    for stream in (out, err):
        if stream.name is not None:
            HostVariables(ctx.ask_host).set(stream.name, encode(stream.kept, stream.name).data, stream.name)
    return Ended(returncode, out.end, err.end)


def conclude(args: argparse.Namespace, ended: Ended, what: str) -> None:
    """Fails the cell if the script failed.

    Args:
        args: has ``no_raise_error``.
        ended: how the script ended.
        what: the script, for the error.

    Raises:
        HostCommandError: it failed, and the user did not say to go on.
    """
    if ended.returncode and not args.no_raise_error:
        raise HostCommandError(ended.returncode, what)
