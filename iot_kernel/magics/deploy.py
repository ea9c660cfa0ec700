"""%deploy and %%deploy: cells of the notebook as a program that the board starts by itself."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from iot_kernel.api.programs import entry_of, note_deployed
from iot_kernel.deployment.deploy import WATCH_TIME, Deployed, Report, deploy, roll_back, status
from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.layout import FIRST
from iot_kernel.deployment.prepare import Prepared, load_cells
from iot_kernel.deployment.program import path_problem
from iot_kernel.deployment.rehearsal import Rehearsed
from iot_kernel.deployment.watch import ProgramState
from iot_kernel.device.board_lock import session_path
from iot_kernel.device.device import Device
from iot_kernel.errors import UsageError
from iot_kernel.magics.board import seconds
from iot_kernel.magics.colours import banner, green
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, cell_magic, line_magic
from iot_kernel.magics.plan_table import plan_table
from iot_kernel.magics.progress import TransferProgress
from iot_kernel.magics.tables import show
from iot_kernel.syntax.cell import CellMagic
from iot_kernel.syntax.words import expanded
from iot_kernel.text import byte_count, printable

_STOPPED = (
    "stopped: the board starts the old program, or the new one if that had come up already; "
    "'%deploy --status' tells which, and '%deploy' again does the rest\n"
)
_UNKNOWN = (
    "the path of this notebook is not known to its kernel (only Jupyter servers tell it); "
    "'%deploy PATH.ipynb' names it"
)


@cell_magic("deploy")
@argument("-n", "--no-run", action="store_true", help="do not run the cell on the board now")
@argument("file", takes=("main.py",), help="main.py, or a module such as lib/motor.py")
def deploy_cell(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Make cell a part of a file that '%deploy' brings onto the board

    Runs the cell on the board as well, as without the head; -n leaves that out, for a
    main loop that never ends. Cells with the same file stand below one another in it.
    """
    if problem := path_problem(args.file):
        raise UsageError(f"%%deploy: error: '{printable(args.file)}': {problem}")
    if not args.no_run and cell.body.strip():
        ctx.run_board(cell.body, cell.line)


@line_magic("deploy")
@argument(
    "notebook", takes=Takes.HOST_PATH, nargs="?", metavar="path", help="the notebook's file, or another one"
)
@argument("-n", "--dry-run", action="store_true", help="only show what would be done")
@argument("--status", action="store_true", help="tell whether the board has the program of the notebook")
@argument("--rollback", action="store_true", help="have the board start the program before")
@argument("--no-rehearsal", action="store_true", help="do not try the program on a virtual board first")
@argument(
    "--no-watch", action="store_true", help="for programs that reset the board, or let it sleep, on purpose"
)
@argument("--mpy", action="store_true", help="compile modules; main.py stays a source")
@argument(
    "-t", "--time", metavar="SECS", type=seconds, help="how long to watch the program, on both boards (5)"
)
def deploy_line(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Have the board start cells of this notebook by itself

    Cells with the tag 'deploy' become main.py, cells that begin with '%%deploy FILE'
    that file. Modules that they import go along if they are beside the notebook or among
    the resources of the board's device file. The notebook is read as it was saved.

    The program is tried on a virtual board first, then copied beside the old one, and
    started once. If it comes up, the board starts it at each boot. If not, or if the
    board loses its power in between, it starts the old one.

    %deploy -n           show what would be done
    %deploy              do it
    %deploy --status     compare board and notebook
    %deploy --rollback   back to the program before, at last to what was there at first
    """
    if args.status and args.rollback:
        raise UsageError("%deploy: error: --status and --rollback do not go together")
    device = ctx.session.device()
    if args.rollback:
        _roll_back(ctx, device, args.time or WATCH_TIME)
        return
    notebook = _notebook(ctx, args.notebook)
    config = entry_of(ctx.registry.configuration, device)
    if args.status:
        _show_status(ctx, status(device, notebook, config=config, mpy=args.mpy))
        return
    time_ = args.time or WATCH_TIME
    with _Steps(ctx, time_) as steps:
        done = deploy(
            device,
            notebook,
            config=config,
            mpy=args.mpy,
            dry_run=args.dry_run,
            rehearses=not args.no_rehearsal,
            watches=not args.no_watch,
            seconds=time_,
            report=steps.report,
        )
    note_deployed(ctx.session, done)
    _finish(ctx, done)


def _notebook(ctx: MagicContext, named: str | None) -> Path:
    """The notebook's file, as far as can be seen with all that was changed.

    Raises:
        DeployError: its path is not known, or it was changed since it was saved.
    """
    if named is not None:
        return Path(expanded(named)).absolute()
    path = session_path()
    if path is None:
        raise DeployError([_UNKNOWN])
    cells = load_cells(path)
    here = next((cell for cell in cells if cell.id == ctx.cell_id), None)
    if ctx.cell_id and (here is None or "deploy" not in here.source) and any(cell.id for cell in cells):
        problem = (
            f"{path.name} was changed since it was saved: this cell is not in the file. Save the notebook "
            "(Ctrl-S), then run the cell again"
        )
        raise DeployError([problem])
    return path


class _Steps:
    """Shows how a deployment, or a rollback, goes; use it as a context manager.

    Args:
        ctx: where.
        time_: s for which programs are watched.
    """

    def __init__(self, ctx: MagicContext, time_: float) -> None:
        self._ctx = ctx
        self._headings = {
            "rehearsing": f"----- rehearsal: {time_:g} s on a virtual board",
            "watching": f"----- {ctx.session.name}: {time_:g} s",
        }
        self._size = 0
        self._is_changing = False
        self._transfer = ExitStack()
        self._progress: TransferProgress | None = None
        self.report = Report(
            on_plan=self._plan,
            on_step=self._begin,
            on_progress=self._copied,
            on_rehearsed=lambda rehearsed: _show_rehearsed(ctx, rehearsed),
            on_output=ctx.out,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._transfer.__exit__(kind, error, traceback)
        if self._is_changing and error is not None and not isinstance(error, DeployError):
            self._ctx.err(_STOPPED)

    def _plan(self, prepared: Prepared) -> None:
        self._size = prepared.plan.size
        _show_plan(self._ctx, prepared)

    def _begin(self, step: str) -> None:
        self._ctx.check()
        self._transfer.close()
        if step in self._headings:
            self._ctx.out(f"\n{banner(self._headings[step])}\n")
        if step != "rehearsing":
            self._is_changing = True
        if step == "copying":
            self._progress = self._transfer.enter_context(TransferProgress(self._ctx, step, self._size))

    def _copied(self, done: int) -> None:
        if self._progress is not None:
            self._progress.update(done)


def _show_plan(ctx: MagicContext, prepared: Prepared) -> None:
    ctx.out(f"{_summary(prepared)}\n")
    plan = prepared.plan
    show(ctx, plan_table(plan.deletes, plan.adds, plan.updates))
    if prepared.before not in ("", prepared.notebook.name):
        ctx.out(f"The board's program is that of {prepared.before}\n")
    if prepared.notes:
        ctx.err("".join(f"{note}\n" for note in prepared.notes))


def _summary(prepared: Prepared) -> str:
    saved = time.strftime("%H:%M:%S", time.localtime(prepared.notebook.stat().st_mtime))
    cells, files = len(prepared.program.pieces), len(prepared.plan.contents)
    counts = f"{cells} {'cell' if cells == 1 else 'cells'}, {files} {'file' if files == 1 else 'files'}"
    return f"{prepared.notebook.name}, saved at {saved}: {counts} ({byte_count(prepared.plan.size)})"


def _show_rehearsed(ctx: MagicContext, rehearsed: Rehearsed) -> None:
    notes = [rehearsed.left_out] if rehearsed.left_out else []
    if rehearsed.lacking:
        notes.append(f"a virtual board has no {', '.join(rehearsed.lacking)}")
    end = rehearsed.watched.state.value
    if rehearsed.is_stopped_by_lack:
        end = "the program could not be tried beyond that"
    elif not rehearsed.watched.is_up:
        return
    ctx.out(f"{_line_end(rehearsed.watched.output)}{end}\n")
    if notes:
        ctx.err("".join(f"{note}\n" for note in notes))


def _line_end(output: str) -> str:
    return "\n" if output and not output.endswith("\n") else ""


def _finish(ctx: MagicContext, done: Deployed) -> None:
    prepared = done.prepared
    name = ctx.session.name
    if prepared.is_deployed:
        ctx.out(green(f"{name} has this program already") + "\n")
    elif not done.is_done:
        return
    else:
        number = prepared.plan.number
        if done.watched is not None:
            ctx.out(f"{_line_end(done.watched.output)}{done.watched.state.value}\n")
        ctx.out(green(f"{name} starts this program from now on (number {number})") + "\n")
    if done.is_done:
        ctx.out(f"{_RUNNING}\n")


_RUNNING = "It was started just now; the next cell for the board interrupts it, a reset starts it again"


def _show_status(ctx: MagicContext, prepared: Prepared) -> None:
    name, layout = ctx.session.name, prepared.state.layout
    current = layout.current
    if current is None or current.number == FIRST:
        ctx.out(f"{name} starts no program of %deploy\n")
    else:
        ctx.out(f"{name} starts program {current.number}, from {prepared.before or 'an unknown notebook'}\n")
    if prepared.is_deployed:
        ctx.out(green("Board and notebook match") + "\n")
    else:
        _show_plan(ctx, prepared)


def _roll_back(ctx: MagicContext, device: Device, time_: float) -> None:
    with _Steps(ctx, time_) as steps:
        number, title, watched = roll_back(device, seconds=time_, report=steps.report)
    if watched.state is ProgramState.NONE:
        ctx.out(green(f"{ctx.session.name} starts no program, as before the first %deploy") + "\n")
        return
    what = (
        "what it started before the first %deploy" if number == FIRST else f"program {number}, from {title}"
    )
    ctx.out(f"{_line_end(watched.output)}{watched.state.value}\n")
    ctx.out(green(f"{ctx.session.name} starts {what}") + "\n")
    if watched.state is not ProgramState.SILENT:
        ctx.out(f"{_RUNNING}\n")
