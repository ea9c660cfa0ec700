"""`deploy`, `status` and `roll_back`: what magics and scripts call. Blocking; prints nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from iot_kernel.config import DeviceConfig
from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.layout import FIRST
from iot_kernel.deployment.places import told
from iot_kernel.deployment.plan import is_compiled, shortage
from iot_kernel.deployment.prepare import Prepared, prepare
from iot_kernel.deployment.rehearsal import Rehearsed, board_files, missing_board, rehearse
from iot_kernel.deployment.switch import Switch, look
from iot_kernel.deployment.watch import LEAVE_TIME, ProgramState, Watched, leave_running, watch
from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectError, IoTKernelError

#: s for which a program is watched: what fails at its beginning fails within two
WATCH_TIME = 5.0

_deploys_lock = threading.Lock()
_under_way: set[str] = set()


@dataclass(slots=True)
class Report:
    """What is called while something goes on; each may be replaced.

    All but `on_output` are called on the caller's thread.

    Attributes:
        on_plan: takes what would be done, before anything is.
        on_step: takes what begins now: ``rehearsing``, ``copying``, ``watching``, ``confirming``. What it
            raises ends the deployment in good order.
        on_progress: takes how many bytes of the program are on the board.
        on_rehearsed: takes how the rehearsal ended.
        on_output: takes what a watched program prints, as it comes; on the thread that reads, must not block.
    """

    on_plan: Callable[[Prepared], None] = lambda _: None
    on_step: Callable[[str], None] = lambda _: None
    on_progress: Callable[[int], None] = lambda _: None
    on_rehearsed: Callable[[Rehearsed], None] = lambda _: None
    on_output: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment did.

    Attributes:
        prepared: the plan, and what it was made of.
        rehearsed: how the rehearsal ended; None without one.
        watched: how the program came up; None where it was not watched.
        is_done: the board starts the program at each boot.
    """

    prepared: Prepared
    rehearsed: Rehearsed | None = None
    watched: Watched | None = None
    is_done: bool = False


def deploy(
    device: Device,
    notebook: Path,
    *,
    config: DeviceConfig | None = None,
    mpy: bool = False,
    dry_run: bool = False,
    rehearses: bool = True,
    watches: bool = True,
    seconds: float = WATCH_TIME,
    report: Report | None = None,
) -> Deployed:
    """Makes a board start the program of a notebook, and leaves it running.

    Whatever happens meanwhile, the board starts the old program or the new one. Where the new one does not
    come up, it starts the old one.

    Args:
        device: the board, open.
        notebook: the file, saved.
        config: the board's entry in a device file, whose resources are looked through for modules.
        mpy: compile modules.
        dry_run: only make the plan.
        rehearses: start the program on a virtual board first.
        watches: start it once and see whether it comes up, before the board starts it at each boot.
        seconds: for each of the two.
        report: is told how it goes.

    Raises:
        DeployError: it cannot be deployed, or did not come up; the board starts what it started before.
        CompileError: a module cannot be compiled for the board.
        Exception: as `Device` and `RemoteFiles` raise.
    """
    report = report or Report()
    with _alone(device):
        prepared = prepare(device, notebook, config=config, mpy=mpy)
        report.on_plan(prepared)
        switch = Switch(device, prepared.state)
        if not prepared.is_deployed:
            _check_space(prepared, switch)
        if dry_run:
            return Deployed(prepared)
        if prepared.is_deployed:
            leave_running(device)
            return Deployed(prepared, is_done=True)
        rehearsed = None
        if rehearses:
            rehearsed = _rehearse(device, prepared, seconds, report)
            _check_rehearsed(prepared, rehearsed, may_restart=not watches)
        report.on_step("copying")
        number = prepared.plan.number
        switch.stage(number, prepared.plan.contents, report.on_progress)
        watched = _switch(device, prepared, switch, seconds if watches else None, report)
        for old in prepared.state.layout.surplus(number):
            switch.discard(old)
        leave_running(device)
        return Deployed(prepared, rehearsed, watched, is_done=True)


def status(
    device: Device, notebook: Path, *, config: DeviceConfig | None = None, mpy: bool = False
) -> Prepared:
    """Compares a board with a notebook. Changes nothing, but interrupts the board's program.

    Args:
        device: the board, open.
        notebook: the file.
        config: as for `deploy`.
        mpy: likewise; also where the board's program was compiled.

    Returns:
        The plan of a deployment; `Prepared.is_deployed` and `Prepared.before` answer.

    Raises:
        Exception: as `deploy` does.
    """
    prepared = prepare(device, notebook, config=config, mpy=mpy)
    current = prepared.state.layout.current
    if not mpy and current is not None and is_compiled(current, prepared.sources):
        return prepare(device, notebook, config=config, mpy=True)
    return prepared


def roll_back(
    device: Device, *, seconds: float = WATCH_TIME, report: Report | None = None
) -> tuple[int, str, Watched]:
    """Makes a board start the program before the present one, and leaves it running.

    Args:
        device: the board, open.
        seconds: for which it is watched.
        report: is told how it goes.

    Returns:
        The number of the program, 0 for what was there before the first deployment; the notebook that it came
        from; and how it came up.

    Raises:
        DeployError: there is none before it.
        Exception: as `Device` and `RemoteFiles` raise.
    """
    report = report or Report()
    with _alone(device):
        state = look(device)
        current, before = state.layout.current, state.layout.previous
        if before is None or current is None:
            raise DeployError(["there is nothing to go back to: %deploy has put no program on this board"])
        switch = Switch(device, state)
        title = switch.title(before.number)
        switch.end_trials()
        switch.withdraw(current.number)
        if before.number == FIRST and not before.is_startable:
            switch.restore_first()
            leave_running(device)
            return FIRST, title, Watched(ProgramState.NONE, "")
        report.on_step("watching")
        watched = watch(device, before.number, seconds, report.on_output)
        if watched.state is ProgramState.SILENT:
            return before.number, title, watched
        if before.number == FIRST:
            switch.restore_first()
        else:
            switch.discard(current.number)
        leave_running(device)
        return before.number, title, watched


def _check_space(prepared: Prepared, switch: Switch) -> None:
    problem = shortage(prepared.plan, switch.kept_size, prepared.state.tree.space)
    if problem:
        raise DeployError([problem])


def _rehearse(device: Device, prepared: Prepared, seconds: float, report: Report) -> Rehearsed:
    """Starts the program on a virtual board.

    Raises:
        DeployError: there is no virtual board.
    """
    report.on_step("rehearsing")
    there, left_out = board_files(device.files, prepared.state.tree, prepared.state.layout)
    try:
        found = rehearse(prepared.sources, there, prepared.firmware, seconds, report.on_output)
    except ConnectError as error:
        raise DeployError([missing_board(error)]) from error
    rehearsed = Rehearsed(found.watched, found.lacking, left_out)
    report.on_rehearsed(rehearsed)
    return rehearsed


def _check_rehearsed(prepared: Prepared, rehearsed: Rehearsed, *, may_restart: bool) -> None:
    watched = rehearsed.watched
    is_fine = watched.is_up or (may_restart and watched.state is ProgramState.RESTARTED)
    if not is_fine and not rehearsed.is_stopped_by_lack:
        problem = (
            f"rehearsal: {watched.state.value}. Nothing was changed on your board; '%deploy --no-rehearsal' "
            "deploys it all the same"
        )
        raise DeployError([problem, *told(prepared, watched.output)], watched.output)


def _switch(
    device: Device, prepared: Prepared, switch: Switch, seconds: float | None, report: Report
) -> Watched | None:
    """Has the board start a program that is there, if it comes up.

    Raises:
        DeployError: it does not; the board starts the old one.
    """
    number = prepared.plan.number
    watched = None
    try:
        switch.install()
        if seconds is not None:
            switch.begin_trial(number)
            report.on_step("watching")
            watched = watch(device, number, seconds, report.on_output)
            report.on_step("confirming")  # which may raise: whoever has stopped it has no use for more
            _check_up(prepared, watched)
        switch.confirm(number, prepared.notebook.name)
    except BaseException as error:
        is_back = _put_back(device, switch, number)
        if isinstance(error, DeployError):
            end = _BACK if is_back else _BACK_LATER
            raise DeployError([error.problems[0] + end, *error.problems[1:]], error.output) from None
        raise
    return watched


_ON_PURPOSE = "'%deploy --no-watch' is for programs that reset the board, or let it sleep, on purpose"
_BACK = "; the old program was put back"
_BACK_LATER = "; reset the board by hand: it then starts the old program"


def _check_up(prepared: Prepared, watched: Watched) -> None:
    if not watched.is_up:
        hint = [_ON_PURPOSE] if watched.state is ProgramState.RESTARTED else []
        raise DeployError([watched.state.value, *told(prepared, watched.output), *hint], watched.output)


def _put_back(device: Device, switch: Switch, number: int) -> bool:
    """Has the board start the old program now; returns whether it could be told."""
    try:
        return _start_old(device, switch, number)
    except KeyboardInterrupt:  # the stop button ends whatever runs a second after it was pressed: this once
        return _start_old(device, switch, number)


def _start_old(device: Device, switch: Switch, number: int) -> bool:
    with suppress(IoTKernelError, OSError):
        if not device.is_waiting():
            device.hard_reset(quiet=LEAVE_TIME)  # switches a virtual board off and on
    try:
        switch.discard(number)
        leave_running(device)
    except (IoTKernelError, OSError):
        return False
    return True


@contextmanager
def _alone(device: Device) -> Iterator[None]:
    """Keeps others from deploying to the same board; other kernels have no connection to it."""
    key = device.url
    with _deploys_lock:
        if key in _under_way:
            raise DeployError([f"another deployment to {key} is under way; wait for its end"])
        _under_way.add(key)
    try:
        yield
    finally:
        with _deploys_lock:
            _under_way.discard(key)
